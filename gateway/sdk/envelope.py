"""From an agency's message to a Kafka record: CloudEvents 1.0, structured or binary.

Contract sections 1 and 2: the topic follows from agency and family, the key is the person key,
`partitionkey` repeats it, `subject` is the case, and `id` is the sender's own UUID. The SDK makes
the id from the sender's own name of the message, so that sending again after a crash gives the
same id and the gateway answers with the original receipt instead of acting twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import orjson

from schemas.keys import NO_PERSON_KEY, KeyRing

Headers = tuple[tuple[str, bytes], ...]
Mode = Literal["structured", "binary"]

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:samverkan:sdk:message-id")
_STRUCTURED: Final[Headers] = (("content-type", b"application/cloudevents+json"),)
_BINARY_CONTENT_TYPE: Final = ("content-type", b"application/json")
_OPTIONAL: Final = frozenset({"expirytime", "correlationid", "causationid", "traceparent"})


class OutgoingRecord(NamedTuple):
    """What goes to Kafka: `topic`, `key` (22 ASCII bytes), `value`, `headers`, and the id."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers
    message_id: str


def message_id(source: str, name: str) -> str:
    """The UUID of a message that its sender calls `name`: same source and name, same id."""
    return str(uuid5(_NAMESPACE, f"{source}\n{name}"))


def topic_of(agency: str, message_type: str) -> str:
    """`fk` and `referral.called` give `fk.out.referral`."""
    return f"{agency}.out.{message_type.partition('.')[0]}"


def to_structured(envelope: Mapping[str, Any]) -> tuple[bytes, Headers]:
    """Value and headers of the structured mode: the whole envelope is the value."""
    return orjson.dumps(envelope), _STRUCTURED


def to_binary(envelope: Mapping[str, Any]) -> tuple[bytes, Headers]:
    """Value and headers of the binary mode: attributes as `ce_*` headers, data as the value."""
    attributes = tuple(
        (f"ce_{name}", str(value).encode())
        for name, value in envelope.items()
        if name not in {"data", "datacontenttype"}
    )
    return orjson.dumps(envelope["data"]), (_BINARY_CONTENT_TYPE, *attributes)


@dataclass(frozen=True, slots=True)
class Writer:
    """One case system of one agency as a writer of messages; no I/O.

    Args:
        agency: `fk` or `af`.
        keys: the exchange keys; the person key is computed here and nowhere else.
        system: the part of `source` after the agency (contract section 2).
        keyid: id of the exchange key in use.
        major: major version of the message types it writes.
    """

    agency: str
    keys: KeyRing
    system: str = "arende"
    keyid: str = "k1"
    major: int = 1
    source: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", f"urn:samverkan:{self.agency}:{self.system}")

    def person_key(self, data: Mapping[str, Any]) -> str:
        """The record key: the person key, or 22 zeros for data without a person."""
        person = data.get("person")
        if person is None:
            return NO_PERSON_KEY
        return self.keys.person_key(person["personal_number"], self.keyid)

    def envelope(
        self,
        message_type: str,
        data: Mapping[str, Any],
        *,
        message_id: str,
        time: datetime | str,
        **attributes: str,
    ) -> dict[str, Any]:
        """The CloudEvent of one message as a dict.

        Args:
            message_type: short name, such as `referral.called`.
            data: the fields of the contract; sent as they are, the gateway validates.
            message_id: UUID, lower case.
            time: when the message was written; aware datetime or RFC 3339 text with offset.
            attributes: optional CloudEvents attributes of the contract.

        Raises:
            ValueError: on a naive `time` or an attribute that the contract does not know.
        """
        if isinstance(time, datetime):
            if time.tzinfo is None:
                raise ValueError("time has no offset; pass an aware datetime")
            time = time.isoformat(timespec="milliseconds")
        if not attributes.keys() <= _OPTIONAL:
            unknown = ", ".join(sorted(attributes.keys() - _OPTIONAL))
            raise ValueError(f"{unknown}: no attribute of the contract; use {sorted(_OPTIONAL)}")
        envelope: dict[str, Any] = {
            "specversion": "1.0",
            "id": message_id,
            "source": self.source,
            "type": f"se.samverkan.{message_type}.v{self.major}",
        }
        if "case_id" in data:
            envelope["subject"] = data["case_id"]
        envelope["time"] = time
        envelope["datacontenttype"] = "application/json"
        envelope["partitionkey"] = self.person_key(data)
        envelope["keyid"] = self.keyid
        envelope |= attributes
        envelope["data"] = data
        return envelope

    def record(self, envelope: Mapping[str, Any], mode: Mode = "structured") -> OutgoingRecord:
        """The Kafka record of an envelope made by this writer."""
        value, headers = to_structured(envelope) if mode == "structured" else to_binary(envelope)
        message_type = envelope["type"].removeprefix("se.samverkan.")
        return OutgoingRecord(
            topic=topic_of(self.agency, message_type),
            key=envelope["partitionkey"].encode(),
            value=value,
            headers=headers,
            message_id=envelope["id"],
        )
