"""Consent given again after a withdrawal that the other agency recorded (contract-2 A 9).

It is accepted with `consent.reopened`, and the agency that recorded the withdrawal is told. What
counts is, purpose by purpose and family by family, which withdrawals nobody had answered with a new
consent. A consent of an earlier day than a withdrawal does not reopen anything: it ended with it. A
withdrawal that is void, or corrected to something else, is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gateway.domain.consent import EXCHANGE, STATISTICS, Pair
from gateway.domain.days import Day
from gateway.domain.ids import unpacked
from gateway.domain.records import Consent
from gateway.domain.state import Entry
from gateway.domain.work import Work


class Reopened(NamedTuple):
    """A withdrawal of the other agency, and what a new consent gives again of it."""

    withdrawal: Entry
    purposes: tuple[str, ...]
    families: tuple[str, ...]


def reopened(before: Sequence[Pair], given: Consent, agency: str, day: Day) -> list[Reopened]:
    """The other agency's withdrawals that a consent answers, in the order in which they came.

    Args:
        before: the consents in force that came before it.
        given: what the consent says.
        agency: who recorded it.
        day: its event day.
    """
    found: dict[int, tuple[Entry, dict[str, None], dict[str, None]]] = {}
    if not any(entry.agency != agency and _withdraws(said) for entry, said in before):
        return []
    for purpose, status in given.purposes:
        if status != "given":
            continue
        for family in given.families:
            for entry in _unanswered(before, purpose, family, day):
                if entry.agency != agency:
                    _, purposes, families = found.setdefault(id(entry), (entry, {}, {}))
                    purposes[purpose] = families[family] = None
    in_order = [found[id(entry)] for entry, _ in before if id(entry) in found]
    return [Reopened(entry, tuple(ps), tuple(fs)) for entry, ps, fs in in_order]


def _unanswered(before: Sequence[Pair], purpose: str, family: str, day: Day) -> list[Entry]:
    """The withdrawals that stand before a consent of a day; none when it ended with one of them."""
    standing: list[Entry] = []
    for entry, said in before:
        if family not in said.families:
            continue
        status = said.status(purpose)
        if purpose == STATISTICS and said.status(EXCHANGE) == "withdrawn":
            status = "withdrawn"
        if status == "withdrawn":
            standing.append(entry)
        elif status == "given" and _is_of_no_earlier_day(entry.day, standing):
            standing = []
    return standing if _is_of_no_earlier_day(day, standing) else []


def _withdraws(said: Consent) -> bool:
    return any(status == "withdrawn" for _, status in said.purposes)


def _is_of_no_earlier_day(day: Day, withdrawals: Sequence[Entry]) -> bool:
    return all(withdrawal.day <= day for withdrawal in withdrawals)


def tell(work: Work, consent: Entry, cause: Entry, was: Consent | None = None) -> None:
    """Tell the agencies whose withdrawals a consent answers.

    Args:
        work: the decision, in which the consent is in force.
        consent: the consent as it is remembered.
        cause: the message that brought it: itself, or its correction.
        was: what it said before its correction, of which nothing is told again.
    """
    given = consent.record
    assert isinstance(given, Consent)
    before = preceding(work.person.consents, consent)
    agency, day = consent.agency, consent.day
    told = set() if was is None else set(_pieces(reopened(before, was, agency, day)))
    for one in reopened(before, given, agency, day):
        if told.issuperset(_pieces([one])):
            continue
        reference = unpacked(cause.message_id)
        data = {
            "consent": reference,
            "withdrawal": unpacked(one.withdrawal.message_id),
            "families": list(one.families),
            "purposes": list(one.purposes),
        }
        of_both = f"{reference}|{data['withdrawal']}"
        work.notify(one.withdrawal.agency, "consent_reopened", of_both, cause.case_id, data)


def preceding(consents: Sequence[Pair], consent: Entry) -> list[Pair]:
    """The consents that came before one of them."""
    found: list[Pair] = []
    for pair in consents:
        if pair[0] is consent:
            break
        found.append(pair)
    return found


def _pieces(found: Sequence[Reopened]) -> list[tuple[int, str, str]]:
    return [
        (id(one.withdrawal), purpose, family)
        for one in found
        for purpose in one.purposes
        for family in one.families
    ]
