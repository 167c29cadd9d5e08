"""Logs and metrics. Neither ever holds a personal number, a key or a payload (law 7)."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, Final

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY: Final = CollectorRegistry()

RECEIPTS: Final = Counter(
    "samverkan_receipts", "Receipts by sender, family and status",
    ["agency", "family", "status"], registry=REGISTRY,
)  # fmt: skip
REASONS: Final = Counter(
    "samverkan_reasons", "Reasons given in receipts, by code", ["code"], registry=REGISTRY
)
SHADOW: Final = Counter(
    "samverkan_shadow_differences",
    "Messages that the rules in shadow would answer otherwise, by code and both statuses",
    ["code", "binding", "shadow"], registry=REGISTRY,
)  # fmt: skip
DUPLICATES: Final = Counter(
    "samverkan_duplicates", "Records whose message had been answered before", registry=REGISTRY
)
DELIVERIES: Final = Counter(
    "samverkan_deliveries", "Messages let through, by topic", ["topic"], registry=REGISTRY
)
NOTICES: Final = Counter("samverkan_notices", "Notices by kind", ["kind"], registry=REGISTRY)
QUARANTINED: Final = Counter(
    "samverkan_quarantined", "Records that could not be read as a message", registry=REGISTRY
)
RECORDS: Final = Counter("samverkan_input_records", "Input records decided", registry=REGISTRY)
EXPRESS: Final = Counter(
    "samverkan_express_records", "Input records decided by the express lane", registry=REGISTRY
)
ANSWERS: Final = Counter(
    "samverkan_first_answers", "Input records answered; as many as were decided", registry=REGISTRY
)
COMMITS: Final = Counter("samverkan_commits", "Transactions committed", registry=REGISTRY)
COMMIT_SECONDS: Final = Histogram(
    "samverkan_commit_seconds", "Time of one task's transaction", registry=REGISTRY
)
TASKS: Final = Gauge("samverkan_tasks", "Tasks this process owns", registry=REGISTRY)
PERSONS: Final = Gauge("samverkan_persons", "Persons in memory", registry=REGISTRY)
STATE_BYTES: Final = Gauge("samverkan_state_bytes", "Stored bytes in memory", registry=REGISTRY)
HELD: Final = Gauge("samverkan_buffered_records", "Polled and not yet decided", registry=REGISTRY)
LAG: Final = Gauge("samverkan_lag_records", "In the log and not yet decided", registry=REGISTRY)
OLDEST: Final = Gauge(
    "samverkan_oldest_undecided_seconds",
    "Age of the oldest record polled and not yet decided, by its timestamp",
    registry=REGISTRY,
)
PARKED: Final = Gauge(
    "samverkan_parked_persons", "Persons of whom a record needs an operator", registry=REGISTRY
)
KEPT: Final = Gauge(
    "samverkan_parked_records", "Records of parked persons, held in line", registry=REGISTRY
)
FAILING: Final = Gauge(
    "samverkan_failing_persons",
    "Persons of whom a record has ended a process and is tried again",
    registry=REGISTRY,
)
CROWDED: Final = Gauge(
    "samverkan_crowded_persons",
    "Persons of whom one agency has filled 80 % of its part of what is remembered or waits",
    registry=REGISTRY,
)
DEVIATIONS: Final = Gauge(
    "samverkan_topic_deviations",
    "Settings of topics weaker than the profile or unlike declared",
    registry=REGISTRY,
)
MARGIN: Final = Gauge(
    "samverkan_log_start_margin_records",
    "Decided records still in the log before the next one to decide, least of all inputs",
    registry=REGISTRY,
)
UNDECIDED: Final = Gauge(
    "samverkan_undecided_age_seconds",
    "Age of the oldest undecided record by agency and family; of one not polled yet, since when"
    " it is known to stand in the log",
    ["agency", "family"], registry=REGISTRY,
)  # fmt: skip
AGREED: Final = Gauge(
    "samverkan_receipt_within_seconds", "What the agreement says a receipt may take",
    ["family"], registry=REGISTRY,
)  # fmt: skip
SILENT: Final = Gauge(
    "samverkan_brokers_silent_seconds",
    "Time since the brokers answered last; a few seconds as a rule",
    registry=REGISTRY,
)
STANDING: Final = Gauge(
    "samverkan_standing_inputs",
    "Inputs with something to read that have not moved since the last look",
    registry=REGISTRY,
)
ALARM: Final = Gauge(
    "samverkan_alarm", "1 while a guard has an alarm; the runbook says what to do",
    ["guard"], registry=REGISTRY,
)  # fmt: skip
OFFSETS: Final = Counter(
    "samverkan_offsets_advanced", "Offsets of the inputs committed forward", registry=REGISTRY
)
LAST_COMMIT: Final = Gauge(
    "samverkan_last_commit_time_seconds", "Wall time of the last commit", registry=REGISTRY
)
RESTORE_SECONDS: Final = Gauge(
    "samverkan_restore_seconds", "Duration of the last restore", registry=REGISTRY
)


Count = tuple[Counter, tuple[str, ...]]
Counts = dict[Count, int]


class Tally:
    """Counts of what a task has decided since its last transaction began.

    They are added to the metrics when that is committed: counting what is not would count it again
    after a crash, and one addition per commit is cheaper than one per record.
    """

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: Counts = {}

    def add(self, counter: Counter, *labels: str) -> None:
        """Count one."""
        key = (counter, labels)
        self.counts[key] = self.counts.get(key, 0) + 1

    def taken(self) -> Counts:
        """What was counted; the tally starts again."""
        counts, self.counts = self.counts, {}
        return counts


def publish(counts: Counts) -> None:
    """Add the counts of a committed transaction to the metrics."""
    for (counter, labels), count in counts.items():
        (counter.labels(*labels) if labels else counter).inc(count)


_LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


class _Log:
    level = _LEVELS["INFO"]


def set_level(name: str) -> None:
    """Lines below this level are not written, and the libraries' own lines never are.

    The Kafka client reports retries that it makes by itself, many a second while a transaction is
    completed; what it gives up on is raised, and then it is our fault line that tells it, without
    payload. asyncio quotes whole exceptions, whose texts may quote a record.
    """
    _Log.level = _LEVELS[name]
    for library in ("aiokafka", "asyncio"):
        logging.getLogger(library).setLevel(logging.CRITICAL)


def log(event: str, *, level: str = "INFO", **fields: Any) -> None:
    """Write one JSON line on stderr. Callers pass counts, names and coordinates, never content."""
    if _LEVELS[level] < _Log.level:
        return
    line = {"at": round(time.time(), 3), "level": level, "event": event, **fields}
    sys.stderr.write(orjson.dumps(line, default=str).decode() + "\n")
