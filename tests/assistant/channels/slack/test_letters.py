"""Letters of boards as direct messages: to whom, within Slack's limits, and what is said when it does not go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.boards.post import Letter, NotSentError
from assistant.channels.scripted_access import person
from assistant.channels.slack.api import SlackRefusedError
from assistant.channels.slack.blocks import SECTION, Message
from assistant.channels.slack.letters import SlackPostman

WEI = replace(person("wei", "王伟"), identities=("oidc:x|y", "slack:T1:U42"))


class Api:
    """The two calls that a letter makes."""

    def __init__(self, *, refuse: str = "") -> None:
        self.refuse = refuse
        self.sent: list[tuple[str, Message]] = []

    def direct(self, user: str) -> str:
        return f"D-{user}"

    def post(self, channel: str, message: Message) -> str:
        if self.refuse:
            raise SlackRefusedError("chat.postMessage", self.refuse)
        self.sent.append((channel, message))
        return "1.0"


def letter(body: str) -> Letter:
    return Letter(id="l1", subject="周会 <@U1>", body=body, language="zh", open="https://a/b", stop="https://a/stop")


def test_a_letter_is_a_direct_message_with_the_way_to_end_it() -> None:
    api = Api()
    SlackPostman(api).send(letter("一\n\n二"), WEI)
    ((channel, message),) = api.sent
    assert channel == "D-U42"
    assert "<@U1>" not in message.text
    assert [block["type"] for block in message.blocks] == ["header", "section", "context"]
    assert "https://a/stop" in str(message.blocks[-1])


def test_a_long_letter_is_cut_into_blocks_that_slack_takes() -> None:
    api = Api()
    SlackPostman(api).send(letter("\n\n".join(["行" * 900] * 7)), WEI)
    sections = [block["text"]["text"] for block in api.sent[0][1].blocks if block["type"] == "section"]
    assert [len(one) <= SECTION for one in sections] == [True] * 3
    assert sum(one.count("行") for one in sections) == 6300


def test_slack_says_why_it_did_not_go() -> None:
    postman = SlackPostman(Api(refuse="channel_not_found"))
    assert postman.reaches(WEI)
    assert not postman.reaches(person("lin", "林芳"))
    with pytest.raises(NotSentError, match="channel_not_found"):
        postman.send(letter("一"), WEI)
