"""`qunxiang questions`: what the commands print, change and how they end, over a shop with two customers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.channels.cli_memory import app
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.memory.store import FeedbackStore
from assistant.memory.types import Feedback, FeedbackKind, Item
from assistant.observability.audit import Asked, sql_audit
from semantic_layer.query.codec import plan_to_json
from tests.assistant.memory.conftest import ORDERS, SALES
from tests.semantic_layer.model.small_model import METRICS, POLICY, write_model
from tools.storage import Storage, open_storage

ADMIN = "- name: admin\n  label: {zh: 管理员, en: admin}\n  entities: all\n  review: true\n"
NOW = datetime.now(UTC)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "corner_shop"
    write_model(folder / "model", policies=POLICY.replace("roles:\n", f"roles:\n{ADMIN}"))
    (folder / "data").mkdir()
    (folder / "data" / "customers.csv").write_text(
        "customer_key,gender,birthday,city\n1,女,1990-01-01,上海\n2,男,1980-01-01,北京\n", encoding="utf-8"
    )
    (folder / "data" / "orders.csv").write_text(
        "order_id,customer_key,ordered_at,amount\n1,1,2026-10-01 10:00:00,5.5\n2,2,2026-10-31 10:00:00,4.5\n",
        encoding="utf-8",
    )
    for name, value in {"HOME": tmp_path / "home", "DATA": folder, "ROLE": "admin", "USER": "olga"}.items():
        monkeypatch.setenv(f"QUNXIANG_{name}", str(value))
    return folder


@pytest.fixture
def storage(company: Path, tmp_path: Path) -> Storage:
    return open_storage(f"sqlite:///{(tmp_path / 'home' / 'state.sqlite').resolve()}")


@pytest.fixture
def item(storage: Storage) -> Item:
    """Somebody liked what a model read, somebody else chose another plan."""
    store: FeedbackStore = SqlFeedbackStore(storage)
    found = Item(
        id="q123", data_set="corner_shop", question="卖得怎么样？", language="zh", opened_at=NOW, last_seen=NOW
    )
    for number, (kind, plan) in enumerate(((FeedbackKind.THUMB, SALES), (FeedbackKind.CHOICE, ORDERS))):
        packed = plan_to_json(plan)
        said = Feedback(
            id=f"f{number}", at=NOW, who=f"person {number}", data_set="corner_shop", kind=kind, answer=f"a{number}",
            question="卖得怎么样？", language="zh", plan=packed, corrected=packed, good=True, understood_by="model",
            comment="够清楚了" if number else "",
        )  # fmt: skip
        store.write(said, None if number else found)
    return found


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_nothing_there_is_said(company: Path) -> None:
    assert run("list").stdout == "There are no reviewed questions yet.\n"
    assert run("queue", "--language", "zh").stdout == "没有等待审核的问题。\n"
    assert run("check").stdout == "All 0 reviewed questions hold.\n"
    assert run("gaps").stdout == "All 0 questions of this time were served.\n"
    assert json.loads(run("list", "--json").stdout) == []


def test_from_the_queue_to_the_list_and_back(company: Path, item: Item) -> None:
    queue = run("queue")
    assert queue.exit_code == 0
    assert queue.stdout.splitlines()[0].startswith("q123  卖得怎么样？  (2 times, 2 people;")
    assert "  1. " in queue.stdout
    assert "  2. " in queue.stdout
    assert "“够清楚了”" in queue.stdout
    assert "person" not in queue.stdout
    unclear = run("approve", "q123")
    assert unclear.exit_code == 1
    assert "2 plans were proposed" in unclear.stdout
    approved = run(
        "approve", "q123", "--plan", 2, "--question", "订了多少？", "--question", "How many orders were made?"
    )
    assert approved.exit_code == 0, approved.stdout
    assert "approved.yml:4" in approved.stdout
    assert (company / "reviewed" / "approved.yml").exists()
    (listed,) = json.loads(run("list", "--json").stdout)
    assert (listed["id"], listed["zh"], listed["approved_by"]) == ("q123", ["订了多少？"], "olga")
    assert listed["plan"]["steps"][0]["metrics"] == ["orders"]
    assert "订了多少？ | How many orders were made?" in run("list").stdout
    assert run("queue").stdout == "Nothing waits for a reviewer.\n"
    again = run("approve", "q123", "--plan", 1)
    assert (again.exit_code, "Somebody has just decided" in again.stdout) == (1, True)
    assert run("withdraw", "q123").exit_code == 0
    assert json.loads(run("list", "--json").stdout) == []


def test_plans_in_words_and_as_json(company: Path, item: Item) -> None:
    assert run("approve", "q123", "--plan", "销售额是多少").exit_code == 0
    assert run("withdraw", "q123").exit_code == 0
    assert run("approve", "q123", "--plan", '{"is": "query", "metrics": ["orders"]}').exit_code == 0
    assert run("withdraw", "q123").exit_code == 0
    refused = run("approve", "q123", "--plan", '{"is": "query", "metrics": ["order"]}')
    assert (refused.exit_code, "orders" in refused.stdout) == (1, True)
    assert run("approve", "q123", "--plan", "9").exit_code == 2


def test_rejecting(company: Path, item: Item) -> None:
    assert run("reject", "q123").exit_code == 2
    assert run("reject", "q123", "--why", "two meanings").exit_code == 0
    assert run("queue").stdout == "Nothing waits for a reviewer.\n"
    assert run("withdraw", "q123").exit_code == 0
    assert "q123" in run("queue", "--json").stdout
    unknown = run("reject", "q124", "--why", "x", "--language", "zh")
    assert (unknown.exit_code, "q123" in unknown.stdout) == (1, True)


def test_without_the_right_nothing_is_shown_or_done(company: Path, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNXIANG_ROLE", "analyst")
    for arguments in (["queue"], ["list"], ["gaps"], ["approve", "q123", "--plan", "1"], ["withdraw", "q123"]):
        refused = run(*arguments)
        assert refused.exit_code == 1
        assert "QUNXIANG_ROLE" in refused.stdout
        assert "admin" in refused.stdout


def test_check_tells_what_a_definition_change_broke_with_its_place(company: Path, item: Item) -> None:
    run("approve", "q123", "--plan", "1")
    write_model(
        company / "model",
        metrics=METRICS.replace("name: orders", "name: order_count")
        .replace("denominator: orders", "denominator: order_count")
        .replace("having: orders >= 2", "having: order_count >= 2"),
        tags="tags: []\n",
        company="conventions: {as_of_from: order.ordered_at}\n",
        policies=POLICY.replace("roles:\n", f"roles:\n{ADMIN}"),
    )
    assert run("check").exit_code == 0
    run("withdraw", "q123")
    file = company / "reviewed" / "approved.yml"
    file.write_text(
        "questions:\n- {id: a, zh: 订单数是多少, plan: {is: query, metrics: [order_counts]}, approved_by: olga, approved_on: 2026-11-01}\n"
        "- {id: b, zh: 销售额是多少, plan: {is: query, metrics: [sales]}, approved_by: olga, approved_on: 2026-11-01}\n"
        "- {id: c, zh: 别的, approved_by: olga, approved_on: 2026-11-01}\n",
        encoding="utf-8",
    )
    found = run("check")
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert lines[0] == "1 hold; 2 need attention:"
    assert f"{file}:4: error: questions[c].plan" in lines[1]
    assert f"{file}:2: a: needs review:" in lines[2]
    assert "order_count" in lines[2]
    issues = json.loads(run("check", "--json").stdout)
    assert [issue["line"] for issue in issues] == [4, 2]
    queue = run("queue")
    assert "needs review:" in queue.stdout
    assert "Faults of the files:" in queue.stdout


def test_gaps_are_printed_by_frequency(company: Path, storage: Storage) -> None:
    audit = sql_audit(storage)
    for number in range(3):
        audit.record(
            Asked(
                id=f"r{number}", who=f"person {number % 2}", at=NOW, data_set="corner_shop", question="销售毛额是多少",
                outcome="clarification", unexplained=("销售毛额",),
            )
        )  # fmt: skip
    printed = run("gaps", "--days", 1).stdout
    assert printed.splitlines()[0].startswith("3 questions since ")
    assert "3 times, 2 people  销售毛额  (word not known;" in printed
    assert "near: 销售额" in printed
    assert "person 1" not in printed
    data = json.loads(run("gaps", "--json").stdout)
    assert [(gap["kind"], gap["count"], gap["people"]) for gap in data["gaps"]] == [
        ("word", 3, 2),
        ("asked_back", 3, 2),
    ]


def test_data_that_cannot_be_opened_ends_with_two(company: Path) -> None:
    missing = run("list", "--data", company / "nowhere")
    assert missing.exit_code == 2
    (company / "model" / "metrics.yml").write_text("metrics: [", encoding="utf-8")
    assert run("check").exit_code == 2


def test_every_command_has_an_example() -> None:
    for name in ("list", "queue", "approve", "reject", "withdraw", "check", "gaps"):
        told = run(name, "--help")
        assert told.exit_code == 0
        assert f"Example: qunxiang questions {name}" in told.stdout
