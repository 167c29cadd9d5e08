"""What a seed says: how the messages come, and which harm is done when, to whom, and how much.

A plan is drawn from the seed and the topology alone and is printed before the run, so the same seed
does the same harm again. When exactly it strikes is told as a share of the work: of what has been
sent while the messages come, of what has been decided where all stood there from the beginning.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

Topology = Literal["one", "three"]
Feeding = Literal["live", "backlog"]
Kind = Literal[
    "kill", "stop", "freeze", "storm", "drop", "slow", "stall", "broker_kill", "disk_full",
    "leader_move", "coordinator_move", "clock", "agency_clock", "starve", "version",
]  # fmt: skip

NODES: Final[dict[Topology, int]] = {"one": 1, "three": 3}
GATEWAYS: Final = 3
#: Of each kind, how often it may come up in one run.
_GATEWAY: Final[tuple[Kind, ...]] = ("kill", "kill", "freeze", "freeze", "stop", "starve", "clock")
_NETWORK: Final[tuple[Kind, ...]] = ("drop", "slow", "stall", "storm")
_BROKER: Final[dict[Topology, tuple[Kind, ...]]] = {
    "one": ("broker_kill", "disk_full"),
    "three": ("broker_kill", "disk_full", "leader_move", "coordinator_move", "leader_move"),
}
#: Kinds that a shortened run would miss often: they come by turns, one per seed.
_TURNS: Final[tuple[Kind | None, ...]] = ("version", None, "agency_clock", "starve", None)
#: How long a gateway stands still: its session is 2 s.
FREEZE_S: Final = (2.5, 4.5)
DAY_S: Final = 86_400


@dataclass(frozen=True)
class Fault:
    """One harm: when (share of the work), what, to which gateway or node, for how long.

    `amount` is in the unit of its kind: seconds of delay, seconds of a clock, MiB of memory, number
    of guests.
    """

    at: float
    kind: Kind
    place: int
    node: int
    seconds: float
    amount: float = 0.0

    def __str__(self) -> str:
        text = f"{self.at:.2f} {self.kind} g{self.place} n{self.node} {self.seconds:.1f}s"
        return f"{text} {self.amount:g}" if self.amount else text


@dataclass(frozen=True)
class Plan:
    """Everything that is chosen for one run."""

    seed: int
    topology: Topology
    feeding: Feeding
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        faults = "; ".join(str(fault) for fault in self.faults)
        return f"seed {self.seed}, {self.topology}, {self.feeding}: {faults}"

    @property
    def kinds(self) -> list[Kind]:
        """The harm in order."""
        return [fault.kind for fault in self.faults]


def draw(seed: int, topology: Topology) -> Plan:
    """The plan of a seed."""
    rng = random.Random(f"{topology}/{seed}")
    feeding: Feeding = "live" if seed % 2 else "backlog"
    kinds: list[Kind] = rng.sample(_GATEWAY, 2) + rng.sample(_NETWORK, 2)
    kinds += rng.sample(_BROKER[topology], 1 if topology == "one" else 2)
    turn = _TURNS[seed % len(_TURNS)]
    if turn == "agency_clock" and feeding == "backlog":
        # Statistics of a complete log are compared with books that know nothing of wrong clocks.
        turn = "kill"
    if turn is not None:
        kinds.append(turn)
    if not {"kill", "freeze"} & set(kinds):
        kinds.append("kill")
    rng.shuffle(kinds)
    moments = sorted(rng.uniform(0.05, 0.85) for _ in kinds)
    faults = [_fault(rng, at, kind, topology) for at, kind in zip(moments, kinds, strict=True)]
    return Plan(seed, topology, feeding, tuple(faults))


def _fault(rng: random.Random, at: float, kind: Kind, topology: Topology) -> Fault:
    seconds, amount = _extent(rng, kind)
    place, node = rng.randrange(GATEWAYS), rng.randrange(NODES[topology]) + 1
    return Fault(at, kind, place, node, seconds, amount)


def _extent(rng: random.Random, kind: Kind) -> tuple[float, float]:
    """How long and how much; all are drawn, so that adding a kind moves no other."""
    sign = rng.choice((-1, 1))
    drawn: dict[Kind, tuple[float, float]] = {
        "freeze": (rng.uniform(*FREEZE_S), 0.0),
        "storm": (4.0, rng.randint(3, 5)),
        "drop": (rng.choice((0.0, rng.uniform(0.3, 2.5))), 0.0),
        "slow": (rng.uniform(2.0, 4.0), rng.choice((0.02, 0.05, 0.15))),
        # Below and above the watchdog of a commit.
        "stall": (rng.choice((rng.uniform(0.5, 2.0), rng.uniform(6.5, 8.0))), 0.0),
        "broker_kill": (rng.uniform(0.5, 3.0), 0.0),
        "disk_full": (rng.uniform(0.5, 1.5), 0.0),
        "clock": (rng.uniform(1.0, 3.0), sign * rng.choice((7_200, 40 * DAY_S))),
        "agency_clock": (2.0, sign * rng.choice((300, 7_200, 3 * DAY_S))),
        "starve": (0.0, rng.choice((0, 32, 128))),
        "version": (rng.uniform(2.0, 4.0), 0.0),
    }
    return drawn.get(kind, (0.0, 0.0))
