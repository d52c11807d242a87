"""The one tree of errors. Each message is one line that says what to do.

FootnoteError
├── ConfigError          a setting is unknown, mistyped or out of range
├── LoadError            a file cannot be read as a document
├── ModelError           a bundled model is missing, altered or gives nonsense
├── QuestionError        the question cannot be asked (empty, too long)
├── StoreError           the data folder cannot be read or written
│   ├── LockedError      another process owns the data folder
│   ├── GoneError        a server that keeps the vectors does not answer
│   └── NotFoundError    no such document
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


class StoreError(FootnoteError):
    """The data folder cannot be read or written."""


class LockedError(StoreError):
    """Another process owns the data folder."""


class GoneError(StoreError):
    """A server that keeps the vectors does not answer; nothing is known to be wrong with what it has."""


class NotFoundError(StoreError):
    """No document goes by that name."""


class GoldError(FootnoteError):
    """A gold question file is broken; the message names file and line."""


class RunError(FootnoteError):
    """A run of the benchmark cannot be kept, gone on with or read."""
