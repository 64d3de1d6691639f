"""The process in which strangers' feeds are read: takes tasks on stdin, answers on stdout, one by one.

It bounds its own memory, and its own time by an alarm that kills it even when its parent is gone.
It ends when stdin does. Run by `monitor.fetch.workers` only.
"""

import os
import resource
import signal
import sys
from datetime import UTC, datetime
from typing import BinaryIO

from monitor.errors import PollReason
from monitor.fetch import wire
from monitor.fetch.outcome import Failed


def main(memory_limit: int, seconds: int) -> None:
    """Serve until stdin ends. `memory_limit` is in bytes, `seconds` the most one task may take."""
    tasks, answers = _take_pipes()
    # An interrupt at the terminal goes to the whole group: the parent decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from monitor.fetch import sources

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    _write(answers, b"ready")
    while (about := _read(tasks)) is not None:
        signal.alarm(seconds)
        body = _read(tasks) or b""
        try:
            task = wire.read_task(about)
            result = wire.write_result(sources.read_document(body, now=datetime.now(UTC), **task))
        except MemoryError:
            body = about = b""
            result = wire.write_result(
                Failed(PollReason.PARSER_DIED, f"it took more than {memory_limit >> 20} MiB to read")
            )
        except Exception as error:  # whatever a feed does to the parser is that feed's failure
            result = wire.write_result(Failed(PollReason.BROKEN, f"not readable: {error!r}"[:300]))
        signal.alarm(0)
        _write(answers, result)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both pipes for ourselves; whatever prints goes to stderr from here on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, answers


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(wire.HEADER.size)
    if len(head) < wire.HEADER.size:
        return None
    return stream.read(wire.HEADER.unpack(head)[0])


def _write(stream: BinaryIO, payload: bytes) -> None:
    stream.write(wire.frame(payload))
    stream.flush()
