"""Closed code lists of the contract (section 11) and of the requirements (section 3).

A code outside its list is refused; a new code is a new minor version of the contract. Each list
is a `Literal` for the type checker and for pydantic; `values` gives its codes as a tuple.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

Agency = Literal["fk", "af"]
Family = Literal["referral", "plan", "meeting", "sgi", "status", "consent"]
System = Literal["arende", "usa", "sus-migrated", "usa-migrated", "midas-migrated", "manual"]
Capture = Literal["harvested", "manual", "migrated"]
HandlerRole = Literal[
    "forsakringsutredare",
    "personlig_handlaggare",
    "sarskild_beslutsfattare",
    "arbetsformedlare",
    "af_specialist",
    "sius",
    "alr",
    "system",
]

Benefit = Literal[
    "sjukpenning",
    "rehabiliteringspenning",
    "rehabiliteringspenning_sarskilda_fall",
    "sjukpenning_sarskilda_fall",
    "aktivitetsersattning_nedsatt_arbetsformaga",
    "aktivitetsersattning_forlangd_skolgang",
    "sjukersattning",
    "aktivitetsstod",
    "utvecklingsersattning",
    "etableringsersattning",
    "arbetsloshetsersattning",
    "forsorjningsstod",
    "ingen_sgi_ingen_ersattning",
    "annan",
]
TransitionBenefit = Literal[
    "sjukpenning", "aktivitetsersattning_nedsatt_arbetsformaga", "sjukersattning"
]
BENEFITS_WITH_CASE_START: Final = frozenset(
    {
        "sjukpenning",
        "aktivitetsersattning_nedsatt_arbetsformaga",
        "aktivitetsersattning_forlangd_skolgang",
        "sjukersattning",
    }
)
"""Benefits that make `benefit_case_start` required in `referral.initiated`."""

Sex = Literal["kvinna", "man", "okant"]
Employment = Literal[
    "anstalld", "egen_foretagare", "arbetslos", "studerande", "foraldraledig", "okand"
]
InitiatingPath = Literal["fk_identified", "individual_application", "af_initiated"]
DiagnosisGroup = Literal["psykiatrisk", "annan", "flera_varav_psykiatrisk", "uppgift_saknas"]
CountryOfBirthGroup = Literal["inrikes", "utrikes"]
EducationLevel = Literal["forgymnasial", "gymnasial", "eftergymnasial"]
YesNo = Literal["ja", "nej"]
QueueReason = Literal["none", "capacity", "awaiting_medical", "awaiting_employer"]
NoChainReason = Literal["arbetslos", "studerande", "foraldraledig", "annat"]
Investigation = Literal[
    "sassam",
    "fkr",
    "afu_aktivitetsformageutredning",
    "afu_instrument_2014",
    "avstamningsmote",
    "alr_radgivning",
    "none",
]
NoCaseReason = Literal[
    "refused_consent", "capacity", "late", "rejected", "individual_declined", "not_ready"
]

Channel = Literal["fysiskt", "video", "telefon", "okand"]
Attendee = Literal[
    "individ",
    "forsakringsutredare",
    "arbetsformedlare",
    "af_specialist",
    "vardgivare",
    "arbetsgivare",
    "kommun",
    "samordningsforbund",
    "annan",
]
CallAnswer = Literal["accepterat", "avbojt", "uteblev", "ombokat"]
OfferAnswer = Literal["ja", "nej", "inget_svar"]
AnswerReason = Literal["ater_arbetsgivare", "redan_inskriven", "ser_inget_varde", "annat"]

Actor = Literal["samordningsforbund", "esf", "kommun", "vard", "arbetsgivare"]
NextActor = Literal[
    "fk", "af", "individ", "samordningsforbund", "esf", "kommun", "vard", "arbetsgivare"
]
"""Who takes the next step or answers for an activity: an agency, the person, another actor."""
Step = Literal[
    "forrehabilitering",
    "medicinsk_rehabilitering",
    "arbetsgivarstod",
    "kommunal_insats",
    "esf_insats",
    "annat",
]

MeetingForm = Literal[
    "gemensam_kartlaggning",
    "gemensam_uppfoljning",
    "kontaktmote",
    "overlamningsmote",
    "omstallningsmote",
    "avstamningsmote",
]
TransitionMeetingForm = Literal["overlamningsmote", "omstallningsmote"]
GkConclusion = Literal[
    "plan_af_insats",
    "stod_fran_en_myndighet",
    "annan_aktor",
    "arbetsgivarstod_konsultativt",
    "ej_redo_nu",
    "fler_moten",
]
FollowUpResult = Literal["plan_oforandrad", "plan_reviderad", "okad_omfattning", "ej_utveckling"]
AbilityTrend = Literal["okar", "oforandrad", "minskar"]
FollowUpDecision = Literal["fortsatt", "byt_insats", "avsluta"]

Goal = Literal["arbete", "studier", "arbetsprovning", "okad_aktivitet"]
ChangeReason = Literal["uppfoljning", "ny_info", "benefit_andring", "aktor"]
InsatsCategory = Literal["arbetsforberedande", "arbetslivsinriktad"]
LastInsatsCategory = Literal["arbetsforberedande", "arbetslivsinriktad", "none"]
Delivery = Literal["egen_regi", "leverantor", "arbetsgivare"]
Program = Literal[
    "none",
    "arbetslivsinriktad_rehabilitering",
    "vagledning_platsformedling",
    "fordjupad_kartlaggning_vagledning",
    "forberedande_utbildning",
    "arbetsmarknadsutbildning",
    "arbetslivsintroduktion",
    "jobb_och_utvecklingsgarantin",
    "jobbgaranti_for_ungdomar",
    "etableringsinsatser",
    "annat",
]
ActivityType = Literal[
    "vagledning",
    "utredning",
    "studiebesok",
    "stodsamtal",
    "gruppaktivitet",
    "datortraning",
    "friskvard",
    "specialist",
    "arbetspraktik",
    "arbetsprovning",
    "arbetstraning",
    "arbetsplatsaktivitet",
    "yrkesvagledning",
    "jobbsokning",
    "anpassningssamtal",
    "annat",
]
ExtentBase = Literal["arsarbetstid_sgi", "heltid"]
EXTENTS: Final = (0.25, 0.5, 0.75, 1.0)
"""Share of full; a list of numbers, so no Literal."""
EndReason = Literal["fortsatter_annan_insats", "avslut", "avbrott_halsa", "annat"]

Outcome = Literal[
    "employment_unsubsidised",
    "employment_subsidised",
    "studies",
    "oppet_arbetssokande",
    "program",
    "kvar_sp",
    "kvar_ae",
    "utbyte_till_se",
    "annan_fk_atgard",
    "ingen_uppgift",
    "registrering_saknas",
    "closed_after_gk_only",
    "administrative_close",
]
OUTCOMES_REGAINED: Final = frozenset(
    {
        "employment_unsubsidised",
        "employment_subsidised",
        "studies",
        "oppet_arbetssokande",
        "program",
    }
)
OUTCOMES_REMAINING: Final = frozenset({"kvar_sp", "kvar_ae", "utbyte_till_se", "annan_fk_atgard"})
OUTCOMES_UNKNOWN: Final = frozenset({"ingen_uppgift", "registrering_saknas"})
Occupation = Literal[
    "employment_unsubsidised",
    "employment_subsidised",
    "studies",
    "oppet_arbetssokande",
    "program",
]
LeftExtent = Literal["helt", "delvis"]
FkNext = Literal["none", "samordningsforbund", "utbyte_till_se", "annan"]
Agreed = Literal["both_agree", "af_disputes", "fk_disputes"]

AfCategory = Literal[
    "oppet_arbetssokande",
    "i_program",
    "arbetssokande_med_forhinder",
    "avaktualiserad",
    "anstalld_med_stod",
    "okand",
]
BenefitDecision = Literal["bevilja", "avslag", "minska", "upphora"]
ReasonGroup = Literal["ingen_nedsatt_arbetsformaga", "annat"]

ProtectionState = Literal["open", "protected", "at_risk", "missed", "not_applicable", "unknown"]

ConsentPurpose = Literal["statistics_personal_data", "information_exchange", "survey"]
ConsentStatus = Literal["given", "refused", "withdrawn", "not_asked", "not_required"]
ConsentForm = Literal["skriftligt", "muntligt", "digitalt"]

CorrectionReason = Literal["fel_datum", "fel_uppgift", "fel_person", "efterregistrering", "annat"]
VoidReason = Literal["fel_person", "dubblett", "hande_inte"]


def values(code_list: Any) -> tuple[str, ...]:
    """Return the codes of one list of this module, in the order of the contract."""
    return tuple(str(code) for code in get_args(code_list))
