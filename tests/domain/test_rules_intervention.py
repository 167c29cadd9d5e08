"""Rules on interventions and benefits: BR-06 to BR-12, BR-26."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dsl import Gateway, agreed

SP = "sjukpenning"
AE = "aktivitetsersattning_nedsatt_arbetsformaga"
BELOW: dict[str, Any] = {"extent_fraction": 0.2, "benefit_during": SP}
PROPOSED, DECIDED = "plan.intervention_proposed", "plan.intervention_decided"


def assessed(day: str, benefit: str = SP, to: str | None = None) -> Gateway:
    """An assessed round of a person with a benefit."""
    gateway = Gateway().on(day)
    gateway.consented()
    period = {"benefit": benefit, "extent": 1, "from": "2010-01-01", "to": to}
    opened = gateway.send("referral.initiated", benefits=[period])
    assert opened.status.startswith("ACCEPTED"), opened.receipt
    assert gateway.send("meeting.assessment_completed").status == "ACCEPTED"
    return gateway


# -- BR-08: no programme below a quarter


@pytest.mark.parametrize(
    ("day", "name", "status", "codes"),
    [
        ("2018-01-31", PROPOSED, "ACCEPTED", []),
        ("2018-02-01", PROPOSED, "ACCEPTED_WITH_WARNING", ["BR-08"]),
        ("2018-09-30", PROPOSED, "ACCEPTED_WITH_WARNING", ["BR-08"]),
        ("2018-10-01", PROPOSED, "REJECTED", ["BR-08"]),
        ("2018-01-31", DECIDED, "ACCEPTED", []),
        ("2018-02-01", DECIDED, "ACCEPTED_WITH_WARNING", ["BR-08"]),
        ("2018-10-01", DECIDED, "ACCEPTED_WITH_WARNING", ["BR-08"]),
    ],
)
def test_a_programme_below_a_quarter_is_dated_by_its_event(
    day: str, name: str, status: str, codes: list[str]
):
    """Acceptance check 6."""
    answer = assessed(day).send(name, **BELOW)
    assert (answer.status, answer.codes) == (status, codes)
    if codes:
        severity = "error" if status == "REJECTED" else "warning"
        assert answer.details["BR-08"] == (severity, "data.extent_fraction")


@pytest.mark.parametrize(
    ("name", "told"), [(DECIDED, ["fk", "af"]), (PROPOSED, [])], ids=["decided", "proposed"]
)
def test_both_are_told_of_what_was_decided_below_a_quarter(name: str, told: list[str]):
    answer = assessed("2018-03-01").send(name, **BELOW)
    assert answer.told("intervention_below_quarter") == told
    if told:
        assert answer.notice("intervention_below_quarter", "fk") == {
            "case_id": "S-1",
            "message_id": answer.message_id,
            "program": "arbetslivsinriktad_rehabilitering",
        }


@pytest.mark.parametrize(("fraction", "codes"), [(0.2499, ["BR-08"]), (0.25, [])])
def test_a_quarter_is_enough(fraction: float, codes: list[str]):
    answer = assessed("2024-01-10").send(PROPOSED, benefit_during=SP, extent_fraction=fraction)
    assert answer.codes == codes


def test_below_a_quarter_without_a_programme_is_allowed():
    assert assessed("2024-01-10").send(PROPOSED, program="none", **BELOW).status == "ACCEPTED"


@pytest.mark.parametrize("benefit", [AE, "sjukersattning"])
@pytest.mark.parametrize("named", [True, False])
def test_who_keeps_the_benefit_is_exempt(benefit: str, named: bool):
    """BR-10."""
    data = {"extent_fraction": 0.2, "benefit_during": benefit if named else None}
    answer = assessed("2016-01-10", benefit).on("2024-01-10").send(PROPOSED, **data)
    assert answer.status == "ACCEPTED"


@pytest.mark.parametrize("benefit", [SP, "sjukpenning_sarskilda_fall"])
def test_without_a_named_benefit_the_latest_known_counts(benefit: str):
    answer = assessed("2024-01-10", benefit).send(PROPOSED, extent_fraction=0.2)
    assert answer.codes == ["BR-08"]


def decided(gateway: Gateway, benefit: str, **data: Any) -> None:
    answer = gateway.send("status.benefit_decided", benefit=benefit, decision="bevilja", **data)
    assert answer.status.startswith("ACCEPTED"), answer.receipt


def test_a_benefit_granted_later_is_known_from_fks_decision():
    gateway = assessed("2016-01-10", AE)
    gateway.on("2024-01-10")
    decided(gateway, SP)
    assert gateway.send(PROPOSED, extent_fraction=0.2).codes == ["BR-08"]


def test_a_benefit_whose_period_is_over_does_not_count_while_another_runs():
    gateway = assessed("2024-01-10", SP, to="2024-01-31")
    gateway.on("2024-02-05")
    decided(gateway, "sjukersattning")
    assert gateway.send(PROPOSED, extent_fraction=0.2).status == "ACCEPTED"


def test_a_benefit_that_fk_has_ended_does_not_count_while_another_runs():
    gateway = assessed("2024-01-10", SP)
    gateway.on("2024-02-01").send("status.benefit_decided", benefit=SP, decision="upphora")
    decided(gateway.on("2024-02-05"), "sjukersattning")
    assert gateway.send(PROPOSED, extent_fraction=0.2).status == "ACCEPTED"


def test_a_benefit_granted_again_after_its_end_counts_again():
    gateway = assessed("2024-01-10", SP)
    gateway.on("2024-02-01").send("status.benefit_decided", benefit=SP, decision="upphora")
    decided(gateway.on("2024-02-05"), SP)
    assert gateway.send(PROPOSED, extent_fraction=0.2).codes == ["BR-08"]


def test_when_every_benefit_is_over_the_one_that_ended_last_counts():
    gateway = assessed("2024-01-10", SP, to="2024-01-31")
    old = {"benefit": "sjukersattning", "extent": 1, "from": "2015-01-01", "to": "2020-12-31"}
    gateway.send("status.benefit_decided", benefit="sjukersattning", periods=[old])
    assert gateway.on("2024-02-05").send(PROPOSED, extent_fraction=0.2).codes == ["BR-08"]


def test_a_benefit_that_is_still_to_begin_is_better_known_than_none():
    gateway = Gateway().on("2024-01-10")
    gateway.consented()
    period = {"benefit": SP, "extent": 1, "from": "2024-02-01"}
    gateway.send("referral.initiated", benefits=[period])
    gateway.send("meeting.assessment_completed")
    assert gateway.send(PROPOSED, extent_fraction=0.2).codes == ["BR-08"]


def test_a_refused_benefit_is_none():
    gateway = assessed("2016-01-10", AE)
    gateway.on("2024-01-10").send("status.benefit_decided", benefit=SP, decision="avslag")
    assert gateway.send(PROPOSED, extent_fraction=0.2).status == "ACCEPTED"


# -- BR-09: no insurance outside a programme

OUTSIDE: dict[str, Any] = {**BELOW, "program": "none"}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"delivery": "leverantor"}, "data.delivery"),
        ({"delivery": "arbetsgivare"}, "data.delivery"),
        ({"workplace_activity": True}, "data.workplace_activity"),
    ],
)
@pytest.mark.parametrize(("name", "severity"), [(PROPOSED, "error"), (DECIDED, "warning")])
def test_below_a_quarter_nobody_is_sent_out_uninsured(
    data: dict[str, Any], path: str, name: str, severity: str
):
    answer = assessed("2018-10-01").send(name, **{**OUTSIDE, **data})
    assert answer.details == {"BR-09": (severity, path)}
    assert answer.status == ("REJECTED" if severity == "error" else "ACCEPTED_WITH_WARNING")
    assert assessed("2018-09-30").send(name, **{**OUTSIDE, **data}).codes == []


@pytest.mark.parametrize(
    "change",
    [
        {"insurance_ref": "FK-1"},
        {"extent_fraction": 0.25},
        {"benefit_during": AE},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_insurance_a_quarter_or_another_benefit_lifts_it(change: dict[str, Any]):
    sent_out = {"delivery": "leverantor", "workplace_activity": True}
    answer = assessed("2024-01-10").send(PROPOSED, **{**OUTSIDE, **sent_out, **change})
    assert answer.status == "ACCEPTED"


# -- BR-07: the order of interventions


@pytest.mark.parametrize(
    ("first", "second", "days", "codes"),
    [
        ("arbetslivsinriktad", "arbetsforberedande", 1, ["BR-07"]),
        ("arbetslivsinriktad", "arbetsforberedande", 0, []),
        ("arbetsforberedande", "arbetslivsinriktad", 1, []),
        ("arbetsforberedande", "arbetsforberedande", 1, []),
        ("arbetslivsinriktad", "arbetslivsinriktad", 1, []),
    ],
)
def test_preparing_comes_before_work(first: str, second: str, days: int, codes: list[str]):
    gateway = assessed("2024-01-10")
    gateway.send(DECIDED, category=first)
    answer = gateway.later(days=days).send(DECIDED, category=second, insats_id="I-2")
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-07"] == ("warning", "data.category")


# -- BR-11, BR-26: the base of the share


@pytest.mark.parametrize(("day", "codes"), [("2018-01-31", []), ("2018-02-01", ["BR-11"])])
@pytest.mark.parametrize("during", [SP, "rehabiliteringspenning"])
def test_a_share_needs_its_base(day: str, codes: list[str], during: str):
    answer = assessed(day).send(DECIDED, base=None, benefit_during=during)
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-11"] == ("warning", "data.base")


def test_who_keeps_the_benefit_needs_no_base():
    assert assessed("2024-01-10").send(DECIDED, base=None, benefit_during=AE).codes == []


def test_when_no_benefit_is_known_a_base_is_asked_for():
    gateway = Gateway()
    gateway.consented()
    gateway.send("meeting.assessment_completed")
    gateway.later(days=14).tick()
    assert gateway.send(DECIDED, base=None).codes == ["BR-11"]


@pytest.mark.parametrize(
    ("program", "during", "codes"),
    [
        ("arbetsmarknadsutbildning", "aktivitetsstod", ["BR-26"]),
        ("arbetsmarknadsutbildning", "utvecklingsersattning", ["BR-26"]),
        ("arbetsmarknadsutbildning", "etableringsersattning", ["BR-26"]),
        ("none", "aktivitetsstod", []),
        ("arbetsmarknadsutbildning", SP, []),
        ("arbetsmarknadsutbildning", None, []),
    ],
)
def test_a_programme_with_compensation_changes_the_base_of_sickness_benefit(
    program: str, during: str | None, codes: list[str]
):
    answer = assessed("2024-01-10").send(DECIDED, program=program, benefit_during=during)
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-26"] == ("warning", "data.benefit_during")


# -- BR-11, BR-12: benefit decisions


@pytest.mark.parametrize(("day", "codes"), [("2018-01-31", []), ("2018-02-01", ["BR-11"])])
def test_a_decision_that_names_a_share_names_its_base(day: str, codes: list[str]):
    gateway = Gateway().on(day)
    share = {"benefit": "rehabiliteringspenning", "extent_fraction": 0.5}
    assert gateway.send("status.benefit_decided", **share).codes == codes
    assert gateway.send("status.benefit_decided", base="heltid", **share).codes == []


@pytest.mark.parametrize(
    ("day", "changes", "codes"),
    [
        ("2018-02-01", {}, ["BR-12"]),
        ("2018-01-31", {}, []),
        ("2018-02-01", {"extent_fraction": 0.25}, []),
        ("2018-02-01", {"benefit": "rehabiliteringspenning_sarskilda_fall"}, ["BR-12"]),
        ("2018-02-01", {"benefit": SP}, []),
        ("2018-02-01", {"decision": "avslag"}, []),
        ("2018-02-01", {"extent_fraction": None}, []),
    ],
)
def test_rehabiliteringspenning_below_a_quarter_is_flagged_since_fk_decides(
    day: str, changes: dict[str, Any], codes: list[str]
):
    data = {"benefit": "rehabiliteringspenning", "extent_fraction": 0.24, "base": "heltid"}
    answer = Gateway().on(day).send("status.benefit_decided", **{**data, **changes})
    assert answer.codes == codes
    if codes:
        assert answer.details["BR-12"] == ("warning", "data.extent_fraction")


@pytest.mark.parametrize(("day", "codes"), [("2024-02-29", ["BR-09"]), ("2024-03-01", [])])
def test_the_rule_of_insurance_ends_on_the_agreed_day(day: str, codes: list[str]):
    """BR-09 holds until there is an insurance; the agreement says from when."""
    gateway = Gateway(agreement=agreed(dates={"workplace_insurance": "2024-03-01"})).on(day)
    gateway.assessed_case()
    answer = gateway.send(PROPOSED, program="none", delivery="leverantor", extent_fraction=0.2)
    assert answer.codes == codes
