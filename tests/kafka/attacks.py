"""What a stranger with the network sends: one consent each, good but for what is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from gateway.sdk import Writer, message_id, to_binary, to_structured
from simulator.wire import SimRecord
from tests.dsl import KEYS, instant
from tests.hidden import HIDDEN, PLAIN_WAYS, WAYS
from tests.kafka.test_requirements_checks import synthetic

Headers = tuple[tuple[str, bytes | None], ...]
TOPIC: Final = "fk.out.consent"
AT: Final = "2024-03-04T09:00:00+01:00"
MORNING: Final = instant("2024-03-04T09:00")
NOT_CLOUDEVENT: Final = "envelope.not_cloudevent"
FK: Final = Writer("fk", KEYS)


class Attack(NamedTuple):
    """A record, and the reason that its receipt must give: code and path; none: it is accepted."""

    name: str
    record: SimRecord
    code: str | None = None
    path: str | None = None


def consent(person: int, name: str, **changes: Any) -> dict[str, Any]:
    """The event of a consent of the n-th synthetic person."""
    data = {
        "person": {"personal_number": synthetic(person)},
        "case_id": f"S-A-{person}",
        "event_at": "2024-03-04",
        "purposes": [{"purpose": "information_exchange", "status": "given"}],
        "families": ["referral", "plan", "meeting", "sgi"],
        "parties": ["fk", "af"],
        "valid_from": "2024-03-04",
        "asked_by": "fk",
        "form": "digitalt",
        **changes,
    }
    identity = message_id(FK.source, name)
    return FK.envelope("consent.recorded", data, message_id=identity, time=AT)


def record(event: dict[str, Any], headers: Headers = (), mode: str = "structured") -> SimRecord:
    """The event on its topic, with more headers behind its own."""
    value, own = to_structured(event) if mode == "structured" else to_binary(event)
    more: Any = headers  # null values are among what is tried
    key = event["partitionkey"].encode()
    return SimRecord(TOPIC, None, key, value, (*own, *more), MORNING, None, "attack")


class _Made:
    """Counts persons, so that no two attacks are about the same one."""

    def __init__(self) -> None:
        self.persons = 0

    def event(self, name: str, **changes: Any) -> dict[str, Any]:
        """One more person's consent."""
        self.persons += 1
        return consent(self.persons, name, **changes)

    def with_header(
        self, name: str, header: str, value: bytes | None, mode: str, path: str
    ) -> Attack:
        """A consent with one header more, which is not to be there."""
        sent = record(self.event(name), ((header, value),), mode)
        return Attack(name, sent, NOT_CLOUDEVENT, f"headers.{path}")

    def two_meanings(self) -> Iterator[Attack]:
        """Attributes or a content type that say something else than what is judged."""
        other = message_id(FK.source, "somebody else's").encode()
        for header, path in (
            ("ce_id", "ce_id"), ("CE_ID", "CE_ID"), (" ce_id", "*"), ("ce_id ", "*"),
            ("ce\u200b_id", "*"), ("\uff43\uff45_id", "*"), ("ce_novelty", "ce_novelty"),
            ("ce_data", "ce_data"),
        ):  # fmt: skip
            name = f"{header!r} beside structured"
            yield self.with_header(name, header, other, "structured", path)
        for header in ("content-type", "Content-Type", "content\u2010type", "content-type\u00a0"):
            path = header if header.isascii() else "*"
            name = f"{header!r} once more"
            yield self.with_header(f"{name}, structured", header, b"text/x", "structured", path)
            yield self.with_header(f"{name}, binary", header, b"text/x", "binary", path)
        yield self.with_header("CE_ID in binary mode", "CE_ID", other, "binary", "CE_ID")
        name = "structured said of binary mode"
        structured = b"application/CloudEvents+JSON; charset=utf-8"
        sent = record(self.event(name), (("content-type", structured),), "binary")
        yield Attack(name, sent, NOT_CLOUDEVENT, "headers.ce_id")
        name = "an attribute twice in binary mode"
        sent = record(self.event(name), (("ce_id", other),), "binary")
        yield Attack(name, sent, NOT_CLOUDEVENT, "id")
        for attribute in ("dataref", "datacontentencoding"):
            event = {**self.event(attribute), attribute: "elsewhere"}
            yield Attack(attribute, record(event), "schema.invalid", attribute)

    def unreadable(self) -> Iterator[Attack]:
        """Header values that stop a reader who takes them for text."""
        for value in (b"\xff\xfe", b"\xc3", b"a\x00b", b"a\nb", b"\xc2\x85", b"\xed\xa0\x80"):
            for mode in ("structured", "binary"):
                name = f"{value!r} in a header, {mode}"
                yield self.with_header(name, "x-note", value, mode, "x-note")
        yield self.with_header(
            "a torn attribute", "ce_tracestate", b"\xff", "binary", "ce_tracestate"
        )
        name = "65 headers"
        many = tuple((f"x-{n}", b"x") for n in range(65))
        yield Attack(name, record(self.event(name), many), "envelope.too_large", "headers")
        name = "17 KiB of headers"
        large = record(self.event(name), (("x-note", b"x" * 17 * 1024),))
        yield Attack(name, large, "envelope.too_large", "headers")

    def hidden_numbers(self) -> Iterator[Attack]:
        """Somebody's number in every place outside the body's own, in every way."""
        for way, hide in WAYS.items():
            text = hide(HIDDEN)
            name = f"{way}: header"
            sent = record(self.event(name), (("x-note", text.encode()),))
            yield Attack(name, sent, "schema.invalid", "headers")
            name = f"{way}: header name"
            sent = record(self.event(name), ((text, b"x"),), "binary")
            yield Attack(name, sent, "schema.invalid", "headers")
            for attribute in ("tracestate", "dataschema", "novelty"):
                name = f"{way}: {attribute}"
                event = {**self.event(name), attribute: text}
                yield Attack(name, record(event), "schema.invalid", attribute)
                binary = {**self.event(f"{name}, binary"), attribute: text}
                sent = record(binary, (), "binary")
                yield Attack(f"{name}, binary", sent, "schema.invalid", attribute)
        for way, hide in PLAIN_WAYS.items():
            name = f"{way}: case id"
            event = self.event(name, case_id=hide(HIDDEN))
            yield Attack(name, record(event), "schema.invalid", "data.case_id")
        event = {**self.event("attribute's name"), f"x{HIDDEN}": "x"}
        yield Attack("attribute's name", record(event), "schema.invalid", "*")

    def harmless(self) -> Iterator[Attack]:
        """Good ones among them: who refuses everything would pass otherwise."""
        for mode in ("structured", "binary"):
            for name in ("gw-ground", "GW-Ground", " gw-ground\u00a0", "gw\u2010ground"):
                forged = f"{name!r} forged, {mode}"
                header = ((name, b"forged"), ("x-note", "åäö".encode()), ("x-null", None))
                yield Attack(forged, record(self.event(forged), header, mode))


def attacks() -> list[Attack]:
    """All of them, each about a person of its own."""
    made = _Made()
    return [*made.two_meanings(), *made.unreadable(), *made.hidden_numbers(), *made.harmless()]


def opened(event: dict[str, Any]) -> SimRecord:
    """The case that a consent is for."""
    said = event["data"]
    data = {
        "person": said["person"],
        "case_id": said["case_id"],
        "event_at": "2024-03-04",
        "consent_ref": event["id"],
        "need_identified_at": "2024-03-04",
        "need_assessed": {"assessed": True, "at": "2024-03-04"},
        "initiating_path": "fk_identified",
        "benefits": [{"benefit": "sjukpenning", "extent": 1, "from": "2023-05-02"}],
        "benefit_case_start": "2023-05-02",
        "rehab_chain_day": 307,
        "has_sgi": True,
        "sex": "kvinna",
        "birth_year_month": said["person"]["personal_number"][:4] + "-01",
        "employment": "arbetslos",
    }
    made = FK.envelope(
        "referral.initiated", data, message_id=message_id(FK.source, "opened"), time=AT
    )
    return record(made)._replace(topic="fk.out.referral", timestamp_ms=MORNING + 500)


def withdrawn(event: dict[str, Any]) -> SimRecord:
    """The withdrawal of a consent, which the other agency gets a notice of."""
    data = {
        **event["data"],
        "purposes": [{"purpose": "information_exchange", "status": "withdrawn"}],
        "withdrawn_at": "2024-03-04",
    }
    again = {**event, "id": message_id(FK.source, "withdrawn"), "data": data}
    return record(again)._replace(timestamp_ms=MORNING + 1_000)


def planted(topic: str, partition: int, *records: tuple[bytes | None, Headers]) -> list[SimRecord]:
    """Records that a gateway of the version before may have left on a topic of an agency."""
    return [
        SimRecord(topic, partition, b"0" * 22, value, headers, MORNING, None, "planted")  # type: ignore[arg-type]  # null values are among what is tried
        for value, headers in records
    ]


def delivered_before(event: dict[str, Any], headers: Headers, mode: str = "structured") -> Any:
    """Value and headers of a delivery of the version before, with what it let pass."""
    sent = record(event, headers, mode)
    own = (
        ("gw-receipt-id", b"r"),
        ("gw-accepted-at", b"2024-03-04T08:00:00.000Z"),
        ("gw-ground", b"consent:c"),
        ("gw-person-key", sent.key),
    )
    return sent.value, (*sent.headers, *own)
