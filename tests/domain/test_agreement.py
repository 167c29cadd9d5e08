"""The agreement decides without a change of code: grounds, senders, versions, days (section 6)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.agreement import (
    DEFAULT_FILE,
    Agreement,
    AgreementError,
    in_words,
    load,
    meaning,
)
from gateway.agreement.explain import sentence
from gateway.agreement.model import Dates, Limits
from gateway.agreement.words import DATES, LIMITS
from gateway.languages import Language
from schemas.reasons import CATALOGUE
from schemas.registry import BY_NAME
from tests.dsl import AGREEMENT, Gateway, agreed

# -- what it changes


def with_type(name: str, **terms: Any) -> Gateway:
    return Gateway(agreement=agreed(types={name: terms}))


def test_a_type_may_pass_on_another_ground_than_its_family():
    gateway = with_type("plan.set", grounds=["statute:26-19-SFB"])
    gateway.consented()
    gateway.send("referral.initiated")
    gateway.consents("withdrawn")
    answer = gateway.send("plan.set")
    assert answer.receipt["ground"] == {"kind": "statute", "reference": "26-19-SFB"}
    assert gateway.send("plan.closed").codes == ["consent.withdrawn"]


def test_grounds_are_tried_in_their_order():
    both = ["consent:information_exchange", "statute:x"]
    gateway = with_type("meeting.contact_offered", grounds=both)
    assert gateway.send("meeting.contact_offered").receipt["ground"]["kind"] == "statute"
    gateway.consented()
    assert gateway.send("meeting.contact_offered").receipt["ground"]["kind"] == "consent"


def test_a_ground_may_be_a_consent_to_another_purpose():
    gateway = with_type("meeting.contact_offered", grounds=["consent:survey"])
    gateway.consented()
    assert gateway.send("meeting.contact_offered").codes == ["consent.out_of_scope"]
    gateway.consent = gateway.consents("given", "survey").message_id
    assert gateway.send("meeting.contact_offered").status == "ACCEPTED"
    recalled = gateway.consents("withdrawn", "survey")
    assert recalled.told("consent_withdrawn") == ["af"]


def test_none_may_be_needed():
    gateway = with_type("meeting.contact_offered", grounds=["none"])
    answer = gateway.send("meeting.contact_offered")
    assert answer.receipt["ground"] == {"kind": "none", "reference": None}
    assert dict(answer.deliveries[0].headers)["gw-ground"] == b"none"


def test_even_consent_messages_may_need_a_consent():
    """The person's first consent then never comes; it is refused, not held for ever."""
    gateway = with_type("consent.recorded", grounds=["consent:information_exchange"])
    assert gateway.send("consent.recorded").codes == ["consent.missing"]
    ref = "7bf4d1e0-bbbe-53e7-b251-2bc125612c0c"
    assert gateway.send("consent.recorded", consent_ref=ref).codes == ["consent.missing"]


def test_a_version_that_is_not_in_force_is_refused():
    gateway = Gateway(agreement=agreed(types={"status.enrolled": {"versions": [2]}}))
    answer = gateway.send("status.enrolled")
    assert answer.details == {"envelope.unsupported_version": ("error", "type")}


def test_the_agreement_of_the_decision_is_named_in_receipt_and_audit():
    tables = AGREEMENT.model_dump()
    terms = Agreement.model_validate({**tables, "version": "2031.7"})
    answer = Gateway(agreement=terms).send("status.enrolled")
    named = answer.receipt["rules_version"]
    assert re.fullmatch(r"2031\.7\+[0-9a-f]{8}", named)
    assert named == terms.rules_version
    audit = next(out for out in answer.records if out.topic == "gateway.audit")
    assert f'"agreement":"{named}"'.encode() in audit.value


# -- its hash


def written(folder: Path, text: str) -> Agreement:
    file = folder / "agreement.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def otherwise(old: str, new: str) -> str:
    """The default agreement with one place written otherwise."""
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    return text.replace(old, new)


def test_the_hash_is_that_of_the_agreed_values():
    """Pinned: another hash of the same file would name another agreement in every receipt."""
    assert AGREEMENT.rules_version == "2026.1+2d81e904"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hold_days = 14 ", "hold_days=0x0e # or so "),
        ("[limits]\n", "\n\n# Days.\n[ limits ]\n"),
        ("sgi_rule = 2024-01-01 ", "# sgi_rule = 2024-01-01 "),
        ("# workplace_insurance = 2030-01-01", "workplace_insurance = 9999-12-31"),
        ('["none"]', "[\n  'none',\n]"),
        ("late_days = 30                    # BR-36", "# BR-36"),
    ],
)
def test_comments_blanks_quotes_order_and_written_defaults_do_not_change_the_hash(
    tmp_path: Path, old: str, new: str
):
    text = otherwise(old, new)
    if "late_days = 30" not in text:
        text = text.replace("small_count = 10", "small_count = 10\nlate_days = 30")
    assert written(tmp_path, text).rules_version == AGREEMENT.rules_version


def test_rules_in_shadow_bind_nobody_and_do_not_change_the_hash(tmp_path: Path):
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    shadow = '\n[shadow]\nversion = "2027.1"\n[shadow.limits]\nlate_days = 1\n'
    terms = written(tmp_path, text + shadow)
    assert terms.rules_version == AGREEMENT.rules_version
    assert terms.in_shadow is not None
    assert terms.in_shadow.rules_version.startswith("2027.1+")
    assert terms.in_shadow.content_hash != AGREEMENT.content_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hold_days = 14", "hold_days = 15"),
        ("[10, 18, 23]", "[10, 18, 24]"),
        ("2019-05-15", "2019-05-16"),
        ('grounds = ["none"]', 'grounds = ["statute:x"]'),
        ("retention_days = 365", "retention_days = 366"),
        ("# workplace_insurance = 2030-01-01", "workplace_insurance = 2030-01-01"),
        ("[families.referral]", '[types."plan.set"]\nsenders = ["af"]\n[families.referral]'),
    ],
)
def test_whatever_is_agreed_otherwise_has_another_hash_also_under_the_same_version(
    tmp_path: Path, old: str, new: str
):
    terms = written(tmp_path, otherwise(old, new))
    assert terms.version == AGREEMENT.version
    assert terms.content_hash != AGREEMENT.content_hash


# -- the shipped one


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_type_has_its_terms_in_the_default_agreement(name: str):
    family = BY_NAME[name].family
    grounds = {
        "consent": ("none",),
        "status": ("statute:to-be-confirmed-by-the-agencies-lawyers",),
    }
    assert AGREEMENT.grounds(name) == grounds.get(family, ("consent:information_exchange",))
    assert {a for a in ("fk", "af") if AGREEMENT.may_send(a, name)} == BY_NAME[name].senders
    assert AGREEMENT.accepts_version(name, 1)
    assert not AGREEMENT.accepts_version(name, 2)


def test_the_dates_and_durations_are_those_of_the_requirements():
    assert AGREEMENT.limits.hold_days == 14
    assert AGREEMENT.limits.late_days == 30
    assert AGREEMENT.limits.sgi_days == 25
    assert AGREEMENT.limits.sgi_reminder_days == (10, 18, 23)
    assert AGREEMENT.dates.af_path_closed.isoformat() == "2019-05-15"
    assert AGREEMENT.dates.outcome_required.isoformat() == "2024-01-01"


def said(language: Language = "both") -> str:
    return "\n".join(f"{'  ' * depth}{text}" for depth, text in in_words(AGREEMENT, language))


def test_it_is_told_in_words_type_by_type():
    text = said("en")
    assert AGREEMENT.rules_version in text
    for name in BY_NAME:
        assert re.search(rf"[:,] {re.escape(name)}\b", text)
    assert "FK: meeting.contact_offered, meeting.transition_offered, plan.set, " in text
    assert "Ground: consent to information exchange. Receipt within 60 seconds;" in text
    assert "Ground: no ground is needed. Receipt within 10 seconds;" in text
    assert "statute: to be confirmed by the agencies' lawyers" in text


def test_every_limit_and_date_is_a_sentence_with_its_value_and_its_rules():
    """In each language alone, and in both."""
    assert set(LIMITS) == set(Limits.model_fields)
    assert set(DATES) == set(Dates.model_fields)
    for language in ("sv", "en"):
        assert "  late_days: BR-36\n    " in said(language)
    assert "    Ett meddelande väntar högst 14 dagar på" in said("sv")
    assert "    A message waits at most 14 days for" in said("en")
    assert "    sv: Från och med 2024-01-01 kräver ett avslut ett resultat." in said()
    assert "dag 10, 18 och 23 efter" in said("sv")
    assert "day 10, 18 and 23 after" in said("en")
    assert "small_count: no rule" in said("en")
    assert "below a quarter from: not decided yet." in said("en")
    assert meaning(AGREEMENT, "sgi_days").en.startswith("To keep the SGI")
    assert meaning(AGREEMENT, "quarter_rule").sv.startswith("Från och med 2018-10-01")


def test_a_list_of_one_day_is_said_as_one_day():
    assert sentence("sgi_reminder_days", (10,)).en.startswith(
        "The agencies are reminded of the SGI protection on day 10 after"
    )


def test_the_terms_of_rules_are_limits_and_dates_of_the_agreement():
    """A rule cannot name what the agreement does not have, nor can a date be of no rule."""
    named = {term for row in CATALOGUE.values() for term in row.terms}
    assert named <= set(LIMITS) | set(DATES)
    assert set(DATES) <= named


# -- a file that cannot be used


def refused(tmp_path: Path, old: str, new: str) -> str:
    """The one sentence about the default agreement with a part replaced."""
    file = tmp_path / "agreement.toml"
    file.write_text(otherwise(old, new), encoding="utf-8")
    with pytest.raises(AgreementError) as caught:
        load(file)
    sentence = str(caught.value)
    assert str(file) in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_file_may_replace_the_default(tmp_path: Path):
    text = DEFAULT_FILE.read_text(encoding="utf-8").replace("2026.1", "x-1")
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "a.toml").version == "x-1"
    assert load().version == "2026.1"


def test_a_file_that_is_not_there_is_named_with_the_way_out(tmp_path: Path):
    with pytest.raises(AgreementError, match=r"none\.toml does not exist; .*SAMVERKAN_AGREEMENT"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"version = ", b"\xff\xfe", b""])
def test_a_file_that_is_no_agreement_is_named(tmp_path: Path, content: bytes):
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(AgreementError, match=r"a\.toml (cannot be read|is not valid at)"):
        load(tmp_path / "a.toml")


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(AgreementError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("hold_days = 14", "hold_days = 0", "limits.hold_days"),
        ("late_days = 30", "late_days = 30\nlater_days = 1", "limits.later_days"),
        ("2019-05-15", '"soon"', "dates.af_path_closed"),
        ("[families.sgi]", "[families.sgo]", "families must be exactly"),
        ('grounds = ["none"]', 'grounds = ["nothing"]', "families.consent.grounds.0"),
        ('grounds = ["none"]', "grounds = []", "families.consent.grounds"),
        ('version = "2026.1"', 'version = "2026 1"', "version"),
        ("[families.referral]", '[types."plan.sat"]\n[families.referral]', "plan.sat"),
        ("[families.referral]", '[types."plan.set"]\nsenders = ["ef"]\n[families.referral]', "ef"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, old: str, new: str, place: str):
    sentence = refused(tmp_path, old, new)
    assert place in sentence or place == "ef"


def test_several_faults_are_counted(tmp_path: Path):
    sentence = refused(tmp_path, "hold_days = 14", "hold_days = 0\nx = 1\ny = 2")
    assert "(2 more)" in sentence
