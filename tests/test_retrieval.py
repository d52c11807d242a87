"""Ranking figures by hand, against ir_measures, and span figures against sets of characters."""

import math
import random
from collections.abc import Sequence

import ir_measures
import pytest
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG

from eval.places import Place
from eval.retrieval import (
    mrr,
    ndcg,
    ndcg_graded,
    precision_omega,
    recall_at,
    span_iou,
    span_precision,
    span_recall,
    success_at,
)

CASES = 1_000


def at(start: int, end: int, source: str = "a") -> Place:
    return Place(source, start, end)


# Ten characters a passage. The first part is in the second passage and the fourth, the second in the third.
RANKED = [at(90, 100), at(0, 10), at(10, 20), at(20, 30)]
PARTS = [[at(2, 5), at(22, 25)], [at(12, 20)]]


def test_parts_are_found_whole() -> None:
    assert recall_at(RANKED, PARTS, 1) == 0
    assert recall_at(RANKED, PARTS, 2) == 1 / 2
    assert recall_at(RANKED, PARTS, 3) == 1
    assert recall_at(RANKED, [[at(8, 12)]], 4) == 0, "it is cut in two"
    assert recall_at([at(0, 10, "b")], PARTS, 1) == 0, "the same place of another document"


def test_any_place_proves_a_part() -> None:
    assert recall_at([at(20, 30)], PARTS, 1) == 1 / 2
    assert recall_at([at(20, 30), at(0, 10)], PARTS, 2) == 1 / 2


def test_success_is_any_part() -> None:
    assert [success_at(RANKED, PARTS, k) for k in (1, 2, 3)] == [0, 1, 1]


def test_reciprocal_rank_is_of_the_first_part_found() -> None:
    assert mrr(RANKED, PARTS) == 1 / 2
    assert mrr(RANKED, [PARTS[1]]) == 1 / 3
    assert mrr(RANKED, PARTS, k=1) == 0
    assert mrr([], PARTS) == 0


def test_ndcg_by_hand() -> None:
    # Found at the ranks 2 and 3: (1/log2 3 + 1/log2 4) / (1/log2 2 + 1/log2 3) = (0.6309 + 0.5) / 1.6309.
    assert ndcg(RANKED, PARTS) == pytest.approx(0.6934, abs=1e-4)
    assert ndcg(RANKED[1:], PARTS) == 1
    assert ndcg(RANKED, PARTS, k=2) == pytest.approx(0.6309 / 1.6309, abs=1e-4)
    assert ndcg([], PARTS) == 0


def test_what_is_found_again_gains_nothing() -> None:
    assert ndcg([at(0, 10), at(20, 30), at(10, 20)], PARTS) == pytest.approx((1 + 0.5) / 1.6309, abs=1e-4)
    assert ndcg([at(0, 10)] * 10, PARTS) == pytest.approx(1 / 1.6309, abs=1e-4)


def test_a_passage_with_all_parts_is_as_good_as_one_for_each() -> None:
    assert ndcg([at(0, 20)], PARTS) == 1
    # At rank 2 both: the first counts at 2, the second at max(2, 2): 2 · 0.6309 / 1.6309.
    assert ndcg([at(90, 99), at(0, 20)], PARTS) == pytest.approx(0.7737, abs=1e-4)


def test_only_k_parts_can_be_found_in_k_places() -> None:
    parts = [[at(10 * i, 10 * i + 5)] for i in range(12)]
    assert ndcg([at(10 * i, 10 * i + 10) for i in range(10)], parts) == 1
    assert ndcg([at(0, 200)], parts) == 1


def test_graded_relevance_by_hand() -> None:
    # The one relevant document at rank 2: (1 / log2 3) / (1 / log2 2) = 0.6309.
    assert ndcg_graded(["x", "a"], {"a": 1}) == pytest.approx(0.6309, abs=1e-4)
    # Two relevant, at the ranks 1 and 3: (1 + 1/2) / (1 + 1/log2 3) = 0.9197.
    assert ndcg_graded(["a", "x", "b"], {"a": 1, "b": 1}) == pytest.approx(0.9197, abs=1e-4)
    assert ndcg_graded(["a", "b"], {"a": 1, "b": 2}) == pytest.approx(
        (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))
    )
    assert ndcg_graded([*"bcdefghijk", "a"], {"a": 1}) == 0, "only ten count"
    assert ndcg_graded([], {"a": 1}) == 0
    assert ndcg_graded(["a"], {}) == 0


def test_without_evidence_there_is_no_figure() -> None:
    for figure in (recall_at, success_at, mrr, ndcg):
        with pytest.raises(ValueError, match="without evidence"):
            figure(RANKED, [], 5)
    for span_figure in (span_recall, span_precision, span_iou, precision_omega):
        with pytest.raises(ValueError, match="without evidence"):
            span_figure(RANKED, [])


Grades = dict[str, int]


def judged(cases: Sequence[tuple[Grades, Sequence[str]]]) -> dict[tuple[str, str], float]:
    """What ir_measures says of each case, a query each: by the query's number and the measure's name."""
    qrels = [Qrel(str(q), id_, grade) for q, (grades, _) in enumerate(cases) for id_, grade in grades.items()]
    run = [
        ScoredDoc(str(q), id_, -float(rank))
        for q, (_, found) in enumerate(cases)
        for rank, id_ in enumerate(found)
    ]
    measures = [nDCG @ 10, RR @ 10, R @ 5, Success @ 5]
    return {(m.query_id, str(m.measure)): m.value for m in ir_measures.iter_calc(measures, qrels, run)}


def random_case(rng: random.Random) -> tuple[Grades, list[str]]:
    names = [f"d{i:02}" for i in range(20)]
    grades = {name: rng.choice([0, 1, 1, 2, 3]) for name in rng.sample(names, rng.randint(1, 12))}
    return grades | {rng.choice(names): 1}, rng.sample(names, rng.randint(1, 20))


def test_ranking_figures_agree_with_ir_measures() -> None:
    rng = random.Random(5)
    cases = [random_case(rng) for _ in range(CASES)]
    relevant = [{name: 1 for name, grade in grades.items() if grade} for grades, _ in cases]
    graded, binary = (
        judged(cases),
        judged([(r, found) for r, (_, found) in zip(relevant, cases, strict=True)]),
    )
    for q, (grades, found) in enumerate(cases):
        ranked, parts = [at(0, 9, name) for name in found], [[at(3, 6, name)] for name in relevant[q]]
        query = str(q)
        assert ndcg_graded(found, grades) == pytest.approx(graded[query, "nDCG@10"], abs=1e-9)
        assert ndcg(ranked, parts) == pytest.approx(binary[query, "nDCG@10"], abs=1e-9)
        assert mrr(ranked, parts) == pytest.approx(binary[query, "RR@10"], abs=1e-9)
        assert recall_at(ranked, parts, 5) == pytest.approx(binary[query, "R@5"], abs=1e-9)
        assert success_at(ranked, parts, 5) == pytest.approx(binary[query, "Success@5"], abs=1e-9)


GOLDS = [at(0, 10), at(30, 40)]


def test_span_figures_by_hand() -> None:
    # 5 characters of the first place are found, twice, and all 10 of the second; 20 + 15 + 10 are retrieved.
    ranked = [at(5, 25), at(5, 20), at(30, 40)]
    assert span_recall(ranked, GOLDS) == 15 / 20
    assert span_precision(ranked, GOLDS) == 15 / 45
    assert span_iou(ranked, GOLDS) == 15 / (45 + 5)
    assert span_precision([*ranked, at(0, 55, "b")], GOLDS) == 15 / 100
    assert span_recall([], GOLDS) == span_precision([], GOLDS) == span_iou([], GOLDS) == 0


def test_gold_places_are_added_up_as_they_are() -> None:
    # "chunking_evaluation" counts what was found once, and what there is as often as it is quoted.
    assert span_recall([at(0, 10)], [at(0, 10), at(0, 10)]) == 10 / 20


def test_precision_omega_by_hand() -> None:
    # Cut every 15: (0, 15) has gold, so has (30, 45); (15, 30) ends where gold begins. 20 of 45 characters.
    cut = [at(start, start + 15) for start in range(0, 90, 15)]
    assert precision_omega(cut, GOLDS) == 20 / 45
    assert precision_omega([at(0, 10), at(10, 25), at(28, 40)], [at(2, 9), at(30, 50)]) == 17 / (10 + 22)
    assert precision_omega([at(50, 60)], GOLDS) == 0


def random_places(rng: random.Random, most: int) -> list[Place]:
    starts = [rng.randrange(60) for _ in range(rng.randint(1, most))]
    return [at(start, start + rng.randint(1, 25), rng.choice("aab")) for start in starts]


def characters(place: Place) -> set[tuple[str, int]]:
    return {(place.source, i) for i in range(place.start, place.end)}


def test_span_figures_agree_with_sets_of_characters() -> None:
    rng = random.Random(6)
    for _ in range(CASES):
        ranked, golds = random_places(rng, 6), random_places(rng, 4)
        held = set().union(*map(characters, ranked))
        found = len(held & set().union(*map(characters, golds)))
        retrieved = sum(len(characters(place)) for place in ranked)
        missed = sum(len(characters(gold) - held) for gold in golds)
        assert span_recall(ranked, golds) == pytest.approx(
            found / sum(len(characters(gold)) for gold in golds), abs=1e-9
        )
        assert span_precision(ranked, golds) == pytest.approx(found / retrieved, abs=1e-9)
        assert span_iou(ranked, golds) == pytest.approx(found / (retrieved + missed), abs=1e-9)


def test_precision_omega_agrees_with_sets_of_characters() -> None:
    rng = random.Random(7)
    for _ in range(CASES):
        passages, golds = random_places(rng, 8), random_places(rng, 4)
        gold = set().union(*map(characters, golds))
        widened = {(source, i) for source, at_ in gold for i in (at_ - 1, at_, at_ + 1)}
        chosen = set().union(*(c for c in map(characters, passages) if c & widened))
        assert precision_omega(passages, golds) == pytest.approx(
            len(chosen & gold) / len(chosen | gold), abs=1e-9
        )
