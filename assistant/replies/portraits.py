"""Replies about what is special in a group of people, alone or beside another group."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Headline
from assistant.replies.audiences import plural
from assistant.replies.draft import Draft
from assistant.replies.restated import who_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Text
from semantic_layer.query.plan import Profile
from tools.chart import profile_chart
from tools.predicates import fields_in
from tools.profile import ProfileResult, profile

SAID = 2  # findings in the sentence; all of them stand below it


def portrait(step: Profile, asked: Asked, resources: Resources) -> Draft:
    """The profile of an audience against everybody, or against another audience."""
    everyone = resources.index.entity(step.audience.entity).words.label
    against = Text(f"全部{everyone.zh}", f"all {everyone.en}s")
    if step.base is not None:
        against = Text(
            *(who_text(step.base, resources.index, resources.calendar, language) for language in ("zh", "en"))
        )
    found = profile(resources.layer, step.audience, step.base, asked.user, against=against, cancel=asked.cancel)
    who = who_text(step.audience, resources.index, resources.calendar, asked.language)
    other = found.against.in_(asked.language)
    findings = [finding.in_(asked.language) for finding in found.findings[:SAID]]
    if asked.language == "zh":
        text = (
            f"{who}共 {found.size:,} 人，与{other}（{found.base_size:,} 人）相比："
            + "；".join(f.rstrip("。") for f in findings)
            + "。"
        )
    else:
        text = f"{who}: {found.size:,} people, against {other} ({found.base_size:,}). " + " ".join(findings)
    return Draft(
        text=text,
        plan=asked.plan,
        headline=Headline(
            value=f"{found.size:,}", exact=f"{found.size:,}", label=plural(everyone, found.size).in_(asked.language)
        ),
        profile=found,
        chart=profile_chart(_news(found, step), asked.language, subtitle=who),
    )


def _news(found: ProfileResult, step: Profile) -> ProfileResult:
    """Without the fields that define the group: that they differ is no news."""
    fields = fields_in(step.audience.where) | fields_in(step.base.where if step.base is not None else None)
    return replace(found, rows=tuple(row for row in found.rows if row.field not in fields))
