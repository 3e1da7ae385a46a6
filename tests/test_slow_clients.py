"""The server itself: whoever sends slowly keeps nobody waiting, and what cannot be read is refused strictly."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from pages.headers import ALWAYS
from survey.installation import Installation
from tests.test_headers import faults
from tests.test_pages_public import served
from tests.visits import house_on

ROOT = Path(__file__).parent.parent
SLOW = 6
"""More lines than the server has threads."""
UNREADABLE: tuple[bytes, ...] = (
    b"GET / HTTP/zq\r\n\r\n",
    b"GET / HTTP/1.1\r\nzq<b>\r\n\r\n",
    b"POST /svara HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nx",
    b"POST /svara HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
)
HURRY = (
    "from pathlib import Path; exec(Path('gunicorn.conf.py').read_text()); PATIENCE = 1; "
    "wsgi_app = 'wsgiref.simple_server:demo_app'"
)
"""A server with a second's patience, and something to serve that starts at once: it is the server that is looked at."""
WITHOUT = f"{HURRY}; worker_class = 'gthread'"


@contextmanager
def serving(installation: Installation, folder: Path, how: str) -> Iterator[int]:
    """gunicorn as shipped, but with a second's patience; its port."""
    (folder / "how.py").write_text(how)
    with served(house_on(installation), "--config", str(folder / "how.py"), "--threads", "4") as (port, _log):
        yield port


def dawdle(port: int) -> list[socket.socket]:
    """Lines that begin to ask and do not go on."""
    lines = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(SLOW)]
    for line in lines:
        line.sendall(b"POST /svara HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    time.sleep(0.3)
    return lines


def waits(port: int, patience: float) -> float | None:
    """Seconds until somebody else is answered; None where they are not."""
    began = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", port, timeout=patience)) as line:
        try:
            line.request("GET", "/healthz")
            return time.monotonic() - began if line.getresponse().status == 200 else None
        except TimeoutError:
            return None


def test_whoever_sends_slowly_keeps_nobody_waiting_for_long(sqlite_installation: Installation, tmp_path: Path) -> None:
    with serving(sqlite_installation, tmp_path, HURRY) as port:
        slow = dawdle(port)
        assert waits(port, 15) is not None
        for line in slow:
            assert line.recv(9) == b"", "theirs was closed"
            line.close()
        said = (
            asked(port, b"GET /<script>zq</script> HTTP/9.9\r\n\r\n"),
            asked(port, b"GET / HTTP/1.1\r\nzq<b>\r\n\r\n"),
        )
    for status, headers, body in said:
        assert status in (400, 431)
        assert faults(headers, "/") == []
        assert body == b""


def test_control_a_worker_with_all_the_time_in_the_world_lets_them(
    sqlite_installation: Installation, tmp_path: Path
) -> None:
    with serving(sqlite_installation, tmp_path, WITHOUT) as port:
        slow = dawdle(port)
        assert waits(port, 4) is None
        for line in slow:
            line.close()
        status, headers, body = asked(port, UNREADABLE[0])
        assert (status, b"zq" in body) == (400, True)
        assert faults(headers, "/") != []


def asked(port: int, request: bytes) -> tuple[int, Headers, bytes]:
    """What comes back for these very bytes."""
    with closing(socket.create_connection(("127.0.0.1", port), 20)) as line:
        line.sendall(request)
        told = b"".join(iter(lambda: line.recv(4096), b""))
    head, _blank, body = told.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    return int(first.split()[1]), Headers([tuple(each.split(": ", 1)) for each in rest]), body  # type: ignore[misc]


@pytest.fixture
def nginx() -> str:
    return (ROOT / "deploy" / "nginx" / "samsvar.conf").read_text("utf-8")


def test_nginx_says_the_same_where_it_answers_itself(nginx: str) -> None:
    own = nginx.split("location @own {")[1].split("}\n")[0]
    said = dict(re.findall(r'add_header (\S+) "([^"]+)" always;', own))
    assert said == ALWAYS | {"Cache-Control": "no-store"}
    intercepted = re.search(r"error_page ([\d ]+) @own;", nginx)
    assert intercepted
    assert {"400", "413", "414", "502", "504"} <= set(intercepted[1].split())
    assert "proxy_intercept_errors" not in nginx, "Samsvar's own pages come through"


def test_nginx_takes_in_whole_what_comes_slowly_and_no_more_than_anybody_needs(nginx: str) -> None:
    assert "proxy_request_buffering off" not in nginx
    assert "proxy_buffering off" not in nginx
    for patience in ("client_header_timeout", "client_body_timeout", "send_timeout", "proxy_read_timeout"):
        assert re.search(rf"{patience} \d\ds;", nginx)
    limits = re.findall(r"client_max_body_size (\d+)([km]);", nginx)
    assert limits == [("512", "k"), ("11", "m")]


def test_nginx_leads_pages_to_https_and_refuses_programs(nginx: str) -> None:
    plain = nginx.split("server {")[1]
    assert "listen 80;" in plain
    assert "location / { return 308 https://$host$request_uri; }" in plain
    assert "/api/ { return 403; }" in plain
    assert "proxy_pass" not in plain


def test_nginx_speaks_modern_tls_only(nginx: str) -> None:
    assert re.findall(r"ssl_protocols ([^;]*);", nginx) == ["TLSv1.2 TLSv1.3"]
    (suites,) = re.findall(r"ssl_ciphers ([^;]*);", nginx)
    assert all(
        one.startswith("ECDHE-") and one.endswith(("GCM-SHA256", "GCM-SHA384", "POLY1305")) for one in suites.split(":")
    )
    assert "ssl_reject_handshake on;" in nginx
