"""What each command does, once the command line has been read."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from qa.errors import FootnoteError, NotFoundError, StoreError
from qa.types import StoredDocument, Turn
from qa.wire import answer_to_dict
from ui.render import long_date
from ui.terminal import print_answer, print_json, print_table, print_text, progress

if TYPE_CHECKING:
    from qa.config import Config, Settings
    from qa.index import Index

DONE, FAILED, ABSTAINED = 0, 1, 3


def index(settings: Settings, options: argparse.Namespace) -> int:
    """Take files and folders in; one line for each that could not be taken."""
    from qa.build import open_index
    from qa.ingest import Failure, find_all, ingest
    from qa.load.files import shown

    files = find_all(options.paths)
    with open_index(settings.config, renewing=options.renew) as opened:
        if options.renew:
            print(f"Made anew: {_count(opened.renew(each=_renewing), 'document')}.")
        results = list(progress(ingest(opened, files, settings.config), total=len(files), label="Indexing"))
        documents, passages = len(opened.catalog.documents()), opened.catalog.count()
        opened.vectors.settle()
        _tell_exact(opened)
    if not files:
        print(f"The index holds {_count(documents, 'document')} in {_count(passages, 'passage')}.")
        return DONE
    failures = [result for result in results if isinstance(result, Failure)]
    taken = [result for result in results if not isinstance(result, Failure)]
    for failure in failures:
        print(f"footnote: {failure.reason}", file=sys.stderr)
    for receipt in taken:
        for warning in receipt.warnings:
            print(f"footnote: {shown(receipt.source)}: {warning}", file=sys.stderr)
    counts = {name: sum(r.outcome == name for r in taken) for name in ("added", "replaced", "unchanged")}
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + f", {len(failures)} failed.")
    print(f"The index holds {_count(documents, 'document')} in {_count(passages, 'passage')}.")
    return FAILED if failures or not taken else DONE


def ask(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one question."""
    from qa.build import open_assistant

    with open_assistant(settings.config) as assistant:
        answer = assistant.ask(options.question, k=options.k, reader=options.reader)
        if options.json:  # said before the index is closed, which may take a while
            print_json(answer_to_dict(answer))
        else:
            print_answer(answer)
        _tell_exact(assistant.index)
    if answer.reason == "no_documents":
        _tell_nothing_indexed(settings.config)
    return ABSTAINED if answer.abstained else DONE


def chat(settings: Settings, options: argparse.Namespace) -> int:
    """Ask one question after another, until an empty line or the end of input."""
    from qa.build import open_assistant

    turns: list[Turn] = []
    with open_assistant(settings.config) as assistant:
        if not assistant.index.catalog.count():
            _tell_nothing_indexed(settings.config)
        while question := _prompt():
            try:
                answer = assistant.ask(question, history=turns)
            except FootnoteError as error:
                print(f"footnote: {error}", file=sys.stderr)
                continue
            print_answer(answer)
            turns.append(Turn(answer.question, answer.text, answer.short_answer))
    return DONE


def documents(settings: Settings, options: argparse.Namespace) -> int:
    """List, show or remove what is indexed."""
    from qa.build import open_index
    from qa.load.files import shown

    with open_index(settings.config) as opened:
        if options.verb == "list":
            _list(opened.catalog.documents(), as_json=options.json)
        elif options.verb == "show":
            print_text(opened.catalog.text(_find(opened, options.document).id))
        else:
            removed = opened.remove(_find(opened, options.document).id)
            print(f"Removed {shown(removed.source)} ({_count(removed.passages, 'passage')}).")
    return DONE


def serve(settings: Settings, options: argparse.Namespace) -> int:
    """Open the chat page."""
    from qa.build import open_assistant
    from ui.serve import serve as run

    config = settings.config
    with open_assistant(config) as assistant:
        if not assistant.index.catalog.count():
            _tell_nothing_indexed(config)

        def ready(url: str) -> None:
            print(f"Footnote is at {url} (Ctrl-C stops it)", flush=True)
            if options.open:
                webbrowser.open(url)

        run(assistant, host=config.host, port=config.port, examples=config.examples, ready=ready)
    return DONE


def evaluate(settings: Settings, options: argparse.Namespace) -> int:
    """Measure on gold questions."""
    from eval.run import default_gold, figures, table
    from eval.run import evaluate as run
    from qa.build import open_assistant

    with open_assistant(settings.config) as assistant:
        results = run(assistant, options.gold or [default_gold()], reader=options.reader, progress=progress)
    if options.json:
        print_json([figure.as_dict() for figure in figures(results)])
    else:
        print_table(*table(results))
    return DONE


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


def _renewing(ids: Sequence[str]) -> Iterable[str]:
    return progress(ids, total=len(ids), label="Renewing")


def _list(stored: Iterable[StoredDocument], *, as_json: bool) -> None:
    columns = ("id", "source", "title", "published", "passages")
    if as_json:
        rows = [
            (d.id, d.source, d.title, d.published.isoformat() if d.published else None, d.passages)
            for d in stored
        ]
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(
            columns,
            [
                (d.id, d.source, d.title, long_date(d.published) if d.published else "", f"{d.passages:,}")
                for d in stored
            ],
        )


def _find(opened: Index, wanted: str) -> StoredDocument:
    """A document by its id, or by its source when only one has it. Raises NotFoundError, StoreError."""
    stored = opened.catalog.documents()
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


def _tell_nothing_indexed(config: Config) -> None:
    where = config.data.absolute()
    print(
        f"footnote: nothing is indexed in {where}; take documents in with: footnote index PATH",
        file=sys.stderr,
    )


def _tell_exact(index: Index) -> None:
    """Answers are right without the vector index, but slower; say what keeps it away."""
    state = index.vectors.state
    if state.by != "chroma":
        then = "it is being made again" if state.by == "exact, mending" else "try: footnote doctor --repair"
        print(f"footnote: exact search stood in for the vector index ({state.why}); {then}", file=sys.stderr)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "index": index,
    "ask": ask,
    "chat": chat,
    "documents": documents,
    "serve": serve,
    "eval": evaluate,
    "backup": backup,
    "restore": restore,
    "doctor": doctor,
}
