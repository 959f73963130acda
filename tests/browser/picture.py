"""Takes the picture of the page that stands in the README, over the demo company: `python -m tests.browser.picture`."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import FLAGS, ROOT, free_port, served
from tests.browser.steps import AUDIENCE, asked

TARGET = ROOT / "docs" / "images" / "ask.png"
SIZE = {"width": 1360, "height": 900}
COLOURS = 128  # enough for a page of few colours, and a quarter of the bytes


def main() -> None:
    home = os.environ.get("QUNXIANG_HOME", str(ROOT / "var"))
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {"QUNXIANG_HOME": home, "QUNXIANG_STATE_URL": f"sqlite:///{folder / 'state.sqlite'}"}
        with (
            served(["app.py"], port, folder, {**env, "QUNXIANG_PORT": str(port)}) as site,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(locale="zh-CN", viewport=SIZE)
            page.goto(site.address)
            page.wait_for_selector("#qunxiang[data-ready]")
            asked(page, AUDIENCE)
            expect(page.locator(".button.soft").first).to_be_visible()
            page.evaluate("document.activeElement.blur()")
            shot = page.screenshot()
            browser.close()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
