"""The kept cases: situations that public bug reports tell of, each with its right answers.

A file of `tests/cases` is one message or a history (`messages`), each message with what it
`expect`s: status, codes and, where it matters, paths of the first receipt. A history may name all
`notices` that must come of it. Every file is answered in four ways: by Python, by the express
lane, by `samverkan check`, and by a gateway process on a real broker. Each of these hands its
answers to `judge`, which misses a file that got none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

CASES: Final = Path(__file__).parent / "cases"
#: Numbers of the catalogue that are no message: what shows each of them.
WITHOUT_MESSAGE: Final = {
    "16": "tests/shell/test_faults_told.py",
    "17": "tests/shell/test_faults_told.py",
    "18": "tests/followup/test_workbook.py",
}
#: A later step: a person's number changes.
LATER: Final = frozenset({"15"})
#: 07 and 09 were never given.
NUMBERS: Final = frozenset(f"{n:02}" for n in range(1, 20)) - {"07", "09"}


class Answered(NamedTuple):
    """What the first receipt of a message says; codes and paths in its order."""

    status: str
    codes: tuple[str, ...]
    paths: tuple[str, ...]


class Outcome(NamedTuple):
    """What came of a file: an answer to each message, and the notices as (type, agency)."""

    answers: tuple[Answered, ...]
    notices: Counter[tuple[str, str]]


def files() -> list[Path]:
    """Every kept case."""
    return sorted(CASES.rglob("*.json"))


def messages_of(file: Path) -> list[dict[str, Any]]:
    """The messages of a case, in order."""
    content = json.loads(file.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content.get("messages", [content])
    return found


def raw_value(message: Mapping[str, Any]) -> str:
    """The value of a message; byte for byte where that matters."""
    raw = message.get("raw_value")
    return json.dumps(message["value"], ensure_ascii=False) if raw is None else str(raw)


def answered(receipt: Mapping[str, Any]) -> Answered:
    """The answer that a receipt's data gives."""
    reasons = receipt["reasons"]
    return Answered(
        receipt["status"],
        tuple(reason["code"] for reason in reasons),
        tuple(reason["path"] for reason in reasons),
    )


def differences(file: Path, outcome: Outcome) -> Iterable[str]:
    """Where a file was answered otherwise than it says."""
    messages = messages_of(file)
    if len(messages) != len(outcome.answers):
        yield f"{file.name}: {len(messages)} messages, {len(outcome.answers)} answers"
    for number, (message, found) in enumerate(zip(messages, outcome.answers, strict=False), 1):
        wanted = message["expect"]
        as_wanted = Answered(
            wanted["status"],
            tuple(wanted["codes"]),
            tuple(wanted["paths"]) if "paths" in wanted else found.paths,
        )
        if found != as_wanted:
            yield f"{file.name} #{number}: {found} instead of {as_wanted}"
    said = json.loads(file.read_text(encoding="utf-8")).get("notices")
    if said is not None:
        expected = Counter((kind, agency) for kind, those in said.items() for agency in those)
        if outcome.notices != expected:
            yield f"{file.name}: notices {outcome.notices} instead of {expected}"


def judge(outcomes: Mapping[Path, Outcome]) -> None:
    """Every kept case has been answered, and as it says.

    Raises:
        AssertionError: a file is missing, or an answer differs.
    """
    found = [f"{file.name}: was not tried" for file in files() if file not in outcomes]
    for file in files():
        if file in outcomes:
            found += differences(file, outcomes[file])
    if found:
        raise AssertionError("\n".join(found))
