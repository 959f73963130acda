"""Where tags come from on the catalogue page: drafts, publishing and taking back, without a browser."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from assistant.channels.gradio import tag_actions
from assistant.channels.gradio.asking import GoneError
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tag_page import render_tag_desk
from assistant.missing.port import NewTag, ScriptedTags, TagDraft, TagsView
from assistant.missing.publishing import Event
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.policy.types import Policy, RolePolicy
from semantic_layer.query.predicate import HasMetric
from tests.assistant.channels.desks import arrive

WORDS = Text("订单数 ≥ 6（最近 12 个月）", "number of orders ≥ 6 (last 12 months)")
DRAFT = TagDraft(
    item="q1",
    question="忠诚度<高>的客户",
    where=HasMetric(metric="orders", op=">=", value=6),
    words=WORDS,
    count=2,
    people=1971,
)
PUBLISHED = Event(
    at="2026-11-02T09:00:00+00:00", by="ana", what="published", tag="loyal", version=1, question="忠诚客户"
)


@dataclass
class _Owners:
    """The ports of one data set with one for tags."""

    tags: ScriptedTags | None
    sources: None = None
    people: None = None
    tasks: None = None


def opened(desk: Desk, *, define: bool = True, view: TagsView | None = None) -> tuple[Session, ScriptedTags]:
    session = arrive(desk)
    roles = tuple(RolePolicy(name=role, define=define) for role in session.user.roles)
    tags = ScriptedTags(
        Policy(roles=roles), view or TagsView(drafts=(DRAFT,), published=("loyal",), events=(PUBLISHED,))
    )
    session.stewards = lambda _: _Owners(tags)  # type: ignore[assignment,return-value]
    return session, tags


def test_drafts_and_history_are_shown_escaped(desk: Desk) -> None:
    session, _ = opened(desk)
    drawn = str(render_tag_desk(session))
    assert "忠诚度&lt;高&gt;的客户" in drawn
    assert WORDS.zh in drawn
    assert "1,971 人符合" in drawn
    assert "ana 发布了 loyal（版本 1）" in drawn
    assert 'data-act="tag-withdraw"' in drawn
    session.language = "en"
    assert "holds for 1,971 people" in str(render_tag_desk(session))


def test_who_may_not_define_sees_no_form(desk: Desk) -> None:
    session, _ = opened(desk, define=False)
    drawn = render_tag_desk(session)
    assert drawn is None or "tag-publish" not in drawn


def test_nothing_yet_says_how_it_begins(desk: Desk) -> None:
    session, _ = opened(desk, view=TagsView())
    assert "还没有草稿" in str(render_tag_desk(session))


def test_publishing_and_taking_back(desk: Desk) -> None:
    session, tags = opened(desk)
    form = {"ref": "q1", "number": "0", "name": "loyal", "zh": "忠诚客户", "en": "loyal customer"}
    list(tag_actions.publish(session, Payload.of(form)))
    new = NewTag(name="loyal", label=Text("忠诚客户", "loyal customer"), description=WORDS)
    assert tags.told == [("publish", "q1", 0, new, session.user.name)]
    assert session.notice is not None
    list(tag_actions.withdraw(session, Payload.of({"ref": "loyal"})))
    assert tags.told[-1] == ("withdraw", "loyal", session.user.name)


def test_a_form_with_a_gap_or_of_another_page_does_nothing(desk: Desk) -> None:
    session, tags = opened(desk)
    with pytest.raises(InvalidPlanError):
        list(tag_actions.publish(session, Payload.of({"ref": "q1", "number": "0", "name": "loyal", "zh": ""})))
    form = {"ref": "q1", "number": "3", "name": "loyal", "zh": "忠诚", "en": "loyal"}
    with pytest.raises(GoneError):
        list(tag_actions.publish(session, Payload.of(form)))
    session.stewards = lambda _: _Owners(None)  # type: ignore[assignment,return-value]
    with pytest.raises(GoneError):
        list(tag_actions.withdraw(session, Payload.of({"ref": "loyal"})))
    assert tags.told == []
