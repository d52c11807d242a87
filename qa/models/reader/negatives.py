"""Questions that a passage does not answer, made from questions that one does.

People's unanswerable questions look answerable, so these stay close to the passage. Each rule takes an
answerable example and gives a new one, or nothing where it does not apply:

``other_passage``   the same question, with the passage (of its article or the set) that shares most words
``sentence_cut``    the passage without the sentence that holds the answer
``swap_question``   a name, number or year of the question becomes another one of the same article
``swap_context``    the same, in the passage: the question is untouched, so odd grammar gives nothing away
``antonym``         a word of the question becomes its opposite
``negation``        "did" becomes "did not", or the other way round
``roles``           "X defeated Y" becomes "Y defeated X"
``other_word``      a content word of the question becomes one of another question about the same article

and one that keeps the answer, so that a swap alone is no sign of anything:

``swap_both``       the same swap in question and passage alike
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log

from qa.models.reader.data import STOP_WORDS, Example, Span, content_words, find

NAME = re.compile(r"\b[A-Z][\w’'-]+(?:\s+(?:(?:of|the|de|von|van)\s+)?[A-Z][\w’'-]+)*")
YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w])|(?<![\w.,])\d+(?:\.\d+)?(?![\w,]|\.\d)")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|\n+")
QUESTION_WORDS = frozenset(
    "What Which Who Whom Whose When Where Why How Is Are Was Were Do Does Did Can Could In On At For "
    "From By To During After Before The A An According If As Since Under Between Name Along With Within "
    "Of Besides Other".split()
)
MONTHS = frozenset(
    "January February March April May June July August September October November December Monday "
    "Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)
ANTONYMS = """
first last; oldest newest; old new; older younger; oldest youngest; largest smallest; larger smaller; large
small; biggest smallest; bigger smaller; big little; highest lowest; higher lower; high low; most least;
more less; more fewer; maximum minimum; major minor; increase decrease; increased decreased; increases
decreases; increasing decreasing; rise fall; rose fell; rising falling; gain lose; gained lost; win lose;
won lost; winning losing; winner loser; begin end; began ended; beginning end; start end; started ended;
start finish; before after; earliest latest; early late; earlier later; north south; northern southern; east
west; eastern western; northeast southwest; northwest southeast; left right; top bottom; above below; inside
outside; inner outer; internal external; interior exterior; import export; imports exports; imported
exported; buy sell; bought sold; purchased sold; buyer seller; legal illegal; allow forbid; allowed banned;
allows prevents; permitted prohibited; accept reject; accepted rejected; approved rejected; support oppose;
supported opposed; supporters opponents; agree disagree; agreed refused; success failure; successful
unsuccessful; succeeded failed; public private; formal informal; official unofficial; common rare; commonly
rarely; usually rarely; always never; often seldom; frequently rarely; strong weak; stronger weaker;
strongest weakest; strength weakness; positive negative; positively negatively; good bad; better worse; best
worst; benefit harm; beneficial harmful; advantage disadvantage; advantages disadvantages; male female; men
women; man woman; king queen; father mother; son daughter; brother sister; husband wife; boys girls; parents
children; hot cold; warm cool; hottest coldest; dry wet; deep shallow; deepest shallowest; long short;
longest shortest; longer shorter; fast slow; faster slower; fastest slowest; near far; nearest farthest;
close distant; open close; opened closed; create destroy; created destroyed; built demolished; founded
abolished; established abolished; formed dissolved; join leave; joined left; enter leave; entered left;
arrive depart; arrived departed; include exclude; included excluded; includes excludes; add remove; added
removed; attack defend; attacked defended; enemy ally; enemies allies; war peace; victory defeat; urban
rural; majority minority; rich poor; richest poorest; wealthy poor; expensive cheap; simple complex; easy
difficult; easily hardly; modern ancient; natural artificial; same different; similar different; similarity
difference; active inactive; alive dead; born died; birth death; love hate; loved hated; liked disliked;
likes dislikes; happy unhappy; light dark; black white; thick thin; heavy light; wide narrow; full empty;
permanent temporary; direct indirect; directly indirectly; known unknown; popular unpopular; famous obscure;
dependent independent; dependence independence; necessary unnecessary; able unable; possible impossible;
visible invisible; stable unstable; solid liquid; united divided; unite divide; merged split; appointed
dismissed; hired fired; elected defeated; promoted demoted; expand shrink; expanded shrank; improve worsen;
improved worsened; encourage discourage; encouraged discouraged; caused prevented; cause prevent; causes
prevents; conservative liberal; domestic foreign; domestically abroad; single multiple; only not; primary
secondary; main minor; true false; correct wrong; safe dangerous; upper lower; ascending descending; praise
criticism; praised criticized; complete incomplete; initially finally; originally finally; previous next;
predecessor successor; teacher student; lend borrow; lent borrowed; send receive; sent received; give take;
gave took; remember forget; push pull; show hide; save spend; saved spent; protect endanger; released
withdrawn; raised lowered; raise lower; upgraded downgraded; recommend avoid; recommended avoided; worked
failed; works fails; pros cons; front back
"""


def _opposites() -> dict[str, list[str]]:
    table: dict[str, list[str]] = defaultdict(list)
    for pair in ANTONYMS.replace("\n", " ").split(";"):
        one, other = pair.split()
        table[one].append(other)
        table[other].append(one)
    return dict(table)


OPPOSITES = _opposites()


class Article:
    """What one article offers for swapping: names, years and numbers, question words, passages."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.contexts = list(dict.fromkeys(e.context for e in examples))
        text = "\n".join(self.contexts)
        self.names = sorted(set(names(text)))
        self.years = sorted(set(YEAR.findall(text)))
        self.numbers = sorted(set(NUMBER.findall(text)) - set(self.years))
        counted = Counter(w for e in examples for w in set(re.findall(r"\b[a-z]{4,}\b", e.question)))
        self.words = sorted(w for w in counted if w not in STOP_WORDS)

    def like(self, value: str) -> list[str]:
        """What could stand for ``value``: a year for a year, a number for a number, a name for a name."""
        if YEAR.fullmatch(value):
            return self.years
        if NUMBER.fullmatch(value):
            return self.numbers
        return self.names


class Index:
    """Word overlap with BM25's weights over the passages of many articles: a retriever's mistakes."""

    def __init__(self, contexts: Sequence[str]) -> None:
        self.contexts = list(contexts)
        self.words = [
            Counter(w[:6] for w in re.findall(r"\w+", c.lower()) if w not in STOP_WORDS)
            for c in self.contexts
        ]
        self.mean = sum(sum(c.values()) for c in self.words) / max(1, len(self.words))
        self.postings: dict[str, list[int]] = defaultdict(list)
        for i, counts in enumerate(self.words):
            for word in counts:
                self.postings[word].append(i)

    def best(self, question: str, at_most: int = 5) -> list[str]:
        gained: dict[int, float] = defaultdict(float)
        for word in sorted(content_words(question)):
            places = self.postings.get(word, [])
            rarity = log(1 + (len(self.words) - len(places) + 0.5) / (len(places) + 0.5))
            if len(places) > 0.1 * len(self.words) and len(self.words) > 50:
                continue
            for i in places:
                count, size = self.words[i][word], sum(self.words[i].values())
                gained[i] += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * size / self.mean))
        return [self.contexts[i] for i in sorted(gained, key=lambda i: (-gained[i], i))[:at_most]]


Rule = Callable[[Example, Article, random.Random], Example | None]


def names(text: str) -> list[str]:
    """Capitalised runs that are no mere first word of a sentence."""
    found = []
    for match in NAME.finditer(text):
        words = match.group().split()
        while words and (words[0] in QUESTION_WORDS or words[0].lower() in STOP_WORDS):
            words = words[1:]
        at_start = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?\n:"
        if words and words[0] not in MONTHS and not (at_start and len(words) == 1):
            found.append(" ".join(words))
    return found


def sentences(text: str) -> list[Span]:
    """Where the sentences of ``text`` stand: a rough splitter, good enough to cut one out."""
    starts = [0, *(m.end() for m in SENTENCE_END.finditer(text))]
    ends = [*(m.start() for m in SENTENCE_END.finditer(text)), len(text)]
    return [(s, e) for s, e in zip(starts, ends, strict=True) if e > s]


def holds(context: str, answers: Sequence[str]) -> bool:
    return any(find(context, answer) for answer in answers)


def sentence_cut(example: Example, article: Article, rng: random.Random) -> Example | None:
    """The passage loses every sentence that one of the answers touches."""
    spans = sentences(example.context)
    kept = [(s, e) for s, e in spans if not any(s < end and start < e for start, end in example.answers)]
    context = " ".join(example.context[s:e] for s, e in kept)
    if len(kept) < 2 or holds(context, example.texts):
        return None
    return replace(example, context=context, answers=(), kind="sentence_cut")


def _shared(example: Example) -> list[str]:
    """The names, years and numbers of the question that also stand in the passage, outside the answers."""
    values = [*names(example.question), *YEAR.findall(example.question), *NUMBER.findall(example.question)]
    return [
        v
        for v in dict.fromkeys(values)
        if find(example.context, v) and not any(find(t, v) or find(v, t) for t in example.texts)
    ]


def _pair(example: Example, article: Article, rng: random.Random) -> tuple[str, str] | None:
    """(a value of question and passage, another like it that stands in neither)."""
    shared = _shared(example)
    if not shared:
        return None
    old = rng.choice(shared)
    drawn = article.like(old)
    absent = [
        v
        for v in rng.sample(drawn, min(len(drawn), 25))
        if abs(len(v.split()) - len(old.split())) <= 1
        and not find(example.context, v)
        and not find(example.question, v)
        and not set(v.lower().split()) & set(old.lower().split())
    ]
    return (old, rng.choice(absent)) if absent else None


def swap_question(example: Example, article: Article, rng: random.Random) -> Example | None:
    pair = _pair(example, article, rng)
    if pair is None:
        return None
    old, new = pair
    here = [
        v
        for v in article.like(old)
        if find(example.context, v) and v != old and not find(example.question, v)
    ]
    answers = set(example.texts)
    here = [v for v in here if v not in answers and not any(find(a, v) for a in answers)]
    if here and rng.random() < 0.35 and not YEAR.fullmatch(old):
        new = rng.choice(here)  # one that stands in the passage too is harder, and now and then wrong
    return replace(example, question=_put(example.question, old, new), answers=(), kind="swap_question")


def swap_context(example: Example, article: Article, rng: random.Random) -> Example | None:
    pair = _pair(example, article, rng)
    if pair is None:
        return None
    # The old value must be gone for good: "Newton" left behind after "Isaac Newton" would still answer.
    context = _put(example.context, *pair)
    if any(find(context, word) for word in pair[0].split() if word[0].isupper() or word[0].isdigit()):
        return None
    return replace(example, context=context, answers=(), kind="swap_context")


def swap_both(example: Example, article: Article, rng: random.Random) -> Example | None:
    """The same swap in question and passage: still answerable, at moved offsets."""
    pair = _pair(example, article, rng)
    if pair is None:
        return None
    old, new = pair
    pattern = _whole(old)
    answers = []
    for start, end in example.answers:
        if any(m.start() < end and start < m.end() for m in pattern.finditer(example.context)):
            return None
        moved = (len(new) - len(old)) * sum(1 for m in pattern.finditer(example.context) if m.end() <= start)
        answers.append((start + moved, end + moved))
    context, question = _put(example.context, old, new), _put(example.question, old, new)
    return replace(example, question=question, context=context, answers=tuple(answers), kind="swap_both")


def antonym(example: Example, article: Article, rng: random.Random) -> Example | None:
    places = [m for m in re.finditer(r"\b[a-z]+\b", example.question) if m.group() in OPPOSITES]
    if not places:
        return None
    match = rng.choice(places)
    new = rng.choice(OPPOSITES[match.group()])
    question = example.question[: match.start()] + new + example.question[match.end() :]
    return replace(example, question=question, answers=(), kind="antonym")


def negation(example: Example, article: Article, rng: random.Random) -> Example | None:
    """A "not" after the auxiliary verb and its subject, or "never"; a question that has one loses it."""
    text = example.question
    if re.search(r"\b(?:not|never)\b|n't\b", text):
        question = re.sub(r"\s+(?:not|never)\b|n't\b", "", text, count=1)
    elif match := re.search(
        r"\b(?:who|what|which(?: \w+)?) (?:is|are|was|were|has|have|had|can|could|will|would|does|did)\b",
        text,
        re.I,
    ):
        question = text[: match.end()] + rng.choice([" not", " never", " not", "n't"]) + text[match.end() :]
        question = question.replace("cann't", "can't").replace("willn't", "won't")
    elif match := re.search(
        r"\b(?:does|do|did|can|could|would) (?:[A-Z][\w'-]+(?: [A-Z][\w'-]+)*|it|they|he|she|people)\b", text
    ):
        question = text[: match.end()] + rng.choice([" not", " never"]) + text[match.end() :]
    else:
        return None
    return replace(example, question=question, answers=(), kind="negation")


def roles(example: Example, article: Article, rng: random.Random) -> Example | None:
    """Two names of the question change places, unless they are equals ("between X and Y", "X or Y")."""
    found = [n for n in dict.fromkeys(names(example.question)) if example.question.count(n) == 1]
    if len(found) < 2 or not all(find(example.context, n) for n in found[:2]):
        return None
    first, second = sorted(found[:2], key=example.question.index)
    if first in second or second in first:
        return None
    between = example.question[example.question.index(first) + len(first) : example.question.index(second)]
    if not re.search(r"[a-z]{3,}", between) or re.fullmatch(
        r"\W*(?:and|or|with|in|at|of|the|from|\W)*\W*", between
    ):
        return None
    question = example.question.replace(first, "\0").replace(second, first).replace("\0", second)
    return replace(example, question=question, answers=(), kind="roles")


def other_word(example: Example, article: Article, rng: random.Random) -> Example | None:
    """A content word that the passage has too becomes one of another question, which the passage lacks."""
    here = content_words(example.context)
    places = [
        m
        for m in re.finditer(r"\b[a-z]{4,}\b", example.question)
        if m.group() not in STOP_WORDS and m.group()[:6] in here
    ]
    if not places:
        return None
    match = rng.choice(places)
    ending = match.group()[-2:]
    new = [w for w in article.words if w[-2:] == ending and w[:6] not in here and w[:6] != match.group()[:6]]
    if not new:
        return None
    question = example.question[: match.start()] + rng.choice(new) + example.question[match.end() :]
    return replace(example, question=question, answers=(), kind="other_word")


def other_passage(
    example: Example, article: Article, rng: random.Random, index: Index | None = None
) -> Example | None:
    """Another passage that shares the question's words and holds none of the answers."""
    pool = index.best(example.question, 8) if index else Index(article.contexts).best(example.question, 4)
    left = [c for c in pool if c != example.context and not holds(c, example.texts)]
    return replace(example, context=left[0], answers=(), kind="other_passage") if left else None


RULES: dict[str, Rule] = {
    "sentence_cut": sentence_cut,
    "swap_question": swap_question,
    "swap_context": swap_context,
    "swap_both": swap_both,
    "antonym": antonym,
    "negation": negation,
    "roles": roles,
    "other_word": other_word,
}


def make(examples: Sequence[Example], wanted: dict[str, int], seed: int) -> list[Example]:
    """Up to ``wanted[rule]`` new examples by each rule, from answerable examples drawn at random by ``seed``.

    ``other_passage`` looks within the article, ``retrieved`` over all passages of all the examples.
    """
    answerable = [e for e in examples if e.answerable]
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in answerable:
        groups[example.article].append(example)
    articles = {name: Article(group) for name, group in groups.items()}
    local = {name: Index(article.contexts) for name, article in articles.items() if len(article.contexts) > 1}
    everywhere = (
        Index(list(dict.fromkeys(e.context for e in answerable))) if wanted.get("retrieved") else None
    )
    made: list[Example] = []
    for rule, count in wanted.items():
        rng = random.Random(f"{seed}/{rule}")
        done = 0
        for example in rng.sample(answerable, len(answerable)):
            if done >= count:
                break
            article = articles[example.article]
            if rule == "retrieved":
                new = other_passage(example, article, rng, everywhere)
            elif rule == "other_passage":
                index = local.get(example.article)
                new = other_passage(example, article, rng, index) if index else None
            else:
                new = RULES[rule](example, article, rng)
            if new and (new.question, new.context) != (example.question, example.context):
                made.append(replace(new, kind=rule))
                done += 1
    return made


def _whole(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")


def _put(text: str, old: str, new: str) -> str:
    return _whole(old).sub(lambda _: new, text)
