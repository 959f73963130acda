"""What a result of numbers is made of: the names of its columns, what each is in the question, and what must be said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.groups import Group, periods_of
from semantic_layer.compiler.labels import comparison_columns, group_column, metric_column, rank_column, share_column
from semantic_layer.compiler.literals import number
from semantic_layer.compiler.when import When, partial_note
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.types import Query
from semantic_layer.table import ResultColumn

IsTimed = Callable[[str], bool]
"""Whether a metric happens in time, by its name."""


def suffix(position: int) -> str:
    """The ending of a comparison's column names: none for the question itself, then `__prev`, `__prev_2`, …"""
    return "" if position == 0 else "__prev" if position == 1 else f"__prev_{position}"


def numbered(what: str, position: int) -> str:
    """`__change` of the first comparison, `__change_2` of the second."""
    return f"__{what}" if position == 1 else f"__{what}_{position}"


def change(metric: str, position: int) -> exp.Expr:
    return exp.Sub(this=exp.column(metric), expression=exp.column(f"{metric}{suffix(position)}"))


def days_between(metric: str, position: int) -> exp.Expr:
    """How many days a date lies after the one before."""
    date_type = exp.DataType(this=exp.DataType.Type.DATE)
    own = exp.Cast(this=exp.column(metric), to=date_type)
    before = exp.Cast(this=exp.column(f"{metric}{suffix(position)}"), to=date_type.copy())
    return exp.Sub(this=own, expression=before)


def change_rate(metric: str, position: int) -> exp.Expr:
    """The change as a part of the value before; unknown where that was not above zero."""
    before = exp.column(f"{metric}{suffix(position)}")
    rate = exp.Div(this=exp.Paren(this=change(metric, position)), expression=before)
    return exp.Case(ifs=[exp.If(this=exp.GT(this=before.copy(), expression=number(0)), true=rate)])


def columns_of_result(
    query: Query, groups: Sequence[Group], index: ModelIndex, is_timed: IsTimed
) -> tuple[ResultColumn, ...]:
    """The columns that are shown, in the order of the statement."""
    found = [group_column(group, index) for group in groups]
    for name in query.metrics:
        metric = index.metric(name)
        found.append(metric_column(metric))
        if is_timed(name):
            for position, other in enumerate(query.compare_to, start=1):
                found.extend(
                    comparison_columns(
                        metric,
                        other,
                        of=position - 1,
                        names=(
                            f"{name}{suffix(position)}",
                            f"{name}{numbered('change', position)}",
                            f"{name}{numbered('change_rate', position)}",
                        ),
                    )
                )
        if query.share:
            found.append(share_column(metric))
        if query.rank:
            found.append(rank_column(metric))
    return tuple(found)


def notes_on(
    query: Query, groups: Sequence[Group], context: CompileContext, spans: When, is_timed: IsTimed, *, named_only: bool
) -> tuple[Text, ...]:
    """What the person should know of the figures. `named_only` says that groups without a name are left out."""
    notes: list[Text] = []
    if named_only:
        notes.append(
            Text(
                zh="排名和筛选只在有取值的分组之间进行，“未知”不参与。",
                en="Only groups with a known value are ranked or held against the bound; unknown ones are left out.",
            )
        )
    for name in query.metrics:
        if not is_timed(name) and (query.time is not None or query.compare_to):
            label = context.index.metric(name).words.label
            notes.append(
                Text(
                    zh=f"「{label.zh}」是当前的数，不受所选时间影响。",
                    en=f"{label.en} is counted as of now; the time does not apply to it.",
                )
            )
    grain = next((group.grain for group in periods_of(groups) if group.is_aligned), None)
    if (time := query.time) is not None:
        compared = (context.calendar.comparison_note(time, other) for other in query.compare_to)
        notes.extend(note for note in compared if note is not None)
    partial = partial_note(context.calendar, spans.spans[0], grain) if grain else None
    return tuple(notes) if partial is None else (*notes, partial)
