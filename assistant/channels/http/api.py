"""The HTTP API as an application of its own, to be mounted at /v1 beside the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from assistant.accounts.port import Access
from assistant.accounts.types import Scope
from assistant.channels.http.answering import Answering
from assistant.channels.http.callers import DESCRIPTION, Door, Envelope
from assistant.channels.http.description import ABOUT, TITLE, VERSION, describer
from assistant.channels.http.documented import ALWAYS, problems
from assistant.channels.http.events import Events, Inlets, nowhere
from assistant.channels.http.exports import Exports
from assistant.channels.http.looking import Looking
from assistant.channels.http.problems import HANDLERS
from assistant.channels.http.requests import RequestStore
from assistant.channels.http.responses import Responses
from assistant.channels.http.segments import Segments
from assistant.channels.http.service import Service
from assistant.channels.http.workers import Workers
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import Workspace
from assistant.settings import Settings

ANSWERING: Final = 8  # threads that compute; some wait for a language model
LOOKING: Final = 4


def api(  # noqa: PLR0913  # the parts of one application
    workspace: Workspace,
    access: Access,
    *,
    requests: RequestStore,
    streams: OpenStreams,
    settings: Settings,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    inlets: Inlets | None = None,
    heartbeat: float = 15.0,
) -> FastAPI:
    """The application. `heartbeat` is seconds; `settings` say how many answers may wait, by `open_streams`; `inlets` keep
    the events of data sets.
    """
    most = settings.open_streams
    each = max(1, most // 2)  # so that one person never fills the queue
    service = Service(
        workspace=workspace,
        requests=requests,
        streams=streams,
        answers=Workers(ANSWERING, most=most, each=each),
        looks=Workers(LOOKING, most=most, each=each),
        clock=clock,
        new_id=new_id,
        heartbeat=heartbeat,
    )
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=ABOUT,
        openapi_url=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Envelope, new_id=new_id), Middleware(Door, access=access)],
        exception_handlers=dict(HANDLERS),
        responses=problems(*ALWAYS),
    )
    inlets = inlets or nowhere()
    events = Events(service, inlet=inlets.of, can_write_events=inlets.may_write, scope=Scope.EVENTS)
    responses = Responses(service, hear=inlets.hear, may_write=inlets.may_write)
    for part in (Answering(service), Segments(service), Exports(service), Looking(service), events, responses):
        app.include_router(part.router())
    app.openapi = describer(app)  # type: ignore[method-assign]  # as the framework asks for it
    return app
