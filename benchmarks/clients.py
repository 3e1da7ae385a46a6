"""Eight people at once: plain sockets kept open, so that the clients cost as little as they can on the same machine."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PEOPLE = 8
Visit = Callable[["Line"], object]


class Line:
    """One kept-open HTTP connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of the answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        if body:
            head += "Content-Type: application/x-www-form-urlencoded\r\n"
        self._socket.sendall(head.encode() + b"\r\n" + body)
        status = int(self._file.readline().split(b" ", 2)[1])
        length = 0
        while (line := self._file.readline()) not in (b"\r\n", b""):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        return status, self._file.read(length)

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@dataclass(frozen=True)
class Load:
    """What a burst of visits took: visits per second, and the slowest one in a hundred in seconds."""

    per_second: float
    p99: float


def burst(port: int, visits: Sequence[Visit]) -> Load:
    """Make every visit once, `PEOPLE` at a time. Raises what a visit raises."""
    waiting, times, faults = list(reversed(visits)), [], list[BaseException]()

    def person() -> None:
        line = Line(port)
        try:
            while waiting and not faults:
                visit = waiting.pop()
                began = time.perf_counter()
                visit(line)
                times.append(time.perf_counter() - began)
        except BaseException as fault:
            faults.append(fault)
        finally:
            line.close()

    people = [threading.Thread(target=person) for _one in range(PEOPLE)]
    began = time.perf_counter()
    for one in people:
        one.start()
    for one in people:
        one.join()
    if faults:
        raise faults[0]
    return Load(len(times) / (time.perf_counter() - began), sorted(times)[int(len(times) * 0.99)])
