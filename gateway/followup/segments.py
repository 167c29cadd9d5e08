"""The files of a fact store: `facts/partition=<n>/<first offset>-<last offset>.parquet`.

Rules:
1. A segment appears whole or not at all: temporary file, fsync, rename, fsync of the folder.
2. A segment holds every fact of its partition from its first to its last offset that a reader of
   committed records can see (offsets of transaction markers and of unreadable records are empty).
3. So a segment within another one's range is superfluous, and what a sink has reached is the
   greatest last offset. Names alone answer both; no index can go out of step.
Names that begin with a dot are unfinished or foreign and nobody's business.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from gateway.followup.errors import StoreError

FACTS = "facts"
UNFINISHED_AGE_S = 3600.0
_FOLDER = re.compile(r"partition=(0|[1-9][0-9]*)")
_FILE = re.compile(r"(0|[1-9][0-9]*)-(0|[1-9][0-9]*)\.parquet")


class Segment(NamedTuple):
    """One Parquet file: facts of `partition` with offsets `first` to `last`, both included."""

    partition: int
    first: int
    last: int
    path: Path

    def covers(self, other: Segment) -> bool:
        """Whether this file makes the other one superfluous (rule 3)."""
        return self.path != other.path and self.first <= other.first and other.last <= self.last


def segment_path(root: Path, partition: int, first: int, last: int) -> Path:
    """Where the segment of these offsets lies in the store `root`."""
    return root / FACTS / f"partition={partition}" / f"{first}-{last}.parquet"


def partition_segments(root: Path, partition: int) -> list[Segment]:
    """The segments of one partition by offset; none when the folder does not exist."""
    folder = root / FACTS / f"partition={partition}"
    return _scan(folder, partition) if folder.is_dir() else []


def all_segments(root: Path) -> list[Segment]:
    """Every segment of the store by partition and offset.

    Raises:
        StoreError: a folder or file is there that no sink of this format wrote.
    """
    found: list[Segment] = []
    for folder in (root / FACTS).iterdir():
        if folder.name.startswith("."):
            continue
        match = _FOLDER.fullmatch(folder.name)
        if match is None or not folder.is_dir():
            raise StoreError(_foreign(folder))
        found.extend(_scan(folder, int(match[1])))
    return sorted(found)


def _scan(folder: Path, partition: int) -> list[Segment]:
    found: list[Segment] = []
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        match = _FILE.fullmatch(path.name)
        if match is None or int(match[1]) > int(match[2]):
            raise StoreError(_foreign(path))
        found.append(Segment(partition, int(match[1]), int(match[2]), path))
    return sorted(found)


def _foreign(path: Path) -> str:
    return (
        f"The fact store holds {path}, which no sink wrote: move it away, or delete the store "
        "folder and run the sink again, which reads everything from the topic once more."
    )


def superfluous(segments: Iterable[Segment]) -> list[Segment]:
    """The segments of one partition that another one covers."""
    listed = list(segments)
    return [one for one in listed if any(other.covers(one) for other in listed)]


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Makes `path` appear at once with what `write` puts into a temporary file (rule 1)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.uname().nodename}.{os.getpid()}.tmp")
    write(temporary)
    _sync(temporary)
    temporary.replace(path)
    _sync(path.parent)


def remove_unfinished(root: Path) -> None:
    """Removes what a killed process left half written; younger files may be another sink's work."""
    for path in root.rglob(".*.tmp"):
        if time.time() - path.stat().st_mtime > UNFINISHED_AGE_S:
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
