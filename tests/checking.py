"""A checker whose verdicts can be told by looking: words and numbers that stand in a cited sentence."""

from __future__ import annotations

from collections.abc import Sequence

from qa.display import clean
from qa.types import ScoredPassage, Span
from qa.verify import Checked
from qa.words import content_words


class WordChecker:
    """Supported, 0.9 likely, when every content word stands in one sentence; in part, 0.6, when half do.

    A number that stands in none is not supported, at 0.1, whatever else does.
    """

    def check(self, sentence: str, passages: Sequence[ScoredPassage], cited: Sequence[int]) -> Checked:
        wanted = set(content_words(sentence))
        best, cites = 0.0, None
        for at in cited:
            passage = passages[at].passage
            for span in passage.sentences or (Span(passage.start, passage.end),):
                there = set(content_words(clean(passage.words_at(span)).text))
                share = len(wanted & there) / len(wanted) if wanted else 0.0
                digits = {word for word in wanted if word.isdigit()}
                if share > best and digits <= there:
                    best, cites = share, (at, span)
        if cites is None or best < 0.5:
            return Checked("unsupported", (), 0.1)
        return Checked("supported" if best == 1 else "partial", (cites,), 0.9 if best == 1 else 0.6)
