"""What loads found: their history, the report of quality, rows in quarantine, and columns that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, cast

from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.masking import shown
from assistant.stewardship.port import PAGE_ROWS
from assistant.stewardship.sources import (
    DriftAnswer,
    DriftKind,
    DriftQuestion,
    LoadEntry,
    LoadState,
    QualityReport,
    QuarantinePage,
    QuarantineRow,
    RuleResult,
    ScorePoint,
)
from assistant.stewardship.types import StewardRights
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.blueprint import Blueprint
from semantic_layer.ingestion.identity.customers import Connection
from semantic_layer.ingestion.landing import differences, quarantine, runs
from semantic_layer.ingestion.landing.differences import Answer, OpenDrift
from semantic_layer.ingestion.landing.tables import prepare
from semantic_layer.ingestion.quality.checking import SourceQuality, report_of, score_history
from semantic_layer.ingestion.standard.types import StandardField
from semantic_layer.model.types import Sensitivity

CHECK_DAY: Final = 1
"""The day of the month on which everything is checked, whether or not something was loaded."""
_ANSWERS: Final[Mapping[Answer, tuple[Text, Text]]] = {
    Answer.IS_NOW_CALLED: (
        Text("是同一列，改了名", "it is the same column under a new name"),
        Text("新列名的值接着填入原来的字段。", "Values of the new name go on filling the same field."),
    ),
    Answer.ACCEPT_AS_NEW: (
        Text("从现在起就是这样", "it is so from now on"),
        Text("接受现在的样子，下次导入按它读取。", "Taken as it is now; the next load reads it so."),
    ),
    Answer.IGNORE: (
        Text("不影响，继续导入", "it does not matter, go on"),
        Text("继续导入；缺少的列留空。", "Loading goes on; a column that is missing stays empty."),
    ),
    Answer.STOP: (
        Text("先不要导入这样的文件", "do not take in such files"),
        Text("这样的文件不再读入，直到改变答复。", "Such files are not read until the answer is changed."),
    ),
}
_FITTING: Final[Mapping[str, tuple[Answer, ...]]] = {
    "renamed": (Answer.IS_NOW_CALLED, Answer.ACCEPT_AS_NEW, Answer.IGNORE, Answer.STOP),
    "missing": (Answer.IGNORE, Answer.ACCEPT_AS_NEW, Answer.STOP),
    "retyped": (Answer.ACCEPT_AS_NEW, Answer.IGNORE, Answer.STOP),
    "added": (Answer.ACCEPT_AS_NEW, Answer.IGNORE),
}


def load_entries(house: DataHouse, source: str) -> tuple[LoadEntry, ...]:
    """The latest loads of a source first."""
    with house.warehouse.reading() as connection:
        prepare(connection)
        found = runs.history(connection, running=tuple(house.warehouse.claims), source=source, most=PAGE_ROWS)
    return tuple(
        LoadEntry(
            load=load.number,
            state=_state(load.state),
            started_at=load.started_at,
            ended_at=load.ended_at,
            rows_read=load.rows.read,
            rows_new=load.rows.new,
            rows_changed=load.rows.changed,
            rows_same=load.rows.same,
            rows_held=load.rows.held,
            why=load.why,
        )
        for load in found
    )


def _state(state: runs.LoadState) -> LoadState:
    return "failed" if state is runs.LoadState.INTERRUPTED else cast("LoadState", state.value)


def quality_of(house: DataHouse, blueprint: Blueprint, source: str, today: date) -> QualityReport:
    """The report of the last check of a source, worst rules first, and its scores over time."""
    with house.warehouse.reading() as connection:
        points = [point for point in score_history(connection) if point.source == source]
        report = report_of(connection, blueprint.rules, blueprint.specs, load=points[-1].load) if points else None
    found = report.source(source) if report is not None else None
    return QualityReport(
        score=points[-1].score if points else None,
        at=points[-1].at if points else None,
        rules=_rules(found),
        over_time=tuple(ScorePoint(point.at.date(), point.score) for point in points),
        next_check=_next_check(today),
    )


def _rules(found: SourceQuality | None) -> tuple[RuleResult, ...]:
    results = sorted(found.results, key=lambda each: (-each.lost, -each.share)) if found is not None else []
    return tuple(
        RuleResult(
            rule=each.rule.name,
            label=each.rule.reason if each.rule.reason.zh else Text(each.rule.name, each.rule.name),
            field=each.rule.field_name,
            verdict=each.verdict,
            checked=each.checked,
            failed=each.failed,
            share=each.share,
            note=each.why,
        )
        for each in results
    )


def _next_check(today: date) -> date:
    return (today.replace(day=CHECK_DAY) + timedelta(days=32)).replace(day=CHECK_DAY)


# --- quarantine


def quarantine_page(
    house: DataHouse, blueprint: Blueprint, source: str, offset: int, rule: str, rights: StewardRights
) -> QuarantinePage:
    """Rows of a source that wait, the newest first."""
    with house.warehouse.reading() as connection:
        prepare(connection)
        found = quarantine.in_quarantine(connection, source=source, rule=rule or None, most=PAGE_ROWS, skip=offset)
        waiting = [each for each in quarantine.count(connection, source=source) if each.open]
    labels = {each.name: each.reason for each in blueprint.rules}
    chosen = [each for each in waiting if rule in ("", each.rule)]
    return QuarantinePage(
        rows=tuple(_row(held, blueprint, rights) for held in found),
        total=sum(each.open for each in chosen),
        offset=offset,
        rules=tuple(
            (each.rule, _label(labels.get(each.rule), each.rule), each.open)
            for each in sorted(waiting, key=lambda one: (-one.open, one.rule))
        ),
    )


def _label(reason: Text | None, rule: str) -> Text:
    return reason if reason is not None and reason.zh else Text(rule, rule)


def _row(held: quarantine.Held, blueprint: Blueprint, rights: StewardRights) -> QuarantineRow:
    field = blueprint.standard.field(held.field)
    return QuarantineRow(
        id=name_of(held),
        place=held.place,
        rule=held.rule,
        field=held.field,
        field_label=field.words.label if field is not None else Text(held.field, held.field),
        value=shown(held.value or "", _sensitivity(field), rights),
        reason=held.reason,
        remedy=held.remedy,
        held=held.held,
        found_at=held.found_at,
    )


def _sensitivity(field: StandardField | None) -> Sensitivity:
    """A value whose field nobody knows may be anything."""
    return field.sensitivity if field is not None else Sensitivity.PERSONAL


def name_of(held: quarantine.Held) -> str:
    """A name for one thing in quarantine that says nothing about it."""
    parts = (held.source, held.row, held.place, held.rule, held.field, held.value or "")
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:20]


def held_by_name(connection: Connection, source: str, name: str) -> quarantine.Held:
    """The thing that `name_of` gave this name. Raises `UnknownNameError` when it was settled meanwhile."""
    skip = 0
    while page := quarantine.in_quarantine(connection, source=source, most=1000, skip=skip):
        for held in page:
            if name_of(held) == name:
                return held
        skip += len(page)
    raise UnknownNameError(Text("待处理的行（可能已被处理）", "waiting row; perhaps it was settled"), name[:8])


# --- columns that changed


def drift_questions(house: DataHouse, source: str, rights: StewardRights) -> tuple[DriftQuestion, ...]:
    """What waits for an answer; notes about columns that were added come last."""
    with house.warehouse.reading() as connection:
        prepare(connection)
        found = differences.open_drift(connection, source)
    asked = sorted(found, key=lambda one: (not one.holds, one.column))
    return tuple(_question(one, rights) for one in asked if one.holds or not one.answer)


def _question(one: OpenDrift, rights: StewardRights) -> DriftQuestion:
    kind: DriftKind = one.kind.value
    return DriftQuestion(
        id=one.column,
        kind=kind,
        question=_asked(one, kind),
        answers=tuple(
            DriftAnswer(id=answer.value, label=_ANSWERS[answer][0], effect=_ANSWERS[answer][1])
            for answer in _FITTING[kind]
        ),
        examples=tuple(shown(value, Sensitivity.PERSONAL, rights) for value in one.examples[:3]),
        found_at=one.found_at,
    )


def _asked(one: OpenDrift, kind: DriftKind) -> Text:
    match kind:
        case "renamed":
            return Text(
                f"列「{one.column}」不见了，出现了「{one.now_called}」，值很像。是同一列吗？",
                f"The column {one.column!r} is gone and {one.now_called!r} is new, with values much like it. Is it the same?",
            )
        case "missing":
            return Text(f"列「{one.column}」不见了。", f"The column {one.column!r} is no longer there.")
        case "retyped":
            return Text(
                f"列「{one.column}」的值变了样：原来是 {one.was_type}，现在是 {one.now_type}。",
                f"The values of {one.column!r} look different: {one.was_type} before, {one.now_type} now.",
            )
        case "added":
            return Text(
                f"多了一列「{one.column}」，已照原样保存，没有用到。",
                f"The column {one.column!r} is new. It is kept as found and not used.",
            )


def effect_of(answer: str) -> tuple[Answer, Text]:
    """An answer by its id, and what then happens. Raises `UnknownNameError`."""
    try:
        chosen = Answer(answer)
    except ValueError as error:
        raise UnknownNameError(Text("答复", "answer"), answer, tuple(each.value for each in Answer)) from error
    return chosen, _ANSWERS[chosen][1]
