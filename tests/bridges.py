"""Four made-up bridges: of each a history, a description and twelve questions, three of which stay open.

So there are 48 questions, 36 of them answerable, four of each of nine kinds; 25 % are unanswerable. Most
answers have another of their kind beside them in the passage; a passage is longer than an answer may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from eval.gold import Evidence, GoldQuestion

_HISTORY = (
    "The {name} Bridge stands where a ferry had gone back and forth for three hundred years. {designer}"
    " designed it after the flood that took the ferry, and drew each arch wide enough for the rafts that"
    " the timber merchants still sent down to the sea. Its stone came from {quarry}, on sledges, in the"
    " two coldest winters that anyone could remember. {opener} opened the {name} Bridge on {opened}, in"
    " the rain. {walker} was the first to walk across, with a goose under one arm, and was given a clock"
    " for it that stopped within the week. The lamps were lit on {lamps}, when a choir sang from the"
    " middle arch and the deacon's hat blew into the water. The toll house of the {name} Bridge stands in"
    " {toll_town}, behind the orchard."
)
_DESCRIPTION = (
    "The {name} Bridge cost {cost}, and nobody at the county hall would say afterwards who had agreed to"
    " that. Another {repairs} went into repairs after the ice of the third winter, which were paid for out"
    " of the tolls. It is {length} metres long, not counting the {approach} metres of causeway on the"
    " western side, and carries two lanes and a path. It joins {towns[0]}, {towns[1]} and {towns[2]},"
    " which had until then met only at fairs and at funerals. A second road to {far_town} was drawn on"
    " every map and never built. Lorries may not use the {name} Bridge, since its middle arch was found to"
    " have sunk by the width of a hand. Cyclists may, and so may herds of up to {herd} animals, if their"
    " owners sweep up behind them."
)


@dataclass(frozen=True, slots=True)
class Bridge:
    """What is known of a bridge; of each kind there are two things."""

    name: str
    designer: str
    opener: str
    walker: str
    opened: str
    lamps: str
    quarry: str
    toll_town: str
    far_town: str
    towns: tuple[str, str, str]
    cost: str
    repairs: str
    length: int
    approach: int
    herd: int

    @property
    def source(self) -> str:
        return f"{self.name.lower()}.txt"

    @property
    def passages(self) -> tuple[str, str]:
        return _HISTORY.format(**asdict(self)), _DESCRIPTION.format(**asdict(self))

    @property
    def text(self) -> str:
        return "\n\n".join(self.passages)


BRIDGES = (
    Bridge(
        "Alder",
        designer="Clara Voss",
        opener="Anna Berg",
        walker="Piet Lund",
        opened="4 May 1931",
        lamps="9 June 1932",
        quarry="the old quarry above Mill End",
        toll_town="Harrow",
        far_town="Quill",
        towns=("Ashby", "Brent", "Corley"),
        cost="$11.5 million",
        repairs="$1.2 million",
        length=212,
        approach=80,
        herd=40,
    ),
    Bridge(
        "Birch",
        designer="Jon Ekman",
        opener="Mary Stone",
        walker="Olga Reis",
        opened="17 March 1948",
        lamps="2 October 1949",
        quarry="a hill behind the convent school",
        toll_town="Harrow",
        far_town="Rudge",
        towns=("Dunmore", "Eastry", "Fenwick"),
        cost="$2.25 million",
        repairs="$3.4 million",
        length=148,
        approach=65,
        herd=25,
    ),
    Bridge(
        "Cedar",
        designer="Ida Falk",
        opener="Hugo Brandt",
        walker="Elin Moss",
        opened="30 August 1956",
        lamps="11 April 1958",
        quarry="the northern cliffs of the island",
        toll_town="Harrow",
        far_town="Selby",
        towns=("Garth", "Holme", "Ingham"),
        cost="$7.8 million",
        repairs="$0.6 million",
        length=305,
        approach=120,
        herd=60,
    ),
    Bridge(
        "Willow",
        designer="Max Arden",
        opener="Ruth Calder",
        walker="Sven Holt",
        opened="21 July 1963",
        lamps="5 December 1965",
        quarry="ruined farm walls near the marsh",
        toll_town="Norcote",
        far_town="Tolland",
        towns=("Jarrow", "Kelby", "Lowick"),
        cost="$9.4 million",
        repairs="$2.7 million",
        length=176,
        approach=95,
        herd=30,
    ),
)


def questions() -> tuple[GoldQuestion, ...]:
    """Those on each bridge in turn; ``alder-cost`` is the cost of the Alder Bridge."""
    return tuple(question for bridge in BRIDGES for question in (*_answerable(bridge), *_open(bridge)))


def _answerable(b: Bridge) -> list[GoldQuestion]:
    lengths = (f"{b.length} metres", f"{b.length} m")
    return [
        _asked(
            b, "cost", f"How much did the {b.name} Bridge cost?", "number", b.cost, f"Bridge cost {b.cost}"
        ),
        _asked(b, "opener", f"Who opened the {b.name} Bridge?", "name", b.opener, f"{b.opener} opened"),
        _asked(b, "opened", "And on what date?", "date", b.opened, f"on {b.opened}", follows="opener"),
        _asked(
            b,
            "toll",
            f"In which town is the toll house of the {b.name} Bridge?",
            "place",
            b.toll_town,
            f"stands in {b.toll_town}",
        ),
        _asked(
            b,
            "towns",
            f"Which towns does the {b.name} Bridge join?",
            "list",
            f"{b.towns[0]}, {b.towns[1]} and {b.towns[2]}",
            *b.towns,
            parts=[(town,) for town in b.towns],
        ),
        _asked(
            b,
            "designer",
            f"Who designed the {b.name} Bridge, and how long is it?",
            "two_part",
            f"{b.designer}, {lengths[0]}",
            f"{b.designer} designed it",
            f"It is {lengths[0]} long",
            parts=[(b.designer,), lengths],
        ),
        _asked(b, "lorries", f"May lorries use the {b.name} Bridge?", "yes_no", "No", "Lorries may not use"),
        _asked(b, "stone", f"Where did the {b.name} Bridge's stone come from?", "span", b.quarry, b.quarry),
        _asked(b, "repairs", f"What did repairing the {b.name} Bridge take?", "span", b.repairs, b.repairs),
    ]


def _open(b: Bridge) -> list[GoldQuestion]:
    return [
        _asked(b, "painter", f"Who painted the {b.name} Bridge?", "name"),
        _asked(b, "paint", "And how much did the paint cost?", "number", follows="painter"),
        _asked(b, "traffic", f"How many people cross the {b.name} Bridge in a day?", "number"),
    ]


def _asked(
    bridge: Bridge,
    name: str,
    question: str,
    kind: str,
    answer: str = "",
    *quotes: str,
    follows: str | None = None,
    parts: Sequence[tuple[str, ...]] = (),
) -> GoldQuestion:
    prefix = f"{bridge.name.lower()}-"
    follows = follows and prefix + follows
    return GoldQuestion(
        id=prefix + name,
        question=question,
        answers=(answer,) if answer else (),
        type=kind,
        evidence=tuple(
            Evidence(bridge.source, quote, (at,) if parts else ()) for at, quote in enumerate(quotes)
        ),
        answerable=bool(answer),
        follows=follows,
        parts=tuple(parts),
        cluster=follows or prefix + name,
    )
