"""The code lists are those of the contract, closed, and checked wherever they are used."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from schemas import codes
from schemas.registry import REGISTRY
from tests.schemas.make import decode, golden, problems


def code_fields() -> list[tuple[str, str, tuple[str, ...]]]:
    """Every (type, field, codes) of the first level whose values are a closed list."""
    return [
        (row.name, info.alias or field, allowed)
        for row in REGISTRY.values()
        for field, info in row.model.model_fields.items()
        if (allowed := literals(info.annotation))
    ]


def literals(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return ()
    return next((found for arg in get_args(annotation) if (found := literals(arg))), ())


@pytest.mark.parametrize(("name", "field", "allowed"), code_fields())
def test_every_code_list_is_closed_and_complete(name, field, allowed):
    value = golden(f"se.samverkan.{name}.v1")
    many = isinstance(value["data"].get(field), list) or field in {
        "invited",
        "parallel_actors",
        "activity_types",
        "close_criteria",
    }
    for code in allowed:
        value["data"][field] = [code] if many else code
        if field == "status" and code == "given":
            value["data"]["valid_from"] = "2024-01-01"
        assert decode(value).problems == ()
    value["data"][field] = ["fax"] if many else "fax"
    decoded = decode(value)
    path = f"data.{field}[0]" if many else f"data.{field}"
    assert problems(decoded) == [("schema.invalid", path)]
    assert decoded.problems[0].detail == "not_in_code_list"


LISTS = {
    "Sex": "kvinna, man, okant",
    "BenefitDecision": "bevilja, avslag, minska, upphora",
    "ReasonGroup": "ingen_nedsatt_arbetsformaga, annat",
    "CallAnswer": "accepterat, avbojt, uteblev, ombokat",
    "OfferAnswer": "ja, nej, inget_svar",
    "AnswerReason": "ater_arbetsgivare, redan_inskriven, ser_inget_varde, annat",
    "FollowUpResult": "plan_oforandrad, plan_reviderad, okad_omfattning, ej_utveckling",
    "AbilityTrend": "okar, oforandrad, minskar",
    "FollowUpDecision": "fortsatt, byt_insats, avsluta",
    "Goal": "arbete, studier, arbetsprovning, okad_aktivitet",
    "ChangeReason": "uppfoljning, ny_info, benefit_andring, aktor",
    "EndReason": "fortsatter_annan_insats, avslut, avbrott_halsa, annat",
    "LastInsatsCategory": "arbetsforberedande, arbetslivsinriktad, none",
    "Program": "none, arbetslivsinriktad_rehabilitering, vagledning_platsformedling, "
    "fordjupad_kartlaggning_vagledning, forberedande_utbildning, arbetsmarknadsutbildning, "
    "arbetslivsintroduktion, jobb_och_utvecklingsgarantin, jobbgaranti_for_ungdomar, "
    "etableringsinsatser, annat",
    "ActivityType": "vagledning, utredning, studiebesok, stodsamtal, gruppaktivitet, "
    "datortraning, friskvard, specialist, arbetspraktik, arbetsprovning, arbetstraning, "
    "arbetsplatsaktivitet, yrkesvagledning, jobbsokning, anpassningssamtal, annat",
    "Step": "forrehabilitering, medicinsk_rehabilitering, arbetsgivarstod, kommunal_insats, "
    "esf_insats, annat",
    "ConsentForm": "skriftligt, muntligt, digitalt",
    "FkNext": "none, samordningsforbund, utbyte_till_se, annan",
    "Agreed": "both_agree, af_disputes, fk_disputes",
    "CorrectionReason": "fel_datum, fel_uppgift, fel_person, efterregistrering, annat",
    "VoidReason": "fel_person, dubblett, hande_inte",
    "ProtectionState": "open, protected, at_risk, missed, not_applicable, unknown",
    "TransitionMeetingForm": "overlamningsmote, omstallningsmote",
    "ExtentBase": "arsarbetstid_sgi, heltid",
    "Channel": "fysiskt, video, telefon, okand",
    "ConsentStatus": "given, refused, withdrawn, not_asked, not_required",
    "ConsentPurpose": "statistics_personal_data, information_exchange, survey",
}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_the_code_lists_are_those_of_the_contract(name):
    assert list(codes.values(getattr(codes, name))) == LISTS[name].split(", ")


def test_the_outcomes_fall_into_levels():
    named = codes.OUTCOMES_REGAINED | codes.OUTCOMES_REMAINING | codes.OUTCOMES_UNKNOWN
    assert set(codes.values(codes.Outcome)) - named == {
        "closed_after_gk_only",
        "administrative_close",
    }
