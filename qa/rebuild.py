"""Making a vector index from the catalog, and bringing one that fell behind into step with it."""

from __future__ import annotations

from contextlib import suppress
from threading import Event

from qa.catalog import Catalog
from qa.check import unfound
from qa.errors import GoneError, StoreError
from qa.places import Place
from qa.vectors import Vectors

_SAMPLE = 200  # vectors that a new index must find before it is used


def build(catalog: Catalog, place: Place, name: str, stop: Event) -> Vectors:
    """A new generation with all that the catalog has. Raises StoreError, and leaves nothing if it can."""
    try:
        vectors = place.make(name)
        try:
            bring_into_step(catalog, vectors, stop)
        except BaseException:
            vectors.close()
            raise
    except GoneError:
        raise  # nor could it be deleted
    except BaseException:
        with suppress(StoreError):  # the first error says more; leftovers are deleted at the next opening
            place.delete(name)
        raise
    return vectors


def bring_into_step(catalog: Catalog, vectors: Vectors, stop: Event) -> None:
    """Take out what the catalog doesn't have, put in what is missing, and see that vectors are found.

    Raises StoreError, also when ``stop`` is set meanwhile.
    """
    there, wanted = vectors.ids(), catalog.passage_ids()
    vectors.remove(sorted(there - wanted))
    for ids, documents, matrix in catalog.vectors():
        if stop.is_set():
            raise StoreError("the vector index was not finished: Footnote is closing")
        missing = [at for at, id_ in enumerate(ids) if id_ not in there]
        vectors.put([ids[at] for at in missing], [documents[at] for at in missing], matrix[missing])
    sampled, lost = unfound(catalog, vectors, wanted, _SAMPLE)
    if lost * 100 > sampled:
        raise StoreError(f"the vector index does not find {lost} of {sampled} vectors that it has")
