"""The block `outreach:` of the definitions: channels, what campaigns are for, and where past campaigns stand."""

from __future__ import annotations

from typing import cast, get_args

from semantic_layer.model.outreach import Channel, ChannelKind, Goal, History, Outreach
from semantic_layer.model.section import Section


def read_outreach(section: Section) -> Outreach:
    """The block `outreach:` of the definitions."""
    goal, history = section.section("goal"), section.section("history")
    found = Outreach(
        channels=tuple(_channel(one) for one in section.sections("channels")),
        goal=_goal(goal) if goal else None,
        history=_history(history) if history else None,
    )
    section.finish()
    return found


def _channel(section: Section) -> Channel:
    found = Channel(
        name=section.text_of("name", required=True),
        label=section.words().label,
        kind=cast("ChannelKind", section.word_of("kind", get_args(ChannelKind), default="webhook")),
        contact=section.text_of("contact", required=True),
        consent=section.text_of("consent"),
        purpose=section.text_of("purpose"),
        cost=section.number("cost", default=0.0) or 0.0,
    )
    section.finish()
    return found


def _goal(section: Section) -> Goal:
    found = Goal(
        converts=section.text_of("converts", required=True),
        value=section.text_of("value"),
        days=section.whole("days", default=30),
    )
    section.finish()
    return found


def _history(section: Section) -> History:
    needed = ("campaign", "name", "starts")
    optional = (
        "ends", "channel", "kind", "planned_control", "member", "group", "message", "sent", "delivered", "opened", "clicked",
        "unsubscribed", "redeemed",
    )  # fmt: skip
    given = {key: section.text_of(key, required=True) for key in needed}
    given |= {key: section.text_of(key) for key in optional}
    found = History(**given, control=section.text_of("control", default="control"))
    section.finish()
    return found
