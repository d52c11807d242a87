"""Footnote as a part of other people's frameworks."""
