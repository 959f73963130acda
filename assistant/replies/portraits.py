"""Replies about what is special in a group of people, alone or beside another group."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Headline
from assistant.replies.audiences import plural
from assistant.replies.draft import Draft
from assistant.replies.restated import who_text
from assistant.resources import Asked, Resources
from semantic_layer.compiler.audience import compile_audience_count
from semantic_layer.errors import Language, Text
from semantic_layer.layer import readable
from semantic_layer.query.plan import Profile
from tools.chart import profile_chart
from tools.predicates import fields_in
from tools.profile import ProfileResult, profile

SAID = 2  # findings in the sentence; all of them stand below it


def portrait(step: Profile, asked: Asked, resources: Resources) -> Draft:
    """The profile of an audience against everybody, or against another audience: first how many, then what differs."""
    size = resources.layer.count(step.audience, asked.user, cancel=asked.cancel)
    who = who_text(step.audience, resources.index, resources.calendar, asked.language)
    everyone = resources.index.entity(step.audience.entity).words.label
    compiled = compile_audience_count(step.audience, resources.layer.context)
    return Draft(
        text=f"{who}共 {size:,} 人。" if asked.language == "zh" else f"{who}: {size:,} people.",
        plan=asked.plan,
        headline=Headline(value=f"{size:,}", exact=f"{size:,}", label=plural(everyone, size).in_(asked.language)),
        uses=compiled.uses,
        sql=(readable(compiled.tree),),
        rest=lambda first: _described(first, step, asked, resources),
    )


def _described(first: Draft, step: Profile, asked: Asked, resources: Resources) -> Draft:
    everyone = resources.index.entity(step.audience.entity).words.label
    against = Text(f"全部{everyone.zh}", f"all {everyone.en}s")
    if step.base is not None:
        against = Text(
            *(who_text(step.base, resources.index, resources.calendar, language) for language in ("zh", "en"))
        )
    found = profile(resources.layer, step.audience, step.base, asked.user, against=against, cancel=asked.cancel)
    who = who_text(step.audience, resources.index, resources.calendar, asked.language)
    return replace(
        first,
        text=_sentence(found, who, asked.language),
        profile=found,
        chart=profile_chart(_news(found, step), asked.language, subtitle=who),
        rest=None,
    )


def _sentence(found: ProfileResult, who: str, language: Language) -> str:
    other = found.against.in_(language)
    findings = [finding.in_(language) for finding in found.findings[:SAID]]
    if language == "zh":
        said = "；".join(finding.rstrip("。") for finding in findings)
        return f"{who}共 {found.size:,} 人，与{other}（{found.base_size:,} 人）相比：{said}。"
    return f"{who[:1].upper()}{who[1:]}: {found.size:,} people, against {other} ({found.base_size:,}). {' '.join(findings)}"


def _news(found: ProfileResult, step: Profile) -> ProfileResult:
    """Without the fields that define the group: that they differ is no news."""
    fields = fields_in(step.audience.where) | fields_in(step.base.where if step.base is not None else None)
    return replace(found, rows=tuple(row for row in found.rows if row.field not in fields))
