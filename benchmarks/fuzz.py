"""Fuzzes the lexer, the parser, the matcher and the reading of texts, with a guard on time and memory.

    python -m benchmarks.fuzz [--minutes M] [--seed S] [--only NUMBER]

Each input has a number; together with the seed it can be run again alone with `--only`. An input may
take four seconds of processor time, in which it is read up to six times, and add 200 MB of memory,
most of which it shares with all before it. A process that does not come back at all is ended, its
input told, and the next one goes on.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized

from tests.support import fuzzing

SECONDS = 4.0  # of processor time
GROWTH = 200_000  # kB of resident memory
ADDRESSES = 4 << 30  # bytes: far beyond what anything needs, far below what hurts the machine
HUNG = 60.0  # seconds of wall time, on a machine that may be busy

Finding = tuple[int, str]


class TooLongError(Exception):
    """An input took more processor time than it may."""


@contextmanager
def guarded() -> Iterator[None]:
    """Raises TooLongError, or MemoryError, when what is inside takes too much."""

    def stop(*_: object) -> None:
        raise TooLongError(f"more than {SECONDS:g} s of processor time")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if grown > GROWTH:
        raise MemoryError(f"{grown // 1000} MB more")


def work(seed: int, first: int, position: Synchronized[int], tell: Connection) -> None:
    """Run inputs from `first` on until ended; tells what it finds."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    for number in itertools.count(first):
        position.value = number
        try:
            with guarded():
                fuzzing.run_one(seed, number)
        except Exception:
            tell.send((number, traceback.format_exc()))


def fuzz(seed: int, seconds: float) -> tuple[int, list[Finding]]:
    """How many inputs were run, and what was found."""
    ends_at = time.monotonic() + seconds
    findings: list[Finding] = []
    position = multiprocessing.Value("q", 0)
    while time.monotonic() < ends_at:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(
            target=work, args=(seed, position.value, position, theirs), daemon=True
        )
        process.start()
        theirs.close()
        for finding in _watch(ours, process, position, ends_at):
            findings.append(finding)
            print(f"input {finding[0]}:\n{finding[1]}", file=sys.stderr, flush=True)
        process.kill()
        process.join()
        position.value += 1
    return position.value, findings


def _watch(
    ours: Connection, process: multiprocessing.Process, position: Synchronized[int], ends_at: float
) -> Iterator[Finding]:
    """What the process tells; ends with it, when it hangs, or when the time is up."""
    seen, seen_at = position.value, time.monotonic()
    while (now := time.monotonic()) < ends_at:
        try:
            if ours.poll(1):
                yield ours.recv()
        except EOFError:
            process.join()
            yield position.value, f"it ended the process with status {process.exitcode}"
            return
        if position.value != seen:
            seen, seen_at = position.value, now
        elif now - seen_at > HUNG:
            yield seen, f"no end after {HUNG:g} s"
            return


def main() -> int:
    """Fuzz and print; 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this one input")
    options = parser.parse_args()
    if options.only is not None:
        with guarded():
            print(fuzzing.run_one(options.seed, options.only))
        return 0
    number, findings = fuzz(options.seed, options.minutes * 60)
    print(f"seed {options.seed}: {number:,} inputs in {options.minutes:g} minutes, {len(findings)} findings")
    for text, count in Counter(text.splitlines()[-1][:200] for _, text in findings).most_common():
        print(f"  {count} x {text}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
