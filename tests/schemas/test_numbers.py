"""A personal number is found however it is written, and ids made at random are left alone."""

from __future__ import annotations

import base64
import random
import uuid
from urllib.parse import quote

import pytest

from schemas.numbers import holds, names_somebody, tells
from tests.schemas.make import (
    CODEC,
    PERSON,
    SHORT,
    STRUCTURED,
    binary,
    called,
    decode,
    golden,
    problems,
)

OTHER = "199507039841"
FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
ARABIC = str.maketrans("0123456789", "".join(chr(0x0660 + n) for n in range(10)))
CIRCLED = str.maketrans("123456789", "".join(chr(0x2776 + n) for n in range(9)))
MATHS = str.maketrans("0123456789", "".join(chr(0x1D7CE + n) for n in range(10)))


def encoded(text, encode=base64.b64encode):
    return encode(text.encode()).decode().rstrip("=")


def forms(number):
    """The same number as an agency might write it, or somebody might hide it."""
    short = number[2:]
    yield from (number, short, f"{short[:6]}-{short[6:]}", f"{short[:6]}+{short[6:]}")
    yield from (f"A{number}", f"{number}B", f"case{short}x", f"S-{number}.1", f"17 {number} 4")
    yield from ("-".join(number), " . ".join(short), f"{number[:4]}/{number[4:6]}/{number[6:]}")
    yield from (
        "\u200b".join(number),
        "\u00ad".join(short),
        "\u2060".join(number),
        "\ufe0f".join(short),
    )
    yield from (number.translate(t) for t in (FULL_WIDTH, ARABIC, CIRCLED, MATHS))
    yield from ("".join(f"%{ord(c):02x}" for c in number), quote(number.translate(FULL_WIDTH)))
    yield from ("".join(f"%25{ord(c):02x}" for c in short), "".join(f"&#{ord(c)};" for c in number))
    yield from (
        "".join(f"\\u{ord(c):04x}" for c in number),
        "".join(f"\\x{ord(c):02x}" for c in short),
    )
    yield from (encoded(number), encoded(short), encoded(f"pnr={number}"), f"x{encoded(number)}")
    yield from (
        f"Basic {encoded(number)}==",
        encoded(f"{short[:6]}-{short[6:]}"),
        f"ab{encoded(short)}c",
    )
    yield from (encoded(f"??>{number}", base64.urlsafe_b64encode), encoded(encoded(number)))
    yield from (encoded(number.translate(FULL_WIDTH)), encoded(f"å{number}\x00\xff"))
    yield from (number.encode().hex(), f"x-{short.encode().hex()}", encoded(number.encode().hex()))
    yield from (f"2024-03-01T09:30:00.{number}Z", f"2024-03-01T09:30:00.{short}+01:00")


ALL_FORMS = list(forms(OTHER))


@pytest.mark.parametrize("place", range(len(ALL_FORMS)))
def test_anybodys_number_is_found_however_it_is_written(place):
    text = ALL_FORMS[place]
    assert names_somebody(text)
    assert tells(text, None)
    assert holds(text, OTHER[2:])


@pytest.mark.parametrize("place", range(len(ALL_FORMS)))
def test_it_is_refused_in_headers_and_attributes_of_both_modes(place):
    text = ALL_FORMS[place]
    wanted = ("schema.invalid", "headers")
    assert wanted in problems(decode(golden(), headers=(*STRUCTURED, ("x-note", text.encode()))))
    assert wanted in problems(decode(golden(), headers=(*STRUCTURED, (text, b"x"))))
    for attribute in ("tracestate", "dataschema", "topic"):
        event = {**golden(), attribute: text}
        assert ("schema.invalid", attribute) in problems(decode(event))
        assert wanted in problems(CODEC.decode(binary(event)))


@pytest.mark.parametrize("number", [OTHER, PERSON])
def test_it_is_refused_in_every_form_that_a_case_id_can_have(number):
    found = 0
    for text in forms(number):
        event = {**called(case_id=text), "subject": text}
        decoded = decode(event)
        assert decoded.problems, text
        assert decoded.case_id is None
        found += ("schema.invalid", "data.case_id") in problems(decoded)
    assert found == len(ALL_FORMS)


@pytest.mark.parametrize(
    "text",
    [
        "1x9x8x1x0x4x1x2x9x8x1x5",  # letters between
        f"9{PERSON}7",
        f"{PERSON[:8]}-{PERSON[8:]}-4000-8000-000000000000",
        f"a{PERSON[:7]}-{PERSON[7:11]}-{PERSON[11]}000-8000-000000000000",
    ],
)
def test_the_persons_own_number_is_known_also_where_it_looks_like_none(text):
    assert tells(text, SHORT)
    decoded = decode({**called(case_id=text), "subject": text})
    assert ("schema.invalid", "data.case_id") in problems(decoded)


def test_a_number_in_an_instant_is_refused():
    """RFC 3339 has room for any number of digits."""
    at = f"2024-01-15T09:30:00.{OTHER}Z"
    assert problems(decode(called(event_at=at))) == [("schema.invalid", "data.event_at")]
    assert problems(decode({**golden(), "time": at})) == [("schema.invalid", "time")]


@pytest.mark.parametrize(
    "text",
    [
        "FK-2024-000117", "2024000117", "199507039842", f"{OTHER}7", f"7{OTHER}", "170704150001",
        "2024-03-01T09:12:15+01:00", "2024-03-01 09:12:15", "2024-03-01T09:12:15.123456789Z",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "1704067200123", "",
        "192.168.10.12:9092", "\\u{ffffff}", "&#x110000;", "%zz", "å" * 20,
        encoded("0123456789" * 2), encoded("å" * 12), encoded("\u0661" * 9 + "xxxxxxxx"),
    ],
)  # fmt: skip
def test_what_only_resembles_a_number_is_left_alone(text):
    assert not names_somebody(text)
    assert decode(golden(), headers=(*STRUCTURED, ("x-note", text.encode()))).problems == ()


MANY = 10_000


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda r: str(uuid.UUID(int=r.getrandbits(128))), 0),
        (lambda r: f"S-{uuid.UUID(int=r.getrandbits(128))}", 0),
        (lambda r: f"00-{r.getrandbits(128):032x}-{r.getrandbits(64):016x}-01", 0),
        (lambda r: f"{r.getrandbits(128):032x}", 2),
        (lambda r: f"{r.getrandbits(256):064x}", 2),
        (lambda r: f"{r.getrandbits(64):016x}", 5),
        (lambda r: encoded(str(r.getrandbits(256))[:20].translate(FULL_WIDTH))[:22], 2),
        (lambda r: base64.urlsafe_b64encode(r.randbytes(16)).decode(), 1),
        (lambda r: f"FK-2024-{r.randrange(10**6):06}", 0),
        (lambda r: f"{r.randrange(10**10):010}", 120),
    ],
)
def test_ids_made_at_random_are_hardly_ever_taken_for_a_number(make, most):
    chance = random.Random(15)
    assert sum(names_somebody(make(chance)) for _ in range(MANY)) <= most


def test_a_number_inside_a_hash_in_capitals_or_small_letters_is_found():
    assert names_somebody(f"ab{OTHER}cdefabcdefabcdefabcdef")


def test_escapes_of_escapes_end_somewhere():
    text = "%41" * 4
    for _ in range(50):
        text = text.replace("%", "%25")
    assert not names_somebody(text)


def test_escapes_of_escapes_of_escapes_are_resolved():
    assert names_somebody("".join(f"%2525{ord(c):02x}" for c in OTHER))
    assert not names_somebody("".join(f"%252525{ord(c):02x}" for c in OTHER))


def test_inside_a_hash_a_number_is_found_with_its_century_only():
    assert names_somebody(f"{'a' * 11}{OTHER}{'b' * 11}")
    assert not names_somebody(f"{'a' * 11}{OTHER[2:]}{'b' * 11}")
