"""A mutant of the Rust is what cargo-mutants says, and a fault of it is seen as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.express import judge
from tests.express.mutants import changed, verdict

SOURCE = "fn f() -> bool {\n    1 < 2\n}\n"


@pytest.mark.parametrize(
    ("start", "end", "replacement", "result"),
    [
        ((2, 7), (2, 8), "<=", "fn f() -> bool {\n    1 <= 2\n}\n"),
        ((2, 5), (2, 10), "true", "fn f() -> bool {\n    true\n}\n"),
        ((1, 17), (3, 1), "false", "fn f() -> bool {false}\n"),
    ],
)
def test_a_change_is_made_where_it_is_said(
    start: tuple[int, int], end: tuple[int, int], replacement: str, result: str
) -> None:
    span = {
        name: dict(zip(("line", "column"), at, strict=True))
        for name, at in (("start", start), ("end", end))
    }
    assert changed(SOURCE, {"span": span, "replacement": replacement}) == result


def test_a_library_that_is_none_is_told_from_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> None:
        raise ImportError

    monkeypatch.setattr(judge, "load", broken)
    assert verdict((), tmp_path / "none.so") == "caught"
