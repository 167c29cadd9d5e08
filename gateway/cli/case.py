"""`samverkan case <case id>`: one case day by day, from what the gateway's topics tell.

What is shown names messages by id, type and day; the person appears only as the person key. No
line depends on columns: types and ids stand whole, however narrow the terminal is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from gateway.agreement.model import Limits
from gateway.cli.case_reading import Case, Refused
from gateway.domain import sgi
from gateway.domain.days import as_date, day_at, rfc3339
from gateway.domain.ids import unpacked
from gateway.domain.person import Person
from gateway.domain.records import Intervention, InterventionMoved
from gateway.domain.state import Deadline, Entry, HeldMessage, Kept, PersonState
from gateway.domain.transitions import (
    REHABILITATION,
    STATES,
    TRANSITION_MEETINGS,
    happening,
    walk,
)

_UNKNOWN_DAY: Final = "----------"
_STEP: Final = 2


def print_case(
    key: str, state: PersonState, case_id: str, limits: Limits, console: Console
) -> None:
    """A case of which nothing but the state is known."""
    print_whole_case(Case(key, state), case_id, limits, console)


def print_whole_case(case: Case, case_id: str, limits: Limits, console: Console) -> None:
    """The case in the order of events, with its states, its SGI, what waits, and what is due."""
    state = case.state
    _say(console, 0, f"Ärende / Case {case_id}, person key {case.key}")
    if case.parked is not None:
        _print_parked(case, console)
    entries = sorted(
        (entry for entry in state.entries if entry.case_id == case_id),
        key=lambda entry: (entry.day, entry.decided_at),
    )
    states = dict(_states(state, entries))
    for entry in entries:
        _print_entry(entry, states.get(unpacked(entry.message_id)), console)
    _print_undecided(case, case_id, console)
    for line in sgi_days(state, case_id, limits):
        _say(console, 0, line)
    for deadline in state.deadlines:
        _print_deadline(deadline, console)
    for line in not_known(case, entries):
        _say(console, 0, f"ej känt / not known: {line}")


def _print_undecided(case: Case, case_id: str, console: Console) -> None:
    """What waits, for something or for an operator, and what was refused."""
    for held in case.state.held:
        if held.case_id == case_id:
            _print_held(held, console)
    for kept in case.line:
        if kept.case_id == case_id:
            _print_kept(kept, console)
    for refused in case.refused:
        _print_refused(refused, console)


def _say(console: Console, depth: int, line: str) -> None:
    """A line, folded at blanks to the terminal's width, with its parts below it indented."""
    console.print(Padding(Text(line, overflow="fold"), (0, 0, 0, depth * _STEP), expand=False))


def _print_parked(case: Case, console: Console) -> None:
    parked = case.parked
    assert parked is not None, "asked before"  # noqa: S101 - the caller has looked
    cause = parked.cause.removesuffix(f"/{case.key}")
    _say(console, 0, f"PARKERAD / PARKED since {rfc3339(parked.since)}: no record of this person is"
         " decided until an operator releases the person.")  # fmt: skip
    _say(console, 1, f"because of {cause}: {parked.problem}, {parked.failures} times")
    _say(console, 1, f"{len(case.line)} records are kept; what stands below is as it was before.")
    _say(console, 1, "next: samverkan parked list, and docs/runbook.md")


def _print_message(
    console: Console, day: str, agency: str, type_name: str, answer: str, *rest: str
) -> None:
    _say(console, 0, f"{day} {agency.upper()} {type_name}")
    for line in (answer, *rest):
        _say(console, 1, line)


def _registered(message_id: str, at: int | str) -> str:
    when = as_date(day_at(at)).isoformat() if isinstance(at, int) else at
    return f"id {message_id}, registrerad / registered {when}"


def _print_entry(entry: Entry, state: str | None, console: Console) -> None:
    answer = " ".join((entry.status, *(flag.code for flag in entry.flags)))
    if entry.voided:
        answer += " (makulerad / voided)"
    elif entry.revision > 1:
        answer += f" (rättad / corrected, version {entry.revision})"
    rest = [] if state is None else [f"läge / now: {state}"]
    message_id = unpacked(entry.message_id)
    day = as_date(entry.day).isoformat()
    identity = _registered(message_id, entry.decided_at)
    _print_message(console, day, entry.agency, entry.type_name, answer, *rest, identity)


def _print_held(held: HeldMessage, console: Console) -> None:
    until = as_date(day_at(held.held_until)).isoformat()
    answer = " ".join(("HELD", *(flag.code for flag in held.waits)))
    identity = _registered(unpacked(held.message_id), held.decided_at)
    waits = f"väntar / held until {until}"
    _print_message(console, _UNKNOWN_DAY, held.topic[:2], held.type_name, answer, waits, identity)


def _print_kept(kept: Kept, console: Console) -> None:
    name = (kept.ce_type or "unreadable").removeprefix("se.samverkan.")
    identity = _registered(kept.message_id, kept.decided_at)
    answer = "HELD gateway.parked"
    _print_message(console, _UNKNOWN_DAY, kept.topic[:2], name, answer, identity)


def _print_refused(refused: Refused, console: Console) -> None:
    answer = " ".join(("REJECTED", *refused.codes))
    identity = _registered(refused.message_id, refused.decided_at)
    type_name = refused.type_name
    _print_message(console, _UNKNOWN_DAY, refused.agency, type_name, answer, identity)


def _print_deadline(deadline: Deadline, console: Console) -> None:
    due = as_date(day_at(deadline.due)).isoformat()
    _say(console, 0, f"bevakas / due {due}: {deadline.kind}")


def not_known(case: Case, entries: list[Entry]) -> Iterator[str]:
    """What these topics cannot tell of the case."""
    if not entries:
        yield "no message of this case was accepted, so it has no state."
    if case.refused or case.state.held or case.line:
        yield f"the event day ({_UNKNOWN_DAY}) of what was not accepted: only its receipt is read."
    if case.receipts_cut:
        yield "messages that were refused before the oldest receipt that is still kept."


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
