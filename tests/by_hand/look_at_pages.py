"""Pages looked at by axe in headless Chromium, wide and as on a narrow telephone: run by hand.

    python tests/by_hand/look_at_pages.py PAGE.html ...

Needs npm and Chromium; what is fetched goes into a temporary folder and nothing is installed. No page may break a rule of WCAG 2.2 AA or
of axe's best practices, and at 320 px nothing may be wider than the page but what scrolls in a region of its own.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

AXE = "axe-core@4.11.0"
WIDTHS = (1280, 320)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

# Every page is shown in a frame, for a window cannot be so narrow; axe looks at it from inside.
HOST = """<pre id="found"></pre><script>
const axeText = %(axe)s, pages = %(pages)s, widths = %(widths)s, rules = %(rules)s;
async function lookAt(name, text, width) {
  const frame = document.createElement("iframe");
  frame.style = `width: ${width}px; height: 4000px; border: 0`;
  document.body.append(frame);
  await new Promise(resolve => { frame.onload = resolve; frame.srcdoc = text; });
  const inside = frame.contentDocument, script = inside.createElement("script");
  script.textContent = axeText;
  inside.head.append(script);
  const result = await frame.contentWindow.axe.run(inside, {runOnly: rules});
  const found = result.violations.map(each => `${each.id} (${each.impact}, ${each.nodes.length}): ${each.nodes[0].html.slice(0, 200)}`);
  if (inside.documentElement.scrollWidth > width) found.push(`scrolls sideways: ${inside.documentElement.scrollWidth} px`);
  frame.remove();
  return found.map(each => `${name}, ${width} px: ${each}`);
}
(async () => {
  const found = [];
  for (const [name, text] of pages) for (const width of widths) found.push(...await lookAt(name, text, width));
  document.getElementById("found").textContent = JSON.stringify(found);
})();
</script>"""


def main() -> int:
    """The exit status: whether anything was found."""
    pages = [(name, Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        found = look(Path(folder), pages)
    print("\n".join(found))
    print(f"pages: {len(pages)}, found: {len(found)}")
    return 1 if found or not pages else 0


def look(folder: Path, pages: list[tuple[str, str]]) -> list[str]:
    """What is wrong with the pages."""
    subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", AXE], check=True, stdout=subprocess.DEVNULL)
    axe = (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    host = folder / "host.html"
    parts = {"axe": axe, "pages": pages, "widths": WIDTHS, "rules": RULES}
    host.write_text(HOST % {key: json.dumps(part).replace("</", "<\\/") for key, part in parts.items()}, encoding="utf-8")
    chromium = [os.environ.get("CHROMIUM", "chromium"), "--headless", "--no-sandbox", "--disable-gpu"]
    chromium += [f"--user-data-dir={folder / 'profile'}", "--window-size=1400,4000", "--virtual-time-budget=600000", "--dump-dom"]
    shown = subprocess.run([*chromium, host.as_uri()], check=True, capture_output=True, text=True).stdout
    match = re.search(r'<pre id="found">(.*?)</pre>', shown, re.DOTALL)
    if match is None or not match[1]:
        return ["the pages could not be looked at"]
    return [str(each) for each in json.loads(html.unescape(match[1]))]


if __name__ == "__main__":
    sys.exit(main())
