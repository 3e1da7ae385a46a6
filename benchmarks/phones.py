"""A thousand phones on the clients' side: a connection for each request, as after a pause, and little work for each."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Deed = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took in seconds."""

    status: int
    headers: bytes
    body: bytes
    seconds: float

    @property
    def etag(self) -> bytes:
        found = self.headers.partition(b"ETag: ")[2]
        return found.partition(b"\r\n")[0]


async def ask(port: int, method: str, path: str, body: bytes = b"", etag: bytes = b"") -> Answer:
    """One request on a connection of its own."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    if body:
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
    if etag:
        head += f"If-None-Match: {etag.decode()}\r\n"
    writer.write(head.encode() + b"\r\n" + body)
    answer = await reader.read(-1)
    writer.close()
    headers, _blank, rest = answer.partition(b"\r\n\r\n")
    return Answer(int(headers.split(b" ", 2)[1]), headers, rest, time.perf_counter() - began)


async def spread(deeds: list[Deed], seconds: float) -> None:
    """Begin every deed at its own moment, evenly over `seconds`, whether or not those before are done."""
    began, under_way = time.perf_counter(), []
    for number, deed in enumerate(deeds):
        await asyncio.sleep(max(0.0, began + seconds * number / len(deeds) - time.perf_counter()))
        under_way.append(asyncio.ensure_future(deed()))
    await asyncio.gather(*under_way)
