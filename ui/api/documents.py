"""``/v1/documents`` and ``/v1/jobs``: what is indexed, and what is on its way in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from qa.types import StoredDocument, StoredPassage
from ui.access import Caller
from ui.api.schema import DocumentModel, ReceiptModel, Text
from ui.problems import PROBLEMS
from ui.service import Service
from ui.uploads import Job, Uploads, no_job

_MOST_LISTED = 1_000


class DocumentList(BaseModel):
    """Some of the documents, by source, and how many there are in all."""

    documents: list[DocumentModel]  # type: ignore[valid-type]  # made from the domain's type
    total: int


class PassageOfDocument(BaseModel):
    """A passage: ``text`` is the document's from ``start`` to ``end``, in Unicode code points."""

    id: str
    start: int
    end: int
    heading: str | None
    page: int | None
    text: str


class PassageList(BaseModel):
    """A document's passages, in order."""

    passages: list[PassageOfDocument]


class JobModel(BaseModel):
    """A document on its way in: ``receipt`` is there when it is done, ``reason`` when it failed."""

    id: str
    source: str
    status: Literal["queued", "running", "done", "failed"]
    receipt: ReceiptModel | None  # type: ignore[valid-type]
    reason: str | None


class JobList(BaseModel):
    """The latest jobs, newest first."""

    jobs: list[JobModel]


def router(service: Service, uploads: Uploads) -> APIRouter:
    """Documents: readers look at them, editors send and remove them."""
    routes = APIRouter(prefix="/v1", responses=PROBLEMS, tags=["documents"])

    @routes.get("/documents", response_model=DocumentList)
    async def list_documents(
        limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> Response:
        """What is indexed, by source."""
        stored = await service.run(lambda library: library.documents(limit, offset))
        total = (await service.run(lambda library: library.state())).documents
        return JSONResponse({"documents": [document_to_dict(each) for each in stored], "total": total})

    @routes.post(
        "/documents", status_code=202, response_model=JobModel, responses={202: {"description": "Queued."}}
    )
    async def upload(file: UploadFile, request: Request) -> Response:
        """Send a file. It is kept, and taken in by a job; one of the same name is replaced."""
        caller = _editor(request)
        job = await service.run(lambda _: uploads.add(file.filename or "", file.file, caller.name))
        return JSONResponse(_job(job), 202, {"Location": f"/v1/jobs/{job.id}"})

    @routes.get("/jobs", response_model=JobList)
    async def list_jobs(request: Request) -> Response:
        """The latest jobs: your own, or, for an admin, everyone's."""
        seen = [job for job in uploads.jobs() if _sees(request.state.caller, job)]
        return JSONResponse({"jobs": [_job(job) for job in seen]})

    @routes.get("/jobs/{job_id}", response_model=JobModel)
    async def get_job(job_id: Text, request: Request) -> Response:
        """How far a document is on its way in."""
        job = uploads.job(job_id)
        if not _sees(request.state.caller, job):
            raise no_job()
        return JSONResponse(_job(job))

    @routes.get("/documents/{document_id}", response_model=DocumentModel)
    async def get_document(document_id: Text) -> Response:
        """What is known of a document."""
        return JSONResponse(
            document_to_dict(await service.run(lambda library: library.document(document_id)))
        )

    @routes.get(
        "/documents/{document_id}/text",
        response_class=PlainTextResponse,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def get_text(
        document_id: Text,
        start: Annotated[int, Query(ge=0, le=2**53)] = 0,
        end: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Response:
        """The stored text that all offsets count in (Unicode code points), or a stretch of it."""
        text = await service.run(lambda library: library.text(document_id))
        return PlainTextResponse(text[start:end])

    @routes.get("/documents/{document_id}/passages", response_model=PassageList)
    async def get_passages(document_id: Text) -> Response:
        """The passages it was cut into."""
        stored = await service.run(lambda library: library.passages(document_id))
        return JSONResponse({"passages": [_passage(each) for each in stored]})

    @routes.delete("/documents/{document_id}", status_code=204)
    async def remove(document_id: Text, request: Request) -> Response:
        """Forget a document; one that was sent here is deleted, too."""
        _editor(request)
        await service.run(lambda _: uploads.remove(document_id))
        return Response(status_code=204)

    return routes


def document_to_dict(stored: StoredDocument) -> dict[str, Any]:
    """What is known of a document, as JSON; where its file lies is left out."""
    plain = asdict(stored)
    del plain["path"]
    return plain | {"published": stored.published.isoformat() if stored.published else None}


def _passage(stored: StoredPassage) -> dict[str, Any]:
    passage = stored.passage
    return {
        "id": stored.id,
        "start": passage.start,
        "end": passage.end,
        "heading": passage.heading,
        "page": passage.page,
        "text": passage.text,
    }


def _editor(request: Request) -> Caller:
    caller: Caller = request.state.caller
    caller.need("editor")
    return caller


def _sees(caller: Caller, job: Job) -> bool:
    return job.owner == caller.name or caller.role == "admin"


def _job(job: Job) -> dict[str, Any]:
    plain = asdict(job)
    del plain["owner"]
    return plain
