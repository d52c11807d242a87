"""Does the checker see what was changed? ``python -m eval.altered SQUAD_FILE… [--files FOLDER]``.

Each sentence of the paragraphs (and of the documents under FOLDER) is altered by rules that make it false:
another number, scale, unit, month or name, or a "not" put in; a sentence is altered once by each rule that
applies to it. Printed is the share that the checker does not let pass. Beside it the share of sentences that
it does let pass with their dates and amounts in another notation (``eval.notation``), which are true: a
checker that stops everything would catch every alteration.

Of a SQuAD file's questions with answers ("Who wrote it: Tolstoy.") it prints how well the right answer is
told from one of the same kind out of the same paragraph, and from the right one beside another paragraph.
Nothing is fitted here. What is put in is drawn, seeded, from the same set's words. Paragraphs are resampled.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.checker import as_passage, auc
from eval.notation import REWRITINGS
from eval.squad import SquadQuestion, load_squad
from eval.statistics import Figure, figures_of, share_figure
from qa.display import clean
from qa.load import SUFFIXES, find, load
from qa.read.checker import WordingChecker
from qa.sentences import sentences
from qa.types import ScoredPassage
from qa.words import fold, words

_FEWEST_WORDS = 6
_AT_ONCE = 8  # sentences of a document that make a passage
_LARGEST_FILE = 50_000_000
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b(?=\s\d)|(?<=\d\s)(?:{'|'.join(_MONTHS)})\b")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]|\.\d)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
_BEING = re.compile(r"\b(?:is|are|was|were|will|can|could)\b(?! not)")
_SCALES = {"million": "billion", "billion": "million", "thousand": "million", "trillion": "billion"}
_UNITS = {"years": "months", "months": "years", "days": "weeks", "hours": "days", "km": "miles"}
_UNITS |= {"kilometres": "miles", "miles": "kilometres", "metres": "feet", "feet": "metres"}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and the passage it stands in."""

    sentence: str
    passage: ScoredPassage

    @property
    def text(self) -> str:
        return self.passage.passage.text


Alter = Callable[[Said, random.Random, Sequence[str]], str]
"""From a sentence to one that is false, or the same where the rule doesn't apply; the last are names."""


def main() -> None:
    """Alter, check and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path, nargs="*")
    parser.add_argument("--files", type=Path)
    options = parser.parse_args()
    for path in options.squad:
        documents, questions = load_squad(path)
        passages = {document.source: as_passage(document.text) for document in documents}
        _print(path.name, measure_altered(list(passages.values())))
        _print(path.name, measure_answers(passages, questions))
    if options.files:
        files = [file for file in find(options.files).files if file.path.suffix in SUFFIXES]
        loaded = [load(file.path, max_bytes=_LARGEST_FILE) for file in files]
        _print(options.files.name, measure_altered([as_passage(t) for d in loaded for t in _parts(d.text)]))


def _print(name: str, figures: Iterator[Figure]) -> None:
    for figure in figures:
        interval = f"[{figure.low:.3f}, {figure.high:.3f}]"
        drawn = f"{figure.clusters} {figure.resampled}"
        print(f"{name}: {figure.name:40} {figure.value:.3f}  {interval}  n={figure.n}, {drawn}")


def _parts(text: str) -> Iterator[str]:
    spans = list(sentences(text))
    for first in range(0, len(spans), _AT_ONCE):
        part = spans[first : first + _AT_ONCE]
        yield text[part[0].start : part[-1].end]


def measure_altered(passages: Sequence[ScoredPassage]) -> Iterator[Figure]:
    """For each rule the share of altered sentences that don't pass; last that of true ones that do."""
    every = [said for passage in passages for said in _said(passage)]
    names = sorted({match[0] for said in every for match in _NAME.finditer(said.sentence)})
    checker = WordingChecker()

    def passes(said: Said, sentence: str) -> bool:
        return checker.check(sentence, [said.passage], [0]).support in ("verbatim", "supported")

    for name, alter in ALTERATIONS.items():
        chance = random.Random(name)
        changed = [(said, new) for said in every if (new := alter(said, chance, names)) != said.sentence]
        caught = [not passes(said, new) for said, new in changed]
        yield share_figure(f"caught: {name}", caught, [said.text for said, _ in changed])
    for name, rewrite in REWRITINGS.items():
        true = [(said, new) for said in every if (new := rewrite(said.sentence)) != said.sentence]
        passed = [passes(said, new) for said, new in true]
        yield share_figure(f"passed, though written {name}", passed, [said.text for said, _ in true])


def measure_answers(
    passages: Mapping[str, ScoredPassage], questions: Sequence[SquadQuestion]
) -> Iterator[Figure]:
    """AUC of right answers against wrong ones of the same paragraph, and against other paragraphs."""
    checker = WordingChecker()
    by_source: dict[str, list[tuple[str, str]]] = {}
    for question in questions:
        if question.spans:
            text = passages[question.source].passage.text
            by_source.setdefault(question.source, []).append(
                (question.question, text[slice(*question.spans[0])])
            )
    sources = sorted(by_source)
    right, swapped, elsewhere, labels = [], [], [], []
    for at, source in enumerate(sources):
        for asked, answer in by_source[source]:
            wrong = _another(answer, asked, [other for _, other in by_source[source]])
            if wrong:
                said = f"{asked.rstrip(' ?')}: {answer}."
                far = passages[sources[(at + len(sources) // 2) % len(sources)]]
                right.append(checker.check(said, [passages[source]], [0]).probability)
                elsewhere.append(checker.check(said, [far], [0]).probability)
                said = f"{asked.rstrip(' ?')}: {wrong}."
                swapped.append(checker.check(said, [passages[source]], [0]).probability)
                labels.append(source)

    def statistic(drawn: NDArray[np.intp]) -> Mapping[str, float]:
        truth = np.arange(2 * len(drawn)) < len(drawn)
        return {
            name: auc(np.concatenate([np.array(right)[drawn], np.array(wrong)[drawn]]), truth)
            for name, wrong in (
                ("AUC, wrong answer of the paragraph", swapped),
                ("AUC, another paragraph", elsewhere),
            )
        }

    yield from figures_of(statistic, labels)


def _another(answer: str, question: str, others: Sequence[str]) -> str | None:
    """An answer of the same kind (with digits, with a capital, or neither) that shares no word with it."""
    known = frozenset(words(f"{answer} {question}"))
    fitting = (o for o in others if _kind(o) == _kind(answer) and known.isdisjoint(words(o)))
    return next(fitting, None)


def _kind(answer: str) -> str:
    return "number" if re.search(r"\d", answer) else "name" if answer[0].isupper() else "other"


def _said(passage: ScoredPassage) -> Iterator[Said]:
    for span in passage.passage.sentences:
        sentence = clean(passage.passage.words_at(span)).text
        if len(words(sentence)) >= _FEWEST_WORDS and sentence.endswith("."):
            yield Said(sentence, passage)


def another_number(said: Said, chance: random.Random, names: Sequence[str]) -> str:
    """One number up to half as large again, or half as large; years a few years off."""
    numbers = list(_NUMBER.finditer(said.sentence))
    if not numbers:
        return said.sentence
    match = chance.choice(numbers)
    while True:
        digits = "".join(
            str(chance.randrange(1, 10)) if char.isdigit() and at else char
            for at, char in enumerate(match[0])
        )
        digits = str(chance.randrange(1, 10)) + digits[1:]
        if digits not in said.text:
            return _put(said.sentence, match, digits)
        if len(match[0]) == 1 and all(str(digit) in said.text for digit in range(1, 10)):
            return said.sentence


def another_scale(said: Said, chance: random.Random, names: Sequence[str]) -> str:
    """After a number "million" for "billion" and so on."""
    return re.sub(rf"(?<=\d )({'|'.join(_SCALES)})\b", lambda m: _SCALES[m[1]], said.sentence, count=1)


def another_unit(said: Said, chance: random.Random, names: Sequence[str]) -> str:
    """After a number "months" for "years" and so on."""
    return re.sub(rf"(?<=\d )({'|'.join(_UNITS)})\b", lambda m: _UNITS[m[1]], said.sentence, count=1)


def another_month(said: Said, chance: random.Random, names: Sequence[str]) -> str:
    """One month of a date is another, which the passage doesn't have."""
    match = _MONTH.search(said.sentence)
    free = [month for month in _MONTHS if month not in said.text]
    return _put(said.sentence, match, chance.choice(free)) if match and free else said.sentence


def another_name(said: Said, chance: random.Random, names: Sequence[str]) -> str:
    """One word with a capital, inside the sentence, is another such word, which the passage doesn't have."""
    found = [match for match in _NAME.finditer(said.sentence) if match[0] not in _MONTHS]
    there = fold(said.text)
    free = [name for name in chance.sample(names, min(50, len(names))) if fold(name)[:4] not in there]
    free = [name for name in free if name not in _MONTHS]
    return _put(said.sentence, chance.choice(found), free[0]) if found and free else said.sentence


def denied(said: Said, chance: random.Random, names: Sequence[str]) -> str:
    """With "not" after its first form of "be", "will", "can" or "could"."""
    match = _BEING.search(said.sentence)
    return _put(said.sentence, match, f"{match[0]} not") if match else said.sentence


def _put(sentence: str, match: re.Match[str], new: str) -> str:
    return sentence[: match.start()] + new + sentence[match.end() :]


ALTERATIONS: Mapping[str, Alter] = {
    "number": another_number,
    "scale": another_scale,
    "unit": another_unit,
    "month": another_month,
    "name": another_name,
    "not": denied,
}
"""What makes a sentence false, by name."""

if __name__ == "__main__":
    main()
