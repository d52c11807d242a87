"""Full text search over SQLite's FTS5: the best passages by BM25, at a cost that common words don't drive.

Scoring a row costs some microseconds, counting the rows of a word some hundredths of one. So the passages
that are scored are those with one of the question's rarer words, up to a number of rows; common words add to
their scores and put up none of their own. These are the essential and non-essential terms of MaxScore (Turtle
and Flood, "Query evaluation: strategies and optimizations", Information Processing & Management, 1995), but
the line between them is drawn by rows, and so a passage of common words alone can be missed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from qa.words import words

MOST_ROWS = 1_000
"""Rows that words put up for scoring; a word that would exceed them puts up none if others gave enough."""

Rows = Callable[..., list[tuple[Any, ...]]]
"""Runs SQL with its values and gives the rows."""


class FullText:
    """Searches in the table ``full_text`` of a catalog."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def search(
        self,
        terms: Sequence[str],
        limit: int,
        documents: Sequence[str] | None,
        also: Sequence[str] = (),
        most_rows: int = MOST_ROWS,
    ) -> list[tuple[str, float]]:
        """Passages (ids) with their BM25 for any of ``terms`` (higher is better), best first.

        The first ``limit`` are the best there are in ``documents`` (all, if None); behind them come those of
        the passages ``also`` that were scored too.
        """
        if documents is not None and not documents:
            return []
        counted = self._counted(terms, limit, most_rows)
        found = self._scored(_queries(counted, limit, most_rows), limit, documents, also)
        if documents is None or len(found) >= limit:
            return found
        # What the filter lets through may have common words alone; and it leaves less to score.
        return self._scored(_queries(counted, limit, None), limit, documents, also)

    def passages_with(self, word: str, most: int = -1) -> int:
        """How many passages have ``word`` in any inflection, counted up to ``most`` (negative: all)."""
        query = _any_of(words(word))
        sql = "SELECT count(*) FROM (SELECT 1 FROM full_text WHERE full_text MATCH ? LIMIT ?)"
        return int(self._rows(sql, query, most)[0][0]) if query else 0

    def _counted(self, terms: Iterable[str], least: int, most: int) -> list[tuple[int, str]]:
        """The words of ``terms`` that stand anywhere with their rows, rarest first.

        Rows are counted up to ``most``, unless fewer than ``least`` have words that are rarer.
        """
        each = dict.fromkeys(word for term in terms for word in words(term))
        counted = {word: self.passages_with(word, most + 1) for word in each}
        if sum(rows for rows in counted.values() if rows <= most) < least:
            counted |= {word: self.passages_with(word) for word, rows in counted.items() if rows > most}
        return sorted((rows, word) for word, rows in counted.items() if rows)

    def _scored(
        self, queries: Sequence[str], limit: int, documents: Sequence[str] | None, also: Sequence[str]
    ) -> list[tuple[str, float]]:
        if not queries:
            return []
        # The + makes SQLite test the rows that match, instead of looking for a match in each row by itself.
        there = "SELECT rowid FROM passages WHERE document_id IN (SELECT value FROM json_each(?))"
        only = "" if documents is None else f" AND +rowid IN ({there})"
        filtered = [] if documents is None else [json.dumps(list(documents))]
        each = f"SELECT rowid, rank AS bm25 FROM full_text WHERE full_text MATCH ?{only}"
        rows = self._rows(
            f"WITH scored AS MATERIALIZED (SELECT rowid, min(bm25) AS bm25"
            f" FROM ({' UNION ALL '.join([each] * len(queries))}) GROUP BY rowid)"
            " SELECT p.id, s.bm25 FROM scored s JOIN passages p ON p.rowid = s.rowid"
            " WHERE s.rowid IN (SELECT rowid FROM scored ORDER BY bm25, rowid LIMIT ?)"
            " OR s.rowid IN (SELECT rowid FROM passages WHERE id IN (SELECT value FROM json_each(?)))"
            " ORDER BY s.bm25, s.rowid",
            *(value for query in queries for value in (query, *filtered)),
            limit,
            json.dumps(list(also)),
        )
        return [(row[0], -float(row[1])) for row in rows]


def _queries(counted: Sequence[tuple[int, str]], least: int, most: int | None) -> list[str]:
    """FTS5 queries that together give each passage to be scored, the better score with all the words it has.

    A word costs time by the passages that have it, in each query that names it, even behind a NOT: so the
    common ones stand in one query alone. Words put up their passages, rarest first, while these are fewer
    than ``least`` or, with the word's, no more than ``most`` (None: no bound).
    """
    rare: list[str] = []
    rows = 0
    for of_word, word in counted:
        if most is not None and rows >= least and rows + of_word > most:
            break
        rare.append(word)
        rows += of_word
    common = [word for _, word in counted[len(rare) :]]
    if not common:
        return [_any_of(rare)] if rare else []
    return [f"({_any_of(rare)}) AND ({_any_of(common)})", _any_of(rare)]


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)
