"""Six seeds of the fault harness, three on one node and three on three nodes, for every change.

`make faults` runs as many as one likes, with more messages; `docs/faults.md` tells what came of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.plan import NODES, Topology, draw
from tests.faults.run import seeds_of
from tests.kafka.process import ROOT

#: Chosen so that together they do every kind of harm.
SEEDS: dict[Topology, str] = {"one": "31,42,47", "three": "21,35,44"}
ALL_KINDS = {
    "kill", "stop", "freeze", "storm", "drop", "slow", "stall", "broker_kill", "disk_full",
    "leader_move", "coordinator_move", "clock", "agency_clock", "starve", "version",
}  # fmt: skip


def test_the_seeds_do_every_kind_of_harm() -> None:
    plans = [draw(seed, topology) for topology in NODES for seed in seeds_of(SEEDS[topology])]
    assert {kind for plan in plans for kind in plan.kinds} == ALL_KINDS
    assert {plan.feeding for plan in plans} == {"live", "backlog"}


def test_a_seed_says_everything() -> None:
    assert draw(7, "three") == draw(7, "three")
    assert len({str(draw(seed, "one")) for seed in range(50)}) == 50


@pytest.mark.kafka
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_every_law_holds_whatever_the_seeds_do(tmp_path: Path) -> None:
    """Both topologies beside each other: most of a run is waiting for sessions and starts."""
    started = {
        topology: subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.faults.run", "--short"),
                *("--topology", topology, "--seeds", SEEDS[topology]),
                *("--results", str(tmp_path / topology)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for topology in NODES
    }
    try:
        said = {topology: process.communicate()[0] for topology, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
            process.wait(60)
    for topology, process in started.items():
        assert process.returncode == 0, said[topology]
        lines = (tmp_path / topology).read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["violations"] for line in lines] == [[], [], []]
