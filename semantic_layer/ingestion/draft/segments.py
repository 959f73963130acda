"""Obvious tags of customers who order: how recently, how often, for how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.draft.proposals import OWNER
from semantic_layer.model.types import (
    ColumnType,
    Level,
    Origin,
    RuleBody,
    Tag,
    TagCategory,
    TagInput,
    TagKind,
    Value,
    Words,
)

_ORIGIN: Final = Origin(owner=OWNER)
_HIGH: Final = Value(value="high", label=Text("高", "high"))
_MIDDLE: Final = Value(value="medium", label=Text("中", "medium"))
_LOW: Final = Value(value="low", label=Text("低", "low"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What customers mainly do: the metrics of its rows, and the bounds between low, middle and high that the data show."""

    label: Text
    count_metric: str
    counts: tuple[float, float]
    date_metric: str = ""
    days: tuple[int, int] = (90, 365)
    amount_metric: str = ""
    amounts: tuple[float, float] = (0.0, 0.0)


def obvious_tags(person: str, done: Behaviour) -> Iterator[Tag]:
    """Recency where there is a time, frequency, and amount where there is money. Levels stand from low to high."""
    said = done.label
    if done.date_metric:
        near, far = done.days
        age = "DATE_DIFF('day', last, :as_of)"
        yield _tag(
            person,
            "recency",
            Text(f"{said.zh}近度", f"{said.en} recency"),
            Text(
                f"最近一次{said.zh}：{near} 天内为高，{far} 天内为中，更早为低。",
                f"Last {said.en}: high within {near} days, medium within {far} days, low when earlier.",
            ),
            TagInput(name="last", metric=done.date_metric),
            (f"{age} <= {near}", f"{age} <= {far}", "last IS NOT NULL"),
        )
    low, high = done.counts
    yield _tag(
        person,
        "frequency",
        Text(f"{said.zh}频次", f"{said.en} frequency"),
        Text(
            f"{said.zh}数：{high:g} 以上为高，{low:g} 以上为中，有过为低。",
            f"Number of rows: high from {high:g}, medium from {low:g}, low for fewer.",
        ),
        TagInput(name="times", metric=done.count_metric),
        (f"times >= {high:g}", f"times >= {low:g}", "times > 0"),
    )
    if done.amount_metric:
        low, high = done.amounts
        yield _tag(
            person,
            "amount_level",
            Text(f"{said.zh}金额等级", f"{said.en} amount level"),
            Text(
                f"{said.zh}金额合计：{high:g} 以上为高，{low:g} 以上为中，其余为低。",
                f"Total amount: high from {high:g}, medium from {low:g}, low for less.",
            ),
            TagInput(name="spent", metric=done.amount_metric),
            (f"spent >= {high:.4f}", f"spent >= {low:.4f}", "spent IS NOT NULL"),
        )


def _tag(  # what makes up a tag of three levels
    person: str, name: str, label: Text, meaning: Text, taken: TagInput, bounds: tuple[str, str, str]
) -> Tag:
    levels = tuple(Level(value=value, when=when) for value, when in zip((_HIGH, _MIDDLE, _LOW), bounds, strict=True))
    return Tag(
        name=name,
        entity=person,
        words=Words(label=label, description=meaning),
        kind=TagKind.RULE,
        category=TagCategory.BEHAVIOUR,
        body=RuleBody(inputs=(taken,), levels=levels),
        type=ColumnType.STRING,
        values=(_HIGH, _MIDDLE, _LOW),
        origin=_ORIGIN,
    )
