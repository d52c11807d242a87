"""Public question sets → training examples: a question, a passage, every crowd answer as a character span.

The folder of ``load_training_sets`` holds these files, each from its public origin:

====================================  ======================================================================
``squad1_44_articles.json``           44 articles of SQuAD 1.1 train: tomhosking/aqleaderboard,
                                      data/test-v1.1.json at 79ed2dc0 (CC BY-SA 4.0)
``squadshifts_{new_wiki,amazon,       SQuADShifts: modestyachts/squadshifts-website, datasets/ (no licence
reddit}.json``                        in the repository; the dataset card, from memory: CC BY 4.0)
``squad2_3_articles.json``            the articles Packet_switching, Immune_system and Force of SQuAD 2.0 dev:
                                      chrischute/squad, data/dev-v2.0.json at 85623ade (CC BY-SA 4.0)
``nq-open-oracle.jsonl.gz``           2,655 Natural Questions with the gold passage: nelson-liu/
                                      lost-in-the-middle, qa_data at 29b8a6d0 (CC BY-SA 3.0)
``timeqa_human_train.json``           TimeQA, questions people wrote: wenhuchen/Time-Sensitive-QA
                                      at 38b05989 (BSD-3)
``fairytaleqa.tar.gz``                uci-soe/FairytaleQAData at a24ddc17 (Apache 2.0)
====================================  ======================================================================

A set that is missing is left out with a line on standard error, so that a part of the recipe can be repeated.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Span = tuple[int, int]  # character offsets into the passage, end excluded

HELD_OUT_EVERY_ARTICLE = 11  # of squad1_44_articles: articles 5, 16, 27, 38
HELD_OUT_EVERY_PARAGRAPH = 5  # of squad2_3_articles


@dataclass(frozen=True)
class Example:
    """One question about one passage. No ``answers`` means that the passage does not hold the answer."""

    question: str
    context: str
    answers: tuple[Span, ...]
    source: str
    """The set it came from."""
    article: str
    """What its negatives may be drawn from: passages of one article speak of the same things."""
    kind: str = "human"
    """``human``, or the rule that made it (see ``negatives``)."""

    @property
    def answerable(self) -> bool:
        return bool(self.answers)

    @property
    def texts(self) -> list[str]:
        return [self.context[start:end] for start, end in self.answers]


def read_squad(path: Path, source: str) -> Iterator[Example]:
    """The examples of a SQuAD-format file (1.1, 2.0 or SQuADShifts). A misplaced answer is dropped."""
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                yield from _squad_question(qa, paragraph["context"], source, article.get("title", ""))


def _squad_question(qa: dict[str, Any], context: str, source: str, title: str) -> Iterator[Example]:
    spans = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in qa["answers"]]
    kept = tuple(
        trim(context, span)
        for span, a in zip(spans, qa["answers"], strict=True)
        if context[slice(*span)] == a["text"] != ""
    )
    if kept or qa.get("is_impossible", False):
        answers = () if qa.get("is_impossible", False) else kept
        yield Example(qa["question"].strip(), context, answers, source, f"{source}/{title}")


def read_nq(path: Path) -> Iterator[Example]:
    """Natural Questions with their gold passage. Answers have no offsets: the first place is taken."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for passage in row["ctxs"]:
                spans = [find(passage["text"], answer) for answer in row["answers"]]
                kept = tuple(span for span in spans if span)
                if passage.get("isgold") and kept:
                    yield Example(row["question"], passage["text"], kept, "nq", f"nq/{passage['title']}")


def read_timeqa(path: Path, words: int = 120) -> Iterator[Example]:
    """TimeQA: the answer's paragraph with its neighbours; where there is none, the likest."""
    for page in json.loads(path.read_text("utf-8")):
        paragraphs: list[str] = page["paras"]
        for question, answers in page["questions"]:
            real = [a for a in answers if a["answer"]]
            wanted = content_words(question)
            at = (
                real[0]["para"]
                if real
                else max(range(len(paragraphs)), key=lambda i: len(wanted & content_words(paragraphs[i])))
            )
            first, last = _neighbours(paragraphs, at, words)
            context = "\n".join(paragraphs[first:last])
            offset = sum(len(p) + 1 for p in paragraphs[first:at])
            spans = tuple((offset + a["from"], offset + a["end"]) for a in real if a["para"] == at)
            if all(context[start:end] == a["answer"] for (start, end), a in zip(spans, real, strict=False)):
                yield Example(question, context, spans, "timeqa", f"timeqa/{page['index']}")


def _neighbours(paragraphs: list[str], at: int, words: int) -> Span:
    """The widest run of paragraphs around ``at`` of about ``words`` words."""
    first, last, size = at, at + 1, len(paragraphs[at].split())
    while size < words and (first > 0 or last < len(paragraphs)):
        if last < len(paragraphs):
            size += len(paragraphs[last].split())
            last += 1
        if first > 0 and size < words:
            first -= 1
            size += len(paragraphs[first].split())
    return first, last


def read_fairytales(path: Path) -> Iterator[Example]:
    """FairytaleQA: the questions whose answer stands in their section word for word (many do not)."""
    with tarfile.open(path) as tar:
        files = {m.name: m for m in tar.getmembers() if m.name.endswith(".csv")}
        for name in sorted(files):
            if "/questions/train/" not in name:
                continue
            story = name.replace("/questions/", "/section-stories/").replace("-questions.csv", "-story.csv")
            if story not in files:
                continue
            sections = {row["section"]: row["text"] for row in _rows(tar, files[story])}
            for row in _rows(tar, files[name]):
                text = sections.get(row["cor_section"], "")
                span = find(text, row["answer1"].strip(" .")) if row["ex-or-im1"] == "explicit" else None
                if span:
                    yield Example(
                        row["question"], text, (span,), "fairytaleqa", f"fairytaleqa/{Path(name).stem}"
                    )


def _rows(tar: tarfile.TarFile, member: tarfile.TarInfo) -> list[dict[str, str]]:
    opened = tar.extractfile(member)
    return list(csv.DictReader(io.StringIO(opened.read().decode("utf-8", "replace")))) if opened else []


def load_training_sets(folder: Path) -> list[Example]:
    """Every example of the sets in ``folder``, in a fixed order."""
    readers: list[tuple[str, Callable[[Path], Iterator[Example]]]] = [
        ("squad1_44_articles.json", lambda p: read_squad(p, "squad1")),
        ("squadshifts_new_wiki.json", lambda p: read_squad(p, "shifts_wiki")),
        ("squadshifts_amazon.json", lambda p: read_squad(p, "shifts_amazon")),
        ("squadshifts_reddit.json", lambda p: read_squad(p, "shifts_reddit")),
        ("squad2_3_articles.json", lambda p: read_squad(p, "squad2")),
        ("nq-open-oracle.jsonl.gz", read_nq),
        ("timeqa_human_train.json", read_timeqa),
        ("fairytaleqa.tar.gz", read_fairytales),
    ]
    found: list[Example] = []
    for name, read in readers:
        if (folder / name).exists():
            found.extend(read(folder / name))
        else:
            print(f"{name} is not in the folder: left out", file=sys.stderr)
    # Reddit comments come as one "article": each comment is its own.
    return [
        replace(e, article=f"{e.article}/{e.context[:40]}") if e.source == "shifts_reddit" else e
        for e in found
    ]


def hold_out(examples: list[Example]) -> tuple[list[Example], list[Example]]:
    """(to train on, held out): articles of SQuAD 1.1, and paragraphs of the SQuAD 2.0 articles."""
    articles = list(dict.fromkeys(e.article for e in examples if e.source == "squad1"))
    kept_articles = set(articles[5::HELD_OUT_EVERY_ARTICLE])
    paragraphs = list(dict.fromkeys(e.context for e in examples if e.source == "squad2"))
    kept_paragraphs = set(paragraphs[2::HELD_OUT_EVERY_PARAGRAPH])
    held = [e for e in examples if e.article in kept_articles or e.context in kept_paragraphs]
    return [e for e in examples if not (e.article in kept_articles or e.context in kept_paragraphs)], held


def find(text: str, answer: str) -> Span | None:
    """The first place where ``answer`` stands as whole words, whatever its case."""
    if not answer.strip() or answer.lower() not in text.lower():  # the cheap test first: most are absent
        return None
    match = re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE)
    return match.span() if match else None


def trim(context: str, span: Span) -> Span:
    """The span without spaces and closing punctuation that crowd workers dragged along."""
    start, end = span
    while end - start > 1 and context[end - 1] in " .,;:\n\t":
        end -= 1
    while end - start > 1 and context[start] in " ,;:\n\t":
        start += 1
    return start, end


STOP_WORDS = frozenset(
    "a an the of in on at to for from by with and or but is are was were be been being do does did has "
    "have had what which who whom whose when where why how many much that this these those it its as "
    "not no there their his her they he she i you we if then than so such can could would should will "
    "may might must about into over after before during between up out also any some all other name "
    "type kind".split()
)


def content_words(text: str) -> set[str]:
    """The lower-case words that carry meaning, cut to six letters (a poor man's stem)."""
    return {word[:6] for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS}
