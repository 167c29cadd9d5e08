"""What a correction or void amends: the message of its family with the id, or why there is none."""

from __future__ import annotations

from typing import Any, Final

from gateway.domain.ids import packed
from gateway.domain.person import Person
from gateway.domain.rules.situation import error, hold
from gateway.domain.state import Entry, Flag
from schemas.codec import Message, parse_data
from schemas.diagnose import NO_PERSON_TYPE
from schemas.identity import is_valid_personal_number
from schemas.registry import BY_NAME

#: Endings of the types that amend others; they are not amended themselves.
AMENDMENTS: Final = (".corrected", ".voided")
_PROBLEM: Final = "correction.unknown_message"


def is_amendment(type_name: str) -> bool:
    """Whether a type is a correction or void."""
    return type_name.endswith(AMENDMENTS)


def target_of(person: Person, wanted: bytes, message: Message) -> Entry | None:
    """The message of the family with the id; the sender's own, should both have used the id."""
    family = f"{message.type.family}."
    found = None
    for entry in person.state.entries:
        if entry.message_id == wanted and entry.type_name.startswith(family):
            found = entry
            if entry.agency == message.agency:
                break
    return found


def no_target(person: Person, wanted: bytes, message: Message, path: str) -> Flag:
    """Why what is amended is not there: it may come, or it never can.

    What waits may come. What is known to be of another family, of the other agency or an amendment
    itself cannot become what is meant, and nothing waits for it.
    """
    family = f"{message.type.family}."
    waiting = [held for held in person.state.held if held.message_id == wanted]
    of_family = [held for held in waiting if held.type_name.startswith(family)]
    own = [held for held in of_family if held.topic[:2] == message.agency]
    if of_family and not own:
        return error("BR-43", path, "correction_of_other_agency")
    if own:
        amends = all(is_amendment(held.type_name) for held in own)
        return error(_PROBLEM, path, "is_amendment") if amends else hold(_PROBLEM, path)
    elsewhere = bool(waiting) or any(e.message_id == wanted for e in person.state.entries)
    detail = _never(message, wanted, elsewhere=elsewhere)
    return hold(_PROBLEM, path) if detail is None else error(_PROBLEM, path, detail)


def _never(message: Message, wanted: bytes, *, elsewhere: bool) -> str | None:
    """Why an unknown target cannot come, as a detail; None when it can.

    The original of another person is in that person's history, where this message is not looked
    at. A refusal counter is about nobody, and what replaces one fits no message about a person.
    """
    if wanted == packed(message.id):
        return "itself"
    if elsewhere:
        return "other_family"
    if message.type.event == "voided":
        return None
    data: Any = message.data
    if data.reason == "fel_person":
        return "fel_person"
    return None if _fits_something(message.type.family, data.replacement) else "fits_nothing"


def _fits_something(family: str, replacement: dict[str, Any]) -> bool:
    """Whether a replacement is valid data of any type of a family that can be corrected."""
    return any(
        row.family == family
        and not is_amendment(row.name)
        and row.name != NO_PERSON_TYPE
        and not isinstance(parse_data(row, replacement), tuple)
        for row in BY_NAME.values()
    )


def moves_to_another_person(message: Message) -> bool:
    """Whether the replacement of a correction is about another person than the correction."""
    data: Any = message.data
    person = data.replacement.get("person")
    number = person.get("personal_number") if isinstance(person, dict) else None
    return (
        isinstance(number, str)
        and is_valid_personal_number(number)
        and number != message.personal_number
    )
