"""A source is a report, year and section that a reader can find, in Swedish and in English."""

from __future__ import annotations

import re

import pytest

from schemas.reasons import CATALOGUE, Texts
from schemas.reasons.sources import OWN_RULE, REPORTS, cited, contract, report, statute

#: A line of a text file that no reader has: `18:L719`, `L719-755`, or a rule's own number.
LINE_NUMBER = re.compile(r"\bL\d|\d:L?\d|requirements|\bfn \d")


@pytest.mark.parametrize("code", CATALOGUE)
def test_no_source_of_a_reason_has_the_form_of_a_line_number(code: str) -> None:
    """It names a section in words, in both languages."""
    for text in CATALOGUE[code].source:
        assert not LINE_NUMBER.search(text)
        assert re.search(r"kapitel|avsnitt|kap\.|chapter|section|regel|rule", text)


@pytest.mark.parametrize("text", ["18:L719-755; 19:L203", "24 fn 15 L400", "requirements BR-13"])
def test_the_forms_that_no_reader_can_find_are_recognised(text: str) -> None:
    assert LINE_NUMBER.search(text)


def test_a_section_is_cited_with_its_number_its_heading_and_its_notes() -> None:
    assert report(2024, "4.1", table="tabell 4", notes="18") == Texts(
        "rapporten om 2024, avsnitt 4.1 Resultat av möten för omställning, tabell 4, not 18",
        "report on 2024, section 4.1 Resultat av möten för omställning, table 4, note 18",
    )
    assert report(2018, "2.2", table="tabell 1 och 2", notes="9–10").en.endswith(
        ", tables 1 and 2, notes 9–10"
    )


def test_a_chapter_without_a_known_heading_is_cited_by_its_number() -> None:
    assert report(2018, "3") == ("rapporten om 2018, kapitel 3", "report on 2018, chapter 3")
    assert report(2019, "4–5").en == "report on 2019, chapters 4–5"


def test_a_report_without_numbers_is_cited_by_its_heading() -> None:
    assert report(2018, "Sammanfattning") == (
        "rapporten om 2018, avsnittet Sammanfattning",
        "report on 2018, section Sammanfattning",
    )


def test_a_section_that_the_report_does_not_have_cannot_be_cited() -> None:
    with pytest.raises(KeyError):
        report(2024, "9.9")
    with pytest.raises(KeyError):
        report(2020, "1")


def test_several_sources_are_one_citation_in_each_language() -> None:
    both = cited(contract("6"), statute(26, 19))
    assert both.sv == "kontraktet, avsnitt 6; socialförsäkringsbalken 26 kap. 19 §"
    assert both.en == "contract, section 6; Social Insurance Code, chapter 26, section 19"
    assert contract("A 9").en == "contract 1.1, section A 9"
    assert cited(OWN_RULE) == OWN_RULE


def test_every_report_has_a_title_a_day_and_sections() -> None:
    for year, one in REPORTS.items():
        assert one.title
        assert one.sections
        assert int(one.dated[:4]) >= year
