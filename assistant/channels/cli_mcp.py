"""The command `qunxiang mcp`: serves one data set to the program that started it, through pipes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import typer

from assistant.accounts.port import Access
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import Workspace
from assistant.settings import Settings
from semantic_layer.errors import DefinitionError, UserError

KEY: Final = "QUNXIANG_API_KEY"

Data = Annotated[str, typer.Option(help="retail, completejourney, or a folder with model/ and data/")]
Opener = Callable[[Settings], tuple[Workspace, Access]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the command stands on: what opens the data and the door, a clock, and ids that cannot be guessed."""

    opened: Opener
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


def app_over(entry: Entry) -> typer.Typer:
    """The command as an application of its own."""
    app = typer.Typer(add_completion=False)

    @app.callback()
    def root() -> None:
        """Keeps `mcp` a command by name though it is the only one here."""

    add_to(app, entry)
    return app


def add_to(app: typer.Typer, entry: Entry) -> None:
    """Add the command to others."""

    @app.command("mcp")
    def mcp(data: Data = "") -> None:
        """Serve a data set to an agent over standard input and output (Model Context Protocol).

        On a machine without accounts it acts as the person of the settings; else as the owner of the API key in
        QUNXIANG_API_KEY. Nothing but the protocol is printed; what goes wrong is said on standard error.

        Example: qunxiang mcp --data retail
        """
        settings = Settings()
        if data:
            settings = settings.model_copy(update={"data": data})
        raise typer.Exit(serve(settings, entry, os.environ.get(KEY)))


def serve(settings: Settings, entry: Entry, secret: str | None) -> int:
    """Serve until the other side closes; 0 then, 1 when the data or the key cannot be used."""
    from assistant.channels.mcp.callers import NO_KEY_HERE, caller_of  # noqa: PLC0415  # a second to import
    from assistant.channels.mcp.server import Means  # noqa: PLC0415
    from assistant.channels.mcp.stdio import OneDataSet, serve_stdio  # noqa: PLC0415

    try:
        with redirect_stdout(sys.stderr):
            workspace, access = entry.opened(settings)
        caller = caller_of(access, secret, NO_KEY_HERE)
    except UserError as error:
        typer.echo(f"{error.message.zh}\n{error.message.en}", err=True)
        return 1
    except DefinitionError as error:
        typer.echo(str(error), err=True)
        return 1
    means = Means(clock=entry.clock, new_id=entry.new_id, streams=OpenStreams(settings.open_streams))
    serve_stdio(OneDataSet(workspace, settings.data), caller, means)
    return 0
