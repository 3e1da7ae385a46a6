"""The service behind nginx, with the file of `deploy/nginx` as `docs/operation.md` puts it there (SOAK=1).

Every answer has the documented headers, no log of nginx holds a visitor, and what a visitor says about where they come
from is not believed.
"""

import dataclasses
import socket
import ssl
from contextlib import closing
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from pathlib import Path

import pytest

from pages.headers import ALWAYS
from survey.installation import Installation
from tests.behind import nginx
from tests.scene import SOAK
from tests.test_faults import serving

ADDRESS = "svar.exempel.se"


class Line(HTTPSConnection):
    """To this machine, by the name the service has; the certificate is our own."""

    def connect(self) -> None:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        line = socket.create_connection(("127.0.0.1", self.port), 20)
        self.sock = trusting.wrap_socket(line, server_hostname=self.host)


def fetch(line: HTTPConnection, path: str, **said: str) -> tuple[int, HTTPMessage, str]:
    """One visit, which follows nothing."""
    with closing(line):
        line.request("GET", path, headers={"Host": ADDRESS, **{n.replace("_", "-"): v for n, v in said.items()}})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def lacking(headers: HTTPMessage) -> set[str]:
    """The documented headers that are missing, said twice or said otherwise."""
    return {name for name, value in ALWAYS.items() if headers.get_all(name) != [value]}


if SOAK:  # needs nginx

    def test_behind_nginx_every_answer_has_the_documented_headers_and_nobody_is_written_down(
        sqlite_installation: Installation, tmp_path: Path
    ) -> None:
        settings = dataclasses.replace(sqlite_installation.settings, proxies=1)
        folder = tmp_path / "nginx"
        folder.mkdir()
        for above in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
            above.chmod(0o755)
        behind = dataclasses.replace(sqlite_installation, settings=settings)
        with serving(behind) as server, nginx(folder, [server.port]) as (plain, secure):
            for path, status in (("/", 200), ("/svara", 200), ("/personal/logga-in", 200), ("/ingenting", 404)):
                got, headers, _page = fetch(Line(ADDRESS, secure), f"{path}?kod=kanelbulle", X_Forwarded_For="8.8.8.8")
                assert (got, lacking(headers)) == (status, set()), path
            got, headers, _page = fetch(HTTPConnection("127.0.0.1", plain), "/svara?kod=kanelbulle")
            assert (got, headers["Location"]) == (308, f"https://{ADDRESS}/svara?kod=kanelbulle")
            assert "samsvar_trouble" in fetch(Line(ADDRESS, secure), "/metrics")[2]
            with pytest.raises(ssl.SSLError):
                fetch(Line("annat.exempel.se", secure), "/")
            server.kill()
            got, headers, page = fetch(Line(ADDRESS, secure), "/svara?kod=kanelbulle")
            assert (got, lacking(headers), "försök igen" in page) == (502, set(), True)
            server.start()
        written = "".join(file.read_text("utf-8", "replace") for file in folder.glob("*.log"))
        assert "kanelbulle" not in written
        assert "127.0.0.1" not in written
