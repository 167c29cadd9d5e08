"""A comparison that does not take place is a failure, and only an equal outcome is recorded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.express import lane, twins
from gateway.express.lane import NoLaneError
from gateway.shell.express_fold import ExpressFold
from tests import comparable, twin
from tests.dsl import AGREEMENT, KEYS, PARTITIONS, Gateway
from tests.express.compare import compare
from tests.express.lanes import tables

PASSING = (sys.executable, "-c", "pass")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another file for what is recorded."""
    monkeypatch.setattr(twins, "RECORDED", tmp_path / "twins.json")
    return tmp_path / "twins.json"


@pytest.fixture
def other_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The Python is not what the lane was compared with."""
    tables()
    lane._compiled.cache_clear()
    lane._first.cache_clear()
    monkeypatch.setattr(lane, "changed", lambda _: ("gateway/domain/decide.py",))
    monkeypatch.setattr(twin, "_TABLES", {})
    yield
    lane._compiled.cache_clear()
    lane._first.cache_clear()


@pytest.mark.usefixtures("other_python")
def test_a_domain_test_that_cannot_compare_fails_where_cargo_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparable, "CARGO", True)
    monkeypatch.delenv("MUTANT_UNDER_TEST", raising=False)
    with pytest.raises(NoLaneError, match=r"decide\.py"):
        Gateway().send("consent.recorded")


@pytest.mark.usefixtures("other_python")
def test_without_cargo_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparable, "CARGO", False)
    monkeypatch.delenv(comparable.COMPARE, raising=False)
    assert comparable.comparable("auto", AGREEMENT, KEYS, PARTITIONS) is None


@pytest.mark.parametrize("place", [0, 1])
def test_a_lane_that_writes_another_byte_is_caught(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """The value or the headers of one record altered, in what the real lane has written."""
    tables()
    real = ExpressFold.records

    def altered(self: ExpressFold) -> Sequence[Any]:
        found = list(real(self))
        if found:
            one = found[-1]
            other = {0: {"value": one.value + b" "}, 1: {"headers": (*one.headers, ("x", b""))}}
            found[-1] = one._replace(**other[place])
        return found

    Gateway().send("consent.recorded")
    monkeypatch.setattr(ExpressFold, "records", altered)
    with pytest.raises(AssertionError):
        Gateway().send("consent.recorded")


def test_an_unequal_outcome_is_not_recorded(kept: Path, tmp_path: Path) -> None:
    test = tmp_path / "test_unequal.py"
    test.write_text("def test_both():\n    assert b'python' == b'lane'\n", encoding="utf-8")
    assert compare((sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test))) == 1
    assert not kept.exists()


def test_python_that_changes_during_the_comparison_is_not_recorded(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twins, "changed", lambda _: ("gateway/domain/decide.py",))
    assert compare(PASSING) == 1
    assert not kept.exists()


def test_an_equal_outcome_is_recorded_with_the_fingerprints_switched_off(kept: Path) -> None:
    asked = f"import os, sys; sys.exit(os.environ['{comparable.COMPARE}'] != '1')"
    assert compare((sys.executable, "-c", asked)) == 0
    text = kept.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert [line.split('"')[1] for line in text.splitlines()[1:-1]] == sorted(twins.recorded())
    assert twins.recorded() == twins.fingerprints()


def test_nothing_else_records_them() -> None:
    before = twins.RECORDED.read_bytes()
    ran = subprocess.run(
        [sys.executable, "-m", "gateway.express.twins", "--write"],
        cwd=twins.ROOT, env=os.environ, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert twins.RECORDED.read_bytes() == before
