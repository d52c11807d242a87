"""A library that another process owns, used by its door."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeVar, Unpack

from qa import __version__, errors
from qa.errors import FootnoteError, LockedError, StoreError
from qa.index import Each, Receipt
from qa.ingest import Failure
from qa.library import State
from qa.load import Candidate
from qa.lock import Owner, owner_of
from qa.prune import Pruned
from qa.types import (
    Answer,
    Asking,
    Event,
    FailedFile,
    ScoredPassage,
    Searching,
    StoredDocument,
    StoredPassage,
    told,
)
from ui.door import HEARTBEAT_SECONDS, HELLO, proof

_HELLO_SECONDS = 1.0
_SILENCE_SECONDS = 15 * HEARTBEAT_SECONDS  # after which an owner is taken for dead
_Value = TypeVar("_Value")


class OwnerLeftError(FootnoteError):
    """The owner is not there, or left before it had answered: look for the next one. Never shown."""


class RemoteLibrary:
    """The ``Library`` behind ``owner``'s door."""

    def __init__(self, owner: Owner) -> None:
        """Knock. Raises OwnerLeftError when nobody answers, LockedError for another version of Footnote."""
        self.owner = owner
        hello = self._greet()
        if hello["version"] != __version__:
            raise LockedError(
                f"the data folder is in use by Footnote {hello['version']} (process {owner.pid}), and this is"
                f" {__version__}: stop that one first"
            )
        self.settings: dict[str, Any] = hello["settings"]

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        return _as(Answer, self._result("ask", {"question": question, **how}))

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        answer = self.ask(question, **how)
        yield Searching(answer.searched)
        yield from told(answer)

    def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        return _as(list[ScoredPassage], self._result("search", {"question": question, **how}))

    def take_in(self, files: Sequence[Candidate]) -> Iterator[Receipt | Failure]:
        for line in self._lines("take_in", {"files": list(files)}):
            if "item" in line:
                taken: Receipt | Failure = _as(Receipt | Failure, line["item"])  # type: ignore[arg-type]
                yield taken

    def documents(self, limit: int = -1, offset: int = 0, search: str = "") -> list[StoredDocument]:
        wanted = {"limit": limit, "offset": offset, "search": search}
        return _as(list[StoredDocument], self._result("documents", wanted))

    def document(self, document_id: str) -> StoredDocument:
        return _as(StoredDocument, self._result("document", {"document_id": document_id}))

    def passages(self, document_id: str) -> list[StoredPassage]:
        return _as(list[StoredPassage], self._result("passages", {"document_id": document_id}))

    def text(self, document_id: str) -> str:
        return str(self._result("text", {"document_id": document_id}))

    def remove(self, document_id: str) -> StoredDocument:
        return _as(StoredDocument, self._result("remove", {"document_id": document_id}))

    def failures(self) -> list[FailedFile]:
        return _as(list[FailedFile], self._result("failures", {}))

    def prune(self, folders: Sequence[Path]) -> Pruned:
        return _as(Pruned, self._result("prune", {"folders": [folder.absolute() for folder in folders]}))

    def state(self) -> State:
        return _as(State, self._result("state", {}))

    def renew(self, each: Each = iter) -> int:
        return int(self._result("renew", {}))

    def repair(self) -> int:
        return int(self._result("repair", {}))

    def _greet(self) -> dict[str, Any]:
        """Have the owner show that it knows the token, which is told to nobody else."""
        nonce = secrets.token_hex(16)
        hello = self._result(HELLO, {"nonce": nonce}, seconds=_HELLO_SECONDS)
        try:
            if hmac.compare_digest(str(hello["proof"]), proof(self.owner.token, nonce)):
                return {"version": str(hello["version"]), "settings": dict(hello["settings"])}
        except (TypeError, KeyError, ValueError) as error:
            raise OwnerLeftError("another program answers") from error
        raise OwnerLeftError("another program answers")

    def _result(self, verb: str, arguments: dict[str, Any], seconds: float = _SILENCE_SECONDS) -> Any:
        *_, last = self._lines(verb, arguments, seconds)
        return last["result"]

    def _lines(
        self, verb: str, arguments: dict[str, Any], seconds: float = _SILENCE_SECONDS
    ) -> Iterator[dict[str, Any]]:
        """What the owner says, signs of life left out; the last has the result. Raises its errors."""
        from pydantic_core import to_jsonable_python

        greeting = verb == HELLO
        if not greeting:
            self._greet()
        connection = HTTPConnection("127.0.0.1", self.owner.port, timeout=seconds)
        try:
            headers = {} if greeting else {"Authorization": f"Bearer {self.owner.token}"}
            connection.request("POST", f"/{verb}", json.dumps(to_jsonable_python(arguments)), headers)
            response = connection.getresponse()
            if response.status != 200:
                if greeting:  # another program, by chance at the port of an owner that died
                    raise OwnerLeftError("another program answers")
                raise StoreError(f"the owner of the data folder refuses the request: {response.reason}")
            yield from _said(response)
        except (OSError, HTTPException, ValueError) as error:
            raise OwnerLeftError(f"the owner does not answer: {error}") from error
        finally:
            connection.close()


def _said(response: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for text in response:
        line = json.loads(text)
        if not isinstance(line, dict):
            raise OwnerLeftError("another program answers")
        if "error" in line:
            raise _error(*map(str, line["error"]))
        if "left" in line:
            break
        if line:
            yield line
        if "result" in line:
            return
    raise OwnerLeftError("the owner left")


def find_owner(folder: Path) -> RemoteLibrary | None:
    """The library of the process that owns ``folder``; None when there is none with a door that answers."""
    owner = owner_of(folder)
    if owner is None or not owner.port:
        return None
    try:
        return RemoteLibrary(owner)
    except OwnerLeftError:
        return None


def _as(kind: type[_Value], plain: Any) -> _Value:
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_python(plain)


def _error(name: str, message: str) -> FootnoteError:
    kind = getattr(errors, name, StoreError)
    known = isinstance(kind, type) and issubclass(kind, FootnoteError)
    return kind(message) if known else StoreError(message)
