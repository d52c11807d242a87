"""Which facts of a sentence its source has: each pair can be judged by reading it."""

from datetime import date

import pytest

from qa.read.dates import days_in
from qa.read.facts import Facts, Missing, missing

NOTHING = Missing((), (), (), ())


def of(sentence: str, source: str, published: date | None = None) -> Missing:
    return missing(sentence, Facts.of(source, published))


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("It cost $11.6 million.", "It cost 11,600,000 dollars."),
        ("It cost 2bn euros.", "It cost €2 billion."),
        ("It grew by 5 per cent.", "Growth: 5%"),
        ("Twelve people came.", "There were 12 of them."),
        ("It cost about 12 million.", "It cost 11.6 million."),
        ("It opened on 7 June 2010.", "It opened on June 7th, 2010."),
        ("It opened on 7 Sept 2010.", "opened: 2010-09-07"),
        ("It opened in June 2010.", "It opened on 7/6/2010."),
        ("It opened on 6 July 2010.", "It opened on 7/6/2010."),
        ("It opened on June 7, 2010.", "2010 was good. On 7 June it opened."),
        ("It opened in 2010.", "It opened on 7 June 2010."),
        ("He met Peruvian ministers.", "He met ministers of Peru."),
        ("He went to the US.", "He went to the United States."),
        ("The World Bank paid.", "The WB paid."),
        ("He met São Paulo's mayor.", "the mayor of Sao Paulo"),
        ("However, Germans paid.", "Germany paid."),
        ("Ships sank.", "Three vessels went down."),
        ("One of the two towns grew.", "The town of Bergen grew."),
        ("Annual Report of Acme", "It says little."),
    ],
)
def test_what_is_there_in_other_words(sentence: str, source: str) -> None:
    assert of(sentence, source) == NOTHING


@pytest.mark.parametrize(
    ("sentence", "source", "expected"),
    [
        ("It cost $11.6 million.", "It cost $11.6 billion.", Missing(("$11.6 million",), (), (), ())),
        ("It cost 5 euros.", "It cost 5 dollars.", Missing(("5 euros",), (), (), ())),
        ("It took 15 years.", "It took 15 months.", Missing(("15 years",), (), (), ())),
        ("It cost 12 million.", "It cost 11.6 million.", Missing(("12 million",), (), (), ())),
        ("About 94 came.", "About 90 came.", Missing(("94",), (), (), ())),
        ("In 2011 it opened.", "In 2010 it opened.", Missing(("2011",), (), (), ())),
        ("It opened on 7 July.", "It opened on 7 June.", Missing((), ("7 July",), (), ())),
        ("It opened on 7 June 2011.", "On 7 June 2010.", Missing((), ("7 June 2011",), (), ())),
        ("Peru paid.", "Chile paid.", Missing((), (), ("Peru",), ())),
        ("It is in Nigeria.", "It is in Niger.", Missing((), (), ("Nigeria",), ())),
        ("It is in Austria.", "It is in Australia.", Missing((), (), ("Austria",), ())),
        ("More than 40 came.", "Fewer than 40 came.", Missing(("40",), (), (), ())),
        ("More than 40 came.", "Exactly 40 came.", Missing((), (), (), ("40",))),
        ("40 came.", "About 40 came.", Missing((), (), (), ("40",))),
    ],
)
def test_what_is_not_there(sentence: str, source: str, expected: Missing) -> None:
    assert of(sentence, source) == expected


def test_the_day_of_publication_counts() -> None:
    assert of("It was so on 4 March 2021.", "It is so.", date(2021, 3, 4)) == NOTHING
    assert of("It was so on 5 March 2021.", "It is so.", date(2021, 3, 4)).dates == ("5 March 2021",)


def test_facts_of_several_sources_are_joined() -> None:
    both = Facts.joined([Facts.of("Peru paid.", None), Facts.of("It was 15 euros.", None)])
    assert missing("He said Peru paid 15 euros.", both) == NOTHING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 7 June 2010", [(6, 7, 2010)]),
        ("the 7th of June", [(6, 7, None)]),
        ("Sept. 3, 1999", [(9, 3, 1999)]),
        ("2010-06-07", [(6, 7, 2010)]),
        ("the 20 may be wrong", []),
        ("in 2010", []),
    ],
)
def test_days(text: str, expected: list[tuple[int, int | None, int | None]]) -> None:
    found = {(day.month, day.day, day.year) for day in days_in(text)}
    assert set(expected) <= found
    assert bool(found) == bool(expected)


def test_of_an_ambiguous_date_both_readings_are_given() -> None:
    found = {(day.month, day.day) for day in days_in("7/6/2010")}
    assert found == {(7, 6), (6, 7)}
