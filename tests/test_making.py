"""Files in the making: found by any process, by nobody but who asked, and given up when their maker dies."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import BinaryIO

import pytest

from exports import making
from exports.export import Selection
from exports.making import AT_ONCE, KEPT, MOST, Job, Order, TooMany
from survey.errors import NotFound, Unavailable

ROOT = Path(__file__).parent.parent
Slow = Callable[[BinaryIO], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def go_on() -> Iterator[Event]:
    """Slow writers wait for this."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def slow(go_on: Event) -> Slow:
    def _write(out: BinaryIO) -> None:
        out.write(b"half ")
        go_on.wait(20)
        out.write(b"and whole")

    return _write


def quick(out: BinaryIO) -> None:
    out.write(b"whole")


def order(period: str = "2026-Q3", account: str = "eva") -> Order:
    return Order(account, Selection("exempel", "tiny", period), "csv")


def done(folder: Path, job: Job) -> Job:
    return making.wait(folder, job, 20)


def grow_old(job: Job) -> None:
    then = time.time() - KEPT - 1
    os.utime(job.file.parent, (then, then))


def test_a_file_is_made_and_found_by_whoever_reads_the_folder(folder: Path) -> None:
    asked = making.ask(folder, order(), quick)
    ready = done(folder, asked)
    assert (ready.state, ready.file.read_bytes()) == ("ready", b"whole")
    assert making.find(folder, asked.id, "eva") == ready


def test_what_is_half_written_is_not_there_yet(folder: Path, slow: Slow, go_on: Event) -> None:
    job = making.wait(folder, making.ask(folder, order(), slow), 0.05)
    assert job.state == "making"
    assert not job.file.exists()
    go_on.set()
    assert done(folder, job).file.read_bytes() == b"half and whole"


def test_only_its_owner_can_read_what_is_made(folder: Path) -> None:
    job = done(folder, making.ask(folder, order(), quick))
    at = job.file.parent
    assert {path.name for path in at.iterdir()} == {"order", "lock", "file"}
    assert [oct(path.stat().st_mode & 0o777) for path in (folder, at)] == ["0o700", "0o700"]
    assert {path.stat().st_mode & 0o777 for path in (*at.iterdir(), folder / "lock")} == {0o600}


def test_nobody_but_the_account_that_asked_finds_a_file(folder: Path) -> None:
    job = done(folder, making.ask(folder, order(), quick))
    with pytest.raises(NotFound):
        making.find(folder, job.id, "eve")
    assert making.find(folder, job.id, "eva").state == "ready"  # control: it is there


@pytest.mark.parametrize(
    "id_", ["", ".", "..", "lock", "../x", "%2e%2e", "0" * 31, "0" * 32, "A" * 32, "0" * 32 + "\n"]
)
def test_an_id_is_never_a_path(folder: Path, id_: str) -> None:
    done(folder, making.ask(folder, order(), quick))
    (folder.parent / "order").write_text('{"account":"eva","selection":{"association":"a","form":"f"},"kind":"csv"}')
    with pytest.raises(NotFound):
        making.find(folder, id_, "eva")


def test_control_without_a_look_at_the_id_a_path_would_lead_out(folder: Path) -> None:
    folder.mkdir()
    (folder.parent / "order").write_text('{"account":"eva","selection":{"association":"a","form":"f"},"kind":"csv"}')
    assert making._read(folder / "..") is not None


def test_the_same_order_is_joined_while_it_is_made_and_made_anew_after(folder: Path, slow: Slow, go_on: Event) -> None:
    first = making.ask(folder, order(), slow)
    assert making.ask(folder, order(), slow).id == first.id
    assert making.ask(folder, order("2026-Q2"), slow).id != first.id
    go_on.set()
    done(folder, first)
    assert making.ask(folder, order(), quick).id != first.id


def test_only_a_few_wait_at_a_time_so_that_others_are_answered(folder: Path, slow: Slow, go_on: Event) -> None:
    job = making.ask(folder, order(), slow)
    began = time.monotonic()
    with making._CHAIRS, making._CHAIRS:
        assert making.wait(folder, job, 20).state == "making"
    assert time.monotonic() - began < 5
    go_on.set()
    assert done(folder, job).state == "ready"  # control: who has a chair waits


def test_an_account_has_a_few_files_in_the_making_and_others_have_theirs(folder: Path, slow: Slow) -> None:
    for quarter in range(AT_ONCE):
        making.ask(folder, order(f"2025-Q{quarter + 1}"), slow)
    with pytest.raises(TooMany):
        making.ask(folder, order("2026-Q1"), slow)
    assert making.ask(folder, order("2026-Q1", account="eve"), slow).state == "making"


def test_the_oldest_of_an_accounts_files_goes_when_there_are_many(folder: Path) -> None:
    others = done(folder, making.ask(folder, order(account="eve"), quick))
    jobs = [done(folder, making.ask(folder, order(f"20{n + 10}"), quick)) for n in range(MOST + 2)]
    left = {job.id for job in making._jobs(folder)}
    assert left == {others.id, *(job.id for job in jobs[2:])}


def test_a_file_is_removed_after_its_hour(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "KEPT", 0.05)
    job = done(folder, making.ask(folder, order(), quick))
    until = time.monotonic() + 10
    while job.file.parent.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert list(folder.iterdir()) == [folder / "lock"]


def test_what_a_dead_server_left_goes_when_somebody_asks(folder: Path, slow: Slow) -> None:
    whole, under_way = done(folder, making.ask(folder, order(), quick)), making.ask(folder, order("2025"), slow)
    for job in (whole, under_way):
        grow_old(job)
    making.ask(folder, order("2024"), quick)
    assert not whole.file.parent.exists()
    assert making.find(folder, under_way.id, "eva").state == "making"


def test_a_server_that_starts_removes_every_file_that_nobody_is_making(folder: Path, slow: Slow) -> None:
    making.clear(folder)  # where none was ever made
    whole, under_way = done(folder, making.ask(folder, order(), quick)), making.ask(folder, order("2025"), slow)
    making.clear(folder)
    assert not whole.file.parent.exists()
    assert making.find(folder, under_way.id, "eva").state == "making"


def test_a_fault_is_logged_by_kind_and_place_without_what_it_says(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def _fail(out: BinaryIO) -> None:
        out.write(b"begun")
        raise ValueError("hemligt ord")

    job = done(folder, making.ask(folder, order(), _fail))
    assert job.state == "lost"
    assert {path.name for path in job.file.parent.iterdir()} == {"order", "lock"}
    assert "ValueError at" in caplog.text
    assert "test_making.py" in caplog.text
    assert "hemligt" not in caplog.text


def test_a_full_disk_gives_up_the_file_and_frees_what_was_written(folder: Path) -> None:
    def _fill(out: BinaryIO) -> None:
        out.write(b"begun")
        raise OSError(errno.ENOSPC, "No space left on device")

    job = done(folder, making.ask(folder, order(), _fill))
    assert (job.state, (job.file.parent / "part").exists()) == ("lost", False)


def test_where_nothing_can_be_stored_it_is_said_calmly(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    with pytest.raises(Unavailable):
        making.ask(tmp_path / "in the way", order(), quick)


DYING = """
import sys, time
from pathlib import Path
from exports import making
from exports.export import Selection
order = making.Order("eva", Selection("exempel", "tiny"), "csv")
print(making.ask(Path(sys.argv[1]), order, lambda out: time.sleep(60)).id, flush=True)
time.sleep(60)
"""


def test_another_process_sees_the_file_in_the_making_and_notices_when_its_maker_dies(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", DYING, str(folder)], stdout=subprocess.PIPE, cwd=ROOT) as worker:
        assert worker.stdout
        id_ = worker.stdout.readline().decode().strip()
        alive = making.find(folder, id_, "eva").state
        worker.send_signal(signal.SIGKILL)
    assert (alive, making.find(folder, id_, "eva").state) == ("making", "lost")


def test_looking_never_makes_a_lost_file_seem_alive(folder: Path) -> None:
    job = done(folder, making.ask(folder, order(), lambda out: (_ for _ in ()).throw(ValueError)))
    with (job.file.parent / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # as another process does while it looks
        assert making.find(folder, job.id, "eva").state == "lost"


def test_an_order_cut_short_is_no_job(folder: Path) -> None:
    job = done(folder, making.ask(folder, order(), quick))
    written = job.file.with_name("order").read_bytes()
    for length in (0, len(written) // 2):
        job.file.with_name("order").write_bytes(written[:length])
        with pytest.raises(NotFound):
            making.find(folder, job.id, "eva")
