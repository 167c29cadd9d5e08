"""`samverkan case <case id>`: one case day by day, from the state that the gateway keeps.

Reads `gateway.state` read committed. What is shown names messages and days; the person appears
only as the person key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.table import Table

from gateway.agreement.model import Limits
from gateway.domain import sgi
from gateway.domain.days import as_date, day_at
from gateway.domain.ids import unpacked
from gateway.domain.migrate import load
from gateway.domain.person import Person
from gateway.domain.records import Intervention, InterventionMoved
from gateway.domain.state import Entry, PersonState
from gateway.domain.transitions import (
    REHABILITATION,
    STATES,
    TRANSITION_MEETINGS,
    happening,
    walk,
)
from gateway.shell.connection import client_options, stop
from gateway.shell.fold import TASK_KEY
from gateway.shell.parking import FAILED, KEPT, PARKED
from gateway.shell.settings import Settings, UserError
from schemas.topics import STATE

#: Values of the state topic that are not the state of a person.
_NO_PERSONS: Final = (TASK_KEY, FAILED, PARKED, KEPT)


async def find_case(settings: Settings, case_id: str) -> tuple[str, PersonState]:
    """Person key and state of the person who has the case.

    Raises:
        UserError: nobody has it.
    """
    found: tuple[str, PersonState] | None = None
    consumer = AIOKafkaConsumer(
        STATE,
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        waiting: set[TopicPartition] = set(consumer.assignment())
        ends = await consumer.end_offsets(list(waiting))
        waiting = {tp for tp in waiting if ends[tp] > 0}
        while waiting:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    key = record.key.decode()
                    # The id stands as text in the stored form: most persons need no decoding.
                    value = record.value or b""
                    if not key.startswith(_NO_PERSONS) and case_id.encode() in value:
                        state = load(value)
                        if any(entry.case_id == case_id for entry in state.entries):
                            found = (key, state)
            waiting = {tp for tp in waiting if await consumer.position(tp) < ends[tp]}
    finally:
        await stop(consumer)
    if found is None:
        raise UserError(
            f"No person at {settings.bootstrap_servers} has a case {case_id}; after the demo, run"
            " it with --keep and name its Kafka in SAMVERKAN_BOOTSTRAP_SERVERS."
        )
    return found


def print_case(
    key: str, state: PersonState, case_id: str, limits: Limits, console: Console
) -> None:
    """The case in the order of events, with its states, its SGI, what waits, and what is due."""
    entries = sorted(
        (entry for entry in state.entries if entry.case_id == case_id),
        key=lambda entry: (entry.day, entry.decided_at),
    )
    console.print(f"Ärende / Case {case_id}, person key {key}", highlight=False)
    table = Table()
    for column in ("händelsedag / event", "registrerad", "från", "meddelande", "svar", "läge"):
        table.add_column(column)
    states = dict(_states(state, entries))
    for entry in entries:
        answer = " ".join((entry.status, *(flag.code for flag in entry.flags)))
        if entry.voided:
            answer += " (makulerad)"
        elif entry.revision > 1:
            answer += f" (rättad, version {entry.revision})"
        table.add_row(
            as_date(entry.day).isoformat(),
            as_date(day_at(entry.decided_at)).isoformat(),
            entry.agency.upper(),
            entry.type_name,
            answer,
            states.get(unpacked(entry.message_id), ""),
        )
    console.print(table)
    for line in sgi_days(state, case_id, limits):
        console.print(line, highlight=False, markup=False)
    for held in state.held:
        if held.case_id == case_id:
            until = as_date(day_at(held.held_until)).isoformat()
            codes = ", ".join(flag.code for flag in held.waits)
            console.print(f"väntar / held until {until}: {held.type_name} ({codes})")
    for deadline in state.deadlines:
        due = as_date(day_at(deadline.due)).isoformat()
        console.print(f"bevakas / due {due}: {deadline.kind}", highlight=False)


#: States of the protection in words.
_PROTECTION: Final = {
    "open": "öppet, tid finns att skriva in sig / open, time to enrol is left",
    "protected": "skyddat / protected",
    "at_risk": "i fara, ett villkor saknas / at risk, a condition is not met",
    "missed": "missat / missed",
    "not_applicable": "ej tillämpligt / not applicable",
    "unknown": "okänt / unknown",
}


def sgi_days(state: PersonState, case_id: str, limits: Limits) -> Iterator[str]:
    """The protection day by day: how it stood, or will stand if nothing more is said."""
    person = Person(state)
    for sgi_case in sgi.sgi_cases(person):
        if sgi.agency_case(person, sgi_case) != case_id:
            continue
        opened = sgi.opened_case(person, sgi_case)
        last = None if opened is None else opened.last_day_with_sp
        yield f"SGI {sgi_case}"
        days = sgi.days_of_interest(person, sgi_case, limits.sgi_days, limits.sgi_reminder_days)
        for day in days:
            stands = sgi.protection(person, sgi_case, day, limits.sgi_days)
            number = "" if last is None or day < last else f"dag / day {day - last}"
            reminded = last is not None and day - last in limits.sgi_reminder_days
            note = ", påminnelse / reminder" if reminded and stands == "open" else ""
            yield f"  {as_date(day).isoformat()} {number:12} {_PROTECTION[stands]}{note}"


def _states(state: PersonState, entries: list[Entry]) -> Iterator[tuple[str, str]]:
    """(message id, the state that it led to), by the two literal tables."""
    categories = {
        entry.record.insats_id: entry.record.category
        for entry in state.entries
        if isinstance(entry.record, Intervention)
    }
    meetings = any(entry.type_name.startswith("meeting.transition") for entry in entries)
    table, now = (TRANSITION_MEETINGS, "M0") if meetings else (REHABILITATION, "R0")
    for entry in entries:
        record = entry.record
        category = None
        if isinstance(record, InterventionMoved):
            category = categories.get(record.insats_id)
        word = happening(record, category) if entry.effective else None
        if word is not None:
            after = walk(table, now, [word])[-1]
            if after != now:
                now = after
                yield unpacked(entry.message_id), f"{now} {STATES[now][0]}"
