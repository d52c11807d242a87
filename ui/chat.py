"""The chat page as a Gradio app: what is on it, and which event does what.

Gradio is imported by this module, and it looks at its settings then: ``ui.app`` makes them first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from importlib import resources
from typing import Any

import gradio as gr

from qa import __version__
from qa.conversations import Conversations
from ui.access import Caller
from ui.scope import Params
from ui.service import Service
from ui.talking import Asking, Talking, User, View

_FONTS = ["system-ui", "sans-serif"]
_MONO = ["ui-monospace", "monospace"]
_SCRIPT = "".join(f'<script src="/styles/{name}.js?{__version__}"></script>' for name in ("chat", "lost"))
_CHOOSING = f'<script src="/styles/scope.js?{__version__}"></script>'
_CHOOSE = "choosing(element);"
_BEGIN = "footnote(element, watch, data => trigger('act', data));"


def build_chat(service: Service, conversations: Conversations) -> gr.Blocks:
    """The page. Nothing in it is shared between the people who use it."""
    talking = Talking(service, conversations)
    page: gr.Blocks
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as page:
        stop = gr.State(None)  # what takes the question back that is on its way
        with gr.Row(elem_id="page"):
            with gr.Column(elem_id="side", scale=0):
                side = _part("list")
            with gr.Column(elem_id="main"):
                past, now = _part("past"), _part("now")
                with gr.Row(elem_id="composer"):
                    gr.HTML("", elem_id="scope", apply_default_css=False, head=_CHOOSING, js_on_load=_CHOOSE)
                    question = gr.Textbox(
                        show_label=False,
                        label="Question",
                        placeholder="Ask a question …",
                        elem_id="question",
                        autofocus=True,
                        lines=1,
                        max_lines=6,
                        container=False,
                    )
                    ask = gr.Button("Ask", elem_id="ask", variant="primary", scale=0)
                    halt = gr.Button("Stop", elem_id="stop", scale=0)
        shown = [question, past, now, side]

        async def opened(request: gr.Request) -> list[Any]:
            return _changes(await talking.open(_user(request), _conversation(request)))

        async def answered(text: str | None, request: gr.Request) -> AsyncIterator[list[Any]]:
            asking = Asking()
            at = _conversation(request)
            async for view in talking.ask(_user(request), at, text or "", asking, _params(request)):
                yield [*_changes(view), asking.stop]

        def stopped(stop: Callable[[], None] | None) -> None:
            if stop:
                stop()

        async def acted(event: gr.EventData, request: gr.Request) -> list[Any]:
            action = event._data if isinstance(event._data, dict) else {}
            return _changes(await talking.act(_user(request), _conversation(request), action))

        how: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": None,
        }
        page.load(opened, None, shown, **how)
        gr.on([question.submit, ask.click], answered, question, [*shown, stop], **how)
        halt.click(stopped, stop, None, **how)
        for part in (side, past, now):
            part.act(acted, None, shown, **how)
    return page


def _part(name: str) -> gr.HTML:
    """A part of the page that is markup, with the page's script at work in it."""
    return gr.HTML("", elem_id=name, apply_default_css=False, head=_SCRIPT, js_on_load=_BEGIN)


def _changes(view: View) -> list[Any]:
    return [gr.skip() if part is None else part for part in view]


def _user(request: gr.Request) -> User:
    """Who asks, as the guards have found out."""
    caller: Caller = request.state.caller
    return User(caller.name, caller.shown)


def _conversation(request: gr.Request) -> str:
    """Which conversation is shown: the page's address says so, and can be kept and come back to."""
    return str(request.query_params.get("c", ""))


def _params(request: gr.Request) -> Params:
    """What else stands in the address: which documents and dates are asked."""
    return [(str(name), str(value)) for name, value in request.query_params.multi_items()]


def style() -> str:
    """The page's own style sheet."""
    static = resources.files("ui").joinpath("static")
    return "".join(static.joinpath(name).read_text(encoding="utf-8") for name in ("chat.css", "scope.css"))


def theme() -> Any:
    """A calm theme whose fonts are on every machine: none is fetched."""
    return gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=_FONTS, font_mono=_MONO)
