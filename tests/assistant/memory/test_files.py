"""Files of reviewed questions: written so that people can read them, read so that one fault loses nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.memory.reading import PairReader
from assistant.memory.writing import HEAD, with_pair, without_pair
from semantic_layer.errors import DataError
from semantic_layer.query.plan import ChartKind, ListPeople, Plan
from semantic_layer.query.predicate import Among, And, Compare, Did
from semantic_layer.query.time import Calendar, Grain, Rolling
from semantic_layer.query.types import Audience, ByTime, Query
from tests.assistant.memory.conftest import pair

FILE = Path("approved.yml")
WRITTEN = """\
# 经数据负责人审核的问题及其查询计划。可以手工修改；下次提问时即生效。
# Questions that a data owner reviewed, with their plans. May be edited by hand; the next question uses it.
questions:
- id: p1
  zh: [销售额是多少？]
  en: ['What are sales: in total?', Sales]
  plan:
    is: query
    metrics: [sales]
    time: {is: calendar, unit: month, offset: -1}
  approved_by: olga
  approved_on: '2026-11-01'
  note: 上月
  definitions: 0e49151c94f7
"""
GOOD = """\
- id: {id}
  zh: {zh}
  plan: {{is: query, metrics: [sales]}}
  approved_by: olga
  approved_on: 2026-11-01
"""


def good(pair_id: str, zh: str) -> str:
    return GOOD.format(id=pair_id, zh=zh)


def test_what_is_written_is_what_a_person_would_write() -> None:
    plan = Plan((Query(metrics=("sales",), time=Calendar(Grain.MONTH, -1)),))
    written = pair(plan=plan, en=("What are sales: in total?", "Sales"), note="上月", definitions="0e49151c94f7")
    assert with_pair("", written, FILE, PairReader()) == WRITTEN
    read = PairReader().read(WRITTEN, FILE)
    assert read.issues == ()
    assert read.pairs == (written,)
    assert (read.pairs[0].file, read.pairs[0].line) == ("approved.yml", 4)


@pytest.mark.parametrize(
    "plan",
    [
        Plan((Query(metrics=("sales",), by=(ByTime(Grain.MONTH),)),), chart=ChartKind.LINE),
        Plan((ListPeople(Audience(where=Compare("customer.city", "=", "yes"), as_of=date(2026, 9, 1))),)),
        Plan(
            (ListPeople(Audience(where=Among("customer.no", ("007", "null", "1e3", 'a "b"', "c: #d", "2026-10-31")))),)
        ),
        Plan(
            (
                ListPeople(
                    Audience(where=And((Did(entity="order", time=Rolling(3, Grain.MONTH)), Compare("a.b", ">", 1.5))))
                ),
            )
        ),
        Plan((Query(metrics=("sales",)), Query(metrics=("orders",)))),
    ],
)
def test_plans_come_back_as_they_were(plan: Plan) -> None:
    written = pair(plan=plan)
    assert PairReader().read(with_pair("", written, FILE, PairReader()), FILE).pairs == (written,)


def test_what_people_wrote_around_stays_and_nothing_moves() -> None:
    own = f"# our questions\nquestions:\n# first\n{good('a', '甲')}\n# second\n{good('b', '乙')}# the end\n"
    more = with_pair(own, pair("c", zh=("丙",)), FILE, PairReader())
    assert more.startswith(own.rstrip())
    assert [one.id for one in PairReader().read(more, FILE).pairs] == ["a", "b", "c"]
    less = without_pair(more, "b", FILE, PairReader())
    assert "# second" in less
    assert "# first" in less
    assert [one.id for one in PairReader().read(less, FILE).pairs] == ["a", "c"]
    assert without_pair(with_pair(HEAD, pair(), FILE, PairReader()), "p1", FILE, PairReader()) == HEAD


def test_items_that_stand_further_right_are_followed() -> None:
    own = "questions:\n" + "".join(f"  {line}\n" for line in good("a", "甲").splitlines())
    more = with_pair(own, pair("b", zh=("乙",)), FILE, PairReader())
    assert [one.id for one in PairReader().read(more, FILE).pairs] == ["a", "b"]
    assert "\n  - id: b\n" in more


FAULTS = [
    ("zh: [乙", "Not readable as YAML"),
    ("plan: {is: query, metrics: [sales}", "Not readable as YAML"),
    ("plan: {is: qery, metrics: [sales]}", "is not known"),
    ("plan: {is: query, metrics: [sales], limit: many}", "expected"),
    ("plan: sales", "must be a mapping"),
    ("plan: {steps: []}", "no step"),
    ("approved_on: yesterday", "not a day"),
    ("approved_by: [olga, ada]", "must be a text"),
    ("zh: '？！'", "has no words"),
    ("colour: red", "not known here"),
    (f"en: {'a' * 501}", "501 characters"),
    ("id: again\n  id: b", "stands twice"),
]


@pytest.mark.parametrize(("line", "said"), FAULTS)
def test_one_fault_is_told_with_its_place_and_loses_nothing_else(tmp_path: Path, line: str, said: str) -> None:
    key = line.partition(":")[0]
    spoilt = [text for text in good("b", "乙").splitlines() if not text.strip(" -").startswith(f"{key}:")]
    if key == "id":
        spoilt.insert(0, f"- {line}")
    else:
        spoilt.append(f"  {line}")
    text = "questions:\n" + good("a", "甲") + "\n".join(spoilt) + "\n" + good("c", "丙")
    file = tmp_path / "own.yml"
    file.write_text(text, encoding="utf-8")
    read = PairReader().read_file(file)
    assert [one.id for one in read.pairs] == ["a", "c"]
    assert [one.line for one in read.pairs] == [2, text.splitlines().index("- id: c") + 1]
    (issue,) = read.issues
    assert said in issue.message
    assert issue.file == str(file)
    assert 7 <= issue.line <= 12
    assert issue.remedy


def test_the_place_in_a_plan_is_told() -> None:
    text = WRITTEN.replace(
        "    metrics: [sales]\n    time: {is: calendar, unit: month, offset: -1}",
        "    metrics: [sales]\n    limit: many",
    )
    (issue,) = PairReader().read(text, FILE).issues
    assert (issue.line, issue.key) == (10, "questions[p1].plan.limit")


@pytest.mark.parametrize("missing", ["id", "plan", "approved_by", "approved_on", "zh"])
def test_what_is_needed_is_asked_for(missing: str) -> None:
    lines = [line for line in good("b", "乙").splitlines() if f"{missing}:" not in line]
    if missing == "id":
        lines[0] = f"- {lines[0].strip()}"
    read = PairReader().read("questions:\n" + "\n".join(lines) + "\n", FILE)
    assert read.pairs == ()
    assert any(missing in issue.message or missing in issue.remedy for issue in read.issues)


@pytest.mark.parametrize("text", ["", "# nothing\n", "questions:\n", "questions: []\n"])
def test_an_empty_file_is_no_fault(text: str) -> None:
    read = PairReader().read(text, FILE)
    assert (read.pairs, read.issues) == ((), ())


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"- a\n- b\n", b"questions: {a: b}\n", b"[[[", b"questions:\n- plain\n"]
)
def test_files_that_are_something_else_are_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.yml"
    file.write_bytes(content)
    read = PairReader().read_file(file)
    assert read.pairs == ()
    assert read.issues


@pytest.mark.parametrize("text", ["questions: [{id: a}]\n", "other: 1\n", "questions: {a: b}\n"])
def test_a_file_that_cannot_be_edited_is_left_alone(text: str) -> None:
    with pytest.raises(DataError) as refused:
        with_pair(text, pair(), FILE, PairReader())
    assert "approved.yml" in refused.value.message.zh


def test_a_pair_is_added_beside_a_broken_one() -> None:
    text = "questions:\n" + good("a", "甲") + "- id: b\n  zh: [乙\n"
    more = with_pair(text, pair("c", zh=("丙",)), FILE, PairReader())
    assert [one.id for one in PairReader().read(more, FILE).pairs] == ["a", "c"]
    assert "- id: b\n  zh: [乙\n" in more


def test_lines_of_windows_stay() -> None:
    own = ("questions:\n" + good("a", "甲") + good("b", "乙")).replace("\n", "\r\n")
    assert without_pair(own, "a", FILE, PairReader()) == ("questions:\n" + good("b", "乙")).replace("\n", "\r\n")


def test_equal_pairs_do_not_depend_on_where_they_stand() -> None:
    one = pair(en=("Sales?",))
    assert one == replace(one, file="x", line=3)
    assert (one.wordings("zh"), one.wordings("en")) == (("销售额是多少？",), ("Sales?",))
    assert one.wordings() == ("销售额是多少？", "Sales?")
