"""`docs/faults.md`: the faults of each seed and the violations that the checker found.

`python -m tests.faults.page --write` makes the page from `docs/faults.jsonl`. `make faults` adds a
line per run to that file; `--check` says whether the page is fresh. A seed that was run again
counts with its last run, so a violation stays in the first table until its seed is run again.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.faults.plan import NODES
from tests.kafka.process import ROOT

RESULTS: Final = ROOT / "docs" / "faults.jsonl"
PAGE: Final = ROOT / "docs" / "faults.md"
INTRODUCTION: Final = ROOT / "tests" / "faults" / "introduction.md"
MARK: Final = "<!-- what was run -->"
_NODES: Final = {"one": "one node", "three": "three nodes"}

Line = dict[str, Any]


def results(path: Path = RESULTS) -> list[Line]:
    """The last result of each seed and topology, in order."""
    found: dict[tuple[str, int], Line] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        found[line["topology"], line["seed"]] = line
    order = list(NODES)
    return sorted(found.values(), key=lambda line: (order.index(line["topology"]), line["seed"]))


def page(lines: list[Line], introduction: str) -> str:
    """The whole page: the introduction with the summary at its mark, then the tables."""
    text = introduction.rstrip("\n").replace(MARK, "\n".join(_summary(lines)))
    parts = [text, *_kinds(lines)]
    for topology, name in _NODES.items():
        own = [line for line in lines if line["topology"] == topology]
        if own:
            parts += ["", f"## Every seed: {name}", "", *_table(own)]
    return "\n".join(parts) + "\n"


def _summary(lines: list[Line]) -> list[str]:
    rows = [
        "| | seeds | express lane | messages | faults | ended | median s | with a violation |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for topology, name in _NODES.items():
        own = [line for line in lines if line["topology"] == topology]
        if own:
            median = statistics.median(line["seconds"] for line in own)
            rows.append(
                f"| {name} | {len(own)} | {sum(line['express'] for line in own)}"
                f" | {sum(line['records'] for line in own):,}"
                f" | {sum(len(line['faults']) for line in own)}"
                f" | {sum(sum(line['ends'].values()) for line in own)} | {median:.0f}"
                f" | {sum(bool(line['violations']) for line in own)} |"
            )
    return rows


def _kind(fault: str) -> str:
    return fault.split()[1]


def _kinds(lines: list[Line]) -> list[str]:
    done: dict[str, Counter[str]] = {topology: Counter() for topology in _NODES}
    for line in lines:
        done[line["topology"]].update(_kind(fault) for fault in line["faults"])
    kinds = sorted(set().union(*done.values()))
    rows = ["", "## Faults by kind", ""]
    rows += ["| fault | one node | three nodes |", "|---|--:|--:|"]
    rows += [f"| {kind} | {done['one'][kind]} | {done['three'][kind]} |" for kind in kinds]
    return rows


def _table(lines: list[Line]) -> list[str]:
    rows = [
        "| seed | messages come | engine | faults, in order | gateways ended | s | violations |",
        "|--:|---|---|---|---|--:|--:|",
    ]
    for line in lines:
        ends = ", ".join(f"{count} {name}" for name, count in sorted(line["ends"].items()))
        faults = ", ".join(_kind(fault) for fault in line["faults"])
        rows.append(
            f"| {line['seed']} | {line['feeding']} | {'lane' if line['express'] else 'Python'}"
            f" | {faults} | {ends} | {line['seconds']:.0f} | {len(line['violations'])} |"
        )
    return rows


def rendered() -> str:
    """The page as it should be."""
    return page(results(), INTRODUCTION.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """The command."""
    if arguments == ["--write"]:
        PAGE.write_text(rendered(), encoding="utf-8")
        return 0
    fresh = PAGE.read_text(encoding="utf-8") == rendered()
    if not fresh:
        sys.stderr.write("docs/faults.md is stale; run `python -m tests.faults.page --write`\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
