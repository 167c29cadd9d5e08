"""The store holds each record once, whatever is repeated, overlaps or breaks off."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gateway.followup import segments, store
from gateway.followup.errors import StoreError
from gateway.followup.facts import RawFact
from gateway.followup.store import Appended, FactStore
from tests.followup.followup_dsl import TOPIC, assessment, log, stored

TEN = [assessment(f"a{number}") for number in range(10)]


def names(root: Path, partition: int = 0) -> list[str]:
    return [one.path.name for one in segments.partition_segments(root, partition)]


def test_a_batch_becomes_a_segment_named_by_its_offsets(tmp_path: Path) -> None:
    """What has been read can be told from the names alone."""
    FactStore.open(tmp_path, TOPIC).append(log(TEN))
    assert names(tmp_path) == ["0-9.parquet"]
    assert len(stored(tmp_path)) == 10


def test_a_replay_stores_nothing_again(tmp_path: Path) -> None:
    """The same batch, in the same process and in the next one, changes nothing."""
    one = FactStore.open(tmp_path, TOPIC)
    one.append(log(TEN))
    before = stored(tmp_path)
    assert one.append(log(TEN)) == Appended(written=0, skipped=10, unreadable=0)
    assert FactStore.open(tmp_path, TOPIC).append(log(TEN)).skipped == 10
    assert stored(tmp_path) == before


def test_of_an_overlapping_batch_only_the_new_part_is_stored(tmp_path: Path) -> None:
    """A batch that begins earlier than the store ends adds its tail."""
    one = FactStore.open(tmp_path, TOPIC)
    one.append(log(TEN)[:6])
    assert one.append(log(TEN)[3:]) == Appended(written=4, skipped=3, unreadable=0)
    assert names(tmp_path) == ["0-5.parquet", "6-9.parquet"]
    assert len(stored(tmp_path)) == 10


def test_gaps_in_the_offsets_are_no_matter(tmp_path: Path) -> None:
    """Transaction markers take offsets that no reader sees."""
    one = FactStore.open(tmp_path, TOPIC)
    one.append(log(TEN, step=2)[:5])
    one.append(log(TEN, step=2)[5:])
    assert names(tmp_path) == ["0-8.parquet", "10-18.parquet"]
    assert one.high_water(0) == 18


def test_partitions_are_apart(tmp_path: Path) -> None:
    """Each partition has its own high-water."""
    one = FactStore.open(tmp_path, TOPIC)
    one.append([*log(TEN[:2], partition=0), *log(TEN[2:5], partition=5)])
    again = FactStore.open(tmp_path, TOPIC)
    assert (again.high_water(0), again.high_water(5), again.high_water(1)) == (1, 2, None)


def test_offsets_that_go_back_inside_a_batch_are_refused(tmp_path: Path) -> None:
    """Kafka gives a partition in order; anything else is a fault, and nothing is stored."""
    one = FactStore.open(tmp_path, TOPIC)
    with pytest.raises(ValueError, match="offset 3 came after 5"):
        one.append([log(TEN)[5], log(TEN)[3]])
    assert names(tmp_path) == []


def test_two_sinks_on_one_folder_cannot_double_a_fact(tmp_path: Path) -> None:
    """Segments of two sinks overlap; readers see each record once."""
    one, two = FactStore.open(tmp_path, TOPIC), FactStore.open(tmp_path, TOPIC)
    one.append(log(TEN)[:7])
    two.append(log(TEN)[:4])
    two.append(log(TEN)[4:])
    assert names(tmp_path) == ["0-3.parquet", "0-6.parquet", "4-9.parquet"]
    assert [row[1] for row in stored(tmp_path)] == list(range(10))


def test_a_crash_before_the_rename_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the temporary file and its name there is no state: the batch is read again."""
    one = FactStore.open(tmp_path, TOPIC)
    one.append(log(TEN)[:4])

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            one.append(log(TEN))
    assert names(tmp_path) == ["0-3.parquet"]
    assert list((tmp_path / "facts").rglob(".*.tmp"))
    assert len(stored(tmp_path)) == 4
    FactStore.open(tmp_path, TOPIC).append(log(TEN))
    assert len(stored(tmp_path)) == 10


def test_a_crash_after_the_rename_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The segment is there though the process did not learn of it."""
    one = FactStore.open(tmp_path, TOPIC)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(FactStore, "_compact", crash)
        with pytest.raises(KeyboardInterrupt):
            one.append(log(TEN))
    assert FactStore.open(tmp_path, TOPIC).append(log(TEN)).skipped == 10


def test_what_a_killed_process_left_goes_after_an_hour(tmp_path: Path) -> None:
    """A young unfinished file may be another sink's work."""
    FactStore.open(tmp_path, TOPIC).append(log(TEN))
    folder = tmp_path / "facts" / "partition=0"
    old, young = folder / ".10-19.parquet.host.1.tmp", folder / ".20-29.parquet.host.2.tmp"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    FactStore.open(tmp_path, TOPIC)
    assert not old.exists()
    assert young.exists()


def test_a_write_error_is_raised_and_leaves_nothing_half(tmp_path: Path) -> None:
    """The sink stops on it; the store is as before."""
    one = FactStore.open(tmp_path, TOPIC)
    (tmp_path / "facts" / "partition=0").write_bytes(b"in the way")
    with pytest.raises(OSError, match="exists"):
        one.append(log(TEN))
    assert one.high_water(0) is None


def test_a_record_that_is_no_fact_is_written_down_without_its_payload(tmp_path: Path) -> None:
    """It has coordinates, a hash and a reason, and the records around it are stored."""
    one = FactStore.open(tmp_path, TOPIC)
    done = one.append(log([TEN[0], b'{"secret": 1}', None, TEN[1]]))
    assert done == Appended(written=2, skipped=0, unreadable=2)
    assert [row[1] for row in stored(tmp_path)] == [0, 3]
    notes = sorted((tmp_path / "facts-unreadable").iterdir())
    assert [note.name for note in notes] == ["0-1.json", "0-2.json"]
    note = json.loads(notes[0].read_text())
    assert (note["topic"], note["partition"], note["offset"], note["bytes"]) == (TOPIC, 0, 1, 13)
    assert len(note["sha256"]) == 64
    assert "secret" not in notes[0].read_text()


def test_a_batch_of_nothing_but_unreadable_records_moves_the_high_water(tmp_path: Path) -> None:
    """Otherwise they would be read again for ever."""
    FactStore.open(tmp_path, TOPIC).append(log([b"x", b"y"]))
    again = FactStore.open(tmp_path, TOPIC)
    assert again.high_water(0) == 1
    assert again.append(log([b"x", b"y", TEN[0]])) == Appended(1, 2, 0)
    assert len(stored(tmp_path)) == 1


def test_small_segments_become_one_and_the_rows_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live traffic makes a file per poll; they are merged, and none is missed or doubled."""
    monkeypatch.setattr(store, "SMALL_SEGMENTS_MAX", 4)
    one = FactStore.open(tmp_path, TOPIC)
    for record in log(TEN):
        one.append([record])
    assert [row[1] for row in stored(tmp_path)] == list(range(10))
    # The merged ones lie there until the next merge, for a report that has just listed them.
    assert {"0-9.parquet", "9-9.parquet"} <= set(names(tmp_path))
    FactStore.open(tmp_path, TOPIC)
    assert names(tmp_path) == ["0-9.parquet"]
    assert [row[1] for row in stored(tmp_path)] == list(range(10))
    assert FactStore.open(tmp_path, TOPIC).high_water(0) == 9


def test_merging_overlapping_segments_keeps_each_record_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sinks' overlapping files are merged into one without doubles."""
    one, two = FactStore.open(tmp_path, TOPIC), FactStore.open(tmp_path, TOPIC)
    one.append(log(TEN)[:6])
    two.append(log(TEN)[:2])
    two.append(log(TEN)[2:8])
    monkeypatch.setattr(store, "SMALL_SEGMENTS_MAX", 3)
    FactStore.open(tmp_path, TOPIC).append(log(TEN))
    merged = tmp_path / "facts" / "partition=0" / "0-9.parquet"
    assert pq.ParquetFile(merged).read().column("offset").to_pylist() == list(range(10))
    assert len(stored(tmp_path)) == 10


def test_the_store_knows_which_fact_lies_at_an_offset(tmp_path: Path) -> None:
    """By it the sink proves that it goes on with the same topic."""
    one = FactStore.open(tmp_path, TOPIC)
    one.append(log([TEN[0], b"no fact"]))
    fact = one.fact_at(0, 0)
    assert fact is not None
    assert fact[1] == 1
    assert one.fact_at(0, 1) is None
    assert one.fact_at(4, 0) is None


def test_a_deleted_folder_fills_again_with_the_same_rows(tmp_path: Path) -> None:
    """The store is a copy of the topic and nothing else."""
    root = tmp_path / "store"
    FactStore.open(root, TOPIC).append(log(TEN))
    before = stored(root)
    shutil.rmtree(root)
    again = FactStore.open(root, TOPIC)
    for record in log(TEN):
        again.append([record])
    assert stored(root) == before


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ('{"format": 2, "topic": "followup.events"}', "has format 2, and this version reads"),
        ('{"format": 1}', "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 1, "topic": "other.events"}', "holds the topic other.events, not"),
        (None, "has lost its manifest.json"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_sentence(
    tmp_path: Path, damage: str | None, sentence: str
) -> None:
    """Nothing is guessed about a store of another format, topic or state."""
    FactStore.open(tmp_path, TOPIC)
    manifest = tmp_path / "manifest.json"
    if damage is None:
        manifest.unlink()
    else:
        manifest.write_text(damage)
    with pytest.raises(StoreError, match=sentence) as refused:
        FactStore.open(tmp_path, TOPIC)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["partition=0/foreign.txt", "partition=0/9-3.parquet", "odd/x"])
def test_a_foreign_file_is_named_and_refused(tmp_path: Path, name: str) -> None:
    """The names are the index, so a name that is none is not passed over."""
    FactStore.open(tmp_path, TOPIC).append(log(TEN))
    path = tmp_path / "facts" / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(StoreError, match="which no sink wrote"):
        FactStore.open(tmp_path, TOPIC)


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    """Reader and merge say which file, and that the store can be made anew."""
    FactStore.open(tmp_path, TOPIC).append(log(TEN))
    path = tmp_path / "facts" / "partition=0" / "0-9.parquet"
    path.write_bytes(b"PAR1 is not enough")
    with pytest.raises(StoreError, match=r"0-9\.parquet is damaged"):
        stored(tmp_path)
    with pytest.raises(StoreError, match=r"0-9\.parquet is damaged"):
        FactStore.open(tmp_path, TOPIC).fact_at(0, 3)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        FactStore.open(tmp_path / "file" / "store", TOPIC)


def test_a_folder_with_any_name_can_be_read(tmp_path: Path) -> None:
    """Quotes, brackets and stars in the path are no patterns."""
    root = tmp_path / "l'année [1] *?"
    FactStore.open(root, TOPIC).append(log(TEN))
    assert len(stored(root)) == 10


def test_a_gap_is_written_down_once(tmp_path: Path) -> None:
    """What the topic lost before it was read stays visible."""
    one = FactStore.open(tmp_path, TOPIC)
    one.note_gap(2, 17, 40)
    one.note_gap(2, 17, 40)
    notes = list((tmp_path / "facts-removed-before-read").iterdir())
    assert [json.loads(note.read_text()) for note in notes] == [
        {"partition": 2, "after": 17, "before": 40}
    ]


def test_nothing_is_stored_for_an_empty_batch(tmp_path: Path) -> None:
    """No file without a record."""
    assert FactStore.open(tmp_path, TOPIC).append([]) == Appended(0, 0, 0)
    assert FactStore.open(tmp_path, TOPIC).append([RawFact(0, 0, 0, TEN[0])]).written == 1
