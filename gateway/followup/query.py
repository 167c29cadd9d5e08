"""The reading side of the fact store: DuckDB over the Parquet segments.

Rule: SQL written by hand stands here, in `counts.py` and in the controls, and nowhere else; the
statistics are expressions for which Ibis writes it (`engine.py`).
Reading is a snapshot: the files are listed once. The sink may merge small files meanwhile; a file
that is gone then is found again, merged, by listing anew.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import duckdb

from gateway.followup.engine import Engine
from gateway.followup.errors import StoreError
from gateway.followup.segments import all_segments
from gateway.followup.store import damaged, read_manifest

# Words that a query may use as tables. A record is stored once, but two sinks on one folder may
# overlap; `fact` is a partition key so that the engine can filter by it first.
_SOURCES = {
    "{latest}": """(
        select * from {records} where epoch_ms(registered_at) <= $as_of
        qualify row_number() over (
            partition by fact, fact_id order by revision desc, "partition" desc, "offset" desc
        ) = 1
    )""",
    "{records}": """(
        select * from read_parquet($files, hive_partitioning = false)
        qualify row_number() over (
            partition by "partition", "offset", fact order by fact_id
        ) = 1
    )""",
}
_RECORDS = '"records"'
# Later than any registration: the store as it is now.
NOW = 2**53
ATTEMPTS_MAX = 3
Params = Mapping[str, object]
Row = tuple[Any, ...]


class FactReader:
    """Answers queries over the records of a store; close it, or use it as a context manager."""

    def __init__(self, root: Path | str) -> None:
        """Opens a store for reading.

        Raises:
            StoreError: there is no store in `root`, or it cannot be read.
        """
        self.root = Path(root)
        #: Key of `ORIGINS_SV`; None for facts of real messages.
        self.origin: str | None = read_manifest(self.root).get("origin")
        self._connection = duckdb.connect(
            config={
                # Nothing is ever fetched: json, parquet and icu are built in.
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._connection.execute("set TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the engine's memory."""
        self._connection.close()

    def rows(self, sql: str, as_of: int = NOW, params: Params | None = None) -> list[Row]:
        """The rows of a query.

        Args:
            sql: may use `{records}`, every record of the topic, and `{latest}`, of every fact its
                greatest revision that was registered at or before `as_of`.
            as_of: ms since the epoch (UTC).
            params: values for further `$names`.

        Raises:
            StoreError: a segment is damaged, or the files change faster than they can be read.
        """
        values: dict[str, object] = {**(params or {})}
        if "{latest}" in sql:
            values["as_of"] = as_of
        for word, source in _SOURCES.items():
            sql = sql.replace(word, source)

        def run(files: list[str]) -> list[Row]:
            return self._connection.execute(sql, {"files": files, **values}).fetchall()

        return self._with_files(run)

    def engine(self, instead: str | None = None) -> Engine:
        """The engine for expressions over the store's records; it lives as long as the reader.

        Its statements raise as `rows` does. `instead` names a table of this reader that stands for
        the records.
        """
        if instead is None:
            return Engine("duckdb", self._run)
        return Engine("duckdb", lambda sql: self._run(sql.replace(_RECORDS, f'"{instead}"')))

    def latest_registration(self) -> int:
        """When the newest record of the store was registered, in ms since the epoch."""
        return int(self.rows("select epoch_ms(max(registered_at)) from {records}")[0][0])

    def _run(self, sql: str) -> list[Row]:
        if _RECORDS not in sql:
            return self._connection.execute(sql).fetchall()

        def run(files: list[str]) -> list[Row]:
            listed = ", ".join("'" + name.replace("'", "''") + "'" for name in files)
            self._connection.execute(
                f"create or replace temp view {_RECORDS} as "
                f"from read_parquet([{listed}], hive_partitioning = false)"
            )
            return self._connection.execute(sql).fetchall()

        return self._with_files(run)

    def _with_files(self, run: Callable[[list[str]], list[Row]]) -> list[Row]:
        """Runs with the names of the segments, listed anew when they have changed meanwhile."""
        for _ in range(ATTEMPTS_MAX):
            files = [segment.path for segment in all_segments(self.root)]
            if not files:
                raise StoreError(
                    f"The fact store {self.root} holds no facts yet: run `samverkan followup` "
                    "until it has read the topic."
                )
            try:
                return run([glob.escape(str(path)) for path in files])
            except duckdb.Error as error:
                if any(not path.exists() for path in files):
                    continue
                if culprit := next((path for path in files if str(path) in str(error)), None):
                    raise StoreError(damaged(culprit)) from error
                raise
        raise StoreError(
            f"The files of the fact store {self.root} change while they are read: try again."
        )
