"""Nothing is changed, and nothing leaves, before a person has said yes to exactly that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult, ElicitRequest, ElicitResult, InputRequiredResult

from assistant.accounts.types import Scope
from tests.assistant.channels.mcp.scene import House, Person

pytestmark = pytest.mark.anyio
ERAS = ("auto", "legacy")
YES = ElicitResult(action="accept", content={"approve": True})
PEOPLE = "Which high-value customers in Shanghai are at churn risk?"


def words(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


async def plan_of(client: Client) -> dict[str, object]:
    return (await client.call_tool("ask", {"question": PEOPLE})).structured_content["plan"]


async def saving(client: Client, name: str = "vip", **more: str) -> CallToolResult:
    return await client.call_tool("save_segment", {"plan": await plan_of(client), "name": name, **more})


def names(home: House) -> list[str]:
    port = home.workspace.assistant("retail")
    return [one.name for one in port.segments.list(user=home.access.holders["ana"].account.user_in("retail", "mcp"))]


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.mark.parametrize("era", ERAS)
async def test_the_person_is_shown_what_about_how_many_and_under_which_name(home: House, era: str) -> None:
    person = Person()
    async with home.client(person, mode=era) as client:
        await saving(client)
        await client.call_tool("delete_segment", {"name": "vip", "language": "zh"})
    assert person.asked == [
        (
            "Save a segment\nName: vip\nData set: Qinghe Living\nPeople: 214\n"
            "Who: City: Shanghai · High-value customers · Churn risk: high, medium\n\nDo you agree?"
        ),
        "删除人群\n名称：vip\n人数：214\n条件：城市：上海，高价值客户\n负责人：ana\n\n您同意吗？",
    ]


@pytest.mark.parametrize(
    ("era", "answer", "said"),
    [
        ("auto", ElicitResult(action="decline"), "This was not agreed to. Nothing was done."),
        ("legacy", ElicitResult(action="decline"), "This was not agreed to. Nothing was done."),
        ("auto", ElicitResult(action="cancel"), "The question was dismissed. Nothing was done."),
        ("legacy", ElicitResult(action="cancel"), "The question was dismissed. Nothing was done."),
        (
            "auto",
            ElicitResult(action="accept", content={"approve": False}),
            "This was not agreed to. Nothing was done.",
        ),
        (
            "auto",
            ElicitResult(action="accept", content={"approve": "yes"}),
            "This was not agreed to. Nothing was done.",
        ),
        ("legacy", ElicitResult(action="accept"), "This was not agreed to. Nothing was done."),
    ],
)
async def test_anything_but_a_clear_yes_changes_nothing(home: House, era: str, answer: ElicitResult, said: str) -> None:
    async with home.client(Person(answer), mode=era) as client:
        result = await saving(client)
    assert result.is_error
    assert (words(result), names(home)) == (said, [])


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_cannot_ask_a_person_may_read_but_not_write(home: House, era: str, tmp_path: Path) -> None:
    async with home.client(Person(), mode=era) as client:
        await saving(client)
    before = files(tmp_path)
    async with home.client(mode=era) as client:
        refused = [
            await saving(client, "other"),
            await client.call_tool("rename_segment", {"name": "vip", "new_name": "gold"}),
            await client.call_tool("delete_segment", {"name": "vip"}),
            await client.call_tool("export_segment", {"name": "vip", "purpose": "win-back SMS"}),
        ]
        read = await client.call_tool("count_segment", {"name": "vip"})
    assert not read.is_error
    assert all(one.is_error and "this client cannot ask one (elicitation)" in words(one) for one in refused)
    assert (names(home), files(tmp_path)) == (["vip"], before)


@pytest.mark.parametrize("era", ERAS)
async def test_a_key_without_the_scope_is_refused_before_anybody_is_asked(home: House, era: str) -> None:
    home.access.narrow("ana", [Scope.ASK, Scope.SEGMENTS_READ])
    person = Person()
    async with home.client(person, mode=era) as client:
        result = await saving(client)
    assert result.is_error
    assert (person.asked, names(home)) == ([], [])


@pytest.mark.parametrize("era", ERAS)
async def test_a_key_that_is_revoked_while_the_person_thinks_does_nothing(home: House, era: str) -> None:
    async with home.client(Person(before=lambda: home.access.revoke("ana")), mode=era) as client:
        holder = home.access.holders["ana"]
        result = await saving(client)
    home.access.holders["ana"] = holder
    assert result.is_error
    assert (words(result), names(home)) == ("This key was revoked.", [])


@pytest.mark.parametrize("era", ERAS)
async def test_a_segment_that_changed_while_the_person_thought_stays_as_it_is(home: House, era: str) -> None:
    segments = home.workspace.assistant("retail").segments
    user = home.access.holders["ana"].account.user_in("retail", "mcp")
    async with home.client(Person(), mode=era) as client:
        await saving(client)
    async with home.client(Person(before=lambda: segments.recount("vip", user=user)), mode=era) as client:
        result = await client.call_tool("delete_segment", {"name": "vip"})
    assert "Things changed since the question was asked. Nothing was done." in words(result)
    assert names(home) == ["vip"]


async def test_a_person_who_takes_too_long_is_too_late_while_the_call_waits(home: House) -> None:
    async def asleep(context: object, params: object) -> ElicitResult:
        await anyio.sleep(30)
        return YES

    impatient = replace(home, patience=0.05)
    async with impatient.client(asleep, mode="legacy") as client:
        result = await saving(client)
    assert (words(result)[:28], names(home)) == ("The time to agree is over. N", [])


async def test_a_person_who_takes_too_long_is_too_late_when_the_answer_comes(home: House) -> None:
    person = Person(before=lambda: home.clock.move(timedelta(seconds=301)))
    async with home.client(person) as client:
        result = await saving(client)
    assert (words(result)[:28], names(home)) == ("The time to agree is over. N", [])


async def test_an_answer_holds_for_one_call_and_for_the_very_same_one(home: House) -> None:
    async with home.client(Person()) as client:
        plan = await plan_of(client)
        session = client.session

        async def call(name: str, **more: object) -> CallToolResult | InputRequiredResult:
            return await session.call_tool(
                "save_segment", {"plan": plan, "name": name}, allow_input_required=True, **more
            )

        async def question(name: str) -> str:
            asked = await call(name)
            assert isinstance(asked, InputRequiredResult)
            assert isinstance(asked.input_requests["approval"], ElicitRequest)
            return asked.request_state

        answers = {"approval": YES}
        state = await question("vip")
        done = await call("vip", input_responses=answers, request_state=state)
        again = await call("vip", input_responses=answers, request_state=state)
        forged = await call("vip", input_responses=answers)
        assert isinstance(forged, InputRequiredResult)  # an answer to no question is asked anew
        unanswered = await call("vip", request_state=state)
        assert isinstance(unanswered, InputRequiredResult)
    assert not done.is_error
    assert again.is_error
    assert words(again).startswith("This question was answered already")
    assert names(home) == ["vip"]


async def test_no_answer_is_asked_for_what_cannot_be_done_anyway(home: House) -> None:
    person = Person()
    sales = "sales by region"
    async with home.client(person) as client:
        numbers = (await client.call_tool("ask", {"question": sales})).structured_content["plan"]
        result = await client.call_tool("save_segment", {"plan": numbers, "name": "vip"})
        missing = await client.call_tool("delete_segment", {"name": "vip"})
    assert "This plan is not about people" in words(result)
    assert "No segment is called 'vip'" in words(missing)
    assert person.asked == []
