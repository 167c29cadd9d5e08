"""What the official CloudEvents SDKs for Python write is accepted, in both modes of both."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from cloudevents.core.bindings import kafka as core
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1 import kafka as v1
from cloudevents.v1.http import CloudEvent as OldCloudEvent

from schemas.headers import delivered, is_binary
from tests.schemas.make import ALL_TYPES, CODEC, golden, record


def attributes_of(event):
    return {name: value for name, value in event.items() if name != "data"}


def decoded(event, message, **more):
    """The codec's outcome for a message of an SDK, written under the key that it gives."""
    key = message.key.encode() if isinstance(message.key, str) else message.key
    headers = tuple(message.headers.items())
    value = message.value.encode() if isinstance(message.value, str) else message.value
    assert key == event["partitionkey"].encode()
    return CODEC.decode(record(value, like=event, key=key, headers=headers))


@pytest.mark.parametrize("ce_type", ALL_TYPES)
@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_core_api_is_accepted(mode, ce_type):
    event = golden(ce_type)
    attributes = attributes_of(event)
    attributes["time"] = dt.datetime.fromisoformat(attributes["time"])
    made = CloudEvent(attributes=attributes, data=event["data"])
    write = core.to_binary if mode == "binary" else core.to_structured
    found = decoded(event, write(made, JSONFormat()))
    assert found.problems == ()
    assert is_binary(delivered(found.record.headers)) == (mode == "binary")


@pytest.mark.parametrize("ce_type", ALL_TYPES)
@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_v1_module_is_accepted(mode, ce_type):
    """It moves `partitionkey` into the key, and in structured mode says the data's content type."""
    event = golden(ce_type)
    made = OldCloudEvent.create(attributes_of(event), event["data"])
    found = decoded(event, v1.to_binary(made) if mode == "binary" else v1.to_structured(made))
    assert found.problems == ()
    assert is_binary(delivered(found.record.headers)) == (mode == "binary")


def test_a_dict_of_the_least_attributes_is_enough_for_both():
    event = golden()
    del event["datacontenttype"]
    made = CloudEvent(
        attributes={**attributes_of(event), "time": dt.datetime.now(dt.UTC)}, data=event["data"]
    )
    assert decoded(event, core.to_binary(made, JSONFormat())).problems == ()
    message = core.to_structured(made, JSONFormat())
    assert "datacontenttype" not in json.loads(message.value)
    assert decoded(event, message).problems == ()
