"""Taking results out of the house: which columns may leave, for which purpose, and the file with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from assistant.answer import Answer
from assistant.replies.audiences import audience_behind
from assistant.resources import Asked, Resources
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Language, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Dimension, Sensitivity
from semantic_layer.policy.hidden import refuse_hidden
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Predict
from semantic_layer.query.plan import ListPeople, Plan, Profile
from semantic_layer.query.predicate import Compare, Predicate
from semantic_layer.query.types import Audience, Query
from semantic_layer.table import ResultColumn, Table
from tools.campaigns.keys import bitmap
from tools.export.exporter import Exported, Request
from tools.export.proof import Format
from tools.export.rows import PeopleRequest
from tools.segments.rights import who_of
from tools.segments.types import Segment

ANSWERS: Final = (Format.CSV, Format.XLSX, Format.PNG, Format.SVG)
"""What an answer can leave as; boards leave as other files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a file is wanted. Without `columns` the usual ones are written; `purpose` is a name of the policy."""

    target: Path
    user: User
    purpose: str = ""
    columns: tuple[str, ...] = ()
    language: Language = "zh"
    bom: bool = True

    @property
    def format(self) -> Format:
        """By the ending of the target; raises `InvalidPlanError` with the endings there are."""
        ending = self.target.suffix.lstrip(".").lower()
        if ending not in ANSWERS:
            known = ", ".join(f".{one.value}" for one in ANSWERS)
            raise InvalidPlanError(
                Text(f"不认识的文件类型「.{ending}」，可以用 {known}。", f"Unknown file type {ending!r}. Use {known}.")
            )
        return Format(ending)


def audience_of(answer: Answer, resources: Resources) -> Audience | None:
    """The people an answer is about, if it is about people."""
    step = answer.plan.steps[0]
    match step:
        case ListPeople(audience=audience) | Profile(audience=audience):
            return audience
        case Query():
            return audience_behind(step, resources.index)
        case _:
            return None


def purpose_named(words: str, resources: Resources) -> str:
    """The purpose of the policy that `words` name, by name, label or synonym; the words themselves when none does."""
    said = words.strip().casefold()
    for one in resources.layer.policy.purpose_details:
        names = (one.name, one.label.zh, one.label.en, *one.synonyms)
        if said in {name.casefold() for name in names}:
            return one.name
    return words


def people_columns(audience: Audience, user: User, resources: Resources) -> tuple[ResultColumn, ...]:
    """The columns of a list of people: the telling ones first, then contacts, all that the user may ask for."""
    usual = resources.layer.people(audience, user, fields=None, limit=0).table.columns
    entity = audience.entity
    contacts = tuple(
        ResultColumn(name=f.name, label=f.words.label, role="attribute", source=f.qualified, sensitivity=f.sensitivity)
        for f in resources.index.fields_of(entity)
        if isinstance(f, Dimension) and f.sensitivity is not Sensitivity.NONE
    )
    known = {column.source for column in usual}
    layer = resources.layer
    return (*usual, *(c for c in contacts if c.source not in known and layer.may_use(c.source, user)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentHandle:
    """A saved segment in the hands of code."""

    name: str
    audience: Audience
    resources: Resources
    user: User

    def export(self, path: str | Path, *, purpose: str = "analysis", user: User | None = None) -> Path:
        """Write its people to a CSV or XLSX file; contacts leave unmasked only when role and purpose allow."""
        wanted = Wanted(target=Path(path), user=user or self.user, purpose=purpose)
        return take_people(self.audience, wanted, None, self.resources).path


def names_people(answer: Answer, resources: Resources) -> bool:
    """Whether the people of an answer can be saved: by a rule, or as a list where a model chose them."""
    return isinstance(answer.plan.steps[0], Predict) or audience_of(answer, resources) is not None


def save_people(answer: Answer, name: str, resources: Resources, user: User) -> SegmentHandle:
    """Save the people of an answer as a segment: by their rule where they have one, else as a list that does not change."""
    step = answer.plan.steps[0]
    if isinstance(step, Predict):
        saved = _save_foreseen(step, answer, name, resources, user)
        return SegmentHandle(name=saved.name, audience=saved.people, resources=resources, user=user)
    audience = audience_of(answer, resources)
    if audience is None:
        raise InvalidPlanError(
            Text(
                "这个回答不是一群人，不能保存为人群。",
                "This answer is not about people and cannot be saved as a segment.",
            )
        )
    saved = save_audience(audience, name, resources, user)
    return SegmentHandle(name=saved.name, audience=saved.people, resources=resources, user=user)


def _save_foreseen(step: Predict, answer: Answer, name: str, resources: Resources, user: User) -> Segment:
    from assistant.replies.foreseen import keys_foreseen  # noqa: PLC0415  # replies stand on this module

    asked = Asked(text="", language=answer.language, user=user, plan=answer.plan)
    found = keys_foreseen(step, asked, resources)
    if found.audience is not None:
        return save_audience(found.audience, name, resources, user)
    if resources.living is None:
        raise InvalidPlanError(
            Text(
                "这里没有能保存名单的角色，请先把模型发布为标签。",
                "Lists cannot be kept here. Publish the model as a tag first.",
            )
        )
    return resources.living.lists.freeze(name, bitmap(found.keys), user)


def save_audience(
    audience: Audience, name: str, resources: Resources, user: User, *, cancel: Cancel | None = None
) -> Segment:
    """Save people as a segment, counted under this user's rights. Raises as counting and saving do."""
    who = who_of(user, resources.layer.policy)
    count = resources.layer.count(audience, user, cancel=cancel)
    saved = resources.segments.save(name, audience, by=who, count=count, as_of=resources.as_of)
    if resources.living is not None:  # watching begins at once, so that who comes next is known
        resources.living.refresh([saved.name], cancel=cancel)
    return saved


def take(answer: Answer, wanted: Wanted, resources: Resources) -> Exported:
    """Write what the target's ending asks for: a picture, the people of the answer, or its table."""
    if wanted.format in (Format.PNG, Format.SVG):
        return take_chart(answer, wanted, resources)
    audience = audience_of(answer, resources)
    if audience is not None:
        return take_people(audience, wanted, answer.plan, resources)
    return take_table(answer.table, answer.plan, wanted, resources)


def take_people(audience: Audience, wanted: Wanted, plan: Plan | None, resources: Resources) -> Exported:
    """Write the people of an audience. Contacts leave in the clear only when role and purpose allow; else masked."""
    purpose = purpose_named(wanted.purpose, resources)
    columns = people_columns(audience, wanted.user, resources)
    chosen = [columns[at] for at in _chosen(columns, wanted.columns)]
    contacts = any(column.sensitivity is Sensitivity.CONTACT for column in chosen)
    clear = contacts and rights_of(wanted.user, resources.layer.policy).may_export_contact_for(purpose)
    people = PeopleRequest(
        audience=audience,
        fields=tuple(column.source for column in chosen if "." in column.source),
        clear_contacts=clear,
        contactable=consent_for(purpose, resources) if clear else None,
    )
    request = _request(replace(wanted, purpose=purpose), plan, resources)
    return resources.exporter.people(resources.layer, people, wanted.target, wanted.format, request)


def consent_for(purpose: str, resources: Resources) -> Predicate | None:
    """The tag that a person must have for this purpose, when the policy names one."""
    for one in resources.layer.policy.purpose_details:
        if one.name == purpose and one.consent is not None:
            return Compare(one.consent, "=", value=True)
    return None


def take_table(table: Table | None, plan: Plan, wanted: Wanted, resources: Resources) -> Exported:
    """Write the table of an answer."""
    if table is None:
        raise InvalidPlanError(Text("这个回答没有表格可以导出。", "This answer has no table to take away."))
    _refuse_unusable((c.source for c in table.columns), wanted.user, resources)
    keep = _chosen(table.columns, wanted.columns)
    chosen = replace(
        table,
        columns=tuple(table.columns[i] for i in keep),
        rows=tuple(tuple(row[i] for i in keep) for row in table.rows),
    )
    return resources.exporter.table(chosen, wanted.target, wanted.format, _request(wanted, plan, resources))


def take_chart(answer: Answer, wanted: Wanted, resources: Resources) -> Exported:
    """Write the picture of an answer as PNG or SVG."""
    if answer.chart is None:
        raise InvalidPlanError(Text("这个回答没有图可以导出。", "This answer has no picture to take away."))
    _refuse_unusable((one.name for one in answer.definitions), wanted.user, resources)
    return resources.exporter.chart(
        answer.chart, wanted.target, wanted.format, _request(wanted, answer.plan, resources)
    )


def _chosen(columns: Sequence[ResultColumn], wanted: Sequence[str]) -> list[int]:
    """The places of the wanted columns, or of all; one that was not offered is refused, with the nearest that was."""
    for name in wanted:
        if not any(name in (column.name, column.source) for column in columns):
            offered = [column.name for column in columns]
            raise UnknownNameError(Text("可以导出的列", "column to take away"), name, nearest(name, offered) or offered)
    return [at for at, c in enumerate(columns) if not wanted or c.name in wanted or c.source in wanted]


def _refuse_unusable(names: Iterable[str], user: User, resources: Resources) -> None:
    """An answer that was made under other rights leaves with nothing that is hidden from whoever takes it."""
    refuse_hidden(name for name in names if not resources.layer.may_use(name, user))


def _request(wanted: Wanted, plan: Plan | None, resources: Resources) -> Request:
    return Request(
        user=wanted.user,
        data_set=resources.source,
        definitions=resources.index.model.version,
        data_date=resources.as_of,
        plan=plan,
        purpose=purpose_named(wanted.purpose, resources) if wanted.purpose else "",
        language=wanted.language,
        bom=wanted.bom,
    )
