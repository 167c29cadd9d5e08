"""`samverkan case <case id>`: one case day by day, from what is on the gateway's topics.

What is shown names messages by id, type and day; the person appears only as the person key. No
line depends on columns: types and ids stand whole, however narrow the terminal is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.console import Console

from gateway.agreement.model import Limits
from gateway.cli.case_reading import Case, Refused
from gateway.cli.lines import say
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
from gateway.languages import BOTH, Speech
from schemas.reasons import Texts

_UNKNOWN_DAY: Final = "----------"


class Page(NamedTuple):
    """Where a case is printed, and in which language."""

    console: Console
    speech: Speech = BOTH

    def say(self, depth: int, line: str) -> None:
        """Print a line."""
        say(self.console, depth, line)

    def short(self, sv: str, en: str) -> str:
        """Return a word or two in the language of the reader."""
        return self.speech.short(sv, en)


def print_case(key: str, state: PersonState, case_id: str, limits: Limits, page: Page) -> None:
    """A case of which nothing but the state is known."""
    print_whole_case(Case(key, state), case_id, limits, page)


def print_whole_case(case: Case, case_id: str, limits: Limits, page: Page) -> None:
    """The case in the order of events, with its states, its SGI, what waits, and what is due."""
    state = case.state
    key = page.short("personnyckel", "person key")
    page.say(0, f"{page.short('Ärende', 'Case')} {case_id}, {key} {case.key}")
    if case.parked is not None:
        _print_parked(case, page)
    entries = sorted(
        (entry for entry in state.entries if entry.case_id == case_id),
        key=lambda entry: (entry.day, entry.decided_at),
    )
    states = dict(_states(state, entries))
    for entry in entries:
        _print_entry(entry, states.get(unpacked(entry.message_id)), page)
    _print_undecided(case, case_id, page)
    for depth, line in sgi_days(state, case_id, limits, page.speech):
        page.say(depth, line)
    for deadline in state.deadlines:
        _print_deadline(deadline, page)
    for texts in not_known(case, entries):
        page.say(0, page.short("ej känt", "not known") + ":")
        for line in page.speech.lines(*texts):
            page.say(1, line)


def _print_undecided(case: Case, case_id: str, page: Page) -> None:
    """What waits, for something or for an operator, and what was refused."""
    for held in case.state.held:
        if held.case_id == case_id:
            _print_held(held, page)
    for kept in case.line:
        if kept.case_id == case_id:
            _print_kept(kept, page)
    for refused in case.refused:
        _print_refused(refused, page)


def _print_parked(case: Case, page: Page) -> None:
    parked = case.parked
    assert parked is not None, "asked before"  # noqa: S101 - the caller has looked
    cause = parked.cause.removesuffix(f"/{case.key}")
    since = rfc3339(parked.since)
    page.say(0, f"{page.short('PARKERAD sedan', 'PARKED since')} {since}")
    for line in page.speech.lines(
        "Inget som rör personen avgörs förrän en operatör släpper personen. Orsak:"
        f" {cause}, {parked.problem}, {parked.failures} gånger. {len(case.line)} meddelanden är"
        " sparade; det som står nedan är läget före det.",
        "No record of this person is decided until an operator releases the person. Cause:"
        f" {cause}, {parked.problem}, {parked.failures} times. {len(case.line)} records are kept;"
        " what is below is as it was before.",
    ):
        page.say(1, line)
    page.say(1, f"{page.short('härnäst', 'next')}: samverkan parked list, docs/runbook.md")


def _print_message(page: Page, day: str, agency: str, type_name: str, *rest: str) -> None:
    page.say(0, f"{day} {agency.upper()} {type_name}")
    for line in rest:
        page.say(1, line)


def _registered(page: Page, message_id: str, at: int | str) -> str:
    when = as_date(day_at(at)).isoformat() if isinstance(at, int) else at
    return f"id {message_id}, {page.short('registrerad', 'registered')} {when}"


def _print_entry(entry: Entry, state: str | None, page: Page) -> None:
    answer = " ".join((entry.status, *(flag.code for flag in entry.flags)))
    if entry.voided:
        answer += f" ({page.short('makulerad', 'voided')})"
    elif entry.revision > 1:
        answer += f" ({page.short('rättad', 'corrected')}, version {entry.revision})"
    rest = [] if state is None else [f"{page.short('läge', 'now')}: {state}"]
    day = as_date(entry.day).isoformat()
    identity = _registered(page, unpacked(entry.message_id), entry.decided_at)
    _print_message(page, day, entry.agency, entry.type_name, answer, *rest, identity)


def _print_held(held: HeldMessage, page: Page) -> None:
    until = as_date(day_at(held.held_until)).isoformat()
    answer = " ".join(("HELD", *(flag.code for flag in held.waits)))
    identity = _registered(page, unpacked(held.message_id), held.decided_at)
    waits = f"{page.short('väntar till', 'held until')} {until}"
    _print_message(page, _UNKNOWN_DAY, held.topic[:2], held.type_name, answer, waits, identity)


def _print_kept(kept: Kept, page: Page) -> None:
    name = (kept.ce_type or "unreadable").removeprefix("se.samverkan.")
    identity = _registered(page, kept.message_id, kept.decided_at)
    _print_message(page, _UNKNOWN_DAY, kept.topic[:2], name, "HELD gateway.parked", identity)


def _print_refused(refused: Refused, page: Page) -> None:
    answer = " ".join(("REJECTED", *refused.codes))
    identity = _registered(page, refused.message_id, refused.decided_at)
    type_name = refused.type_name
    _print_message(page, _UNKNOWN_DAY, refused.agency, type_name, answer, identity)


def _print_deadline(deadline: Deadline, page: Page) -> None:
    due = as_date(day_at(deadline.due)).isoformat()
    page.say(0, f"{page.short('bevakas', 'due')} {due}: {deadline.kind}")


def not_known(case: Case, entries: list[Entry]) -> Iterator[Texts]:
    """What these topics cannot tell of the case."""
    if not entries:
        yield Texts(
            "Inget meddelande i ärendet har godtagits, så det har inget läge.",
            "No message of this case was accepted, so it has no state.",
        )
    if case.refused or case.state.held or case.line:
        yield Texts(
            f"Händelsedagen ({_UNKNOWN_DAY}) för det som inte godtagits: bara kvittensen läses.",
            f"The event day ({_UNKNOWN_DAY}) of what was not accepted: only its receipt is read.",
        )
    if case.receipts_cut:
        yield Texts(
            "Meddelanden som avvisades före den äldsta kvittens som finns kvar.",
            "Messages that were refused before the oldest receipt that is still kept.",
        )


#: States of the protection in words.
_PROTECTION: Final = {
    "open": Texts("öppet, tid finns att skriva in sig", "open, time to enrol is left"),
    "protected": Texts("skyddat", "protected"),
    "at_risk": Texts("i fara, ett villkor saknas", "at risk, a condition is not met"),
    "missed": Texts("missat", "missed"),
    "not_applicable": Texts("ej tillämpligt", "not applicable"),
    "unknown": Texts("okänt", "unknown"),
}


def sgi_days(
    state: PersonState, case_id: str, limits: Limits, speech: Speech
) -> Iterator[tuple[int, str]]:
    """The protection day by day: how it stood, or will stand if nothing more is said."""
    person = Person(state)
    for sgi_case in sgi.sgi_cases(person):
        if sgi.agency_case(person, sgi_case) != case_id:
            continue
        opened = sgi.opened_case(person, sgi_case)
        last = None if opened is None else opened.last_day_with_sp
        yield 0, f"SGI {sgi_case}"
        days = sgi.days_of_interest(person, sgi_case, limits.sgi_days, limits.sgi_reminder_days)
        for day in days:
            stands = sgi.protection(person, sgi_case, day, limits.sgi_days)
            counts = last is not None and day >= last
            number = f" {speech.short('dag', 'day')} {day - (last or 0)}" if counts else ""
            reminded = last is not None and day - last in limits.sgi_reminder_days
            told = reminded and stands == "open"
            note = f", {speech.short('påminnelse', 'reminder')}" if told else ""
            yield 1, f"{as_date(day).isoformat()}{number} {speech.of(_PROTECTION[stands])}{note}"


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
