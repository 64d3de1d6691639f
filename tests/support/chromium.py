"""Pictures of pages, taken by a real Chromium without a window; `None` for `find()` where there is none."""

import shutil
import subprocess
import tempfile
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """The browser's path."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def screenshot(page: Path, picture: Path, *, width: int, height: int = 1400, dark: bool = False) -> None:
    """Show a local HTML file as wide as told, light or dark, and save what is seen as PNG.

    No name resolves while it does, so that a page which wants anything from outside shows it.
    """
    browser = find()
    assert browser is not None
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                f"--screenshot={picture}",
                page.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
