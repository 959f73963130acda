"""Replies to "why did it change": what changed at once, then the parts that make most of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.answer import FollowUp, Headline
from assistant.replies.draft import Draft
from assistant.replies.figures import compared_with, scene_of
from assistant.replies.pictures import wants_picture
from assistant.replies.reason_words import ReasonWords
from assistant.replies.winning_back import win_back
from assistant.resources import Asked, Resources
from semantic_layer.errors import Text
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind, Explain, Plan
from semantic_layer.query.predicate import conjoin, conjuncts
from semantic_layer.query.types import Query
from semantic_layer.table import ResultColumn, Table
from tools import numbers
from tools.change import Change, Part, Search
from tools.chart import ChartSpec, Move, change_chart

_MOST_BARS = 6


def explain(step: Explain, asked: Asked, resources: Resources) -> Draft:
    """How much a metric changed, and then why."""
    drawn = wants_picture(asked, ChartKind.WATERFALL)
    search = Search(resources.layer, step, asked.user, cancel=asked.cancel)
    words = _words(step, asked, resources)
    first = search.first
    draft = Draft(
        text=words.first(first),
        plan=asked.plan,
        headline=_headline(first, words),
        table=_table(first, words),
        uses=tuple(dict.fromkeys((step.metric, *first.uses))),
        sql=first.sql,
        remarks=first.notes,
        compile_ms=first.compile_ms,
        run_ms=first.run_ms,
    )
    if first.change is None:
        return draft
    return replace(
        draft,
        rest=lambda so_far: _searched(
            so_far, search, step, words, drawn=drawn, offers=lambda change: win_back(step, change, asked, resources)
        ),
    )


def _searched(
    so_far: Draft,
    search: Search,
    step: Explain,
    words: ReasonWords,
    *,
    drawn: bool,
    offers: Callable[[Change], tuple[FollowUp, ...]],
) -> Draft:
    change = search.run()
    return replace(
        so_far,
        text=words.whole(change),
        table=_table(change, words),
        chart=_chart(change, words) if drawn else None,
        follow_ups=(*offers(change), *(_only(part, step, words) for part in change.parts)),
        sql=change.sql,
        remarks=(*change.notes, *words.remarks(change)),
        compile_ms=change.compile_ms,
        run_ms=change.run_ms,
        rest=None,
    )


def _words(step: Explain, asked: Asked, resources: Resources) -> ReasonWords:
    query = Query(metrics=(step.metric,), where=step.where, time=step.time, compare_to=(step.compare_to,))
    scene = scene_of(query, asked, resources)
    return ReasonWords(scene, resources.index, step.metric, compared_with(query, scene, resources))


def _headline(change: Change, words: ReasonWords) -> Headline | None:
    if change.after is None:
        return None
    good = None
    if change.change:
        good = (change.change > 0) == (words.metric.good == "up") if words.metric.good != "neutral" else None
    return Headline(
        value=words.value(change.after),
        exact=numbers.exact(change.after, words.metric.unit, words.language, words.scene.currency),
        label=words.label,
        change="" if change.change is None else words.signed(change.change),
        good=good,
    )


def _only(part: Part, step: Explain, words: ReasonWords) -> FollowUp:
    """The metric of this part alone. Who had such a row is said of one period, so there is nothing to hold it against."""
    where = conjoin((*conjuncts(step.where), part.where))
    against = () if part.how == "having" else (step.compare_to,)
    name = words.part(part)
    label = f"只看{name}" if words.language == "zh" else f"only {name}"
    return FollowUp(
        label=label, plan=Plan((Query(metrics=(step.metric,), where=where, time=step.time, compare_to=against),))
    )


def _table(change: Change, words: ReasonWords) -> Table | None:
    """The parts, the told ones first; the whole where none were looked for yet."""
    rows = [*change.parts, *change.others]
    unit = words.metric.unit
    points = Text("（百分点）", " (points)") if unit is Unit.PERCENT else Text("", "")
    quotient = any(part.mix is not None for part in rows)
    split = any(part.how != "without" for part in rows)

    def column(name: str, label: Text, of: Unit | None, *, shown: bool = True) -> tuple[ResultColumn, ...]:
        return (
            (ResultColumn(name=name, label=label, role="metric", source=words.metric.name, unit=of),) if shown else ()
        )

    columns = (
        ResultColumn(name="part", label=Text("部分", "part"), role="group"),
        *column("before", Text("对比期", "before"), unit),
        *column("after", Text("本期", "after"), unit),
        *column("contribution", Text(f"贡献{points.zh}", f"contribution{points.en}"), unit),
        *column("share_of_change", Text("占变化", "share of the change"), Unit.PERCENT),
        *column("rate", Text(f"其中自身变化{points.zh}", f"own change{points.en}"), unit, shown=quotient),
        *column("mix", Text(f"其中占比变化{points.zh}", f"change of weight{points.en}"), unit, shown=quotient),
        *column("weight_before", Text("对比期占比", "weight before"), Unit.PERCENT, shown=split),
        *column("weight_after", Text("本期占比", "weight after"), Unit.PERCENT, shown=split),
        ResultColumn(name="significant", label=Text("超出偶然", "more than chance"), role="group"),
    )
    whole = {
        "part": words.all_of_it,
        "before": change.before,
        "after": change.after,
        "contribution": change.change,
        "share_of_change": 1.0 if change.change else None,
        "significant": words.judged(significant=change.significant),
    }
    found = [tuple(whole.get(one.name) for one in columns)]
    for part in rows:
        cells = {
            "part": words.part(part),
            "before": part.before,
            "after": part.after,
            "contribution": part.contribution,
            "share_of_change": part.share_of_change,
            "rate": part.rate,
            "mix": part.mix,
            "weight_before": part.weight_before,
            "weight_after": part.weight_after,
            "significant": words.judged(significant=part.significant),
        }
        found.append(tuple(cells[one.name] for one in columns))
    return Table(columns, tuple(found))


def _chart(change: Change, words: ReasonWords) -> ChartSpec | None:
    """The told parts, and more of the same fields where these share nothing; then the rest, and all of it."""
    if not change.parts or change.change is None:
        return None
    shown = list(change.parts)
    if all(part.how == "split" and part.fields == change.parts[0].fields for part in shown):
        same = [part for part in change.others if part.fields == shown[0].fields and part.how == "split"]
        shown += sorted(same, key=lambda part: -abs(part.contribution))[: max(0, _MOST_BARS - len(shown))]
    moves = [
        Move(name=words.part(part), amount=part.contribution, text=words.signed(part.contribution)) for part in shown
    ]
    rest = change.change - sum(part.contribution for part in shown)
    moves.append(Move(name=words.rest_name, amount=rest, text=words.signed(rest), rest=True))
    moves.append(Move(name=words.all_of_it, amount=change.change, text=words.signed(change.change), whole=True))
    return change_chart(moves, words.language, title=words.title(change), subtitle=words.subtitle)
