"""`make faults`: seeds on a real Kafka, each with its own harm, each judged by all laws.

    python -m tests.faults.run --seeds 1-50 --topology one --results docs/faults.jsonl

prints the plan of each seed before it runs, and one line of result after it. The same seed does the
same harm again. A run that finds a violation, or does not come to its end, makes the exit code 1;
its topics' logs and the processes' output are kept then.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.broker import BrokerError
from tests.faults.cluster import Cluster
from tests.faults.drive import FULL, SHORT, Result, Run, Size
from tests.faults.plan import NODES, Topology, draw
from tests.kafka.live import TopicsError

#: A cluster is made anew now and then, so that what runs leave in it does not pile up.
SEEDS_PER_CLUSTER: Final = 10


def say(text: object) -> None:
    """Tell whoever watches, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def seeds_of(text: str) -> list[int]:
    """`1-3,7` -> 1, 2, 3, 7."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def one(seed: int, topology: Topology, cluster: Cluster, size: Size) -> Result:
    """Run one seed; what a failed run leaves is kept, what a good one leaves is removed.

    Raises:
        TopicsError: it has not begun.
    """
    plan = draw(seed, topology)
    say(plan)
    folder = Path(tempfile.mkdtemp(prefix=f"samverkan-faults-{topology}-{seed}-"))
    run = Run(plan, cluster, folder, size)
    try:
        result = run.go()
    except TopicsError:
        shutil.rmtree(folder)
        raise
    except (AssertionError, TimeoutError) as problem:
        result = Result(seed, topology, plan.feeding, [str(fault) for fault in plan.faults])
        result.ends = dict(run.crew.ends)
        # Only what happened: processes' own words name this machine's folders.
        result.violations = [f"did not come to its end: {str(problem).partition(':')[0][:200]}"]
        say(problem)
    finally:
        run.end()
    if result.violations:
        say(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    return result


def told(result: Result) -> str:
    """One line for people."""
    ends = ", ".join(f"{count} {name}" for name, count in sorted(result.ends.items()))
    verdict = "; ".join(result.violations) or "no violation"
    return (
        f"seed {result.seed} {result.topology}: {result.records} messages,"
        f" {ends}, all answered after {result.seconds} s: {verdict}"
    )


def runs(
    seeds: list[int], topology: Topology, size: Size, until: float = float("inf")
) -> Iterator[Result]:
    """One seed after the other, on clusters of their own; none is begun after `until`."""
    cluster: Cluster | None = None
    try:
        for number, seed in enumerate(seeds):
            if time.time() > until:
                return
            if number % SEEDS_PER_CLUSTER == 0 and cluster is not None:
                cluster.end()
                cluster = None
            cluster = cluster or Cluster(topology)
            try:
                result = one(seed, topology, cluster, size)
            except TopicsError as problem:
                # What failed are the brokers, before any gateway: once more, with new ones.
                say(problem)
                cluster.end()
                cluster = None  # not to be ended twice, should the next one not start
                cluster = Cluster(topology)
                result = one(seed, topology, cluster, size)
            yield result
            if result.violations:
                # Whatever happened to it: the next seed shall not suffer from it.
                cluster.end()
                cluster = None
    finally:
        if cluster is not None:
            cluster.end()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1-3", help="such as 1-50 or 4,8")
    parser.add_argument("--topology", choices=[*NODES, "both"], default="both")
    parser.add_argument("--results", type=Path, help="file to which each result is added as JSON")
    parser.add_argument("--short", action="store_true", help="fewer messages, as in CI")
    parser.add_argument("--until", help="begin no seed after this time of day, such as 13:35")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupted)
    # Guests of the group see nodes go; that is the point.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    until = float("inf")
    if args.until:
        today = time.strftime("%Y-%m-%d ") + args.until
        until = time.mktime(time.strptime(today, "%Y-%m-%d %H:%M"))
    size = SHORT if args.short else FULL
    wrong = 0
    try:
        for topology in NODES if args.topology == "both" else [args.topology]:
            for result in runs(seeds_of(args.seeds), topology, size, until):
                say(told(result))
                wrong += bool(result.violations)
                if args.results is not None:
                    with args.results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(result.line()) + "\n")
    except BrokerError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
