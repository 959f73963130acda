"""Segments over time, models, campaigns, their effects and boards, in words that read back as the same step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, assert_never

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Simple
from semantic_layer.query.acts import (
    Act,
    Apart,
    Basket,
    CampaignState,
    Cluster,
    Measure,
    ModelCard,
    ModelTarget,
    Outcome,
    Predict,
    Recommend,
    SegmentChange,
    SegmentFlow,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.predicate import Did, Predicate, conjoin, conjuncts
from semantic_layer.query.time import Grain, TimeRange
from semantic_layer.query.types import Audience, ByField
from semantic_layer.restate.pieces import Piece
from semantic_layer.restate.spoken_conditions import ConditionWords, spoken
from semantic_layer.restate.spoken_names import Names, length_words

Rhythm = Literal["day", "week", "change"]
Said = tuple[str, tuple[Piece, ...]]
People = Callable[[Audience, int], Said]
"""The people of a step in words."""

MODELS: Final[dict[ModelTarget, Text]] = {
    "churn": Text("流失", "churn"),
    "value": Text("客户价值", "customer value"),
    "next_category": Text("下次购买品类", "next category"),
    "price_sensitivity": Text("价格敏感度", "price sensitivity"),
    "uplift": Text("优惠券响应", "coupon response"),
}
OUTCOMES: Final[dict[Outcome, Text]] = {
    "conversion": Text("转化", "conversion"),
    "click": Text("点击", "clicks"),
    "retention": Text("留存", "retention"),
    "repurchase": Text("复购", "repurchase"),
}
RHYTHMS: Final[dict[Rhythm, Text]] = {
    "day": Text("每天发给我", "send it to me every day"),
    "week": Text("每周发给我", "send it to me every week"),
    "change": Text("有变化就告诉我", "tell me when it changes"),
}


class ActWords:
    """Words for these steps in one language. `people` says who is meant."""

    def __init__(
        self,
        index: ModelIndex,
        calendar: CompanyCalendar,
        language: Language,
        conditions: ConditionWords,
        people: People,
    ) -> None:
        self._index = index
        self._calendar = calendar
        self._language: Language = language
        self._names = Names(index, language)
        self._conditions = conditions
        self._people = people

    def say(self, step: Act, number: int) -> Said:  # noqa: C901  # one arm for each kind of step
        match step:
            case SegmentChange():
                return self._change(step, number)
            case SegmentTrend() | SegmentFlow():
                return self._of_segments(step, number)
            case Apart(first=first, second=second):
                (one, pieces), (two, more) = self._people(first, number), self._people(second, number)
                text = self._text(f"谁在{one}里但不在{two}里，为什么", f"who is in {one} but not in {two} and why")
                return text, (*pieces, *more)
            case Predict():
                return self._predict(step, number)
            case ModelCard(target=target):
                model = MODELS[target].in_(self._language)
                text = self._text(f"{model}模型怎么样", f"how good is the {model} model")
                return text, (Piece(kind="subject", text=text, part=target, step=number),)
            case Cluster():
                return self._cluster(step, number)
            case Basket():
                return self._basket(step, number)
            case Recommend():
                return self._recommend(step, number)
            case StartCampaign():
                return self._campaign(step, number)
            case CampaignState(campaign=campaign):
                text = self._text(
                    f"“{campaign}”活动的进展" if campaign else "所有活动的进展",
                    f'status of campaign "{campaign}"' if campaign else "status of all campaigns",
                )
                return text, (Piece(kind="subject", text=text, part=campaign, step=number),)
            case Measure():
                return self._measure(step, number)
            case _:
                assert_never(step)

    # ---- segments

    def _change(self, step: SegmentChange, number: int) -> Said:
        subject = Piece(kind="subject", text=self._quoted(step.segment), part=step.segment, step=number)
        time = tuple(self._time(step.time, number))
        when = time[0].text if time else ""
        verbs = {
            "entered": Text("新增了多少人", "joined"),
            "left": Text("离开了多少人", "left"),
        }
        if step.side is None:
            zh, en = f"{subject.text}人群{when}有什么变化，为什么", f"how has {subject.text} changed {when} and why"
        else:
            verb = verbs[step.side]
            zh, en = f"{subject.text}人群{when}{verb.zh}，为什么", f"how many {verb.en} {subject.text} {when} and why"
        return self._text(zh, en).replace("  ", " "), (subject, *time)

    def _of_segments(self, step: SegmentTrend | SegmentFlow, number: int) -> Said:
        subjects = tuple(
            Piece(kind="subject", text=self._quoted(name), part=name, step=number) for name in step.segments
        )
        time = tuple(self._time(step.time, number))
        when = time[0].text if time else ""
        names = self._text("和", " and ").join(p.text for p in subjects)
        if isinstance(step, SegmentTrend):
            text = self._text(f"{names}人群{when}的人数趋势", f"size trend of {names} {when}".strip())
        else:
            text = self._text(f"{names}人群之间{when}的流动", f"flow between {names} {when}".strip())
        return text, (*subjects, *time)

    def _quoted(self, name: str) -> str:
        return self._text(f"“{name}”", f'"{name}"')

    # ---- models

    def _predict(self, step: Predict, number: int) -> Said:
        who, pieces = self._who(step.where, number)
        ahead = self._ahead(step.horizon)
        count = step.top
        top = (
            ()
            if count is None
            else (Piece(kind="limit", text=self._text(f"{count}个", str(count)), part=count, step=number),)
        )
        said = _PREDICTED[step.target]
        zh = f"{who}里{ahead}{said.zh}的{f'前{count}个' if count is not None else '人'}"
        en = f"{f'top {count} of ' if count is not None else ''}{who} {said.en} {ahead}".strip()
        if step.campaign:
            zh, en = f"根据“{step.campaign}”活动，{zh}", f'based on campaign "{step.campaign}", {en}'
        subject = Piece(kind="subject", text=MODELS[step.target].in_(self._language), part=step.target, step=number)
        return self._text(zh, en), (subject, *pieces, *top)

    def _ahead(self, horizon: tuple[int, Grain] | None) -> str:
        if horizon is None:
            return ""
        length = length_words(*horizon)
        return self._text(f"未来{length.zh}", f"over the next {length.en}")

    def _cluster(self, step: Cluster, number: int) -> Said:
        who, pieces = self._who(step.where, number)
        count = step.count
        parts = () if count is None else (Piece(kind="limit", text=str(count), part=count, step=number),)
        zh = f"把{who}分成{count if count is not None else '几'}类"
        en = f"cluster {who} into {count if count is not None else 'several'} groups"
        return self._text(zh, en), (*pieces, *parts)

    def _basket(self, step: Basket, number: int) -> Said:
        field = "" if step.field is None else self._names.field(step.field)
        group = () if step.field is None else (Piece(kind="group", text=field, part=ByField(step.field), step=number),)
        if step.where is None:
            zh, en = f"哪些{field or '东西'}经常一起买", f"which {field or 'things'} are bought together"
            return self._text(zh, en), group
        done, others = self._bought(step.where, step.time)
        bought = Piece(kind="condition", text=self._conditions.say(done), part=done, step=number)
        rest = tuple(self._where(conjoin(others), number))
        said = self._text("且", " and ").join(p.text for p in (bought, *rest))
        person = self._names.entity(self._index.model.customer_entity)
        zh = f"{said}的{person}还会买什么{field}"
        en = f"what {f'other {field}' if field else 'else'} do {person}s where {said} buy"
        return self._text(zh, en), (bought, *rest, *group)

    def _bought(self, where: Predicate, time: TimeRange | None) -> tuple[Did, tuple[Predicate, ...]]:
        """The lines that the condition is about, as what people did, and the conditions on the people themselves."""
        person = self._index.model.customer_entity
        parts = conjuncts(where)
        others = tuple(part for part in parts if self._conditions.is_about_people(part))
        about = tuple(part for part in parts if part not in others)
        leading = [
            one.name
            for one in self._index.model.entities
            if one.name != person and one.verbs and all(self._leads(one.name, part) for part in about)
        ]
        entity = max(leading, key=self._measured, default=person)
        return Did(entity=entity, where=conjoin(about), time=time), others

    def _measured(self, entity: str) -> int:
        """How many metrics stand on its rows, or on rows that they lead to: most of them stand on what is bought."""
        reached = {entity, *self._index.reachable(entity)} - {self._index.model.customer_entity}
        bodies = (metric.body for metric in self._index.model.metrics)
        return sum(one.entity in reached for body in bodies if isinstance(body, Simple) for one in body.measures)

    def _leads(self, entity: str, part: Predicate) -> bool:
        field = getattr(part, "field", "")
        return bool(field) and field.split(".")[0] in self._index.reachable(entity)

    def _recommend(self, step: Recommend, number: int) -> Said:
        who, pieces = self._people(step.audience, number)
        match step.advice:
            case "both":
                said = Text("适合什么内容，用什么渠道联系好", "what content and which channel suit")
            case "content":
                said = Text("适合什么内容", "what content suits")
            case "channel":
                said = Text("用什么渠道联系好", "which channel suits")
        return self._text(f"{who}{said.zh}", f"{said.en} {who}"), pieces

    # ---- campaigns

    def _campaign(self, step: StartCampaign, number: int) -> Said:
        who, pieces = self._people(step.audience, number)
        channel = self._index.model.outreach.channel(step.channel)
        called = channel.label.in_(self._language) if channel is not None else step.channel
        options = tuple(self._options(step, number))
        if step.destination:
            zh, en = f"导出{who}", f"export {who}"
        elif called:
            zh, en = f"给{who}发{called}", f"send an {called} to {who}"
        else:
            zh, en = f"给{who}做一个活动", f"start a campaign for {who}"
        how = (Piece(kind="subject", text=called, part=step.channel, step=number),) if called else ()
        return self._text("，", ", ").join((self._text(zh, en), *(p.text for p in options))), (*pieces, *how, *options)

    def _options(self, step: StartCampaign, number: int) -> Iterator[Piece]:
        if step.holdout is not None:
            share = f"{step.holdout * 100:g}%"
            text = (
                self._text("不留对照组", "no control")
                if step.holdout == 0
                else self._text(f"留{share}对照组", f"keep a {share} control")
            )
            yield Piece(kind="share", text=text, part=None, step=number)
        if step.spare_days is not None:
            days = step.spare_days
            text = self._text(f"避开最近{days}天联系过的", f"skip anyone contacted in the last {days} days")
            yield Piece(kind="condition", text=text, part=None, step=number)
        if step.name:
            yield Piece(
                kind="subject",
                text=self._text(f"活动名称“{step.name}”", f'name "{step.name}"'),
                part=step.name,
                step=number,
            )
        if step.content:
            yield Piece(
                kind="subject",
                text=self._text(f"内容“{step.content}”", f'content "{step.content}"'),
                part=step.content,
                step=number,
            )
        if step.goal:
            goal = self._names.metric(step.goal)
            yield Piece(kind="metric", text=self._text(f"目标{goal}", f"goal {goal}"), part=step.goal, step=number)
        if step.budget is not None:
            yield Piece(
                kind="limit", text=self._text(f"预算{step.budget:g}", f"budget {step.budget:g}"), part=None, step=number
            )

    def _measure(self, step: Measure, number: int) -> Said:
        subject = Piece(kind="subject", text=self._quoted(step.campaign), part=step.campaign, step=number)
        by = (
            ()
            if step.by is None
            else (Piece(kind="group", text=self._names.field(step.by), part=ByField(step.by), step=number),)
        )
        outcome = OUTCOMES[step.outcome]
        on = Text("", "") if step.outcome == "conversion" else Text(f"对{outcome.zh}", f" on {outcome.en}")
        days = Text("", "") if step.days is None else Text(f"{step.days}天内", f" within {step.days} days")
        zh = f"{subject.text}活动{days.zh}{on.zh}的效果{f'，按{by[0].text}' if by else ''}"
        en = f"effect of campaign {subject.text}{on.en}{days.en}{f' by {by[0].text}' if by else ''}"
        return self._text(zh, en), (subject, *by)

    # ---- parts

    def _who(self, where: Predicate | None, number: int) -> Said:
        return self._people(Audience(where=where, entity=self._index.model.customer_entity), number)

    def _where(self, where: Predicate | None, number: int) -> Iterator[Piece]:
        for part in conjuncts(where):
            yield Piece(kind="condition", text=self._conditions.say(part), part=part, step=number)

    def _time(self, time: TimeRange | None, number: int) -> Iterator[Piece]:
        if time is not None:
            yield Piece(kind="time", text=spoken(self._calendar.describe(time, self._language)), part=time, step=number)

    def _text(self, zh: str, en: str) -> str:
        return Text(zh, en).in_(self._language)


_PREDICTED: Final[dict[ModelTarget, Text]] = {
    "churn": Text("最可能流失", "most likely to churn"),
    "value": Text("预计价值最高", "with the highest expected value"),
    "next_category": Text("下次会买什么品类", "next category"),
    "price_sensitivity": Text("预测价格敏感度", "predicted price sensitivity"),
    "uplift": Text("值得发券", "worth sending a coupon to"),
}
