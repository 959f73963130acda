"""Replies to things to be done: save these people, take them away. Nothing leaves without a stated purpose."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Clarification, Option, Section
from assistant.replies.draft import Draft
from assistant.replies.restated import who_text
from assistant.resources import Asked, Resources
from assistant.take import Wanted, people_columns, take_people
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.rights import rights_of
from semantic_layer.query.plan import Export, ListPeople, Plan, SaveSegment


def save_segment(step: SaveSegment, asked: Asked, resources: Resources) -> Draft:
    """Save the people under a name; a taken name is refused with a free one near it."""
    count = resources.layer.count(step.audience, asked.user, cancel=asked.cancel)
    saved = resources.segments.save(step.name, step.audience, by=asked.user.name, count=count, as_of=resources.as_of)
    who = who_text(step.audience, resources.index, resources.calendar, asked.language)
    if asked.language == "zh":
        text = f"已保存人群「{saved.name}」，共 {count:,} 人：{who}。可以在「人群」页改名、合并或删除。"
    else:
        text = f"Saved as “{saved.name}”: {count:,} people ({who}). Rename, combine or delete it under Segments."
    return Draft(text=text, plan=Plan((ListPeople(step.audience),)))


def ask_purpose(step: Export, asked: Asked, resources: Resources) -> Clarification:
    """Before people leave: what for, and which columns. Each option names what it would unmask."""
    if not rights_of(asked.user, resources.layer.policy).may_export:
        raise NotAllowedError(Text("您的角色不允许导出。", "Your role does not allow exports."))
    if step.audience is None:
        raise InvalidPlanError(
            Text("请先问出一份名单或一张表，再导出。", "Ask for a list of people first, then take it away.")
        )
    zh = asked.language == "zh"
    count = resources.layer.count(step.audience, asked.user, cancel=asked.cancel)
    columns = people_columns(step.audience, asked.user, resources)
    names = ("、" if zh else ", ").join(column.label.in_(asked.language) for column in columns)
    rights = rights_of(asked.user, resources.layer.policy)
    options = tuple(
        Option(
            label=one.label.in_(asked.language),
            count=(
                Text("含联系方式", "with contacts")
                if rights.may_export_contact_for(one.name)
                else Text("联系方式脱敏", "contacts masked")
            ).in_(asked.language),
            plan=Plan((replace(step, purpose=one.name),)),
        )
        for one in resources.layer.policy.purpose_details
    )
    question = (
        f"要导出 {count:,} 人。用途是什么？列：{names}。没有允许的用途时，联系方式保持脱敏。"
        if zh
        else f"{count:,} people are to leave. For which purpose? Columns: {names}. Contacts stay masked without a purpose that allows them."
    )
    return Clarification(
        id=resources.new_id(), asked=asked.text, language=asked.language, question=question, options=options
    )


def export(step: Export, asked: Asked, resources: Resources) -> Draft:
    """Write the people to an XLSX file for the stated purpose."""
    if step.audience is None or not step.purpose:
        raise InvalidPlanError(Text("请先说明导出用途。", "State the purpose of the export first."))
    stamp = f"{resources.now():%Y%m%d-%H%M%S}"
    target = resources.exports / f"people_{stamp}_{resources.new_id()[:6]}.xlsx"
    target.parent.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(target=target, user=asked.user, purpose=step.purpose, language=asked.language)
    done = take_people(step.audience, wanted, asked.plan, resources)
    zh = asked.language == "zh"
    masked = [
        c.label.in_(asked.language)
        for c in people_columns(step.audience, asked.user, resources)
        if c.source in done.proof.masked_columns and c.sensitivity is not Sensitivity.NONE
    ]
    note = (f"；脱敏：{'、'.join(masked)}" if zh else f"; masked: {', '.join(masked)}") if masked else ""
    text = f"已导出 {done.proof.rows:,} 人{note}。" if zh else f"{done.proof.rows:,} people written{note}."
    lines = (
        (Text("文件", "File").in_(asked.language), done.path.name),
        (Text("用途", "Purpose").in_(asked.language), done.proof.purpose),
        (Text("凭证", "Proof").in_(asked.language), done.proof.id),
        ("SHA-256", done.proof.sha256),
    )
    section = Section(title=Text("导出凭证", "Proof of the export").in_(asked.language), lines=lines)
    return Draft(text=text, plan=asked.plan, sections=(section,), files=(done.path,))
