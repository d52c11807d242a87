"""Footnote: questions to an organisation's own documents, answered with exact citations."""

__version__ = "0.1.0"
