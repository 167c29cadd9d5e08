"""Where rules and definitions come from: the agencies' reports, by year and section.

This is the one place that knows the reports. A section is named as its report names it, so that a
reader finds it in the report itself; citing a section that is not listed here is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.reasons.row import Texts

#: A reason or definition that no report prints.
OWN_RULE: Final = Texts("egen regel, står i ingen rapport", "own rule, in none of the reports")
#: Said beside the source of a figure that no report prints.
NOT_PRINTED: Final = Texts("talet trycks i ingen rapport", "the figure is printed in no report")
_SOCIAL_INSURANCE: Final = ("socialförsäkringsbalken", "Social Insurance Code")

_TASKS: Final = "Försäkringskassans uppdrag inom sjukpenning och Arbetsförmedlingens grunduppdrag"


class Report(NamedTuple):
    """One report of the agencies to the government.

    Attributes:
        title: as printed, in Swedish.
        dated: the day that it bears, or the day on which it was due.
        reference: the agencies' reference numbers; empty where none is printed.
        sections: number -> heading as printed; heading -> "" where sections have no number. Where
            only part of the numbering is known, a chapter is named alone.
    """

    title: str
    dated: str
    reference: str
    sections: Mapping[str, str]


REPORTS: Final[Mapping[int, Report]] = MappingProxyType(
    {
        2014: Report(
            "Tidiga och aktiva insatser för sjukskrivnas återgång i arbete, delredovisning 2014",
            "2014-08-01",
            "Af-2013/508922, FK 003013-2013",
            {
                "2": "Gemensam kartläggning",
                "3": "Aktiva insatser",
                "4": "Unga med aktivitetsersättning",
                "5": "Genomförda gemensamma kartläggningar",
                "6": "Genomförda aktiva insatser",
                "6.1": "Inflöde till aktiva insatser",
                "6.2": "Aktuella i aktiva insatser",
                "6.3": "Resultat efter arbetslivsinriktad insats",
                "6.4": "Resultat efter arbetsförberedande insats",
            },
        ),
        2018: Report(
            "Förstärkt stöd för personer som är sjukskrivna och för unga med aktivitetsersättning",
            "2019-05-17",
            "",
            {
                "Sammanfattning": "",
                "2": "",
                "2.2": "Mål: Andelen som återfår arbetsförmågan och kan återgå i arbete ska öka",
                "3": "",
                "3.2": "Resultat – övergången",
            },
        ),
        2019: Report(
            "Insatser för personer som är sjukskrivna och för unga med aktivitetsersättning",
            "2020-05-08",
            "Af-2020/00074723, FK 001386-2020",
            {"4–5": "", "6": "Resultat"},
        ),
        2024: Report(
            "Insatser för personer som är sjukskrivna och för unga med aktivitetsersättning, del 1",
            "2025-04-11",
            "",
            {
                "2.1": "Utveckling under 2024",
                "3.1": "Tidig tillgång till insatser",
                "3.2": "Återgång i arbete",
                "4": "Möten för omställning",
                "4.1": "Resultat av möten för omställning",
            },
        ),
        2025: Report(
            "Svar på regeringsuppdrag i regleringsbrev 2025 om att tillvarata arbetsförmåga",
            "2026-03-23",
            "FK 2025/000539, Af-2025/0030 2991",
            {_TASKS: ""},
        ),
    }
)


def report(year: int, section: str, *, notes: str = "", table: str = "") -> Texts:
    """Return the citation of a report on a year.

    Args:
        year: the year that the report is about.
        section: a key of the report's `sections`.
        notes: numbers of footnotes, such as "16" or "9–10".
        table: what the figure stands in, such as "tabell 3" or "diagram 1".

    Raises:
        KeyError: the report or the section is not known.
    """
    heading = REPORTS[year].sections[section]
    sv, en = _place(section, heading)
    if table:
        english = table.replace("tabell", "tables" if " och " in table else "table")
        sv, en = f"{sv}, {table}", f"{en}, {english.replace(' och ', ' and ')}"
    if notes:
        several = "–" in notes or "," in notes
        sv, en = f"{sv}, not {notes}", f"{en}, {'notes' if several else 'note'} {notes}"
    return Texts(f"rapporten om {year}, {sv}", f"report on {year}, {en}")


def _place(section: str, heading: str) -> Texts:
    """Chapter, section or heading in words, with the heading as printed."""
    if not section[0].isdigit():
        return Texts(f"avsnittet {section}", f"section {section}")
    printed = f" {heading}" if heading else ""
    if "." in section:
        return Texts(f"avsnitt {section}{printed}", f"section {section}{printed}")
    chapters = "chapters" if "–" in section else "chapter"
    return Texts(f"kapitel {section}{printed}", f"{chapters} {section}{printed}")


def contract(section: str) -> Texts:
    """Return the citation of a section of the contract, such as "2" or "A 9" of contract 1.1."""
    version = "" if section[0].isdigit() else " 1.1"
    return Texts(f"kontraktet{version}, avsnitt {section}", f"contract{version}, section {section}")


def statute(chapter: int, section: int) -> Texts:
    """Return the citation of a section of the Social Insurance Code."""
    sv, en = _SOCIAL_INSURANCE
    return Texts(f"{sv} {chapter} kap. {section} §", f"{en}, chapter {chapter}, section {section}")


def cited(*sources: Texts) -> Texts:
    """Return several citations as one."""
    return Texts(*("; ".join(texts) for texts in zip(*sources, strict=True)))
