"""The follow-up sink as a process: reads `followup.events` into the fact store.

Settings are SAMVERKAN_BOOTSTRAP_SERVERS, _STORE, _FOLLOWUP_GROUP, _OPS_PORT, _SESSION_TIMEOUT_MS;
the exit codes stand in `gateway.followup.process`.
"""

from __future__ import annotations

import argparse
import logging
import sys
from os import environ

from gateway.followup.errors import FollowupError
from gateway.followup.process import run_followup


def main() -> int:
    """Reads the settings, runs, and turns a refusal into one sentence and exit code 1."""
    session, port = environ.get("SAMVERKAN_SESSION_TIMEOUT_MS"), environ.get("SAMVERKAN_OPS_PORT")
    parser = argparse.ArgumentParser(prog="python -m consumers.followup", description=__doc__)
    parser.add_argument("--idle-exit", type=float, metavar="S", help="stop after S idle seconds")
    parser.add_argument("--ops-port", type=int, default=port or "0")
    parser.add_argument("--session-timeout-ms", type=int, default=session or "10000")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("samverkan").setLevel(logging.INFO)
    bootstrap = environ.get("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:19092")
    store = environ.get("SAMVERKAN_STORE", ".samverkan/store")
    group = environ.get("SAMVERKAN_FOLLOWUP_GROUP", "samverkan-followup")
    try:
        return run_followup(bootstrap, store, group, **vars(options))
    except FollowupError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
