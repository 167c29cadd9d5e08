"""The follow-up sink as a process: reads `followup.events` into the fact store.

Settings come from SAMVERKAN_BOOTSTRAP_SERVERS, SAMVERKAN_STORE, SAMVERKAN_FOLLOWUP_GROUP and
SAMVERKAN_OPS_PORT; exit codes stand in `gateway.followup.process`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys

from gateway.followup.errors import FollowupError
from gateway.followup.process import run_followup


def main() -> int:
    """Reads the settings, runs, and turns a refusal into one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m consumers.followup", description=__doc__)
    parser.add_argument("--idle-exit", type=float, metavar="S", help="stop after S idle seconds")
    parser.add_argument("--ops-port", type=int, default=os.environ.get("SAMVERKAN_OPS_PORT", "0"))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    try:
        return run_followup(
            os.environ.get("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:19092"),
            os.environ.get("SAMVERKAN_STORE", ".samverkan/store"),
            os.environ.get("SAMVERKAN_FOLLOWUP_GROUP", "samverkan-followup"),
            arguments.idle_exit,
            ops_port=arguments.ops_port,
        )
    except FollowupError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
