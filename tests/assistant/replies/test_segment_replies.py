"""Answers about segments over time on the demo company: numbers that agree with counting, words in both languages, pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from assistant.core import Assistant
from assistant.replies.draft import Draft
from assistant.replies.segment_changes import apart, segment_change
from assistant.replies.segment_flows import segment_flow, segment_trend
from assistant.replies.segment_list import segment_list
from assistant.resources import Asked, Resources
from semantic_layer.errors import DataError, Language, UnknownNameError
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Apart, SegmentChange, SegmentFlow, SegmentTrend
from semantic_layer.query.plan import Catalogue, Plan, Step
from semantic_layer.query.predicate import And, Compare, Did, InSegment
from semantic_layer.query.time import Grain, Rolling, Span
from semantic_layer.query.types import Audience
from tools.chart.flows import overlap_matrix_chart
from tools.chart.render import render_svg
from tools.segments import Arrangement, LivingSegments, MembershipInMemory, Rhythm, SavedSegments, SegmentsOfMemory

ADMIN = User(name="Ada", roles=("admin",))
BOUGHT = Did(entity="order", time=Rolling(30, Grain.DAY))
WINBACK = Audience(where=And((Compare("customer.city", "=", "上海"), Compare("customer.churn_risk", "=", "高"))))
ACTIVE = Audience(where=And((Compare("customer.city", "=", "上海"), BOUGHT)))


@pytest.fixture(scope="module")
def resources(assistant: Assistant) -> Resources:
    ids, store = count(1), MembershipInMemory()
    saved = SavedSegments(
        SegmentsOfMemory(),
        "retail",
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        new_id=lambda: f"s{next(ids)}",
        lists=store,
    )
    layer = assistant.resources.layer.with_segments(saved)
    saved.save("上海挽回人群", WINBACK, by="Ada")
    saved.save("上海活跃", ACTIVE, by="Ada")
    living = LivingSegments(saved, layer, store, keeper=ADMIN, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    return replace(assistant.resources, layer=layer, segments=saved, living=living)


@pytest.fixture
def ask(resources: Resources) -> Callable[..., Draft]:
    replies = {
        SegmentChange: segment_change,
        SegmentTrend: segment_trend,
        SegmentFlow: segment_flow,
        Apart: apart,
        Catalogue: segment_list,
    }

    def asked(step: Step, language: Language = "zh", user: User = ADMIN) -> Draft:
        question = Asked(text="", language=language, user=user, plan=Plan((step,)))
        return replies[type(step)](step, question, resources)  # type: ignore[operator]

    return asked


def test_how_many_joined_in_the_last_week_and_why(ask: Callable[..., Draft], resources: Resources) -> None:
    found = ask(SegmentChange(segment="上海挽回人群", side="entered"))
    today = resources.as_of
    then, now = (
        set(resources.layer.keys(replace(WINBACK, as_of=day), ADMIN)) for day in (today - timedelta(days=7), today)
    )
    assert found.headline is not None
    assert found.headline.value == str(len(now - then))
    assert found.table is not None
    assert sum(row[2] for row in found.table.rows) == len(now - then)
    assert {row[0] for row in found.table.rows} <= {"新增"}
    assert "流失风险" in found.text
    assert any("重新计算" in one.zh for one in found.remarks)  # nothing was recorded a week ago, and that is said
    both = ask(SegmentChange(segment="上海挽回人群"), "en")
    assert f"{len(now - then):,} " in both.text
    assert f"{len(then - now):,} " in both.text
    assert all(follow.plan.steps for follow in both.follow_ups)


def test_an_unknown_segment_and_a_place_that_watches_none(ask: Callable[..., Draft], resources: Resources) -> None:
    with pytest.raises(UnknownNameError) as caught:
        ask(SegmentChange(segment="上海挽回"))
    assert "上海挽回人群" in caught.value.suggestions
    question = Asked(text="", language="zh", user=ADMIN, plan=Plan((SegmentTrend(segments=("上海活跃",)),)))
    with pytest.raises(DataError):
        segment_trend(SegmentTrend(segments=("上海活跃",)), question, replace(resources, living=None))


def test_the_trend_of_two_segments_is_drawn(ask: Callable[..., Draft]) -> None:
    step = SegmentTrend(segments=("上海挽回人群", "上海活跃"), time=Span(date(2026, 10, 28), date(2026, 10, 31)))
    found = ask(step, "en")
    assert found.chart is not None
    rows = json.loads(found.chart.spec)["data"]["values"]
    assert {row["s"] for row in rows} == {"上海挽回人群", "上海活跃"}
    assert any(not row["known"] for row in rows)
    assert "<svg" in render_svg(found.chart)
    assert "2026-10-31" in found.text


def test_the_flow_between_segments_adds_up(ask: Callable[..., Draft], resources: Resources) -> None:
    step = SegmentFlow(segments=("上海活跃", "上海挽回人群"), time=Span(date(2026, 9, 30), date(2026, 10, 31)))
    found = ask(step)
    first = set(resources.layer.keys(replace(ACTIVE, as_of=date(2026, 9, 30)), ADMIN))
    last = set(resources.layer.keys(ACTIVE, ADMIN))
    assert found.table is not None
    people = {(row[0], row[1]): row[2] for row in found.table.rows}
    assert sum(number for (before, _), number in people.items() if before == "上海活跃") == len(first)
    assert sum(number for (_, after), number in people.items() if after == "上海活跃") == len(last)
    assert people["上海活跃", "上海活跃"] == len(first & last)
    assert found.chart is not None
    assert "<svg" in render_svg(found.chart)


def test_who_is_in_one_but_not_in_the_other_can_be_listed(ask: Callable[..., Draft], resources: Resources) -> None:
    first, second = Audience(where=InSegment("上海挽回人群")), Audience(where=InSegment("上海活跃"))
    found = ask(Apart(first=first, second=second), "en")
    only = set(resources.layer.keys(first, ADMIN)) - set(resources.layer.keys(second, ADMIN))
    assert found.headline is not None
    assert found.headline.value == f"{len(only):,}"
    (step,) = found.waterfall  # all are in Shanghai: what keeps them out is that they bought nothing lately
    assert step.count == len(only)
    assert resources.layer.count(step.plan.steps[0].audience, ADMIN) == step.count  # type: ignore[union-attr]


def test_the_list_of_segments_says_what_needs_a_look(ask: Callable[..., Draft], resources: Resources) -> None:
    living = resources.living
    assert living is not None
    living.refresh()
    id_ = resources.segments.named("上海活跃").id
    resources.segments.arrange(id_, Arrangement(folder="上海", rhythm=Rhythm.DAILY, at_least=10_000_000), by="Ada")
    found = ask(Catalogue(kind="segment"))
    assert found.table is not None
    rows = {row[0]: row for row in found.table.rows}
    assert rows["上海活跃"][-1] == resources.layer.count(ACTIVE, ADMIN)
    assert (rows["上海活跃"][1], rows["上海活跃"][4]) == ("上海", "每天")
    assert [name for name, _ in found.sections[0].lines] == ["上海活跃"]
    assert "低于设定的下限" in found.sections[0].lines[0][1]
    assert ask(Catalogue(kind="segment", topic="挽回")).table.rows[0][0] == "上海挽回人群"  # type: ignore[union-attr]


def test_an_overlap_of_many_segments_is_a_field_of_colours(resources: Resources) -> None:
    living = resources.living
    assert living is not None
    found = living.overlap(["上海挽回人群", "上海活跃"], ADMIN)
    drawn = overlap_matrix_chart(found.names, found.counts, "重合", "", "zh")
    assert drawn is not None
    assert "<svg" in render_svg(drawn)
    assert overlap_matrix_chart(("one",), ((1,),), "", "", "en") is None
