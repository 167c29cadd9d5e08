"""What an extract is called: its id says which rows it has, as of when and by which definitions.

Rule: the same extract twice is the same bytes, so the id is a hash and holds no time of its making.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

from gateway.followup.report import Row


def extract_id(rows: Sequence[Row]) -> str:
    """SHA-256 (hex) over the rows; `as_of` and `definition` stand in every row."""
    return hashlib.sha256(orjson.dumps(list(rows), option=orjson.OPT_SORT_KEYS)).hexdigest()
