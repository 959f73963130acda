"""How customers are reached and where past campaigns stand, as a form."""

from __future__ import annotations

from dataclasses import fields

from semantic_layer.interchange.native.forms import Form, bilingual, form, number, some, unless
from semantic_layer.model.outreach import Channel, Goal, History, Outreach


def outreach_form(outreach: Outreach) -> Form:
    goal, history = outreach.goal, outreach.history
    return form(
        {
            "channels": some([_channel_form(one) for one in outreach.channels]),
            "goal": _goal_form(goal) if goal else None,
            "history": _history_form(history) if history else None,
        }
    )


def _channel_form(channel: Channel) -> Form:
    return form(
        {
            "name": channel.name,
            "label": bilingual(channel.label),
            "kind": channel.kind,
            "contact": channel.contact,
            "consent": unless(channel.consent),
            "purpose": unless(channel.purpose),
            "cost": unless(number(channel.cost), 0),
        }
    )


def _goal_form(goal: Goal) -> Form:
    return form({"converts": goal.converts, "value": unless(goal.value), "days": unless(goal.days, 30)})


def _history_form(history: History) -> Form:
    usual = {field.name: field.default for field in fields(history)}
    return {name: value for name in usual if isinstance(value := getattr(history, name), str) and value != usual[name]}
