"""`samverkan demo`: the main job on a real Kafka, from two agencies' messages to the report.

1. A Kafka of its own (or the one named in the settings), topics declared.
2. The two agencies write the reconstructed year 2024, with duplicates, wrong messages and messages
   before their time mixed in.
3. Gateway processes decide it, the follow-up sink stores the facts.
4. What happened, read back from the topics; every table of 2024 beside the printed one, cell by
   cell, and the page with all of them.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from gateway.broker import start, stop
from gateway.cli.processes import Child, children
from gateway.cli.story import Outcome, Story, counted, tell
from gateway.followup.extract import Extract, take
from gateway.followup.page import render_html
from gateway.followup.printed_values import compare_with_printed
from gateway.followup.report import Row
from gateway.followup.store import FactStore
from gateway.languages import BOTH, Speech
from gateway.shell.assemble import Parts, parts
from gateway.shell.settings import UserError
from gateway.shell.topics import DEFAULT_PARTITIONS, connect, create
from schemas.topics import FOLLOWUP, INPUT_TOPICS
from simulator.agencies import collect, prefill
from simulator.year import Year, generate

FOLDER: Final = Path(".samverkan/demo")
YEAR: Final = "2024"
_POLL_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of the year, with how many processes."""

    seed: int = 2024
    scale: float = 1.0
    gateways: int = 2
    keep: bool = False
    speech: Speech = BOTH


def run_demo(plan: Plan, console: Console) -> int:
    """Run the main job; 0 when every computed figure equals the printed one."""
    fixed = parts()
    if fixed.settings.security_protocol != "PLAINTEXT":
        raise UserError(
            "The demo's agencies speak with Kafka in plain text only; unset"
            " SAMVERKAN_SECURITY_PROTOCOL for it."
        )
    for warning in fixed.warnings:
        console.print(warning)
    begin_store(FOLDER / "store")
    (FOLDER / "logs").mkdir(parents=True, exist_ok=True)
    with _kafka(plan, console) as bootstrap:
        settings = fixed.settings.model_copy(update={"bootstrap_servers": bootstrap})
        fixed = Parts(settings, fixed.agreement, fixed.keys)
        _declare(fixed, console)
        year = _write(plan, bootstrap, console)
        seconds = _decide(plan, fixed, len(year.records), console)
        with console.status("Reading the topics back…"):
            story = asyncio.run(_read_back(bootstrap, len(year.records), seconds, plan.gateways))
    with console.status("The tables are computed from the facts…"):
        extract = take(FOLDER / "store", None, YEAR)
        page = FOLDER / f"report-{YEAR}.html"
        page.write_text(render_html(extract), encoding="utf-8")
    # A smaller year has the same tables with other figures.
    cells = compare_with_printed(_printed_rows(extract)) if plan.scale == 1.0 else []
    return tell(
        story, Outcome(extract, cells, page), FOLDER, console, kept=plan.keep, speech=plan.speech
    )


def begin_store(folder: Path) -> None:
    """An empty store that declares its facts reconstructed, in place of what is in `folder`.

    The sink keeps the declaration, so that later reports on the store show it too.
    """
    shutil.rmtree(folder, ignore_errors=True)
    FactStore.open(folder, FOLLOWUP, "reconstructed")


def _printed_rows(extract: Extract) -> list[Row]:
    """The rows of the tables that the report on the year prints."""
    return [row for row in extract.rows if row["table"].startswith(f"{YEAR}-T")]


@contextmanager
def _kafka(plan: Plan, console: Console) -> Iterator[str]:
    """A broker with nothing on it: the demo's own, begun afresh, unless one is given."""
    data_dir = FOLDER / "kafka"
    with console.status("Kafka is starting (the first time its jars are fetched)…"):
        stop(data_dir, remove=True)
        info = start(port=0, data_dir=data_dir)
    console.print(f"1. Kafka answers at {info.bootstrap} ({info.kind}).")
    try:
        yield info.bootstrap
    finally:
        if info.data_dir is not None and not plan.keep:
            stop(info.data_dir, remove=True)


def _declare(fixed: Parts, console: Console) -> None:
    partitions = DEFAULT_PARTITIONS
    made = asyncio.run(create(fixed.settings, fixed.agreement, partitions, "create"))
    waiting = asyncio.run(_written(fixed))
    if waiting:
        raise UserError(
            f"The Kafka at {fixed.settings.bootstrap_servers} already holds {waiting} messages of"
            " agencies; the demo needs an empty one: unset SAMVERKAN_BOOTSTRAP_SERVERS."
        )
    console.print(f"   {len(made)} topics declared, {partitions} partitions each.")


async def _written(fixed: Parts) -> int:
    """How many input records there are already."""
    admin = await connect(fixed.settings)
    await admin.close()
    return len(await collect(fixed.settings.bootstrap_servers, INPUT_TOPICS))


def _write(plan: Plan, bootstrap: str, console: Console) -> Year:
    with console.status("The year 2024 is reconstructed…"):
        year = generate(plan.seed, scale=plan.scale)
    with _progress(console) as progress:
        bar = progress.add_task("2. FK and AF write their year", total=len(year.records))
        try:
            asyncio.run(
                prefill(
                    bootstrap, year.records, lambda done, _: progress.update(bar, completed=done)
                )
            )
        except KafkaError as problem:
            raise UserError(f"The agencies could not write: {type(problem).__name__}.") from None
    kinds: Counter[str] = Counter()
    for kind, count in year.truth.by_kind.items():
        kinds[kind.partition(":")[0]] += count
    title = plan.speech.short("Vad myndigheterna skrev", "What the agencies wrote")
    kind = plan.speech.short("slag", "kind")
    console.print(counted(title, kind, sorted(kinds.items()), plan.speech))
    return year


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _decide(plan: Plan, fixed: Parts, total: int, console: Console) -> float:
    """Run gateways and sink until everything is decided and stored; seconds from first to last."""
    bootstrap = fixed.settings.bootstrap_servers
    env = {
        "SAMVERKAN_BOOTSTRAP_SERVERS": bootstrap,
        "SAMVERKAN_STORE": str(FOLDER / "store"),
        "SAMVERKAN_GROUP": "samverkan-demo",
        "SAMVERKAN_FOLLOWUP_GROUP": "samverkan-demo-followup",
    }
    logs = FOLDER / "logs"
    with children() as running:
        for number in range(1, plan.gateways + 1):
            name = f"gateway-{number}"
            running.append(Child(name, "consumers.gateway", env, logs / f"{name}.log"))
        gateways = list(running)
        for child in gateways:
            child.wait_ready()
        sink = Child("followup", "consumers.followup", env, logs / "followup.log")
        running.append(sink)
        started = time.perf_counter()
        with _progress(console) as progress:
            bar = progress.add_task(f"3. {plan.gateways} gateways decide", total=total)
            _watch(gateways, "samverkan_input_records_total", total, progress, bar)
            seconds = time.perf_counter() - started
            facts = len(asyncio.run(collect(bootstrap, [FOLLOWUP])))
            bar = progress.add_task("   the sink stores facts", total=facts)
            _watch(
                [sink], 'samverkan_followup_records_total{result="written"}', facts, progress, bar
            )
    return seconds


def _watch(
    processes: list[Child], metric: str, total: int, progress: Progress, bar: TaskID
) -> None:
    done = 0.0
    while done < total:
        for child in processes:
            child.check()
        done = sum(child.metric(metric) for child in processes)
        progress.update(bar, completed=min(done, total))
        time.sleep(_POLL_SECONDS)


async def _read_back(bootstrap: str, messages: int, seconds: float, gateways: int) -> Story:
    topics = [f"{agency}.receipts" for agency in ("fk", "af")]
    topics += [f"{agency}.in.notice" for agency in ("fk", "af")]
    topics += [f"{a}.in.{f.rpartition('.')[2]}" for a in ("fk", "af") for f in INPUT_TOPICS[:6]]
    return Story.of(await collect(bootstrap, topics), messages, seconds, gateways)
