"""Change one thing of the Rust at a time: is the lane then told from Python?

cargo-mutants says what can be changed. A copy of `express` is changed, compiled without much
optimising, and judged in a process of its own (`tests.express.judge`); the tree stays as it is.

    python -m tests.express.mutants [--seed 1] [--minutes 60] [--files consent,read] [--part 0/2]
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from gateway.express.twins import ROOT
from tests.express import judge

_SECONDS: Final = 120
_CARGO: Final = shutil.which("cargo") or str(Path.home() / ".cargo/bin/cargo")
_TOLD, _SAME = 1, 0
_ENV: Final = {**os.environ, "PYO3_NO_PYTHON": "1", "PYO3_BUILD_EXTENSION_MODULE": "1"}


def all_mutants() -> list[dict[str, Any]]:
    """What cargo-mutants would change, in its order.

    Raises:
        subprocess.CalledProcessError: it is not installed.
    """
    command = (_CARGO, "mutants", "--list", "--json")
    listed = subprocess.run(command, cwd=ROOT / "express", capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(listed.stdout)
    return found


def changed(source: str, mutant: dict[str, Any]) -> str:
    """The source with the mutant's change: lines and columns count from 1, the end is not in it."""
    lines = source.splitlines(keepends=True)

    def place(at: dict[str, int]) -> int:
        return sum(len(line) for line in lines[: at["line"] - 1]) + at["column"] - 1

    start, end = place(mutant["span"]["start"]), place(mutant["span"]["end"])
    return f"{source[:start]}{mutant['replacement']}{source[end:]}"


class Copy:
    """A copy of the Rust that can be changed and compiled."""

    def __init__(self, folder: Path, target: Path) -> None:
        self._folder, self._target = folder, target
        for name in ("Cargo.toml", "Cargo.lock", "twins.json"):
            shutil.copy(ROOT / "express" / name, folder)
        shutil.copytree(ROOT / "express/src", folder / "src")

    def compiled(self, mutant: dict[str, Any] | None) -> Path | None:
        """The library with a change, or without any; None when it does not compile."""
        if mutant is None:
            return self._built()
        file = self._folder / mutant["file"]
        before = file.read_text(encoding="utf-8")
        file.write_text(changed(before, mutant), encoding="utf-8")
        try:
            return self._built()
        finally:
            file.write_text(before, encoding="utf-8")

    def _built(self) -> Path | None:
        command = (_CARGO, "build", "--quiet", "--locked", "--profile", "mutants")
        place = ("--target-dir", str(self._target))
        ran = subprocess.run(
            (*command, *place), cwd=self._folder, env=_ENV, capture_output=True, check=False
        )
        suffix = "dylib" if sys.platform == "darwin" else "so"
        built = self._target / "mutants" / f"libcompiled.{suffix}"
        return built if ran.returncode == 0 else None


def verdict(kept: Sequence[judge.Kept], library: Path) -> str:
    """`missed`, or how the library is told from Python: `caught`, `crashed`, `endless`."""
    child = os.fork()
    if child == 0:
        signal.alarm(_SECONDS)
        try:
            judge.load(library)
            told = judge.judged(kept) is not None
        except BaseException:  # noqa: BLE001 - any fault of the lane tells it from Python
            told = True
        os._exit(_TOLD if told else _SAME)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return "endless" if os.WTERMSIG(status) == signal.SIGALRM else "crashed"
    return "caught" if os.WEXITSTATUS(status) == _TOLD else "missed"


def run(
    kept: Sequence[judge.Kept],
    chosen: Sequence[dict[str, Any]],
    end: float,
    out: Path,
    target: Path,
) -> int:
    """Judge mutants until a time; 1 when the lane as it is is told from Python already."""
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as folder, out.open("w", encoding="utf-8") as log:
        copy = Copy(Path(folder), target)
        library = copy.compiled(None)
        if library is None or verdict(kept, library) != "missed":
            sys.stdout.write("the lane as it is does not compile, or is not the same as Python\n")
            return 1
        for mutant in chosen:
            if time.monotonic() > end:
                break
            library = copy.compiled(mutant)
            found = "unviable" if library is None else verdict(kept, library)
            counts[found] += 1
            log.write(f"{found} {mutant['name']}\n")
            log.flush()
    tried = counts.total() - counts["unviable"]
    told = tried - counts["missed"]
    share = 100 * told / max(tried, 1)
    sys.stdout.write(f"{told} of {tried} are caught, {share:.1f} %: {dict(counts)}\n")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Judge a sample of the mutants, in an order that a seed chooses."""
    parser = argparse.ArgumentParser(prog="make express-mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--files", default="", help="of express/src, without .rs; all if empty")
    parser.add_argument("--part", default="0/1", help="so that several can run at once: 0/2, 1/2")
    parser.add_argument("--kept", type=Path, default=ROOT / ".samverkan/tests/kept.bin")
    said = parser.parse_args(arguments)
    said.kept.parent.mkdir(parents=True, exist_ok=True)
    if not said.kept.exists():
        command = (sys.executable, "-m", "tests.express.judge", "--keep", str(said.kept))
        subprocess.run(command, cwd=ROOT, check=True)
    kept = pickle.loads(said.kept.read_bytes())  # noqa: S301 - written above
    files = {f"src/{name}.rs" for name in said.files.split(",") if name}
    chosen = [one for one in all_mutants() if not files or one["file"] in files]
    random.Random(said.seed).shuffle(chosen)
    part, parts = map(int, said.part.split("/"))
    chosen = chosen[part::parts]
    sys.stdout.write(f"{len(kept)} cases, {len(chosen)} mutants\n")
    sys.stdout.flush()
    end = time.monotonic() + 60 * said.minutes
    log = said.kept.with_name(f"mutants-{part}.log")
    return run(kept, chosen, end, log, ROOT / f"express/target/mutants-{part}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
