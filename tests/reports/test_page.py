"""A report of runs: what stands in it, that nothing in it runs or is loaded, and what can't be reported."""

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.compare import compare
from eval.record import Run
from eval.reports import REPORT, report, write_report
from eval.reports.columns import interval, number
from eval.statistics import Figure
from qa.errors import RunError
from tests.reports.runs import ABOUT, CITIES, GOLD, OUTCOMES, TRADE, gold, reply, write_run
from tests.reports.test_cards import NEAR, SEARCH
from ui.cli import main

HOSTILE = """"><img src=x onerror=alert(1)><script>alert(1)</script>' {{ 7 * 7 }}"""
VOID = {"meta", "input", "link", "img", "br"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: list["Element"] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """The elements of this tag ("*": any) that have these attributes, itself among them."""
        own = [self] if tag in ("*", self.tag) and attributes.items() <= self.attributes.items() else []
        return own + [found for each in self.inside for found in each.all(tag, **attributes)]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


class Parser(HTMLParser):
    """The page as a tree, in which each element has all the text inside it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open = [Element("page", {})]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()
        if tag in ("td", "th"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def page(*runs: Run) -> Element:
    parser = Parser(report(runs))
    [root] = parser.open
    return root


def question(root: Element, number: int) -> Element:
    [found] = root.all("article", id=f"q-{number}")
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_run(tmp_path_factory.mktemp("one") / "first", finished=True)


@pytest.fixture(scope="module")
def better(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """As ``run``, but the second question is right, and the first withheld."""
    changed = {"trade": (reply("Trade was $9 billion.", TRADE), None, None), "debt": OUTCOMES["tour"]}
    about = {**ABOUT, "footnote": "0.2.0"}
    return write_run(
        tmp_path_factory.mktemp("two") / "second", {**OUTCOMES, **changed}, about=about, finished=True
    )


def test_every_figure_stands_in_it_with_n_interval_and_what_was_resampled(run: Run) -> None:
    tables = {
        table.all("caption")[0].words: table for table in page(run).all("table", **{"class": "figures"})
    }
    for section in run.summary:
        rows = {
            row.all("th")[0].words: row.all("td")[0].words for row in tables[section["title"]].all("tr")[1:]
        }
        assert rows == {
            f.name: f"{number(f.value)} {interval(f)} n {f.n} · by question"
            for f in (Figure(**each) for each in section["figures"])
        }


def test_the_headline_is_grounded_accuracy(run: Run) -> None:
    [headline] = page(run).all("div", **{"class": "headline run-1"})
    # Right and cited or rightly withheld: "debt" and "turkey", of seven.
    assert "0.286 grounded accuracy" in headline.words
    assert "n 7" in headline.words


def test_where_nothing_is_answered_the_headline_is_of_retrieval(tmp_path: Path) -> None:
    words = page(write_run(tmp_path / "run", {"search": (NEAR, None, None)}, [SEARCH])).words
    assert "0.500 nDCG@10" in words  # at rank 3: 1 / log2(4)
    assert "grounded" not in words.lower()
    assert "evidence in the first 5" in words


def test_fewer_than_20_clusters_are_starred(tmp_path: Path) -> None:
    together = [replace(each, cluster="one conversation") for each in GOLD]
    root = page(write_run(tmp_path / "run", questions=together))
    assert "n 7 · by question*" in root.words
    assert "* Fewer than 20 clusters" in root.words


def test_each_question_has_its_verdict_its_type_and_both_sides(run: Run) -> None:
    root = page(run)
    told = [(a.attributes["data-verdicts"], a.attributes["data-type"]) for a in root.all("article")]
    assert told == [
        ("right", "number"),
        ("wrong", "number"),
        ("uncited", "place"),
        ("missed", "place"),
        ("invented", "number"),
        ("withheld", "number"),
        ("failed", "place"),
    ]
    debt = question(root, 1)
    assert [mark.text for mark in debt.all("mark")][:2] == ["Iraq owes $11.5 billion."] * 2  # gold, cited
    assert debt.all("strong")[0].text == "$11.5 billion"
    assert "confidence 0.90" in debt.words
    assert "Withheld: would have been right and cited" in question(root, 4).words
    assert "the reader gave nonsense" in question(root, 7).words


def test_filters_tell_how_many_questions_they_show(run: Run) -> None:
    labels = page(run).all("form")[0].all("label", **{"class": "chip"})
    assert [label.words for label in labels] == [
        "all 7",
        "all that went wrong 5",
        "wrongly withheld 1",
        "wrong 1",
        "wrongly answered 1",
        "right, not cited 1",
        "failed 1",
    ]
    taken = {label.all("input")[0].attributes["value"]: label.all("input")[0] for label in labels}
    assert taken["wrong"].attributes["data-verdicts"] == "wrong"
    assert "missed" in taken["amiss"].attributes["data-verdicts"].split()
    assert taken["all"].attributes["data-verdicts"] == ""


def test_two_runs_stand_side_by_side_and_are_compared(run: Run, better: Run) -> None:
    root = page(run, better)
    first, second = root.all("article")[:2]
    assert (first.attributes["data-verdicts"], first.attributes["data-tags"]) == (
        "right missed",
        "differs worse",
    )
    assert (second.attributes["data-verdicts"], second.attributes["data-tags"]) == (
        "wrong right",
        "differs better",
    )
    assert root.all("article")[2].attributes["data-tags"] == ""
    [table] = root.all("table", **{"class": "differences"})
    for each in compare(run, better).differences:
        row = next(row.words for row in table.all("tr") if row.words.startswith(f"{each.name} "))
        assert f"{each.p:.3f}" in row
        assert row.endswith(str(each.n))
    assert "B is neither better nor worse than A, beyond chance: grounded accuracy +0.000" in root.words
    [changed] = root.all("tr", **{"class": "differs"})
    assert changed.words == "footnote 0.1.0 0.2.0 differs"


def test_a_run_compared_with_itself_has_no_difference(run: Run) -> None:
    assert "No answer differs." in page(run, run).words


def test_nothing_is_loaded_and_only_its_own_style_and_script_may_run(run: Run, better: Run) -> None:
    html = report([run, better])
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html
    assert "@import" not in html
    root = page(run, better)
    [style], [script] = root.all("style"), root.all("script")
    assert style.attributes == script.attributes == {}
    [policy] = root.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy.attributes["content"].startswith("default-src 'none'; ")
    for directive, element in (("style-src", style), ("script-src", script)):
        digest = b64encode(sha256(element.text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy.attributes["content"]
    assert all(link.attributes["href"].startswith("#") for link in root.all("a"))


def test_hostile_text_is_shown_not_run(tmp_path: Path) -> None:
    asked = [
        gold(HOSTILE, HOSTILE, quote=CITIES, kind=HOSTILE, question=HOSTILE),
        gold("broken", "x", quote=CITIES, follows=HOSTILE),
    ]
    given = reply(HOSTILE, CITIES, short=HOSTILE[:20])
    [citation], [passage] = given.citations, given.passages
    given = replace(
        given,
        searched=HOSTILE + "?",
        citations=(replace(citation, source=HOSTILE, title=HOSTILE, heading=HOSTILE, quote=HOSTILE),),
        passages=(replace(passage, source=HOSTILE, text=HOSTILE),),
    )
    about = {**ABOUT, "suite": HOSTILE, HOSTILE: HOSTILE}
    outcomes = {HOSTILE: (given, given, None), "broken": (None, None, HOSTILE)}
    run = write_run(tmp_path / HOSTILE.replace("/", "|"), outcomes, asked, about)
    root = page(run, run)
    assert len(root.all("script")) == len(root.all("style")) == 1
    assert root.all("img") == []
    assert not {name for e in root.all("*") for name in e.attributes if name.startswith("on")}
    assert root.text.count("<img src=x onerror=alert(1)>") > 20
    assert "{{ 7 * 7 }}" in root.text


def test_text_that_no_file_can_hold_is_replaced(run: Run, tmp_path: Path) -> None:
    broken = replace(run, about={**ABOUT, "suite": "\ud800 suite"})
    write_report([broken], tmp_path / REPORT)
    assert "<h1><bdi>? suite</bdi></h1>" in (tmp_path / REPORT).read_text(encoding="utf-8")


def test_an_unfinished_run_says_how_many_questions_are_asked(tmp_path: Path) -> None:
    begun = {id_: OUTCOMES[id_] for id_ in ("debt", "trade")}
    root = page(write_run(tmp_path / "run", begun))
    assert "Not finished: 2 of 7 questions are asked." in root.words
    assert len(root.all("article")) == 2


def test_a_run_that_has_asked_nothing_yet(tmp_path: Path, run: Run) -> None:
    nothing = write_run(tmp_path / "run", {})
    root = page(nothing)
    assert "0 of 7 questions are asked" in root.words
    assert root.all("article") == root.all("form") == []
    assert question(page(nothing, run), 1).attributes["data-verdicts"] == "unasked right"


def test_a_run_of_failures_alone_has_figures_and_no_plots(tmp_path: Path) -> None:
    root = page(write_run(tmp_path / "run", {each.id: (None, None, "no model") for each in GOLD}))
    assert "0.000 grounded accuracy" in root.words
    assert {article.attributes["data-verdicts"] for article in root.all("article")} == {"failed"}
    assert "Risk and coverage" not in root.words
    assert "Latency" not in root.words


def test_the_same_runs_give_the_same_page(run: Run, better: Run) -> None:
    assert report([run, better]) == report([run, better])


def test_plots_are_pictures_with_a_text_and_a_table(run: Run) -> None:
    plots = page(run).all("svg", role="img")
    titles = [plot.attributes["aria-label"].split(".")[0] for plot in plots]
    assert titles == ["Risk and coverage"] * 3 + ["Calibration", "Grounded accuracy by type", "Latency"]
    assert len(page(run).all("details", **{"class": "data"})) == len(plots)


def test_what_cannot_be_written_is_one_clear_line(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot be written to .*No such file"):
        write_report([run], tmp_path / "missing" / REPORT)
    with pytest.raises(RunError, match="Is a directory"):
        write_report([run], tmp_path)
    with pytest.raises(RunError, match="is there and is no report"):
        write_report([run], run.folder / "run.json")
    assert json.loads((run.folder / "run.json").read_text(encoding="utf-8")) == ABOUT


def test_runs_that_cannot_stand_side_by_side(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="6 runs side by side at most, not 7"):
        report([run] * 7)
    other = write_run(tmp_path / "other", {}, [replace(GOLD[0], question="Another?")])
    with pytest.raises(RunError, match="question 'debt' is not the same in all runs"):
        report([run, other])


def test_the_command_writes_into_the_first_run_or_where_it_is_told(
    run: Run, better: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(run.folder), str(better.folder)]
    assert main(["eval", "report", *folders]) == 0
    assert main(["eval", "report", *folders]) == 0  # in place of the earlier one
    assert main(["eval", "report", *folders, "--to", str(tmp_path / "both.html")]) == 0
    assert (run.folder / REPORT).read_bytes() == (tmp_path / "both.html").read_bytes()
    assert f"Written to {run.folder / REPORT}" in capsys.readouterr().out
    assert main(["eval", "report", str(tmp_path)]) == 1
    assert "holds no run" in capsys.readouterr().err
