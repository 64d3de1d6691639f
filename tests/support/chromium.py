"""Mail as a real Chromium without a window shows it: pictures, and what can be measured on the page.

`find()` is None where there is no browser.
"""

import html
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """The browser's path."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


_MEASURE = """
<!doctype html><html><body style="margin:0">
<iframe id="mail" style="border:0;width:WIDTHpx;height:2000px"></iframe>
<pre id="found"></pre><script>
const frame = document.getElementById("mail");
const light = (text) => {
  const linear = (c) => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const [r, g, b] = text.match(/[0-9.]+/g).map(linear);
  return .2126 * r + .7152 * g + .0722 * b;
};
const ground = (node) => {
  for (; node; node = node.parentElement) {
    const colour = frame.contentWindow.getComputedStyle(node).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)") return colour;
  }
  return "rgb(255, 255, 255)";
};
frame.onload = () => {
  const page = frame.contentDocument, walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.textContent.trim()) continue;
    const ink = frame.contentWindow.getComputedStyle(node.parentElement).color;
    const [a, b] = [light(ink), light(ground(node.parentElement))];
    const range = page.createRange(); range.selectNodeContents(node);
    texts.push({
      text: node.textContent.trim().slice(0, 40),
      contrast: (Math.max(a, b) + .05) / (Math.min(a, b) + .05),
      right: range.getBoundingClientRect().right,
    });
  }
  const found = {width: page.documentElement.scrollWidth, ground: ground(page.body), texts,
                 loaded: frame.contentWindow.performance.getEntriesByType("resource").length};
  document.getElementById("found").textContent = JSON.stringify(found);
};
frame.srcdoc = SOURCE;
</script></body></html>
"""


def measure(mail: str, *, width: int, dark: bool = False) -> Any:
    """What a mail looks like at that width: `width` needed, `ground` colour, `loaded` resources, `texts`.

    Of each text its `contrast` with what is behind it (as WCAG computes it) and how far `right` it goes.
    """
    source = json.dumps(mail).replace("</", "<\\/")
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "measure.html"
        page.write_text(_MEASURE.replace("WIDTH", str(width)).replace("SOURCE", source), encoding="utf-8")
        shown = _run(
            directory, "--virtual-time-budget=5000", "--dump-dom", page.as_uri(), width=900, dark=dark
        )
    found = re.search(r'<pre id="found">(.+?)</pre>', shown, re.DOTALL)
    assert found is not None, shown[:2000]
    return json.loads(html.unescape(found[1]))


def screenshot(page: Path, picture: Path, *, width: int, height: int = 1400, dark: bool = False) -> None:
    """Show a local HTML file as wide as told, light or dark, and save what is seen as PNG."""
    with tempfile.TemporaryDirectory() as profile:
        _run(
            profile, f"--screenshot={picture}", page.resolve().as_uri(), width=width, height=height, dark=dark
        )


def _run(profile: str, *arguments: str, width: int, height: int = 1400, dark: bool) -> str:
    """No name resolves meanwhile: a page that wants anything from outside does not get it."""
    browser = find()
    assert browser is not None
    ran = subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}/profile",
            f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            *arguments,
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return ran.stdout
