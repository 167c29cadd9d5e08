"""A personal number that is hidden outside its own place is refused, in Python and in the lane.

Numbers, ways and places are drawn: digits of any script, separators, what stands around, and up to
two codings inside each other. Decision 0022 says what is found.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.express.lane import open_lane
from schemas.fields import FREE_CODE_PATTERN, ID_PATTERN
from schemas.numbers import holds, may_tell, names_somebody, tells
from tests.express.lanes import tables
from tests.hidden import HIDDEN, PLAIN_WAYS, SHORT_HIDDEN, WAYS, script
from tests.kafka.test_requirements_checks import synthetic
from tests.schemas.make import CODEC, STRUCTURED, binary, decode, golden, problems, record

pytestmark = pytest.mark.unmeasured

NUMBERS = st.integers(0, 9_999).map(synthetic)
ZEROS = (ord("0"), 0xFF10, 0x0660, 0x0966, 0x1D7CE, 0x0E50)
SEPARATORS = ("", "-", ".", " ", "_", ":", "/", "\u200b", "\u00ad", "\u2060", " - ")
OF_IDS = ("", "-", ".", "_", ":")


def percent(text: str) -> str:
    """Every byte of it."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def entities(text: str) -> str:
    """Every character, hexadecimal where it is even."""
    return "".join(f"&#{ord(c)};" if ord(c) % 2 else f"&#x{ord(c):x};" for c in text)


def escapes(text: str) -> str:
    """As JavaScript and Rust write them."""
    return "".join(
        f"\\u{{{ord(c):x}}}" if ord(c) > 0xFFFF or ord(c) % 2 else f"\\u{ord(c):04x}" for c in text
    )


def short_escapes(text: str) -> str:
    """Of every third character."""
    return "".join(
        f"\\x{ord(c):02x}" if n % 3 == 0 and ord(c) < 0x100 else c for n, c in enumerate(text)
    )


def hexadecimal(text: str) -> str:
    return text.encode().hex()


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def url_safe_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


CODINGS = (
    percent,
    quote_from_bytes,
    entities,
    escapes,
    short_escapes,
    hexadecimal,
    base64_of,
    url_safe_of,
)
ID_CODINGS = (hexadecimal, base64_of, url_safe_of)
APART = ("", ".", ":x", ".S-")
AROUND = ("", "A", "f", "xyz", "no.", "S-", "id:", "Q_")


@st.composite
def hidden(draw: st.DrawFn, *, in_id: bool = False) -> tuple[str, str]:
    """A number, and a text in which it is hidden."""
    number = draw(NUMBERS)
    digits = number if draw(st.booleans()) else number[2:]
    separator = draw(st.sampled_from(OF_IDS if in_id else SEPARATORS))
    text = "".join(
        digit + (separator if n + 1 < len(digits) and draw(st.booleans()) else "")
        for n, digit in enumerate(digits)
    )
    codings = draw(st.lists(st.sampled_from(ID_CODINGS if in_id else CODINGS), max_size=2))
    if not in_id or codings:
        text = script(draw(st.sampled_from(ZEROS)))(text)
    after = AROUND
    for coding in codings:
        text = text.join((draw(st.sampled_from(AROUND)), draw(st.sampled_from(after))))
        text = coding(text.encode()) if coding is quote_from_bytes else coding(text)
        # Letters of base64 behind it would be read with it, and may be a digit beside the number.
        if coding in (base64_of, url_safe_of):
            after = APART
    if in_id:
        text = text.rstrip("=")
    return number, text.join((draw(st.sampled_from(AROUND)), draw(st.sampled_from(after))))


@given(hidden())
def test_it_is_found_in_every_text(case):
    number, text = case
    assert names_somebody(text)
    assert holds(text, number[2:])
    assert may_tell(text, None) == tells(text, None) is True


@given(hidden(), st.sampled_from(["tracestate", "dataschema", "novelty"]), st.booleans())
def test_it_is_refused_in_every_header_and_attribute(case, attribute, in_binary):
    _, text = case
    assume(len(text) <= 512)
    event = {**golden(), attribute: text}
    found = CODEC.decode(binary(event)) if in_binary else decode(event)
    assert ("schema.invalid", attribute) in problems(found)
    for header in (("x-note", text.encode()), (text, b"x"), (text, None)):
        assert ("schema.invalid", "headers") in problems(
            decode(golden(), headers=(*STRUCTURED, header))
        )


ANY_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
CONSENT = "se.samverkan.consent.recorded.v1"


def consent(**changes):
    """A consent, which the lane accepts of a person of whom nothing is known."""
    event = golden(CONSENT)
    event["data"] |= changes
    return {**event, "subject": event["data"]["case_id"]}


def lane_takes(said, event) -> bool:
    """Whether a lane that knows nobody accepts the event."""
    return open_lane(said).take(record(event)) > 0


class Tables(str):
    """What a lane has to know, which is too long to be shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "the tables"


@pytest.fixture(scope="module")
def said():
    """What a lane has to know; one takes what hides nothing."""
    found = Tables(tables())
    for case_id in ("S-2024-000117", ANY_UUID, f"S-{ANY_UUID}", "FK.2024:abc_def-XYZ"):
        assert lane_takes(found, consent(case_id=case_id, unit="fk-0180", region="norr"))
    return found


@given(case=hidden(in_id=True), field=st.sampled_from(["case_id", "unit", "region"]))
def test_it_is_refused_in_ids_and_free_codes_and_never_taken_by_the_lane(said, case, field):
    _, text = case
    assume(re.match(ID_PATTERN if field == "case_id" else FREE_CODE_PATTERN, text))
    event = consent(**{field: text})
    assert ("schema.invalid", f"data.{field}") in problems(decode(event))
    assert not lane_takes(said, event)


@pytest.mark.parametrize("way", PLAIN_WAYS)
def test_the_lane_leaves_each_way_of_hiding_in_a_case_id_to_python(said, way):
    event = consent(case_id=PLAIN_WAYS[way](HIDDEN))
    assert ("schema.invalid", "data.case_id") in problems(decode(event))
    assert not lane_takes(said, event)


def test_it_is_found_in_bytes_that_are_no_text_and_between_escapes():
    inner = base64_of(HIDDEN)
    for raw in (b"\xff\x00" + inner.encode(), b"\xff" + script(0xFF10)(HIDDEN).encode()):
        assert names_somebody(base64.b64encode(raw).decode())
    escaped = inner.replace("T", "\\x54")
    assert may_tell(base64_of(escaped), None)


@pytest.mark.parametrize("id_", [f"{HIDDEN}-{ANY_UUID}", f"x{base64_of(HIDDEN)}.{ANY_UUID}"])
def test_it_is_found_before_a_uuid(said, id_):
    assert decode(consent(case_id=id_)).problems
    assert not lane_takes(said, consent(case_id=id_))


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_hiding_is_found(way):
    assert names_somebody(WAYS[way](HIDDEN))
    assert holds(WAYS[way](HIDDEN), SHORT_HIDDEN)


@pytest.mark.parametrize(
    "literal",
    [
        f"{SHORT_HIDDEN[:2]}.{SHORT_HIDDEN[2:]}", f"{SHORT_HIDDEN}e-8", f"0.{SHORT_HIDDEN}",
        f"{HIDDEN[:2]}.{HIDDEN[2:]}", f"{HIDDEN[:2]}.{HIDDEN[2:]}E0", f"{HIDDEN}e-10",
    ],
)  # fmt: skip
@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_it_is_refused_where_it_is_written_as_a_number(literal, blank):
    """A share with so many digits is within its limits, and would be delivered as it stands."""
    event = golden("se.samverkan.sgi.enrolment_answered.v1")
    event["data"]["willing_extent_percent"] = 12.5
    text = json.dumps(event)
    assert decode(text.encode(), like=event).problems == ()
    text = text.replace(": 12.5", f":{blank}{literal}")
    assert ("schema.invalid", "data.willing_extent_percent") in problems(
        decode(text.encode(), like=event)
    )


def test_a_share_with_many_digits_that_names_nobody_is_accepted():
    event = golden("se.samverkan.sgi.enrolment_answered.v1")
    event["data"]["willing_extent_percent"] = 100 / 3
    assert decode(event).problems == ()


@pytest.mark.parametrize("value", [HIDDEN, f'"{HIDDEN}"'])
def test_it_is_refused_as_a_parameter_of_the_content_type(said, value):
    event = {**consent(), "datacontenttype": f"application/json; v={value}"}
    assert problems(decode(event)) == [("schema.invalid", "datacontenttype")]
    assert not lane_takes(said, event)
    assert decode({**golden(), "datacontenttype": "application/json; v=1"}).problems == ()


@given(st.text("ABCMNOTjz0123456789wx-_.:", min_size=1, max_size=64))
def test_the_lane_takes_no_case_id_in_which_python_finds_a_number(said, text):
    event = consent(case_id=text)
    if lane_takes(said, event):
        assert decode(event).problems == ()
