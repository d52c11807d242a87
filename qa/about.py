"""What the documents are about, for somebody who has not asked anything yet."""

from __future__ import annotations

from qa.catalog import Catalog
from qa.display import clean

_TITLES, _HEADINGS = 3, 3


def about(catalog: Catalog) -> str:
    """A line or two: which documents there are, and questions that their headings suggest."""
    documents = catalog.documents()
    if not documents:
        return "There are no documents to ask yet."
    titles = ", ".join(f"“{clean(document.title).text}”" for document in documents[:_TITLES])
    more = f" and {len(documents) - _TITLES:,} more" if len(documents) > _TITLES else ""
    headings = [clean(heading).text for heading in catalog.headings(_HEADINGS)]
    examples = " ".join(f"What is said about “{heading}”?" for heading in headings)
    return f"Ask about {titles}{more}." + (f" For example: {examples}" if examples else "")
