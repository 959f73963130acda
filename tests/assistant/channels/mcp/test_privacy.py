"""What a model on the other side gets to see: never a person. Canary values stand for people and must not come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mcp_types import CallToolResult

from assistant.answer import Answer, Event, Finished, Section
from assistant.channels import scripted_answers as answers
from assistant.channels.mcp.withheld import WITHHELD
from assistant.channels.scripted import ScriptedAssistant, ScriptedWorkspace
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Card, Export, Plan, SaveSegment, WhyMember
from semantic_layer.query.types import Audience, ByField, Query
from semantic_layer.table import ResultColumn, Role, Table
from tests.assistant.channels.mcp.scene import House, OneSet

pytestmark = pytest.mark.anyio
CANARY = "CANARY-7731"
EVERYBODY = Audience()
SALES = ResultColumn(name="sales", label=Text("销售额", "Sales"), role="metric", source="sales")


def answer(plan: Plan, **parts: object) -> Answer:
    whole = answers.audience("a", "q", "en")
    bare = replace(whole, plan=plan, people=None, profile=None, waterfall=(), chips=(), notes=())
    return replace(bare, **parts)


def per_person(role: Role, source: str, sensitivity: Sensitivity = Sensitivity.NONE) -> Answer:
    """A table with one row for each person."""
    who = ResultColumn(name="who", label=Text("谁", "Who"), role=role, source=source, sensitivity=sensitivity)
    plan = Plan((Query(metrics=("sales",), by=(ByField(source),)),))
    return answer(plan, table=Table((who, SALES), ((CANARY, 10),)), text=f"{CANARY} has the most.")


def _sample() -> Answer:
    whole = answers.audience("a", "q", "en")
    column = ResultColumn(name="name", label=Text("姓名", "Name"), role="attribute")
    return replace(whole, people=Table((column,), ((CANARY,),)))


def _few() -> Answer:
    whole = answers.audience("a", "q", "en")
    rows = (replace(whole.profile.rows[0], value_label=Text(CANARY, CANARY), count=1),)
    return replace(whole, profile=replace(whole.profile, size=1, rows=rows))


LINE = (Section(title="Basics", lines=(("Name", CANARY),)),)
COUNTED = {"a sample of people": _sample(), "a profile of one person": _few()}
SINGLE = {
    "a card": answer(Plan((Card(CANARY),)), text=f"Member {CANARY}", sections=LINE),
    "why somebody is in": answer(Plan((WhyMember(CANARY, EVERYBODY),)), text=f"Member {CANARY} is in", sections=LINE),
    "a table by key": per_person("key", "customer"),
    "a table by name": per_person("group", "customer.name", Sensitivity.PERSONAL),
    "a table by phone": per_person("group", "customer.phone", Sensitivity.CONTACT),
    "a table by member number": per_person("group", "customer.member_no"),
    "a file of people": answer(Plan((Export(EVERYBODY, purpose="x"),)), text=CANARY, files=(Path(CANARY),)),
}


class Telling(ScriptedAssistant):
    """Gives one answer whatever is asked, and knows that a member number names a person."""

    def __init__(self, of: ScriptedAssistant, reply: Answer) -> None:
        names = ("title", "folder", "note", "picture", "segments", "memory", "model")
        super().__init__(**{name: getattr(of, name) for name in names})
        self.reply = reply
        self.asked: list[User] = []

    def identifies(self, field: str) -> bool:
        return field == "customer.member_no"

    def stream(
        self, text: str, *, user: User, conversation: str, cancel: Cancel, ask_model: bool = False
    ) -> Iterator[Event]:
        self.asked.append(user)
        yield Finished(reply=self.reply)

    def run_plan(
        self, plan: Plan, *, user: User, conversation: str, language: Language, cancel: Cancel
    ) -> Iterator[Event]:
        self.asked.append(user)
        yield Finished(reply=self.reply)


def telling(home: House, reply: Answer) -> House:
    scripted = home.workspace
    assert isinstance(scripted, ScriptedWorkspace)
    return replace(home, workspace=OneSet(Telling(scripted.assistant("retail"), reply)))


def whole(result: CallToolResult) -> str:
    return result.model_dump_json()


@pytest.mark.parametrize(("what", "language"), [*((what, "en") for what in sorted(SINGLE)), ("a card", "zh")])
async def test_an_answer_about_single_people_is_withheld_whole(home: House, what: str, language: str) -> None:
    async with telling(home, SINGLE[what]).client() as client:
        result = await client.call_tool("ask", {"question": "who", "language": language})
    data = result.structured_content
    assert CANARY not in whole(result)
    assert (data["kind"], data["rows"], data["sql"], data["plan"]) == ("withheld", [], [], None)
    assert (data["text"], data["language"]) == (WITHHELD.in_(language), language)


@pytest.mark.parametrize("what", sorted(COUNTED))
async def test_an_answer_about_a_group_is_given_without_anybody_in_it(home: House, what: str) -> None:
    async with telling(home, COUNTED[what]).client() as client:
        result = await client.call_tool("ask", {"question": "who"})
    assert CANARY not in whole(result)
    assert result.structured_content["kind"] == "answer"
    assert result.structured_content["steps"][-1]["count"] == 214


async def test_the_scripted_sample_of_people_stays_here(home: House) -> None:
    async with home.client() as client:
        result = await client.call_tool("ask", {"question": "上海有流失风险的高价值客户有哪些？"})
    assert "138****" not in whole(result)
    assert "张**" not in whole(result)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan((Card("M1"),)), "single customers"),
        (Plan((WhyMember("M1", EVERYBODY),)), "single customers"),
        (Plan((SaveSegment("vip", EVERYBODY),)), "use save_segment"),
        (Plan((Export(EVERYBODY, purpose="win-back SMS"),)), "use save_segment"),
    ],
)
async def test_a_plan_about_one_person_or_that_does_something_is_not_run(home: House, plan: Plan, said: str) -> None:
    house = telling(home, SINGLE["a card"])
    async with house.client() as client:
        result = await client.call_tool("run_plan", {"plan": dict(encode(plan)), "language": "en"})
        saved = await client.call_tool("save_segment", {"plan": dict(encode(plan)), "name": "x", "language": "en"})
    assert result.is_error
    assert saved.is_error
    assert said in whole(result)
    assert house.workspace.assistant("retail").asked == []


async def test_whoever_asks_is_known_to_the_policy_as_coming_by_this_door(home: House) -> None:
    house = telling(home, COUNTED["a sample of people"])
    async with house.client() as client:
        await client.call_tool("ask", {"question": "who"})
    assert [(one.name, one.roles, one.via) for one in house.workspace.assistant("retail").asked] == [
        ("ana", ("analyst",), "mcp")
    ]


async def test_a_large_table_is_cut_and_says_how_large_it_was(home: House) -> None:
    city = ResultColumn(name="city", label=Text("城市", "City"), role="group", source="customer.city")
    table = Table((city, SALES), tuple((f"city {number}", number) for number in range(250)))
    house = telling(home, answer(Plan((Query(metrics=("sales",), by=(ByField("customer.city"),)),)), table=table))
    async with house.client() as client:
        data = (await client.call_tool("ask", {"question": "sales by city"})).structured_content
    assert (len(data["rows"]), data["total_rows"]) == (200, 250)
