"""One gateway process: assemble settings, agreement, keys and engine once, and run (hop 1)."""

from __future__ import annotations

import asyncio
import sys

from gateway.ops.app import PATHS, gateway_app
from gateway.ops.serve import serve
from gateway.shell import fetched, header_names, produce
from gateway.shell.assemble import (
    Parts,
    check_installation,
    check_topics,
    parts,
    with_statistics_key,
)
from gateway.shell.engine import Engine
from gateway.shell.settings import UserError
from gateway.shell.telemetry import log


def run(idle_exit: float | None = None) -> int:
    """Run until SIGTERM (0), for `idle_exit` seconds without input (0), or when refused.

    Refused is a wrong setting (1), or brokers that do not answer (69).
    """
    try:
        fixed = with_statistics_key(parts())
        for warning in fixed.warnings:
            log("warning", level="WARNING", text=warning)
        partitions = check_topics(fixed.settings)
        check_installation(fixed, partitions)
        asyncio.run(_run(fixed, partitions, idle_exit))
    except UserError as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the user's one sentence
        return problem.exit_code
    return 0


async def _run(fixed: Parts, partitions: int, idle_exit: float | None) -> None:
    header_names.install()
    fetched.install()
    produce.install()
    engine = Engine(fixed.settings, fixed.agreement, fixed.keys, partitions)
    settings = fixed.settings
    app = gateway_app(engine, idle_exit)
    await serve(app, settings.ops_host, settings.ops_port, engine.stop, PATHS)


if __name__ == "__main__":
    sys.exit(run())
