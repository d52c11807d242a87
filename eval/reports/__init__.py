"""A page to look at: runs side by side, figures, plots, each question with its answer and gold evidence."""

from eval.reports.page import REPORT, report, write_report

__all__ = ["REPORT", "report", "write_report"]
