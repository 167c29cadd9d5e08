"""Indicator definitions: what a figure of the agencies' reports means, as data.

Rule: a definition is never changed once figures have been published by it; a new meaning is a new
version with its own validity, and both can be computed for the year of change (principle 5 of the
requirements). `source` names the indicator (N..) and the printed table it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.followup.populations import BenefitGroup

SJUKPENNING = ("sjukpenning",)
AKTIVITETSERSATTNING = (
    "aktivitetsersattning_nedsatt_arbetsformaga",
    "aktivitetsersattning_forlangd_skolgang",
)


@dataclass(frozen=True)
class Indicator:
    """One version of the definition of one measure.

    Attributes:
        measure: key as in the reference tables, e.g. `gk_count`.
        version: name of this version, e.g. `2024`.
        title_sv: what the agencies call it.
        row_sv: how a row of it reads after the name of the benefit group.
        formula_sv, formula_en: how it is computed, in words.
        source: indicator number, table, footnotes.
        unit: `count` (of events).
        population: key of `populations.POPULATIONS`.
        groups: the printed rows by benefit.
        controls: further rows that make the printed ones add up.
        valid_from: first day of the first period it may be used for.
        valid_to: last day, None as long as it is in force.
    """

    measure: str
    version: str
    title_sv: str
    row_sv: str
    formula_sv: str
    formula_en: str
    source: str
    unit: str
    population: str
    groups: tuple[BenefitGroup, ...]
    controls: tuple[BenefitGroup, ...]
    valid_from: date
    valid_to: date | None = None

    @property
    def id(self) -> str:
        """Measure and version, as rows carry it: `gk_count/2024`."""
        return f"{self.measure}/{self.version}"


GK_COUNT_2024 = Indicator(
    measure="gk_count",
    version="2024",
    title_sv="Antal genomförda gemensamma kartläggningar",
    row_sv="antal genomförda kartläggningar",
    formula_sv=(
        "Kartläggningar som slutfördes i perioden, med alla förmåner i totalen; per förmån: "
        "personen hade förmånen vid kartläggningen, så en kartläggning kan stå på flera rader. En "
        "kartläggning räknas en gång hur många möten och rapporter den än har, en ny omgång räknas "
        "igen, makulerade räknas inte, och personer utan samtycke till statistik med "
        "personuppgifter räknas som de andra."
    ),
    formula_en=(
        "Completed joint assessments whose completion day lies in the period, all benefits in the "
        "total; by benefit: the person had the benefit at the assessment, so that one assessment "
        "can stand in several rows. An assessment counts once however many meetings and reports it "
        "has (BR-35, BR-39), a new round counts again, voided ones do not count, and persons "
        "without consent to personal statistics count like the others."
    ),
    source="N1; 2024-T1, fn 8",
    unit="count",
    population="joint_assessments",
    groups=(
        BenefitGroup("aktivitetsersattning", "Aktivitetsersättning", (AKTIVITETSERSATTNING,)),
        BenefitGroup("sjukpenning", "Sjukpenning", (SJUKPENNING,)),
        BenefitGroup("total", "Totalt"),
    ),
    controls=(
        BenefitGroup(
            "sjukpenning_and_aktivitetsersattning",
            "Överlapp: både sjukpenning och aktivitetsersättning",
            (SJUKPENNING, AKTIVITETSERSATTNING),
        ),
        BenefitGroup(
            "other",
            "Övriga: varken sjukpenning eller aktivitetsersättning",
            none_of=(*SJUKPENNING, *AKTIVITETSERSATTNING),
        ),
    ),
    # The first year that the report prints by this definition.
    valid_from=date(2022, 1, 1),
)
