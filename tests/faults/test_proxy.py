"""What the proxy of the fault harness knows of a connection; no broker is needed."""

from __future__ import annotations

import struct
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.proxy import Asked

_REQUESTS = st.lists(st.tuples(st.integers(0, 75), st.binary(max_size=40)), max_size=8)


def _written(requests: list[tuple[int, bytes]]) -> bytes:
    """As on the wire: size, api key, the rest."""
    return b"".join(struct.pack(">ih", 2 + len(rest), key) + rest for key, rest in requests)


@given(_REQUESTS, st.lists(st.integers(0, 400)))
def test_requests_are_known_however_the_network_has_cut_them(
    requests: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stream = _written(requests)
    asked = Asked()
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for begin, end in pairwise(places):
        asked.see(stream[begin:end])
    assert asked.keys == {key for key, _ in requests}
