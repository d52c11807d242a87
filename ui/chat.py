"""The chat page: ask, read the answer, open each footnote."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from qa.errors import FootnoteError
from qa.types import Turn
from ui.discretion import sentence_of
from ui.render import answer_html, error_html, question_html
from ui.service import Service

if TYPE_CHECKING:
    import gradio

_log = logging.getLogger(__name__)
_EXAMPLES = 4
_FONTS = ["system-ui", "sans-serif"]
_MONO = ["ui-monospace", "monospace"]


def build_chat(service: Service, examples: Sequence[str]) -> gradio.Blocks:
    """The chat page as a Gradio app. Nothing in it is shared between the people who use it."""
    import gradio as gr

    page: gradio.Blocks
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True) as page:
        gr.HTML('<h1 class="fn-title">Footnote</h1><p class="fn-lead">Ask the documents. Every answer shows '
                "the passage it stands on, or says that the documents do not tell.</p>")  # fmt: skip
        said, turns = gr.State([]), gr.State([])  # the page sends nothing but the question
        chat = gr.Chatbot(
            show_label=False,
            label="Conversation",
            elem_id="conversation",
            height="60vh",
            layout="panel",
            latex_delimiters=[],  # "$11 billion and $9 billion" is not a formula
            allow_tags=False,
            buttons=[],  # its copy button would copy markup
            feedback_options=None,
            placeholder="The conversation starts with your first question.",
        )
        chat.clear(lambda: ([], []), outputs=[said, turns], api_visibility="private")
        question = gr.Textbox(
            show_label=False,
            label="Question",
            placeholder="Ask a question …",
            elem_id="question",
            autofocus=True,
            submit_btn="Ask",
            max_lines=4,
        )
        if examples:
            _offer(examples[:_EXAMPLES], question)

        async def exchange(
            text: str | None, shown: list[Any], turns: list[Turn]
        ) -> tuple[str, list[Any], list[Any], list[Turn]]:
            text, shown, turns = await respond(service, text or "", shown, turns)
            return text, shown, shown, turns

        question.submit(
            exchange,
            [question, said, turns],
            [question, chat, said, turns],
            api_visibility="private",
            concurrency_limit=None,  # the service lets a few be answered at once
            show_progress="minimal",
        )
    return page


def _offer(examples: Sequence[str], question: gradio.Textbox) -> None:
    """Questions to be tried: put into the box by the browser alone."""
    import gradio as gr

    offered = gr.Dataset(
        label="For example", components=[question], samples=[[example] for example in examples], type="index"
    )
    offered.click(None, offered, question, js=f"(at) => {json.dumps(list(examples))}[at]")


async def respond(
    service: Service, question: str, shown: list[Any], turns: list[Turn]
) -> tuple[str, list[Any], list[Turn]]:
    """One exchange: the box, the conversation as shown, and as remembered for follow-ups.

    The box is emptied by an answer; after a failure the question stays in it, to be mended.
    """
    if not question.strip():
        return question, shown, turns
    said = {"role": "user", "content": question_html(question)}
    try:
        answer = await service.ask(question, history=turns)
    except FootnoteError as error:
        _log.warning("a question failed: %s", error)
        return (
            question,
            [*shown, said, {"role": "assistant", "content": error_html(sentence_of(error))}],
            turns,
        )
    replied = {"role": "assistant", "content": answer_html(answer)}
    return "", [*shown, said, replied], [*turns, Turn(answer.question, answer.text, answer.short_answer)]


def style() -> str:
    """The page's own style sheet."""
    return resources.files("ui").joinpath("static/chat.css").read_text(encoding="utf-8")


def theme() -> Any:
    """A calm theme whose fonts are on every machine: none is fetched."""
    import gradio as gr

    return gr.themes.Base(primary_hue="indigo", neutral_hue="slate", font=_FONTS, font_mono=_MONO)
