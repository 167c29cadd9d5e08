"""Person keys, partitions and numbers equal the published vectors, and secrets stay secret."""

from __future__ import annotations

import json
import re

import pytest

from schemas.identity import is_valid_personal_number
from schemas.keys import KeyRing, fingerprint
from schemas.partition import murmur2, partition_of
from tests.schemas.make import EXAMPLES, KEYS, synthetic_number

VECTORS = json.loads((EXAMPLES / "keys.json").read_text(encoding="utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["person_key"])
def test_the_published_vectors_hold(vector):
    number, key = vector["personal_number"], vector["person_key"]
    assert KEYS.person_key(number) == key
    assert KEYS.person_key(number, keyid="k1") == key
    assert KEYS.statistics_key(number) == vector["statistics_key"]
    assert partition_of(key.encode(), 6) == vector["partition_of_6"]
    assert is_valid_personal_number(number)


@pytest.mark.parametrize(
    ("key", "java"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_equals_the_java_clients_own_test_vectors(key, java):
    assert murmur2(key) == java % 2**32


def test_a_topic_without_partitions_is_refused():
    with pytest.raises(ValueError, match="at least one partition"):
        partition_of(b"x", 0)


def test_pseudonyms_differ_by_kind_and_from_the_exchange_key():
    assert KEYS.statistics_pseudonym("case", "S-1") != KEYS.statistics_pseudonym("gk", "S-1")
    assert len(KEYS.statistics_pseudonym("case", "S-1")) == 22
    number = VECTORS[0]["personal_number"]
    assert KEYS.statistics_key(number) != KEYS.person_key(number)


def test_an_unknown_key_id_is_an_error_of_the_caller():
    with pytest.raises(KeyError):
        KEYS.person_key("198104129815", keyid="k2")


def test_the_published_file_loads_as_the_published_keys():
    assert KeyRing.load(EXAMPLES / "keys.json") == KeyRing.published_test_keys()


def test_secrets_are_masked():
    shown = f"{KEYS} {KEYS!r}"
    assert "not-secret" not in shown
    assert "no-secret" not in shown
    assert "k1" in shown


GOOD = {"exchange_keys": {"k1": "x" * 32}, "statistics_keys": {"s1": "y" * 32}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "no object exchange_keys"),
        (json.dumps({}), "no object exchange_keys"),
        (json.dumps({**GOOD, "exchange_keys": {"k1": 7}}), "no object exchange_keys"),
        (json.dumps({**GOOD, "exchange_keys": {}}), "no exchange key"),
        (json.dumps({**GOOD, "exchange_keys": {"k1": "short"}}), "shorter than 16"),
        (f'{{"exchange_keys": {{"k1": "{"x" * 32}", "k1": "{"y" * 32}"}}}}', "a name twice"),
        (f'{{"exchange_keys": {{}}, "exchange_keys": {{"k1": "{"x" * 32}"}}}}', "a name twice"),
        (json.dumps({**GOOD, "statistics_keys": None}), "no object statistics_keys"),
        ("[" * 100_000, "not JSON"),
        (
            json.dumps({**GOOD, "statistics_keys": {"a": "x" * 32, "b": "y" * 32}}),
            "at most one statistics key",
        ),
    ],
)
def test_a_wrong_key_file_is_refused_in_one_sentence(tmp_path, text, says):
    path = tmp_path / "keys.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says) as caught:
        KeyRing.load(path)
    assert "exchange_keys" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_key_file_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        KeyRing.load(tmp_path / "none.json")


@pytest.mark.parametrize("further", [{}, {"statistics_keys": {}}])
def test_an_agency_makes_person_keys_without_a_statistics_key(tmp_path, further):
    path = tmp_path / "keys.json"
    exchange = {"k1": KEYS.exchange_keys["k1"].decode()}
    path.write_text(json.dumps({"exchange_keys": exchange, **further}), encoding="utf-8")
    keys = KeyRing.load(path)
    number = VECTORS[0]["personal_number"]
    assert keys.person_key(number) == KEYS.person_key(number)
    assert keys.statistics_keys == {}


def test_without_a_statistics_key_nothing_of_the_statistics_can_be_made():
    keys = KeyRing(KEYS.exchange_keys, {})
    number = VECTORS[0]["personal_number"]
    for made in (
        lambda: keys.statistics_key(number),
        lambda: keys.statistics_pseudonym("case", "S-1"),
        lambda: keys.fact_id(keys.person_key(number), "urn:se:fk", "1"),
        lambda: keys.quality_id("1"),
    ):
        with pytest.raises(ValueError, match="has no statistics key"):
            made()


def test_a_fingerprint_tells_secrets_apart_and_reveals_none():
    assert fingerprint(b"x" * 32) == fingerprint(b"x" * 32)
    assert fingerprint(b"x" * 32) != fingerprint(b"x" * 33)
    assert re.fullmatch("[0-9a-f]{8}", fingerprint(b"x" * 32))


@pytest.mark.parametrize(
    "number",
    [
        synthetic_number(1990, 2, 3),
        synthetic_number(2004, 2, 29),
        synthetic_number(1990, 2, 63),
        synthetic_number(1990, 12, 91, 999),
    ],
)
def test_personnummer_and_samordningsnummer_are_valid(number):
    assert is_valid_personal_number(number)


@pytest.mark.parametrize("month", range(13))
def test_a_samordningsnummer_may_leave_the_day_or_the_month_of_birth_unknown(month):
    assert is_valid_personal_number(synthetic_number(1990, month, 60))
    assert not is_valid_personal_number(synthetic_number(1990, month, 0))
    number = synthetic_number(1990, month, 60)
    assert not is_valid_personal_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("day", range(60, 92))
def test_a_samordningsnummer_may_leave_only_the_month_unknown(day):
    assert is_valid_personal_number(synthetic_number(1990, 0, day))
    assert not is_valid_personal_number(synthetic_number(1990, 0, day - 60))


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1990, 0, 59), (1990, 0, 92), (1990, 0, 99), (1990, 13, 60), (1990, 4, 91), (0, 0, 60)],
)
def test_no_other_day_or_month_of_a_samordningsnummer_is_taken(year, month, day):
    assert not is_valid_personal_number(synthetic_number(year, month, day))


@pytest.mark.parametrize(
    "number",
    [
        "",
        "8104129815",
        "19810412-9815",
        "198104129816",
        "1981041298150",
        "١٩٨١٠٤١٢٩٨١٥",
        synthetic_number(1990, 2, 30),
        synthetic_number(1990, 2, 90),
        synthetic_number(1990, 13, 1),
        synthetic_number(1990, 2, 0),
        synthetic_number(0, 1, 1),
        "198104129815\n",
    ],
)
def test_what_is_no_personal_number_is_refused(number):
    assert not is_valid_personal_number(number)
