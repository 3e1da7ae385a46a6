"""A server of its own process for each side, both behind the same gunicorn: two workers of four threads."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent.parent


def free_port() -> int:
    """A port nobody listens on, below those that clients are given."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@contextmanager
def serving(app: str, environ: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """gunicorn with `app` until the block ends; gives its port and process id once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", *([app] if app else [])]
    process = subprocess.Popen(command, cwd=HERE, env={**os.environ, **environ, "PORT": str(port)})
    try:
        await_port(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def await_port(port: int, patience: float = 60.0) -> None:
    """Return once something accepts connections. Raises `TimeoutError`."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")


def family(pid: int) -> list[int]:
    """A server and its workers."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def processor_seconds(pid: int) -> float:
    """The processor time a server and its workers have spent so far."""
    ticks = 0
    for process in family(pid):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
