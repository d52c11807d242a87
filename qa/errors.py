"""The one tree of errors. Each message is one line that says what to do.

FootnoteError
├── ConfigError          a setting is unknown, mistyped or out of range
├── LoadError            a file cannot be read as a document
├── ModelError           a bundled model is missing, altered or gives nonsense
├── QuestionError        the question cannot be asked (empty, too long)
├── AccessError          who asks is not known, or may not do this
│   └── ForbiddenError   who asks is known, and may not do this
├── BusyError            too much is asked at once: try again later
├── StoreError           the data folder cannot be read or written
│   ├── LockedError      another process owns the data folder
│   ├── FullError        a disk has no room left
│   ├── GoneError        a server that keeps the vectors does not answer
│   └── NotFoundError    no such document, conversation or whatever is named
├── GoldError            a gold question file is broken
└── RunError             a run of the benchmark cannot be kept, gone on with or read
"""


class FootnoteError(Exception):
    """Anything a person should see as one line, never as a traceback."""


class ConfigError(FootnoteError):
    """A setting is unknown, mistyped or out of range."""


class LoadError(FootnoteError):
    """A file cannot be read as a document."""


class ModelError(FootnoteError):
    """A bundled model is missing, altered or gives nonsense."""


class QuestionError(FootnoteError):
    """The question cannot be asked: it is empty or too long."""


class AccessError(FootnoteError):
    """Who asks is not known, or may not do this."""


class ForbiddenError(AccessError):
    """Who asks is known, and may not do this."""


class BusyError(FootnoteError):
    """Too much is asked at once. ``seconds`` from now it may be tried again."""

    def __init__(self, message: str, seconds: int = 1) -> None:
        super().__init__(message)
        self.seconds = seconds


class StoreError(FootnoteError):
    """The data folder cannot be read or written."""


class LockedError(StoreError):
    """Another process owns the data folder."""


class FullError(StoreError):
    """There is no room left on the disk."""


class GoneError(StoreError):
    """A server that keeps the vectors does not answer; nothing is known to be wrong with what it has."""


class NotFoundError(StoreError):
    """Nothing goes by that name."""


class GoldError(FootnoteError):
    """A gold question file is broken; the message names file and line."""


class RunError(FootnoteError):
    """A run of the benchmark cannot be kept, gone on with or read."""
