"""One question through one door, and everything that comes back: for whoever wants to know that no door says more."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Protocol

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Account, Grant
from assistant.answer import Reply, Timing
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.workspace import Workspace
from assistant.core import Assistant
from semantic_layer.policy.types import User

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is all that a person could read there, hidden or not; `numbers` what a program would take from it."""

    text: str
    numbers: frozenset[float]

    def says(self, figure: float) -> bool:
        """Whether a figure is there, as a number or written out, with or without commas."""
        whole = round(figure)
        forms = {f"{figure:.2f}", f"{figure:,.2f}", f"{whole:,}", f"{whole}"}
        return any(abs(figure - known) < 0.005 for known in self.numbers) or any(
            re.search(rf"(?<![\d.,]){re.escape(form)}(?![\d]|[.,]\d)", self.text) for form in forms
        )


class Door(Protocol):
    """A way in. Every question stands alone, in a conversation of its own."""

    def ask(self, question: str, user: User) -> Shown: ...


class CoreDoor:
    """The assistant itself: the whole reply, down to the plans behind its buttons."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def ask(self, question: str, user: User) -> Shown:
        return shown(self._assistant.ask(question, user=user))


class DeskDoor:
    """The page without a browser: every region that is drawn for the person, with its attributes."""

    def __init__(self, workspace: Workspace, outbox: Path) -> None:
        self._workspace = workspace
        self._outbox = outbox

    def desk(self, user: User) -> tuple[Desk, Session]:
        desk = Desk(self._workspace, OpenAccess(account_of(user)), self._outbox, clock=lambda: NOW)
        session = desk.arrive("tab", None, Payload.of({"language": "zh"}))
        assert session is not None
        return desk, session

    def ask(self, question: str, user: User) -> Shown:
        desk, session = self.desk(user)
        return self.do(desk, session, act="ask", text=question)

    def do(self, desk: Desk, session: Session, **fields: object) -> Shown:
        regions: dict[str, str] = {}
        for changed in desk.handle(session, None, Payload.of(fields)):
            regions |= changed
        drawn = re.sub(r' maxlength="\d+"', "", " ".join(regions.values()))  # the size of a field is no figure
        return Shown(html.unescape(drawn), frozenset())


class CliDoor:
    """The command line, started anew for each question: what it prints as text and as JSON."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def ask(self, question: str, user: User) -> Shown:
        from typer.testing import CliRunner

        from assistant.channels.cli import app

        (role,) = user.roles
        environment = {**self._environment, "QUNXIANG_USER": user.name, "QUNXIANG_ROLE": role}
        printed = [CliRunner().invoke(app, ["ask", question, *more], env=environment) for more in ((), ("--json",))]
        return Shown(" ".join(one.output for one in printed), frozenset())


def account_of(user: User) -> Account:
    return Account(
        login=user.name,
        name=user.name,
        grants=tuple(Grant(role) for role in user.roles),
        created_at=NOW,
        updated_at=NOW,
    )


def shown(value: object) -> Shown:
    """Everything inside a reply."""
    leaves = list(_leaves(value))
    numbers = frozenset(
        float(one) for one in leaves if isinstance(one, int | float | Decimal) and not isinstance(one, bool)
    )
    return Shown(" ".join(str(one) for one in leaves), numbers)


def text_of(reply: Reply) -> str:
    return shown(reply).text


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, str | int | float | Decimal | date | Path) and not isinstance(value, Enum):
        yield value
    elif isinstance(value, Enum):
        yield str(value.value)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _leaves(key)
            yield from _leaves(one)
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _leaves(one)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type | Timing):
        for part in dataclasses.fields(value):
            if part.name not in ("actions", "id"):
                yield from _leaves(getattr(value, part.name))
