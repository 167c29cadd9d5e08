"""A record that ends every process that decides it: on a real Kafka, under a supervisor.

The restarts end after as many failures as the setting says; the person is parked, its neighbours
on the same partition flow, and an operator's command brings everything in order, exactly once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.broker import BrokerInfo
from gateway.shell.faults import EXIT_FAULT
from schemas.partition import partition_of
from schemas.record import Record
from schemas.topics import AUDIT, DELIVERY_TOPICS, QUARANTINE, RECEIPT_TOPICS
from simulator.wire import SimRecord
from tests.dsl import KEYS, instant
from tests.faults.checker import answers_of, violations
from tests.faults.harness import Team
from tests.kafka.agencies import closing_records
from tests.kafka.live import PARTITIONS, Installation, installation, wait_until
from tests.kafka.poisoned import PERSON, TYPE
from tests.kafka.process import GATEWAY, ROOT, clean_environment
from tests.kafka.test_requirements_checks import Story, synthetic

pytestmark = [pytest.mark.unmeasured, pytest.mark.kafka, pytest.mark.xdist_group("topics")]

POISONED = (sys.executable, str(ROOT / "tests" / "kafka" / "poisoned.py"))
PERSONS = 14
#: Fewer than usual: a restart takes seconds.
PARK_AFTER = 2
VICTIM = KEYS.person_key(synthetic(1))
WHERE = partition_of(VICTIM.encode(), PARTITIONS)
LINE = ("referral.called", "referral.answered", "meeting.assessment_completed", "plan.set")


def written() -> list[SimRecord]:
    """Everybody's case, message by message in turn."""
    story = Story()
    writers = [story.opened("2024-02-05", f"p{n}") for n in range(PERSONS)]
    for day, name in enumerate(LINE, start=10):
        for n, writer in enumerate(writers):
            story.say(writer, name, f"2024-02-{day}", f"p{n}/{name}")
    return story.records


def samverkan(live: Installation, *words: str) -> subprocess.Popen[str]:
    """A command of an operator."""
    env = {
        "SAMVERKAN_BOOTSTRAP_SERVERS": live.bootstrap,
        "SAMVERKAN_GROUP": live.group,
        "COLUMNS": "250",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli.main", *words],
        env=clean_environment() | env,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def told(live: Installation, *words: str, team: Team | None = None) -> tuple[int, str]:
    """Exit code and words of a command, while the supervisor goes on."""
    process = samverkan(live, *words)
    if team is not None:
        wait_until(lambda: team.supervise() or process.poll() is not None, "a command")
    out, err = process.communicate(timeout=40)
    return process.returncode, out + err


def of_victim(records: list[Record]) -> list[dict[str, Any]]:
    return [orjson.loads(r.value or b"") for r in records if r.key == VICTIM.encode()]


def check_parked(live: Installation, team: Team) -> None:
    """What operators see, and what the agencies have got."""
    (process,) = team.members
    wait_until(lambda: (process.ready() or {}).get("ready"), "getting ready")
    ready = process.ready() or {}
    assert (ready["parked"], ready["ready"]) == (1, True)
    assert any("parked" in alarm for alarm in ready["alarms"])
    _, metrics = process.ask("/metrics") or (0, b"")
    assert b"samverkan_parked_persons 1.0" in metrics
    assert f"samverkan_parked_records {len(LINE)}.0".encode() in metrics
    log = live.log()
    entries = [orjson.loads(r.value or b"") for r in log[QUARANTINE, WHERE]]
    assert [(e["problem"], e["failures"]) for e in entries] == [("LookupError", PARK_AFTER)]
    answers = answers_of(log)
    late = [place for place, found in answers.items() if found == ["HELD"]]
    assert len(late) == len(LINE)
    assert {place[1] for place in late} == {WHERE}
    others = [found for place, found in answers.items() if place not in late]
    assert all(found in (["ACCEPTED"], ["ACCEPTED_WITH_WARNING"]) for found in others)
    code, text = told(live, "parked", "list")
    assert code == 0
    assert VICTIM in text
    assert "LookupError" in text
    code, text = told(live, "case", "S-1")
    assert code == 0
    assert "PARKED since" in text
    assert text.count("HELD gateway.parked") == len(LINE)
    code, text = told(live, "case", "S-2")
    assert (code, "PARKED" in text) == (0, False)


def check_released(live: Installation) -> None:
    """Everything of the person came once and in order, and every law holds."""
    live.prefill(closing_records(instant("2025-03-01T09:00")))
    live.wait_drained()
    assert live.stop() == [0]
    log = live.log()
    assert violations(log) == []
    receipts = [event for topic in RECEIPT_TOPICS for event in of_victim(log[topic, WHERE])]
    final = [e["data"] for e in receipts if e["data"]["status"].startswith("ACCEPTED")]
    assert len(final) == len(LINE) + 2
    delivered = [e for t in DELIVERY_TOPICS for e in of_victim(log[t, WHERE])]
    assert len(delivered) == len(final)
    audit = [orjson.loads(r.value or b"") for r in log[AUDIT, WHERE]]
    commands = [e for e in audit if e.get("command")]
    assert [(e["verdict"], e["who"]) for e in commands] == [("failed", "eva"), ("done", "eva")]
    at = audit.index(commands[-1])
    freed = [e["topic"].rpartition(".")[2] for e in audit[at - len(LINE) : at]]
    assert freed == [name.partition(".")[0] for name in LINE]


@pytest.mark.timeout(300)
def test_a_poisonous_record_parks_its_person_until_an_operator_releases_it(
    kafka: BrokerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, PERSON, VICTIM)
    monkeypatch.setitem(os.environ, TYPE, LINE[0])
    neighbours = [synthetic(n) for n in range(2, PERSONS + 1)]
    assert WHERE in {partition_of(KEYS.person_key(n).encode(), PARTITIONS) for n in neighbours}
    with installation(kafka, tmp_path) as live:
        live.prefill(written())
        team = Team(live, 1, POISONED, {"PARK_AFTER": str(PARK_AFTER)})
        team.start_unready()
        team.supervise_until_drained()
        assert team.exits == [EXIT_FAULT] * PARK_AFTER
        said = "".join(process.said() for process in live.processes)
        assert synthetic(1) not in said
        check_parked(live, team)
        # A kill changes nothing for it, and neither does releasing it too early.
        team.members[0].kill()
        wait_until(lambda: team.supervise() or len(team.exits) > PARK_AFTER, "noticing the kill")
        words = ("release", VICTIM, "--who", "eva", "--why", "ny version")
        code, text = told(live, "parked", *words, team=team)
        assert (code, "failed" in text) == (1, True)
        assert team.exits[PARK_AFTER + 1 :] == [EXIT_FAULT] * PARK_AFTER
        team.stop()
        live.processes.clear()
        live.start(GATEWAY)
        code, text = told(live, "parked", *words)
        assert code == 0, text
        assert text.startswith(f"release of {VICTIM} by eva, taken at 20")
        assert text.count("  ACCEPTED") == len(LINE)
        assert told(live, "parked", "list") == (0, "Nobody is parked.\n")
        check_released(live)


@pytest.mark.timeout(300)
def test_the_command_line_says_what_became_of_each_record_and_exits_with_1_for_a_rejected_one(
    kafka: BrokerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, PERSON, VICTIM)
    monkeypatch.setitem(os.environ, TYPE, LINE[0])
    story = Story()
    writer = story.opened("2024-02-05", "p")
    story.say(writer, LINE[0], "2024-02-10", "called")
    with installation(kafka, tmp_path) as live:
        live.prefill(story.records)
        team = Team(live, 1, POISONED, {"PARK_AFTER": "1"})
        team.start_unready()
        team.supervise_until_drained()
        words = ("expire", VICTIM, "--who", "eva", "--why", "kan inte lagas")
        today = datetime.now(UTC).date()
        code, text = told(live, "parked", *words, team=team)
        assert code == 1, text
        # The case's first message stands before it.
        place = f"{story.records[-1].topic}/{WHERE}/1"
        assert f"  REJECTED (gateway.parked): {place}, message {story.ids['called']}" in text
        assert "1 of 1 records were REJECTED" in text
        (taken,) = re.findall(r"taken at (\S+Z): entry", text)
        assert datetime.fromisoformat(taken).date() >= today
        code, text = told(live, "parked", "release", *words[1:], team=team)
        assert (code, "No record was waiting." in text) == (0, True)
        team.stop()
