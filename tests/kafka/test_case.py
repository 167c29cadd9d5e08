"""`samverkan case` as an operator sees it: real processes, terminals of three widths."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.broker import BrokerInfo
from schemas.topics import RECEIPT_TOPICS
from tests.kafka.live import Installation, installation
from tests.kafka.process import run_to_end
from tests.kafka.test_requirements_checks import Story, synthetic

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics"), pytest.mark.unmeasured]

MEETINGS = ("meeting.transition_offered", "meeting.transition_answered", "meeting.transition_held")


def written() -> Story:
    """A person with three meetings of one kind, a message that waits, and one that is refused."""
    story = Story()
    writer = story.opened("2024-02-05", "a")
    for day, name in enumerate(MEETINGS, 10):
        story.say(writer, name, f"2024-02-{day}", name)
    story.say(writer, "plan.intervention_started", "2024-02-20", "waits", insats_id="I-9")
    story.say(writer, "referral.called", "2024-02-21", "refused", channel="brevduva")
    other = story.somebody("2024-02-05", "b")
    other.case_id = "S-77"
    story.say(other, "referral.called", "2024-02-21", "only refused", channel="brevduva")
    return story


def shown(live: Installation, case_id: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    settings = {"BOOTSTRAP_SERVERS": live.bootstrap}
    done = run_to_end([sys.executable, "-m", "gateway.cli.main", "case", case_id], settings)
    return done.returncode, done.stdout, done.stderr


def test_a_case_is_shown_whole_at_every_width(
    kafka: BrokerInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = written()
    with installation(kafka, tmp_path) as live:
        live.prefill(story.records)
        live.start_ready(1)
        live.wait_drained()
        for width in (40, 80, 120):
            monkeypatch.setenv("COLUMNS", str(width))
            code, text, said = shown(live, "S-1")
            assert code == 0, said
            lines = text.splitlines()
            assert max(map(len, lines)) <= width
            for name in MEETINGS:
                assert sum(name in line for line in lines) == 1, "each type whole, on one line"
            for label in (*MEETINGS, "waits", "refused"):
                assert any(story.ids[label] in line for line in lines), f"the id of {label}"
            words = " ".join(text.split())
            assert "REJECTED schema.invalid" in words
            assert "HELD" in words
            assert "not known: sv: Händelsedagen" in words
            assert "en: The event day" in words
            assert "PARKED" not in text
            assert synthetic(1) not in text
            assert synthetic(1)[2:] not in text
        code, text, _ = shown(live, "S-77")
        assert code == 0
        assert "No message of this case was accepted" in " ".join(text.split())
        check_unknown(live)


def check_unknown(live: Installation) -> None:
    """What is not known is said in one sentence that speaks of this installation alone."""
    code, text, said = shown(live, "S-404")
    assert (code, text) == (1, "")
    assert said.count("\n") == 1
    assert "Nothing at" in said
    assert "demo" not in said
    code, text, said = shown(live, synthetic(1))
    assert (code, text) == (1, "")
    assert synthetic(1) not in said
    live.admin.delete_topics([RECEIPT_TOPICS[0]])[RECEIPT_TOPICS[0]].result()
    code, text, said = shown(live, "S-1")
    assert (code, text) == (1, "")
    assert "so nothing is known of any case" in said
