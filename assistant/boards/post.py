"""How a letter reaches a person: a seam, the way over a destination of messages (e-mail), and the fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, assert_never

from assistant.accounts.types import Account
from semantic_layer.errors import DataError, Language, Text
from tools.boards.types import Way
from tools.destinations.types import Destination, Fate, Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one person. `id` is the same for every attempt; `open` leads to what it tells of, `stop` ends it."""

    id: str
    subject: str
    body: str  # plain text, without the addresses
    language: Language
    open: str = ""
    stop: str = ""

    def whole(self) -> str:
        """The text with its addresses, for a way that shows nothing but text."""
        lead = Text("打开：", "Open: ").in_(self.language)
        end = Text("不想再收到：", "To stop these letters: ").in_(self.language)
        parts = (self.body, f"{lead}{self.open}" if self.open else "", f"{end}{self.stop}" if self.stop else "")
        return "\n\n".join(part for part in parts if part)


class NotSentError(DataError):
    """A letter did not leave. It is tried again later."""


class Postman(Protocol):
    """One way to reach people. Called from the schedule: it may block."""

    @property
    def way(self) -> Literal["mail", "slack"]: ...

    def reaches(self, person: Account) -> bool:
        """Whether there is an address of this person for this way."""
        ...

    def send(self, letter: Letter, person: Account) -> None:
        """Raises `NotSentError` with the reason."""
        ...


class MailPostman:
    """Letters over a destination of messages that sends e-mail: one message, whose id is the letter's."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    @property
    def way(self) -> Literal["mail"]:
        return "mail"

    def reaches(self, person: Account) -> bool:
        return bool(person.email)

    def send(self, letter: Letter, person: Account) -> None:
        message = Message(
            id=letter.id,
            key=0,  # a colleague, not a customer
            address=person.email,
            subject=letter.subject,
            body=letter.whole(),
            unsubscribe=letter.stop,
        )
        receipts = self._destination.send((message,))
        if len(receipts) != 1:
            raise NotSentError(Text("邮件服务没有给出回执。", "The mail service gave no receipt."))
        _refuse(receipts[0])


class PostmanInMemory:
    """The fake: keeps what it was given. While `broken` nothing leaves."""

    def __init__(self, way: Literal["mail", "slack"] = "mail") -> None:
        self._way: Literal["mail", "slack"] = way
        self.broken = False
        self.sent: list[tuple[str, Letter]] = []  # whom to, and what

    @property
    def way(self) -> Literal["mail", "slack"]:
        return self._way

    def reaches(self, person: Account) -> bool:
        return bool(person.email) if self._way == "mail" else any(one.startswith("slack:") for one in person.identities)

    def send(self, letter: Letter, person: Account) -> None:
        if self.broken:
            raise NotSentError(Text("邮件服务器没有响应。", "The mail server does not answer."))
        self.sent.append((person.login, letter))


def postman_for(person: Account, way: Way, postmen: Sequence[Postman]) -> Postman:
    """The first way that reaches somebody, of the one that they chose. Raises `NotSentError` that says what is missing."""
    fitting = [one for one in postmen if way in ("any", one.way)]
    if not fitting:
        raise NotSentError(
            Text(
                "这里还没有设置邮件或 Slack，信发不出去。请管理员在设置里填写邮件服务器，或接入 Slack。",
                "Neither mail nor Slack is set up here, so no letter can leave. Ask an administrator to set one up.",
            )
        )
    for one in fitting:
        if one.reaches(person):
            return one
    raise NotSentError(
        Text(
            f"账号「{person.login}」没有可用的邮箱或 Slack 身份。请管理员在账号里补上。",
            f"The account {person.login!r} has no e-mail address or Slack identity for this. Ask an administrator to add one.",
        )
    )


def reach_over(postmen: Sequence[Postman], account: Callable[[str], Account | None]) -> Callable[[str, Way], None]:
    """Tells before a subscription is made whether its letters can arrive: raises what `postman_for` raises."""

    def reach(login: str, way: Way) -> None:
        person = account(login)
        if person is not None:
            postman_for(person, way, postmen)

    return reach


def _refuse(receipt: Receipt) -> None:
    match receipt.fate:
        case Fate.ACCEPTED | Fate.UNSURE:  # asking again could mean twice
            return
        case Fate.AGAIN | Fate.REFUSED:
            said = receipt.why
            raise NotSentError(
                said if said.zh or said.en else Text("邮件服务没有收下这封信。", "The mail service did not take it.")
            )
        case other:
            assert_never(other)
