"""Private parts of aiokafka are used in one module, and each of them exists."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import aiokafka
import pytest

from gateway.shell import private_aiokafka
from gateway.shell.private_aiokafka import USED, Used

ROOT = Path(__file__).parents[2]
ONLY = Path("gateway/shell/private_aiokafka.py")
CODE = ("benchmarks", "consumers", "docs/examples", "gateway", "schemas", "simulator")
#: Tests that break or stand in for aiokafka itself; nothing that runs in production is here.
TESTS = {
    "tests/faults/cluster.py",  # a request that only the admin client's controller takes
    "tests/faults/model.py",  # the model of a broker reads what aiokafka builds
    "tests/kafka/deaf.py",  # ends the tasks with which a consumer fetches
    "tests/kafka/header_name.py",  # writes batches that aiokafka would not
    "tests/kafka/producers.py",  # gives every producer another option
    "tests/kafka/test_client_stops.py",  # puts a failed request into a consumer
    "tests/shell/test_batches.py",  # compares with what aiokafka builds
    "tests/shell/test_produce.py",  # compares with the requests that aiokafka has
}
#: Private names of the engine and the fold that aiokafka happens to have too.
OURS = {"_offsets"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def private_names() -> set[str]:
    """Every private name that aiokafka's own sources define or set."""
    found: set[str] = set()
    for file in Path(aiokafka.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return {name for name in found if is_private(name)}


def imported(tree: ast.Module) -> set[str]:
    """The names under which a file knows parts of aiokafka."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).partition(".")[0] == "aiokafka"
    }


def root_of(node: ast.expr) -> str:
    """The first name of `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def broken_in(tree: ast.Module, private: set[str]) -> Iterator[tuple[int, str]]:
    """Line and name of each private part of aiokafka that a file imports, uses, sets or defines."""
    known = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aiokafka"):
            yield from ((node.lineno, one.name) for one in node.names if is_private(one.name))
        elif isinstance(node, ast.Attribute):
            # Its own private attributes every class may name as it likes.
            own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            replaced = isinstance(node.ctx, ast.Store) and root_of(node) in known
            if replaced or (node.attr in private and not own):
                yield node.lineno, node.attr
        elif isinstance(node, ast.ClassDef) and any(root_of(base) in known for base in node.bases):
            yield from (
                (one.lineno, one.name)
                for one in node.body
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name in private
            )
        elif isinstance(node, ast.Call) and root_of(node.func) in {"getattr", "setattr"}:
            yield from (
                (node.lineno, str(one.value))
                for one in node.args
                if isinstance(one, ast.Constant) and one.value in private
            )


def test_no_other_module_uses_a_private_part_of_aiokafka():
    private = private_names()
    assert [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for folder in CODE
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file.relative_to(ROOT) != ONLY
        for line, name in broken_in(ast.parse(file.read_text(encoding="utf-8")), private)
    ] == []


def test_of_the_tests_only_those_that_say_why_use_a_private_part_of_aiokafka():
    private = private_names() - OURS
    using = {
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "tests").rglob("*.py"))
        if any(broken_in(ast.parse(file.read_text(encoding="utf-8")), private))
    }
    assert using == TESTS


def has(owner: Any, name: str) -> bool:
    """Whether a module or class has a name, or its methods set it on what they make."""
    if hasattr(owner, name):
        return True
    if isinstance(owner, ModuleType):
        return False
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)
        for kind in owner.__mro__[:-1]
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(kind))))
    )


@pytest.mark.parametrize("used", USED, ids=lambda used: f"{used.owner.__name__}.{used.name}")
def test_each_private_part_exists_in_the_installed_version(used: Used):
    assert has(used.owner, used.name)


def test_the_list_of_private_parts_is_complete():
    """Whatever the module uses, sets, imports or defines stands in `USED`."""
    tree = ast.parse((ROOT / ONLY).read_text(encoding="utf-8"))
    used = {name for _, name in broken_in(tree, private_names())}
    used |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and is_private(node.attr)
    }
    listed = {one.name for one in USED} | {
        name for name in vars(private_aiokafka) if is_private(name)
    }
    assert used - listed == set()
    assert {one.name for one in USED} <= used | {"_set_producer_state", "_build"}


@pytest.mark.parametrize(
    "line",
    [
        "from aiokafka.record.memory_records import _MemoryRecordsPy",
        "node = admin._client.get_random_node()",
        "self._consumer._coordinator._start_heartbeat_task()",
        "from aiokafka.consumer import fetcher\nfetcher.MemoryRecords = 1",
        "import aiokafka\naiokafka.consumer.fetcher.MemoryRecords = 1",
        "from aiokafka import X\nclass A(X):\n    def _maybe_uncompress(self): pass",
        "getattr(consumer, '_coordinator')",
    ],
)
def test_the_rule_finds_each_use_of_a_private_part(line: str):
    assert list(broken_in(ast.parse(line), private_names()))
