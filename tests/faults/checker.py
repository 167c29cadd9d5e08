"""The laws over whole topics: everything the gateway wrote, against everything it was given.

`violations` needs nothing but the committed records of all topics, read to their end. It decides
nothing itself: what must be in one topic is computed from the inputs and from the other topics, so
that a record lost, doubled, or written by a process that was no longer the owner shows up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import msgspec
import orjson

from gateway.domain.invariants import _NUMBER, FINAL, has_body
from gateway.shell.audit_chain import Chain
from gateway.shell.audit_chain import Log as ChainLog
from gateway.shell.fold import TASK_KEY, TaskState
from schemas.identity import is_valid_personal_number
from schemas.keys import KeyRing
from schemas.record import Record
from schemas.topics import (
    ALL_TOPICS,
    AUDIT,
    DELIVERY_TOPICS,
    FOLLOWUP,
    INPUT_TOPICS,
    NOTICE_TOPICS,
    RECEIPT_TOPICS,
    STATE,
    other,
)
from tests.faults.kept_headers import kept_headers
from tests.faults.told import difference, learnt

KEYS: Final = KeyRing.published_test_keys()
Log = Mapping[tuple[str, int], Sequence[Record]]
Coordinates = tuple[str, int, int]

ACCEPTED: Final = ("ACCEPTED", "ACCEPTED_WITH_WARNING")
#: Which quality fact a receipt leads to.
QUALITY: Final = {
    "REJECTED": "quality.rejected",
    "HELD": "quality.held",
    "ACCEPTED_WITH_WARNING": "quality.warned",
}
#: Stream time stops here (`schemas.diagnose.LATEST`); what waits for longer waits for ever.
END_OF_TIME: Final = "2100"
#: Found by a deadline, not by a receipt.
COUNTED_LATER: Final = ["BR-18"]
_OWN: Final = ("gw-receipt-id", "gw-accepted-at", "gw-ground", "gw-person-key")
_LONG: Final = re.compile(rb"\d{10,}")
#: Hashes and UUIDs may hold ten digits in a row by chance.
_HEX: Final = re.compile(rb"(?=\d*[a-f])[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN_MAX: Final = 5


@dataclass(frozen=True)
class Answer:
    """A receipt as written."""

    record: Record
    receipt_id: str
    duplicate: bool
    data: dict[str, Any]

    @property
    def of(self) -> Coordinates:
        """The input record that it answers."""
        return (self.data["topic"], self.data["partition"], self.data["offset"])

    @property
    def status(self) -> str:
        """What it says."""
        return str(self.data["status"])


class _Case:
    """A log with what several laws look at."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.partitions = sorted({n for _, n in log})
        self.inputs = {r[:3]: r for t in INPUT_TOPICS for r in self.all(t)}
        self.answers = [_answer(record) for topic in RECEIPT_TOPICS for record in self.all(topic)]
        self.firsts = [answer for answer in self.answers if not answer.duplicate]
        self.accepted = [answer for answer in self.firsts if answer.status in ACCEPTED]

    def all(self, *topics: str) -> Iterator[Record]:
        for topic in topics:
            for n in self.partitions:
                yield from self.log.get((topic, n), ())


def _answer(record: Record) -> Answer:
    event = orjson.loads(record.value or b"")
    duplicate = ("gw-duplicate", b"true") in record.headers
    return Answer(record, event["id"], duplicate, event["data"])


def answers_of(log: Log) -> dict[Coordinates, list[str]]:
    """The statuses of each input's own receipts, in order; repeats have none."""
    found: dict[Coordinates, list[str]] = defaultdict(list)
    for answer in _Case(log).firsts:
        found[answer.of].append(answer.status)
    return found


def violations(log: Log) -> list[str]:
    """Every way in which the log breaks a law, five of each; empty when all hold."""
    case = _Case(log)
    laws = (receipts, deliveries, order, facts, audit, state, notices, numbers)
    return [f"{law.__name__}: {text}" for law in laws for text in islice(law(case), _SHOWN_MAX)]


def receipts(case: _Case) -> Iterator[str]:
    """Law 1: one first receipt and one final one for each input; duplicates get the original's."""
    by_input: dict[Coordinates, list[Answer]] = defaultdict(list)
    for answer in case.firsts:
        by_input[answer.of].append(answer)
        yield from _answers_its_input(case, answer)
    unanswered: Counter[str] = Counter()
    for place, record in case.inputs.items():
        own = by_input.get(place, [])
        if own:
            yield from _one_final(place, own)
        else:
            unanswered[sha256(record.value or b"").hexdigest()] += 1
    yield from _repeats(case, unanswered, by_input)


def _answers_its_input(case: _Case, answer: Answer) -> Iterator[str]:
    record = case.inputs.get(answer.of)
    if record is None:
        yield f"a receipt answers {answer.of}, which no agency wrote"
    elif answer.data["content_sha256"] != sha256(record.value or b"").hexdigest():
        yield f"the receipt of {answer.of} names other content"
    elif answer.record[:2] != (f"{answer.of[0][:2]}.receipts", answer.of[1]):
        yield f"the receipt of {answer.of} stands on {answer.record[:2]}"


def _one_final(place: Coordinates, own: list[Answer]) -> Iterator[str]:
    statuses = [answer.status for answer in own]
    if statuses == ["HELD"]:
        # Parked messages wait for an operator and say no end.
        if (own[0].data["held_until"] or END_OF_TIME) < END_OF_TIME:
            yield f"{place} is held and has no final receipt"
    elif statuses[0] == "HELD":
        statuses.pop(0)
    if statuses != ["HELD"] and (len(statuses) != 1 or statuses[0] not in FINAL):
        yield f"{place} has the receipts {[answer.status for answer in own]}"


def _repeats(
    case: _Case, unanswered: Counter[str], by_input: Mapping[Coordinates, list[Answer]]
) -> Iterator[str]:
    """What has no receipt of its own repeats something, and got that one's receipt once more."""
    repeated: Counter[str] = Counter()
    for answer in case.answers:
        if not answer.duplicate:
            continue
        repeated[answer.data["content_sha256"]] += 1
        originals = [known.data for known in by_input.get(answer.of, ())]
        if answer.data not in originals:
            yield f"a duplicate's receipt for {answer.of} was never given before"
    for content in unanswered.keys() | repeated.keys():
        if unanswered[content] != repeated[content]:
            yield (
                f"{unanswered[content]} inputs with content {content[:8]} have no receipt of their"
                f" own, and {repeated[content]} receipts are for duplicates"
            )


def deliveries(case: _Case) -> Iterator[str]:
    """Laws 3 and 6: what was accepted is delivered once, as it was sent, and nothing else is."""
    delivered: dict[str, list[Record]] = defaultdict(list)
    for record in case.all(*DELIVERY_TOPICS):
        delivered[(dict(record.headers).get("gw-receipt-id") or b"?").decode()].append(record)
    for answer in case.accepted:
        found = delivered.pop(answer.receipt_id, [])
        sent = case.inputs.get(answer.of)
        if len(found) != 1:
            yield f"{answer.of} was accepted and delivered {len(found)} times"
        elif sent is not None:
            yield from _as_sent(answer, sent, found[0])
    for receipt_id, records in delivered.items():
        yield f"{records[0][:3]} was delivered without a receipt that accepts it: {receipt_id}"


def _as_sent(answer: Answer, sent: Record, found: Record) -> Iterator[str]:
    if [found.topic] != answer.data["delivered_to"] or found.partition != sent.partition:
        yield f"{answer.of} was delivered on {found[:2]}"
    if (found.key, found.value) != (sent.key, sent.value):
        yield f"{answer.of} was delivered with another key or value"
    kept = kept_headers(sent.headers)
    if list(found.headers[: len(kept)]) != kept:
        yield f"{answer.of} was delivered without its own headers"
    own = dict(found.headers[len(kept) :])
    if any(not own.get(name) for name in _OWN):
        yield f"{answer.of} was delivered without the gateway's headers"


def order(case: _Case) -> Iterator[str]:
    """Deliveries stand in order of acceptance; what was never held keeps the sender's order."""
    held = {answer.of for answer in case.firsts if answer.status == "HELD"}
    of_receipt = {answer.receipt_id: answer.of for answer in case.accepted}
    accepted: dict[tuple[str, int], list[str]] = defaultdict(list)
    for answer in case.accepted:
        accepted[answer.data["delivered_to"][0], answer.record[1]].append(answer.receipt_id)
    for topic in DELIVERY_TOPICS:
        sender, _, family = topic.partition(".in.")
        source = other(sender)
        for n in case.partitions:
            written = [
                (dict(record.headers).get("gw-receipt-id") or b"").decode()
                for record in case.log.get((topic, n), ())
            ]
            if written != accepted[topic, n]:
                yield f"{topic}/{n} is not in order of acceptance"
            places = [of_receipt[r] for r in written if r in of_receipt]
            offsets = [place[2] for place in places if place not in held]
            if offsets != sorted(offsets):
                yield f"{topic}/{n} is not in the order of {source}.out.{family}"


def facts(case: _Case) -> Iterator[str]:
    """One fact per accepted message, revisions counted up, and one count per answer of quality.

    A revision is of a correction or void, or tells what the one before did not know.
    """
    wanted: Counter[tuple[str, int]] = Counter()
    amended: Counter[str] = Counter()
    own = {(a.of[0][:2], a.record.key, a.data["message_id"]): _fact_id(a) for a in case.accepted}
    quality: Counter[str] = Counter()
    for answer in case.firsts:
        if answer.status in QUALITY:
            codes = [reason["code"] for reason in answer.data["reasons"]]
            quality[QUALITY[answer.status]] += codes != COUNTED_LATER
        if answer.status not in ACCEPTED:
            continue
        target = _target(answer, case.inputs[answer.of]) if answer.of in case.inputs else None
        if target is None:
            wanted[_fact_id(answer), 1] += 1
        else:
            amended[own[answer.of[0][:2], answer.record.key, target]] += 1
    written: Counter[tuple[str, int]] = Counter()
    revisions: defaultdict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    counted: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    for record in case.all(FOLLOWUP):
        event = orjson.loads(record.value or b"")
        data = event["data"]
        if data["fact"].startswith("quality."):
            ids[event["id"]] += 1
            counted[data["fact"]] += data["fields"]["codes"] != COUNTED_LATER
        else:
            written[data["fact_id"], data["revision"]] += 1
            revisions[data["fact_id"]][data["revision"]] = data
    for target, one in revisions.items():
        amended[target] += max(0, min(len(one) - 1 - amended[target], learnt(one)))
    for target, count in amended.items():
        wanted.update((target, revision) for revision in range(2, count + 2))
    yield from difference("facts", wanted, written)
    yield from difference("counts", quality, counted)
    yield from (f"the count {one} is written {n} times" for one, n in ids.items() if n > 1)


def _fact_id(answer: Answer) -> str:
    """The id of the fact of an accepted message."""
    key = (answer.record.key or b"").decode()
    return KEYS.fact_id(key, answer.data["message_source"], answer.data["message_id"])


def _target(answer: Answer, record: Record) -> str | None:
    """The id of the message that an accepted correction or void is about."""
    event = str(answer.data["message_type"]).split(".")[-2]
    if event not in {"corrected", "voided"}:
        return None
    body = orjson.loads(record.value or b"")
    data = body.get("data", body)
    return str(data["corrects" if event == "corrected" else "voids"]).lower()


def audit(case: _Case) -> Iterator[str]:
    """The chain is unbroken, and says of every answer what the receipt says, in the same order."""
    for n in case.partitions:
        entries = [orjson.loads(r.value or b"") for r in case.log.get((AUDIT, n), ())]
        previous = ""
        for number, record in enumerate(case.log.get((AUDIT, n), ()), start=1):
            entry = entries[number - 1]
            if (entry["number"], entry["previous_sha256"]) != (number, previous):
                yield f"partition {n}: the chain breaks at entry {number}"
                break
            previous = sha256(record.value or b"").hexdigest()
        yield from _verified(case, n)
        yield from _same_as_receipts(case, n, entries)
        yield from _causes(case, n, entries)


def _verified(case: _Case, n: int) -> Iterator[str]:
    """The product's own verifier agrees with the few lines above, which know nothing of it."""
    records = case.log.get((AUDIT, n), ())
    chain = Chain(n, ChainLog(0, records[-1].offset + 2 if records else 0))
    for record in records:
        chain.take(record)
    chain.close()
    for found in chain.breaks[:1]:
        yield f"partition {n}: {found.check} at offset {found.offset}: {found.text}"


def _said(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        (entry["topic"], entry["partition"], entry["offset"]),
        entry["receipt_id"],
        entry["duplicate"],
        entry["verdict"],
    )


def _same_as_receipts(case: _Case, n: int, entries: list[dict[str, Any]]) -> Iterator[str]:
    for topic in RECEIPT_TOPICS:
        told = [_said(entry) for entry in entries if entry["topic"][:2] == topic[:2]]
        given = [
            (answer.of, answer.receipt_id, answer.duplicate, answer.status)
            for answer in case.answers
            if answer.record[:2] == (topic, n)
        ]
        if told != given:
            yield f"{topic}/{n} and the audit differ"


def _causes(case: _Case, n: int, entries: list[dict[str, Any]]) -> Iterator[str]:
    """Every input record was decided once, in the order of its topic."""
    decided: dict[str, list[int]] = {topic: [] for topic in INPUT_TOPICS}
    for entry in entries:
        place = f"{entry['topic']}/{entry['partition']}/{entry['offset']}"
        if entry["cause"].startswith("due/"):
            continue
        if entry["duplicate"] or entry["cause"] == place:
            topic, _, offset = entry["cause"].split("/")
            decided[topic].append(int(offset))
    for topic, offsets in decided.items():
        if offsets != [record.offset for record in case.log.get((topic, n), ())]:
            yield f"the records of {topic}/{n} were not decided once each, in order"


def state(case: _Case) -> Iterator[str]:
    """Each task's own state, the last one written, stands where its audit stands."""
    for n in case.partitions:
        entries = case.log.get((AUDIT, n), ())
        own = [r for r in case.log.get((STATE, n), ()) if r.key == TASK_KEY.encode()]
        if not own:
            if entries:
                yield f"partition {n} has an audit and no state of its task"
            continue
        last = msgspec.msgpack.decode(own[-1].value or b"", type=TaskState)
        previous = sha256(entries[-1].value or b"").hexdigest() if entries else ""
        if (last.audit_count, last.audit_previous) != (len(entries), previous):
            yield f"partition {n}: the state's audit has {last.audit_count} of {len(entries)}"


def notices(case: _Case) -> Iterator[str]:
    """No notice comes twice to an agency."""
    for topic in NOTICE_TOPICS:
        ids = Counter(orjson.loads(record.value or b"")["id"] for record in case.all(topic))
        yield from (f"{topic}: {one} came {n} times" for one, n in ids.items() if n > 1)


def numbers(case: _Case) -> Iterator[str]:
    """Law 7: no personal number outside a body, neither by its form nor one of those sent."""
    sent = {
        number[-10:]
        for record in case.inputs.values()
        for number in re.findall(rb'"personal_number": ?"(\d{12})"', record.value or b"")
        if is_valid_personal_number(number.decode())
    }
    for topic in set(ALL_TOPICS) - set(INPUT_TOPICS):
        for record in case.all(topic):
            texts = [record.key or b""]
            texts += [name.encode() for name, _ in record.headers]
            texts += [value or b"" for _, value in record.headers]
            if not has_body(topic) and topic != STATE:
                texts.append(record.value or b"")
            text = b"\n".join(texts)
            if _NUMBER.search(text) or (_one_of(sent, text) and _one_of(sent, _HEX.sub(b"", text))):
                yield f"a personal number stands in {record[:3]}"


def _one_of(sent: set[bytes], text: bytes) -> bool:
    return any(
        run[start : start + 10] in sent
        for run in _LONG.findall(text)
        for start in range(len(run) - 9)
    )
