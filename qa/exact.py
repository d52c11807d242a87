"""Exact search: looks at every vector of the catalog. Slower than an index, and right when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from qa.catalog import Catalog

if TYPE_CHECKING:
    from qa.types import FloatArray


class ExactVectors:
    """Searches the catalog's own vectors, one batch in memory at a time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def nearest(self, vector: FloatArray, limit: int, documents: Sequence[str] | None) -> list[str]:
        """The ids of the ``limit`` passages nearest to ``vector`` (d,), nearest first.

        ``documents`` restricts the search to these documents; an empty one matches nothing.
        """
        wanted = None if documents is None else frozenset(documents)
        if wanted is not None and not wanted:
            return []
        best: list[tuple[float, str]] = []
        for ids, owners, matrix in self._catalog.vectors():
            cosines = matrix @ vector
            if wanted is not None:
                cosines[[owner not in wanted for owner in owners]] = -np.inf
            top = np.argsort(-cosines, kind="stable")[:limit]
            hits = ((float(cosines[at]), ids[at]) for at in top if cosines[at] > -np.inf)
            best = nlargest(limit, chain(best, hits), key=itemgetter(0))
        return [id_ for _, id_ in best]
