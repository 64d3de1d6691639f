"""The ground of an SQLite file: places that cannot work are refused; a lock has one holder."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import StoreBusy, StoreError
from monitor.store import files

MOUNTS = """\
/dev/vda / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
/dev/vdb /home/local xfs rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home/me/news.db", "nfs4"), ("/mnt/my share/news.db", "cifs"), ("/home/news.db", "nfs4")],
)
def test_network_file_systems_are_refused(path: str, kind: str) -> None:
    """The innermost mount decides, names with spaces included; the error says what to use instead."""
    with pytest.raises(StoreError, match=f"network file system .{kind}.*PostgreSQL"):
        files.refuse_network(Path(path), MOUNTS)


@pytest.mark.parametrize("path", ["/var/news.db", "/home/local/news.db", "/homes/news.db", "/tmp/x/news.db"])
def test_local_file_systems_are_fine(path: str) -> None:
    """A local disk below a network mount, or beside it, is local."""
    files.refuse_network(Path(path), MOUNTS)


def test_the_directory_and_an_empty_file_are_made(tmp_path: Path) -> None:
    """All its parents, and the file with nothing in it that only its owner may read."""
    path = tmp_path / "a" / "b" / "news.db"
    files.prepare(path)
    assert path.parent.is_dir()
    assert (path.stat().st_size, path.stat().st_mode & 0o777) == (0, 0o600)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in the way of the directory is a clear error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot create the directory .*/file"):
        files.prepare(tmp_path / "file" / "news.db")


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    """An address that names a directory is refused."""
    with pytest.raises(StoreError, match="is a directory: name a file in it"):
        files.prepare(tmp_path)


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    """The second is refused with the first one's pid and the file; given back, it is free."""
    path = tmp_path / "news.db"
    first, second = files.daemon_lock(path), files.daemon_lock(path)
    assert not second.is_held()
    with first.acquire():
        assert second.is_held()
        assert not first.is_held(), "oneself is nobody else"
        with pytest.raises(StoreBusy, match=r"\(pid \d+\) holds .*news\.db \(lock file .*news\.db\.lock\)"):
            second.acquire()
    assert not second.is_held()
    second.acquire().release()
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_can_be_waited_for(tmp_path: Path) -> None:
    """With patience, the lock is taken as soon as its holder, another process, has ended."""
    path = tmp_path / "news.db"
    script = (
        "import sys; from pathlib import Path; from monitor.store import files;"
        "lock = files.upgrade_lock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match=f"pid {holder.pid}"):
            files.upgrade_lock(path).acquire(patience=timedelta(milliseconds=60))
        holder.kill()
        files.upgrade_lock(path).acquire(patience=timedelta(seconds=30)).release()


def test_a_stale_lock_file_is_no_lock(tmp_path: Path) -> None:
    """A file left by a killed process does not keep the next one out."""
    lock = files.daemon_lock(tmp_path / "news.db")
    lock.path.write_text("1\n")
    assert not lock.is_held()
    lock.acquire().release()


def test_a_lock_file_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """Where there is no directory there is no lock, and the error names the file."""
    with pytest.raises(StoreError, match=r"cannot open the lock file .*/none/news\.db\.lock"):
        files.daemon_lock(tmp_path / "none" / "news.db").acquire()
