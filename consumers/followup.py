"""The follow-up sink as a process: reads `followup.events` into the fact store.

The exit codes stand in `gateway.followup.process`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from gateway.followup.errors import FollowupError
from gateway.followup.process import run_followup
from gateway.shell.connection import refused, security_of
from gateway.shell.settings import UserError, load
from gateway.shell.telemetry import set_level


def run(idle_exit: float | None = None) -> int:
    """Run until SIGTERM (0), for `idle_exit` seconds without input (0), or when refused (1, 69)."""
    try:
        now = load()
        set_level(now.log_level)
        if problem := asyncio.run(refused(now)):
            raise problem
        return run_followup(
            now.bootstrap_servers,
            now.store,
            now.followup_group,
            idle_exit,
            ops_port=now.ops_port,
            ops_host=now.ops_host,
            session_timeout_ms=now.session_timeout_ms,
            security=security_of(now),
        )
    except (UserError, FollowupError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the user's one sentence
        return problem.exit_code


def main() -> int:
    """The process as it is started without the command line tool."""
    parser = argparse.ArgumentParser(prog="python -m consumers.followup", description=__doc__)
    parser.add_argument("--idle-exit", type=float, metavar="S", help="stop after S idle seconds")
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("samverkan").setLevel(logging.INFO)
    return run(parser.parse_args().idle_exit)


if __name__ == "__main__":
    sys.exit(main())
