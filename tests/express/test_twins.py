"""The express lane repeats Python that has been compared with it, and notices any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.express import twins

TELLING = (
    "the express lane steps aside, since the Python that it repeats has changed: run"
    " `make express-compare`"
)
RULES = "gateway/domain/rules/timing.py"
SOURCE = b'''"""A module."""
from typing import Final

LIMIT: Final = 3  # days


class Span(Struct):
    """A span."""

    start: int
    """When it starts."""

    def holds(self, day: int) -> bool:
        """Whether a day is within."""
        kept: dict[str, int] = {}
        try:
            return f"{day:>{LIMIT}}" in kept
        except KeyError:
            found: bool = day >= self.start
            return found
'''


def written(*changes: tuple[bytes, bytes]) -> str:
    """The fingerprint of the module above with some of it put differently."""
    source = SOURCE
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return twins.fingerprint(source)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the modules that may be changed."""
    for name in twins.MODULES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((twins.ROOT / name).read_bytes())
    monkeypatch.setattr(twins, "ROOT", tmp_path)
    return tmp_path


def test_the_lane_was_compared_with_the_present_source():
    assert twins.changed(twins.recorded()) == (), TELLING


def test_every_module_of_the_core_is_a_twin_or_left_out_on_purpose():
    assert len(set(twins.MODULES)) == len(twins.MODULES)
    assert {RULES, "gateway/domain/decide.py", "schemas/codec.py"} <= set(twins.MODULES)
    named = {f"{folder}/{file}" for folder, left in twins._FOLDERS.items() for file in left}
    assert [name for name in sorted(named) if not (twins.ROOT / name).is_file()] == []
    assert not named & set(twins.MODULES)


def test_every_twin_and_every_library_has_a_fingerprint():
    assert twins.fingerprints().keys() == {*twins.MODULES, *twins.LIBRARIES}


def test_a_changed_rule_is_noticed(copied: Path):
    compared = twins.fingerprints()
    source = (copied / RULES).read_text(encoding="utf-8")
    assert " > " in source
    (copied / RULES).write_text(source.replace(" > ", " >= ", 1), encoding="utf-8")
    assert twins.changed(compared) == (RULES,)


def test_a_changed_comment_or_docstring_is_not(copied: Path):
    compared = twins.fingerprints()
    source = (copied / RULES).read_text(encoding="utf-8")
    (copied / RULES).write_text(f'"""Said anew."""\n\n# And why.\n{source}', encoding="utf-8")
    assert twins.changed(compared) == ()


def test_a_missing_module_a_new_one_and_another_library_are_noticed(copied: Path):
    compared = twins.fingerprints()
    (copied / RULES).unlink()
    assert twins.changed(compared) == (RULES,)
    assert twins.changed({**twins.fingerprints(), "msgspec": "0.1"}) == ("msgspec",)
    del compared["gateway/domain/decide.py"]
    assert twins.changed(compared) == ("gateway/domain/decide.py", RULES)


def test_a_library_that_is_not_installed_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(twins, "LIBRARIES", ("no-such-library",))
    assert "no-such-library" not in twins.fingerprints()


def test_a_module_that_is_new_in_a_folder_is_a_twin(tmp_path: Path):
    (tmp_path / "gateway/domain/rules").mkdir(parents=True)
    (tmp_path / "gateway/domain/rules/new.py").touch()
    assert "gateway/domain/rules/new.py" in list(twins._modules(tmp_path))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"A module.", b"A module, said better."),
        (b"  # days", b""),
        (b"LIMIT: Final = 3", b"LIMIT: int = 3"),
        (b"A span.", b"Some days."),
        (b"When it starts.", b"Its first day."),
        (b"Whether a day is within.", b"Whether it holds a day."),
        (b"kept: dict[str, int] = {}", b"kept: dict[str, object] = {}"),
        (b"found: bool", b"found: object"),
        (b"(self, day: int)", b"(\n        self,\n        day: int,\n    )"),
        (b'f"{day:>{LIMIT}}"', b"f'{day:>{LIMIT}}'"),
    ],
)
def test_what_says_nothing_to_python_may_change(old: bytes, new: bytes):
    assert written((old, new)) == written()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"= 3", b"= 4"),
        (b"= 3", b"= 3.0"),
        (b"start: int", b"start: int | None"),
        (b"start: int", b"start: int = 0"),
        (b"class Span(Struct)", b"class Span(Struct, frozen=True)"),
        (b">= self", b"> self"),
        (b"{day:>", b"{day:<"),
        (b"{day:>", b"{day!s:>"),
        (b"in kept", b"not in kept"),
        (b"KeyError", b"ValueError"),
        (b"def holds", b"@cache\n    def holds"),
        (b"def holds", b"async def holds"),
    ],
)
def test_what_says_something_may_not(old: bytes, new: bytes):
    assert written((old, new)) != written()


def test_every_python_has_the_same_fingerprint():
    """Made by 3.11, 3.12 and 3.13: each has fields, quotes and characters that others have not."""
    source = SOURCE + (
        b"def f(*, a, b=1):\n"
        b"    match a:\n"
        b"        case {'x': None, **rest} | [*rest]:\n"
        b"            return {**rest, '\xc2\xad': b, '\xf0\x9f\xab\xa9': (), u'': -1e300}\n"
        b"    return 'a' f'{a!r:{b}.{b}}' 'b' f'{b}{{', lambda: (yield)\n"
    )
    assert (
        twins.fingerprint(source)
        == "90432d26d18ed6ac94613fd31d3d6ac4d822622c64f1971cb4f1ee70085bb100"
    )


def test_what_differs_from_the_record_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(twins, "RECORDED", tmp_path / "twins.json")
    text = json.dumps(twins.fingerprints())
    twins.RECORDED.write_text(text, encoding="utf-8")
    assert twins.main([]) == 0
    twins.RECORDED.write_text(text.replace(RULES, "gateway/domain/rules/old.py"), encoding="utf-8")
    assert twins.main([]) == 1
    assert capsys.readouterr().out == f"gateway/domain/rules/old.py\n{RULES}\n"


def test_it_is_a_program():
    ran = subprocess.run(
        [sys.executable, "-m", "gateway.express.twins"],
        cwd=twins.ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), TELLING
