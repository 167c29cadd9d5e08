"""A TCP proxy between gateways and brokers: what a bad network does, at the moment it is told to.

Each gateway reaches each node through a listener of its own, so that one of them can be cut off
while the others are not. Bytes are never changed: they come late, not at all, or the connection
ends in the middle. The proxy lives in a thread of the harness and ends with it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

_CHUNK: Final = 65_536
#: SO_LINGER with no time: the peer is told of a reset, not of an orderly end.
_RESET: Final = struct.pack("ii", 1, 0)
#: A request begins with its size and its api key (Kafka protocol guide).
_HEAD: Final = struct.Struct(">ih")
#: What a member says to its group: JoinGroup, Heartbeat, SyncGroup.
_OF_A_MEMBER: Final = frozenset({11, 12, 14})


class Asked:
    """What a client has asked for on one connection: the api keys of its requests."""

    def __init__(self) -> None:
        self.keys: set[int] = set()
        self._head = b""
        self._left = 0

    def see(self, data: bytes) -> None:
        """Look at what passes; requests may begin and end anywhere in it."""
        while data:
            if self._left:
                passed = min(self._left, len(data))
                self._left -= passed
            else:
                passed = min(_HEAD.size - len(self._head), len(data))
                self._head += data[:passed]
                if len(self._head) == _HEAD.size:
                    size, key = _HEAD.unpack(self._head)
                    self.keys.add(key)
                    self._head, self._left = b"", size - 2
            data = data[passed:]


class Way:
    """The way from one gateway to one node."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.delay_s = 0.0
        self.refusing = False
        self.open = asyncio.Event()
        self.open.set()
        self.heard = asyncio.Event()
        self.heard.set()
        self._target = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Begin to listen on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        there = None
        with suppress(OSError, asyncio.CancelledError):
            if not self.refusing:
                back, there = await asyncio.open_connection("127.0.0.1", self._target)
                self._writers.add(there)
                pumps = (self._pump(reader, there, Asked()), self._pump(back, writer))
                await asyncio.gather(*pumps)
        for ended in (writer, there):
            if ended is not None:
                self._writers.discard(ended)
                ended.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Asked | None = None
    ) -> None:
        """Copy until one side ends; then end the other."""
        try:
            while data := await reader.read(_CHUNK):
                await self.open.wait()
                if asked is not None:
                    asked.see(data)
                    if asked.keys & _OF_A_MEMBER:
                        await self.heard.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def cut(self) -> None:
        """End every connection in the middle of whatever it says."""
        for writer in tuple(self._writers):
            made = writer.get_extra_info("socket")
            with suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()


class Proxy:
    """Ways from every gateway (by its place in the team) to every node (by its port)."""

    def __init__(self, places: int, ports: Iterable[int]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()
        self.ways: dict[tuple[int, int], Way] = {}
        for place in range(places):
            for port in ports:
                self.ways[place, port] = self._do(self._made(port))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _made(self, port: int) -> Way:
        way = Way(port)
        await way.listen()
        return way

    def ports(self, place: int) -> dict[int, int]:
        """Port of a node -> port that leads there, for one gateway."""
        return {port: way.port for (p, port), way in self.ways.items() if p == place}

    # -- harm

    def cut(self, place: int | None, *, refusing: bool) -> None:
        """End the connections of a gateway (None: of all); refuse new ones until healed."""

        def harm(way: Way) -> None:
            way.refusing = refusing
            way.cut()

        self._each(harm, place)

    def slow(self, place: int | None, port: int | None, delay_s: float) -> None:
        """Let every piece of up to 64 KiB wait, both ways."""
        self._each(lambda way: setattr(way, "delay_s", delay_s), place, port)

    def stall(self, place: int | None, port: int | None) -> None:
        """Take everything and deliver nothing, as a cable does that nobody has noticed."""
        self._each(lambda way: way.open.clear(), place, port)

    def estrange(self, place: int) -> None:
        """Let the group hear nothing of a gateway, which reads and writes as before."""
        self._each(lambda way: way.heard.clear(), place)

    def heal(self) -> None:
        """As if nothing had been; what was held back arrives now."""

        def well(way: Way) -> None:
            way.delay_s = 0.0
            way.refusing = False
            way.open.set()
            way.heard.set()

        self._each(well, None)

    def _each(self, do: Callable[[Way], None], place: int | None, port: int | None = None) -> None:
        async def all_of_them() -> None:
            for (p, q), way in self.ways.items():
                if place in {None, p} and port in {None, q}:
                    do(way)

        self._do(all_of_them())

    def end(self) -> None:
        """End every connection and the thread."""
        self._each(lambda way: way.close(), None)
        self._do(self._quiet())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _quiet(self) -> None:
        # What was accepted last has no one who could cut it before the loop has turned.
        await asyncio.sleep(0.05)
        for way in self.ways.values():
            way.cut()
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Transports close in a turn of the loop of their own.
        await asyncio.sleep(0.05)
