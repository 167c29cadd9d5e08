"""The ground truth: what the tables of 2024-T1 to T5 must come to, computed from the books.

Plain Python over the ledger, by other code than the statistics; the same definitions, which are:

- **2024-T1 `gk_count`** (N1, fn 8): assessments completed in the year, once each however many
  reports and meetings, second rounds again, those taken back not; anonymous ones like the others.
  With both benefits an assessment stands in both rows, and once in the total.
- **2024-T1 `gk_days_to_first`** (N5, fn 9-10): days from the start of the benefit case to the
  completion, over those assessments of `gk_count` whose benefit from Försäkringskassan still ran;
  one per case: of the latest round with sjukpenning, of the first round otherwise. The total holds
  every benefit.
- **2024-T2 `insats_share_after_gk`** (N9, fn 11): of the assessments of the year those of which an
  intervention started in the same round, on the day or later, without limit of time. A share of
  those with identity: of the others nobody knows what followed.
- **2024-T3 `outcome_count`, `outcome_share`** (N14, fn 13): closings of the year after an
  intervention; regained is leaving the insurance wholly or in part. The denominator is regained
  and remaining: since 2024 no result is missing. Closings after the assessment alone do not count.
- **2024-T4 `om_meetings_count`, `kontaktmoten_count`** (N20, N21): meetings held in the year.
- **2024-T4 `om_meetings_share_of_refusals`** (N22): these meetings as a share of the refusals
  decided in the year, without those of a first application (fn 15).
- **2024-T5 `om_enrolled_share`** (N23, fn 19): of the persons with a meeting in the year, whose
  refusal is from day 180, without a chain or merged, those who enrolled on its day or later.

The measures that no table prints (N8, N24, N25, flow) are in `simulator.unprinted`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from simulator.cases import SICKNESS, YOUNG
from simulator.days import YEAR
from simulator.ledger import Ledger, Refusal, Round, by
from simulator.printed import OTHER, REGAINED, REMAINING, SEXES, TOTAL, Cell

Group = tuple[tuple[str, str], ...]
_REGAINED_CODES: Final = frozenset({
    "employment_unsubsidised", "employment_subsidised", "studies", "oppet_arbetssokande", "program",
})  # fmt: skip
_REMAINING_CODES: Final = frozenset({"kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard"})
_PRINTED_OUTCOME: Final = {
    REGAINED: "utvecklat_eller_aterfatt_arbetsformaga",
    REMAINING: "kvar_i_sjukforsakringen",
}
_ALL: Final = (*SEXES, TOTAL)
PART_ONE: Final = (YOUNG, SICKNESS, TOTAL)
PART_TWO: Final = (YOUNG, SICKNESS)


class Key(NamedTuple):
    """What names a row within a table: as in the reference tables, `group` as sorted pairs."""

    measure: str
    benefit: str
    group: Group
    sex: str


class Figure(NamedTuple):
    """A figure before rounding: a count, or numerator / denominator; shares in per cent."""

    value: float
    numerator: int
    denominator: int | None = None

    def printed(self, decimals: int = 0) -> float:
        """Rounded half up, as the report does."""
        factor = 10.0**decimals
        return math.floor(self.value * factor + 0.5) / factor


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader of the year must find.

    Attributes:
        ledger: everything that happened.
        by_kind: records by kind (`plain`, `confirmation`, `duplicate`, `wrong:schema`, ...).
        by_type: right messages by short type name, duplicates and wrong ones left out.
        first_statuses: first receipts by status; `open` where the simulator does not say.
        quarantined: records that cannot be read as a message at all.
    """

    ledger: Ledger = field(repr=False)
    by_kind: Mapping[str, int]
    by_type: Mapping[str, int]
    first_statuses: Mapping[str, int]
    quarantined: int

    def assessments(self, as_of_ms: int | None = None) -> dict[Cell, int]:
        """Joint assessments of the year by benefit (with `other`) and sex, totals included.

        Args:
            as_of_ms: as registered until this moment, None = in the end.
        """
        rounds = assessed_in_year(self.ledger, as_of_ms)
        return {
            Cell(benefit, sex): sum(one.within(benefit, sex) for one in rounds)
            for benefit in (SICKNESS, YOUNG, OTHER, TOTAL)
            for sex in _ALL
        }

    @property
    def anonymous(self) -> int:
        """How many of the counted assessments carry no person."""
        return sum(not one.identified for one in assessed_in_year(self.ledger, None))


def figures(truth: Truth, table: str, as_of_ms: int | None = None) -> dict[Key, Figure]:
    """Every row of a table of the year.

    Args:
        truth: of the generated year.
        table: `2024-T1` to `2024-T5`.
        as_of_ms: as registered until this moment, None = in the end.

    Raises:
        KeyError: another table.
    """
    return _TABLES[table](truth.ledger, as_of_ms)


def share(numerator: int, denominator: int) -> Figure:
    """In per cent; of nothing it is 0."""
    return Figure(100 * numerator / denominator if denominator else 0.0, numerator, denominator)


def count(things: Iterable[object]) -> Figure:
    """A count as a figure."""
    number = len(list(things))
    return Figure(float(number), number)


def in_year(day: date | None) -> bool:
    """Whether a day lies in the reconstructed year."""
    return day is not None and day.year == YEAR


def assessed_in_year(ledger: Ledger, as_of_ms: int | None) -> list[Round]:
    """The rounds whose assessment counts in the year, as known at a time."""
    return [
        one
        for one in ledger.rounds
        if one.assessed is not None and in_year(one.assessed.day(as_of_ms))
    ]


def cells(benefits: Iterable[str]) -> list[Cell]:
    """The rows of these benefits: women, men and total of each."""
    return [Cell(benefit, sex) for benefit in benefits for sex in _ALL]


def _day(one: Round, as_of_ms: int | None) -> date | None:
    return None if one.assessed is None else one.assessed.day(as_of_ms)


def measured(ledger: Ledger, as_of_ms: int | None) -> list[Round]:
    """The rounds whose days to the first assessment count (fn 9 and 10)."""
    by_case: dict[str, list[Round]] = {}
    for one in ledger.rounds:
        day = _day(one, as_of_ms)
        if day is not None and day.year <= YEAR:
            by_case.setdefault(one.case_id, []).append(one)
    chosen = []
    for rounds in by_case.values():
        rounds.sort(key=lambda one: one.round_no)
        one = rounds[-1] if rounds[0].cell.benefit == SICKNESS else rounds[0]
        if one.running and one.since is not None and in_year(_day(one, as_of_ms)):
            chosen.append(one)
    return chosen


def _first_table(ledger: Ledger, as_of_ms: int | None) -> dict[Key, Figure]:
    counted, found = assessed_in_year(ledger, as_of_ms), {}
    days = [
        (one, (day - one.since).days)
        for one in measured(ledger, as_of_ms)
        if (day := _day(one, as_of_ms)) is not None and one.since is not None
    ]
    for benefit, sex in cells(PART_ONE):
        mine = [one for one in counted if one.within(benefit, sex)]
        found[Key("gk_count", benefit, (), sex)] = count(mine)
        spans = [span for one, span in days if one.within(benefit, sex)]
        mean = sum(spans) / len(spans) if spans else 0.0
        key = Key("gk_days_to_first", benefit, (), sex)
        found[key] = Figure(mean, sum(spans), len(spans))
    return found


def went_on(one: Round, as_of_ms: int | None) -> bool:
    """Whether an intervention started after the assessment of the round."""
    day = _day(one, as_of_ms)
    started = one.started if by(one.started_ms, as_of_ms) else None
    return day is not None and started is not None and started >= day


def _second_table(ledger: Ledger, as_of_ms: int | None) -> dict[Key, Figure]:
    known = [one for one in assessed_in_year(ledger, as_of_ms) if one.identified]
    found = {}
    for benefit, sex in cells(PART_ONE):
        mine = [one for one in known if one.within(benefit, sex)]
        key = Key("insats_share_after_gk", benefit, (), sex)
        found[key] = share(sum(went_on(one, as_of_ms) for one in mine), len(mine))
    return found


def outcome(one: Round, as_of_ms: int | None) -> str | None:
    """`regained` or `remaining` for a closing of the year after an intervention, else None."""
    closed = one.closed
    if closed is None or closed.category == "none" or not in_year(closed.day):
        return None
    return outcome_code_of(closed.outcome_of(as_of_ms))


def outcome_code_of(code: str | None) -> str | None:
    """`regained` or `remaining` for an outcome of the contract, None for any other."""
    if code in _REGAINED_CODES:
        return REGAINED
    return REMAINING if code in _REMAINING_CODES else None


def _third_table(ledger: Ledger, as_of_ms: int | None) -> dict[Key, Figure]:
    closings = [(one, outcome(one, as_of_ms)) for one in ledger.rounds]
    found = {}
    for benefit, sex in cells(PART_ONE):
        mine = [name for one, name in closings if name and one.within(benefit, sex)]
        for name in (REGAINED, REMAINING):
            pairs = {"outcome": _PRINTED_OUTCOME[name], "outcome_h": name, "insats": "any"}
            group = tuple(sorted(pairs.items()))
            number = mine.count(name)
            found[Key("outcome_count", benefit, group, sex)] = Figure(float(number), number)
            found[Key("outcome_share", benefit, group, sex)] = share(number, len(mine))
    return found


def met_in_year(ledger: Ledger, as_of_ms: int | None) -> list[Refusal]:
    """The refusals with a transition meeting in the year."""
    return [one for one in ledger.refusals if in_year(one.held) and by(one.held_ms, as_of_ms)]


def refused_in_year(ledger: Ledger, as_of_ms: int | None) -> list[Refusal]:
    """The refusals that a meeting is to be offered on."""
    return [
        one
        for one in ledger.refusals
        if in_year(one.decided) and one.known(as_of_ms) and not one.first_application
    ]


def _of(refusals: Iterable[Refusal], benefit: str, sex: str) -> list[Refusal]:
    return [one for one in refusals if one.within(benefit, sex)]


def _fourth_table(ledger: Ledger, as_of_ms: int | None) -> dict[Key, Figure]:
    met, refused = met_in_year(ledger, as_of_ms), refused_in_year(ledger, as_of_ms)
    found = {}
    for benefit, sex in cells(PART_TWO):
        meetings = _of(met, benefit, sex)
        found[Key("om_meetings_count", benefit, (), sex)] = count(meetings)
        key = Key("om_meetings_share_of_refusals", benefit, (), sex)
        found[key] = share(len(meetings), len(_of(refused, benefit, sex)))
    for sex in _ALL:
        held = [
            one
            for one in ledger.contacts
            if sex in {TOTAL, one.sex} and in_year(one.held) and by(one.registered_ms, as_of_ms)
        ]
        found[Key("kontaktmoten_count", SICKNESS, (), sex)] = count(held)
    return found


def enrolled_after(one: Refusal, as_of_ms: int | None) -> bool:
    """Whether the person enrolled at AF on the day of the meeting or later."""
    enrolled = one.enrolled if by(one.enrolled_ms, as_of_ms) else None
    return one.held is not None and enrolled is not None and enrolled >= one.held


def _fifth_table(ledger: Ledger, as_of_ms: int | None) -> dict[Key, Figure]:
    met = [
        one
        for one in met_in_year(ledger, as_of_ms)
        if one.identified and not one.before_day_180 and not one.first_application
    ]
    found = {}
    for benefit, sex in cells(PART_TWO):
        mine = _of(met, benefit, sex)
        key = Key("om_enrolled_share", benefit, (), sex)
        found[key] = share(sum(enrolled_after(one, as_of_ms) for one in mine), len(mine))
    return found


_TABLES: Final[Mapping[str, Callable[[Ledger, int | None], dict[Key, Figure]]]] = {
    "2024-T1": _first_table,
    "2024-T2": _second_table,
    "2024-T3": _third_table,
    "2024-T4": _fourth_table,
    "2024-T5": _fifth_table,
}
TABLES: Final = tuple(_TABLES)
