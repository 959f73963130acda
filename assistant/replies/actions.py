"""Replies to things to be done: save these people, take them away. Nothing leaves without a stated purpose."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Clarification, Option, Section
from assistant.replies.draft import Draft
from assistant.replies.figures import figures
from assistant.replies.restated import who_text
from assistant.resources import Asked, Resources
from assistant.take import Wanted, people_columns, save_audience, take_people, take_table
from semantic_layer.errors import InvalidPlanError, Language, NotAllowedError, Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.query.plan import Export, ListPeople, Plan, SaveSegment
from tools.export.exporter import Exported
from tools.export.proof import Proof
from tools.export.rights import purposes_of


def save_segment(step: SaveSegment, asked: Asked, resources: Resources) -> Draft:
    """Save the people under a name; a taken name is refused with a free one near it."""
    saved = save_audience(step.audience, step.name, resources, asked.user, cancel=asked.cancel)
    count = saved.count_at_save or 0
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
    allowed = purposes_of(resources.layer.policy, asked.user)
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
        if one.name in allowed
    )
    question = (
        f"导出这 {count:,} 人做什么用？文件里有{names}；联系方式只在用途允许时显示。"
        if zh
        else f"What are these {count:,} people taken away for? The file has {names}; contacts show only where the purpose allows."
    )
    return Clarification(
        id=resources.new_id(), asked=asked.text, language=asked.language, question=question, options=options
    )


def export(step: Export, asked: Asked, resources: Resources) -> Draft:
    """Write the people, for the stated purpose, or the table to an XLSX file."""
    name = "people" if step.audience is not None else "table"
    target = resources.exports / f"{name}_{resources.now():%Y%m%d-%H%M%S}_{resources.new_id()[:6]}.xlsx"
    target.parent.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(target=target, user=asked.user, purpose=step.purpose or "", language=asked.language)
    if step.audience is not None:
        done = take_people(step.audience, wanted, asked.plan, resources)
    elif step.query is not None:
        table = figures(step.query, replace(asked, plan=Plan((step.query,))), resources).table
        done = take_table(table, Plan((step.query,)), wanted, resources)
    else:
        raise InvalidPlanError(
            Text("请先问出一份名单或一张表，再导出。", "Ask for people or a table first, then take it away.")
        )
    return Draft(
        text=_written(done.proof, asked.language),
        plan=asked.plan,
        sections=(_card(done, asked, resources),),
        files=(done.path,),
    )


def _written(proof: Proof, language: Language) -> str:
    masked = len(proof.masked_columns)
    if language == "zh":
        return f"已导出 {proof.rows:,} 行{f'，其中 {masked} 列已脱敏' if masked else ''}。"
    rows = f"{proof.rows:,} {'row' if proof.rows == 1 else 'rows'} written"
    return f"{rows}, {masked} {'column' if masked == 1 else 'columns'} masked." if masked else f"{rows}."


def _card(done: Exported, asked: Asked, resources: Resources) -> Section:
    """What the audit store keeps of the export."""
    purposes = {one.name: one.label.in_(asked.language) for one in resources.layer.policy.purpose_details}
    purpose = purposes.get(done.proof.purpose, done.proof.purpose)
    lines = (
        (Text("文件", "File").in_(asked.language), done.path.name),
        *(((Text("用途", "Purpose").in_(asked.language), purpose),) if purpose else ()),
        (Text("凭证", "Proof").in_(asked.language), done.proof.id),
        ("SHA-256", done.proof.sha256),
    )
    return Section(title=Text("导出凭证", "Proof of the export").in_(asked.language), lines=lines)
