"""The reader's training examples: spans stay exact, and what should be unanswerable is."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from qa.models.reader.data import Example, find, hold_out, load_training_sets, read_squad, read_timeqa, trim
from qa.models.reader.features import batches, featurise, token_span
from qa.models.reader.negatives import RULES, Article, Index, make, names, sentences

TEXT = (
    "Ada Lovelace met Charles Babbage in June 1833. She translated a paper about the Analytical Engine "
    "in 1843. Her notes were three times longer than the paper. Luigi Menabrea wrote the paper in 1842."
)
OTHER = (
    "Grace Hopper finished a compiler in 1952. Howard Aiken led the Harvard laboratory. It weighed 4,500 kg."
)


def example(question: str, answer: str, context: str = TEXT) -> Example:
    start = context.index(answer)
    return Example(question, context, ((start, start + len(answer)),), "test", "test/computing")


EXAMPLES = [
    example("When did Ada Lovelace meet Charles Babbage?", "June 1833"),
    example("Who wrote the longer paper in 1842?", "Luigi Menabrea"),
    example("What did Ada Lovelace translate in 1843?", "a paper about the Analytical Engine"),
    example("When did Grace Hopper finish the compiler?", "1952", OTHER),
]


class Words:
    """A tokenizer with a token a word: its ids can be read off the text."""

    def encode(self, text: str, add_special_tokens: bool = True) -> Words:
        self.offsets = [(m.start(), m.end()) for m in __import__("re").finditer(r"\w+", text)]
        self.ids = [1000 + len(text[s:e]) for s, e in self.offsets]
        return self


def test_squad_drops_answers_that_are_not_where_they_say(tmp_path: Path) -> None:
    qas = [
        {
            "question": "Who? ",
            "id": "1",
            "answers": [{"text": "Ada", "answer_start": 0}, {"text": "Bob", "answer_start": 0}],
        },
        {"question": "What?", "id": "2", "answers": [{"text": "nowhere", "answer_start": 3}]},
        {"question": "Why?", "id": "3", "answers": [], "is_impossible": True},
    ]
    path = tmp_path / "x.json"
    path.write_text(
        json.dumps({"data": [{"title": "T", "paragraphs": [{"context": "Ada wrote.", "qas": qas}]}]})
    )
    one, other = read_squad(path, "squad2")
    assert (one.question, one.texts) == ("Who?", ["Ada"])
    assert not other.answerable


def test_timeqa_offsets_hold_in_the_joined_passage(tmp_path: Path) -> None:
    page = {
        "index": "/wiki/X",
        "paras": ["X", "In 1900 Ann led X .", "In 1910 Bob led X ."],
        "questions": [
            ["Who led X in 1910?", [{"para": 2, "from": 8, "end": 11, "answer": "Bob"}]],
            ["Who led X in 1800?", [{"para": 0, "from": 0, "end": 0, "answer": ""}]],
        ],
    }
    path = tmp_path / "t.json"
    path.write_text(json.dumps([page]))
    led, unknown = read_timeqa(path)
    assert led.texts == ["Bob"]
    assert "Ann" in led.context
    assert not unknown.answerable


def test_missing_sets_are_left_out(tmp_path: Path) -> None:
    assert load_training_sets(tmp_path) == []


def test_what_is_held_out_is_not_trained_on() -> None:
    rows = [Example("q", f"passage {i}", (), "squad2", "squad2/A") for i in range(10)]
    rows += [Example("q", f"text {i}", ((0, 4),), "squad1", f"squad1/{i}") for i in range(12)]
    train, held = hold_out(rows)
    assert len(train) + len(held) == len(rows)
    assert not {e.context for e in train} & {e.context for e in held}
    assert {e.source for e in held} == {"squad1", "squad2"}


@pytest.mark.parametrize(
    ("text", "answer", "span"), [("in 19420 and 1942", "1942", (13, 17)), ("No", "", None)]
)
def test_find_takes_whole_words(text: str, answer: str, span: tuple[int, int] | None) -> None:
    assert find(text, answer) == span


def test_trim_leaves_at_least_one_character() -> None:
    assert trim("a b. ", (1, 5)) == (2, 3)
    assert trim("...", (0, 3)) == (0, 1)


def test_names_are_no_first_words_of_sentences() -> None:
    assert names("What did Ada Lovelace do? Babbage left with Luigi.") == ["Ada Lovelace", "Luigi"]


def test_sentences_cover_the_text() -> None:
    assert [TEXT[s:e].split()[0] for s, e in sentences(TEXT)] == ["Ada", "She", "Her", "Luigi"]


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("seed", range(5))
def test_rules_make_exact_or_unanswerable_examples(rule: str, seed: int) -> None:
    article, rng = Article(EXAMPLES), random.Random(seed)
    for old in EXAMPLES:
        new = RULES[rule](old, article, rng)
        if new is None:
            continue
        assert new.kind == rule
        assert (new.question, new.context) != (old.question, old.context)
        if rule == "swap_both":
            assert new.texts == old.texts
        else:
            assert not new.answerable
        if rule == "sentence_cut":
            assert not any(find(new.context, text) for text in old.texts)


def test_roles_change_places() -> None:
    new = RULES["roles"](EXAMPLES[0], Article(EXAMPLES), random.Random(0))
    assert new is not None
    assert new.question == "When did Charles Babbage meet Ada Lovelace?"


def test_the_index_prefers_shared_words() -> None:
    assert Index([OTHER, TEXT]).best("Who led the Harvard laboratory?")[0] == OTHER


def test_made_examples_are_the_same_for_a_seed() -> None:
    wanted = {"swap_question": 2, "antonym": 1}
    made = make(EXAMPLES, wanted, seed=3)
    assert made == make(EXAMPLES, wanted, seed=3)
    assert {e.kind for e in made} == {"swap_question", "antonym"}
    assert not any(e.answerable for e in made)


def test_a_feature_points_at_its_answer() -> None:
    row = featurise(EXAMPLES[1], Words(), random.Random(0), window=24)  # type: ignore[arg-type]
    assert row is not None
    assert len(row.ids) == len(row.offsets) <= 24
    (start,), (end,) = row.starts, row.ends
    assert TEXT[row.offsets[start][0] : row.offsets[end][1]] == "Luigi Menabrea"


def test_crowd_votes_become_shares() -> None:
    spans = ((0, 12), (0, 12), (4, 12))
    row = featurise(Example("Who?", TEXT, spans, "t", "t"), Words())  # type: ignore[arg-type]
    assert row is not None
    assert sorted(row.starts.values()) == pytest.approx([1 / 3, 2 / 3])
    assert list(row.ends.values()) == [1.0]


def test_no_answer_is_the_first_token() -> None:
    row = featurise(Example("Who?", TEXT, (), "t", "t"), Words())  # type: ignore[arg-type]
    assert row is not None
    assert row.starts == row.ends == {0: 1.0}


def test_a_span_without_tokens_is_nothing() -> None:
    assert token_span([(0, 3), (4, 8)], (3, 4)) is None


def test_batches_hold_every_row_once_within_the_budget() -> None:
    rows = [featurise(e, Words()) for e in EXAMPLES * 10]  # type: ignore[arg-type]
    kept = [row for row in rows if row is not None]
    made = batches(kept, 120, random.Random(0), pool=7)
    assert sorted(i for group in made for i in group) == list(range(len(kept)))
    assert all(len(g) == 1 or max(len(kept[i].ids) for i in g) * len(g) <= 120 for g in made)
