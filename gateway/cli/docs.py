"""The generated documentation: pages made of the code itself, and tested files shown in pages.

`python -m gateway.cli.docs --write` writes `docs/` anew, `--check` says what is stale (exit 1).
Rules: a page that code can say is never typed by hand; a program in a page is a file of its own
that a test runs, shown between the marks `<!-- include: path -->` and `<!-- included -->`.
Nothing here depends on the time, the machine or the order of a set.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from gateway.cli.message_pages import messages
from gateway.cli.pages import metrics, reasons, settings, topics
from gateway.cli.rule_pages import by_example, rules
from gateway.cli.state_pages import states
from gateway.cli.statistics_pages import indicators, spark, trino
from gateway.ops.contract_document import document

ROOT: Final = Path(__file__).parents[2]
_INCLUDE: Final = re.compile(
    r"(?P<mark><!-- include: (?P<path>\S+) -->\n).*?(?P<end><!-- included -->)", re.DOTALL
)
_LANGUAGE: Final = {".py": "python", ".java": "java", ".sh": "sh", ".json": "json"}


@cache
def asyncapi() -> str:
    """The contract for tools, sorted so that it is the same in every run."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/indicators.md": indicators,
    "docs/messages.md": messages,
    "docs/metrics.md": metrics,
    "docs/reasons.md": reasons,
    "docs/rule-table.md": by_example,
    "docs/rules.md": rules,
    "docs/settings.md": settings,
    "docs/states.md": states,
    "docs/topics.md": topics,
    "docs/statistics-spark.sql": spark,
    "docs/statistics-trino.sql": trino,
    "docs/asyncapi.json": asyncapi,
}


def with_included_files(page: str, root: Path) -> str:
    """A page with every shown file as it is now.

    Raises:
        FileNotFoundError: a page shows a file that does not exist.
    """

    def shown(match: re.Match[str]) -> str:
        file = root / match["path"]
        text = file.read_text(encoding="utf-8").rstrip("\n")
        return f"{match['mark']}```{_LANGUAGE[file.suffix]}\n{text}\n```\n{match['end']}"

    return _INCLUDE.sub(shown, page)


def rendered(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Every file that is generated, in whole or in part, and what it should say."""
    for name, page in PAGES.items():
        yield root / name, page()
    for file in sorted([root / "README.md", *(root / "docs").rglob("*.md")]):
        if str(file.relative_to(root)) not in PAGES:
            yield file, with_included_files(file.read_text(encoding="utf-8"), root)


def stale(root: Path = ROOT) -> list[str]:
    """Names of the files that do not say what they should."""
    return [
        str(file.relative_to(root))
        for file, text in rendered(root)
        if not file.is_file() or file.read_text(encoding="utf-8") != text
    ]


def write(root: Path = ROOT) -> None:
    """Write what is stale."""
    for file, text in rendered(root):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Check or write; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gateway.cli.docs", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="say which pages are stale")
    choice.add_argument("--write", action="store_true", help="write them anew")
    if parser.parse_args(arguments).write:
        write(root)
        return 0
    found = stale(root)
    for name in found:
        print(f"{name} is stale: run `make docs`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
