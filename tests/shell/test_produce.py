"""Requests to write are the same bytes as aiokafka's own, put together once.

White-box: what is done here to a request is what aiokafka's connection does, underscores and all.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest
from aiokafka.producer import sender
from aiokafka.protocol.produce import ProduceRequest
from hypothesis import given
from hypothesis import strategies as st

from gateway.shell import produce

VERSIONS = [version for version in ProduceRequest._CLASSES if version.API_VERSION >= 3]

batches = st.binary(max_size=300) | st.binary(max_size=300).map(bytearray)
partitions = st.lists(st.tuples(st.integers(0, 2**31 - 1), batches), max_size=3)
topics = st.lists(st.tuples(st.text(max_size=20), partitions), max_size=3)
requests = st.tuples(
    st.none() | st.text(max_size=20), st.integers(-1, 1), st.integers(0, 2**31 - 1), topics
)


def sent(request: Any, version: int) -> bytes:
    """What a connection writes to its socket."""
    made = request.prepare({request.API_KEY: (version, version)})
    header = made.build_request_header(correlation_id=4711, client_id="gateway-3")
    message = header.encode() + made.encode()
    written = struct.pack(">i", len(message)) + message
    assert type(written) is bytes
    return written


@pytest.mark.parametrize("version", [version.API_VERSION for version in VERSIONS])
@given(said=requests)
def test_a_request_is_the_same_bytes(version: int, said: tuple[Any, ...]) -> None:
    assert sent(produce.Produce(*said), version) == sent(ProduceRequest(*said), version)


def test_a_repeated_request_is_the_same_bytes_again() -> None:
    request = produce.Produce("t", -1, 8_000, [("fk.receipts", [(0, bytearray(b"batch"))])])
    assert sent(request, 7) == sent(request, 7)


def test_a_request_knows_what_aiokafka_asks_it() -> None:
    """Its answer's form, its name in a log line, and whether it is equal to another."""
    said = ("t", -1, 8_000, [("fk.receipts", [(0, b"batch")])])
    ours, theirs = (kind(*said).prepare({0: (7, 7)}) for kind in (produce.Produce, ProduceRequest))
    assert ours.RESPONSE_TYPE is theirs.RESPONSE_TYPE
    assert repr(ours) == repr(theirs)
    assert ours == theirs


def test_a_new_aiokafka_without_such_a_request_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sender, "ProduceRequest")
    with pytest.raises(AssertionError, match="another request"):
        produce.install()
