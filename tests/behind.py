"""The programs that may stand before and behind Samsvar, started with the files of `deploy/`: nginx and pgbouncer."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from benchmarks.server import await_port, free_port

EMPTY: Mapping[str, str] = {}
DEPLOY = Path(__file__).parent.parent / "deploy"
_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@contextmanager
def nginx(folder: Path, hosts: Sequence[int], changed: Mapping[str, str] = EMPTY) -> Iterator[tuple[int, int]]:
    """nginx with the site of `deploy/nginx`, but for what is `changed` in it, before servers at these ports; its own
    for HTTP and for HTTPS."""
    program = _found("nginx")
    plain, secure = free_port(), free_port()
    _certify(folder)
    folder.chmod(0o755)
    text = (DEPLOY / "nginx" / "samsvar.conf").read_text("utf-8")
    for old, new in {
        **{
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl http2": f"listen 127.0.0.1:{secure} ssl http2",
        },
        "/etc/letsencrypt/live/svar.exempel.se": str(folder),
        "/var/log/nginx": str(folder),
        "server 127.0.0.1:8000 fail_timeout=2s;": " ".join(f"server 127.0.0.1:{one} fail_timeout=2s;" for one in hosts),
        **changed,
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "site.conf").write_text(re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.M))
    (folder / "nginx.conf").write_text(("user root;" if os.geteuid() == 0 else "") + _NGINX.format(folder=folder))
    with _running([program, "-p", str(folder), "-c", str(folder / "nginx.conf")]):
        await_port(secure)
        yield plain, secure


@contextmanager
def pgbouncer(folder: Path, url: str) -> Iterator[str]:
    """pgbouncer as in `deploy/pgbouncer` before the PostgreSQL at `url`; the URL that leads through it."""
    program, port, there = _found("pgbouncer"), free_port(), urlsplit(url)
    host, name = parse_qs(there.query)["host"][0], there.path.strip("/")
    text = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text("utf-8")
    for old, new in {
        "samsvar = host=db.exempel.se port=5432 dbname=samsvar": f"samsvar = host={host} dbname={name}",
        "listen_port = 6432": f"listen_port = {port}",
        "auth_type = scram-sha-256": "auth_type = trust",
        "/etc/pgbouncer": str(folder),
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    for file, content in (("pgbouncer.ini", text), ("userlist.txt", f'"{there.username}" ""\n')):
        (folder / file).write_text(content)
        (folder / file).chmod(0o644)
    folder.chmod(0o755)
    owner = Path(host).owner() if os.geteuid() == 0 else None  # it refuses to be root
    with _running([program, str(folder / "pgbouncer.ini")], owner):
        await_port(port)
        yield f"postgresql://{there.username}@127.0.0.1:{port}/samsvar"


def _found(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@contextmanager
def _running(command: Sequence[str], user: str | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, user=user, stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.2)
        assert process.poll() is None, f"{command[0]} did not start"
        yield
    finally:
        process.terminate()
        process.wait(20)


def _certify(folder: Path) -> None:
    """A certificate of our own for a day."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=svar.exempel.se"
    files = ("-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"))
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
