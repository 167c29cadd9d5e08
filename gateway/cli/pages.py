"""The pages of reasons, settings, metrics and topics, made of the code they describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from gateway.agreement import load
from gateway.cli.message_pages import GENERATED
from gateway.domain.days import DAY_MS
from gateway.shell.rights import Party, rights_of
from gateway.shell.settings import PREFIX, Settings
from gateway.shell.telemetry import REGISTRY
from gateway.shell.topics import declaration
from schemas.reasons import CATALOGUE, Reason
from schemas.topics import (
    ALL_TOPICS,
    AUDIT,
    COMMANDS,
    DELIVERY_TOPICS,
    FOLLOWUP,
    INPUT_TOPICS,
    NOTICE_TOPICS,
    QUARANTINE,
    RECEIPT_TOPICS,
    STATE,
)

_SETTINGS: Final[Mapping[str, str]] = {
    "bootstrap_servers": "Kafka, `host:port`, several joined by commas.",
    "group": "Consumer group of the gateway; also the first part of every transactional id.",
    "security_protocol": "How to speak with Kafka: `SSL` encrypts, `SASL_` signs on.",
    "tls_ca_file": "Authorities (PEM) that certify the brokers; none means the system's.",
    "tls_certificate_file": "The gateway's own certificate (PEM), where brokers ask for one.",
    "tls_key_file": "Its key (PEM, not encrypted), if it stands in a file of its own.",
    "sasl_mechanism": "How a name and a password are proved.",
    "sasl_username": "The name to sign on with.",
    "sasl_password_file": "A file with the password alone: a password is no setting.",
    "profile": "`production` refuses test keys, weak topics and sender-made timestamps.",
    "allow_plaintext": "`yes`: production may connect in plain text, in a protected network only.",
    "keys_file": "JSON with the exchange and statistics keys, as `samverkan keys new` writes it.",
    "agreement": "The exchange agreement (TOML); none means the shipped one.",
    "replaces": "The installation that this one replaces, by its name; for a planned change only.",
    "store": "Folder of the follow-up store.",
    "followup_group": "Consumer group of the follow-up sink; one store folder per group.",
    "ops_host": "Address on which health, metrics and contract are served.",
    "ops_port": "Port for the same; 0 takes a free one and logs it.",
    "session_timeout_ms": "A process that is silent this long loses its partitions.",
    "rebalance_timeout_ms": "How long a handover of partitions may take; above commit + restore.",
    "commit_timeout_ms": "A commit that takes longer is a fault (exit 70).",
    "transaction_timeout_ms": "The broker aborts an abandoned transaction after this time.",
    "compression": "Codec of what the gateway writes.",
    "express": "The compiled twin of the core: used where it fits, never, or no start without it.",
    "batch_records_max": "Records that one task decides before it commits.",
    "park_after": "Failures of one record, start after start, that park its person; 0: never.",
    "parked_max": "Parked persons of one partition beyond which no more are: then it is the code.",
    "audit_accepted": "`PARTITION:ENTRY` of states that start although their audit ends otherwise"
    " (runbook: audit-end), joined by commas.",
    "alarm_lag_records": "More undecided records than this are an alarm.",
    "alarm_oldest_s": "An undecided record older than this is one, and `/ready` says 503.",
    "alarm_state_mib": "States that take more memory than this are one.",
    "small_number_limit": "A report's counts from 1 to below this are small; 0: none are.",
    "disclosure": "Whether small counts are left out: always, never, or for `--audience public`.",
    "log_level": "Lines below it are not written.",
}
_OUTSIDE: Final[Mapping[str, str]] = {
    "SAMVERKAN_SETTINGS": "A TOML file with any of the settings above; the environment wins.",
    "SAMVERKAN_CACHE": "Where a local Kafka's jars are kept; default `~/.cache/samverkan`.",
    "JAVA_HOME": "The Java (17 or newer) for a local Kafka without Docker; else the one on PATH.",
}
#: The sink makes its metrics at the time of the scrape, so they are listed here.
SINK_METRICS: Final[Mapping[str, str]] = {
    "samverkan_followup_records_total": "Records taken from the topic, by result: written,"
    " skipped (stored before), unreadable",
    "samverkan_followup_batches_total": "Batches written to the store",
    "samverkan_followup_ready": "1 when the sink reads and stores",
    "samverkan_followup_lag": "Committed offsets not read yet, by partition",
    "samverkan_followup_stored_offset": "Last offset stored, by partition",
    "samverkan_followup_last_write_age_seconds": "Seconds since a batch was stored",
    "samverkan_followup_last_fetch_age_seconds": "Seconds since the last fetch",
    "samverkan_followup_brokers_silent_seconds": "Seconds since the brokers answered last",
    "samverkan_alarm": '1 while a guard has an alarm: `guard="brokers"`',
}
_ROLES: Final[tuple[tuple[tuple[str, ...], str, str, str], ...]] = (
    (INPUT_TOPICS, "the agency", "the gateway", "what an agency sends"),
    (DELIVERY_TOPICS, "the gateway", "the agency", "what the other agency sent and may be read"),
    (NOTICE_TOPICS, "the gateway", "the agency", "deadlines, withdrawals, disputes: to act on"),
    (
        RECEIPT_TOPICS,
        "the gateway",
        "the agency, operators",
        "one answer or more to every record sent",
    ),
    ((FOLLOWUP,), "the gateway", "statistics", "facts without identity"),
    ((STATE,), "the gateway", "the gateway", "one value per person, and its pieces, compacted"),
    ((AUDIT,), "the gateway", "auditors", "one entry per answer, chained by hash"),
    ((QUARANTINE,), "the gateway", "operators", "where unreadable records stand, not their bytes"),
    ((COMMANDS,), "operators", "the gateway", "release, redrive, expire: audited operator actions"),
)


def page(*lines: str) -> str:
    """The text of a generated page."""
    return GENERATED + "\n".join(lines) + "\n"


def settings() -> str:
    """Every setting with its default and its bounds."""
    rows = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    properties = Settings.model_json_schema()["properties"]
    for name, field in Settings.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        allowed = _allowed(properties[name])
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {allowed} | {_SETTINGS[name]} |")
    return page(
        "# Settings",
        "",
        "From the environment, or from the TOML file named by `SAMVERKAN_SETTINGS` (there without",
        "the prefix, in small letters). `samverkan settings` prints those in force and where each",
        "comes from. A wrong or unknown one stops the start with one sentence. Source:",
        "[gateway/shell/settings.py](../gateway/shell/settings.py).",
        "",
        *rows,
        "",
        "Besides these:",
        "",
        "| variable | meaning |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in _OUTSIDE.items()),
    )


def _allowed(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "minimum" in schema and "maximum" not in schema:
        return f"{schema['minimum']} or more"
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    if "pattern" in schema:
        return f"`{schema['pattern']}`"
    kinds = schema.get("anyOf", [schema])
    return "a path" if any(kind.get("format") == "path" for kind in kinds) else "text"


#: Where, which bodies, how long.
_BODIES: Final = (
    ("`*.out.*`", "every record as it was sent, refused ones too", "as in the table above"),
    ("`*.in.<family>`", "every delivered message, as it was sent", "as in the table above"),
    (
        "`gateway.state`, keys `piece:`",
        "messages that wait (HELD), with value and headers",
        "until the wait ends, at most the agreement's `hold_days` (14) by stream time",
    ),
    (
        "`gateway.state`, keys `kept:`",
        "records of a parked person, with value and headers",
        "until an operator releases or expires them",
    ),
    (
        "receipts, notices, audit, quarantine, `followup.events`, `gateway.commands`",
        "none: ids, codes, days, places, hashes",
        "–",
    ),
)


def _bodies() -> Iterator[str]:
    """Which topics hold what agencies wrote about persons."""
    yield "## Where message bodies lie"
    yield ""
    yield "A body holds a personal number. Nothing encrypts it on the brokers' disks but what the"
    yield "installation puts below them."
    yield ""
    yield "| where | which bodies | how long |"
    yield "|---|---|---|"
    yield from (f"| {where} | {which} | {how_long} |" for where, which, how_long in _BODIES)
    yield ""
    yield "Of an accepted message the state keeps the fields that rules read, and no personal"
    yield "number. A value that was replaced in `gateway.state` stays on disk until Kafka has"
    yield "closed and compacted its segment (64 MiB); no setting bounds that time yet. Outside"
    yield "Kafka, the memory file of `samverkan check --state` holds the bodies of messages that"
    yield "wait."
    yield ""


def topics() -> str:
    """Every topic, who uses it and how it is declared."""
    agreement = load()
    rows = ["| topic | written by | read by | content | cleanup | kept |", "|" + "---|" * 6]
    listed: list[str] = []
    for names, writer, reader, content in _ROLES:
        for name in names:
            listed.append(name)
            declared = declaration(name, agreement, "append")
            policy, kept = declared["cleanup.policy"], int(declared.get("retention.ms", -1))
            days = "for ever" if kept < 0 else f"{kept // DAY_MS} days"
            rows.append(f"| `{name}` | {writer} | {reader} | {content} | {policy} | {days} |")
    if sorted(listed) != sorted(ALL_TOPICS):
        raise ValueError("a topic has no role in the page of topics, or a role has no topic")
    return page(
        "# Topics",
        "",
        "All are declared by `samverkan topics create`, never created on the way, and compared by",
        "`samverkan topics check`: the same partition count everywhere (6 by default, fixed for an",
        "installation). With the production profile: the broker's clock (`LogAppendTime`), three",
        "replicas, `min.insync.replicas=2`, and kept as long as the agreement says. With the local",
        "profile (or `--timestamps create`: replays, tests) records keep the sender's time, of any",
        "year, and nothing is ever deleted. `topics check` also tells every topic that is kept",
        "shorter or longer than declared here (exit 1). Source:",
        "[gateway/shell/topics.py](../gateway/shell/topics.py),",
        "[schemas/topics.py](../schemas/topics.py).",
        "",
        *rows,
        "",
        *_bodies(),
        *_rights(),
    )


def _rights() -> Iterator[str]:
    """What each party may do, with the groups of the default settings."""
    yield "## Rights"
    yield ""
    yield "The least that each party needs on the brokers; a name that ends in `*` is a prefix."
    yield "`samverkan topics rights PARTY --principal User:NAME` prints the commands that grant it."
    yield "Each party is tried on each topic by"
    yield "[tests/kafka/test_secure.py](../tests/kafka/test_secure.py). Source:"
    yield "[gateway/shell/rights.py](../gateway/shell/rights.py)."
    yield ""
    yield "| party | on | operations |"
    yield "|---|---|---|"
    defaults = Settings.model_construct()
    for party in get_args(Party):
        for right in rights_of(party, defaults):
            star = "*" if right.prefixed else ""
            operations = ", ".join(right.operations)
            yield f"| {party} | {right.resource} `{right.name}{star}` | {operations} |"


def metrics() -> str:
    """Every metric of both processes."""
    suffix = {"counter": "_total"}
    rows = [
        f"| `{family.name}{suffix.get(family.type, '')}` | {family.type} | {family.documentation} |"
        for family in REGISTRY.collect()
    ]
    return page(
        "# Metrics",
        "",
        "Prometheus text on `/metrics`. No label and no value ever holds anything of a message.",
        "What to make of them: [operations.md](operations.md);"
        " of alarms: [runbook.md](runbook.md).",
        "",
        "## Gateway",
        "",
        "| metric | kind | meaning |",
        "|---|---|---|",
        *rows,
        "",
        "## Follow-up sink",
        "",
        "| metric | meaning |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in SINK_METRICS.items()),
    )


def reasons() -> str:
    """The closed catalogue of reasons."""
    lines = [
        "# Reasons",
        "",
        "Everything that a receipt can say about a message: a closed catalogue. A code is retired,",
        "never reused. The severity is the usual one; where a rule refuses one message and flags",
        "another, the further texts say so. No text ever holds payload. Source:",
        "[schemas/reasons](../schemas/reasons).",
    ]
    for row in CATALOGUE.values():
        lines += ["", *_reason(row)]
    return page(*lines)


def _reason(row: Reason) -> Iterator[str]:
    since = f" · from {row.valid_from.isoformat()}" if row.valid_from else ""
    until = f" · to {row.valid_to.isoformat()}" if row.valid_to else ""
    retired = " · retired" if row.retired else ""
    yield f"## {row.code}"
    yield ""
    yield f"{row.severity}{since}{until}{retired} · source: {row.source.en}"
    yield ""
    yield f"- {row.text_sv}"
    yield f"- {row.text_en}"
    for detail, texts in row.also.items():
        yield f"- `{detail}`: {texts.sv} / {texts.en}"
