"""What the documents are about, for somebody who has not asked anything yet."""

from __future__ import annotations

from qa.catalog import Catalog
from qa.display import clean

_TITLES = 3


def about(catalog: Catalog) -> str:
    """A line or two: which documents there are, and what can be asked of any."""
    titles = [f"“{clean(document.title).text}”" for document in catalog.documents(_TITLES)]
    if not titles:
        return "There are no documents to ask yet."
    others = catalog.count_documents() - len(titles)
    more = f" and {others:,} more" if others else ""
    return f"Ask about {', '.join(titles)}{more}. For example: Summarise {titles[0]}."
