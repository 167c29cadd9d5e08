"""What comparing the tables with the simulator's books has found, each as a history of its own."""

from __future__ import annotations

from pathlib import Path

from tests.followup.history_dsl import History, confirmation_of, table


def test_only_the_first_decision_counts_whatever_the_period(tmp_path: Path) -> None:
    """N13: a move in the next year is no first decision of who enrolled the year before."""
    person = (
        History("moved")
        .enrolled("2023-11-01", in_cooperation_at="2023-11-01")
        .decided("2023-11-11", "first")
        .decided("2024-03-01", "second")
    )
    told = table(tmp_path / "then", "N13", "2023", person)
    assert told.parts("decision_days_mean") == (10, 1)
    told = table(tmp_path / "later", "N13", "2024", person)
    assert told.parts("decision_days_mean") == (0, 0)


def test_a_closing_stays_the_persons_when_the_second_report_is_of_nobody(tmp_path: Path) -> None:
    """Consent to statistics was withdrawn between the two reports (BR-29, BR-35)."""
    for number in range(4):  # whichever report has the lesser id
        name = f"withdrawn-{number}"
        person = History(name).opened("2024-01-10").assessed("2024-02-10")
        person.closed("2024-06-10", "studies", id=f"{name}-closing")
        other = History.anonymous(f"{name}-other").closed(
            "2024-06-10", "studies", **confirmation_of(f"{name}-closing")
        )
        flow = table(tmp_path / name, "flow", "2024", person, other)
        assert flow.of("flow_count", step="closed") == 1
