"""Which of many texts say most of what all of them say, told by their vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qa.types import FloatArray

_CENTRAL = 0.7  # how much being central counts against saying something new
_COMPARED = 2_000  # of more texts, so many spread evenly are compared: time and memory grow with the square


def central(vectors: FloatArray, most: int, favour: FloatArray | float = 0.0) -> list[int]:
    """Indices of at most ``most`` unit vectors (n, d) that are central and differ, the most central first.

    One is as central as its mean cosine to all of them (degree centrality, Erkan and Radev, "LexRank", JAIR
    2004), plus what ``favour`` (n,) says for it; of those chosen none repeats another (maximal marginal
    relevance, Carbonell and Goldstein, SIGIR 1998).
    """
    step = -(-len(vectors) // _COMPARED) or 1
    compared = vectors[::step]
    alike = compared @ compared.T
    favoured = np.broadcast_to(np.asarray(favour, dtype=np.float32), (len(vectors),))[::step]
    centrality = favoured + (alike.mean(axis=1) if len(compared) else 0.0)
    repeated = np.zeros(len(compared))
    chosen: list[int] = []
    for _ in range(min(most, len(compared))):
        worth = _CENTRAL * centrality - (1 - _CENTRAL) * repeated
        worth[chosen] = -np.inf
        chosen.append(int(np.argmax(worth)))
        repeated = np.maximum(repeated, alike[:, chosen[-1]])
    return [at * step for at in chosen]
