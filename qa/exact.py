"""Exact search: looks at every vector of the catalog. Slower than an index, and right when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from qa.catalog import Catalog

if TYPE_CHECKING:
    from qa.types import FloatArray


class ExactVectors:
    """Searches the catalog's own vectors, a part in memory at a time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def nearest(self, vector: FloatArray, limit: int, documents: Sequence[str] | None) -> list[str]:
        """The ids of the ``limit`` passages nearest to ``vector`` (d,), nearest first.

        ``documents`` restricts the search to these documents; an empty one matches nothing.
        """
        wanted = None if documents is None else list(dict.fromkeys(documents))
        best: list[tuple[float, int]] = []
        for rows, matrix in self._catalog.matrices(wanted):
            cosines = matrix @ vector
            least = best[-1][0] if best and len(best) == limit else -np.inf
            better = [(float(cosines[at]), rows[at]) for at in np.flatnonzero(cosines > least)]
            if better:
                best = nlargest(limit, best + better, key=itemgetter(0))
        return self._catalog.ids_at([row for _, row in best])
