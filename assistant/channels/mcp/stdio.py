"""The door for a program that starts this one and speaks with it through pipes: one person, one connection."""

from __future__ import annotations

import anyio
from mcp.server.stdio import stdio_server

from assistant.channels.mcp.callers import Caller
from assistant.channels.mcp.server import Means, server_over
from assistant.channels.workspace import AssistantPort, Dataset, Workspace


def serve_stdio(workspace: Workspace, caller: Caller, means: Means) -> None:
    """Serve until the other side closes. Nothing but the protocol is written to standard output.

    Before each message it is looked up anew whether the caller may still come in.
    """
    server = server_over(workspace, lambda _: caller.renewed(), means)

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)


class OneDataSet:
    """A workspace of which only one data set is seen."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._workspace = workspace
        self._name = name

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(one for one in self._workspace.datasets if one.id == self._name)

    def assistant(self, dataset: str) -> AssistantPort:
        return self._workspace.assistant(dataset)
