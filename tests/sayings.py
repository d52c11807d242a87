"""What the fake assistants say to a question, honestly or not.

A ``Form`` makes another reading of one that answers; ``as_said`` puts it upon a ``Say``, so that the same
dishonesty can be tried by one who is always right and by one who errs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from qa.errors import ModelError
from qa.types import Reading, ReadSentence, Span
from tests.bridges import BRIDGES
from tests.oracles import GOLD, Asked, Say

Form = Callable[[Asked, Reading], Reading]


def right(asked: Asked) -> Reading:
    """Says the gold answer and cites the sentence around its evidence; withholds what is open.

    Of two parts it says each by itself, to what is answered by yes or no the sentence that decides it, and to
    the rest a short answer in its sentence.
    """
    gold = asked.gold
    if not gold.answerable:
        return abstains(asked)
    sentences = [asked.around(part[0]) for part in gold.proofs]
    if gold.type == "two_part":
        return _reading([replace(s, text=part[0]) for s, part in zip(sentences, gold.parts, strict=True)])
    return _reading(sentences[:1], None if gold.type == "yes_no" else gold.answers[0])


def abstains(asked: Asked) -> Reading:
    return Reading((), 0.0, reason="not_in_documents")


def never_abstains(asked: Asked) -> Reading:
    """Right on what can be answered, and says the first sentence it finds to the rest."""
    return right(asked) if asked.gold.answerable else _reading(asked.sentences()[:1])


def at_random(asked: Asked) -> Reading:
    """Withholds one in four, and says any sentence to the rest; as sure as chance has it."""
    random = Random(asked.gold.id)
    sentence, confidence = random.choice(asked.sentences()), random.random()
    if not asked.eager and random.random() < 0.25:
        return Reading((), confidence, reason="not_in_documents")
    return _reading([sentence], confidence=confidence)


def honest(asked: Asked) -> Reading:
    """Right but for eight questions, all on the last bridge.

    Of answerable ones four are answered wrongly, one rightly but with a citation of other words, one is
    withheld; two open ones are answered. It is sure of what is right (0.9), less so of its errors (0.5), and
    of what it withholds least (0.1).
    """
    gold, willow = asked.gold, BRIDGES[-1]
    slips: dict[str, Callable[[], Reading]] = {
        "willow-cost": lambda: _reading([asked.saying(willow.repairs)], willow.repairs),
        "willow-opener": lambda: _reading([asked.saying(willow.walker)], willow.walker),
        "willow-towns": lambda: _reworded(right(asked), "It joins ", "Jarrow and Kelby"),
        "willow-designer": lambda: _reading(right(asked).sentences[:1]),
        "willow-stone": lambda: cites_elsewhere(asked, right(asked)),
        "willow-painter": lambda: _reading([asked.saying(willow.designer)], willow.designer),
        "willow-traffic": lambda: _reading([asked.saying(f"{willow.herd} animals")], str(willow.herd)),
    }
    if gold.id in slips:
        return replace(slips[gold.id](), probability=0.5)
    withheld = gold.id == "willow-opened" or not gold.answerable
    if not withheld:
        return replace(right(asked), probability=0.9)
    said = never_abstains(asked) if asked.eager else abstains(asked)
    return replace(said, probability=0.1)


def unsure(asked: Asked) -> bool:
    """Where the honest one errs, or withholds what is open."""
    return honest(asked).probability < 0.9


def fails_where(say: Say, fails: Callable[[Asked], bool]) -> Say:
    def said(asked: Asked) -> Reading:
        if fails(asked):
            raise ModelError("the model gives nonsense")
        return say(asked)

    return said


def as_said(say: Say, form: Form) -> Say:
    """``say``, whose answers are put into another form."""

    def said(asked: Asked) -> Reading:
        reading = say(asked)
        return reading if reading.reason else form(asked, reading)

    return said


# Forms of dishonesty


def cites_elsewhere(asked: Asked, reading: Reading) -> Reading:
    """Cites the next sentence of the same passage that proves nothing."""

    def moved(at: int, span: Span) -> tuple[int, Span]:
        spans = asked.passages[at].passage.sentences
        others = [*spans[spans.index(span) + 1 :], *spans]
        return at, next(other for other in others if not asked.proves((at, other)))

    return _recited(reading, moved)


def cites_another_document(asked: Asked, reading: Reading) -> Reading:
    """Cites the sentence in which another bridge's document says the like."""

    def moved(at: int, span: Span) -> tuple[int, Span]:
        mine = asked.passages[at]
        which = mine.passage.sentences.index(span)
        other = next(
            at
            for at, scored in enumerate(asked.passages)
            if scored.stored.source != mine.stored.source
            and len(scored.passage.sentences) == len(mine.passage.sentences)
        )
        return other, asked.passages[other].passage.sentences[which]

    return _recited(reading, moved)


def whole_passages(asked: Asked, reading: Reading) -> Reading:
    """Says the passages that it would cite, and cites them whole."""
    cited = dict.fromkeys(at for sentence in reading.sentences for at, _ in sentence.cites)
    return _reading([_whole(asked, at) for at in cited], confidence=reading.probability)


def whole_passages_as_short_answer(asked: Asked, reading: Reading) -> Reading:
    said = whole_passages(asked, reading)
    return replace(said, short_answer=said.sentences[0].text)


def wrong_scale(asked: Asked, reading: Reading) -> Reading:
    """ "$115 million" for "$11.5 million"."""
    return _respelled(reading, lambda text: re.sub(r"(\d)\.(\d)", r"\1\2", text))


def billions(asked: Asked, reading: Reading) -> Reading:
    """ "$11.5 billion" for "$11.5 million"."""
    return _respelled(reading, lambda text: text.replace("million", "billion"))


def conflicting_numbers(asked: Asked, reading: Reading) -> Reading:
    """Where the answer is an amount, all amounts of the passage: one of them will be right."""
    if "$" not in (reading.short_answer or ""):
        return reading
    [(at, _)] = reading.sentences[0].cites
    amounts = re.findall(r"\$[\d.]+ million", asked.passages[at].passage.text)
    return _reworded(reading, "It was ", " or ".join(amounts))


def constant(asked: Asked, reading: Reading) -> Reading:
    """The most frequent gold answer, cited as it should be."""
    answers = [gold.answers[0] for gold in GOLD if gold.answerable and gold.type != "yes_no"]
    return _reworded(reading, "It is ", max(answers, key=answers.count))


def says_yes(asked: Asked, reading: Reading) -> Reading:
    """Where the answer is yes or no, yes."""
    if asked.gold.type != "yes_no":
        return reading
    [first] = reading.sentences
    return replace(reading, sentences=(replace(first, text=f"Yes: {first.text}"),))


def shotgun(asked: Asked, reading: Reading) -> Reading:
    """Cites every passage there is, whole."""
    everything = tuple(_whole(asked, at).cites[0] for at in range(len(asked.passages)))
    return replace(reading, sentences=tuple(replace(each, cites=everything) for each in reading.sentences))


def hedges(asked: Asked, reading: Reading) -> Reading:
    """Where a name is asked for, both that there are, and cites both."""
    if asked.gold.type != "name" or not asked.gold.answerable:
        return reading
    bridge = next(bridge for bridge in BRIDGES if asked.gold.id.startswith(bridge.name.lower()))
    both = [asked.saying(bridge.opener), asked.saying(bridge.walker)]
    said = f"{bridge.opener} or {bridge.walker}"
    return _reworded(replace(reading, sentences=tuple(both)), "It was ", said)


def shows_a_window(asked: Asked, reading: Reading) -> Reading:
    """As many words around the sentence it would cite as an answer may have, where one thing is asked for."""
    if asked.gold.type not in ("name", "date", "place"):
        return reading
    [(at, span)] = reading.sentences[0].cites
    passage = asked.passages[at].passage
    words = [Span(match.start(), match.end()) for match in re.finditer(r"\S+", passage.text)]
    inside = [n for n, word in enumerate(words) if passage.start + word.start >= span.start]
    first = max(0, min(inside[0] - 30, len(words) - 80))
    shown = words[first : first + 80]
    place = Span(passage.start + shown[0].start, passage.start + shown[-1].end)
    return _reading([ReadSentence(passage.words_at(place), ((at, place),))], confidence=reading.probability)


def _whole(asked: Asked, at: int) -> ReadSentence:
    passage = asked.passages[at].passage
    return ReadSentence(passage.text, ((at, Span(passage.start, passage.end)),))


def _reading(sentences: Sequence[ReadSentence], short: str | None = None, confidence: float = 1.0) -> Reading:
    start = sentences[0].text.find(short) if short else 0
    return Reading(tuple(sentences), confidence, short, max(start, 0))


def _reworded(reading: Reading, text: str, short: str) -> Reading:
    """One sentence of other words, with all the citations; it ends in the short answer."""
    cites = tuple(cite for sentence in reading.sentences for cite in sentence.cites)
    return _reading([ReadSentence(f"{text}{short}", cites)], short, reading.probability)


def _respelled(reading: Reading, change: Callable[[str], str]) -> Reading:
    sentences = [replace(sentence, text=change(sentence.text)) for sentence in reading.sentences]
    short = reading.short_answer and change(reading.short_answer)
    return _reading(sentences, short, reading.probability)


def _recited(reading: Reading, move: Callable[[int, Span], tuple[int, Span]]) -> Reading:
    """The same words with other citations."""
    return replace(
        reading,
        sentences=tuple(
            replace(sentence, cites=tuple(move(*cite) for cite in sentence.cites))
            for sentence in reading.sentences
        ),
    )
