"""N20-N26 and the flow at their limits: meetings, refusals, offers, SGI, consent."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.followup.report import report
from tests.followup.followup_dsl import AE, AE_SCHOOL, SE, store_of
from tests.followup.history_dsl import Figures, History, confirmation_of, facts_of, table

SHARE = "om_meetings_share_of_refusals"
ENROLLED = "om_enrolled_share"


def t4(root: Path, *histories: History) -> Figures:
    return table(root, "2024-T4", "2024", *histories)


def test_meetings_count_by_the_benefit_they_are_about(tmp_path: Path) -> None:
    """Both forms are not one (I20); a report of both agencies is one meeting."""
    held = History("a").met("2024-03-01", id="m").met("2024-03-02", **confirmation_of("m"))
    handed_over = History("b").met("2024-03-01", meeting_form="overlamningsmote")
    young = History.anonymous("c").met("2024-12-31", AE)
    contact = History("d", benefits=[]).tell(
        "meeting.contact_held", "2024-01-01", held_at="2024-01-01"
    )
    found = t4(tmp_path, held, handed_over, young, contact)
    assert found.of("om_meetings_count", "sjukpenning") == 1
    assert found.of("om_meetings_count", "aktivitetsersattning") == 1
    assert found.of("kontaktmoten_count", "sjukpenning") == 1


def test_the_share_of_refusals_has_both_parts(tmp_path: Path) -> None:
    """One decimal, half up; first applications and other decisions are in neither part."""
    met = [History(f"m{n}").met("2024-03-01").refused("2024-03-05") for n in range(2)]
    refused = [History.anonymous(f"r{n}").refused("2024-12-31") for n in range(14)]
    first = History("f").met("2024-03-01", first_application=True)
    first.refused("2024-03-05", first_application=True)
    granted = History("g").refused("2024-03-05", decision="bevilja")
    found = t4(tmp_path, *met, *refused, first, granted)
    assert found.parts(SHARE, "sjukpenning") == (2, 16)
    assert found.of(SHARE, "sjukpenning") == 12.5
    assert found.of("om_meetings_count", "sjukpenning") == 3
    assert found.of(SHARE, "aktivitetsersattning") is None


def test_in_2018_both_forms_count_and_ae_from_august(tmp_path: Path) -> None:
    """2018-T3: the row of aktivitetsersättning has its own period, the shares one denominator."""
    people = [
        History("a").met("2018-02-01", meeting_form="overlamningsmote"),
        History("b").met("2018-07-31", AE),
        History("c").met("2018-08-01", AE),
        History("d").met("2018-10-01", SE),
    ]
    found = table(tmp_path, "2018-T3", "2018", *people)
    counts = {row["benefit"]: (row["period"], row["value"]) for row in found.rows[::2]}
    assert counts == {
        "total": ("2018", 3),
        "sjukpenning": ("2018", 1),
        "aktivitetsersattning": ("2018-08/2018-12", 1),
        "sjukersattning": ("2018", 1),
    }
    assert found.of("om_meetings_benefit_share", "sjukersattning") == 33
    half = report(store_of(tmp_path / "h", facts_of(*people)), "2018-T3", "2018H1")
    assert {row["benefit"] for row in half} == {"total", "sjukpenning", "sjukersattning"}


def test_the_diagram_of_2018_has_a_share_for_each_month(tmp_path: Path) -> None:
    """Refusals after day 180: 181 is, 180 is not."""
    people = [History("a").met("2018-02-01"), History("b").refused("2018-02-03")]
    people += [History(f"r{n}").refused("2018-02-03", rehab_chain_day=180 + n) for n in range(3)]
    found = table(tmp_path, "2018-D1", "2018", *people)
    assert [row["period"] for row in found.rows] == [f"2018-{n:02d}" for n in range(1, 13)]
    assert [row["value"] for row in found.rows][:3] == [None, 50, None]


def t5(root: Path, *histories: History, definition: str | None = None) -> Figures:
    return table(root, "2024-T5", "2024", *histories, definition=definition)


def test_enrolled_at_the_meeting_or_later_counts(tmp_path: Path) -> None:
    """The day itself, not the day before; by the other version at most 25 days after."""
    days = ("2024-02-29", "2024-03-01", "2024-03-26", "2024-03-27", "2025-06-01")
    people = [History(f"p{n}").met("2024-03-01").enrolled(day) for n, day in enumerate(days)]
    twice = History("t").met("2024-03-01").enrolled("2024-03-02").enrolled("2024-03-03")
    assert t5(tmp_path / "a", *people, twice).parts(ENROLLED, "sjukpenning") == (5, 6)
    in_time = t5(tmp_path / "b", *people, twice, definition="2024-25-days")
    assert in_time.parts(ENROLLED, "sjukpenning") == (3, 6)
    assert in_time.row(ENROLLED, "sjukpenning")["definition"] == f"{ENROLLED}/2024-25-days"


def test_those_without_a_key_are_not_followed_to_their_enrolment(tmp_path: Path) -> None:
    """They stand apart."""
    nobody = History.anonymous("n").met("2024-03-01").enrolled("2024-03-05")
    found = t5(tmp_path, nobody, History("p").met("2024-03-01").enrolled("2024-03-05"))
    assert found.parts(ENROLLED, "sjukpenning") == (1, 1)
    assert found.of(f"{ENROLLED}_unlinked", control="unlinked") == 1


@pytest.mark.parametrize(
    ("said", "inside"),
    [
        ({"rehab_chain_day": 179}, False),
        ({"rehab_chain_day": 180}, True),
        ({"rehab_chain_day": 100, "no_chain_reason": "arbetslos"}, True),
        ({"rehab_chain_day": 100, "sammanlaggning": True}, True),
        ({}, True),
    ],
)
@pytest.mark.parametrize("where", ["meeting", "refusal"])
def test_the_population_is_that_of_footnote_19(
    tmp_path: Path, said: dict[str, object], inside: bool, where: str
) -> None:
    """From day 180, without a chain, or joined cases; said in the meeting or the refusal."""
    person = History("p").met("2024-03-01", **(said if where == "meeting" else {}))
    person.refused("2024-03-08", **(said if where == "refusal" else {}))
    assert t5(tmp_path, person).parts(ENROLLED, "sjukpenning") == (0, int(inside))


def test_a_refusal_long_before_belongs_to_another_meeting(tmp_path: Path) -> None:
    """90 days on either side; other benefits have no day 180."""
    person = History("p").met("2024-06-01").refused("2024-03-02", rehab_chain_day=100)
    young = History("y").met("2024-06-01", AE, rehab_chain_day=100)
    found = t5(tmp_path, person, young)
    assert found.parts(ENROLLED, "sjukpenning") == (0, 1)
    assert found.parts(ENROLLED, "aktivitetsersattning") == (0, 1)


def test_the_chain_from_refusal_to_enrolment(tmp_path: Path) -> None:
    """N24: offers made to all; how far each refusal came, by steps of the same benefit."""
    whole = History("a").offered("2024-02-01").answered("2024-02-03", "ja").met("2024-02-10")
    whole.refused("2024-02-15").enrolled("2024-03-01")
    declined = History("b").offered("2024-02-01").answered("2024-02-03", "nej")
    declined.refused("2024-02-15")
    silent = History("c").offered("2023-11-17").refused("2024-02-15")
    too_early = History("d").offered("2023-11-16").refused("2024-02-15")
    other = History("e").offered("2024-02-01", AE).refused("2024-02-15")
    nobody = History.anonymous("n").refused("2024-02-15")
    school = History("s").refused("2024-02-15", AE_SCHOOL)
    first = History("f").refused("2024-02-15", first_application=True)
    people = (whole, declined, silent, too_early, other, nobody, school, first)
    found = table(tmp_path, "N24", "2024", *people)
    steps = {
        step: found.parts("om_chain_share", step=step)
        for step in ("refusal", "offered", "answered", "accepted", "declined", "held", "enrolled")
    }
    assert {step: parts[0] for step, parts in steps.items()} == {
        "refusal": 5, "offered": 3, "answered": 2, "accepted": 1, "declined": 1, "held": 1,
        "enrolled": 1,
    }  # fmt: skip
    assert {parts[1] for parts in steps.values()} == {5}
    assert found.of("om_chain_count", step="offered", unit="fk-0180") == 3
    assert found.of("om_chain_count_unlinked", control="unlinked") == 1


def sgi(root: Path, *histories: History, as_of: str | None = None) -> Figures:
    store = store_of(root, facts_of(*histories))
    return Figures(report(store, "N25", "2024", as_of))


LAST = "2024-03-01"
LATER = History("later").opened("2024-12-01")


@pytest.mark.parametrize(
    ("enrolled", "state", "reason", "spare"),
    [
        ("2024-02-20", "saved", "inskriven_senast_sista_dagen", 35),
        ("2024-03-01", "saved", "inskriven_senast_sista_dagen", 25),
        ("2024-03-26", "saved", "inskriven_inom_25_dagar", 0),
        ("2024-03-27", "lost", "inskriven_for_sent", -1),
        (None, "lost", "inte_inskriven", None),
    ],
)
def test_the_protection_is_kept_until_day_25(
    tmp_path: Path, enrolled: str | None, state: str, reason: str, spare: int | None
) -> None:
    """Check 5: last day 2024-03-01, enrolled 2024-03-26 is protected, 2024-03-27 is not."""
    person = History("p").sgi(LAST)
    if enrolled:
        person.enrolled(enrolled)
    found = sgi(tmp_path, person, LATER)
    assert found.of("sgi_count", state=state, reason=reason) == 1
    assert found.of("sgi_share", state=state) == 100
    assert found.of("sgi_days_to_spare_mean", state=state) == spare
    assert found.of("sgi_days_to_spare_median", state=state) == spare
    assert found.of("sgi_count", month="2024-03", state=state) == 1
    assert found.of("sgi_count", unit="fk-0180", state=state, reason=reason) == 1


def test_until_the_deadline_the_case_is_open(tmp_path: Path) -> None:
    """As of the day: 25 days after the last day still open, the day after lost."""
    person = History("p").sgi(LAST)
    still = sgi(tmp_path / "a", person, as_of="2024-03-26")
    over = sgi(tmp_path / "b", person, as_of="2024-03-27")
    assert still.of("sgi_count", state="open") == 1
    assert still.of("sgi_share", state="lost") is None
    assert over.of("sgi_count", state="lost") == 1


def test_the_decision_of_fk_goes_before_the_days(tmp_path: Path) -> None:
    """The last one; `at_risk` leaves it to the days; not applicable is no case."""
    missed = History("a").sgi(LAST).enrolled("2024-03-05").sgi_closed("2024-05-01", "missed")
    kept = History("b").sgi(LAST).sgi_closed("2024-05-01", "missed")
    kept.sgi_closed("2024-06-01", "protected")
    risk = History("c").sgi(LAST).enrolled("2024-03-05").sgi_closed("2024-05-01", "at_risk")
    nothing = History("d").sgi(LAST).sgi_closed("2024-05-01", "not_applicable")
    without = History("e").sgi(LAST, has_sgi=False)
    nobody = History.anonymous("n").sgi(LAST).sgi_closed("2024-05-01", "missed")
    found = sgi(tmp_path, missed, kept, risk, nothing, without, nobody)
    assert found.of("sgi_count") == 4
    assert found.of("sgi_count", state="lost", reason="villkoren_inte_uppfyllda") == 1
    assert found.of("sgi_count", state="lost", reason="beslutad_forlorad") == 1
    assert found.of("sgi_count", state="saved", reason="beslutad_skyddad") == 1
    assert found.of("sgi_count", state="saved", reason="inskriven_inom_25_dagar") == 1
    assert found.parts("sgi_share", state="lost") == (2, 4)


def test_the_answer_in_the_case_goes_before_the_enrolment(tmp_path: Path) -> None:
    """And an enrolment from long before belongs to another time."""
    answered = History("a").sgi(LAST).enrolled("2024-03-20")
    answered.tell("sgi.enrolment_answered", "2024-03-11", enrolled_at="2024-03-11", sgi_key="s")
    old = History("b").sgi(LAST).enrolled("2023-12-01").enrolled("2024-03-16")
    found = sgi(tmp_path, answered, old)
    assert found.parts("sgi_days_to_spare_mean", state="saved") == (25, 2)
    assert found.of("sgi_days_to_spare_median", state="saved") == 13


def test_a_last_day_with_sickness_benefit_is_about_sickness_benefit(tmp_path: Path) -> None:
    """Also where the fact names no benefit."""
    found = sgi(tmp_path, History("p", benefits=[]).sgi(LAST), LATER)
    assert found.of("sgi_count", "sjukpenning") == 1


def test_the_flow_says_how_far_each_need_came(tmp_path: Path) -> None:
    """Each round once a step, whatever happened twice; later rounds of others not."""
    whole = History("a").opened("2024-01-01")
    whole.tell("referral.called", "2024-01-05", kallelse_at="2024-01-05")
    whole.tell("referral.called", "2024-01-06", kallelse_at="2024-01-06")
    whole.tell("referral.answered", "2024-01-08", answered_at="2024-01-08", answer="accepterat")
    whole.assessed("2024-01-20").tell("plan.set", "2024-01-20", valid_from="2024-01-20")
    whole.started("2024-02-01").closed("2025-03-01", "studies")
    only = History("b").opened("2024-01-01").assessed("2024-01-20")
    only.closed("2024-03-01", "closed_after_gk_only", last_insats_category="none")
    other_round = History("c").opened("2024-01-01").assessed("2024-06-01", round_no=2)
    nobody = History.anonymous("n").opened("2024-01-01").assessed("2024-01-20")
    found = table(tmp_path, "flow", "2024", whole, only, other_round, nobody)
    steps = {
        row["group"]["step"]: row["value"]
        for row in found.rows
        if (row["measure"], row["benefit"], row["sex"]) == ("flow_count", "total", "total")
    }
    assert steps == {
        "need": 3, "called": 1, "answered": 1, "assessed": 2, "planned": 1, "started": 1,
        "closed": 2, "closed_after_intervention": 1, "regained": 1, "remaining": 0,
    }  # fmt: skip
    assert found.of("flow_share", step="assessed") == 66.7
    assert found.of("flow_count_unlinked", control="unlinked") == 1


def test_refusals_of_consent_are_summed(tmp_path: Path) -> None:
    """N26: beside the opened rounds of the period, by benefit."""
    counted = History.anonymous("r").tell(
        "consent.refusal_counted", "2024-05-01", month="2024-05", count=3
    )
    found = table(tmp_path, "N26", "2024", counted, History("p").opened("2024-01-01"))
    assert found.of("consent_refused_count", "sjukpenning") == 3
    assert found.parts("consent_refused_share") == (3, 1)
