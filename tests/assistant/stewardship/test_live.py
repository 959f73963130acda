"""The ports of data owners over a real warehouse: the small company of three systems, every figure counted by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.bootstrap import share
from assistant.channels.opening import open_workspace
from assistant.channels.stewards import Stewards
from assistant.settings import Settings
from assistant.stewardship.people import Merge, RuleSwitch, Split, Undo
from assistant.stewardship.port import PeoplePort, SourcesPort
from assistant.stewardship.sources import Reading, SourceForm, SourceState
from assistant.stewardship.types import TaskState
from semantic_layer.errors import InvalidPlanError, NotAllowedError, UnknownNameError
from semantic_layer.policy.types import User
from tests.semantic_layer.ingestion.pipeline.company import MALL_LATER, write_company
from tools.ledger import SqlLedger

pytestmark = pytest.mark.slow

ANA, MIA = User(name="ana", roles=("admin",)), User(name="mia", roles=("marketer",))


class House:
    """The company, open with its pages' ports."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        settings = Settings(data=str(folder), home=home, role="admin", mode="offline")
        self.shared = share(settings)
        self.workspace = open_workspace(settings, shared=self.shared)
        self.stewards = Stewards(self.workspace, settings, self.shared)
        self.ports = self.stewards(str(folder))

    @property
    def sources(self) -> SourcesPort:
        assert self.ports.sources is not None
        return self.ports.sources

    @property
    def people(self) -> PeoplePort:
        assert self.ports.people is not None
        return self.ports.people

    def asked(self, question: str) -> str:
        reply = self.workspace.assistant(str(self.folder)).ask_once(question, ANA)
        assert isinstance(reply, Answer), reply
        return reply.text

    def settle(self) -> list[TaskState]:
        """Wait until nothing is under way; the states of all tasks, newest first."""
        assert self.ports.tasks is not None
        for _ in range(600):
            tasks = self.ports.tasks.tasks(user=ANA)
            if not any(task.open for task in tasks):
                return [task.state for task in tasks]
            time.sleep(0.05)
        raise AssertionError([task.message for task in tasks])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(write_company(tmp_path / "shop"), tmp_path / "home")
    yield made
    made.stewards.close()
    made.shared.close()


def test_sources_stand_there_with_their_state_and_are_loaded_again(house: House) -> None:
    rows = {row.name: row for row in house.sources.sources(user=MIA)}
    assert {name: (row.state, row.rows) for name, row in rows.items()} == {
        "crm": (SourceState.GOOD, 4), "mall": (SourceState.GOOD, 5), "till": (SourceState.GOOD, 2),
    }  # fmt: skip
    assert "466.40" in house.asked("销售额是多少")
    (house.folder / "raw" / "mall_02.csv").write_text(MALL_LATER, encoding="utf-8")
    with pytest.raises(NotAllowedError):
        house.sources.load("mall", user=MIA)
    house.sources.load("mall", user=ANA)
    assert house.settle() == [TaskState.DONE]
    assert "547.40" in house.asked("销售额是多少")  # 466.40 + 1 + 80; the order of a day that is none has no time
    assert [entry.rows_new for entry in house.sources.loads("mall", user=MIA)] == [2, 5]
    waiting = house.sources.quarantine("mall", rule="readable", user=ANA)
    assert [(row.field, row.value.text) for row in waiting.rows] == [("ordered_at", "2026-02-31")]
    said = house.sources.correct("mall", waiting.rows[0].id, "2026-02-28", user=ANA)
    assert "2026-02-28" in said.zh
    house.sources.load("mall", user=ANA)
    house.settle()
    assert "617.40" in house.asked("销售额是多少")


@pytest.mark.slow
def test_a_file_is_looked_at_mapped_saved_and_loaded(house: House) -> None:
    (house.folder / "raw" / "late.csv").write_text(
        "单号,电话,日期,金额\nL1,13922334466,2026-10-09,5.5\nL2,13922334466,2026-10-10,4.5\n", encoding="gb18030"
    )
    found = house.sources.inspect(Reading(address="raw/late.csv"), user=ANA)
    assert (found.delimiter, found.header, found.key) == (",", 1, ("单号",))
    assert [column.name for column in found.columns] == ["单号", "电话", "日期", "金额"]
    fields = {one.column: one.field for one in house.sources.propose(found, user=ANA)}
    assert fields["电话"] == "phone"
    form = SourceForm(
        name="late",
        reading=Reading(address="raw/late.csv"),
        mapping=(("单号", "order_id"), ("电话", "phone"), ("日期", "ordered_at"), ("金额", "paid")),
        key=("单号",),
    )
    for name, change in (("crm", {"name": "crm"}), ("twice", {"mapping": (("单号", "paid"), ("金额", "paid"))})):
        with pytest.raises(InvalidPlanError):
            house.sources.save(
                SourceForm(
                    **{"name": name, "reading": form.reading, "mapping": form.mapping, "key": ("单号",), **change}
                ),
                user=ANA,
            )
    house.sources.save(form, user=ANA)
    house.sources.load("late", user=ANA)
    assert house.settle() == [TaskState.DONE]
    assert "476.40" in house.asked("销售额是多少")


def test_who_may_not_see_people_finds_them_by_whole_values_and_sees_masks(house: House) -> None:
    assert [hit.customer for hit in house.people.search("138", user=ANA).hits] == [1]
    assert house.people.search("138", user=MIA).hits == ()
    (hit,) = house.people.search("13822334455", user=MIA).hits
    assert (hit.name.text, hit.facts[0].value.text) == ("张*", "138****4455")
    why = house.people.why(1, user=MIA)
    assert len(why.records) == 3
    shown = repr((why, house.people.card(1, user=MIA)))
    for hidden in ("张伟", "13822334455", "M00000001"):
        assert hidden not in shown
    with pytest.raises(UnknownNameError):
        house.people.card(99, user=ANA)


@pytest.mark.slow
def test_a_record_is_split_off_and_the_split_taken_back(house: House) -> None:
    (first, *_) = [record.id for record in house.people.why(1, user=ANA).records]
    split = Split(customer=1, records=(first,))
    assert [one.records for one in house.people.preview(split, user=ANA).after] == [2, 1]
    with pytest.raises(NotAllowedError):
        house.people.carry_out(split, user=MIA)
    done = house.people.carry_out(split, user=ANA)
    house.settle()
    assert "7 人" in house.asked("客户有多少")
    assert done.entry is not None
    house.people.carry_out(Undo(entry=done.entry), user=ANA)
    house.settle()
    assert "6 人" in house.asked("客户有多少")
    house.people.carry_out(Merge(customer=5, other=6), user=ANA)
    house.settle()
    assert "5 人" in house.asked("客户有多少")
    noted = [entry.who for entry in SqlLedger(house.shared.storage).entries(kind="stewardship")]
    assert noted == ["ana", "ana", "ana"]


@pytest.mark.slow
def test_a_rule_is_tried_before_it_is_turned(house: House) -> None:
    switch = RuleSwitch("member_no", on=False)
    with pytest.raises(InvalidPlanError):
        house.people.apply_rule(switch, user=ANA)
    house.people.try_rule(switch, user=ANA)
    house.settle()
    trial = house.people.tried(user=ANA)
    assert trial is not None
    assert trial.switch == switch
    assert house.people.tried(user=MIA) is None
    house.people.apply_rule(switch, user=ANA)
    house.settle()
    assert "off: [member_no]" in (house.folder / "identity.yml").read_text(encoding="utf-8")
    assert {rule.name: rule.on for rule in house.people.figures(user=ANA).rules}["member_no"] is False


@pytest.mark.slow
def test_a_person_is_deleted_with_the_code_only_and_does_not_come_back(house: House) -> None:
    plan = house.people.deletion(2, user=ANA)
    assert sum(place.rows for place in plan.places) > 0
    with pytest.raises(InvalidPlanError):
        house.people.delete(2, "yes", user=ANA)
    house.people.delete(2, plan.code, user=ANA)
    house.settle()
    assert "5 人" in house.asked("客户有多少")
    house.sources.load("crm", user=ANA)
    house.settle()
    assert "5 人" in house.asked("客户有多少")
    assert house.people.search("李娜", user=ANA).hits == ()
