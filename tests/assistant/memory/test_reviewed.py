"""The store of reviewed questions: found by wording, set aside when definitions change, read anew when a file changes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.memory.checking import LayerCheck, check_pairs, everything
from assistant.memory.folders import ReviewedFolders
from assistant.memory.holds import AnyPlan
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.types import Fault
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError, InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import (
    Card,
    Catalogue,
    Define,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Occurrence,
    Overlap,
    Plan,
    Profile,
    Retention,
    SaveSegment,
    Step,
    WhyMember,
)
from semantic_layer.query.predicate import Compare, InSegment
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Audience, ByField, Query
from tests.assistant.memory.conftest import ORDERS, POLICY, SALES, SHANGHAI, layer_of, pair
from tests.semantic_layer.model.small_model import METRICS, write_model

PEOPLE = Audience(where=Compare("customer.city", "=", "上海"))
BOUGHT = Occurrence(entity="order")


@pytest.fixture
def check() -> AnyPlan:
    return AnyPlan()


@pytest.fixture
def store(folders: ReviewedFolders, check: AnyPlan) -> ReviewedStore:
    return ReviewedStore(folders, check)


def test_a_question_is_found_however_it_is_typed(store: ReviewedStore) -> None:
    added = store.add(pair(en=("What are sales?",)))
    assert store.match(" 销售额 是多少 ?") == added
    assert store.match("WHAT ARE SALES") == added
    assert store.match("销售额是多少万？") is None
    assert store.match("") is None
    assert store.match("销售额是多少" + "？" * 3_000) is None
    assert Path(added.file) == store.folders.own / "approved.yml"


def test_it_is_there_for_who_opens_the_files_later(store: ReviewedStore, folders: ReviewedFolders) -> None:
    added = store.add(pair())
    assert ReviewedStore(folders, AnyPlan()).pairs() == (added,)
    assert [path.name for path in folders.own.iterdir()] == ["approved.yml"]


def test_the_definitions_do_not_change_by_it(shop: Path, store: ReviewedStore) -> None:
    before = load_definitions(shop)
    store.add(pair())
    assert (shop.parent / "reviewed" / "approved.yml").exists()
    assert load_definitions(shop) == before


def test_a_file_that_changes_is_read_without_a_restart(store: ReviewedStore) -> None:
    store.add(pair())
    file = store.folders.own / "approved.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("metrics: [sales]", "metrics: [orders]"), encoding="utf-8")
    found = store.match("销售额是多少")
    assert found is not None
    assert found.plan == ORDERS
    (store.folders.own / "more.yml").write_text(
        text.replace("销售额是多少？", "卖了多少").replace("id: p1", "id: p2"), encoding="utf-8"
    )
    assert [one.id for one in store.pairs()] == ["p1", "p2"]
    file.unlink()
    assert [one.id for one in store.pairs()] == ["p2"]


def test_an_edit_with_a_fault_leaves_the_rest_working(store: ReviewedStore) -> None:
    store.add(pair())
    store.add(pair("p2", ORDERS, ("订单数是多少？",)))
    file = store.folders.own / "approved.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("metrics: [sales]", "metrics: [sales"), encoding="utf-8")
    assert store.match("销售额是多少") is None
    assert store.match("订单数是多少") is not None
    assert [issue.file for issue in store.faults()] == [str(file)]
    added = store.add(pair("p3", SHANGHAI, ("上海的客户",)))
    assert store.match("上海的客户") == added
    assert "plan: {is: query, metrics: [sales}" in file.read_text(encoding="utf-8")


def test_two_plans_for_one_question_are_told_and_neither_is_used(store: ReviewedStore) -> None:
    store.add(pair(zh=("销售额是多少？", "卖了多少")))
    text = (store.folders.own / "approved.yml").read_text(encoding="utf-8")
    other = text.replace("id: p1", "id: p2").replace("[sales]", "[orders]").replace("卖了多少", "订了多少")
    (store.folders.own / "other.yml").write_text(other, encoding="utf-8")
    assert [store.match(said) for said in ("销售额是多少", "卖了多少", "订了多少")] == [None, None, None]
    (issue,) = store.faults()
    assert (issue.key, issue.severity) == ("questions[p2].plan", "error")
    assert "p1" in issue.message
    assert "approved.yml" in issue.message


def test_the_same_pair_twice_is_a_warning_and_is_used(store: ReviewedStore) -> None:
    store.add(pair())
    text = (store.folders.own / "approved.yml").read_text(encoding="utf-8")
    (store.folders.own / "other.yml").write_text(text.replace("id: p1", "id: p2"), encoding="utf-8")
    assert [issue.severity for issue in store.faults()] == ["warning"]
    assert store.match("销售额是多少") is not None


def test_an_id_twice_is_told_and_the_first_is_used(store: ReviewedStore) -> None:
    store.add(pair())
    text = (store.folders.own / "approved.yml").read_text(encoding="utf-8")
    (store.folders.own / "other.yml").write_text(text.replace("销售额是多少", "卖了多少"), encoding="utf-8")
    assert "is taken by" in store.faults()[0].message
    assert store.match("销售额是多少") is not None
    assert store.match("卖了多少") is None


def test_another_plan_for_a_question_is_refused(store: ReviewedStore) -> None:
    store.add(pair())
    with pytest.raises(InvalidPlanError) as refused:
        store.add(pair("p2", ORDERS, ("销售额 是多少",)))
    assert refused.value.suggestions == ("p1",)
    assert [one.id for one in store.pairs()] == ["p1"]


def test_adding_again_changes_nothing_and_another_plan_takes_its_place(store: ReviewedStore) -> None:
    store.add(pair())
    file = store.folders.own / "approved.yml"
    before = file.read_text(encoding="utf-8")
    store.add(pair(note="again"))
    assert file.read_text(encoding="utf-8") == before
    store.add(pair(plan=ORDERS))
    assert [one.plan for one in store.pairs()] == [ORDERS]


def test_removing(store: ReviewedStore) -> None:
    store.add(pair())
    store.remove("p1")
    assert store.match("销售额是多少") is None
    with pytest.raises(UnknownNameError):
        store.remove("p1")


def test_a_plan_that_does_not_hold_is_never_used_nor_added(store: ReviewedStore, check: AnyPlan) -> None:
    store.add(pair())
    store.add(pair("p2", ORDERS, ("销售额是多少呀真的",)))
    check.faults[plan_to_json(SALES)] = Fault(Text("没有", "gone"), ("orders",))
    assert store.match("销售额是多少") is None
    assert [one.id for one in store.near("销售额是多少", 5, "zh")] == ["p2"]
    (aside,) = store.set_aside()
    assert aside.said.en == "needs review: gone Near: orders."
    assert aside.said.zh == "需要复核：没有相近的有：orders。"
    assert aside.issue.line == 4
    with pytest.raises(InvalidPlanError):
        store.add(pair("p3", SALES, ("别的",)))


class Backwards:
    """Ranks the last candidate first."""

    def ranked(self, text: str, candidates: Sequence[str], limit: int) -> Sequence[tuple[int, float]]:
        return [(place, 1.0) for place in reversed(range(len(candidates)))][:limit]


def test_near_questions_are_those_of_the_language_each_once(folders: ReviewedFolders, store: ReviewedStore) -> None:
    store.add(pair("p1", SALES, ("上海的销售额", "上海卖了多少"), en=("Sales in Shanghai",)))
    store.add(pair("p2", ORDERS, ("上海的订单数",)))
    store.add(pair("p3", SHANGHAI, ("北京呢呢呢",), en=("People of Shanghai",)))
    assert [one.id for one in store.near("上海的销售额是多少", 2, "zh")] == ["p1", "p2"]
    assert [one.id for one in store.near("sales of people", 5, "en")] == ["p3", "p1"]
    assert store.near("", 5, "zh") == ()
    ranked = ReviewedStore(folders, AnyPlan(), Backwards())
    assert [one.id for one in ranked.near("x", 2, "zh")] == ["p3", "p2"]


def test_a_definition_change_sets_a_pair_aside_and_back(shop: Path, folders: ReviewedFolders) -> None:
    def check() -> LayerCheck:
        layer = layer_of(shop)
        return LayerCheck(layer, layer.index, everything(POLICY))

    store = ReviewedStore(folders, check())
    store.add(pair())
    store.add(pair("p2", ORDERS, ("订单数",)))
    write_model(
        shop,
        metrics=METRICS.replace("name: sales", "name: sale")
        .replace("numerator: sales", "numerator: sale")
        .replace("expr: sales * 0.87", "expr: sale * 0.87")
        .replace("inputs: [sales]", "inputs: [sale]"),
        tags="tags: []\n",
        company="conventions: {as_of_from: order.ordered_at}\n",
    )
    store.under(check())
    assert store.match("销售额是多少") is None
    assert store.match("订单数") is not None
    (aside,) = store.set_aside()
    assert aside.fault.nearest[0] == "sale"
    assert "sale" in aside.issue.remedy
    write_model(shop)
    store.under(check())
    assert store.match("销售额是多少") is not None
    assert store.set_aside() == ()


def test_the_version_checked_against_is_noted_and_nothing_else_changes(store: ReviewedStore, check: AnyPlan) -> None:
    store.add(pair("p1", definitions="1"))
    store.add(pair("p2", ORDERS, ("订单数",), definitions="1"))
    file = store.folders.own / "approved.yml"
    by_hand = (
        file.read_text(encoding="utf-8").replace("  definitions: '1'\n", "  # no version yet\n", 1) + "# the end\n"
    )
    file.write_text(by_hand, encoding="utf-8")
    newer = AnyPlan("0e49151c94f7")
    store.under(newer)
    newer.faults[plan_to_json(ORDERS)] = Fault(Text("没有", "gone"))
    assert store.mark_checked() == 1
    assert [one.definitions for one in store.pairs()] == ["0e49151c94f7", "1"]
    newer.faults.clear()
    assert store.mark_checked() == 1
    assert [one.definitions for one in store.pairs()] == ["0e49151c94f7", "0e49151c94f7"]
    assert store.mark_checked() == 0
    text = file.read_text(encoding="utf-8")
    assert "# no version yet" in text
    assert text.endswith("# the end\n")
    assert text.count("definitions:") == 2
    digits = AnyPlan("012345670123")
    store.under(digits)
    assert store.mark_checked() == 2
    assert {one.definitions for one in store.pairs()} == {"012345670123"}


STEPS: list[tuple[Step, bool]] = [
    (Query(metrics=("sales",), by=(ByField("customer.city"),)), True),
    (Query(metrics=("sale",)), False),
    (Query(metrics=("sales",), by=(ByField("customer.town"),)), False),
    (Query(metrics=("sales",), limit=0), False),
    (ListPeople(PEOPLE), True),
    (ListPeople(Audience(where=Compare("customer.town", "=", "上海"))), False),
    (ListPeople(Audience(where=InSegment("nobody"))), False),
    (Profile(PEOPLE), True),
    (Profile(PEOPLE, Audience(where=Compare("customer.age", ">", 30))), True),
    (Profile(PEOPLE, Audience(where=Compare("customer.aged", ">", 30))), False),
    (Overlap((PEOPLE, Audience(where=Compare("customer.gender", "=", "女")))), True),
    (Overlap((PEOPLE, Audience(where=Compare("customer.sex", "=", "女")))), False),
    (Define("sales"), True),
    (Define("customer.city"), True),
    (Define("sale"), False),
    (Catalogue(), True),
    (Export(audience=PEOPLE), True),
    (Export(query=Query(metrics=("sale",))), False),
    (Retention(start=BOUGHT, back=BOUGHT), True),
    (Retention(start=BOUGHT, back=Occurrence(entity="visit")), False),
    (Funnel(steps=(BOUGHT, BOUGHT)), True),
    (Funnel(steps=(BOUGHT, Occurrence(entity="visit"))), False),
    (Explain(metric="sales", time=Calendar(Grain.MONTH, -1)), True),
    (Explain(metric="sale", time=Calendar(Grain.MONTH, -1)), False),
    (Explain(metric="sales", time=Calendar(Grain.MONTH, -1), by=("customer.town",)), False),
    (Card("M1"), False),
    (WhyMember("M1", PEOPLE), False),
    (SaveSegment("x", PEOPLE), False),
]


@pytest.mark.parametrize(("step", "holds"), STEPS)
def test_every_kind_of_plan_is_checked(shop: Path, step: Step, holds: bool) -> None:
    layer = layer_of(shop)
    found = check_pairs([pair(plan=Plan((step,)))], layer, layer.index, everything(POLICY))
    assert (found == ()) is holds
    assert all(issue.fault.reason.zh and issue.fault.reason.en for issue in found)
    assert layer.engine.asked == []  # type: ignore[attr-defined]  # the fake engine's own


def test_an_empty_plan_and_a_policy_without_roles_do_not_hold(shop: Path) -> None:
    layer = layer_of(shop)
    assert check_pairs([pair(plan=Plan(()))], layer, layer.index, everything(POLICY))
    assert check_pairs([pair()], layer, layer.index, everything(Policy(roles=())))
    assert check_pairs([pair()], layer, layer.index, User(name="x", roles=("nobody",)))


def test_segments_come_and_go_without_the_definitions(shop: Path) -> None:
    layer = layer_of(shop)
    check = LayerCheck(layer, layer.index, everything(POLICY))
    plan = Plan((ListPeople(Audience(where=InSegment("vip"))),))
    assert check.fault(plan) is not None
    layer.segments._segments["vip"] = PEOPLE  # type: ignore[attr-defined]  # the fake's own
    assert check.fault(plan) is None


def test_approvals_go_home_when_the_folder_cannot_be_written(folders: ReviewedFolders) -> None:
    folders.own.write_text("a file where the folder should be", encoding="utf-8")
    store = ReviewedStore(folders, AnyPlan())
    added = store.add(pair())
    assert Path(added.file) == folders.home / "approved.yml"
    assert folders.said is not None
    assert str(folders.home) in folders.said.zh
    assert store.match("销售额是多少") == added
    store.remove("p1")
    assert store.pairs() == ()


def test_approvals_go_home_from_an_installed_package(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "site-packages" / "shop" / "model"
    package.mkdir(parents=True)
    folders = ReviewedFolders.of(package, tmp_path / "home", "shop")
    assert folders.target == tmp_path / "home" / "shop" / "reviewed"
    (package.parent / "reviewed").mkdir()
    shipped = ReviewedStore(ReviewedFolders(own=tmp_path / "made", home=tmp_path / "other"), AnyPlan())
    shipped.add(pair())
    (tmp_path / "made" / "approved.yml").rename(package.parent / "reviewed" / "questions.yml")
    store = ReviewedStore(folders, AnyPlan("9"))
    store.add(pair("p2", ORDERS, ("订单数",)))
    assert [one.id for one in store.pairs()] == ["p1", "p2"]
    assert store.mark_checked() == 1
    assert [one.definitions for one in store.pairs()] == ["", "9"]


def test_when_nothing_can_be_written_it_is_said(folders: ReviewedFolders) -> None:
    for folder in (folders.own, folders.home):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.write_text("a file", encoding="utf-8")
    with pytest.raises(DataError) as refused:
        ReviewedStore(folders, AnyPlan()).add(pair())
    assert str(folders.home) in refused.value.message.en


def test_several_writers_at_once_lose_nothing(folders: ReviewedFolders) -> None:
    stores = [ReviewedStore(folders, AnyPlan()) for _ in range(4)]

    def write(number: int) -> None:
        for turn in range(5):
            stores[number].add(pair(f"p{number}{turn}", zh=(f"问题 {number} 之 {turn}",)))
            stores[number].match("x")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(ReviewedStore(folders, AnyPlan()).pairs()) == 20
    assert [path.name for path in folders.own.iterdir()] == ["approved.yml"]


@pytest.mark.slow
def test_ten_thousand_pairs_open(folders: ReviewedFolders) -> None:
    folders.own.mkdir()
    block = "- id: p{0}\n  zh: [第{0}个城市的销售额, 城市{0}卖了多少]\n  en: [Sales of city {0}]\n  plan:\n    is: query\n    metrics: [sales]\n    where: {{is: compare, field: customer.city, op: '=', value: c{0}}}\n  approved_by: olga\n  approved_on: 2026-11-01\n"
    text = "questions:\n" + "".join(block.format(number) for number in range(10_000))
    (folders.own / "many.yml").write_text(text, encoding="utf-8")
    store = ReviewedStore(folders, AnyPlan())
    found = store.match("城市 777 卖了多少？")
    assert found is not None
    assert found.id == "p777"
    assert store.near("城市888卖了多少呢", 1, "zh")[0].id == "p888"
    assert len(store.pairs()) == 10_000
    assert store.faults() == ()


def test_the_retail_definitions_read_no_reviewed_files() -> None:
    retail = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"
    assert not list(retail.glob("reviewed*"))
    assert ModelIndex(load_model(retail)).model.version
