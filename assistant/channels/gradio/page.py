"""The Gradio application: carries actions to the desk and regions to the browser. All drawing is elsewhere."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

# Both must stand before gradio is imported: it looks for a network otherwise.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr

from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.screen import REGIONS, draw
from assistant.channels.gradio.session import Session
from semantic_layer.errors import Language

if TYPE_CHECKING:
    from assistant.channels.workspace import Workspace

SHELL = '<div id="qunxiang"></div>'
ON_SHELL = "window.qunxiang.start(element, (data) => trigger('act', data), server)"
ON_REGION = "window.qunxiang.region({name}, props, watch)"
ARRIVAL = "() => [window.qunxiang.arrival()]"
WAITING_WORKERS = 64  # people who may wait for an answer at the same time


def asset(name: str) -> str:
    """The text of a style sheet or script that ships with this package."""
    return files("assistant.channels.gradio").joinpath("assets", name).read_text(encoding="utf-8")


def build(workspace: Workspace, outbox: Path) -> gr.Blocks:
    """The application for `workspace`; files to download pass through the folder `outbox`."""
    desk = Desk(workspace, outbox)
    blocks: gr.Blocks = gr.Blocks(title="群像 Qunxiang", fill_width=True, analytics_enabled=False)
    with blocks:
        session = gr.State(None)
        arrival = gr.Textbox(visible="hidden")
        shell = gr.HTML(
            html_template=SHELL,
            js_on_load=ON_SHELL,
            apply_default_css=False,
            server_functions=[_completer(desk), _knower(desk)],
        )
        regions = [
            gr.HTML("", html_template="", js_on_load=ON_REGION.format(name=json.dumps(name)), visible="hidden")
            for name in REGIONS
        ]

        def arrive(sent: str, request: gr.Request) -> list[object]:
            opened = desk.arrive(request.session_hash or "", request.username, Payload.of(_parsed(sent)))
            return [opened, *_outputs(draw(opened))]

        def act(opened: Session | None, event: gr.EventData, request: gr.Request) -> Iterator[list[object]]:
            if opened is not None:
                for changed in desk.handle(opened, request.username, Payload.of(event._data)):  # noqa: SLF001
                    yield _outputs(changed)

        def leave(request: gr.Request) -> None:
            desk.leave(request.session_hash or "")

        blocks.load(
            arrive, [arrival], [session, *regions], js=ARRIVAL, show_progress="hidden", api_visibility="private",
            concurrency_limit=None,
        )  # fmt: skip
        shell.act(
            act, [session], regions, show_progress="hidden", trigger_mode="multiple", api_visibility="private",
            concurrency_limit=WAITING_WORKERS,
        )  # fmt: skip
        blocks.unload(leave)
    return blocks


def serve(workspace: Workspace, *, host: str = "127.0.0.1", port: int = 7860, quiet: bool = False) -> None:
    """Open the page for everybody who can reach `host`, until interrupted."""
    with tempfile.TemporaryDirectory(prefix="qunxiang-") as folder:
        outbox = Path(folder).resolve() / "outbox"
        outbox.mkdir(mode=0o700)
        build(workspace, outbox).queue(default_concurrency_limit=WAITING_WORKERS).launch(
            server_name=host,
            server_port=port,
            quiet=quiet,
            max_threads=WAITING_WORKERS,
            ssr_mode=False,
            footer_links=[],
            allowed_paths=[str(outbox)],
            show_error=False,
            max_file_size=1,  # nobody has a reason to send files here
            theme=gr.themes.Base(font=["Noto Sans CJK SC", "sans-serif"], font_mono=["monospace"]),
            head=f"<style>{asset('page.css')}</style><script>{asset('page.js')}</script>",
            inbrowser=False,
        )


def _outputs(changed: dict[str, str]) -> list[object]:
    return [changed[name] if name in changed else gr.skip() for name in REGIONS]


def _parsed(sent: str) -> object:
    try:
        return json.loads(sent)
    except ValueError:
        return {}


def _knower(desk: Desk) -> Callable[[object], bool]:
    def known(sent: object) -> bool:
        return desk.knows(Payload.of(sent[0] if isinstance(sent, list) and sent else sent).text("visit"))

    return known


def _completer(desk: Desk) -> Callable[[object], dict[str, object]]:
    def complete(sent: object) -> dict[str, object]:
        payload = Payload.of(sent[0] if isinstance(sent, list) and sent else sent)
        language: Language = "en" if payload.text("language") == "en" else "zh"
        completions, spans = desk.complete(payload.text("dataset"), payload.text("text")[:500], language)
        return {
            "completions": [{"text": c.text, "hint": c.hint} for c in completions],
            "spans": [[s.start, s.end, s.known] for s in spans],
        }

    return complete
