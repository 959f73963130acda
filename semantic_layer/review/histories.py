"""Histories say one thing at a time: windows of a key neither overlap nor end before they begin."""

from __future__ import annotations

from semantic_layer.compiler.probes import history_counts
from semantic_layer.errors import Text
from semantic_layer.model.types import Entity
from semantic_layer.review.data import Data
from semantic_layer.review.findings import Findings, Place, Severity, share_in_words


def check_histories(data: Data, findings: Findings) -> None:
    """Every entity with a validity."""
    for entity in data.index.model.entities:
        window = entity.validity
        if window is not None and data.has(entity, (*entity.primary_key, window.start, window.end)):
            rows, backwards, without_start, overlapping, gaps, day_gaps = data.counts(history_counts(entity, window))
            if gaps and gaps == day_gaps:
                _say(entity, "error", (gaps, rows), *_LAST_DAY_INSIDE, findings)
                gaps = 0
            _say(entity, "error", (backwards, rows), *_BACKWARDS, findings)
            _say(entity, "error", (overlapping, rows), *_OVERLAPPING, findings)
            _say(entity, "warning", (gaps, rows), *_GAPS, findings)
            _say(entity, "warning", (without_start, rows), *_WITHOUT_START, findings)


def _say(
    entity: Entity, severity: Severity, counts: tuple[int, int], message: Text, remedy: Text, findings: Findings
) -> None:
    count, rows = counts
    if not count:
        return
    part = share_in_words(count, rows)
    findings.add(
        severity,
        Place(kind="entity", name=entity.name, path=("validity",)),
        Text(
            f"历史表「{entity.table}」有 {count:,} 行（{part}）{message.zh}",
            f"{count:,} of {rows:,} rows of the history {entity.table} ({part}) {message.en}",
        ),
        remedy,
        count=count,
        total=rows,
    )


_BACKWARDS = (
    Text("的结束不晚于开始，任何时刻都不生效。", "end before, or as, they begin, and hold at no moment."),
    Text("请改正这些行的起止。", "Correct their start or end."),
)
_OVERLAPPING = (
    Text(
        "在同一个键的上一行结束前就开始了：那段时间一行数据会对应多行，数字会偏大。",
        "begin before an earlier one of the same key has ended: in that time rows meet several, and numbers grow.",
    ),
    Text(
        "请让上一行的结束等于下一行的开始（结束当天不含）。", "End each where the next one begins; the end is outside."
    ),
)
_GAPS = (
    Text(
        "与同一个键的上一行之间有空档：那段时间没有值。",
        "leave a gap after an earlier one of the same key: nothing holds in it.",
    ),
    Text("若不该有空档，请补上中间的行。", "If there should be none, add the rows in between."),
)
_LAST_DAY_INSIDE = (
    Text(
        "都在同一个键的上一行结束的第二天开始：结束看来是最后一天（含），而 validity 的结束不含，因此每行的最后一天没有值。",
        "begin on the day after an earlier one of the same key has ended, and none otherwise: the end seems to be the last "
        "day inside, while the end of a validity is outside; so nothing holds on the last day of each.",
    ),
    Text(
        "请在 validity 里写 end_inside: true，或在载入时把结束改为后一天。",
        "Write end_inside: true in validity, or store the day after as the end when loading.",
    ),
)
_WITHOUT_START = (
    Text("没有开始时间，任何时刻都不生效。", "have no start, and hold at no moment."),
    Text("请补上开始时间，如最早的日期。", "Fill in the start, e.g. the earliest day."),
)
