"""What the benchmarks compute from what they measured, and that their pages are fresh."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import markdown, members, memory, replay, scale, soak, throughput
from benchmarks.child import ChildError
from benchmarks.output import demand, number
from benchmarks.peer_shape import shape_of
from benchmarks.traffic import Answer
from schemas.registry import REGISTRY
from simulator.wire import SimRecord

DOCS = Path(__file__).parents[2] / "docs"
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def figures():
    return json.loads((DOCS / "benchmarks.json").read_bytes())


@pytest.mark.parametrize(("page", "write"), [("benchmarks", markdown.page), ("scale", scale.page)])
def test_the_pages_say_what_the_figures_say(figures, page, write):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    assert text == write(figures), 'run `python -m benchmarks --only ""`'


def test_the_busiest_window_holds_the_most_moments():
    moments = [hour * HOUR_MS for hour in (0, 30, 60, 100, 101, 140, 147, 149, 300)]
    begin, end = replay.busiest(moments, 48 * HOUR_MS)
    assert [moment // HOUR_MS for moment in moments[begin:end]] == [100, 101, 140, 147]


def samples(resident, stored):
    return [
        {"at_s": 60.0 * n, "resident_mib": resident(n), "stored_mib": stored(n)} for n in range(40)
    ]


def test_a_leak_is_growth_and_states_are_not():
    leak = soak._growth(samples(lambda n: 100.0 + n, lambda _: 20.0))
    states = soak._growth(samples(lambda n: 100.0 + n, lambda n: 20.0 + n))
    assert leak["grown_above_stored_mib"] == pytest.approx(20.0)
    assert leak["slope_mib_per_hour"] == pytest.approx(60.0)
    assert states["grown_above_stored_mib"] == pytest.approx(0.0)
    assert states["slope_mib_per_hour"] == pytest.approx(0.0)
    assert [one["holds"] for one in soak.demands(leak)] == [False]
    assert [one["holds"] for one in soak.demands(states)] == [True]


def test_too_few_samples_show_nothing():
    with pytest.raises(ChildError, match="3 samples"):
        soak._growth(samples(float, float)[:3])


def test_a_pause_is_the_longest_time_without_a_receipt_of_the_partition():
    answers = [Answer(at, n, 0.1) for n in (0, 1) for at in (1.0, 2.0, 2.5 + 9 * n, 12.0)]
    assert members._pause(answers, 0) == (2.5, 12.0)
    assert members._pause(answers, 1) == (2.0, 11.5)
    with pytest.raises(ChildError, match="partition 2 had 0"):
        members._pause(answers, 2)


def test_the_gateway_is_held_against_the_fastest_form_of_each_reference():
    rates = {"gateway_1": 4_000, "streams": 3_000, "streams_rocksdb": 5_000, "copy": 16_000}
    found = throughput.demands({"engines": {name: {"rate": rate} for name, rate in rates.items()}})
    assert [(one["reached"], one["holds"]) for one in found] == [(0.8, False), (0.25, True)]


def test_a_demand_holds_on_its_limit():
    assert demand("", 5.0, 5.0)["holds"]
    assert demand("", 5.0, 5.0, at_most=True)["holds"]
    assert not demand("", 5.0, 5.1, at_most=True)["holds"]


def test_restore_and_memory_are_demanded():
    found = memory.demands({"persons_per_second": 30_000, "above_stored_bytes_per_person": 2_000})
    assert [one["holds"] for one in found] == [True, False]


def record(key, value):
    return SimRecord("fk.out.referral", None, key, value, (), 0, None, "plain")


def test_the_peer_writes_as_large_a_state_as_was_measured():
    outputs = {
        role: {"per_message": 1.0, "value_bytes": 600.0, "header_bytes": 0.0}
        for role in ("receipt", "delivery", "notice", "fact", "audit", "state")
    }
    one, other, nobody = b"a" * 22, b"b" * 22, b"0" * 22
    sent = [record(one, b"1"), record(one, b"2"), record(other, b"3"), record(one, b"4")]
    refused = [record(nobody, b"5"), record(nobody, b"6")]
    made = shape_of(outputs, [*sent, sent[0], *refused])
    # One, two, one and three entries when they are written; repeats write nothing.
    assert made["mean_entries"] == pytest.approx(9 / 6)
    assert made["state_entry_bytes"] == 400
    assert made["types"].keys() == REGISTRY.keys()


def test_the_peer_is_told_of_every_field_what_it_may_hold():
    types = shape_of({"state": {"value_bytes": 1.0}}, [record(b"a", b"1")])["types"]
    consent = types["se.samverkan.consent.recorded.v1"]
    assert consent["event_at"]["kinds"] == ["date", "date-time"]
    assert consent["handler_role"]["kinds"] == ["null", "string"]
    assert "system" in consent["handler_role"]["values"]
    assert (consent["round_no"]["min"], consent["round_no"]["max"]) == (1, 1000)
    assert (consent["case_id"]["required"], consent["unit"]["required"]) == (True, False)


def test_a_plan_needs_its_figures():
    assert "Not all that it needs is measured yet" in scale.page({})


def test_the_plan_follows_from_the_figures():
    basis = scale.Basis(
        rate=4_000, engine_us=240, broker_us=60, second=1.5, message_bytes=800,
        written_bytes=4_200, written_records=5, stored_bytes=1_400, bytes_per_person=1_800,
        base_bytes=70 * 2**20, restore_rate=100_000, timeout_s=10, recovery_s=10.4,
    )  # fmt: skip
    plan = scale.Plan.of(basis)
    assert (plan.processes, plan.partitions) == (5, 12)
    assert plan.persons_each == 2_000_000
    assert plan.pause_s == pytest.approx(10 + 25)
    assert plan.caught_up_s == pytest.approx(10_000 * 35 / 6_000)
    assert number(plan.broker_cores) == "0.60"
