"""What a gateway was measured to write, and what messages may hold: the Kafka Streams peer's task.

The peer has to write as many records of the same mean size as the gateway, so both are counted in
the topics after a run of the gateway over the same input. The entry that the peer keeps per message
is sized so that the mean state record is as large as the gateway's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.kafka import PARTITIONS, Place
from gateway.shell.fold import TASK_KEY
from schemas.keys import NO_PERSON_KEY
from schemas.registry import REGISTRY
from schemas.topics import AUDIT, DELIVERY_TOPICS, FOLLOWUP, NOTICE_TOPICS, RECEIPT_TOPICS, STATE
from simulator.agencies import settled_ends
from simulator.wire import SimRecord

Shape = dict[str, Any]

_ROLES: Final[Mapping[str, Sequence[str]]] = {
    "receipt": RECEIPT_TOPICS,
    "delivery": DELIVERY_TOPICS,
    "notice": NOTICE_TOPICS,
    "fact": (FOLLOWUP,),
    "audit": (AUDIT,),
    "state": (STATE,),
}


async def outputs_of(where: Place, messages: int) -> dict[str, dict[str, float]]:
    """Records per message and mean bytes of each kind of output that now stand in the topics."""
    role_of = {topic: role for role, topics in _ROLES.items() for topic in topics}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    async for record in _written(where, role_of):
        if record.topic != STATE or record.key != TASK_KEY.encode():
            counted = found[role_of[record.topic]]
            counted["records"] += 1
            # A piece of a state that is no longer needed is written without a value.
            counted["value"] += len(record.value or b"")
            counted["header"] += sum(len(name) + len(text) for name, text in record.headers)
    return {
        role: {
            "per_message": counted["records"] / messages,
            "value_bytes": counted["value"] / max(1, counted["records"]),
            "header_bytes": counted["header"] / max(1, counted["records"]),
        }
        for role, counted in ((role, found[role]) for role in _ROLES)
    }


async def _written(where: Place, topics: Iterable[str]) -> AsyncIterator[Any]:
    """Every committed record of the topics."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=where.bootstrap,
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)]
        consumer.assign(places)
        ends = await settled_ends(where.bootstrap, consumer, places)
        await consumer.seek_to_beginning(*places)
        left = {tp for tp, end in ends.items() if end > 0}
        while left:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    yield record
            left = {tp for tp in left if await consumer.position(tp) < ends[tp]}
    finally:
        await consumer.stop()


def shape_of(outputs: dict[str, dict[str, float]], records: Iterable[SimRecord]) -> Shape:
    """The peer's task, from what a gateway has written for these messages."""
    entries = _mean_entries(records)
    return {
        "outputs": outputs,
        "mean_entries": entries,
        "state_entry_bytes": round(outputs["state"]["value_bytes"] / entries),
        "types": {name: dict(_fields(kind.model)) for name, kind in REGISTRY.items()},
    }


def _mean_entries(records: Iterable[SimRecord]) -> float:
    """How many entries a person's state has on average when it is written, one per message."""
    of_key: Counter[bytes | None] = Counter()
    known: set[bytes | None] = set()
    entries = written = 0
    for record in records:
        if record.value in known:
            continue
        known.add(record.value)
        of_key[record.key] += 1
        # Counted refusals share a key and no state.
        entries += 1 if record.key == NO_PERSON_KEY.encode() else of_key[record.key]
        written += 1
    return entries / written


def _fields(model: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field of the data: of which JSON kinds it may be, its values, whether it must be."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    for name, told in schema["properties"].items():
        forms = [_resolved(form, schema) for form in told.get("anyOf", [told])]
        values = {str(value) for form in forms for value in _values(form)}
        field: dict[str, Any] = {
            "kinds": sorted({kind for form in forms for kind in _kinds(form)}),
            "values": sorted(values),
            "required": name in required,
        }
        for short, long, best in (("min", "minimum", min), ("max", "maximum", max)):
            limits = [form[long] for form in forms if long in form]
            if limits:
                field[short] = best(limits)
        yield name, field


def _resolved(form: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    link = form.get("$ref")
    return form if link is None else schema["$defs"][link.rpartition("/")[2]]


def _values(form: Mapping[str, Any]) -> Sequence[Any]:
    if form.get("type") != "string":
        return ()
    values: Sequence[Any] = form.get("enum", [form["const"]] if "const" in form else ())
    return values


def _kinds(form: Mapping[str, Any]) -> Sequence[str]:
    kind = form.get("type", "object")
    return (form.get("format", "string"),) if kind == "string" else (kind,)
