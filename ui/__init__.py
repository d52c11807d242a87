"""Every face of Footnote: command line and chat page. None of them computes anything of its own."""
