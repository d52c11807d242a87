"""What checking is worth, over a scripted model that says one right thing and two wrong ones."""

from __future__ import annotations

from typing import Any

from eval.vouching import asked, figures
from qa.config import Config
from tests.conftest import SEEDS
from tests.llms import MODEL, Reply, question_of, says, scripted

OWED = "Iran is owed approximately $11 billion by Iraq for gas and electricity exports."


def reply(question: dict[str, Any]) -> Reply:
    words = question_of(question)
    if "Iraq owe Iran" in words:
        return says(f"{OWED} [1] Question: How much does Iraq owe Iran? It was paid in full in 1987. [1]")
    return says("Iran owes Iraq $40 billion. [1]")


def test_wrong_sentences_are_shown_when_believed_and_caught_when_checked() -> None:
    with scripted(reply) as server:
        config = Config(reader="llm", llm_url=server.url, llm_model=MODEL, threads=1)
        runs = asked(SEEDS, config, limit=3)  # the debt, why it wasn't paid, and the debt the other way round
        swapped = [run.outcomes["debt-swapped"].given for run in runs[1:]]
    believed, checked = ([s.text for s in given.sentences] for given in swapped if given)
    assert believed == ["Iran owes Iraq $40 billion."]
    assert "Iran owes Iraq $40 billion." not in checked
    found = {figure.name: (figure.value, figure.n) for figure in figures(*runs)}
    assert found["model, believed: withheld, of what can't be"] == (0.0, 1)
    assert found["wrong sentences of the model caught"] == (1.0, 2)
    assert found["… of those that stand in no passage word for word"] == (1.0, 2)
    assert found["right sentences of the model shown"] == (1.0, 1)
