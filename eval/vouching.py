"""What checking a language model's sentences is worth: ``python -m eval.vouching [--seeds seeds]``.

The gold questions are asked of the model that the settings name. What it writes is kept, and judged twice:
as it stands, each sentence believed and citing the whole passages that it names, or the first if it names
none; and as Footnote shows it, each sentence checked, the extractive reader where nothing is left. The
extractive reader stands beside both. A sentence is wrong when its question can't be answered, or when by
itself it doesn't say a gold answer; it is caught when it isn't shown. A sentence copied from a passage may
be wrong for the question, but nothing is amiss with its footnote: the others are told alone, too. For
sentences, follow-ups and questions that need several parts, a summary, yes or no are left out: one sentence
alone is not judged there.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eval.given import Given
from eval.record import Run
from eval.run import Plan, default_gold, load_suite, run
from eval.score import is_right, score
from eval.statistics import Figure, share_figure
from qa.assistant import Assistant
from qa.build import open_index, readers
from qa.config import Config, load_config
from qa.display import clean
from qa.ingest import find_all, ingest
from qa.library import OwnedLibrary
from qa.read.calibration import Calibration
from qa.read.checker import WordingChecker
from qa.read.llm import LLMReader
from qa.read.model import Model, Pieces
from qa.read.prompts import Prompt
from qa.read.written import FEATURES
from qa.types import ScoredPassage, Span
from qa.verify import Checked

EXTRACTIVE, BELIEVED, CHECKED = "extractive", "believed", "llm"
_ANYTHING = Calibration(FEATURES, (0.0, 0.0), 0.0, ((0.0, 0.0),), "nothing: whatever is written is shown")
_SEVERAL = frozenset({"list", "two_part", "summary", "yes_no", "greeting"})


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of the model. ``copied``: it stands word for word in a passage, so it is no invention."""

    question: str
    text: str
    right: bool
    copied: bool
    shown: bool


class RememberingModel(Model):
    """Asked the same again it writes the same, so that both ways are judged by the same words."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._written: dict[Prompt, list[str]] = {}

    @contextmanager
    def asked(self, prompt: Prompt, seconds: float) -> Iterator[Pieces]:
        if prompt not in self._written:
            with super().asked(prompt, seconds) as pieces:
                self._written[prompt] = [piece for piece in pieces if piece]
        yield iter(self._written[prompt])


class BelievingChecker:
    """Takes every sentence for borne out by all of each passage that it cites, or the first if by none."""

    def check(self, sentence: str, passages: Sequence[ScoredPassage], cited: Sequence[int]) -> Checked:
        named = cited if len(cited) < len(passages) else cited[:1]  # none named: all are given to a checker
        spans = [(at, passages[at].stored.passage) for at in named if at < len(passages)]
        return Checked("supported", tuple((at, Span(p.start, p.end)) for at, p in spans), 0.5)


def main() -> None:
    """Ask, judge, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=Path, default=Path("seeds"), help="the folder of documents")
    parser.add_argument("--limit", type=int, help="ask the first so many questions only")
    parser.add_argument(
        "--sentences", type=Path, help="write the model's sentences to a file, as lines of JSON"
    )
    options = parser.parse_args()
    extractive, believed, checked = asked(options.seeds, load_config().config, options.limit)
    if options.sentences:
        lines = (json.dumps(asdict(each)) for each in _told(believed, checked))
        options.sentences.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for figure in figures(extractive, believed, checked):
        print(f"{figure.name:64} {figure.value:.3f}  [{figure.low:.3f}, {figure.high:.3f}]  n={figure.n}")


def asked(seeds: Path, config: Config, limit: int | None = None) -> tuple[Run, Run, Run]:
    """The runs of the extractive reader, of the model believed, and of the model checked."""
    with tempfile.TemporaryDirectory() as folder:
        own = replace(config, data=Path(folder) / "data", chroma_url="", llm_unsupported="drop")
        with open_index(own) as index:
            list(ingest(index, find_all([seeds]), own))
            there, model = readers(index, own), RememberingModel(own)
            quoting = there[EXTRACTIVE]
            there[BELIEVED] = LLMReader(model, quoting, BelievingChecker(), own, _ANYTHING)
            there[CHECKED] = LLMReader(model, quoting, WordingChecker(), own)
            library = OwnedLibrary(Assistant(index, there, own), own)
            plans = [
                Plan((default_gold(),), reader=name, limit=limit) for name in (EXTRACTIVE, BELIEVED, CHECKED)
            ]
            first, second, third = (
                run(library, plan, load_suite(plan), Path(folder) / str(plan.reader)) for plan in plans
            )
    return first, second, third


def figures(extractive: Run, believed: Run, checked: Run) -> list[Figure]:
    """Shares with 95 % intervals: questions grounded, each way, and what became of the model's sentences."""
    found = []
    for name, each in (
        ("extractive", extractive),
        ("model, believed", believed),
        ("model, checked", checked),
    ):
        judged = [(gold, score(gold, outcome.given, outcome.withheld)) for gold, outcome in each.asked]
        can = [one.grounded for gold, one in judged if gold.answerable]
        cannot = [one.grounded for gold, one in judged if not gold.answerable]
        found.append(share_figure(f"{name}: right and cited, of what can be answered", can))
        found.append(share_figure(f"{name}: withheld, of what can't be", cannot))
    told = list(_told(believed, checked))
    wrong = [each for each in told if not each.right]
    own = [each for each in wrong if not each.copied]
    found.append(share_figure("wrong sentences of the model caught", [not each.shown for each in wrong]))
    found.append(
        share_figure("… of those that stand in no passage word for word", [not each.shown for each in own])
    )
    right = [each.shown for each in told if each.right]
    found.append(share_figure("right sentences of the model shown", right))
    return found


def _told(believed: Run, checked: Run) -> Iterator[Told]:
    """Each sentence that the model wrote."""
    for gold, outcome in believed.asked:
        given, shown = outcome.given, checked.outcomes[gold.id].given
        if given is None or shown is None or gold.type in _SEVERAL or gold.follows:
            continue
        kept = {sentence.text for sentence in shown.sentences}
        passages = [clean(passage.text).text for passage in given.passages]
        for alone in _alone(given):
            text = alone.sentences[0].text
            copied = any(text in passage for passage in passages)
            yield Told(gold.id, text, is_right(gold, alone), copied, text in kept)


def _alone(given: Given) -> Iterator[Given]:
    for sentence in given.sentences:
        yield replace(given, text=sentence.text, sentences=(sentence,), short_answer=None, short_span=None)


if __name__ == "__main__":
    main()
