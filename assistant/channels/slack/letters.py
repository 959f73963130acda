"""Letters of boards over Slack: a direct message to the Slack user that an account names as its identity."""

from __future__ import annotations

from typing import Final, Literal

from assistant.accounts.types import Account
from assistant.boards.post import Letter, NotSentError
from assistant.channels.slack.api import SlackApi, SlackRefusedError
from assistant.channels.slack.blocks import SECTION, Block, context, header, message, section
from semantic_layer.errors import Text

_PREFIX: Final = "slack:"


class SlackPostman:
    """A `Postman`. Only the person and the app are in the conversation, so it may hold what the person may see."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    @property
    def way(self) -> Literal["slack"]:
        return "slack"

    def reaches(self, person: Account) -> bool:
        return bool(_slack_user(person))

    def send(self, letter: Letter, person: Account) -> None:
        """Raises `NotSentError` with Slack's own word for why."""
        blocks: list[Block] = [header(letter.subject), *(section(part) for part in _parts(letter.body))]
        stop = Text("退订：", "Stop these: ").in_(letter.language)
        last = tuple(said for said in (letter.open, f"{stop}{letter.stop}" if letter.stop else "") if said)
        if last:
            blocks.append(context(*last))
        try:
            self._api.post(self._api.direct(_slack_user(person)), message(letter.subject, blocks))
        except SlackRefusedError as error:
            raise NotSentError(
                Text(f"Slack 没有收下这条消息（{error.code}）。", f"Slack did not take the message ({error.code}).")
            ) from error


def _slack_user(person: Account) -> str:
    """The user's id in `slack:TEAM:USER`."""
    named = next((one for one in person.identities if one.startswith(_PREFIX)), "")
    return named.rpartition(":")[2]


def _parts(body: str) -> list[str]:
    """The paragraphs, joined as far as one block takes."""
    parts: list[str] = []
    for paragraph in body.split("\n\n"):
        if parts and len(parts[-1]) + len(paragraph) + 2 <= SECTION:
            parts[-1] += f"\n\n{paragraph}"
        else:
            parts.append(paragraph)
    return parts
