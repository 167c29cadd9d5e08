"""Every fault says what happened and leads to the section of the runbook that is right for it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from aiokafka import errors as kafka

from gateway.shell import faults
from gateway.shell.faults import KNOWN, Fault, explained
from gateway.shell.parking import Poison

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = set(re.findall(r"^## ([a-z-]+)$", RUNBOOK, re.MULTILINE))
#: Each fault of the code, by words of its text, and its section. A new fault is added here.
TOLD = {
    "after the signal:": "general",
    "ended with an error beside its work": "general",
    "it has ended": "general",
    "a record for {…} does not fit into an empty batch": "general",
    "would have {…} bytes": "general",
    "the first that came of {…} is not its receipt": "receipt-per-record",
    "records were decided and {…} were answered": "receipt-per-record",
    "went back: {…} to {…}": "monotone-offsets",
    "the brokers set no time on": "topic-settings",
    "is the next to decide: retention has removed": "log-start",
    "but nothing of it has been decided": "log-start",
    "the next to read is not in the log any more": "log-start",
    "is the next to decide: the log was cut": "topic-made-anew",
    "is the next to read: the topic was deleted and made anew": "topic-made-anew",
    "was decided: the topic was deleted and made anew": "topic-made-anew",
    "was deleted and made anew while it was read": "topic-made-anew",
    "was assigned without": "topic-made-anew",
    "but its group has no offsets": "no-offsets",
    "it is no longer fetched": "standstill",
    "deciding {…} failed with": "failing-record",
    "is no entry of a gateway": "audit-end",
    "but gateway.state knows of no entry": "audit-end",
    "somebody else has added entries": "audit-end",
    "the end of the audit was cut": "audit-end",
    "ends with another entry": "audit-end",
    "so it held entries": "audit-end",
    "holds no entry, but its state": "audit-end",
    "has lost every entry": "audit-end",
}


RAISED = {"Fault", "faults.Fault", "Refusal"}


def texts() -> list[str]:
    """The text of every fault that the code can raise, with `{…}` for what it fills in."""
    found = []
    for file in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in RAISED:
                found.append(_text(node.args[0]))
            if isinstance(node, ast.ClassDef) and "Fault" in map(ast.unparse, node.bases):
                calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
                inits = [n for n in calls if ast.unparse(n.func) == "super().__init__"]
                found += [_text(call.args[0]) for call in inits]
    return found


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), f"the text of a fault stands where it is raised: {node}"
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values
    )


def section(text: str) -> str:
    """Where a text leads to; every one ends so."""
    found = re.search(r" \(runbook: ([a-z-]+)\)$", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize("text", sorted(texts()))
def test_each_fault_leads_to_the_section_that_is_right_for_it(text: str) -> None:
    (expected,) = {place for words, place in TOLD.items() if words in text}
    assert section(text) == expected
    assert expected in SECTIONS


def test_the_list_of_faults_has_none_that_the_code_lacks() -> None:
    everything = "\n".join(texts())
    assert [words for words in TOLD if words not in everything] == []


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_of_foreign_errors_leads_to_a_section(name: str) -> None:
    assert section(KNOWN[name]) in SECTIONS


def test_every_known_error_of_the_client_is_one() -> None:
    others = {"TimeoutError", "UnknownVersionError"}
    assert [name for name in set(KNOWN) - others if not hasattr(kafka, name)] == []


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (kafka.InvalidProducerIdMapping(), "transactional id of a task has expired"),
        (kafka.ProducerFenced(), "another process has taken over"),
        (TimeoutError(), "have not answered in time"),
        (kafka.KafkaConnectionError("secret"), "do not answer"),
        (kafka.TopicAuthorizationFailedError("t"), "refuse a topic"),
        (LookupError("secret"), "nothing more is known"),
    ],
    ids=repr,
)
def test_a_foreign_error_is_explained_by_its_type_and_its_text_is_not_shown(
    problem: BaseException, words: str
) -> None:
    for told in (problem, _led_to(problem)):
        assert words in explained(told)
        assert "secret" not in explained(told)


def _led_to(problem: BaseException) -> BaseException:
    """What aiokafka makes of an error in its sender: another one, of no known type."""
    wrapped = kafka.KafkaError("Unexpected error during batch delivery")
    wrapped.__cause__ = problem
    return wrapped


def test_a_fault_and_a_poison_are_told_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, object]] = []
    monkeypatch.setattr(faults, "log", lambda _, **fields: lines.append(fields))
    faults._tell("engine", Fault("x (runbook: general)"))
    faults._tell("engine", Poison(1, "k", "fk.out.plan/1/7", "LookupError"))
    faults._tell("engine", kafka.InvalidProducerIdMapping())
    assert lines[0]["text"] == "x (runbook: general)"
    assert str(lines[1]["text"]).endswith("failed with LookupError (runbook: failing-record)")
    assert str(lines[2]["text"]).endswith("(runbook: transactional-id)")
