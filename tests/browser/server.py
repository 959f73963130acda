"""Runs the page over the scripted workspace in a process of its own: `python -m tests.browser.server PORT FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.channels.gradio.page import serve
from assistant.channels.scripted import ScriptedWorkspace
from tools.chart.render import render_svg


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    log = folder / "notes.log"

    def note(line: str) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    serve(
        ScriptedWorkspace(folder, picture=lambda chart, dark: render_svg(chart, dark=dark), note=note),
        port=port,
        quiet=True,
    )


if __name__ == "__main__":
    main()
