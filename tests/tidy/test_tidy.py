"""The style guide as a test: each function here is one house rule over all tracked files.

A rule reports every place that breaks it, as `file:line what`, so that one run is enough.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from schemas.identity import is_valid_personal_number

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).parents[2]
FUNCTION_LINES_MAX, FILE_LINES_MAX, LINE_LENGTH_MAX, FILE_BYTES_MAX = 70, 400, 100, 1024 * 1024
#: Written in parts, because this file is looked through as well.
UNFINISHED = re.compile(r"\b(?:" + "|".join(("FIX" + "ME", "TO" + "DO", "XX" + "X")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.~*$}\])-])/(?:work|farm|root|tmp|home|Users)/\w")
REGISTRY_HOST = re.compile(
    r"(?:pypi\.org|pythonhosted\.org|repo1?\.maven(?:\.apache)?\.org|docker\.io|ghcr\.io|quay\.io)"
)
#: A comment that silences a tool names what it silences and why.
EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:|pyright:)")
WITH_REASON = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*(?: +-|  #| ) *\w"
    r"|type: ignore\[[a-z, -]+\]  # \w|pragma: no (?:cover|branch) - \w)"
)
NUMBER = re.compile(
    r"(?<![0-9A-Za-z_-])(?:(?:19|20)\d{6}[-+]?\d{4}|\d{6}[-+]\d{4})(?![0-9A-Za-z_-])"
)
PACKAGES = {"consumers", "gateway", "schemas", "simulator"}
CLOCKS, DURATIONS = {"monotonic", "perf_counter", "time"}, {"elapsed", "duration", "took"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control that is there, without the lock file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    files = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(file for file in files if file.is_file() and file.name != "uv.lock")


@cache
def text_of(file: Path) -> str:
    """Its text; of a golden of stored bytes, what can be read of it."""
    return file.read_text(encoding="utf-8", errors="replace")


@cache
def python() -> dict[Path, ast.Module]:
    """The syntax tree of every Python file."""
    return {file: ast.parse(text_of(file)) for file in tracked() if file.suffix == ".py"}


def lines() -> Iterator[tuple[str, str]]:
    """Every line of every tracked file with its place."""
    for file in tracked():
        for number, line in enumerate(text_of(file).splitlines(), 1):
            yield f"{file.relative_to(ROOT)}:{number}", line


def places(pattern: re.Pattern[str], *passed_over: str) -> list[str]:
    return [
        f"{place} {line.strip()[:80]}"
        for place, line in lines()
        if pattern.search(line) and not place.startswith(passed_over)
    ]


def nothing(broken: Iterable[str]) -> None:
    """Fails with every place that breaks a rule."""
    if found := list(broken):
        pytest.fail("\n".join(found), pytrace=False)


def at(file: Path, node: ast.AST, what: str) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)} {what}"


def test_functions_are_at_most_70_lines():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nothing(
        at(file, node, f"{node.name} has {length} lines")
        for file, tree in python().items()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    )


def test_code_files_are_at_most_400_lines_of_at_most_100_characters():
    code = [f for f in tracked() if f.suffix in {".py", ".sh", ".java"} or f.name == "Makefile"]
    broken = []
    for file in code:
        found = text_of(file).splitlines()
        broken += [at(file, ast.Pass(), f"{len(found)} lines")] * (len(found) > FILE_LINES_MAX)
        broken += [
            f"{file.relative_to(ROOT)}:{number} {len(line)} characters"
            for number, line in enumerate(found, 1)
            # A reason may run on: an exemption belongs to the line that it is about.
            if len(EXEMPTION.split(line)[0]) > LINE_LENGTH_MAX + 2
        ]
    nothing(broken)


def test_every_module_says_what_it_is_for():
    nothing(at(f, t, "no docstring") for f, t in python().items() if not ast.get_docstring(t))


def test_nothing_is_marked_as_unfinished():
    nothing(places(UNFINISHED))


def test_package_files_only_re_export():
    def re_exports(node: ast.stmt) -> bool:
        if isinstance(node, ast.Assign):
            return [ast.unparse(target) for target in node.targets] == ["__all__"]
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return docstring or isinstance(node, ast.Import | ast.ImportFrom)

    nothing(
        at(file, node, "is code")
        for file, tree in python().items()
        if file.name == "__init__.py"
        for node in tree.body
        if not re_exports(node)
    )


def test_no_file_names_a_path_of_one_machine_or_a_registry_host():
    nothing(places(MACHINE_PATH))
    nothing(places(REGISTRY_HOST, "tests/tidy/test_tidy.py"))


def test_every_lint_exemption_has_a_reason():
    own = "tests/tidy/test_tidy.py"
    nothing(
        f"{place} {line.strip()}"
        for place, line in lines()
        if place.partition(":")[0].endswith(".py") and not place.startswith(own)
        if EXEMPTION.search(line) and not WITH_REASON.search(line)
    )


def test_every_rule_that_is_switched_off_for_a_folder_has_a_reason():
    settings = text_of(ROOT / "pyproject.toml")
    section = settings.partition("[tool.ruff.lint]")[2].partition("flake8-tidy-imports")[0]
    section += settings.partition("per-file-ignores]")[2].partition("\n[")[0]
    switched_off = [line for line in section.splitlines() if re.search(r'"[A-Z]+\d*"', line)]
    nothing(line for line in switched_off if "select" not in line and not re.search(r"# \w", line))


def imported() -> set[str]:
    """Every module that some file imports, by its full name."""
    names: set[str] = set()
    for tree in python().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_every_module_is_used():
    """A module that nobody imports is dead, unless it is a program."""
    known = imported()
    nothing(
        at(file, tree, "is imported by nobody")
        for file, tree in python().items()
        if file.relative_to(ROOT).parts[0] in PACKAGES
        and file.name != "__init__.py"
        and ".".join(file.relative_to(ROOT).with_suffix("").parts) not in known
        and "__main__" not in text_of(file)
    )


def test_no_file_is_over_one_mebibyte():
    nothing(str(file) for file in tracked() if file.stat().st_size > FILE_BYTES_MAX)


def test_personal_numbers_are_synthetic():
    """Birth numbers 980-999 are never given to a person; nothing else may look like a number."""

    def real(text: str) -> bool:
        digits = re.sub(r"\D", "", text)
        full = [digits] if len(digits) == 12 else ["19" + digits, "20" + digits]
        return any(is_valid_personal_number(f) and not 980 <= int(f[8:11]) <= 999 for f in full)

    nothing(
        f"{place} looks like a personal number"
        for place, line in lines()
        if any(real(found) for found in NUMBER.findall(line))
    )


def test_no_test_asserts_how_long_something_took():
    """A slow machine is no fault: waits may have a deadline, claims may not."""

    def times(node: ast.Assert) -> bool:
        parts = list(ast.walk(node.test))
        words = {part.id for part in parts if isinstance(part, ast.Name)}
        differences = [part for part in parts if isinstance(part, ast.BinOp)]
        return bool(words & DURATIONS) or any(
            isinstance(part, ast.Attribute) and part.attr in CLOCKS
            for difference in differences
            for part in ast.walk(difference)
        )

    nothing(
        at(file, node, ast.unparse(node))
        for file, tree in python().items()
        if file.relative_to(ROOT).parts[0] == "tests"
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and times(node)
    )


@pytest.mark.parametrize(
    ("pattern", "found", "passed"),
    [
        (UNFINISHED, "# FIX" + "ME later", "fixme"),
        (MACHINE_PATH, "see /" + "work/main", "https://host/work/main"),
        (MACHINE_PATH, 'open("/' + 'tmp/x")', ".samverkan/tmp/x"),
        (REGISTRY_HOST, "https://pypi." + "org/simple", "pip install"),
        (EXEMPTION, "x  # no" + "qa", "# nothing"),
        (WITH_REASON, "x  # no" + "qa: E501 - a table", "x  # no" + "qa: E501"),
        (WITH_REASON, "x  # type: " + "ignore[misc]  # untyped", "x  # type: " + "ignore[misc]"),
        (NUMBER, "19811218" + "-9876", "2024-01-10T09:00"),
        (NUMBER, "811218" + "+9876", "a1981121898769"),
    ],
)
def test_the_rules_find_what_they_are_for(pattern, found, passed):
    assert pattern.search(found)
    assert not pattern.search(passed)


def test_no_program_lists_the_rules_by_their_numbers_or_is_named_after_them() -> None:
    """The catalogue knows which rules there are, so that a new one is added in one place."""
    first = "BR-" + "01"
    listed = re.compile(rf"{first} ?(?:to|till|–|-) ?BR-|range\(1, \d+\).*BR-|BR-.*range\(1, \d+\)")
    code = [file for file in tracked() if file.suffix in {".py", ".rs", ".toml"}]
    assert not [
        f"{file.relative_to(ROOT)}:{number}"
        for file in code
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if listed.search(line)
    ]
    numbered = [file.name for file in code if re.search(r"rules?_\d|\d_\d+\.(?:py|rs)$", file.name)]
    assert not numbered
