"""The tools through the official client, in one process: what each takes and gives, in both languages."""

from __future__ import annotations

import json
from datetime import timedelta

import anyio
import pytest
from jsonschema import validate
from mcp import Client, MCPError
from mcp_types import CallToolResult

from assistant.accounts.types import Scope
from assistant.channels.mcp.scene import Scene
from assistant.channels.mcp.tools import registry
from assistant.channels.streams import OpenStreams
from tests.assistant.channels.mcp.scene import House, Person, account
from tools.registry import Registry

pytestmark = pytest.mark.anyio
ERAS = ("auto", "legacy")
PEOPLE = "上海有流失风险的高价值客户有哪些？"
READ = ["ask", "run_plan", "list_data_sets", "search_catalogue", "describe", "list_segments", "count_segment"]
WRITE = ["save_segment", "rename_segment", "delete_segment", "export_segment"]


def words(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


async def plan_of(client: Client, question: str = PEOPLE) -> dict[str, object]:
    return (await client.call_tool("ask", {"question": question})).structured_content["plan"]


async def saved(client: Client, name: str) -> None:
    result = await client.call_tool("save_segment", {"plan": await plan_of(client), "name": name})
    assert not result.is_error, words(result)


def tools() -> Registry[Scene]:
    return registry()


def test_every_permission_is_a_scope() -> None:
    assert {tool.permission for tool in tools()} == set(Scope) - {Scope.EVENTS}  # events are sent over HTTP only


@pytest.mark.parametrize("era", ERAS)
async def test_the_tools_are_listed_with_what_they_take_give_and_change(home: House, era: str) -> None:
    async with home.client(mode=era) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(listed) == READ + WRITE
    assert [name for name, tool in listed.items() if tool.annotations.read_only_hint] == READ
    assert [name for name, tool in listed.items() if tool.annotations.destructive_hint] == ["delete_segment"]
    assert all(tool.output_schema["type"] == "object" for tool in listed.values())
    assert listed["export_segment"].input_schema["required"] == ["name", "purpose"]
    assert all(tool.input_schema["additionalProperties"] is False for tool in listed.values())


async def test_a_key_sees_the_tools_that_it_allows_and_no_others(home: House) -> None:
    home.access.narrow("ana", [Scope.ASK, Scope.SEGMENTS_READ])
    async with home.client() as client:
        assert [t.name for t in (await client.list_tools()).tools] == [
            "ask", "run_plan", "list_segments", "count_segment",
        ]  # fmt: skip
        refused = await client.call_tool("describe", {"name": "sales"})
        with pytest.raises(MCPError, match=r"lacks the scope .*catalogue"):
            await client.list_prompts()
    assert refused.is_error
    assert "it has: ask, segments:read" in words(refused)


@pytest.mark.parametrize("era", ERAS)
async def test_a_question_is_answered_in_numbers_with_progress_on_the_way(home: House, era: str) -> None:
    steps: list[tuple[float, str | None]] = []

    async def heard(done: float, total: float | None, line: str | None) -> None:
        steps.append((done, line))

    async with home.client(mode=era) as client:
        result = await client.call_tool("ask", {"question": "上个月各大区销售额"}, progress_callback=heard)
    data = result.structured_content
    assert steps == [(1, "理解问题…"), (2, "计算…"), (3, "画图…")]
    assert (data["kind"], data["language"], data["data_set"]) == ("answer", "zh", "retail")
    assert [column["label"] for column in data["columns"]] == ["大区", "销售额", "去年同期", "同比"]
    assert data["rows"][0][:3] == ["华东", 4_211_000.5, 3_902_112.0]
    assert (data["total_rows"], data["as_of"], data["chart"]) == (4, "2026-10-31", "bar")
    assert "2026 年 9 月销售额 899.1 万元" in words(result)
    validate(data, tools().tool("ask").result.model_json_schema(mode="serialization"))


async def test_a_question_is_answered_in_its_own_language_or_in_the_one_asked_for(home: House) -> None:
    async with home.client() as client:
        own = await client.call_tool("ask", {"question": "sales by region"})
        other = await client.call_tool("ask", {"question": "sales by region", "language": "zh"})
    assert own.structured_content["text"].startswith("Sales in September 2026")
    assert other.structured_content["text"].startswith("2026 年 9 月销售额")


async def test_an_unclear_question_is_answered_by_options_whose_plan_can_be_run(home: House) -> None:
    async with home.client() as client:
        back = (await client.call_tool("ask", {"question": "单价超过500的客户"})).structured_content
        option = back["options"][0]
        again = await client.call_tool("run_plan", {"plan": option["plan"], "language": "zh"})
    assert (back["kind"], back["text"]) == ("clarification", "「单价」指哪一个？")
    assert (option["label"], option["count"]) == ("客单价 > 500", "1,204 人")
    assert again.structured_content["kind"] == "answer"


async def test_an_honest_no_is_a_reply_and_not_an_error(home: House) -> None:
    async with home.client() as client:
        result = await client.call_tool("ask", {"question": "写一首诗"})
    assert not result.is_error
    assert (result.structured_content["kind"], result.structured_content["why"]) == ("refusal", "out_of_scope")
    assert result.structured_content["suggestions"] == ["上个月各大区销售额"]


async def test_a_conversation_goes_on_under_the_id_that_was_told(home: House) -> None:
    async with home.client() as client:
        first = (await client.call_tool("ask", {"question": PEOPLE})).structured_content
        then = await client.call_tool("ask", {"question": PEOPLE, "conversation": first["conversation"]})
        wrong = await client.call_tool("ask", {"question": PEOPLE, "conversation": "ana:1"})
    assert then.structured_content["conversation"] == first["conversation"] == "id-1"
    assert wrong.is_error


async def test_definitions_are_found_and_described_by_name_or_label_in_both_languages(home: House) -> None:
    async with home.client() as client:
        sets = (await client.call_tool("list_data_sets", {"language": "zh"})).structured_content["data_sets"]
        found = (await client.call_tool("search_catalogue", {"words": "sales"})).structured_content
        tags = (await client.call_tool("search_catalogue", {"kind": "tag", "limit": 1})).structured_content
        named = (await client.call_tool("describe", {"name": "sales", "language": "zh"})).structured_content
        labelled = (await client.call_tool("describe", {"name": "高价值客户"})).structured_content
    assert [(one["id"], one["title"], one["roles"]) for one in sets] == [
        ("retail", "青禾生活", ["analyst"]),
        ("second", "第二数据集", ["analyst"]),
    ]
    assert [one["name"] for one in found["entries"]] == ["sales"]
    assert (tags["total"], len(tags["entries"])) == (3, 1)
    assert (named["title"], named["question"]) == ("销售额", "有多少销售额？")
    assert ["负责人", "会员运营"] in named["lines"]
    assert labelled["title"] == "High-value customers"


async def test_segments_are_saved_listed_counted_renamed_and_deleted(home: House) -> None:
    async with home.client(Person()) as client:
        await saved(client, "vip")
        listed = (await client.call_tool("list_segments", {"language": "zh"})).structured_content["segments"]
        counted = (await client.call_tool("count_segment", {"name": "vip"})).structured_content
        renamed = (await client.call_tool("rename_segment", {"name": "vip", "new_name": "gold"})).structured_content
        deleted = (await client.call_tool("delete_segment", {"name": "gold"})).structured_content
        left = (await client.call_tool("list_segments", {})).structured_content["segments"]
    assert [(one["name"], one["count"], one["owner"]) for one in listed] == [("vip", 214, "ana")]
    assert listed[0]["meaning"] == "城市：上海，高价值客户"
    assert (counted["count"], counted["as_of"]) == (214, "2026-10-31")
    assert (renamed["done"], renamed["segment"]["name"]) == ("renamed", "gold")
    assert (deleted["done"], left) == ("deleted", [])


async def test_an_export_is_fetched_as_a_resource_by_its_asker_for_an_hour(home: House) -> None:
    asked = {"name": "vip", "purpose": "挽回短信", "columns": ["customer_key"]}
    home.access.add("bob", account("bob", "analyst"))
    person = Person()
    async with home.client(person) as client:
        await saved(client, "vip")
        done = await client.call_tool("export_segment", asked)
        link = next(part for part in done.content if part.type == "resource_link")
        page = await client.read_resource(link.uri)
        home.clock.move(timedelta(minutes=61))
        with pytest.raises(MCPError, match="No exported file"):
            await client.read_resource(link.uri)
    assert done.structured_content["purpose"] == "win-back SMS"
    assert (link.name, link.mime_type) == ("vip.csv", "text/csv")
    assert page.contents[0].text.strip().endswith("customer_key")
    assert "Purpose: win-back SMS\nColumns: Customer key\n" in person.asked[-1]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("aks", {}, "No tool is called 'aks'. Did you mean 'ask'?"),
        ("ask", {}, "The arguments of ask do not fit: question is missing."),
        ("ask", {"question": "x", "dataset": "retail"}, "there is no argument dataset; did you mean data_set"),
        ("ask", {"question": "x" * 2001}, "question may have at most 2000 characters"),
        ("ask", {"question": "sales", "data_set": "retial"}, "No data set is called 'retial'. Did you mean 'retail'?"),
        ("run_plan", {"plan": "all"}, "plan must be a JSON object"),
        ("run_plan", {"plan": {"is": "plam"}}, "plam"),
        ("describe", {"name": "nothing like it"}, "No metric, tag or dimension is called 'nothing like it'."),
        ("count_segment", {"name": "nobody"}, "No segment is called 'nobody'."),
        ("export_segment", {"name": "vip"}, "purpose is missing"),
        ("search_catalogue", {"kind": "tags"}, "kind must be 'tag', 'metric' or 'dimension'"),
    ],
)
async def test_what_cannot_be_done_is_a_tool_error_in_words(
    home: House, name: str, arguments: dict[str, object], said: str
) -> None:
    async with home.client(Person()) as client:
        result = await client.call_tool(name, {"language": "en", **arguments})
    assert result.is_error
    assert said in words(result)
    assert "Traceback" not in words(result)


async def test_a_purpose_that_the_policy_does_not_name_is_refused_with_those_it_does(home: House) -> None:
    person = Person()
    async with home.client(person) as client:
        await saved(client, "vip")
        asked_before = len(person.asked)
        wrong = {"name": "vip", "purpose": "fun", "language": "zh"}
        result = await client.call_tool("export_segment", wrong)
        column = await client.call_tool("export_segment", {**wrong, "purpose": "win-back SMS", "columns": ["fone"]})
    assert (result.is_error, column.is_error, len(person.asked)) == (True, True, asked_before)
    assert "没有名为「fun」的导出用途" in words(result)
    assert "win-back SMS" in words(result)
    assert "没有名为「fone」的列。您是不是指phone？" in words(column)


async def test_a_data_set_without_a_role_is_as_if_it_were_not_there(home: House) -> None:
    home.access.add("wei", account("wei", "analyst", data_set="second"))
    async with home.client(secret="wei") as client:
        sets = (await client.call_tool("list_data_sets", {})).structured_content["data_sets"]
        mine = await client.call_tool("ask", {"question": "sales by region"})
        other = await client.call_tool("ask", {"question": "sales by region", "data_set": "retail"})
        resources = [one.uri for one in (await client.list_resources()).resources]
    assert [one["id"] for one in sets] == ["second"]
    assert mine.structured_content["data_set"] == "second"
    assert other.is_error
    assert "'second'" in words(other)
    assert resources == ["qunxiang://data-sets/second", "qunxiang://catalogue/second"]


async def test_without_any_role_nothing_is_read(home: House) -> None:
    home.access.add("new", account("new"))
    async with home.client(secret="new") as client:
        result = await client.call_tool("ask", {"question": "有多少客户"})
    assert result.is_error
    assert "没有角色" in words(result)


async def test_a_question_that_is_cancelled_stops_computing(home: House) -> None:
    begun = anyio.Event()

    async def heard(done: float, total: float | None, line: str | None) -> None:
        begun.set()

    async with home.client(mode="legacy") as client:
        async with anyio.create_task_group() as tasks:

            async def slow() -> None:
                await client.call_tool("ask", {"question": "慢慢算"}, progress_callback=heard)

            tasks.start_soon(slow)
            await begun.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(10):
            while "cancelled" not in home.told:  # noqa: ASYNC110  # told by another thread
                await anyio.sleep(0.01)
        then = await client.call_tool("ask", {"question": "sales by region"})
    assert not then.is_error


async def test_a_key_that_is_revoked_between_two_calls_is_refused(home: House) -> None:
    async with home.client() as client:
        before = await client.call_tool("list_segments", {})
        home.access.revoke("ana")
        after = await client.call_tool("list_segments", {})
        with pytest.raises(MCPError, match="revoked"):
            await client.list_resources()
        with pytest.raises(MCPError, match="revoked"):
            await client.list_tools()
    assert (before.is_error, after.is_error) == (False, True)
    assert words(after) == "This key was revoked."


async def test_too_many_answers_at_once_are_told_to_come_back(home: House) -> None:
    streams = OpenStreams(1, each=1)
    async with home.client(streams=streams) as client:
        with streams.open("ana"):
            busy = await client.call_tool("list_segments", {})
        free = await client.call_tool("list_segments", {})
    assert (busy.is_error, free.is_error, streams.count) == (True, False, 0)
    assert "Wait for one to end" in words(busy)


async def test_what_nobody_foresaw_is_told_as_a_number_and_logged_whole(
    home: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("canary in an exception")

    monkeypatch.setattr(home.workspace.assistant("retail").segments, "list", broken)
    async with home.client() as client:
        result = await client.call_tool("list_segments", {})
    assert words(result) == "Something unforeseen went wrong, number id-1. Tell the administrator this number."
    assert "canary in an exception" in caplog.text


async def test_resources_hold_the_data_set_its_catalogue_and_each_definition(home: House) -> None:
    async with home.client() as client:
        listed = [one.uri for one in (await client.list_resources()).resources]
        about = (await client.read_resource("qunxiang://data-sets/retail?language=zh")).contents[0].text
        catalogue = (await client.read_resource("qunxiang://catalogue/retail")).contents[0].text
        one = (await client.read_resource("qunxiang://catalogue/retail/sales?language=en")).contents[0].text
        with pytest.raises(MCPError, match="No resource is called"):
            await client.read_resource("qunxiang://elsewhere/retail")
        with pytest.raises(MCPError, match="No exported file"):
            await client.read_resource("qunxiang://exports/id-9/vip.csv")
    assert listed[:2] == ["qunxiang://data-sets/retail", "qunxiang://catalogue/retail"]
    assert "# 青禾生活" in about
    assert "- 上个月各大区销售额跟去年同期比" in about
    assert "## Metrics (2)" in catalogue
    assert "- `sales` Sales" in catalogue
    assert one.startswith("# Sales\n\n- Meaning:")


async def test_prompts_are_the_sample_questions_of_each_data_set(home: House) -> None:
    async with home.client() as client:
        listed = [one.name for one in (await client.list_prompts()).prompts]
        got = await client.get_prompt("second-2", {"language": "zh"})
        with pytest.raises(MCPError, match="retail-1"):
            await client.get_prompt("retail-11")
    assert listed == ["retail-1", "retail-2", "retail-3", "second-1", "second-2", "second-3"]
    assert got.messages[0].content.text == "请用 ask 工具（data_set 为 second）回答：上个月各大区销售额跟去年同期比"


async def test_plain_clients_get_the_data_as_text_too(home: House) -> None:
    async with home.client() as client:
        result = await client.call_tool("search_catalogue", {"words": "sales"})
    assert json.loads(words(result)) == result.structured_content
