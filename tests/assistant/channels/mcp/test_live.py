"""The door over the demo company: rights hold, nobody's data comes out of an answer, a list leaves by an agreed export."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from assistant.answer import Answer, Finished
from assistant.channels.live import LiveAssistant
from assistant.core import Assistant
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.policy.types import User
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import ByField, Query
from tests.assistant.channels.mcp.scene import Clock, House, KeyedAccess, OneSet, Person, account

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
WOMEN = "上海的女性客户有哪些？"


@pytest.fixture
def company(assistant: Assistant, tmp_path: Path) -> House:
    access = KeyedAccess()
    access.add("ana", account("ana", "marketer"))
    access.add("east", account("east", "region_east"))
    return House(OneSet(LiveAssistant(assistant, Text("青禾生活", "Qinghe Living"))), access, Clock(), [])


def people_of(company: House) -> set[str]:
    """Member numbers, names and phones of the sample that the page shows an administrator."""
    port = company.workspace.assistant("retail")
    admin = User(name="root", roles=("admin",))
    events = list(port.stream(WOMEN, user=admin, conversation="c", cancel=Cancel()))
    reply = next(e.reply for e in reversed(events) if isinstance(e, Finished))
    assert isinstance(reply, Answer)
    assert reply.people is not None
    wanted = [
        n for n, c in enumerate(reply.people.columns) if c.name in {"member_no", "name", "phone"} or c.role == "key"
    ]
    return {str(row[n]) for row in reply.people for n in wanted}


async def test_an_answer_about_people_names_none_of_them(company: House) -> None:
    canaries = people_of(company)
    async with company.client() as client:
        result = await client.call_tool("ask", {"question": WOMEN})
        table = await client.call_tool("ask", {"question": "各城市的客户数"})
    said = result.model_dump_json()
    assert len(canaries) >= 20
    assert [one for one in canaries if len(one) > 5 and one in said] == []
    assert result.structured_content["steps"][-1]["count"] > 100
    assert len(table.structured_content["rows"]) > 5


async def test_a_person_limited_to_a_region_gets_its_part(company: House) -> None:
    question = {"question": "客户数是多少？"}
    async with company.client() as client:
        everybody = await client.call_tool("ask", question)
    async with company.client(secret="east") as client:
        east = await client.call_tool("ask", question)
    counts = [one.structured_content["text"] for one in (everybody, east)]
    assert not everybody.is_error
    assert not east.is_error
    assert counts[0] != counts[1]


async def test_a_list_leaves_as_a_file_with_contacts_masked_for_an_internal_purpose(company: House) -> None:
    person = Person()
    async with company.client(person) as client:
        plan = (await client.call_tool("ask", {"question": WOMEN})).structured_content["plan"]
        saved = await client.call_tool("save_segment", {"plan": plan, "name": "mcp women"})
        counted = await client.call_tool("count_segment", {"name": "mcp women"})
        purposes = await client.call_tool("export_segment", {"name": "mcp women", "purpose": "?"})
        taken = await client.call_tool("export_segment", {"name": "mcp women", "purpose": "analysis"})
        page = await client.read_resource(taken.structured_content["uri"])
        deleted = await client.call_tool("delete_segment", {"name": "mcp women"})
    rows = list(csv.reader(io.StringIO(page.contents[0].text.lstrip("\ufeff"))))
    count = counted.structured_content["count"]
    assert saved.structured_content["segment"]["count"] == count == len(rows) - 1
    assert purposes.is_error
    assert f"People: {count:,}" in person.asked[1]
    assert not deleted.is_error
    phone = rows[0].index("手机号")
    assert [row[phone] for row in rows[1:] if row[phone] and "*" not in row[phone]] == []


@pytest.mark.xfail(strict=True, reason="what saves or exports has to be refused in words at a door for programs")
@pytest.mark.parametrize("deed", ["保存为人群「词语」", "导出来"])
async def test_words_save_nothing_and_take_nothing_out(company: House, deed: str) -> None:
    async with company.client(Person()) as client:
        people = (await client.call_tool("ask", {"question": WOMEN})).structured_content
        result = await client.call_tool("ask", {"question": deed, "conversation": people["conversation"]})
        segments = (await client.call_tool("list_segments", {})).structured_content["segments"]
    assert result.is_error
    assert "词语" not in [one["name"] for one in segments]


@pytest.mark.xfail(strict=True, reason="a data set has to tell which fields name single people")
async def test_a_table_with_a_row_for_each_person_is_withheld(company: House) -> None:
    plan = Plan((Query(metrics=("sales",), by=(ByField("customer.member_no"),), limit=3),))
    products = Plan((Query(metrics=("sales",), by=(ByField("product.product_name"),), limit=3),))
    async with company.client() as client:
        people = await client.call_tool("run_plan", {"plan": dict(encode(plan))})
        goods = await client.call_tool("run_plan", {"plan": dict(encode(products))})
    assert len(goods.structured_content["rows"]) == 3
    assert people.structured_content["kind"] == "withheld"
