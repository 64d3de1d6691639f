"""The ground an SQLite file stands on: its directory, its file system, and who holds it.

Says what is wrong before SQLite would, in words that tell how to mend it.
"""

import contextlib
import errno
import fcntl
import os
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Self

from monitor.errors import StoreBusy, StoreError

_NETWORK = {
    "afs", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
}  # fmt: skip
_OCTAL = re.compile(r"\\([0-7]{3})")
_RETRY_SECONDS = 0.05


def prepare(path: Path) -> None:
    """Create the parent directory and make sure that a database can be written there.

    Raises StoreError for a network file system, a directory that cannot be made, and anything that
    cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot create the directory {path.parent} for the database: {error.strerror}: "
            "create it for this user, or choose another place in `settings: database`"
        ) from error
    refuse_network(path)
    if path.is_dir():
        raise StoreError(f"the database {path} is a directory: name a file in it")
    for place, what in ((path.parent, "directory"), (path, "file")):
        if place.exists() and not os.access(place, os.W_OK):
            raise StoreError(
                f"the database's {what} {place} is read-only for this user (uid {os.geteuid()}): "
                "make it writable, or choose another place in `settings: database`"
            )
    # Addresses of feeds may hold passwords, so nobody else may read it; SQLite's own files follow suit.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def refuse_network(path: Path, mounts: str | None = None) -> None:
    """Raise StoreError when the file would lie on a network file system, whose locks cannot be trusted.

    `mounts` is the text of /proc/self/mounts; where the system has none, nothing is refused.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(errors="surrogateescape")
        except OSError:
            return
    kind = _file_system(path.resolve(), mounts)
    if kind in _NETWORK:
        raise StoreError(
            f"the database {path} lies on a network file system ({kind}), where SQLite loses data: "
            "use a local disk, or PostgreSQL"
        )


def _file_system(path: Path, mounts: str) -> str:
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = Path(_OCTAL.sub(lambda m: chr(int(m[1], 8)), fields[1]))
        if path.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), fields[2]
    return kind


def daemon_lock(path: Path) -> "FileLock":
    """The lock that a daemon holds on the database for as long as it runs."""
    return FileLock(path.with_name(path.name + ".lock"), f"the database {path}")


def upgrade_lock(path: Path) -> "FileLock":
    """The lock that whoever changes the schema holds meanwhile."""
    return FileLock(path.with_name(path.name + ".upgrade.lock"), f"the upgrade of {path}")


class FileLock:
    """An flock on a file beside the database; it goes when its process does, however that ends."""

    def __init__(self, path: Path, subject: str) -> None:
        self.path = path
        self._subject = subject
        self._descriptor: int | None = None

    def acquire(self, *, patience: timedelta = timedelta(0)) -> Self:
        """Take the lock. Raises StoreBusy, naming the holder's pid, when it is not free in time."""
        deadline = time.monotonic() + patience.total_seconds()
        while not self._try():
            if time.monotonic() >= deadline:
                raise StoreBusy(
                    f"another newsmonitor{self._holder()} holds {self._subject} (lock file {self.path}): "
                    "stop it first, or give this one another database"
                )
            time.sleep(_RETRY_SECONDS)
        return self

    def is_held(self) -> bool:
        """Whether anybody else holds it now."""
        if self._descriptor is not None:
            return False
        if not self.path.exists() or not self._try():
            return self.path.exists()
        self.release()
        return False

    def release(self) -> None:
        """Give the lock back and remove its file. May be called twice."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):
            self.path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _try(self) -> bool:
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot open the lock file {self.path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us removes the file: a lock on a removed file guards nothing.
            if not os.path.samestat(os.fstat(descriptor), self.path.stat()):
                raise FileNotFoundError
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except (BlockingIOError, FileNotFoundError):
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            if error.errno == errno.ENOSPC:
                raise StoreError(f"the disk of {self.path} is full: free some space") from error
            raise StoreError(f"cannot lock {self.path}: {error.strerror}") from error
        self._descriptor = descriptor
        return True

    def _holder(self) -> str:
        try:
            pid = self.path.read_text().strip()
        except OSError:
            return ""
        return f" (pid {pid})" if pid.isdigit() else ""
