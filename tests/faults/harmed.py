"""The real gateway as a process that faults can be done to: the entry point of the harness.

`python tests/faults/harmed.py --ways 19092=40001 …` runs `consumers.gateway` unchanged, but

- connections to a broker's port go through the proxy's port instead (`--ways`);
- SIGUSR2 lets the process say what all its tasks are waiting for;
- SIGUSR1 lets the process's wall clock jump by the next of `--jumps` seconds;
- `--memory` gives it, from the moment it begins to restore, no more memory than that many MiB above
  what it has, and lets each restored state take 8 MiB more: it dies in the middle of the restore;
- `--dawdle` lets every restore take so many seconds longer;
- `--code` runs another version of the code, a folder with `gateway`, `schemas` and `consumers`;
- `--engine` makes it wrong on purpose (`tests.faults.wrong`).
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

_BALLAST_BYTES: Final = 8 << 20


def through(ways: dict[int, int]) -> None:
    """Lead connections to these ports to the proxy's."""
    connect = asyncio.BaseEventLoop.create_connection

    async def led(self: Any, factory: Any, host: Any = None, port: Any = None, **more: Any) -> Any:
        return await connect(self, factory, host, ways.get(port, port), **more)

    asyncio.BaseEventLoop.create_connection = led


def jumping(jumps: list[float]) -> None:
    """At each SIGUSR1 the wall clock goes on from another time; `time.monotonic` does not."""
    real = time.time
    left = list(jumps)
    shift = 0.0

    def jump(*_: object) -> None:
        nonlocal shift
        shift += left.pop(0) if left else 0.0

    signal.signal(signal.SIGUSR1, jump)
    time.time = lambda: real() + shift


def asked() -> None:
    """At SIGUSR2 every task shows where it stands: a process that does not end has a reason."""

    def show(*_: object) -> None:
        for task in asyncio.all_tasks():
            task.print_stack(file=sys.stderr)

    signal.signal(signal.SIGUSR2, show)


def starved(mib: int) -> None:
    """Allow little more memory than there is when the restore begins, and let states be large."""
    from gateway.shell import engine, telemetry  # noqa: PLC0415 - of the version that is run
    from gateway.shell.fold import Fold  # noqa: PLC0415 - of the version that is run

    restore, restore_one = engine.restore, Fold.restore
    ballast: list[bytes] = []

    async def restored(*arguments: Any) -> None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + (mib << 20)
        telemetry.log("starved", limit=limit)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        await restore(*arguments)

    def restored_one(*arguments: Any) -> None:
        ballast.append(bytes(_BALLAST_BYTES))
        restore_one(*arguments)

    engine.restore = restored
    Fold.restore = restored_one


def dawdling(seconds: float) -> None:
    """Let every restore take so much longer, as one of many persons does."""
    from gateway.shell import engine  # noqa: PLC0415 - of the version that is run

    restore = engine.restore

    async def restored(*arguments: Any) -> None:
        await asyncio.sleep(seconds)
        await restore(*arguments)

    engine.restore = restored


def main() -> int:
    """Run until told to stop, or until it dies."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ways", nargs="*", default=[])
    parser.add_argument("--jumps", nargs="*", type=float, default=[])
    parser.add_argument("--memory", type=int)
    parser.add_argument("--dawdle", type=float)
    parser.add_argument("--code")
    parser.add_argument("--engine")
    args = parser.parse_args()
    # Not this file's folder: its neighbours are no top-level modules.
    sys.path[0] = args.code or str(Path(__file__).parents[2])
    through({int(way.split("=")[0]): int(way.split("=")[1]) for way in args.ways})
    jumping(args.jumps)
    asked()
    from consumers.gateway import run  # noqa: PLC0415 - of the version that is run

    if args.memory is not None:
        starved(args.memory)
    if args.dawdle is not None:
        dawdling(args.dawdle)
    if args.engine is not None:
        from tests.faults.wrong import install  # noqa: PLC0415 - only when it is wanted

        install(args.engine)
    return run()


if __name__ == "__main__":
    sys.exit(main())
