"""When to read the configuration again: it has changed, and it has stopped changing.

Size and content are compared, not times: file events and time stamps fail on network disks, on
container mounts and on symlinks that are swapped. A change counts once two readings agree, so that
a half-written file is not taken; a directory that is missing for a moment changes nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from monitor.config import source

MISSING = ""
"""The fingerprint of a directory that cannot be listed or holds no configuration."""


def fingerprint(directory: str | Path) -> str:
    """One text that differs when any configuration file does; never raises.

    Costs one read of all files: a few milliseconds for a megabyte.
    """
    try:
        paths = source.list_files(Path(directory))
    except OSError:
        return MISSING
    return source.fingerprint((path.name, _content(path)) for path in paths) if paths else MISSING


def _content(path: Path) -> bytes | None:
    try:
        return source.read_bytes(path)
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Watch:
    """What was read last and what may be about to be read."""

    taken: str  # the fingerprint of the configuration that was last read, used or refused
    candidate: str = MISSING

    def see(self, reading: str) -> tuple["Watch", bool]:
        """Take a reading: the next state, and whether to read the configuration now.

        A configuration that was refused is not tried again until it changes.
        """
        if reading in (self.taken, MISSING):
            return Watch(self.taken), False
        if reading != self.candidate:
            return Watch(self.taken, reading), False
        return Watch(reading), True
