"""Restatements: what changed between two extracts is listed, all of it, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.followup.errors import ReportError
from gateway.followup.restatement import Restatement, restate
from gateway.followup.restatement_render import RESTATED
from tests.followup.extract_dsl import SMALL_YEAR, extract
from tests.followup.followup_dsl import (
    AE,
    ANONYMOUS,
    SP,
    assessment,
    fact,
    fact_id,
    store_of,
    voided,
)  # fmt: skip

pytestmark = pytest.mark.unmeasured

BEFORE, AFTER = "2024-06-30", "2024-12-31"
LATER = "2024-08-01T12:00:00.000Z"

#: What may be registered between the two times, and what it is called in the restatement.
HAPPENINGS = {
    "late": assessment("late", registered=LATER),
    "new": assessment("new", "2024-07-05", registered=LATER),
    "corrected": assessment("w1", "2024-02-06", registered=LATER, revision=2, benefits=[AE]),
    "voided": voided("w2", LATER),
    "withdrawn": assessment(
        "m0", "2024-02-05", registered=LATER, revision=2, benefits=[SP], sex="man", **ANONYMOUS
    ),
}
LATER_KINDS = ["late", "voided", "corrected", "anonymous"]
MOVES_NOTHING = [
    assessment("again", "2024-02-06", registered=LATER, confirms="w3", **ANONYMOUS),
    fact("plan", "plan.set", registered=LATER, event_at="2024-03-01"),
]


def restated(root: Path, later: Sequence[bytes]) -> Restatement:
    store = store_of(root, [*SMALL_YEAR, *later])
    return restate(store, ["2024-T1"], "2024", BEFORE, AFTER)


def counts(found: Restatement) -> dict[str, tuple[int, int, set[str]]]:
    """Changed counts of assessments: (before, after, facts)."""
    return {
        f"{one.row['benefit']} {one.row['sex']}": (
            one.before["value"] if one.before else None,
            one.after["value"] if one.after else None,
            set(one.facts),
        )
        for one in found.changes
        if one.row["measure"] == "gk_count"
    }  # type: ignore[return-value]  # counts are whole numbers


def ids(*names: str) -> set[str]:
    return {fact_id(name) for name in names}


def test_a_late_event_is_listed_where_it_counts(tmp_path: Path) -> None:
    """Acceptance check 10: one more woman with sjukpenning, by one fact that came late."""
    found = restated(tmp_path, [HAPPENINGS["late"]])
    assert counts(found) == {
        "sjukpenning women": (11, 12, ids("late")),
        "sjukpenning total": (11, 12, ids("late")),
        "total women": (12, 13, ids("late")),
        "total total": (15, 16, ids("late")),
    }
    (late,) = found.facts.values()
    assert (late.why, late.was, late.revision, late.event_day) == ("late", None, 1, "2024-02-05")
    assert (found.before, found.after) == (
        extract(tmp_path, BEFORE, controlled=False), extract(tmp_path, AFTER, controlled=False),
    )  # fmt: skip


def test_late_corrected_voided_and_withdrawn_are_told_apart(tmp_path: Path) -> None:
    """All at once; each is behind just the cells that it moved."""
    found = restated(tmp_path, [*HAPPENINGS.values(), *MOVES_NOTHING])
    assert {one.fact_id: one.why for one in found.facts.values()} == {
        fact_id({"corrected": "w1", "voided": "w2", "withdrawn": "m0"}.get(why, why)): why
        for why in HAPPENINGS
    }
    moved = counts(found)
    assert moved["aktivitetsersattning women"] == (1, 2, ids("w1"))
    assert moved["aktivitetsersattning men"] == (3, 2, ids("m0"))
    assert moved["sjukpenning men"] == (0, 1, ids("m0"))
    assert moved["total women"] == (12, 13, ids("late", "new", "w2"))
    assert found.unmoved == {("meeting.assessment_completed", "late"): 1, ("plan.set", "late"): 1}


def test_what_moves_no_figure_is_counted_and_not_listed(tmp_path: Path) -> None:
    """The other agency's report, and a fact of another kind."""
    found = restated(tmp_path, MOVES_NOTHING)
    assert (found.changes, found.facts) == ([], {})
    assert sum(found.unmoved.values()) == 2
    assert "Ingen siffra skiljer sig" in RESTATED["text"](found)


def test_cells_whose_parts_cancel_out_are_no_change(tmp_path: Path) -> None:
    """One woman less and one more leave the figure; the facts are told as moving none of it."""
    found = restated(tmp_path, [HAPPENINGS["late"], HAPPENINGS["voided"]])
    assert counts(found) == {}


@settings(max_examples=8, deadline=None)
@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(LATER_KINDS), st.integers(0, 11)),
        min_size=1, max_size=8, unique_by=lambda kind: kind[1],
    )
)  # fmt: skip
def test_the_causes_make_up_the_whole_difference(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[tuple[str, int]]
) -> None:
    """Whatever comes later: every difference is explained to the unit, and by somebody."""
    later = [
        {
            "late": assessment(f"late{number}", registered=LATER, sex="man"),
            "voided": voided(f"w{number}", LATER),
            "corrected": assessment(f"w{number}", registered=LATER, revision=2, sex="okant"),
            "anonymous": assessment(f"a{number}", registered=LATER, benefits=[AE], **ANONYMOUS),
        }[kind]
        for kind, number in kinds
    ]
    found = restated(tmp_path_factory.mktemp("r"), later)
    assert all(one.facts for one in found.changes)
    assert [one.difference for one in found.changes] == [one.explained for one in found.changes]
    assert found.before.id != found.after.id


def test_the_times_have_to_be_in_order(tmp_path: Path) -> None:
    """Said in one sentence."""
    store = store_of(tmp_path, SMALL_YEAR)
    with pytest.raises(ReportError, match="name the earlier time first"):
        restate(store, ["2024-T1"], "2024", AFTER, BEFORE)


@pytest.mark.parametrize("form", RESTATED)
def test_every_form_names_facts_and_nobody(tmp_path: Path, form: str) -> None:
    """By fact id; no pseudonym of a person or a case stands in it; twice is the same."""
    found = restated(tmp_path, [*HAPPENINGS.values(), *MOVES_NOTHING])
    shown = RESTATED[form](found)
    assert all(one in shown for one in ids("late", "new", "w1", "w2", "m0"))
    assert "person-of" not in shown
    assert "case-of" not in shown
    assert RESTATED[form](restate(tmp_path, ["2024-T1"], "2024", BEFORE, AFTER)) == shown
    if form == "json":
        assert json.loads(shown)["from"]["extract"] == found.before.id
    if form == "csv":
        lines = list(csv.DictReader(io.StringIO(shown)))
        assert {line["fact_id"] for line in lines} == set(found.facts)


def test_the_command_line_takes_two_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And refuses to make a restatement public."""
    monkeypatch.setenv("SAMVERKAN_STORE", str(store_of(tmp_path, [*SMALL_YEAR, *MOVES_NOTHING])))
    wanted = ["report", "--table", "2024-T1", "--restatement", BEFORE, AFTER]
    assert "Ingen siffra skiljer sig" in CliRunner().invoke(app, wanted).output
    refused = CliRunner().invoke(app, [*wanted, "--audience", "public"])
    assert refused.exit_code == 1
