"""The gateway against the simulator's own books (law 8), without Kafka.

The simulator knows nothing of the gateway's code. Here a small year goes through the gateway's
fold: first receipts, later receipts, quarantine, reminders and the tables must come out as booked,
in the end and as of an earlier time.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from simulator.days import midnight_ms
from simulator.rates import Rates
from simulator.truth import TABLES, Key, figures
from simulator.year import Year, generate
from tests.simulator.folding import Run, folded
from tests.simulator.recount import recount, standing

pytestmark = pytest.mark.unmeasured

#: What `recount` calls the numerator and the denominator of a measure.
_PARTS = {
    "gk_count": ("gk", None),
    "insats_share_after_gk": ("onward", "gk known"),
    "om_meetings_count": ("meetings", None),
    "om_meetings_share_of_refusals": ("meetings", "refusals"),
    "om_enrolled_share": ("enrolled", "met known"),
}


@pytest.fixture(scope="module")
def run(small_year: Year) -> Run:
    """The small year."""
    return folded(small_year)


def _surprises(run: Run) -> Counter[tuple[str, str | None, str]]:
    """Answers that are not as expected, and refusals without the codes that they must have."""
    return Counter(
        (record.kind, record.expect, first["status"])
        for record, first in run.firsts
        if record.expect not in {None, first["status"]}
        or not set(record.codes) <= {reason["code"] for reason in first["reasons"]}
    )


def test_first_receipts_are_as_expected(run: Run) -> None:
    """Status of every record whose answer is certain, and the codes of every refusal."""
    assert not _surprises(run)


def test_every_held_message_gets_one_more_receipt(run: Run) -> None:
    """Law 1: one first receipt, one final."""
    held = sum(
        first["status"] == "HELD" and record.kind != "duplicate" for record, first in run.firsts
    )
    assert run.later.total() == held
    assert run.later["HELD"] == 0


def test_quarantine_is_as_booked(run: Run, small_year: Year) -> None:
    """Records that are no message at all."""
    assert run.quarantined == small_year.truth.quarantined


@pytest.mark.parametrize(
    "day", [date(2024, 2, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 7, 1)]
)
@pytest.mark.parametrize("table", TABLES)
def test_statistics_equal_the_books_as_of(
    run: Run, small_year: Year, table: str, day: date
) -> None:
    """Law 8: whoever counts the stream finds what happened, as known then, cell by cell."""
    assert _compared(run, small_year, table, midnight_ms(day)) >= 6


def _compared(run: Run, year: Year, table: str, moment_ms: int) -> int:
    """How many numerators have been compared, and found equal; denominators as well."""
    found = recount(standing(run.facts, _utc(moment_ms)))
    compared = 0
    for key, figure in figures(year.truth, table, moment_ms).items():
        outcome = dict(key.group).get("outcome_h")
        numerator, denominator = (
            (outcome, None) if outcome else _PARTS.get(key.measure, (None,) * 2)
        )
        if numerator is not None:
            assert found[numerator, key.benefit, key.sex] == figure.numerator, key
            compared += 1
        if denominator is not None:
            assert found[denominator, key.benefit, key.sex] == figure.denominator, key
    return compared


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_rates_the_stream_says_what_happened(seed: int) -> None:
    """Law 8 for years in which other things happen, or nothing but these, or all at once."""
    year = generate(seed, 0.01, _random_rates(random.Random(seed)))
    run = folded(year)
    assert not _surprises(run)
    for day in (date(2024, 9, 1), date(2025, 7, 1)):
        assert sum(_compared(run, year, table, midnight_ms(day)) for table in TABLES) > 40


def _random_rates(rng: random.Random) -> Rates:
    """All but those that this plain recount cannot tell (`tests/followup/test_truth.py` does)."""
    drawn = {
        rate.name: rng.choice((0.0, 0.1, 0.3, 0.6, 1.0))
        for rate in fields(Rates)
        if rate.name not in {"wrong", "troubled_persons", "duplicated", "met_early"}
    }
    return Rates(**drawn)


def test_days_to_the_assessment_are_carried_by_the_facts(run: Run, small_year: Year) -> None:
    """2024-T1, days: the gateway says them of every assessment, also of those without identity."""
    facts = standing(run.facts, "9999")
    days = [
        fact["fields"]["benefit_days"]
        for fact in facts
        if fact["fact"] == "meeting.assessment_completed"
        and fact["event_at"].startswith("2024")
        and fact["fields"]["inside_benefit_period"]
        and "benefit_days" in fact["fields"]
    ]
    booked = figures(small_year.truth, "2024-T1")[Key("gk_days_to_first", "total", (), "total")]
    second_rounds = sum(one.round_no == 2 for one in small_year.truth.ledger.rounds)
    assert booked.denominator == len(days) - second_rounds


def test_reminders_are_the_exception(run: Run, small_year: Year) -> None:
    """Parties that meet regularly are not reminded: few of the open cases are overdue."""
    overdue = run.notices_of_the_log["se.samverkan.notice.follow_up_overdue.v1"] / 2
    assert 0 < overdue < 0.1 * len(small_year.truth.ledger.rounds)
    assert run.notices_of_the_log["se.samverkan.notice.sgi_reminder.v1"] > 0
    assert run.notices_of_the_log["se.samverkan.notice.sgi_missed.v1"] > 0


def _utc(moment_ms: int) -> str:
    """RFC 3339 UTC as the gateway writes it, for comparison as text."""
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
