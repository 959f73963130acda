"""The door through pipes: a program of its own, spoken to by the official client."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from typer.testing import CliRunner

from assistant.accounts.types import KeyRefusedError
from assistant.channels.cli_mcp import Entry, app_over, serve
from assistant.channels.mcp.callers import NO_KEY_HERE, caller_of
from assistant.settings import Settings
from semantic_layer.errors import DataError, DefinitionError, Issue, Text
from tests.assistant.channels.mcp.scene import Clock, Ids, KeyedAccess, Person, account

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = "tests.assistant.channels.mcp.stdio_program"


def entry(opened) -> Entry:
    return Entry(opened=opened, clock=Clock(), new_id=Ids())


@pytest.mark.anyio
async def test_a_program_is_served_through_pipes_and_nothing_else_is_written_there(tmp_path: Path) -> None:
    (tmp_path / "with accounts").touch()
    person = Person()
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", PROGRAM, str(tmp_path), "mcp", "--data", "second"],
        env={**os.environ, "QUNXIANG_API_KEY": "ana's key"},
        cwd=ROOT,
    )
    begun = anyio.Event()

    async def heard(done: float, total: float | None, line: str | None) -> None:
        begun.set()

    with (tmp_path / "errors.txt").open("w") as errors:
        transport = stdio_client(started, errlog=errors)
        async with Client(transport, elicitation_callback=person) as client:
            tools = (await client.list_tools()).tools
            sets = (await client.call_tool("list_data_sets", {})).structured_content["data_sets"]
            people = await client.call_tool("ask", {"question": "上海有流失风险的高价值客户有哪些？"})
            await client.call_tool("save_segment", {"plan": people.structured_content["plan"], "name": "vip"})
            segments = (await client.call_tool("list_segments", {})).structured_content["segments"]
            async with anyio.create_task_group() as tasks:

                async def slow() -> None:
                    await client.call_tool("ask", {"question": "慢慢算"}, progress_callback=heard)

                tasks.start_soon(slow)
                await begun.wait()
                tasks.cancel_scope.cancel()
            with anyio.fail_after(10):
                while not (tmp_path / "told.txt").exists():  # noqa: ASYNC110  # written by another program
                    await anyio.sleep(0.01)
    assert (len(tools), [one["id"] for one in sets]) == (11, ["second"])
    assert [(one["name"], one["owner"]) for one in segments] == [("vip", "ana")]
    assert person.asked[0].startswith("Save a segment\nName: vip\nData set: Second data set")
    said = (tmp_path / "errors.txt").read_text(encoding="utf-8")
    assert "noise while the data is opened" in said
    assert "noise: cancelled" in said


def test_faults_of_definitions_and_keys_are_said_and_nothing_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    issue = Issue(file="a.yml", line=3, key="tag", message="is wrong.", remedy="Mend it.")

    def faulty(_: Settings) -> tuple[object, object]:
        raise DefinitionError([issue])

    def missing(_: Settings) -> tuple[object, object]:
        print("noise while the data is opened")
        raise DataError(Text("没有这个数据。", "There is no such data."))

    def keyed(_: Settings) -> tuple[object, object]:
        return object(), KeyedAccess()

    assert serve(Settings(), entry(faulty), None) == 1
    assert serve(Settings(), entry(missing), None) == 1
    assert serve(Settings(), entry(keyed), None) == 1
    assert serve(Settings(), entry(keyed), "wrong") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "a.yml:3" in printed.err
    assert "没有这个数据。\nThere is no such data." in printed.err
    assert NO_KEY_HERE.en in printed.err
    assert "This key was revoked." in printed.err


def test_the_command_explains_itself() -> None:
    def nothing(_: Settings) -> tuple[object, object]:
        raise DataError(Text("", ""))

    shown = CliRunner().invoke(app_over(entry(nothing)), ["mcp", "--help"]).output
    assert "qunxiang mcp --data retail" in shown


def test_the_person_at_the_machine_is_let_in_only_while_there_are_no_accounts() -> None:
    alone = KeyedAccess(local=account("local", "analyst"))
    caller = caller_of(alone, None, NO_KEY_HERE)
    assert (caller.holder.account.login, caller.renewed().holder.key.id) == ("local", "local")
    with pytest.raises(KeyRefusedError):
        caller_of(KeyedAccess(), None, NO_KEY_HERE)
