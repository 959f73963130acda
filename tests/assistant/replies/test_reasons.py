"""Answers to "why did it change" over the demo company, whose effects are known, and over a shop that is made up."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from assistant.answer import Answer, Finished, Reply
from assistant.core import Assistant
from semantic_layer.engines.base import Cancel
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ChartKind, Explain, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Calendar, Comparison, Grain
from semantic_layer.query.types import Query
from tools.change import Search

SEPTEMBER = Calendar(Grain.MONTH, -1)
WHY = Explain(metric="repurchase_rate", time=SEPTEMBER)


def answered(reply: Reply) -> Answer:
    assert isinstance(reply, Answer), reply
    return reply


@pytest.fixture(scope="module")
def why(assistant: Assistant) -> Answer:
    return answered(assistant.run(Plan((WHY,)), language="zh"))


def test_it_finds_the_shoes_that_were_out_of_stock(assistant: Assistant, why: Answer) -> None:
    """The company took four fifths of the fall from buyers of shoes in the east."""
    found = Search(assistant.resources.layer, WHY, assistant.user).run()
    part = found.parts[0]
    assert dict(zip(part.fields, part.values, strict=True)) == {"city.region": "华东", "product.category": "运动鞋"}
    assert part.share_of_change == pytest.approx(0.8, abs=0.08)
    assert part.significant
    assert found.rest_significant is False
    assert "「华东 × 运动鞋」" in why.text
    assert "其余的变化" in why.text
    assert "在正常波动之内" in why.text


def test_it_says_what_would_have_been_without_the_part(assistant: Assistant, why: Answer) -> None:
    part = Search(assistant.resources.layer, WHY, assistant.user).run().parts[0]
    assert part.rest_before is not None
    assert part.rest_after is not None
    assert abs(part.rest_after - part.rest_before) < 0.2 * 0.0319
    assert f"不算这部分，复购率从 {part.rest_before * 100:.1f}% 到 {part.rest_after * 100:.1f}%" in why.text


def test_both_languages_say_the_same_numbers(assistant: Assistant, why: Answer) -> None:
    english = answered(assistant.run(Plan((WHY,)), language="en"))
    assert "“East China × running shoes”" in english.text
    assert re.findall(r"\d+\.\d%", english.text) == re.findall(r"\d+\.\d%", why.text)


def test_parts_stand_in_a_table_and_in_a_waterfall(why: Answer) -> None:
    assert why.table is not None
    assert why.table.values("part")[:2] == ("合计", "华东 × 运动鞋")
    change = why.table.values("contribution")
    assert change[0] == pytest.approx(why.table.values("after")[0] - why.table.values("before")[0])  # type: ignore[operator]
    mix, rate = why.table.values("mix")[1], why.table.values("rate")[1]
    assert mix + rate == pytest.approx(change[1])  # type: ignore[operator]
    assert why.chart is not None
    assert why.chart.kind is ChartKind.WATERFALL
    assert "华东 × 运动鞋" in why.chart.title
    assert any("不能相加" in note.meaning.zh for note in why.notes)


def test_a_part_can_be_looked_at_alone(assistant: Assistant, why: Answer) -> None:
    only = next(follow for follow in why.follow_ups if follow.label == "只看华东 × 运动鞋")
    assert isinstance(only.plan.steps[0], Query)
    alone = answered(assistant.run(only.plan))
    assert alone.headline is not None
    assert f"变到 {alone.headline.value}" in why.text


def test_the_change_is_shown_before_its_reasons(assistant: Assistant) -> None:
    events = list(assistant.stream_plan(Plan((WHY,)), language="zh"))
    texts = [answered(event.reply).text for event in events if isinstance(event, Finished)]
    assert texts[0].endswith("下降 3.2 个百分点。")
    assert "华东" in texts[1]
    assert all(before[:20] == after[:20] for before, after in pairwise(texts))


def test_a_search_that_is_stopped_leaves_what_was_shown(assistant: Assistant) -> None:
    cancel = Cancel()
    shown: list[Answer] = []
    for event in assistant.stream_plan(Plan((WHY,)), cancel=cancel):
        if isinstance(event, Finished):
            shown.append(answered(event.reply))
            cancel.press()
    assert len(shown) == 1
    assert "25.4%" in shown[0].text
    assert shown[0].table is not None


def test_normal_variation_is_called_that(assistant: Assistant) -> None:
    zh = answered(assistant.run(Plan((Explain(metric="sales", time=SEPTEMBER),)), language="zh"))
    en = answered(assistant.run(Plan((Explain(metric="sales", time=SEPTEMBER),)), language="en"))
    assert "这在正常波动之内" in zh.text
    assert "本期少 1 天" in zh.text
    assert "within normal variation" in en.text
    assert "none moved more than chance" in en.text
    assert zh.chart is None


def test_its_pieces_can_be_changed(assistant: Assistant, why: Answer) -> None:
    chips = {chip.id: chip for chip in why.chips}
    assert chips["metric-0"].label == "为什么变化：复购率"
    (against,) = chips["comparison-0"].options
    assert against.plan == Plan((Explain(metric="repurchase_rate", time=SEPTEMBER, compare_to=Comparison.YEAR_BEFORE),))
    narrowed = Explain(metric="repurchase_rate", time=SEPTEMBER, where=Compare("city.region", "=", "华东"))
    answer = answered(assistant.run(Plan((narrowed,))))
    condition = next(chip for chip in answer.chips if chip.kind == "condition")
    assert condition.removed == Plan((WHY,))
    assert "「运动鞋" in answer.text or "运动鞋」" in answer.text


def test_a_role_sees_only_its_own_rows(assistant: Assistant) -> None:
    eva = User(name="Eva", roles=("region_east",))
    answer = answered(assistant.run(Plan((WHY,)), language="zh", user=eva))
    assert "运动鞋" in answer.text
    assert answer.table is not None
    assert not {"华南", "华北"} & {str(name) for name in answer.table.values("part")}


def test_nothing_to_compare_with_is_said(assistant: Assistant) -> None:
    first_month = Explain(metric="repurchase_rate", time=Calendar(Grain.YEAR, -3))
    answer = answered(assistant.run(Plan((first_month,)), language="zh"))
    assert "无法比较" in answer.text or "两个时期都没有" in answer.text
