"""The gate: the seeds' questions are asked anew, and no figure may fall: ``python -m eval.gate [--update]``.

Two things are held. Floors: ``gate/floors.json`` has for each figure the least value it may have. And a
baseline: ``gate/baseline.jsonl`` has each question's scores as they were; a measure that is now worse, by the
paired test at 5 %, fails. ``--update`` makes the present scores the baseline: for a change that is meant to
cost something, with the reason in DECISIONS.md. Exit code 1 when something fell.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from eval.compare import differences
from eval.figures import Scored, scored, sections
from eval.gold import GoldQuestion
from eval.run import Plan, default_gold, load_suite, run
from eval.score import Score
from qa.build import open_assistant
from qa.config import Config
from qa.errors import GoldError
from qa.ingest import find_all, ingest
from qa.library import OwnedLibrary

_GATE = Path(__file__).parent / "gate"
_FLOORS, _BASELINE = _GATE / "floors.json", _GATE / "baseline.jsonl"
_LEVEL = 0.05


def main() -> int:
    """Ask, and tell what fell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=Path, default=Path("seeds"), help="the folder of documents")
    parser.add_argument("--update", action="store_true", help="take the present scores as the baseline")
    options = parser.parse_args()
    now = ask(options.seeds)
    if options.update:
        _BASELINE.write_text("".join(f"{line}\n" for line in dump(now)), encoding="utf-8")
        return 0
    fallen = [
        *below(now, json.loads(_FLOORS.read_text(encoding="utf-8"))),
        *worse(load(_BASELINE.read_text(encoding="utf-8"), [each.gold for each in now]), now),
    ]
    for line in fallen:
        print(f"gate: {line}", file=sys.stderr)
    print(f"gate: {len(now)} questions asked, {len(fallen)} figures fell")
    return 1 if fallen else 0


def ask(seeds: Path) -> list[Scored]:
    """The gold questions on the seeds, asked of an index made for it."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data=Path(folder) / "data")
        with open_assistant(config) as assistant:
            list(ingest(assistant.index, find_all([seeds]), config))
            plan = Plan((default_gold(),))
            return scored(run(OwnedLibrary(assistant, config), plan, load_suite(plan), Path(folder) / "run"))


def below(now: Sequence[Scored], floors: Mapping[str, float]) -> Iterator[str]:
    """A line for each figure that is lower than it may be, or is gone. Floors are by "section: figure"."""
    values = {f"{s.title}: {f.name}": f.value for s in sections(now) for f in s.figures}
    for name, least in floors.items():
        if not values.get(name, -1.0) >= least:  # also what is not a number
            yield f"{name} is {values.get(name, 'not there')}, and may not be below {least}"


def worse(before: Sequence[Scored], now: Sequence[Scored]) -> Iterator[str]:
    """A line for each measure that has become worse, and not by chance."""
    for difference in differences(list(zip(before, now, strict=True))):
        if difference.value < 0 and difference.p < _LEVEL:
            yield (
                f"{difference.name} fell by {-difference.value:.3f} from the baseline's"
                f" (n={difference.n}, p={difference.p:.3g})"
            )


def dump(now: Sequence[Scored]) -> Iterator[str]:
    """The scores as lines of JSON."""
    for each in now:
        yield json.dumps({"id": each.gold.id} | asdict(each.score))


def load(lines: str, questions: Sequence[GoldQuestion]) -> list[Scored]:
    """The scores of these questions, in their order. Raises GoldError when they are of others."""
    from pydantic import TypeAdapter

    kept = [json.loads(line) for line in lines.splitlines()]
    scores = TypeAdapter(dict[str, Score]).validate_python({line.pop("id"): line for line in kept})
    if scores.keys() != {question.id for question in questions}:
        raise GoldError("the gate's baseline is of other questions: python -m eval.gate --update")
    return [Scored(question, scores[question.id]) for question in questions]


if __name__ == "__main__":
    sys.exit(main())
