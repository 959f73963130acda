"""Reviewed questions, feedback and the queue under bad input: each fault is told, and what was there before is still there."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assistant.memory.folders import ReviewedFolders
from assistant.memory.holds import AnyPlan
from assistant.memory.review import ReviewQueue
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.memory.store import FeedbackInMemory
from assistant.memory.types import Approve, Feedback, FeedbackKind, ReviewedQuestion
from semantic_layer.errors import DataError, InvalidPlanError, UserError
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query
from tools.storage import open_storage

AT = datetime(2026, 11, 1, tzinfo=UTC)
OWNER = User(name="olga", roles=("admin",))
POLICY = Policy(roles=(RolePolicy(name="admin", review=True),))
SALES = Plan((Query(metrics=("sales",)),))
GOOD = (
    "- {id: good, zh: 销售额是多少, plan: {is: query, metrics: [sales]}, approved_by: olga, approved_on: 2026-11-01}\n"
)


@pytest.fixture
def folders(tmp_path: Path) -> ReviewedFolders:
    (tmp_path / "shop" / "reviewed").mkdir(parents=True)
    return ReviewedFolders(own=tmp_path / "shop" / "reviewed", home=tmp_path / "home" / "shop" / "reviewed")


def store_of(folders: ReviewedFolders, text: str) -> ReviewedStore:
    (folders.own / "own.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    return ReviewedStore(folders, AnyPlan())


SPOILT = [
    "- {id: bad, zh: [, plan: {}}\n",
    '- id: bad\n  zh: "never closed\n',
    "- id: bad\n\tzh: 制表符\n",
    "- null\n",
    "- [a, b]\n",
    "- {id: bad, zh: 甲, plan: {is: query, metrics: sales}, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: 甲, plan: {is: query, metrics: [sales], limit: 1.5}, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: 甲, plan: {is: query, metrics: [sales], by: [{is: by_field}]}, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: 甲, plan: {is: SELECT, sql: 'DROP TABLE x'}, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: 甲, plan: !!python/object:os.system {}, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: 甲, plan: *nowhere, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: {a: b}, plan: {is: query, metrics: [sales]}, approved_by: o, approved_on: 2026-11-01}\n",
    "- {id: bad, zh: 甲, plan: {is: query, metrics: [sales]}, approved_by: o, approved_on: 2026-13-45}\n",
    f"- {{id: bad, zh: 甲, plan: {'[' * 200}{']' * 200}, approved_by: o, approved_on: 2026-11-01}}\n",
]


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_spoilt_question_is_told_and_the_good_one_works(folders: ReviewedFolders, spoilt: str, place: str) -> None:
    store = store_of(folders, "questions:\n" + (spoilt + GOOD if place == "before" else GOOD + spoilt))
    found = store.match("销售额是多少？")
    assert found is not None
    assert found.plan == SALES
    assert store.faults()
    for issue in store.faults():
        assert issue.file.endswith("own.yml")
        assert issue.line >= 2
        assert issue.remedy


def test_a_plan_nested_too_deep_is_told(folders: ReviewedFolders) -> None:
    where = "{is: not, item: " * 80 + "{is: is_null, field: a.b}" + "}" * 80
    text = f"- {{id: bad, zh: 甲, plan: {{is: query, metrics: [sales], where: {where}}}, approved_by: o, approved_on: 2026-11-01}}\n"
    store = store_of(folders, "questions:\n" + GOOD + text)
    assert "nested deeper" in store.faults()[0].message
    assert store.match("销售额是多少") is not None


@pytest.mark.parametrize("text", ["questions: 3\n", "- a\n", "\x00\x00", "{" * 3000, "a: &a [*a]\n", "\ud800"])
def test_a_file_of_something_else_takes_no_other_file_with_it(folders: ReviewedFolders, text: str) -> None:
    (folders.own / "good.yml").write_text("questions:\n" + GOOD, encoding="utf-8")
    store = store_of(folders, text)
    assert store.match("销售额是多少") is not None
    assert store.faults()
    added = store.add(pair("另一个问题"))
    assert store.match("另一个问题") == added


def test_a_folder_where_a_file_is_meant(folders: ReviewedFolders) -> None:
    (folders.own / "own.yml").mkdir()
    store = ReviewedStore(folders, AnyPlan())
    assert store.pairs() == ()
    (folders.own / "approved.yml").mkdir()
    assert store.add(pair("问题")).file == str(folders.home / "approved.yml")


def pair(question: str, **more: str) -> ReviewedQuestion:
    return ReviewedQuestion(
        id="p1", plan=SALES, zh=(question,), approved_by="olga", approved_on=date(2026, 11, 1), **more
    )


@pytest.mark.parametrize(
    "question",
    [
        "带\u2028换行\u2029的问题", "引号 ' \" ` 和 # 冒号: {大括号} [方括号] & * ! | > % @", "- 开头的", "? 开头的问", "null", "yes",
        "2026-11-01", "1e5", "0x1F", "🙂 多少客户", "é 和 é 多少", "~多少", "a\\nb", "مبيعات", "销售额" * 100,
    ],
)  # fmt: skip
def test_any_wording_is_written_and_read_back(folders: ReviewedFolders, question: str) -> None:
    store = ReviewedStore(folders, AnyPlan())
    queue = queue_of(folders, store, FeedbackInMemory())
    queue.propose(like(question))
    (proposal,) = queue.view(OWNER).proposals
    approved = queue.approve(proposal.item.id, OWNER, Approve(note="注: # 'x'\n第二行"))
    fresh = ReviewedStore(folders, AnyPlan())
    assert fresh.match(question) == approved
    assert fresh.faults() == ()
    queue.withdraw(proposal.item.id, OWNER)
    assert ReviewedStore(folders, AnyPlan()).pairs() == ()


def test_what_is_too_long_for_a_wording_is_refused_and_stays_open(folders: ReviewedFolders) -> None:
    queue = queue_of(folders, ReviewedStore(folders, AnyPlan()), FeedbackInMemory())
    queue.propose(like("客" * 9_000))
    (proposal,) = queue.view(OWNER).proposals
    with pytest.raises(InvalidPlanError):
        queue.approve(proposal.item.id, OWNER)
    assert len(queue.view(OWNER).proposals) == 1
    queue.approve(proposal.item.id, OWNER, Approve(questions=("短一点的问题",)))


def test_half_characters_and_zero_bytes_are_kept_as_well_as_can_be(folders: ReviewedFolders, tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    store = ReviewedStore(folders, AnyPlan())
    queue = queue_of(folders, store, SqlFeedbackStore(engine))
    queue.propose(like("坏\ud800字\x00问题", comment="\udfff", who="a\ud800"))
    (proposal,) = queue.view(OWNER).proposals
    assert (proposal.item.question, proposal.remarks) == ("坏?字问题", ("?",))
    queue.approve(proposal.item.id, OWNER)
    assert store.match("坏\ud800字问题") is not None
    engine.dispose()


@pytest.mark.parametrize(
    "plan", ["", "{", '{"version": 9, "value": {}}', '{"version": 1, "value": {"steps": [{"is": "x"}]}}']
)
def test_a_stored_plan_that_cannot_be_read_is_told(folders: ReviewedFolders, plan: str) -> None:
    queue = queue_of(folders, ReviewedStore(folders, AnyPlan()), FeedbackInMemory())
    queue.propose(like("问题", kind=FeedbackKind.CORRECTION, correction="是这样", corrected=plan))
    (proposal,) = queue.view(OWNER).proposals
    with pytest.raises(InvalidPlanError):
        queue.approve(proposal.item.id, OWNER)
    queue.approve(proposal.item.id, OWNER, Approve(plan=SALES))


def test_a_locked_database_is_told_and_the_approval_is_found_later(folders: ReviewedFolders, tmp_path: Path) -> None:
    file = tmp_path / "app.db"
    engine = open_storage(f"sqlite:///{file}")
    kept = SqlFeedbackStore(engine)
    store = ReviewedStore(folders, AnyPlan())
    queue = queue_of(folders, store, kept)
    queue.propose(like("问题"))
    (proposal,) = queue.view(OWNER).proposals
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE review_items RENAME TO elsewhere")
    with pytest.raises(DataError):
        queue.approve(proposal.item.id, OWNER)
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO review_items")
    queue.approve(proposal.item.id, OWNER)
    assert store.match("问题") is not None
    engine.dispose()


def test_questions_are_answered_while_files_change_under_them(folders: ReviewedFolders) -> None:
    store = store_of(folders, "questions:\n" + GOOD)
    ended = threading.Event()
    wrong: list[object] = []

    def ask() -> None:
        while not ended.is_set():
            try:
                found = store.match("销售额是多少")
                store.near("销售额", 2, "zh")
            except UserError as error:
                wrong.append(error)
                return
            if found is not None and found.plan != SALES:
                wrong.append(found)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for one in askers:
        one.start()
    for turn in range(30):
        (folders.own / "own.yml").write_text("questions:\n" + GOOD + "- {id: [\n" * (turn % 2), encoding="utf-8")
        (folders.own / f"more{turn % 3}.yml").write_text("[" * turn, encoding="utf-8")
        (folders.own / f"more{(turn + 1) % 3}.yml").unlink(missing_ok=True)
    ended.set()
    for one in askers:
        one.join()
    assert wrong == []
    assert store.match("销售额是多少") is not None


def like(question: str, **more: object) -> Feedback:
    given = {
        "who": "ana",
        "kind": FeedbackKind.THUMB,
        "plan": plan_to_json(SALES),
        "good": True,
        "understood_by": "model",
        **more,
    }
    return Feedback(id="f1", at=AT, data_set="shop", answer="a1", question=question, language="zh", **given)  # type: ignore[arg-type]


def queue_of(folders: ReviewedFolders, store: ReviewedStore, kept: FeedbackInMemory | SqlFeedbackStore) -> ReviewQueue:
    return ReviewQueue(kept, store, POLICY, data_set="shop", clock=lambda: AT, new_id=lambda: "abcdef123456")
