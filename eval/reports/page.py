"""Runs as one HTML file that loads nothing: ``footnote eval report``. Pure but for ``write_report``.

All that comes from documents, questions and file names is escaped by the templates. The page's own style and
script are named by their SHA-256 in its Content-Security-Policy; nothing else may run, and nothing be loaded.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eval.compare import Comparison, compare
from eval.figures import MIXES
from eval.record import Run
from eval.reports.cards import AMISS, VERDICTS, Card, cards_of
from eval.reports.columns import (
    HEADLINES,
    Column,
    about_rows,
    by_question,
    chance,
    columns_of,
    figure_rows,
    number,
    percent,
    signed,
    speed_rows,
)
from eval.reports.confidence import calibration_plot, risk_plots
from eval.reports.outcome import latency_plot, type_plot
from qa import __version__
from qa.display import clean
from qa.errors import RunError

REPORT = "report.html"
_BEGINNING = b"<!doctype html>"
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Filter:
    """Which questions to show: those with one of ``verdicts``, or ``tag``; all, where it names neither."""

    slug: str
    label: str
    verdicts: tuple[str, ...] = ()
    tag: str = ""

    def count(self, cards: Sequence[Card]) -> int:
        return sum(self._takes(card) for card in cards)

    def _takes(self, card: Card) -> bool:
        if self.tag:
            return self.tag in card.tags
        return not self.verdicts or bool({*self.verdicts} & {*card.verdicts})


def write_report(runs: Sequence[Run], file: Path) -> None:
    """Write the report, in place of an earlier one. Raises RunError."""
    html = report(runs).encode("utf-8", errors="replace")
    try:
        if file.exists() and not file.read_bytes().startswith(_BEGINNING):
            raise RunError(f"{file} is there and is no report: name another file")
        coming = file.with_name(f".{file.name}")
        coming.write_bytes(html)
        coming.replace(file)
    except OSError as error:
        raise RunError(f"the report cannot be written to {file}: {error.strerror or error}") from error


def report(runs: Sequence[Run]) -> str:
    """The page. Raises RunError when the runs can't stand side by side."""
    columns = columns_of(runs)
    cards = cards_of(columns)
    sections, comparison = figure_rows(columns), _comparison(columns)
    style, script = _own("report.css"), _own("report.js")
    return _render(
        "report.html",
        title=_title(columns),
        columns=columns,
        asked_of=about_rows(columns),
        sections=sections,
        starred=any(by_question(f) for column in columns for s in column.sections for f in s.figures),
        speeds=speed_rows(columns),
        headlines=sorted({column.headline.name for column in columns if column.headline}),
        comparison=comparison,
        finding=finding(comparison) if comparison else "",
        risks=risk_plots(columns),
        first_mix=percent(MIXES[1]),
        plots_drawn=[plot for make in _PLOTS if (plot := make(columns)) is not None],
        cards=cards,
        filters=_filters(columns, cards),
        types=sorted({card.gold.type for card in cards}),
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        version=__version__,
    )


_PLOTS = (calibration_plot, type_plot, latency_plot)


def _title(columns: Sequence[Column]) -> str:
    return ", ".join(dict.fromkeys(column.about("suite") for column in columns))


def _comparison(columns: Sequence[Column]) -> Comparison | None:
    """Of two runs that have asked the same of something."""
    if len(columns) != 2:
        return None
    first, second = (column.run for column in columns)
    return compare(first, second) if {*first.outcomes} & {*second.outcomes} else None


def finding(comparison: Comparison) -> str:
    """What a comparison comes to, in a sentence."""
    told = {each.name: each for each in comparison.differences}
    main = next((told[name] for name in HEADLINES if name in told), None)
    if main is None:
        return "The runs have no figure in common."
    if not comparison.answers_changed:
        return "No answer differs."
    seen = f"{main.name} {signed(main.value)} ({signed(main.low)} to {signed(main.high)}, p {chance(main.p)})"
    if main.p < _SIGNIFICANT:
        return f"B is {'better' if main.value > 0 else 'worse'} than A: {seen}."
    return f"B is neither better nor worse than A, beyond chance: {seen}."


def _filters(columns: Sequence[Column], cards: Sequence[Card]) -> list[tuple[Filter, int]]:
    """Those that show something, with how many questions."""
    every = [Filter("all", "all"), Filter("amiss", "all that went wrong", AMISS)]
    every += [Filter(slug, VERDICTS[slug], (slug,)) for slug in AMISS]
    if len(columns) > 1:
        every.append(Filter("differs", "verdicts differ", tag="differs"))
    if len(columns) == 2:
        every.append(Filter("better", f"grounded in {columns[1].letter} alone", tag="better"))
        every.append(Filter("worse", f"grounded in {columns[0].letter} alone", tag="worse"))
    return [(each, count) for each in every if (count := each.count(cards)) or each.slug in ("all", "amiss")]


def _render(name: str, **values: object) -> str:
    return _templates().get_template(name).render(**values)


def _own(name: str) -> str:
    return resources.files("eval.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@lru_cache(maxsize=4_096)  # file names and titles stand in it thousands of times
def _printable(text: str) -> str:
    return clean(text).text


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clean": _printable,
        "number": number,
        "signed": signed,
        "chance": chance,
    }
    environment.tests |= {"by_question": by_question}
    return environment
