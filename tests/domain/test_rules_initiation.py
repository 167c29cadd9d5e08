"""Rules on the way into the cooperation: BR-01, 02, 03, 13, 43, 44."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.registry import BY_NAME
from tests.dsl import DEFAULTS, Gateway, agreed

AE = "aktivitetsersattning_nedsatt_arbetsformaga"


def consented(day: str) -> Gateway:
    gateway = Gateway().on(day)
    gateway.consented()
    return gateway


def benefit(name: str) -> dict[str, Any]:
    return {"benefits": [{"benefit": name, "extent": 1, "from": "2010-01-01"}]}


# -- BR-01: AF's own path


@pytest.mark.parametrize(
    ("day", "status"), [("2019-05-14", "ACCEPTED"), ("2019-05-15", "REJECTED")]
)
def test_af_opens_cases_until_14_may_2019(day: str, status: str):
    """Acceptance check 3."""
    answer = consented(day).send("referral.initiated", "af", initiating_path="af_initiated")
    assert answer.status == status
    if status == "REJECTED":
        assert answer.details == {"BR-01": ("error", "data.initiating_path")}


def test_a_late_registration_of_afs_path_is_judged_by_the_day_of_the_event():
    gateway = consented("2019-06-03")
    path = {"initiating_path": "af_initiated", "day": "2019-05-14"}
    assert gateway.send("referral.initiated", "af", **path).status == "ACCEPTED"


def test_the_day_on_which_afs_path_closes_is_agreed():
    gateway = Gateway(agreement=agreed(dates={"af_path_closed": "2025-01-01"}))
    gateway.consented()
    assert gateway.send("referral.initiated", "af", initiating_path="af_initiated").status == (
        "ACCEPTED"
    )


@pytest.mark.parametrize("path", ["fk_identified", "individual_application"])
def test_the_other_paths_are_open_always(path: str):
    for day in ("2012-01-02", "2019-05-15", "2024-01-10"):
        assert consented(day).send("referral.initiated", initiating_path=path).status == "ACCEPTED"


# -- BR-43: who may send what

ONE_SENDER = [name for name, kind in BY_NAME.items() if len(kind.senders) == 1]
TWO_SENDERS = [
    name for name, kind in BY_NAME.items() if len(kind.senders) == 2 and name in DEFAULTS
]


@pytest.mark.parametrize("name", ONE_SENDER)
def test_only_the_role_sends_its_types(name: str):
    (right,) = BY_NAME[name].senders
    gateway = Gateway().assessed_case()
    gateway.send("plan.intervention_proposed")
    gateway.send("sgi.opened")
    wrong = gateway.send(name, "af" if right == "fk" else "fk")
    assert wrong.status == "REJECTED"
    assert wrong.details["BR-43"] == ("error", "source")
    assert "BR-43" not in gateway.send(name, right).codes


@pytest.mark.parametrize("name", TWO_SENDERS)
@pytest.mark.parametrize("agency", ["fk", "af"])
def test_either_sends_the_types_of_both(name: str, agency: str):
    if name == "referral.initiated":
        return  # AF's own path, below
    gateway = Gateway().on("2024-04-10").assessed_case()
    assert "BR-43" not in gateway.send(name, agency).codes


@pytest.mark.parametrize("path", ["fk_identified", "individual_application"])
def test_af_opens_a_case_by_no_path_but_its_own(path: str):
    answer = consented("2018-01-10").send("referral.initiated", "af", initiating_path=path)
    assert answer.details["BR-43"] == ("error", "source")


def test_the_agreement_may_name_other_senders():
    types = {"types": {"plan.set": {"senders": ["af"]}}}
    gateway = Gateway(agreement=agreed(**types)).opened_case()
    assert gateway.send("plan.set", "af").status == "ACCEPTED"
    assert gateway.send("plan.set", "fk").codes == ["BR-43"]


# -- BR-44: sex and month of birth


@pytest.mark.parametrize("field", ["sex", "birth_year_month"])
def test_missing_demography_is_flagged_and_counted_as_unknown(field: str):
    answer = consented("2024-01-10").send("referral.initiated", **{field: None})
    assert answer.status == "ACCEPTED_WITH_WARNING"
    assert answer.details == {"BR-44": ("warning", f"data.{field}")}
    assert answer.fact[field] == ("okant" if field == "sex" else None)
    assert answer.fact["flags"] == ["BR-44"]


def test_both_missing_are_two_reasons_with_one_flag():
    answer = consented("2024-01-10").send("referral.initiated", sex=None, birth_year_month=None)
    assert answer.codes == ["BR-44", "BR-44"]
    assert answer.fact["flags"] == ["BR-44"]


# -- BR-03: without a benefit from FK


def test_without_a_benefit_from_fk_the_referral_waits_for_an_application():
    gateway = consented("2024-01-10")
    held = gateway.send("referral.initiated", **benefit("forsorjningsstod"))
    assert (held.status, held.details) == ("HELD", {"BR-03": ("hold", "data.application_at")})
    ended = gateway.later(days=14).tick()
    assert ended.released == [(held.message_id, "REJECTED")]
    assert [(r["code"], r["severity"]) for r in ended.receipts[0]["reasons"]] == [
        ("BR-03", "error")
    ]


@pytest.mark.parametrize(
    ("certificate", "codes"), [(True, []), (False, ["BR-03"]), (None, ["BR-03"])]
)
def test_with_an_application_it_passes_and_a_missing_certificate_is_flagged(
    certificate: bool | None, codes: list[str]
):
    answer = consented("2024-01-10").send(
        "referral.initiated",
        application_at="2024-01-05",
        certificate_present=certificate,
        **benefit("ingen_sgi_ingen_ersattning"),
    )
    assert answer.codes == codes
    assert answer.status.startswith("ACCEPTED")


@pytest.mark.parametrize("name", ["sjukpenning", "rehabiliteringspenning", "sjukersattning"])
def test_with_a_benefit_from_fk_no_application_is_asked_for(name: str):
    both = benefit(name)["benefits"] + benefit("forsorjningsstod")["benefits"]
    answer = consented("2024-01-10").send("referral.initiated", benefits=both)
    assert answer.status == "ACCEPTED"


def test_afs_own_path_needed_no_application():
    answer = consented("2019-01-10").send(
        "referral.initiated", "af", initiating_path="af_initiated", **benefit("annan")
    )
    assert answer.status == "ACCEPTED"


# -- BR-02: need assessed before the call


@pytest.mark.parametrize(("day", "flagged"), [("2023-11-30", False), ("2023-12-01", True)])
@pytest.mark.parametrize("assessed", [None, {"assessed": False}])
def test_from_december_2023_fk_has_assessed_the_need_before_it_calls(
    day: str, flagged: bool, assessed: dict[str, bool] | None
):
    gateway = consented(day)
    gateway.send("referral.initiated", need_assessed=assessed)
    answer = gateway.send("referral.called")
    assert answer.details == ({"BR-02": ("warning", "data.kallelse_at")} if flagged else {})
    gateway.send("referral.initiated", round_no=2)
    assert gateway.send("referral.called", round_no=2).codes == []


# -- BR-13: the age of aktivitetsersättning


@pytest.mark.parametrize(
    ("day", "born", "flagged"),
    [
        ("2019-06-30", "2000-12", True),
        ("2019-07-01", "2000-01", False),
        ("2024-03-31", "1994-04", False),
        ("2024-04-01", "1994-04", True),
    ],
)
@pytest.mark.parametrize("name", [AE, "aktivitetsersattning_forlangd_skolgang"])
def test_aktivitetsersattning_runs_from_july_of_the_19th_year_to_the_month_before_30(
    day: str, born: str, flagged: bool, name: str
):
    answer = consented(day).send("referral.initiated", birth_year_month=born, **benefit(name))
    assert answer.details == ({"BR-13": ("warning", "data.benefits")} if flagged else {})


def test_the_age_is_that_of_the_message_or_of_an_earlier_one_or_not_known():
    gateway = consented("2024-01-10")
    old = {"decision": "bevilja", "benefit": AE}
    assert gateway.send("status.benefit_decided", **old).codes == []
    gateway.send("referral.initiated", birth_year_month="1981-04")
    assert gateway.send("status.benefit_decided", **old).details == {
        "BR-13": ("warning", "data.benefit")
    }
    young = {**old, "birth_year_month": "2000-01"}
    assert gateway.send("status.benefit_decided", **young).codes == []


def test_other_benefits_have_no_such_age():
    answer = consented("2024-01-10").send("referral.initiated", birth_year_month="1950-01")
    assert answer.codes == []
