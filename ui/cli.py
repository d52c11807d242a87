"""The command line: parses, dispatches, and turns errors into one line and an exit code.

Exit codes: 0 answered or done, 3 abstained, 2 wrong usage, 1 failure.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from qa import __version__
from qa.config import load_config
from qa.errors import ConfigError, FootnoteError, QuestionError

FAILURE, USAGE = 1, 2
_FORMATS = ("gold", "squad", "beir", "tatqa", "chunking", "inscit", "canard")
_ROLES = ("reader", "editor", "admin")
_MOST_SHOWN = 1_000  # characters of an error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    _tolerate_any_character()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "index" and not (options.paths or options.renew or options.retry_failed):
        parser.error("name a PATH to take in, --retry-failed or --renew")
    if options.command == "index" and options.prune and not options.paths:
        parser.error("--prune needs the PATH under which files are gone")
    try:
        settings = load_config(
            {
                "data": options.data,
                "host": getattr(options, "host", None),
                "port": getattr(options, "port", None),
            },
            file=options.config,
        )
        from ui import commands

        code = commands.COMMANDS[options.command](settings, options)
        sys.stdout.flush()
    except FootnoteError as error:
        print(f"footnote: {_shortened(str(error))}", file=sys.stderr)
        return USAGE if isinstance(error, ConfigError | QuestionError) else FAILURE
    except KeyboardInterrupt:
        print("footnote: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # no second complaint at exit
        return FAILURE
    return code


def _shortened(line: str) -> str:
    """Names of thousands of characters are of no use in a message."""
    return line if len(line) <= _MOST_SHOWN else f"{line[: _MOST_SHOWN // 2]}…{line[-_MOST_SHOWN // 2 :]}"


def _tolerate_any_character() -> None:
    """Characters that a stream's encoding lacks pass as escapes, as they do on the error stream."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask your own documents; every answer shows the passage it stands on.",
        epilog="Exit codes: 0 answered or done, 3 not in the documents, 2 wrong usage, 1 failure.",
    )
    parser.add_argument("--version", action="version", version=f"footnote {__version__}")
    parser.add_argument("--data", help="the data folder (default: .footnote)")
    parser.add_argument(
        "--config", type=Path, help="a settings file (default: footnote.toml, if there is one)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    index = commands.add_parser("index", help="take files and folders into the index")
    index.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    index.add_argument("--renew", action="store_true", help="first cut and embed all documents as is set now")

    index.add_argument("--retry-failed", action="store_true", help="read again what failed (under PATH)")
    index.add_argument(
        "--prune", action="store_true", help="forget documents whose files under PATH are gone"
    )

    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.add_argument("-k", type=int, help="how many passages to read")
    ask.add_argument("--reader", help="which reader answers")

    commands.add_parser("chat", help="ask one question after another")

    documents = commands.add_parser(
        "documents", help="list, show or remove what is indexed, list what failed"
    )
    verbs = documents.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="every document")
    listing.add_argument("--json", action="store_true")
    failed = verbs.add_parser("failed", help="every file that could not be taken in, and why")
    failed.add_argument("--json", action="store_true")
    for verb, what in (("show", "print a document's text"), ("remove", "forget a document")):
        verbs.add_parser(verb, help=what).add_argument("document", help="its id or its source")

    serve = commands.add_parser("serve", help="open the chat page on this machine")
    serve.add_argument("--host")
    serve.add_argument("--port", type=int)
    serve.add_argument("--open", action="store_true", help="also open it in the browser")

    _add_access(commands.add_parser("access", help="say who may use the server, and as what"))
    _add_eval(commands.add_parser("eval", help="measure on gold questions, compare runs, report"))

    feedback = commands.add_parser("feedback", help="answers called right or wrong, as JSON lines")
    feedback.add_argument("--to", type=Path, metavar="FILE", help="write them to FILE")

    commands.add_parser("mcp", help="serve MCP hosts on standard input and output")

    backup = commands.add_parser("backup", help="write all that is indexed to one file")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--force", action="store_true", help="replace FILE if it is there")

    restore = commands.add_parser("restore", help="put a backup into the data folder")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--force", action="store_true", help="in place of the documents that are there")

    _add_local_llm(commands.add_parser("local-llm", help="serve a language model on this machine"))

    doctor = commands.add_parser("doctor", help="show settings and state, and what is wrong")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--repair", action="store_true", help="make the vector index again from the catalog")
    return parser


def _add_local_llm(local: argparse.ArgumentParser) -> None:
    local.add_argument("--weights", type=Path, metavar="FILE", help="a .gguf file (default: a small Gemma)")
    local.add_argument("--port", type=int, default=8080, help="on 127.0.0.1; 0: any (default: 8080)")
    local.add_argument("--context", type=int, default=8_192, metavar="TOKENS", help="(default: 8192)")
    local.add_argument(
        "--accept-gemma-terms",
        action="store_true",
        help="you have read Google's Gemma Terms of Use, and accept",
    )


def _add_access(access: argparse.ArgumentParser) -> None:
    verbs = access.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="make a user, or change one, and print a new API key")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=_ROLES, help="(default: reader, or the role that NAME has)")
    instead = add.add_mutually_exclusive_group()
    instead.add_argument("--password", action="store_true", help="set a password, asked for, and make no key")
    instead.add_argument("--no-key", action="store_true", help="make no key: for users whom a proxy names")
    listing = verbs.add_parser("list", help="every user, with the ids of their keys")
    listing.add_argument("--json", action="store_true")
    revoke = verbs.add_parser("revoke", help="end a key, or all access of a user")
    revoke.add_argument("what", metavar="NAME|KEYID")


def _add_eval(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument(
        "--gold", type=Path, action="append", metavar="FILE", help="questions (default: the seeds')"
    )
    evaluate.add_argument("--format", choices=_FORMATS, default="gold", help="how FILE is written")
    evaluate.add_argument("--closed", action="store_true", help="ask each question of its own context alone")
    evaluate.add_argument("--reader", help="which reader answers")
    evaluate.add_argument(
        "--follow-ups",
        choices=("ours", "bare", "rewritten"),
        default="ours",
        help="ask them with their conversation, without, or as people made them stand alone",
    )
    evaluate.add_argument("--limit", type=int, metavar="N", help="ask the first N questions only")
    evaluate.add_argument(
        "--run", type=Path, metavar="FOLDER", help="where to keep the run, or go on with it"
    )
    evaluate.add_argument("--json", action="store_true", help="print the figures as JSON")
    verbs = evaluate.add_subparsers(dest="verb", metavar="VERB")
    compare = verbs.add_parser("compare", help="two runs of the same questions, question by question")
    compare.add_argument("first", type=Path, metavar="RUN")
    compare.add_argument("second", type=Path, metavar="RUN")
    compare.add_argument("--json", action="store_true")
    report = verbs.add_parser("report", help="one HTML page of one run or of several side by side")
    report.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    report.add_argument("--to", type=Path, metavar="FILE", help="(default: report.html in the first run)")
    drafts = verbs.add_parser("draft", help="answers marked right or wrong in the chat, as gold questions")
    drafts.add_argument("feedback", nargs="+", type=Path, metavar="FEEDBACK")
    drafts.add_argument(
        "--to", type=Path, metavar="FILE", default=Path("drafts.jsonl"), help="add them to FILE"
    )
