"""Fuzzes the lexer, the parser, the matcher and the reading of texts, with a guard on time and memory.

    python -m benchmarks.fuzz [--minutes M] [--seed S] [--only NUMBER]

Each input has a number; together with the seed it can be run again alone with `--only`. An input may
take two seconds of processor time and add 200 MB of memory, most of which it shares with all before it.
A process that does not come back at all is ended, its input told, and the next one goes on.
"""

import argparse
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

from tests.support import fuzzing

SECONDS = 2.0  # of processor time
GROWTH = 200_000  # kB of resident memory
ADDRESSES = 4 << 30  # bytes: far beyond what anything needs, far below what hurts the machine
HUNG = 30.0  # seconds of wall time without a sign of life
TOLD_EVERY = 200  # inputs

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


def work(seed: int, first: int, tell: Connection) -> None:
    """Run inputs from `first` on until ended; tells its position and what it finds."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    number = first
    while True:
        if number % TOLD_EVERY == 0:
            tell.send(number)
        try:
            with guarded():
                fuzzing.run_one(seed, number)
        except Exception:
            tell.send((number, traceback.format_exc()))
        number += 1


def fuzz(seed: int, seconds: float) -> tuple[int, list[Finding]]:
    """How many inputs were run, and what was found."""
    ends_at = time.monotonic() + seconds
    findings: list[Finding] = []
    number = 0
    while time.monotonic() < ends_at:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=work, args=(seed, number, theirs), daemon=True)
        process.start()
        theirs.close()
        number, is_well = _watch(ours, number, ends_at, findings)
        process.kill()
        process.join()
        if not is_well:
            findings.append((number, f"hung, or ended the process: one of {TOLD_EVERY} inputs from here on"))
            number += TOLD_EVERY
    return number, findings


def _watch(ours: Connection, number: int, ends_at: float, findings: list[Finding]) -> tuple[int, bool]:
    """The last position told, and whether the process was well to the end."""
    while (left := ends_at - time.monotonic()) > 0:
        try:
            if not ours.poll(min(HUNG, left)):
                return number, left <= HUNG
            told = ours.recv()
        except EOFError:
            return number, False
        if isinstance(told, int):
            number = told
        else:
            findings.append(told)
            print(f"input {told[0]}:\n{told[1]}", file=sys.stderr)
    return number, True


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
