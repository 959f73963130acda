"""The policy as a form: roles, purposes and limits."""

from __future__ import annotations

from semantic_layer.interchange.native.forms import Form, bilingual, form, number, perhaps, some, unless
from semantic_layer.policy.types import Limits, Policy, Purpose, RolePolicy


def policy_form(policy: Policy) -> Form:
    return form(
        {
            "purposes": some([_purpose(purpose) for purpose in policy.purpose_details]),
            "roles": [_role(role) for role in policy.roles],
            "limits": _limits(policy.limits) or None,
        }
    )


def _purpose(purpose: Purpose) -> Form:
    return form(
        {
            "name": purpose.name,
            "label": bilingual(purpose.label),
            "synonyms": some(purpose.synonyms),
            "description": perhaps(purpose.description),
            "message_channel": purpose.message_channel,
            "consent": purpose.consent,
        }
    )


def _role(role: RolePolicy) -> Form:
    meaning = role.meaning
    return form(
        {
            "name": role.name,
            "label": bilingual(meaning.label) if meaning else role.name,
            "description": perhaps(meaning.description) if meaning else None,
            "entities": "all" if role.entities == "all" else list(role.entities),
            "row_filters": some([{"entity": rows.entity, "where": rows.where} for rows in role.row_filters]),
            "hidden": some(role.hidden),
            "see_personal": unless(role.see_personal, default=False),
            "see_contact": unless(role.see_contact, default=False),
            "export_contact_for": some(role.export_contact_for),
            "export": unless(role.export, default=True),
            "purposes": None if role.purposes == "all" else list(role.purposes),
            "see_small_groups": unless(role.see_small_groups, default=True),
            "review": unless(role.review, default=False),
            "manage_segments": unless(role.manage_segments, default=False),
            "define": unless(role.define, default=False),
            "manage_data": unless(role.manage_data, default=False),
            "manage_people": unless(role.manage_people, default=False),
            "write_events": unless(role.write_events, default=False),
            "send": unless(role.send, default=False),
            "approve": unless(role.approve, default=False),
            "manage_models": unless(role.manage_models, default=False),
        }
    )


def _limits(limits: Limits) -> Form:
    usual = Limits()
    return form(
        {
            "seconds": unless(number(limits.seconds), usual.seconds),
            "rows": unless(limits.rows, usual.rows),
            "memory_mb": unless(limits.memory_mb, usual.memory_mb),
            "threads": unless(limits.threads, usual.threads),
        }
    )
