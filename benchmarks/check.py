"""`newsmonitor check` on a thousand rules, `--help`, and what merely importing and reading YAML costs.

    python -m benchmarks.check [--times N] [--rules N]

The baseline imports pydantic, PyYAML and click and parses the same files with PyYAML's C parser.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import rig

GOAL, HELP_GOAL = 1.0, 0.3  # seconds
BASELINE = (
    "import pathlib, sys, click, pydantic, yaml\n"
    "for path in pathlib.Path(sys.argv[1]).glob('*.yaml'): yaml.load(path.read_bytes(), yaml.CSafeLoader)"
)


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--rules", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        rig.write_config(place / "plain", rules=options.rules, feeds=["https://news.example/rss"])
        rig.write_config(
            place / "tested", rules=options.rules, feeds=["https://news.example/rss"], tests=True
        )
        baseline, shown, checked, tested = rig.in_turns(
            options.times,
            lambda: rig.timed([rig.PYTHON, "-c", BASELINE, str(place / "plain")]),
            lambda: rig.timed([*rig.COMMAND, "--help"]),
            lambda: rig.timed([*rig.COMMAND, "--config", "plain", "check"], cwd=place),
            lambda: rig.timed([*rig.COMMAND, "--config", "tested", "check"], cwd=place),
        )
    print(rig.describe("baseline: imports, and the same YAML parsed", baseline))
    print(rig.describe("newsmonitor --help", shown, baseline))
    print(rig.describe(f"newsmonitor check, {options.rules:,} rules", checked, baseline))
    print(rig.describe("the same, each rule with a test of its own", tested, baseline))
    met = [
        rig.verdict("--help", statistics.median(shown), HELP_GOAL, "s"),
        rig.verdict(f"check on {options.rules:,} rules", statistics.median(checked), GOAL, "s"),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
