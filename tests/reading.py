"""What the tests of readers share: passages, and a model that sees what it is told to."""

from collections.abc import Sequence
from datetime import date

from qa.read.spans import Found, SpanModel
from qa.types import Heading, Passage, ScoredPassage, Span, StoredPassage

DEBT = "Peru owes Chile about \\$11 billion for gas."
TRADE = "Trade fell to \\$9 billion, [they](#) said."


class Scripted(SpanModel):
    """Finds the given words wherever they stand; their margin is given too, the judge says 0.5."""

    def __init__(self, **margins: float) -> None:
        self._margins = {words.replace("_", " "): margin for words, margin in margins.items()}

    def read(self, question: str, texts: Sequence[str]) -> list[list[Found]]:
        return [
            [
                Found(Span(text.index(words), text.index(words) + len(words)), margin, 0.5)
                for words, margin in self._margins.items()
                if words in text
            ]
            for text in texts
        ]


def passage(*sentences: str, document: str = "d", heading: bool = False, start: int = 0) -> ScoredPassage:
    spans, at = [], start
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    text = " ".join(sentences)
    headings = (Heading(sentences[0], 1, *spans[0]),) if heading else ()
    cut = Passage(start, start + len(text), text, tuple(spans), 20, None, None, headings)
    stored = StoredPassage(
        f"{document}/{start}", document, f"{document}.txt", "Report", date(2024, 9, 16), "00", cut
    )
    return ScoredPassage(stored, 0.5, 1.0, 0.03)
