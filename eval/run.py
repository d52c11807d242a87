"""Asking gold questions and counting: right, cited, found, withheld."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from eval.gold import GoldQuestion, check_quotes, conversation, load_gold
from eval.judge import cites_evidence, evidence_found, is_right
from eval.statistics import Figure, mean_figure
from qa.library import Library
from qa.types import Answer, Turn

_LOOKED_AT = 5  # passages, for Success@5 and Recall@5


@dataclass(frozen=True, slots=True)
class Result:
    """One question, its answer, and how it was judged. ``found`` is a share in [0, 1]."""

    gold: GoldQuestion
    answer: Answer
    right: bool
    cited: bool
    found: float
    conversation: str

    @property
    def grounded(self) -> bool:
        """Right, and citing the evidence where there is any."""
        return self.right and (self.cited or not self.gold.answerable)


def default_gold() -> Path:
    """The gold questions on the seeds."""
    return Path(str(resources.files("eval").joinpath("gold/seeds.jsonl")))


def evaluate(
    library: Library,
    files: Sequence[Path],
    *,
    reader: str | None = None,
    progress: Callable[..., Iterable[GoldQuestion]] = lambda items, **_: items,
) -> list[Result]:
    """Ask every question of ``files``. Raises GoldError when a file and the indexed documents disagree.

    A follow-up is asked after the questions it follows, with the answers that those got.
    """
    texts = {document.source: library.text(document.id) for document in library.documents()}
    results: list[Result] = []
    for file in files:
        questions = load_gold(file)
        check_quotes(questions, texts)
        answers: dict[str, Answer] = {}
        for gold in progress(questions, total=len(questions), label="Asking"):
            earlier = conversation(questions, gold)
            for turn in (*earlier, gold):
                if turn.id not in answers:
                    history = [_turn(answers[e.id]) for e in conversation(questions, turn)]
                    answers[turn.id] = library.ask(turn.question, history=history, reader=reader)
            answer = answers[gold.id]
            results.append(_judge(gold, answer, texts, (earlier or (gold,))[0].id))
    return results


def figures(results: Sequence[Result]) -> list[Figure]:
    """The figures of a run, each with n and a 95 % interval; whole conversations are resampled."""
    return list(_figures(results))


def _figures(results: Sequence[Result]) -> Iterator[Figure]:
    def figure(name: str, of: Iterable[Result], value: Callable[[Result], float]) -> Figure:
        chosen = list(of)
        return mean_figure(name, [float(value(r)) for r in chosen], [r.conversation for r in chosen])

    answerable = [r for r in results if r.gold.answerable]
    answered = [r for r in results if not r.answer.abstained]
    yield figure("grounded accuracy", results, lambda r: r.grounded)
    yield figure("  answerable: right and cited", answerable, lambda r: r.grounded)
    yield figure("  answerable: right", answerable, lambda r: r.right)
    yield figure("  answerable: answered", answerable, lambda r: not r.answer.abstained)
    unanswerable = [r for r in results if not r.gold.answerable and r.gold.type != "greeting"]
    yield figure("  unanswerable: withheld", unanswerable, lambda r: r.right)
    yield figure("right among the answered", answered, lambda r: r.right)
    yield figure(
        "evidence cited, of the answered", (r for r in answered if r.gold.answerable), lambda r: r.cited
    )
    sought = [r for r in answerable if r.gold.type != "summary"]
    yield figure(f"Success@{_LOOKED_AT} of the evidence", sought, lambda r: r.found > 0)
    yield figure(f"Recall@{_LOOKED_AT} of the evidence", sought, lambda r: r.found)
    for kind in sorted({r.gold.type for r in answerable}):
        yield figure(
            f"grounded: {kind}", (r for r in answerable if r.gold.type == kind), lambda r: r.grounded
        )
    greetings = (r for r in results if r.gold.type == "greeting")
    yield figure("told from a question", greetings, lambda r: r.right)
    yield figure("grounded: follow-ups", (r for r in answerable if r.gold.follows), lambda r: r.grounded)
    yield figure("words an answer", answered, lambda r: len(r.answer.text.split()))


def table(results: Sequence[Result]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Columns and rows for people."""
    rows = [
        (f.name, _number(f.value), str(f.n), f"{_number(f.low)} – {_number(f.high)}")
        for f in figures(results)
    ]
    milliseconds = [r.answer.manifest.timings_ms.total for r in results]
    rows.append(
        ("milliseconds a question, median", f"{statistics.median(milliseconds):.0f}", str(len(results)), "")
    )
    return ("figure", "value", "n", "95 % interval"), rows


def _judge(gold: GoldQuestion, answer: Answer, texts: dict[str, str], first: str) -> Result:
    return Result(
        gold=gold,
        answer=answer,
        right=is_right(answer, gold, texts),
        cited=gold.answerable and cites_evidence(answer, gold, texts),
        found=evidence_found(answer.passages[:_LOOKED_AT], gold, texts) if gold.answerable else 0.0,
        conversation=first,
    )


def _turn(answer: Answer) -> Turn:
    return Turn(answer.question, answer.text, answer.short_answer)


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}" if value <= 1 else f"{value:.1f}"
