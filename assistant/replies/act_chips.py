"""Chips of the steps about what follows from an answer: what each piece says, and what could stand in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, assert_never

from assistant.answer import Chip
from assistant.replies.campaign_chips import campaign_chips, measure_chips
from assistant.replies.chip_maker import ChipMaker, named
from assistant.resources import Asked, Resources
from semantic_layer.errors import Text
from semantic_layer.model.grain import Grain
from semantic_layer.query.acts import (
    Act,
    Advice,
    Apart,
    Basket,
    CampaignState,
    Cluster,
    Measure,
    ModelCard,
    Predict,
    Recommend,
    SegmentChange,
    SegmentFlow,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.plan import Pin
from semantic_layer.query.time import Rolling
from semantic_layer.restate.spoken_acts import MODELS, RHYTHMS
from semantic_layer.restate.spoken_names import spaced_length

_LATELY: Final = Rolling(7, Grain.DAY)  # what the change of a segment is about when nobody says since when
_TOPS: Final = (20, 50, 100, 500)
_HORIZONS: Final = ((1, Grain.MONTH), (3, Grain.MONTH), (6, Grain.MONTH), (12, Grain.MONTH))
_COUNTS: Final = (3, 4, 5, 6, 8)
_FEWEST: Final = {SegmentTrend: 1, SegmentFlow: 2}
_ADVICE: Final[tuple[tuple[Advice, Text], ...]] = (
    ("both", Text("内容和渠道", "content and channel")),
    ("content", Text("内容", "content")),
    ("channel", Text("渠道", "channel")),
)
_SIDES: Final[tuple[tuple[Literal["entered", "left"] | None, Text], ...]] = (
    (None, Text("新增和离开", "joined and left")),
    ("entered", Text("新增", "joined")),
    ("left", Text("离开", "left")),
)


def act_chips(step: Act | Pin, asked: Asked, resources: Resources) -> Iterator[Chip]:
    """All chips of such a step but those of its conditions, in reading order."""
    of = ChipMaker(asked, resources)
    match step:
        case SegmentChange() | SegmentTrend() | SegmentFlow() | Apart():
            yield from _segments(of, step)
        case Predict() | ModelCard() | Cluster() | Basket() | Recommend():
            yield from _models(of, step)
        case StartCampaign():
            yield from campaign_chips(of, step)
        case CampaignState():
            yield of.subject("活动进展", "state of", step.campaign or Text("全部活动", "all campaigns"))
        case Measure():
            yield from measure_chips(of, step)
        case Pin():
            yield of.subject("看板", "board", step.board or Text("我的看板", "my board"))
            others = [(text, replace(step, every=every)) for every, text in RHYTHMS.items() if every != step.every]
            said = Text("不定期发送", "not sent") if step.every is None else RHYTHMS[step.every]
            removed = None if step.every is None else replace(step, every=None)
            yield of.chip("every", "time", said, options=others, removed=removed, default=step.every is None)
        case _:
            assert_never(step)


# ---- segments


def _segments(of: ChipMaker, step: SegmentChange | SegmentTrend | SegmentFlow | Apart) -> Iterator[Chip]:
    match step:
        case Apart(first=first, second=second):
            yield of.chip("subject", "subject", of.who(first))
            yield of.chip("base", "comparison", named("不在", "not in", of.who(second)))
            return
        case SegmentChange(segment=segment, side=side):
            yield of.subject("人群", "segment", segment)
            others = [(text, replace(step, side=one)) for one, text in _SIDES if one != side]
            yield of.chip("side", "condition", dict(_SIDES)[side], options=others)
        case SegmentTrend() | SegmentFlow():
            for position, name in enumerate(step.segments):
                rest = step.segments[:position] + step.segments[position + 1 :]
                removed = replace(step, segments=rest) if len(rest) >= _FEWEST[type(step)] else None
                yield of.chip(f"subject-{position}", "subject", named("人群", "segment", name), removed=removed)
    shown = step.time or (_LATELY if isinstance(step, SegmentChange) else None)
    yield of.chip(
        "time",
        "time",
        Text("有记录以来", "since it was recorded") if shown is None else of.time(shown),
        options=[(text, replace(step, time=time)) for text, time in of.times(step.time)],
        removed=None if step.time is None else replace(step, time=None),
        default=step.time is None,
    )


# ---- models, groups, baskets and advice


def _models(of: ChipMaker, step: Predict | ModelCard | Cluster | Basket | Recommend) -> Iterator[Chip]:
    match step:
        case ModelCard(target=target):
            yield of.subject("模型", "model", MODELS[target])
        case Predict():
            yield from _predict(of, step)
        case Cluster(count=count):
            yield of.chip(
                "limit",
                "limit",
                _groups(count),
                options=[(_groups(other), replace(step, count=other)) for other in _COUNTS if other != count],
                removed=None if count is None else replace(step, count=None),
                default=count is None,
            )
        case Basket():
            yield from _basket(of, step)
        case Recommend(advice=advice):
            others = [(text, replace(step, advice=one)) for one, text in _ADVICE if one != advice]
            yield of.chip("subject", "subject", named("推荐", "advice on", dict(_ADVICE)[advice]), options=others)


def _predict(of: ChipMaker, step: Predict) -> Iterator[Chip]:
    yield of.subject("预测", "predicted", MODELS[step.target])
    if step.campaign:
        yield of.chip(
            "campaign", "condition", named("来自活动", "learnt from", step.campaign), removed=replace(step, campaign="")
        )
    if step.horizon is not None:
        yield of.chip(
            "horizon",
            "time",
            _ahead(step.horizon),
            options=[(_ahead(one), replace(step, horizon=one)) for one in _HORIZONS if one != step.horizon],
            removed=replace(step, horizon=None),
        )
    yield of.chip(
        "limit",
        "limit",
        _first(step.top),
        options=[(_first(one), replace(step, top=one)) for one in _TOPS if one != step.top],
        removed=None if step.top is None else replace(step, top=None),
        default=step.top is None,
    )


def _basket(of: ChipMaker, step: Basket) -> Iterator[Chip]:
    yield of.subject(
        "一起买",
        "bought together",
        Text("最能说明问题的", "the most telling") if step.field is None else of.field(step.field),
    )
    yield of.chip(
        "time",
        "time",
        of.time(step.time),
        options=[(text, replace(step, time=time)) for text, time in of.times(step.time)],
        removed=None if step.time is None else replace(step, time=None),
        default=step.time is None,
    )


def _groups(count: int | None) -> Text:
    return (
        Text("几类由数据定", "as many groups as are stable")
        if count is None
        else Text(f"{count} 类", f"{count} groups")
    )


def _first(top: int | None) -> Text:
    return Text("所有被提示的人", "all that are warned of") if top is None else Text(f"前 {top} 个", f"top {top}")


def _ahead(horizon: tuple[int, Grain]) -> Text:
    return Text(f"未来 {spaced_length(*horizon, 'zh')}", f"over the next {spaced_length(*horizon, 'en')}")
