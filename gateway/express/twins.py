"""What the express lane repeats, and whether that is still what it was compared with.

A module's fingerprint is the hash of what it says to Python: layout, comments and docstrings are
free to change, everything else is not. `python -m gateway.express.twins` names what has changed
since it was recorded. Only `make express-compare` records it, when the comparison has passed.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

#: Above `schemas` and `gateway`, both in the repository and where they are installed.
ROOT: Final = Path(__file__).parents[2]
#: Compiled into the lane; a source of it and no part of an installed package.
RECORDED: Final = ROOT / "express" / "twins.json"
#: Whole folders, so that a new module counts before anybody thinks of it. Left out is what only
#: words a problem, the models by which others read what we write, and what the lane never reaches.
_FOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "schemas": frozenset(
        {
            "followup_v1.py",
            "gateway_event.py",
            "jsonschema.py",
            "notices_v1.py",
            "receipts_v1.py",
            "schema_errors.py",
        }
    ),
    "gateway/domain": frozenset(
        {"invariants.py", "migrate.py", "parking.py", "recall.py", "shadow.py"}
    ),
    "gateway/domain/rules": frozenset(),
}
_ALONE: Final = (
    "gateway/shell/fold.py",
    "gateway/shell/outputs.py",
    "gateway/shell/states.py",
    "gateway/shell/whose.py",
)
#: These decide what is valid and how it is written, as much as the modules do.
LIBRARIES: Final = ("msgspec", "orjson", "pydantic", "pydantic-core", "python-stdnum")


def _modules(root: Path) -> Iterator[str]:
    for folder, left_out in _FOLDERS.items():
        for file in sorted((root / folder).glob("*.py")):
            if file.name not in left_out:
                yield f"{folder}/{file.name}"
    yield from _ALONE


MODULES: Final = tuple(_modules(ROOT))
"""The Python that the lane repeats, as paths from the root. `gateway/agreement` is not among it:
the lane is given the agreement's values."""


def fingerprints() -> dict[str, str]:
    """The fingerprint of each module that is there, and the version of each library."""
    found = {}
    for name in MODULES:
        try:
            found[name] = fingerprint((ROOT / name).read_bytes())
        except OSError:
            # Installed without its source: nobody can say what it is, so it is not the same.
            continue
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def changed(compared: Mapping[str, str]) -> tuple[str, ...]:
    """What is not as it was compared: other, missing or new. Empty when the lane may run."""
    present = fingerprints()
    names = sorted(compared.keys() | present.keys())
    return tuple(name for name in names if compared.get(name) != present.get(name))


def fingerprint(source: bytes) -> str:
    """The hash of what a module's source says to Python, the same on every Python from 3.11."""
    return sha256(_form(_bare(ast.parse(source))).encode()).hexdigest()


def _bare(tree: ast.Module) -> ast.Module:
    """The tree without what has no effect: docstrings, annotations of variables.

    Annotations in a class or a signature stay: pydantic and msgspec read them.
    """
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        in_class = isinstance(node, ast.ClassDef)
        parts = [part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.expr)]
        for part in parts:
            if isinstance(part, ast.AnnAssign) and not in_class:
                part.annotation = ast.Constant(None)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [one for one in body if not _is_text(one)]
        pending += parts
    return tree


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a string alone, as docstrings are."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _form(value: object) -> str:
    """A tree as text that no version of Python writes in another way.

    `ast.dump` shows fields that are empty or not as the version likes, and `ast.unparse` quotes
    f-strings as it likes; `repr` escapes what its Unicode tables do not know. What is absent is
    left out here, so that a field that a newer Python brings changes nothing until it is used.
    """
    if isinstance(value, list):
        return f"[{','.join([_form(one) for one in value])}]"
    if not isinstance(value, ast.AST):
        return ascii(value)
    if isinstance(value, ast.JoinedStr):
        # 3.12 ends a nested format with an empty text.
        value.values = [part for part in value.values if getattr(part, "value", None) != ""]
    parts = []
    for name in value._fields:
        part = getattr(value, name, None)
        # `ctx` follows from where a name stands, `kind` tells u"" from "".
        if part is not None and part != [] and name not in {"ctx", "kind"}:
            parts.append(f"{name}={_form(part)}")
    return f"{type(value).__name__}({' '.join(parts)})"


def recorded() -> dict[str, str]:
    """What stands in the repository: the state that was compared last."""
    kept: dict[str, str] = json.loads(RECORDED.read_bytes())
    return kept


def main(arguments: list[str]) -> int:
    """Name what differs from what is recorded."""
    if arguments:
        sys.stderr.write("There are no arguments; `make express-compare` compares and records.\n")
        return 2
    different = changed(recorded())
    sys.stdout.writelines(f"{name}\n" for name in different)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
