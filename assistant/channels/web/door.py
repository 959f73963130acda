"""Mounts the application of another room below a prefix."""

from __future__ import annotations

from starlette.routing import Match, Mount
from starlette.types import Scope


class Door(Mount):
    """A `Mount` whose prefix alone is served too, as `/`: no redirect stands between a program and `/mcp`."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope.get("path") != self.path:
            return super().matches(scope)
        inside = f"{self.path}/"
        match, child = super().matches({**scope, "path": inside})
        return match, {**child, "path": inside}
