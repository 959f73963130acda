"""The obvious numbers of a table: how many rows, how many people, and sums, averages and extremes of what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.draft.fields import Field
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.naming import Named, many
from semantic_layer.ingestion.draft.proposals import OWNER
from semantic_layer.model.types import Aggregation, Input, Measure, Metric, Origin, Ratio, Simple, Unit, Words

_ORIGIN: Final = Origin(owner=OWNER)
_KINDS: Final = (
    (Aggregation.SUM, "total", ("sum of",), "总"),
    (Aggregation.AVERAGE, "average", ("mean",), "平均"),
    (Aggregation.MAX, "maximum", (), "最高"),  # "highest" and "lowest" rank things, and name no number alone
    (Aggregation.MIN, "minimum", (), "最低"),
)
_COUNTERS: Final = ("", "张", "笔", "个", "单", "次")
_DIFFERENT: Final = ("number of different", "number of distinct", "how many different", "how many distinct")


def count_metric(entity: Named, *, is_people: bool = False, lines: tuple[str, str] | None = None) -> Metric:
    """How many rows there are. Where all of them stand among the `lines` (an entity and its column that points here), they
    are counted there too, by whatever the lines are grouped by: the invoices of a month, of a product.
    """
    several = many(entity.label.en)
    measures = [Measure(entity=entity.name, agg=Aggregation.COUNT)]
    if lines is not None:
        measures.append(Measure(entity=lines[0], agg=Aggregation.COUNT_DISTINCT, expr=lines[1]))
    return Metric(
        name=f"{entity.name}_count",
        words=Words(label=Text(f"{entity.label.zh}数", f"number of {several}"), synonyms=(f"{entity.label.en} count",)),
        body=Simple(measures=tuple(measures)),
        unit=Unit.COUNT,
        counts=entity.name if is_people else None,
        origin=_ORIGIN,
    )


def different_metric(entity: Named, field: Field) -> Metric:
    """How many different values a field has."""
    plural = [many(one) for one in (field.named.label.en, *field.named.synonyms)]
    said = [f"{word} {one}" for one in plural for word in _DIFFERENT]
    return Metric(
        name=f"different_{entity.name}_{field.named.name}",
        words=Words(label=Text(f"不同{field.named.label.zh}数", said[0]), synonyms=tuple(dict.fromkeys(said[1:]))),
        body=Simple(measures=(Measure(entity=entity.name, agg=Aggregation.COUNT_DISTINCT, expr=field.named.name),)),
        unit=Unit.COUNT,
        origin=_ORIGIN,
    )


def people_metric(entity: Named, people: Named, column: str) -> Metric:
    """How many different people have rows."""
    several, persons = many(entity.label.en), many(people.label.en)
    return Metric(
        name=f"{entity.name}_{people.name}_count",
        words=Words(label=Text(f"有{entity.label.zh}的{people.label.zh}数", f"number of {persons} with {several}")),
        body=Simple(measures=(Measure(entity=entity.name, agg=Aggregation.COUNT_DISTINCT, expr=column),)),
        unit=Unit.COUNT,
        counts=people.name,
        origin=_ORIGIN,
    )


def joined_metric(people: Named, time: Field) -> Metric:
    """How many people joined, by the day on which they did."""
    several = many(people.label.en)
    return Metric(
        name=f"new_{people.name}_count",
        words=Words(label=Text(f"新{people.label.zh}数", f"new {several}")),
        body=Simple(measures=(Measure(entity=people.name, agg=Aggregation.COUNT, time=time.named.name),)),
        unit=Unit.COUNT,
        counts=people.name,
        origin=_ORIGIN,
    )


def last_date_metric(entity: Named, time: Field) -> Metric:
    """The day of the latest row."""
    return Metric(
        name=f"last_{entity.name}_date",
        words=Words(label=Text(f"最近{entity.label.zh}日期", f"last {entity.label.en} date")),
        body=Simple(
            measures=(Measure(entity=entity.name, agg=Aggregation.MAX, expr=f"CAST({time.named.name} AS DATE)"),)
        ),
        unit=Unit.DATE,
        origin=_ORIGIN,
    )


def average_metric(event: Named, amount: Metric) -> Metric:
    """What one of them comes to, where the amount stands with its lines."""
    zh, en = event.label.zh, event.label.en
    what_zh, what_en = amount.words.label.zh.removeprefix("总"), amount.words.label.en.removeprefix("total ")
    said = [f"每{word}{zh}平均{what_zh}" for word in _COUNTERS] + [f"平均每{word}{zh}{what_zh}" for word in _COUNTERS]
    said += [f"每{word}{zh}的平均{what_zh}" for word in _COUNTERS]
    return Metric(
        name=f"average_{what_en.replace(' ', '_')}_per_{event.name}",
        words=Words(
            label=Text(said[0], f"average {what_en} per {en}"),
            synonyms=(*said[1:], f"{what_en} per {en}", f"average {en} {what_en}", f"mean {what_en} per {en}"),
        ),
        body=Ratio(numerator=Input(metric=amount.name), denominator=Input(metric=f"{event.name}_count")),
        unit=amount.unit,
        origin=_ORIGIN,
    )


def measure_metrics(entity: Named, field: Field, lexicon: Lexicon) -> Iterator[Metric]:
    """Sums only of what adds up: prices, rates, ages and balances of a moment do not."""
    adds = not lexicon.says("never_sum", field.profile.name) and field.unit is not Unit.PERCENT
    for agg, word, others, zh in _KINDS:
        if agg is Aggregation.SUM and not adds:
            continue
        own = (field.named.label.en, *field.named.synonyms)
        said = [f"{start} {one}" for one in own for start in (word, *others)]
        label = f"{word} {field.named.label.en}"
        unit = field.unit or Unit.NUMBER
        if agg is not Aggregation.SUM and unit is Unit.COUNT:
            unit = Unit.NUMBER
        yield Metric(
            name=f"{word}_{entity.name}_{field.named.name}",
            words=Words(
                label=Text(f"{zh}{field.named.label.zh}", label),
                synonyms=tuple(dict.fromkeys(one for one in said if one != label)),
            ),
            body=Simple(measures=(Measure(entity=entity.name, agg=agg, expr=field.named.name),)),
            unit=unit,
            origin=_ORIGIN,
        )
