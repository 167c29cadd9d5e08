"""Each condition of the verifier is needed: without it, some tampering is answered otherwise.

One condition at a time is replaced by true, by false, or by its neighbour at the limit. The changed
verifier then answers every situation of `test_audit_chain`, and has to answer one of them wrongly.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import pytest

from gateway.domain.days import DAY_MS
from gateway.shell import audit_chain, audit_entry
from gateway.shell.audit_chain import BREAKS_MAX, CHECKS
from tests.shell.test_audit_chain import (
    COMMAND_ENTRIES,
    NOW_MS,
    TAMPERINGS,
    Records,
    changed,
    digest,
    forged,
    forged_deadline,
    good,
    released,
    repeated,
    set_back,
)

pytestmark = pytest.mark.unmeasured

__all__ = ["good"]

_NEIGHBOUR: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
#: Changes that no situation can show, as they are written, and why.
EQUIVALENT: Final = {
    "first.entry.number > earlier.number -> first.entry.number >= earlier.number": (
        "an entry of the same number has been compared by then"
    ),
    "value is None -> False": "orjson refuses it as well; the types ask for it",
}
#: Entries of a chain that is tampered with here.
SHORT: Final = 20


class Situation(NamedTuple):
    """Records of a partition, what the brokers say of it, and the earlier summary."""

    records: Records
    log: tuple[int, int, int | None, int]
    earlier: tuple[int, str] | None = None


def situations(good: Records) -> Iterator[Situation]:
    """Everything of which the tests beside this one say what is right."""
    end = good[-1].offset + 2
    for tamper, _, _ in TAMPERINGS:
        records = list(good)
        tamper(records)
        yield Situation(records, (0, records[-1].offset + 2, -1, 0))
    twice = [*good[:4], *good[5:9], changed(good[9], verdict="WITHHELD"), *good[10:]]
    yield Situation(twice, (0, end, -1, 0))
    junk = [good[0]._replace(offset=at, value=b"{}") for at in range(BREAKS_MAX + 5)]
    yield Situation(junk, (0, end, -1, 0))
    yield Situation(good, (0, end, -1, 0))
    yield Situation(good, (0, end - 1, -1, 0))
    many = [good[0]._replace(offset=at, value=b"{}") for at in range(BREAKS_MAX)]
    swapped = [good[at]._replace(offset=BREAKS_MAX + at) for at in (0, 2, 1)]
    yield Situation([*many, *swapped], (0, 2 * BREAKS_MAX, -1, 0))
    for more in (set_back(good), repeated(good), released(good), forged_deadline(good)):
        yield Situation(more, (0, end + 4, -1, 0))
    yield from (Situation([entry], (0, 2, -1, 0)) for entry in COMMAND_ENTRIES)
    yield Situation(good, (0, end, -1, 0), (len(good), digest(good[-1])))
    yield Situation(good[:-3], (0, end, -1, 0), (len(good), digest(good[-1])))
    yield Situation([*good, forged(good[-1])], (0, end + 2, -1, 0), (len(good), digest(good[-1])))
    yield Situation(good, (0, end, -1, 0), (8, digest(good[6])))
    first = good[5].timestamp_ms
    for kept_ms, now_ms in (
        (-1, NOW_MS), (DAY_MS, NOW_MS), (DAY_MS, first + DAY_MS), (DAY_MS, first + DAY_MS - 1),
        (0, first), (None, NOW_MS),
    ):  # fmt: skip
        start = good[5].offset
        yield Situation(good[5:], (start, end, kept_ms, now_ms))
        yield Situation([], (start, start, kept_ms, now_ms))
        yield Situation([], (start, start, kept_ms, now_ms), (4, digest(good[3])))
        cut = (start, good[-4].offset + 2, kept_ms, now_ms)
        yield Situation(good[5:-3], cut, (len(good), digest(good[-1])))
        yield Situation(good, (0, end, kept_ms, now_ms))
        # Markers alone were removed: the first entry is still there.
        yield Situation([r._replace(offset=r.offset + 7) for r in good], (5, end + 7, -1, 0))
        for number, last in ((5, 4), (5, 3), (4, 3)):
            earlier = (number, digest(good[last]))
            yield Situation(good[5:], (start, end, kept_ms, now_ms), earlier)
    yield Situation([], (0, 0, -1, 0))
    yield Situation([], (0, 0, -1, 0), (4, digest(good[3])))
    yield Situation(good[5:], (0, end, -1, 0), (4, digest(good[3])))


def answer(chain_module: Any, found: Situation) -> Any:
    """All that a verifier says of a situation."""
    earlier = None if found.earlier is None else chain_module.Earlier(*found.earlier)
    number = found.records[0].partition if found.records else 0
    chain = chain_module.Chain(number, chain_module.Log(*found.log), earlier)
    try:
        for record in found.records:
            chain.take(record)
        chain.close()
    except (AttributeError, LookupError, TypeError, ValueError) as problem:
        return type(problem)
    return (
        chain.front, chain.entries, chain.broken,
        [tuple(place) for place in chain.breaks], [tuple(note) for note in chain.notes],
    )  # fmt: skip


def changes(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Each changed condition as it is written then, and the module with it."""
    for at, node in enumerate(ast.walk(tree)):
        for place, condition in conditions(node):
            for other in instead_of(condition):
                copy = deepcopy(tree)
                twin = next(n for i, n in enumerate(ast.walk(copy)) if i == at)
                put(twin, place, other)
                where = f"{ast.unparse(condition)} -> {ast.unparse(other)}"
                yield where, ast.fix_missing_locations(copy)


def conditions(node: ast.AST) -> Iterator[tuple[int | None, ast.expr]]:
    """The conditions in a node and their places in it."""
    if isinstance(node, ast.If | ast.IfExp):
        yield None, node.test
    if isinstance(node, ast.BoolOp):
        yield from enumerate(node.values)


def instead_of(condition: ast.expr) -> Iterator[ast.expr]:
    """True, false, and the neighbour of a comparison."""
    yield ast.Constant(value=True)
    yield ast.Constant(value=False)
    if isinstance(condition, ast.Compare) and type(condition.ops[0]) in _NEIGHBOUR:
        other = deepcopy(condition)
        other.ops[0] = _NEIGHBOUR[type(condition.ops[0])]()
        yield other


def put(node: Any, place: int | None, other: ast.expr) -> None:
    """Change a condition."""
    if place is None:
        node.test = other
    else:
        node.values[place] = other


def module_of(tree: ast.Module, like: ModuleType, patch: pytest.MonkeyPatch) -> Any:
    """A module made of changed source; types of structs are looked up in it by its name."""
    made = ModuleType(f"{like.__name__}_changed")
    patch.setitem(sys.modules, made.__name__, made)
    exec(compile(tree, str(like.__file__), "exec"), made.__dict__)  # noqa: S102 - our own source
    return made


# A minute of work where others use the cores too.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("module", [audit_chain, audit_entry], ids=["chain", "entry"])
def test_no_condition_of_the_verifier_can_be_left_out(
    good: Records, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = list(situations(good[:SHORT]))
    right = [answer(audit_chain, found) for found in every]
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    cached = cache(audit_entry.read_entry)
    tried, unseen = 0, []
    for where, changed_tree in changes(tree):
        made = module_of(changed_tree, module, monkeypatch)
        if module is audit_entry:
            monkeypatch.setattr(audit_chain, "read_entry", made.read_entry)
            made = audit_chain
        else:
            made.read_entry = cached
        tried += 1
        if all(answer(made, found) == said for found, said in zip(every, right, strict=True)):
            unseen.append(where)
    assert tried > 10
    left = [where for where in unseen if where not in EQUIVALENT]
    assert not left, "\n".join(left)


def test_the_situations_make_every_check_fail(good: Records) -> None:
    found = set()
    for situation in situations(good[:SHORT]):
        _, _, _, breaks, _ = answer(audit_chain, situation)
        found |= {place[2] for place in breaks}
    assert found == set(CHECKS)
