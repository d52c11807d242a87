"""What each command does, once the command line has been read."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from qa.errors import FootnoteError, NotFoundError, StoreError
from qa.types import FailedFile, StoredDocument, Turn
from qa.wire import answer_to_dict
from ui.receipts import COLUMNS, Tally, left_out
from ui.render import long_date
from ui.terminal import print_answer, print_json, print_table, print_text, progress, taking_in

if TYPE_CHECKING:
    from qa.config import Config, Settings
    from qa.kept import State
    from qa.library import Library
    from qa.load import Candidate
    from ui.shared import SharedLibrary

DONE, FAILED, ABSTAINED = 0, 1, 3
_THEN = {
    "exact, mending": "it is being made again",
    "exact, waiting": "it is brought up to date once the server answers",
}


def index(settings: Settings, options: argparse.Namespace) -> int:
    """Take files and folders in; ends with a table of what became of them."""
    from qa.survey import survey

    found = survey(options.paths)
    tally = Tally()
    with _shared(settings, renewing=options.renew) as library:
        if options.renew:
            print(f"Made anew: {_count(library.renew(_renewing), 'document')}.")
        files = _again(found.files, library, options) if options.retry_failed else list(found.files)
        with taking_in(files) as shown_progress:
            if library.state() and library.owned:
                library.owned.progress = shown_progress.part
            for result in shown_progress.each(library.take_in(files)):
                tally.add(result)
        for failure in found.failures:
            tally.add(failure)
        if options.prune:
            _prune(library, options.paths)
        if library.owned:
            library.owned.assistant.index.vectors.settle()
        state = library.state()
    _tell_exact(state.vectors)
    if line := left_out(found.left_out):
        _tell(line)
    code = _tell_results(tally) if files or found.failures else DONE  # there may be nothing to do
    print(f"The index holds {_count(state.documents, 'document')} in {_count(state.passages, 'passage')}.")
    return code


def _again(
    files: Sequence[Candidate], library: SharedLibrary, options: argparse.Namespace
) -> list[Candidate]:
    """The same, those that failed before to be read again; without any paths all that failed before."""
    from qa.load import Candidate

    failed = {failure.path: failure.source for failure in library.failures()}
    if not options.paths:
        return [Candidate(Path(path), source, again=True) for path, source in failed.items()]
    return [replace(file, again=str(file.path) in failed) for file in files]


def _prune(library: SharedLibrary, folders: Sequence[Path]) -> None:
    from qa.load.files import shown

    pruned = library.prune([folder.absolute() for folder in folders])
    for document in pruned.removed:
        print(f"Removed {shown(document.source)}: its file is gone.")
    for line in pruned.kept:
        _tell(line)


def _tell_results(tally: Tally) -> int:
    """What became of each file, those that have no row in the table counted; returns the exit code."""
    for reason in tally.reasons:
        _tell(reason)
    if rows := tally.rows():
        print_table(COLUMNS, rows)
    if rows and tally.more:
        print(f"… and {_count(tally.more, 'file')} more; footnote documents list --json has them all.")
    print(tally.told())
    taken = tally.counts.total() - tally.counts["failed"]
    return FAILED if tally.counts["failed"] or not taken else DONE


def ask(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one question."""
    with _shared(settings) as library:
        answer = library.ask(options.question, k=options.k, reader=options.reader)
        if options.json:  # said before the index is closed, which may take a while
            print_json(answer_to_dict(answer))
        else:
            print_answer(answer)
        _tell_exact(library.state().vectors)
    if answer.reason == "no_documents":
        _tell_nothing_indexed(settings.config)
    return ABSTAINED if answer.abstained else DONE


def chat(settings: Settings, options: argparse.Namespace) -> int:
    """Ask one question after another, until an empty line or the end of input."""
    turns: list[Turn] = []
    with _shared(settings) as library:
        if not library.state().passages:
            _tell_nothing_indexed(settings.config)
        while question := _prompt():
            try:
                answer = library.ask(question, history=turns)
            except FootnoteError as error:
                _tell(str(error))
                continue
            print_answer(answer)
            turns.append(Turn(answer.question, answer.text, answer.short_answer))
    return DONE


def documents(settings: Settings, options: argparse.Namespace) -> int:
    """List, show or remove what is indexed; list what could not be."""
    from qa.load.files import shown

    with _shared(settings) as library:
        if options.verb == "list":
            _list(library.documents(), as_json=options.json)
        elif options.verb == "failed":
            _list_failed(library.failures(), as_json=options.json)
        elif options.verb == "show":
            print_text(library.text(_find(library, options.document).id))
        else:
            removed = library.remove(_find(library, options.document).id)
            print(f"Removed {shown(removed.source)} ({_count(removed.passages, 'passage')}).")
    return DONE


def serve(settings: Settings, options: argparse.Namespace) -> int:
    """Open the chat page."""
    from ui.access import check_access
    from ui.app import build_app, open_parts
    from ui.serve import listen
    from ui.serve import serve as run
    from ui.shared import owned

    config = settings.config
    with listen(config) as listening, owned(config) as (library, lock), open_parts(library, config) as parts:
        check_access(config, parts.accounts)
        if not library.state().passages:
            _tell_nothing_indexed(config)

        def ready(url: str) -> None:
            lock.announce(page=url)
            print(f"Footnote is at {url} (Ctrl-C stops it)", flush=True)
            if config.reader == "llm":
                threading.Thread(target=_tell_llm, args=(config,), daemon=True).start()
            if options.open:
                webbrowser.open(url)

        run(build_app(parts), parts.service, listening, ready)
    return DONE


def evaluate(settings: Settings, options: argparse.Namespace) -> int:
    """Measure on gold questions, or look at what was measured."""
    from ui.benchmark import evaluate as run

    return run(settings, options, _tell)


def access(settings: Settings, options: argparse.Namespace) -> int:
    """Say who may use the server, and as what."""
    from ui.accounts import access as run

    return run(settings, options, _tell)


def feedback(settings: Settings, options: argparse.Namespace) -> int:
    """Print the answers that people called right or wrong, one JSON object a line. Needs no index."""
    from qa.conversations import Conversations, path_in

    folder = settings.config.data
    count = 0
    if path_in(folder).exists():
        with Conversations(folder) as kept, _written_to(options.to) as file:
            for count, line in enumerate(kept.feedback(), start=1):  # noqa: B007 - counts
                print(json.dumps(line), file=file)
    if not count:
        _tell(f"nobody has called an answer right or wrong in {folder.absolute()}")
    elif options.to:
        print(f"Wrote {_count(count, 'answer')}; gold questions from them: footnote eval draft {options.to}")
    return DONE


@contextmanager
def _written_to(path: Path | None) -> Iterator[TextIO]:
    """A file, or what is printed where there is none. Raises StoreError."""
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def mcp(settings: Settings, options: argparse.Namespace) -> int:
    """Serve the tools of MCP on standard input and output, until the input ends."""
    from ui.mcp import build_mcp
    from ui.service import Service
    from ui.stdio import run_stdio

    with _shared(settings) as library:
        run_stdio(build_mcp(Service(library, settings.config)))
    return DONE


def local_llm(settings: Settings, options: argparse.Namespace) -> int:
    """Serve a language model, until interrupted."""
    from ui.local_llm import local_llm as run

    return run(settings, options)


def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Write all that is indexed to one file, also while it is in use."""
    from qa.backup import back_up

    made = back_up(settings.config, options.file, force=options.force)
    print(f"Backed up {_count(made.documents, 'document')} in {_count(made.passages, 'passage')}.")
    return DONE


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Put a backup into the data folder."""
    from qa.backup import restore as put_back

    made = put_back(settings.config, options.file, force=options.force)
    held = f"{_count(made.documents, 'document')} in {_count(made.passages, 'passage')}"
    print(f"Restored {held}, as they were on {made.made}. The vector index is made when it is used next.")
    return DONE


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Show settings, where they come from, and whether each part works."""
    from ui.doctor import examine

    report = examine(settings, repair=options.repair)
    if options.json:
        print_json(report.as_dict())
    else:
        print_table(("setting", "value", "from"), report.settings)
        print_table(("part", "state"), report.parts)
    return DONE if report.healthy else FAILED


def _tell_llm(config: Config) -> None:
    """Say it when the language model does not answer: questions are answered without it."""
    from qa.errors import LLMError
    from qa.read.diagnose import diagnose

    try:
        diagnose(config)
    except LLMError as error:
        _tell(f"{error}; until then the extractive reader answers")


def _shared(settings: Settings, *, renewing: bool = False) -> SharedLibrary:
    from ui.shared import SharedLibrary

    return SharedLibrary(settings.config, _tell, renewing=renewing)


def _renewing(ids: Sequence[str]) -> Iterable[str]:
    return progress(ids, total=len(ids), label="Renewing")


def _list(stored: Iterable[StoredDocument], *, as_json: bool) -> None:
    columns = ("id", "source", "title", "published", "passages")
    if as_json:
        print_json(
            [
                {
                    "id": d.id,
                    "source": d.source,
                    "title": d.title,
                    "published": d.published.isoformat() if d.published else None,
                    "passages": d.passages,
                    "characters": d.characters,
                    "pages": d.pages,
                    "empty_pages": d.empty_pages,
                    "warnings": d.warnings,
                }
                for d in stored
            ]
        )
    else:
        print_table(
            columns,
            [
                (d.id, d.source, d.title, long_date(d.published) if d.published else "", f"{d.passages:,}")
                for d in stored
            ],
        )


def _list_failed(failed: Sequence[FailedFile], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(failure) for failure in failed])
    else:
        print_table(
            ("source", "failed at", "why"), [(each.source, each.failed_at, each.reason) for each in failed]
        )


def _find(library: Library, wanted: str) -> StoredDocument:
    """A document by its id, or by its source when only one has it. Raises NotFoundError, StoreError."""
    stored = library.documents()
    found = [d for d in stored if wanted == d.id] or [d for d in stored if wanted in (d.source, d.path)]
    if not found:
        raise NotFoundError(f"no document is called {wanted!r}; see: footnote documents list")
    if len(found) > 1:
        raise StoreError(f"{len(found)} documents are called {wanted!r}: name one by its id")
    return found[0]


def _prompt() -> str:
    try:
        return input("\n? " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


def _tell(line: str) -> None:
    print(f"footnote: {line}", file=sys.stderr)


def _tell_nothing_indexed(config: Config) -> None:
    _tell(f"nothing is indexed in {config.data.absolute()}; take documents in with: footnote index PATH")


def _tell_exact(vectors: State) -> None:
    """Answers are right without the vector index, but slower; say what keeps it away."""
    if vectors.by != "chroma":
        then = _THEN.get(vectors.by, "try: footnote doctor --repair")
        _tell(f"exact search stood in for the vector index ({vectors.why}); {then}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "index": index,
    "ask": ask,
    "chat": chat,
    "documents": documents,
    "serve": serve,
    "access": access,
    "eval": evaluate,
    "feedback": feedback,
    "mcp": mcp,
    "local-llm": local_llm,
    "backup": backup,
    "restore": restore,
    "doctor": doctor,
}
