"""What no table prints, from the books: waiting, offers, SGI protection, flow."""

from __future__ import annotations

from datetime import date

import pytest

from simulator.days import midnight_ms
from simulator.truth import Key, figures
from simulator.unprinted import (
    LOST,
    OPEN,
    SAVED,
    consents,
    flow,
    occupations,
    offers,
    protection,
    protections,
    waiting,
)
from simulator.year import Year

pytestmark = pytest.mark.unmeasured

TOTAL = "total"


def test_who_waits_for_capacity_waits_longest(full_year: Year) -> None:
    """N8: over all assessments of the year, and longer with a queue."""
    found = waiting(full_year.truth.view())
    everyone = found[Key("gk_waiting_days_mean", TOTAL, (), TOTAL)]
    assert everyone.denominator == 8886
    by_reason = {
        reason: found[Key("gk_waiting_days_mean", TOTAL, (("queue_reason", reason),), TOTAL)]
        for reason in ("none", "capacity", "awaiting_medical", "awaiting_employer", "okand")
    }
    assert sum(figure.denominator or 0 for figure in by_reason.values()) == 8886
    assert by_reason["none"].value < everyone.value < by_reason["capacity"].value
    assert by_reason["okand"].denominator == full_year.truth.anonymous


@pytest.mark.parametrize(
    ("benefit", "printed"),
    [
        ("sjukpenning", {"employment": 52, "studies": 7, "employment_or_studies": 59}),
        ("aktivitetsersattning", {"employment": 61, "studies": 24, "employment_or_studies": 85}),
    ],
)
def test_occupations_are_as_the_text_says(
    full_year: Year, benefit: str, printed: dict[str, int]
) -> None:
    """N17: the text below table 3 (2024-F)."""
    found = occupations(full_year.truth.view())
    for name, value in printed.items():
        figure = found[Key("occupation_share", benefit, (("occupation", name),), TOTAL)]
        assert figure.printed() == value


def test_offers_to_all_are_not_made(full_year: Year) -> None:
    """N24: of those who can be followed about half are offered a meeting; every meeting is one."""
    found = offers(full_year.truth.view())

    def of(step: str, sex: str = TOTAL) -> int:
        return found[Key("om_chain_count", "sjukpenning", (("step", step),), sex)].numerator

    assert of("refusal") > of("offered") > of("answered") - 1 > of("accepted")
    assert of("accepted") == of("held") == 1315
    assert of("declined") > 0
    assert of("held", "women") == 800
    share = found[Key("om_chain_share", "sjukpenning", (("step", "offered"),), TOTAL)]
    assert 40 < share.value < 70


def test_lost_and_saved_protection(full_year: Year) -> None:
    """N25: most are saved, some lost, in every month; none is open when all days have passed."""
    found = protection(full_year.truth.view())
    counts = {
        state: found[Key("sgi_count", TOTAL, (("state", state),), TOTAL)].numerator
        for state in (LOST, SAVED, OPEN)
    }
    assert counts[OPEN] == 0
    assert counts[SAVED] > 4 * counts[LOST] > 0
    cases = protections(full_year.truth.view())
    assert len(cases) == counts[LOST] + counts[SAVED]
    assert {one.month for one in cases} == {f"2024-{month:02d}" for month in range(1, 13)}
    spare = [one.spare for one in cases if one.spare is not None]
    assert min(spare) < 0 < max(spare)
    assert all(one.state == LOST for one in cases if one.spare is not None and one.spare < 0)


@pytest.mark.parametrize("day", [date(2024, 4, 1), date(2024, 10, 1)])
def test_protection_is_open_while_the_days_run(full_year: Year, day: date) -> None:
    """As of a day in the year some cases are neither lost nor saved yet."""
    found = protection(full_year.truth.view(midnight_ms(day)))
    assert found[Key("sgi_count", TOTAL, (("state", OPEN),), TOTAL)].numerator > 0


def test_refusals_are_counted_once_each(full_year: Year) -> None:
    """N26: about one in a hundred, and the persons behind them are those without identity."""
    truth = full_year.truth
    counted = consents(truth.view())[Key("consent_refused_count", TOTAL, (), TOTAL)].numerator
    needs = sum(one.need.year == 2024 for one in truth.ledger.rounds)
    assert 0.005 * needs < counted < 0.02 * needs
    everyone = sum(one.count for one in truth.ledger.refused_consents)
    anonymous = sum(not one.identity.given for one in truth.ledger.rounds)
    assert anonymous < everyone < anonymous + 0.02 * len(truth.ledger.refusals)
    by_sex = [
        consents(truth.view())[Key("consent_refused_count", TOTAL, (), sex)].numerator
        for sex in ("women", "men")
    ]
    assert sum(by_sex) == counted


def test_the_flow_narrows(full_year: Year) -> None:
    """From need to call, assessment, intervention and closing there are fewer and fewer."""
    found = flow(full_year.truth.view())

    def of(step: str) -> int:
        return found[Key("flow_count", TOTAL, (("step", step),), TOTAL)].numerator

    assert of("need") > of("called") > of("assessed") > of("started")
    assert of("started") > of("closed_after_intervention") > 0
    assert of("closed_after_intervention") == of("regained") + of("remaining")
    onward = figures(full_year.truth, "2024-T2")[Key("insats_share_after_gk", TOTAL, (), TOTAL)]
    assert of("started") < onward.numerator, "some of the year's assessments are of earlier needs"
