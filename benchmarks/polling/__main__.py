"""What a poll costs beside other feed readers, in milliseconds of CPU a feed.

    python -m benchmarks.polling [--feeds N] [--reader PYTHON] [--only NAMES] [--rounds N]

Four conditions: all is new, 304, the same bytes again, three new items of 30; plain and over TLS. The
server is a process of its own; each feed has a loopback address. Beside us: `reader` (from PyPI, with the
Python that has it: `--reader`), and newsboat, rss2email and sfeed where they are installed. They keep
articles and no more; so ours is shown a second time without comparing texts and grouping stories, which
comes nearest to their work. Goals are judged by the first. Start-up is taken off; 304 and the same bytes
come twice, and the least of all rounds counts. Ends with 1 when a goal is missed. Linux only.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import trustme

from benchmarks import rig
from benchmarks.polling import PHASES, ROUND

HOSTS = [f"127.0.{n // 200}.{n % 200 + 1}" for n in range(250)]
GOALS = {"cold": 250, "conditional": 1500, "unchanged": 2000, "new": 400}  # feeds a second of CPU
KEPT_ALONE = "ours-kept-alone"
TIMES = {"conditional": 5, "new": 10}  # as fast as `reader`, and as every peer

READER = """
import json, os, sys, time, urllib.request
import requests.adapters
from reader import make_reader
requests.adapters.DEFAULT_CA_BUNDLE_PATH = os.environ["REQUESTS_CA_BUNDLE"]  # it asks no environment
control, phases, urls = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
reader, took = make_reader("reader.db"), {}
for url in urls:
    reader.add_feed(url)
for phase in phases:
    urllib.request.urlopen(control + phase).close()
    began = time.process_time()
    reader.update_feeds(scheduled=False)
    each = (time.process_time() - began) / len(urls) * 1000
    took[phase] = min(each, took.get(phase, each))
    bad = [feed.last_exception for feed in reader.get_feeds() if feed.last_exception]
    if bad:
        sys.exit(f"{len(bad)} feeds failed: {bad[0].value_str[:500]}")
print(json.dumps(took))
"""

Run = Callable[[Path, str, Sequence[str]], dict[str, float]]


def ours(place: Path, control: str, urls: Sequence[str]) -> dict[str, float]:
    """newsmonitor."""
    return _json([sys.executable, "-m", "benchmarks.polling.ours", control, *urls], place)


def kept_alone(place: Path, control: str, urls: Sequence[str]) -> dict[str, float]:
    """newsmonitor without comparing texts and grouping stories, which no other does."""
    return _json([sys.executable, "-m", "benchmarks.polling.ours", "--kept-alone", control, *urls], place)


def reader_with(python: str) -> Run:
    """`reader`, one worker (ten take the same CPU)."""

    def run(place: Path, control: str, urls: Sequence[str]) -> dict[str, float]:
        return _json([python, "-c", READER, control, ",".join(ROUND), *urls], place)

    return run


def newsboat(place: Path, control: str, urls: Sequence[str]) -> dict[str, float]:
    """Its cache is read anew at each run; so that is part of the price."""
    (place / "urls").write_text("\n".join(urls))
    (place / "config").write_text("")
    base = ["newsboat", "-u", "urls", "-C", "config", "-c", "cache.db"]
    return _phases(place, control, len(urls), [*base, "-x", "reload"], [*base, "-v"])


def sfeed(place: Path, control: str, urls: Sequence[str]) -> dict[str, float]:
    """Shell, C and curl."""
    feeds = "".join(f"feed {n} '{url}'\n" for n, url in enumerate(urls))
    (place / "sfeedrc").write_text(f"sfeedpath='{place}/sfeeds'\nfeeds() {{\n{feeds}}}\n")
    return _phases(place, control, len(urls), ["sfeed_update", "./sfeedrc"], ["true"])


def rss2email(place: Path, control: str, urls: Sequence[str]) -> dict[str, float]:
    """Without sending."""
    base = ["r2e", "-c", "r2e.cfg", "-d", "r2e.json"]
    subprocess.run([*base, "new", "x@example.org"], cwd=place, check=True, capture_output=True)
    with (place / "r2e.cfg").open("a") as config:
        config.writelines(f"\n[feed.f{n}]\nurl = {url}\n" for n, url in enumerate(urls))
    return _phases(place, control, len(urls), [*base, "run", "--no-send"], [*base, "--version"])


def _phases(
    place: Path, control: str, count: int, command: Sequence[str], idle: Sequence[str]
) -> dict[str, float]:
    start = _cpu(idle, place)
    took: dict[str, float] = {}
    for phase in ROUND:
        urllib.request.urlopen(control + phase).close()
        each = max(0.0, _cpu(command, place) - start) / count * 1000
        took[phase] = min(each, took.get(phase, each))
    return took


def _cpu(command: Sequence[str], place: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=place, capture_output=True, check=False, env=_environment(place))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _json(command: Sequence[str], place: Path) -> dict[str, float]:
    ended = subprocess.run(
        command, cwd=place, env=_environment(place), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(f"{command[:3]} ended with {ended.returncode}:\n{ended.stderr[-3000:]}")
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _environment(place: Path) -> dict[str, str]:
    ca = str(place.parent / "ca.pem")
    trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), ca)
    return {**os.environ, **trust, "HOME": str(place), "PYTHONPATH": str(Path(__file__).parents[2])}


@contextlib.contextmanager
def serving(place: Path) -> Iterator[tuple[int, int]]:
    """Run the server; gives its ports, plain and TLS."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(place / "ca.pem")
    authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.write_to_path(place / "server.pem")
    command = [sys.executable, "-m", "benchmarks.polling.server", "--cert", str(place / "server.pem")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=rig.environment()) as process:
        assert process.stdout is not None
        plain, safe = map(int, process.stdout.readline().split())
        try:
            yield plain, safe
        finally:
            process.kill()


def measure(
    place: Path, runs: dict[str, Run], count: int, *, tls: bool, rounds: int
) -> dict[str, dict[str, float]]:
    """For each reader the least milliseconds of its rounds, in turns. Each round has a server of its own."""
    found: dict[str, dict[str, float]] = {}
    for number in range(rounds):
        for name, run in runs.items():
            here = place / f"{name}-{number}-{tls}"
            here.mkdir()
            with serving(place) as (plain, safe):
                scheme, port = ("https", safe) if tls else ("http", plain)
                urls = [f"{scheme}://{HOSTS[n % len(HOSTS)]}:{port}/{n}" for n in range(count)]
                took = run(here, f"http://127.0.0.1:{plain}/_phase/", urls)
            least = found.setdefault(name, took)
            found[name] = {phase: min(least[phase], took[phase]) for phase in took}
            shutil.rmtree(here, ignore_errors=True)
    return found


def show(found: dict[str, dict[str, float]], *, tls: bool) -> None:
    """A table: ms of CPU a feed, and how many times ours that is."""
    print(f"\n{'over TLS' if tls else 'plain HTTP'}: ms of CPU a feed (times ours)")
    print(f"{'':24}" + "".join(f"{name:>18}" for name in found))
    for phase, meaning in PHASES:
        cells = (f"{took[phase]:9.2f} ({took[phase] / found['ours'][phase]:5.1f})" for took in found.values())
        print(f"{meaning:24}" + "".join(f"{cell:>18}" for cell in cells))


def judge(found: dict[str, dict[str, float]]) -> bool:
    """Print the goals, and whether all are met."""
    own = found["ours"]
    goods = []
    for phase, meaning in PHASES:
        rate = 1000 / own[phase]
        goods.append(rate >= GOALS[phase])
        print(
            f"{'met' if goods[-1] else 'MISSED'}: {meaning}: {rate:.0f} feeds a second, goal {GOALS[phase]}"
        )
    for name, took in found.items():
        for phase, times in TIMES.items():
            if name in ("ours", KEPT_ALONE) or (phase == "conditional" and name != "reader"):
                continue
            ratio = took[phase] / own[phase]
            goods.append(ratio >= times)
            print(
                f"{'met' if goods[-1] else 'MISSED'}: {phase}: {ratio:.1f} x as fast as {name}, goal {times}"
            )
    return all(goods)


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--reader", metavar="PYTHON", help="A Python that has `reader`.")
    parser.add_argument(
        "--only", default="", help="Names, with commas: ours,ours-kept-alone,reader,newsboat,rss2email,sfeed."
    )
    options = parser.parse_args()
    runs: dict[str, Run] = {"ours": ours, KEPT_ALONE: kept_alone}
    if options.reader:
        runs["reader"] = reader_with(options.reader)
    installed = {
        "newsboat": ("newsboat", newsboat),
        "rss2email": ("r2e", rss2email),
        "sfeed": ("sfeed_update", sfeed),
    }
    runs |= {name: run for name, (program, run) in installed.items() if shutil.which(program)}
    wanted = options.only.split(",") if options.only else list(runs)
    runs = {name: run for name, run in runs.items() if name in wanted}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        place = Path(directory)
        plain = measure(place, runs, options.feeds, tls=False, rounds=options.rounds)
        show(plain, tls=False)
        few = {name: run for name, run in runs.items() if name in ("ours", KEPT_ALONE, "reader")}
        show(measure(place, few, options.feeds, tls=True, rounds=options.rounds), tls=True)
    print()
    return 0 if judge(plain) else 1


if __name__ == "__main__":
    sys.exit(main())
