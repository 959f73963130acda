"""Serves a page alone on the loopback address, as the tests' own servers do."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn
from fastapi import FastAPI, Request

from assistant.accounts.port import Access
from assistant.channels.gradio.office import Office
from assistant.channels.gradio.page import build, mount, outbox_folder
from assistant.channels.workspace import Workspace
from assistant.stewardship.port import Stewards, nobody


def serve_page(
    workspace: Workspace,
    access: Access,
    port: int,
    *,
    who: Callable[[Request], str | None],
    office: Office | None = None,
    stewards: Stewards = nobody,
    app: FastAPI | None = None,
) -> None:
    """Until the process is ended. `app` may serve other addresses too."""
    served = app if app is not None else FastAPI(openapi_url=None)
    with outbox_folder() as outbox:
        blocks = build(
            workspace, access, outbox, office=office, stewards=stewards, form_token=lambda cookies: "form-token"
        )
        mount(served, blocks, outbox, who=who)
        uvicorn.run(served, host="127.0.0.1", port=port, log_level="warning")
