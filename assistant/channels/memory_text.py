"""Reviewed questions, the queue and the gaps as text for a terminal and as data for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from assistant.memory.gaps import KIND_NAMES, GapReport
from assistant.memory.types import PairIssue, Proposal, QueueView, ReviewedQuestion
from assistant.replies.restated import plan_text
from assistant.resources import Resources
from semantic_layer.errors import Language, Text, UserError
from semantic_layer.query.codec import encode, plan_from_json
from semantic_layer.query.plan import Plan

_NONE = Text("还没有审核过的问题。", "There are no reviewed questions yet.")
_EMPTY = Text("没有等待审核的问题。", "Nothing waits for a reviewer.")
_NO_GAPS = Text("这段时间 {asked} 个问题都得到了回答。", "All {asked} questions of this time were served.")
_ASKED = Text("{since} 以来 {asked} 个问题，{gaps} 项缺口：", "{asked} questions since {since}, {gaps} gaps:")
_OFTEN = Text("{count} 次，{people} 人", "{count} times, {people} people")
_DISLIKED = Text("，{count} 次不满意", ", {count} not satisfied")
_SHOWN = Text("被否定的计划", "plan that was disliked")
_NEAR = Text("相近", "near")
_NEEDS = Text("文件里的问题：", "Faults of the files:")
_UNREADABLE = Text("这个计划读不懂了", "this plan can no longer be read")


def pairs_as_text(
    pairs: tuple[ReviewedQuestion, ...], resources: Resources, language: Language, said: Text | None
) -> str:
    lines = [line for pair in pairs for line in _pair_lines(pair, resources, language)] or [_NONE.in_(language)]
    return "\n".join([*lines, *([said.in_(language)] if said is not None else [])])


def _pair_lines(pair: ReviewedQuestion, resources: Resources, language: Language) -> Iterator[str]:
    yield f"{pair.id}  {' | '.join(pair.wordings())}"
    yield f"  → {_in_words(pair.plan, resources, language)}"
    yield f"  {pair.approved_by}, {pair.approved_on}{f': {pair.note}' if pair.note else ''}  ({pair.file}:{pair.line})"


def queue_as_text(view: QueueView, resources: Resources, language: Language) -> str:
    lines = [line for one in view.proposals for line in _proposal_lines(one, resources, language)]
    lines += [_aside_line(one, language) for one in view.set_aside]
    if view.faults:
        lines += [_NEEDS.in_(language), *(f"  {issue}" for issue in view.faults)]
    lines = lines or [_EMPTY.in_(language)]
    return "\n".join([*lines, *([view.said.in_(language)] if view.said is not None else [])])


def _proposal_lines(one: Proposal, resources: Resources, language: Language) -> Iterator[str]:
    often = _OFTEN.in_(language).format(count=one.count, people=one.people)
    disliked = _DISLIKED.in_(language).format(count=one.disliked) if one.disliked else ""
    yield f"{one.item.id}  {one.item.question}  ({often}{disliked}; {one.item.last_seen:%Y-%m-%d %H:%M})"
    for number, candidate in enumerate(one.candidates, 1):
        yield f"  {number}. {_packed(candidate.plan, resources, language)}  ×{candidate.count}"
    for plan in one.shown:
        yield f"  {_SHOWN.in_(language)}: {_packed(plan, resources, language)}"
    yield from (f"  “{remark}”" for remark in one.remarks)


def _aside_line(one: PairIssue, language: Language) -> str:
    question = (one.pair.wordings(language) or one.pair.wordings())[0]
    return f"{one.pair.id}  {question}\n  {one.said.in_(language)}"


def gaps_as_text(report: GapReport, language: Language) -> str:
    if not report.gaps:
        return _NO_GAPS.in_(language).format(asked=report.asked)
    head = _ASKED.in_(language).format(since=f"{report.since:%Y-%m-%d}", asked=report.asked, gaps=len(report.gaps))
    return "\n".join([head, *_gap_lines(report, language)])


def _gap_lines(report: GapReport, language: Language) -> Iterator[str]:
    for gap in report.gaps:
        often = _OFTEN.in_(language).format(count=gap.count, people=gap.people)
        yield f"  {often}  {gap.text}  ({KIND_NAMES[gap.kind].in_(language)}; {gap.last_seen:%Y-%m-%d})"
        if gap.nearest:
            yield f"    {_NEAR.in_(language)}: {', '.join(gap.nearest)}"
        if gap.example and gap.example != gap.text:
            yield f"    “{gap.example}”"


def pair_as_data(pair: ReviewedQuestion) -> dict[str, object]:
    return {
        "id": pair.id,
        "zh": list(pair.zh),
        "en": list(pair.en),
        "plan": encode(pair.plan),
        "approved_by": pair.approved_by,
        "approved_on": pair.approved_on.isoformat(),
        "note": pair.note,
        "definitions": pair.definitions,
        "file": pair.file,
        "line": pair.line,
    }


def queue_as_data(view: QueueView) -> dict[str, object]:
    return {
        "proposals": [
            {
                "id": one.item.id,
                "question": one.item.question,
                "language": one.item.language,
                "count": one.count,
                "people": one.people,
                "disliked": one.disliked,
                "opened_at": one.item.opened_at.isoformat(),
                "last_seen": one.item.last_seen.isoformat(),
                "candidates": [{"plan": json.loads(c.plan)["value"], "count": c.count} for c in one.candidates],
                "shown": [json.loads(plan)["value"] for plan in one.shown],
                "remarks": list(one.remarks),
            }
            for one in view.proposals
        ],
        "set_aside": [
            {
                "id": one.pair.id,
                "reason": one.fault.reason.en,
                "nearest": list(one.fault.nearest),
                "file": one.pair.file,
            }
            for one in view.set_aside
        ],
        "faults": [str(issue) for issue in view.faults],
    }


def gaps_as_data(report: GapReport) -> dict[str, object]:
    return {
        "since": report.since.isoformat(),
        "asked": report.asked,
        "gaps": [
            {
                "kind": gap.kind.value,
                "text": gap.text,
                "count": gap.count,
                "people": gap.people,
                "last_seen": gap.last_seen.isoformat(),
                "nearest": list(gap.nearest),
                "example": gap.example,
            }
            for gap in report.gaps
        ],
    }


def _packed(plan: str, resources: Resources, language: Language) -> str:
    try:
        return _in_words(plan_from_json(plan), resources, language)
    except UserError:
        return _UNREADABLE.in_(language)


def _in_words(plan: Plan, resources: Resources, language: Language) -> str:
    """The plan in words; as JSON where its names are not defined any more."""
    try:
        return plan_text(plan, resources.index, resources.calendar, language)
    except UserError:
        return json.dumps(encode(plan), ensure_ascii=False)
