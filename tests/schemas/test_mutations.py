"""Whatever is done to a message: an outcome, never an exception, and nothing of it is shown."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.reasons import CATALOGUE, render
from tests.schemas.make import ALL_TYPES, CODEC, binary, golden, key_of, record

pytestmark = pytest.mark.unmeasured

SECRET = "Zorn Hemlig-7731"
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.just(SECRET),
    st.just([SECRET]),
    st.just({SECRET: SECRET}),
    st.just({"personal_number": SECRET}),
    st.just(10**400),
    st.just("2024-01-01"),
    st.just("\ud800"),
    st.recursive(st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=5),
)
PATHS = st.lists(st.integers(0, 30), min_size=1, max_size=4)


def mutate(item: Any, path: list[int], strange: Any, how: int) -> Any:
    """Replace, delete, rename or add something at a place that the path picks."""
    if not path or not isinstance(item, dict | list) or not item:
        return strange
    changed = copy.copy(item)
    if isinstance(changed, list):
        at = path[0] % len(changed)
        changed[at] = mutate(changed[at], path[1:], strange, how)
        return changed
    name = sorted(changed)[path[0] % len(changed)]
    if len(path) > 1 and isinstance(changed[name], dict | list):
        changed[name] = mutate(changed[name], path[1:], strange, how)
    elif how == 0:
        del changed[name]
    elif how == 1:
        changed[SECRET] = changed.pop(name)
    elif how == 2:
        changed[f"{name}_extra"] = strange
    else:
        changed[name] = strange
    return changed


def assert_defined(decoded: Any, number: str | None) -> None:
    assert (decoded.message is None) == bool(decoded.problems)
    assert len(decoded.message_id) == 36
    for problem in decoded.problems:
        assert problem.code in CATALOGUE
        assert render(problem)["text_sv"]
    shown = repr(decoded) + json.dumps([render(p) for p in decoded.problems], ensure_ascii=False)
    assert SECRET not in shown
    assert number is None or number[2:] not in shown
    if decoded.message is not None:
        assert decoded.readable


@settings(max_examples=1500, deadline=None)
@given(
    ce_type=st.sampled_from(ALL_TYPES),
    mutations=st.lists(st.tuples(PATHS, STRANGE, st.integers(0, 4)), max_size=3),
    in_binary_mode=st.booleans(),
)
def test_damaged_messages_have_a_defined_outcome(ce_type, mutations, in_binary_mode):
    original = golden(ce_type)
    value: Any = original
    for path, strange, how in mutations:
        value = mutate(value, path, strange, how)
    text = json.dumps(value).encode("utf-8", "surrogatepass")
    found = record(text, like=original)
    if in_binary_mode and isinstance(value, dict) and isinstance(value.get("data"), dict):
        headers = {n: str(v).encode("utf-8", "replace") for n, v in value.items() if n != "data"}
        found = binary(original)._replace(
            value=json.dumps(value["data"]).encode(),
            headers=tuple((f"ce_{n}", v) for n, v in headers.items()),
        )
    person = original["data"].get("person")
    assert_defined(CODEC.decode(found), person and person["personal_number"])


@settings(max_examples=1500, deadline=None)
@given(
    ce_type=st.sampled_from(ALL_TYPES),
    cuts=st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 30), st.binary(max_size=6)), max_size=4
    ),
)
def test_damaged_bytes_have_a_defined_outcome(ce_type, cuts):
    original = golden(ce_type)
    text = json.dumps(original).encode()
    for place, length, put in cuts:
        at = place % (len(text) + 1)
        text = text[:at] + put + text[at + length :]
    assert_defined(CODEC.decode(record(text, like=original)), None)


@settings(max_examples=500, deadline=None)
@given(
    value=st.one_of(st.none(), st.binary(max_size=300), st.text(max_size=100).map(str.encode)),
    topic=st.one_of(st.text(max_size=20), st.just("fk.out.plan")),
    key=st.one_of(st.none(), st.binary(max_size=30)),
    partition=st.integers(0, 100),
    headers=st.lists(
        st.tuples(
            st.one_of(st.text(max_size=12), st.sampled_from(["ce_id", "ce_type", "content-type"])),
            st.one_of(st.none(), st.binary(max_size=20)),
        ),
        max_size=5,
    ),
)
def test_any_record_at_all_has_a_defined_outcome(value, topic, key, partition, headers):
    found = record(value, like=golden(), topic=topic, key=key, partition=partition)
    assert_defined(CODEC.decode(found._replace(headers=tuple(headers))), None)


@settings(max_examples=300, deadline=None)
@given(
    ce_type=st.sampled_from(ALL_TYPES),
    order=st.randoms(use_true_random=False),
    layout=st.sampled_from([(",", ":"), (", ", ": "), (" ,\n ", " :\t")]),
)
def test_order_and_layout_of_a_good_message_do_not_matter(ce_type, order, layout):
    value = golden(ce_type)
    shuffled = dict(order.sample(list(value.items()), len(value)))
    data = shuffled["data"]
    shuffled["data"] = dict(order.sample(list(data.items()), len(data)))
    text = json.dumps(shuffled, separators=layout).encode()
    decoded = CODEC.decode(record(text, like=value))
    assert decoded.problems == ()
    assert decoded.message.data == CODEC.decode(record(value)).message.data
    assert decoded.record.key == key_of(value).encode()
