"""The Gradio application: carries actions to the desk and regions to the browser. All drawing is elsewhere."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

# Both must stand before gradio is imported: it looks for a network otherwise.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
from fastapi import FastAPI

from assistant.channels.gradio.desk import Desk, spoken
from assistant.channels.gradio.guard import Guard, Who, login_of
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.screen import REGIONS, closed, draw
from assistant.channels.gradio.session import Session
from assistant.stewardship.port import nobody
from semantic_layer.errors import Language, UserError

if TYPE_CHECKING:
    from assistant.accounts.port import Access
    from assistant.channels.gradio.office import Office
    from assistant.channels.workspace import Workspace
    from assistant.stewardship.port import Stewards

SHELL = '<div id="qunxiang"></div>'
ON_SHELL = "window.qunxiang.start(element, (data) => trigger('act', data), server)"
ON_REGION = "window.qunxiang.region({name}, props, watch)"
ARRIVAL = "() => [window.qunxiang.arrival()]"
STYLES = (
    "page.css",
    "ask.css",
    "lists.css",
    "office.css",
    "owners.css",
    "boards.css",
    "campaigns.css",
    "segments.css",
    "dialogs.css",
    "narrow.css",
)  # later ones win
WAITING_WORKERS = 64  # people who may wait for an answer at the same time

FormToken = Callable[[str], str]
"""From the Cookie header of a request to the token that goes with the forms of its visit; empty when there is none."""


def no_token(_: str) -> str:
    return ""


def asset(name: str) -> str:
    """The text of a style sheet or script that ships with this package."""
    return files("assistant.channels.gradio").joinpath("assets", name).read_text(encoding="utf-8")


class PageBlocks(gr.Blocks):
    """The page with the desk behind it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(title="群像 Qunxiang", fill_width=True, analytics_enabled=False)
        self.desk = desk


def build(
    workspace: Workspace,
    access: Access,
    outbox: Path,
    *,
    office: Office | None = None,
    stewards: Stewards = nobody,
    form_token: FormToken = no_token,
    clock: Callable[[], datetime] | None = None,
) -> PageBlocks:
    """The page over `workspace` for those whom `access` knows; files to download pass through the folder `outbox`."""
    desk = Desk(workspace, access, outbox, office=office, stewards=stewards, clock=clock or (lambda: datetime.now(UTC)))
    blocks = PageBlocks(desk)
    with blocks:
        session = gr.State(None)
        arrival = gr.Textbox(visible="hidden")
        shell = gr.HTML(
            html_template=SHELL,
            js_on_load=ON_SHELL,
            apply_default_css=False,
            server_functions=[_completer(desk), _receiver(desk)],
        )
        regions = [
            gr.HTML("", html_template="", js_on_load=ON_REGION.format(name=json.dumps(name)), visible="hidden")
            for name in REGIONS
        ]

        def arrive(sent: str, request: gr.Request) -> list[object]:
            payload, cookies = Payload.of(_parsed(sent)), str(request.headers.get("cookie", ""))
            tab, token = request.session_hash or "", form_token(cookies)
            opened = desk.arrive(tab, request.username, payload, form_token=token)
            if opened is None:
                return [gr.skip(), *_outputs(closed(spoken(payload), 1))]
            return [opened, *_outputs(draw(opened))]

        def act(opened: Session | None, event: gr.EventData, request: gr.Request) -> Iterator[list[object]]:
            if opened is not None:
                for changed in desk.handle(opened, request.username, Payload.of(event._data)):  # noqa: SLF001
                    yield _outputs(changed)

        def leave(request: gr.Request) -> None:
            desk.leave(request.session_hash or "", request.username)

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


def mount(app: FastAPI, blocks: PageBlocks, outbox: Path, *, who: Who) -> FastAPI:
    """Serve the page at the root of `app`, after all that `app` serves already. `who` finds the login of a request.

    A request without a login is refused (401): sending people to where they sign in is the work of `app`.
    """
    blocks.queue(default_concurrency_limit=WAITING_WORKERS)
    blocks.max_threads = WAITING_WORKERS
    blocks._queue.max_thread_count = WAITING_WORKERS  # noqa: SLF001  # only `launch` has an argument for it
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        auth_dependency=who,
        allowed_paths=[str(outbox)],
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,  # nobody has a reason to send files here
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["Noto Sans CJK SC", "sans-serif"], font_mono=["monospace"]),
        head=f"<style>{''.join(map(asset, STYLES))}</style><script>{asset('page.js')}</script>",
    )
    mounted = app.routes[-1].app  # type: ignore[attr-defined]  # what was mounted a line above
    mounted.add_middleware(Guard, desk=blocks.desk, who=who)
    return app


@contextmanager
def outbox_folder() -> Iterator[Path]:
    """A private folder for files on their way to a browser, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="qunxiang-") as folder:
        outbox = Path(folder).resolve() / "outbox"
        outbox.mkdir(mode=0o700)
        yield outbox


def _outputs(changed: dict[str, str]) -> list[object]:
    return [changed[name] if name in changed else gr.skip() for name in REGIONS]


def _parsed(sent: str) -> object:
    try:
        return json.loads(sent)
    except ValueError:
        return {}


def _sent(sent: object) -> Payload:
    return Payload.of(sent[0] if isinstance(sent, list) and sent else sent)


def _completer(desk: Desk) -> Callable[[object, gr.Request], dict[str, object]]:
    def complete(sent: object, request: gr.Request) -> dict[str, object]:
        payload = _sent(sent)
        language: Language = spoken(payload)
        text, dataset = payload.text("text")[:500], payload.text("dataset")
        completions, spans = desk.complete(dataset, text, language, login_of(request))
        return {
            "completions": [{"text": c.text, "hint": c.hint} for c in completions],
            "spans": [[s.start, s.end, s.known] for s in spans],
        }

    return complete


def _receiver(desk: Desk) -> Callable[[object, gr.Request], dict[str, object]]:
    def receive(sent: object, request: gr.Request) -> dict[str, object]:
        payload = _sent(sent)
        try:
            return {"received": desk.receive(payload, login_of(request))}
        except UserError as error:
            return {"fault": error.message.in_(spoken(payload))}

    return receive
