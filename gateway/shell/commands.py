"""Commands of operators on `gateway.commands`: what they are, and reading them without trust.

A command is about one parked person and stands on the partition of that person, so the task that
owns the partition reads it like an input, in the same transaction as what comes of it. It is
answered in `gateway.audit`, with who and why; neither may name a personal number.

- `release`: decide everything that is kept, in line, and free the person.
- `redrive`: decide the first of the line alone; the others go on waiting.
- `expire`: give the first of the line its final answer, REJECTED, undecided.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

from gateway.domain.days import rfc3339
from gateway.domain.decision import Receipt
from schemas.numbers import names_somebody

Name = Literal["release", "redrive", "expire"]
NAMES: Final[tuple[str, ...]] = get_args(Name)
Receipts = tuple[Receipt, ...]
_TEXT_MAX: Final = 500
_COMMAND_BYTES_MAX: Final = 16_384
#: What becomes of a command, with what an operator can do about it.
OUTCOMES: Final = {
    "done": "It was carried out.",
    "failed": "Deciding what is kept still ends the process: mend the code first, or expire it.",
    "unreadable": "It is not of the form of a command: send it with `samverkan parked`.",
    "personal_number": "Who or why names a personal number: say it without.",
    "not_parked": "No such person is parked on this partition: `samverkan parked list`.",
    "nothing_waits": "Nothing is kept of this person: release it.",
    "not_first": "Another record is first in line now: look at `samverkan parked list` again.",
    "person_parked": "The person of this record is parked: release the person first.",
}


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator wants.

    `id` is chosen by the sender; `record` is the place (topic/partition/offset) of the first in
    line, so that a command sent twice does not hit the next one; `release` needs none.
    """

    id: str
    command: Name
    person: str
    who: str
    why: str
    record: str = ""


def command_bytes(command: Command) -> bytes:
    """A command as a record's value."""
    return msgspec.json.encode(command)


_decoder: Final = msgspec.json.Decoder(Command)


def read_command(value: bytes | None) -> Command | str:
    """The command in a record's value, or the outcome that refuses it. Never raises."""
    if value is None or len(value) > _COMMAND_BYTES_MAX:
        return "unreadable"
    try:
        command = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "unreadable"
    texts = (command.id, command.person, command.record, command.who, command.why)
    if any(len(text) > _TEXT_MAX for text in texts) or not (command.who and command.why):
        return "unreadable"
    if any(names_somebody(text) for text in texts):
        return "personal_number"
    return command


def answered(
    command: Command | str, outcome: str, taken_ms: int, receipts: Receipts
) -> dict[str, Any]:
    """What the audit says of a command; of one that could not be read, only when it was taken.

    `taken_at` is the timestamp of the command's record: in production the time at which the broker
    took it, in the local profile the sender's. `at` of the entry is the stream's time, which the
    command does not move. `records` says what became of each record, in the order of the decisions.
    """
    taken = {"taken_at": rfc3339(taken_ms) if taken_ms >= 0 else None}
    if isinstance(command, str):
        return {"verdict": outcome, "command": None, **taken}
    return {
        "verdict": outcome,
        **taken,
        "command": command.command,
        "command_id": command.id,
        "person_key": command.person,
        "record": command.record or None,
        "who": command.who,
        "why": command.why,
        "records": [
            {
                "record": f"{receipt.topic}/{receipt.partition}/{receipt.offset}",
                "message_id": receipt.message_id,
                "status": receipt.status,
                "codes": [flag.code for flag in receipt.reasons],
            }
            for receipt in receipts
        ],
    }
