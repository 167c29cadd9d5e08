"""The fact store that the sink writes: each record of the topic once, whatever is replayed.

Rules:
1. Idempotent by (partition, offset): what lies at or below a partition's high-water is skipped,
   and the high-water comes from the segment names alone. So a crash between any two steps and a
   replay from any earlier offset give the same rows.
2. Records are appended in offset order per partition and without leaving any out; the sink answers
   for that (`assignment.py`).
3. A record that is no fact is written down in `facts-unreadable/` with its coordinates and hash,
   never with its payload, before the segment that covers its offset.
4. The store is a copy: delete the folder and the sink reads the topic from the beginning.
5. Two sinks on one folder cannot double anything: readers deduplicate on (partition, offset).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from gateway.followup.errors import StoreError
from gateway.followup.facts import SCHEMA, RawFact, Unreadable, read_fact, to_table
from gateway.followup.segments import (
    FACTS,
    Segment,
    all_segments,
    partition_segments,
    remove_unfinished,
    segment_path,
    superfluous,
    write_whole,
)

FORMAT = 1
#: What a store can declare of its facts, with the sentence that every report on it shows.
ORIGINS_SV: Mapping[str, str] = {
    "reconstructed": "Siffrorna är rekonstruerade: de är räknade på syntetiska personer, som är "
    "gjorda efter tryckta tabeller. De säger ingenting om verkliga personer."
}
MANIFEST = "manifest.json"
UNREADABLE = "facts-unreadable"
GAPS = "facts-removed-before-read"
# Live traffic makes many small files; this many small ones at a partition's end become one.
SMALL_SEGMENTS_MAX = 64
SMALL_SEGMENT_BYTES = 4 * 1024 * 1024


class Appended(NamedTuple):
    """What one `append` did, as counts of records."""

    written: int
    skipped: int
    unreadable: int


def read_manifest(root: Path) -> dict[str, Any]:
    """The manifest of the store in `root`.

    Raises:
        StoreError: there is no store, it is of another format, or the manifest is damaged.
    """
    path = root / MANIFEST
    again = "delete the folder and run the sink again, which reads everything from the topic"
    try:
        manifest = orjson.loads(path.read_bytes())
        number = manifest["format"]
        manifest["topic"]  # a manifest without its topic is damaged too
        if manifest.get("origin") is not None:
            ORIGINS_SV[manifest["origin"]]  # an origin that has no sentence cannot be shown
    except FileNotFoundError:
        if (root / FACTS).exists():
            raise StoreError(f"The fact store {root} has lost its {MANIFEST}: {again}.") from None
        raise StoreError(
            f"There is no fact store in {root}: run `samverkan followup`, or name the store's "
            "folder in SAMVERKAN_STORE."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(f"The fact store's {path} cannot be read: {again}.") from None
    if number != FORMAT:
        raise StoreError(
            f"The fact store {root} has format {number!r}, and this version reads format "
            f"{FORMAT}: {again}."
        )
    return dict(manifest)


class FactStore:
    """The writing side of a store folder; one per process, used by one thread at a time."""

    def __init__(self, root: Path, topic: str, origin: str | None = None) -> None:
        self.root = root
        self.topic = topic
        self._origin = origin
        self._high_water: dict[int, int] = {}
        self._segments: dict[int, list[Segment]] = {}

    @classmethod
    def open(cls, root: Path | str, topic: str, origin: str | None = None) -> FactStore:
        """Opens the store of `topic` in `root`, and makes it when there is none.

        A new store keeps `origin`, a key of `ORIGINS_SV`; None means facts of real messages.

        Raises:
            StoreError: the folder holds something else, another format, or another topic's facts.
        """
        store = cls(Path(root), topic, origin)
        try:
            store._prepare()
        except OSError as error:
            raise StoreError(
                f"The fact store {root} cannot be opened ({error.strerror}): name a folder that "
                "this user may write in SAMVERKAN_STORE."
            ) from None
        return store

    def _prepare(self) -> None:
        if not (self.root / MANIFEST).exists() and not (self.root / FACTS).exists():
            declared = {} if self._origin is None else {"origin": self._origin}
            manifest = orjson.dumps({"format": FORMAT, "topic": self.topic, **declared})
            write_whole(self.root / MANIFEST, lambda path: path.write_bytes(manifest))
        manifest_topic = read_manifest(self.root)["topic"]
        if manifest_topic != self.topic:
            raise StoreError(
                f"The fact store {self.root} holds the topic {manifest_topic}, not {self.topic}: "
                "name another folder in SAMVERKAN_STORE."
            )
        (self.root / FACTS).mkdir(exist_ok=True)
        remove_unfinished(self.root)
        for partition in {segment.partition for segment in all_segments(self.root)}:
            self._drop_superfluous(partition)
            self.refresh(partition)

    def refresh(self, partition: int) -> int | None:
        """Reads a partition's high-water anew, since another sink may have gone on with it."""
        listed = partition_segments(self.root, partition)
        needless = set(superfluous(listed))
        segments = [segment for segment in listed if segment not in needless]
        self._segments[partition] = segments
        if not segments:
            self._high_water.pop(partition, None)
            return None
        self._high_water[partition] = max(segment.last for segment in segments)
        return self._high_water[partition]

    def high_water(self, partition: int) -> int | None:
        """The last offset that is stored, as far as this process knows; None when none is."""
        return self._high_water.get(partition)

    def append(self, records: Iterable[RawFact]) -> Appended:
        """Stores records, each partition's in offset order; durable when it returns.

        Raises:
            OSError, pyarrow.ArrowException: the folder cannot be written; nothing half is left.
        """
        by_partition: defaultdict[int, list[RawFact]] = defaultdict(list)
        skipped = 0
        for record in records:
            if record.offset <= self._high_water.get(record.partition, -1):
                skipped += 1
            else:
                by_partition[record.partition].append(record)
        written = unreadable = 0
        for partition, fresh in sorted(by_partition.items()):
            facts, refused = self._append_segment(partition, fresh)
            written += facts
            unreadable += refused
        return Appended(written, skipped, unreadable)

    def _append_segment(self, partition: int, records: list[RawFact]) -> tuple[int, int]:
        rows: list[tuple[Any, ...]] = []
        refused = 0
        previous = self._high_water.get(partition, -1)
        for record in records:
            if record.offset <= previous:
                raise ValueError(
                    f"partition {partition}: offset {record.offset} came after {previous}"
                )
            previous = record.offset
            row = read_fact(record)
            if isinstance(row, Unreadable):
                self._write_unreadable(record, row)
                refused += 1
            else:
                rows.append(row)
        segment = self._write_segment(partition, records[0].offset, previous, to_table(rows))
        self._segments.setdefault(partition, []).append(segment)
        self._high_water[partition] = previous
        self._compact(partition)
        return len(rows), refused

    def _write_segment(self, partition: int, first: int, last: int, table: pa.Table) -> Segment:
        path = segment_path(self.root, partition, first, last)
        write_whole(
            path,
            lambda temporary: pq.write_table(
                table, temporary, compression="zstd", compression_level=1
            ),
        )
        return Segment(partition, first, last, path)

    def _write_unreadable(self, record: RawFact, why: Unreadable) -> None:
        value = record.value or b""
        note = orjson.dumps(
            {
                "topic": self.topic,
                "partition": record.partition,
                "offset": record.offset,
                "timestamp_ms": record.timestamp_ms,
                "bytes": len(value),
                "sha256": hashlib.sha256(value).hexdigest(),
                "reason": why.reason,
            }
        )
        path = self.root / UNREADABLE / f"{record.partition}-{record.offset}.json"
        write_whole(path, lambda temporary: temporary.write_bytes(note))

    def note_gap(self, partition: int, after: int, before: int) -> None:
        """Writes down that the topic lost the offsets between `after` and `before`, both kept.

        The topic's retention removed them before the sink had read them; a report over such a
        store must be able to say so.
        """
        note = orjson.dumps({"partition": partition, "after": after, "before": before})
        path = self.root / GAPS / f"{partition}-{after}-{before}.json"
        write_whole(path, lambda temporary: temporary.write_bytes(note))

    def fact_at(self, partition: int, offset: int) -> tuple[str, int] | None:
        """(`fact_id`, `revision`) stored for a record; None when it was unreadable or unknown."""
        for segment in reversed(self._segments.get(partition, [])):
            if segment.first <= offset <= segment.last:
                table = _read(segment.path, ["offset", "fact_id", "revision"])
                for row in table.to_pylist():
                    if row["offset"] == offset:
                        return row["fact_id"], row["revision"]
        return None

    def _compact(self, partition: int) -> None:
        """Makes one file of many small ones at the end of a partition.

        The small ones stay until the next time, so that a report that has listed them can still
        open them; until then they are superfluous, and readers deduplicate.
        """
        try:
            if len(self._small_at_the_end(partition)) < SMALL_SEGMENTS_MAX:
                return
            self._drop_superfluous(partition)
            self.refresh(partition)
            run = self._small_at_the_end(partition)
            rows = _one_per_offset(pa.concat_tables([_read(segment.path) for segment in run]))
        except FileNotFoundError:  # another sink on this folder has merged them meanwhile
            self.refresh(partition)
            return
        first = min(segment.first for segment in run)
        last = max(segment.last for segment in run)
        self._write_segment(partition, first, last, rows)
        self.refresh(partition)

    def _small_at_the_end(self, partition: int) -> list[Segment]:
        run: list[Segment] = []
        for segment in reversed(self._segments[partition]):
            if segment.path.stat().st_size >= SMALL_SEGMENT_BYTES:
                break
            run.append(segment)
        return run

    def _drop_superfluous(self, partition: int) -> None:
        for segment in superfluous(partition_segments(self.root, partition)):
            segment.path.unlink(missing_ok=True)


def _read(path: Path, columns: list[str] | None = None) -> pa.Table:
    try:
        # Read as one file: the folder's name would add a column of its own.
        return pq.ParquetFile(path).read(columns=columns or SCHEMA.names)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise StoreError(damaged(path)) from error


def damaged(path: Path | str) -> str:
    """The sentence for a segment that is no readable Parquet file."""
    return (
        f"The fact store's {path} is damaged: delete the store folder and run the sink again, "
        "which reads everything from the topic once more."
    )


def _one_per_offset(table: pa.Table) -> pa.Table:
    """The rows by offset, each offset once (segments of two sinks may overlap)."""
    ordered = table.sort_by("offset")
    offsets = ordered.column("offset").to_pylist()
    keep = [
        index for index, offset in enumerate(offsets) if index == 0 or offsets[index - 1] != offset
    ]
    return ordered if len(keep) == len(offsets) else ordered.take(keep)
