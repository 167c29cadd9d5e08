"""The verifier finds every kind of tampering with a real chain, and none in an untouched one.

The chain is that of a small year, decided by the fold with and without the express lane; each of
its entries stands in a transaction of its own, so an offset lies between two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import orjson
import pytest

from gateway.domain.days import DAY_MS
from gateway.shell.audit_chain import BREAKS_MAX, Chain, Earlier, Log
from gateway.shell.audit_entry import read_entry
from gateway.shell.commands import Command, answered
from gateway.shell.outputs import AuditChain
from schemas.record import Record
from schemas.topics import AUDIT, COMMANDS
from tests.faults.folded import folded
from tests.faults.harness import year

Records = list[Record]
#: Longer ago than anything in the year.
NOW_MS = 4_000_000_000_000


@pytest.fixture(scope="module")
def good() -> Records:
    """The longest audit partition of a small year."""
    log = folded(year(3, 0.005))
    place = max((place for place in log if place[0] == AUDIT), key=lambda place: len(log[place]))
    return [record._replace(offset=2 * at) for at, record in enumerate(log[place])]


def checked(
    records: Sequence[Record], log: Log | None = None, earlier: Earlier | None = None
) -> Chain:
    """The chain after its last record; unless said otherwise nothing was removed at the front."""
    end = records[-1].offset + 2 if records else 0
    chain = Chain(records[0].partition if records else 0, log or Log(0, end), earlier)
    for record in records:
        chain.take(record)
    chain.close()
    return chain


def value(record: Record) -> bytes:
    assert record.value is not None
    return record.value


def digest(record: Record) -> str:
    return sha256(value(record)).hexdigest()


def changed(record: Record, **fields: object) -> Record:
    """An entry with other content, in the gateway's own form."""
    return record._replace(value=orjson.dumps({**orjson.loads(value(record)), **fields}))


def forged(last: Record) -> Record:
    """An entry that fits after another."""
    number = orjson.loads(value(last))["number"] + 1
    entry = changed(last, number=number, previous_sha256=digest(last))
    return entry._replace(offset=last.offset + 2)


def test_an_untouched_chain_holds(good: Records) -> None:
    chain = checked(good)
    assert (chain.broken, chain.notes, chain.front) == (0, [], "whole")
    assert len(good) > 20
    assert chain.entries == len(good)
    assert chain.last is not None
    assert (chain.last.entry.number, chain.last.entry.sha256) == (len(good), digest(good[-1]))


def _edit(at: int, /, **fields: object) -> Callable[[Records], None]:
    def edit(records: Records) -> None:
        records[at] = changed(records[at], **fields)

    return edit


def _raw(at: int, change: Callable[[bytes], bytes | None]) -> Callable[[Records], None]:
    def edit(records: Records) -> None:
        records[at] = records[at]._replace(value=change(value(records[at])))

    return edit


def _remove(first: int, last: int) -> Callable[[Records], None]:
    def remove(records: Records) -> None:
        del records[first:last]

    return remove


def _swap(records: Records) -> None:
    records[4], records[5] = (
        records[5]._replace(offset=records[4].offset),
        records[4]._replace(offset=records[5].offset),
    )


def _insert(records: Records) -> None:
    records.insert(5, forged(records[4])._replace(offset=records[4].offset + 1))


def _repeat(records: Records) -> None:
    records.insert(5, records[4]._replace(offset=records[4].offset + 1))


def _recomputed(records: Records) -> None:
    """Change an entry and every hash after it but the last: whoever does so has to do all."""
    records[4] = changed(records[4], verdict="WITHHELD")
    for at in range(5, len(records) - 1):
        records[at] = changed(records[at], previous_sha256=digest(records[at - 1]))


def _forked(records: Records) -> None:
    """Append what another gateway wrote that went on from an older state."""
    records += [forged(records[6])._replace(offset=records[-1].offset + 2)]


def _of_another(records: Records) -> None:
    records[4] = changed(records[4], partition=records[4].partition + 1)


def _with_key(records: Records) -> None:
    records[4] = records[4]._replace(key=b"key")


def _with_header(records: Records) -> None:
    records[4] = records[4]._replace(headers=(("gw-note", b"1"),))


#: How a chain is changed, the check that finds it, and the record at which it does.
TAMPERINGS: Final[list[tuple[Callable[[Records], None], str, int]]] = [
    (_edit(4, verdict="WITHHELD"), "hash", 5),
    (_edit(4, codes=["BR-01"]), "hash", 5),
    (_edit(4, previous_sha256="0" * 64), "hash", 4),
    (_edit(0, previous_sha256="0" * 64), "hash", 0),
    (_recomputed, "hash", -1),
    (_remove(4, 5), "gap", 4),
    (_remove(4, 9), "gap", 4),
    (_remove(0, 3), "beginning", 0),
    (_swap, "order", 4),
    (_insert, "fork", 6),
    (_repeat, "repeat", 5),
    (_forked, "fork", -1),
    (_of_another, "partition", 4),
    (_with_key, "form", 4),
    (_with_header, "form", 4),
    (_edit(4, verdict="PERHAPS"), "form", 4),
    (_edit(4, number=0), "form", 4),
    (_edit(4, number="5"), "form", 4),
    (_edit(4, at="2024-03-05"), "form", 4),
    (_edit(4, cause="somebody"), "form", 4),
    (_edit(4, content_sha256="ab"), "form", 4),
    (_edit(4, receipt_id="none"), "form", 4),
    (_edit(4, agreement=""), "form", 4),
    (_edit(4, duplicate=0), "form", 4),
    (_edit(4, note="more"), "form", 4),
    (_raw(4, lambda text: text.replace(b'":', b'": ')), "form", 4),
    (_raw(4, lambda text: text[:-1]), "form", 4),
    (_raw(4, lambda text: text.replace(b'{"number"', b'{"number":1,"number"')), "form", 4),
    (_raw(4, lambda _: b"[]"), "form", 4),
    (_raw(4, lambda _: b"5"), "form", 4),
    (_raw(4, lambda text: orjson.dumps(dict(reversed(orjson.loads(text).items())))), "form", 4),
    (_raw(4, lambda _: b"\xff"), "form", 4),
    (_raw(4, lambda _: b"[" * 5_000), "form", 4),
    (_raw(4, lambda _: None), "form", 4),
]


@pytest.mark.parametrize(("tamper", "check", "at"), TAMPERINGS)
def test_tampering_is_found_at_its_place(
    good: Records, tamper: Callable[[Records], None], check: str, at: int
) -> None:
    records = list(good)
    tamper(records)
    chain = checked(records)
    assert chain.broken
    assert (chain.breaks[0].check, chain.breaks[0].offset) == (check, records[at].offset)
    # Nobody can be named by what is said of a forged entry.
    assert all(found.text.isprintable() and len(found.text) < 200 for found in chain.breaks)


def test_after_a_place_that_does_not_hold_the_next_one_is_found_too(good: Records) -> None:
    records = list(good)
    _remove(4, 5)(records)
    _edit(9, verdict="WITHHELD")(records)
    found = [(place.check, place.offset) for place in checked(records).breaks]
    assert found == [("gap", records[4].offset), ("hash", records[10].offset)]


def test_of_many_places_the_first_are_kept_and_all_are_counted(good: Records) -> None:
    junk = [good[0]._replace(offset=at, value=b"{}") for at in range(BREAKS_MAX + 5)]
    chain = checked(junk)
    assert (chain.broken, len(chain.breaks)) == (BREAKS_MAX + 5, BREAKS_MAX)


def test_an_entry_appended_outside_of_a_transaction_is_found(good: Records) -> None:
    """Though it fits the chain: only the gateway's writing ends with the marker of a commit."""
    records = [*good, forged(good[-1])]
    chain = checked(records, Log(0, records[-1].offset + 1))
    assert [place.check for place in chain.breaks] == ["transaction"]
    assert not checked(records).broken


@pytest.mark.parametrize(
    ("retention_ms", "now_ms", "front"),
    [
        (-1, NOW_MS, "removed"),
        (DAY_MS, NOW_MS, "expired"),
        (DAY_MS, 0, "unknown"),
        (None, NOW_MS, "unknown"),
    ],
)
def test_a_front_that_time_removed_is_told_from_one_that_was_deleted(
    good: Records, retention_ms: int | None, now_ms: int, front: str
) -> None:
    records = good[5:]
    log = Log(records[0].offset, records[-1].offset + 2, retention_ms, now_ms)
    chain = checked(records, log)
    assert chain.front == front
    assert [place.check for place in chain.breaks] == (["removed"] if front == "removed" else [])


def test_only_what_is_older_than_it_is_kept_counts_as_expired(good: Records) -> None:
    records = good[5:]
    first = records[0].timestamp_ms
    for age, front in ((DAY_MS, "expired"), (DAY_MS - 1, "unknown")):
        log = Log(records[0].offset, records[-1].offset + 2, DAY_MS, first + age)
        assert checked(records, log).front == front


@pytest.mark.parametrize(
    ("start", "front", "checks"), [(0, "empty", []), (7, "removed", ["removed"])]
)
def test_an_empty_partition_says_whether_it_held_entries(
    start: int, front: str, checks: list[str]
) -> None:
    chain = checked([], Log(start, start, -1))
    assert (chain.front, [place.check for place in chain.breaks]) == (front, checks)


def test_a_cut_end_is_found_beside_an_earlier_summary_alone(good: Records) -> None:
    whole = checked(good).last
    assert whole is not None
    earlier = Earlier(whole.entry.number, whole.entry.sha256)
    records = good[:-3]
    assert not checked(records).broken
    assert [place.check for place in checked(records, None, earlier).breaks] == ["earlier"]
    assert [place.check for place in checked([], None, earlier).breaks] == ["earlier"]
    assert not checked(good, None, earlier).broken
    assert not checked([*good, forged(good[-1])], None, earlier).broken


def test_a_chain_that_was_written_anew_is_found_beside_an_earlier_summary(good: Records) -> None:
    earlier = Earlier(8, digest(good[7]))
    records = [changed(good[0], verdict="WITHHELD")]
    for record in good[1:]:
        records.append(changed(record, previous_sha256=digest(records[-1])))
    assert not checked(records).broken
    found = checked(records, None, earlier).breaks
    assert [(place.check, place.offset) for place in found] == [("earlier", records[7].offset)]


def test_an_earlier_summary_reaches_behind_what_was_removed_since(good: Records) -> None:
    """The first entry that is left names the hash of the one before it; further back nothing is."""
    records = good[8:]
    log = Log(records[0].offset, records[-1].offset + 2, DAY_MS, NOW_MS)
    linked = checked(records, log, Earlier(8, digest(good[7])))
    assert (linked.broken, linked.notes) == (0, [])
    other = checked(records, log, Earlier(8, digest(good[6])))
    assert [place.check for place in other.breaks] == ["earlier"]
    behind = checked(records, log, Earlier(7, digest(good[6])))
    assert (behind.broken, len(behind.notes)) == (0, 1)
    nothing = checked([], Log(90, 90, DAY_MS, NOW_MS), Earlier(7, digest(good[6])))
    assert (nothing.broken, len(nothing.notes)) == (0, 1)


def added(good: Records, **fields: object) -> Records:
    """The chain with one more entry, about the input that was answered last.

    In a cause `{place}` is topic and partition of that input, `{offset}` where it stands.
    """
    own = next(record for record in reversed(good) if _is_first_answer(record))
    known = orjson.loads(value(own))
    place = f"{known['topic']}/{known['partition']}"
    fields["cause"] = str(fields["cause"]).format(place=place, offset=known["offset"])
    return [*good, changed(forged(good[-1]), topic=known["topic"], **fields)]


def set_back(good: Records) -> Records:
    """The first record of an input is decided again, as an operator may have it."""
    return added(good, offset=0, cause="{place}/0", duplicate=False)


def repeated(good: Records) -> Records:
    """The same, and it is known: its entry names the place of the original."""
    return added(good, offset=1, cause="{place}/0", duplicate=True)


def released(good: Records) -> Records:
    """A record that was held is decided because of one that came later."""
    return added(good, offset=0, cause="{place}/{offset}", duplicate=False)


def forged_deadline(good: Records) -> Records:
    """No deadline repeats a record; nothing may fail where somebody says so."""
    return added(good, offset=0, cause="due/1", duplicate=True)


@pytest.mark.parametrize(
    ("change", "notes"), [(set_back, 1), (repeated, 1), (released, 0), (forged_deadline, 0)]
)
def test_an_input_that_was_decided_anew_is_noted_and_breaks_nothing(
    good: Records, change: Callable[[Records], Records], notes: int
) -> None:
    """The runbook has operators set a group back where a topic was made anew."""
    records = change(good)
    chain = checked(records)
    assert chain.broken == 0
    assert len(chain.notes) == notes
    assert all(orjson.loads(value(records[-1]))["cause"] in note.text for note in chain.notes)


def _is_first_answer(record: Record) -> bool:
    entry = orjson.loads(value(record))
    where = f"{entry['topic']}/{entry['partition']}/{entry['offset']}"
    return bool(entry["cause"] == where and entry["offset"] > 0)


COMMAND = Command("c1", "release", "p" * 22, "Åsa", 'why "so"\n', "")


SAID: Final[list[dict[str, object]]] = [
    answered(COMMAND, "done", 1_700_000_000_000, ()),
    answered(COMMAND, "not_parked", -1, ()),
    answered("unreadable", "unreadable", 1_700_000_000_000, ()),
    # As releases before contract 1.1 have written them.
    {"verdict": "personal_number", "command": None},
    {
        "verdict": "done", "command": "release", "command_id": "c1", "person_key": "p" * 22,
        "record": None, "who": "Åsa", "why": "so",
    },
]  # fmt: skip


def commanded(said: dict[str, object]) -> bytes:
    """The first entry of a chain, an operator's command."""
    command = Record(COMMANDS, 3, 0, 0, b"key", b"{}")
    return AuditChain().command_entry(command, said, 1_700_000_000_000, "2026.1")


COMMAND_ENTRIES: Final = [
    Record(AUDIT, 3, 0, 1_700_000_000_000, None, commanded({**said, **unknown}))
    for said in (*SAID, dict(reversed(SAID[0].items())))
    for unknown in ({}, {"verdict": "so"})
]


@pytest.mark.parametrize("said", SAID)
def test_the_entries_of_operators_commands_are_entries(said: dict[str, object]) -> None:
    """Also those of releases before."""
    entry = read_entry(None, commanded(said))
    assert entry is not None
    assert (entry.number, entry.partition, entry.cause) == (1, 3, "operator")
    assert read_entry(None, commanded({**said, "verdict": "so"})) is None
