"""The corpus of configuration files in tests/data/config, each beside what loading it prints.

`python -m tests.support.config_corpus` writes the expectations anew; read the difference before
committing it.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from monitor import config
from monitor.errors import ConfigError

CORPUS = Path(__file__).parent.parent / "data" / "config"
BASE = CORPUS / "base.yaml"
ENVIRONMENT = {
    "SECRET_WORD": "Xyzzy-and-7",
    "SECRET_FEED": "https://user:Xyzzy-and-7@example.org/secret.rss",
    "EMPTY_VARIABLE": "",
}
SECRET = "Xyzzy"


def files(kind: str) -> list[Path]:
    """The inputs of one kind: `bad`, `odd` (loads with warnings) or `good`."""
    return sorted((CORPUS / kind).glob("*.yaml"))


def expectation(path: Path) -> Path:
    """The file that says what loading prints."""
    return path.with_suffix(".expected")


def load_beside_base(path: Path, directory: Path) -> config.Config:
    """Load one file together with the base, by names that do not depend on where they lie."""
    shutil.copy(BASE, directory)
    shutil.copy(path, directory)
    with _inside(directory):
        return config.load(".", environ=ENVIRONMENT)


def outcome(path: Path, directory: Path) -> str:
    """All problems or warnings as they are printed."""
    try:
        loaded = load_beside_base(path, directory)
    except ConfigError as error:
        return f"{error}\n"
    return "".join(f"{warning}\n" for warning in loaded.warnings)


def contents(path: Path, directory: Path) -> str:
    """What a good file means, as JSON."""
    loaded = load_beside_base(path, directory)
    meaning = {
        "settings": loaded.settings.model_dump(mode="json"),
        "feeds": [dataclasses.asdict(feed) for feed in loaded.feeds],
        "lists": dict(loaded.lists),
        "channels": [dataclasses.asdict(channel) for channel in loaded.channels],
        "rules": [dataclasses.asdict(rule) for rule in loaded.rules],
        "warnings": [str(warning) for warning in loaded.warnings],
    }
    return json.dumps(meaning, indent=1, ensure_ascii=False, default=str) + "\n"


@contextlib.contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def main() -> None:
    for kind in ("bad", "odd"):
        for path in files(kind):
            with tempfile.TemporaryDirectory() as directory:
                expectation(path).write_text(outcome(path, Path(directory)), encoding="utf-8")
    for path in files("good"):
        with tempfile.TemporaryDirectory() as directory:
            expectation(path).write_text(contents(path, Path(directory)), encoding="utf-8")


if __name__ == "__main__":
    main()
