"""Times are there, lie where they can, and are as fine as the definitions say."""

from __future__ import annotations

from semantic_layer.compiler.fragments import names_in
from semantic_layer.compiler.probes import FINEST, time_counts
from semantic_layer.errors import Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Dimension, DimensionKind, Entity, Measure, Simple
from semantic_layer.review.data import Data
from semantic_layer.review.findings import Findings, Place, Severity, share_in_words

_FINER_FIRST = tuple(Grain)
_WORDS = {
    Grain.MILLISECOND: Text("毫秒", "milliseconds"),
    Grain.SECOND: Text("秒", "seconds"),
    Grain.MINUTE: Text("分钟", "minutes"),
    Grain.HOUR: Text("小时", "hours"),
    Grain.DAY: Text("日", "days"),
    Grain.WEEK: Text("周", "weeks"),
    Grain.MONTH: Text("月", "months"),
    Grain.QUARTER: Text("季度", "quarters"),
    Grain.YEAR: Text("年", "years"),
}
_SUSPICIOUS = 0.001  # of the rows on one placeholder day


def check_times(data: Data, findings: Findings) -> None:
    """Every time dimension."""
    for dimension in data.index.model.dimensions:
        entity = data.index.entity(dimension.entity)
        if dimension.kind is DimensionKind.TIME and data.has(entity, names_in(dimension.expr)):
            counts = data.counts(time_counts(dimension, entity, data.as_of))
            if counts[0] > counts[1]:
                _moments(dimension, entity, counts, data, findings)
                _grains(dimension, counts, data, findings)


def _moments(dimension: Dimension, entity: Entity, counts: tuple[int, ...], data: Data, findings: Findings) -> None:
    rows, without, after, ancient, far_off, placeholders = counts[:6]
    name = dimension.qualified
    is_event = entity.time == dimension.name
    today = data.as_of

    def say(severity: Severity, count: int, message: Text, remedy: Text) -> None:
        part = share_in_words(count, rows)
        findings.add(
            severity,
            Place(kind="dimension", name=name),
            Text(
                f"「{name}」有 {count:,} 行（{part}）{message.zh}",
                f"{count:,} of {rows:,} rows of {name} ({part}) {message.en}",
            ),
            remedy,
            count=count,
            total=rows,
        )

    if ancient:
        say("warning", ancient, Text("早于 1900 年。", "lie before 1900."), _MEND)
    if far_off:
        say("warning", far_off, Text("晚于 2100 年。", "lie after 2100."), _LEAVE_EMPTY)
    if is_event and after - far_off > 0:
        say(
            "warning",
            after - far_off,
            Text(f"晚于数据的“今天” {today}。", f"lie after the data's today, {today}."),
            _FUTURE,
        )
    if placeholders > _SUSPICIOUS * rows:
        say(
            "warning",
            placeholders,
            Text(
                "是占位日期（1900-01-01 或 1970-01-01）。",
                "stand on 1900-01-01 or 1970-01-01, days that mean “unknown”.",
            ),
            _LEAVE_EMPTY,
        )
    if is_event and without:
        say("info", without, Text("没有时间：任何时期都不含它们。", "have no time: no period holds them."), _FILL)


_MEND = Text("请在载入时改正。", "Correct them when loading.")
_LEAVE_EMPTY = Text("不知道的时间请留空。", "Leave a time empty when it is not known.")
_FUTURE = Text(
    "请检查时区和载入；若确实在将来，请在 conventions 里设置 as_of。",
    "Check the time zone and the load; if they truly are in the future, set as_of: in the conventions.",
)
_FILL = Text("若本应有时间，请补上。", "Fill it in where there should be one.")


def _grains(dimension: Dimension, counts: tuple[int, ...], data: Data, findings: Findings) -> None:
    """What the data has is at least as fine as what is declared and shown."""
    finest = _finest(counts[6:])
    if finest is None:
        return
    if dimension.grain is not None and _is_finer(dimension.grain, finest):
        findings.add(
            "warning",
            Place(kind="dimension", name=dimension.qualified, path=("grain",)),
            Text(
                f"「{dimension.qualified}」声明细到{_WORDS[dimension.grain].zh}，数据只细到{_WORDS[finest].zh}。",
                f"{dimension.qualified} is declared in {_WORDS[dimension.grain].en}; the data has {_WORDS[finest].en} only.",
            ),
            Text(f"请写 grain: {finest.value}。", f"Write grain: {finest.value}."),
        )
    for metric in data.index.model.metrics:
        if metric.grain is None or not isinstance(metric.body, Simple) or not _is_finer(metric.grain, finest):
            continue
        if any(_goes_by(measure, dimension, data) for measure in metric.body.measures):
            findings.add(
                "error",
                Place(kind="metric", name=metric.name, path=("grain",)),
                Text(
                    f"「{metric.name}」按{_WORDS[metric.grain].zh}显示，而「{dimension.qualified}」的数据只细到{_WORDS[finest].zh}。",
                    f"{metric.name} is shown in {_WORDS[metric.grain].en}, but the data of {dimension.qualified} "
                    f"has {_WORDS[finest].en} only.",
                ),
                Text(f"请写 grain: {finest.value} 或更粗。", f"Write grain: {finest.value}, or a coarser one."),
            )


def _finest(inside: tuple[int, ...]) -> Grain | None:
    """The coarsest grain at whose starts all rows stand; `None` when they are finer than seconds."""
    for grain, count in zip(FINEST, inside, strict=True):
        if count == 0:
            return grain
    return None


def _is_finer(one: Grain, other: Grain) -> bool:
    return _FINER_FIRST.index(one) < _FINER_FIRST.index(other)


def _goes_by(measure: Measure, dimension: Dimension, data: Data) -> bool:
    name = measure.time or data.index.entity(measure.entity).time
    return name is not None and (name if "." in name else f"{measure.entity}.{name}") == dimension.qualified
