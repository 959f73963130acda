"""Opens the house: every door of one process, over the same workspace, accounts and application state."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC

from fastapi import FastAPI
from starlette.types import ASGIApp

from assistant.accounts.oidc import provider_of
from assistant.accounts.opening import open_access, roles_of
from assistant.accounts.port import Access
from assistant.acting import RolesNow
from assistant.bootstrap import Progress, Shared, quiet, share
from assistant.channels.gradio import page
from assistant.channels.gradio.office import Office
from assistant.channels.http.api import api
from assistant.channels.http.events import Inlets
from assistant.channels.http.sql_requests import SqlRequestStore
from assistant.channels.live import LiveWorkspace
from assistant.channels.mcp.application import mcp_application
from assistant.channels.opening import open_workspace
from assistant.channels.role_cards import RoleFiles
from assistant.channels.slack.door import SlackDoor, slack_door
from assistant.channels.slack.sql_store import SqlSlackStore
from assistant.channels.stewards import Stewards
from assistant.channels.streams import OpenStreams
from assistant.channels.web import shared_links, unsubscribe
from assistant.channels.web.application import Lifespan, Rooms, web_application
from assistant.channels.web.guests import login_of
from assistant.channels.web.readiness import Check, Readiness
from assistant.channels.web.sessions import form_tokens
from assistant.datasets import source_of
from assistant.observability.insights import LedgerUsage
from assistant.opening_readers import new_id, now
from assistant.scheduling import BackgroundSchedule, Schedule
from assistant.settings import Settings
from semantic_layer.errors import Text, UserError
from tools.boards.sql_store import SqlBoardStore
from tools.ledger import SqlLedger
from tools.storage import transaction

API, AGENTS, SLACK = "/v1", "/mcp", "/slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that is open: `app` is to be served; `slack` is closed until `slack.start`."""

    workspace: LiveWorkspace
    access: Access
    app: FastAPI
    slack: SlackDoor
    stewards: Stewards


@contextmanager
def open_house(settings: Settings, *, progress: Progress = quiet) -> Iterator[House]:
    """Open the data, the accounts and every door, and close them at the end.

    Raises what `open_workspace` and `open_access` raise, and a `UserError` for half a setting of a door.
    """
    with ExitStack() as closing:
        shared = share(settings)
        closing.callback(shared.close)
        access = open_access(
            shared.storage, settings=settings, clock=now, new_id=new_id, known_roles=roles_of(settings)
        )
        shared = replace(shared, roles_now=_roles_now(access))
        workspace = open_workspace(settings, progress=progress, shared=shared)
        outbox = closing.enter_context(page.outbox_folder())
        slack = slack_door(workspace, access, settings, store=SqlSlackStore(shared.storage), clock=now, new_id=_secret)
        stewards = Stewards(workspace, settings, shared, directory=access)
        closing.callback(stewards.close)
        doors, lifespans = _doors(workspace, access, settings, shared, slack, stewards)
        office = Office(
            roles=RoleFiles(lambda name: source_of(name, settings.people).definitions),
            usage=LedgerUsage(SqlLedger(shared.storage)),
            currency=settings.model_currency,
            zone=now().astimezone().tzinfo or UTC,
        )
        blocks = page.build(workspace, access, outbox, office=office, stewards=stewards, form_token=form_tokens(access))
        rooms = Rooms(
            mount_page=lambda app: page.mount(app, blocks, outbox, who=login_of),
            outbox=outbox,
            doors=doors,
            lifespans=lifespans,
        )
        app = web_application(
            access=access,
            settings=settings,
            rooms=rooms,
            ready=lambda: _ready(shared, workspace, settings),
            clock=now,
            new_number=lambda: secrets.token_hex(4),
            provider=provider_of(settings, access, clock=now, random_bytes=secrets.token_bytes),
        )
        closing.callback(slack.stop)
        schedule = _scheduled(stewards, settings)
        closing.callback(schedule.stop)
        yield House(workspace=workspace, access=access, app=app, slack=slack, stewards=stewards)


def _roles_now(access: Access) -> RolesNow:
    def roles(login: str, data_set: str) -> tuple[str, ...]:
        account = access.account(login)
        return account.roles_in(data_set) if account is not None else ()

    return roles


def _doors(
    workspace: LiveWorkspace, access: Access, settings: Settings, shared: Shared, slack: SlackDoor, stewards: Stewards
) -> tuple[Mapping[str, ASGIApp], tuple[Lifespan, ...]]:
    streams = OpenStreams(settings.open_streams)
    agents, living = mcp_application(workspace, access, settings=settings, clock=now, new_id=_secret, streams=streams)
    programs = api(
        workspace,
        access,
        requests=SqlRequestStore(shared.storage),
        streams=streams,
        settings=settings,
        clock=now,
        new_id=new_id,
        inlets=Inlets(of=stewards.intake, may_write=stewards.may_write_events, hear=stewards.hear),
    )
    doors: dict[str, ASGIApp] = {
        API: programs,
        AGENTS: agents,
        shared_links.PREFIX: shared_links.shared_links(SqlBoardStore(shared.storage), clock=now),
        unsubscribe.PREFIX: unsubscribe.unsubscribing_pages(stewards.check_no, stewards.say_no),
    }
    if settings.slack == "http":
        doors[SLACK] = slack.asgi
    return doors, (living,)


def _scheduled(stewards: Stewards, settings: Settings) -> Schedule:
    """What is done at set times, started; nothing when the settings say so."""
    schedule = BackgroundSchedule(now().astimezone().tzinfo or UTC)
    schedule.start(stewards.jobs() if settings.schedule else ())
    return schedule


def _ready(shared: Shared, workspace: LiveWorkspace, settings: Settings) -> Readiness:
    """Whether application state can be read, and the data set of the settings asked."""
    state = data = None
    try:
        with transaction(shared.storage) as connection:
            connection.exec_driver_sql("SELECT 1")
    except UserError:
        state = Text("应用数据库不能读写。", "The application database cannot be read.")
    try:
        workspace.assistant(settings.data).as_of  # noqa: B018  # opens it when it is not open
    except UserError:
        data = Text("数据打不开。", "The data cannot be opened.")
    return Readiness((Check(name="state", problem=state), Check(name="data", problem=data)))


def _secret() -> str:
    """An id that cannot be guessed."""
    return secrets.token_urlsafe(18)
