"""Opinions, the language model and reviewing on the page, without a browser: what is kept, and who may do what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.answer import Answer
from assistant.channels import scripted_answers
from assistant.channels.gradio import reviewing
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.review_state import ApproveDialog, RejectDialog, WithdrawDialog
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS
from assistant.channels.scripted_memory import ScriptedReviews
from semantic_layer.errors import DataError, Text
from semantic_layer.policy.types import User
from tests.assistant.channels.desks import arrive, do

# --- opinions and the language model


def test_a_choice_that_cannot_be_kept_is_said_and_the_answer_is_given(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, *given: object, **named: object) -> None:
        raise DataError(Text("磁盘满了。", "The disk is full."))

    monkeypatch.setattr(ScriptedReviews, "chose", full)
    session = arrive(desk)
    do(desk, session, act="ask", text="单价超过500的客户")
    do(desk, session, act="option", turn=session.turns[0].id, index=0)
    assert isinstance(session.turns[1].reply, Answer)
    assert session.notice is not None
    assert session.notice.text == "磁盘满了。"


def test_an_opinion_that_cannot_be_kept_is_not_shown_as_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, *given: object, **named: object) -> None:
        raise DataError(Text("磁盘满了。", "The disk is full."))

    session = arrive(desk)
    do(desk, session, act="ask", text="销售额")
    turn = session.turns[0]
    monkeypatch.setattr(ScriptedReviews, "feedback", full)
    do(desk, session, act="feedback", turn=turn.id, ref="good")
    assert (turn.opinion.good, turn.opinion.thanks) == (None, "")
    monkeypatch.undo()
    do(desk, session, act="feedback", turn=turn.id, ref="bad")
    monkeypatch.setattr(ScriptedReviews, "feedback", full)
    drawn = do(desk, session, act="comment", turn=turn.id, comment="错了")
    assert turn.opinion.asking
    assert "磁盘满了。" in drawn["result"]


def test_the_memory_hears_whether_a_question_followed_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []

    def feedback(self: object, answer: Answer, **given: object) -> None:
        heard.append((given["follows"], given["conversation"], given["understood_by"]))

    monkeypatch.setattr(ScriptedReviews, "feedback", feedback)
    session = arrive(desk)
    for position, words in enumerate(("销售额", "上海高价值客户")):
        do(desk, session, act="ask", text=words)
        do(desk, session, act="feedback", turn=session.turns[position].id, ref="good")
    do(desk, session, act="ask-model", turn=session.turns[0].id)
    do(desk, session, act="feedback", turn=session.turns[2].id, ref="good")
    assert heard == [
        (False, session.conversation, "rules"),
        (True, session.conversation, "rules"),
        (False, session.conversation, "model scripted-1"),
    ]


def test_the_model_reads_a_follow_up_after_what_it_followed(desk: Desk, told: list[str]) -> None:
    session = arrive(desk)
    do(desk, session, act="ask", text="上海高价值客户")
    do(desk, session, act="ask", text="销售额")
    first = session.turns[0].answer
    assert first is not None
    do(desk, session, act="ask-model", turn=session.turns[1].id)
    assert told == [f"look back at {first.id} in {session.conversation}"]
    assert session.turns[2].request == "销售额"


def test_the_model_is_not_asked_where_it_has_read_already_or_is_not_there(desk: Desk) -> None:
    session = arrive(desk)
    do(desk, session, act="ask", text="销售额")
    do(desk, session, act="ask-model", turn=session.turns[0].id)
    do(desk, session, act="ask-model", turn=session.turns[1].id)
    assert len(session.turns) == 2
    bare = arrive(desk, "other", dataset="second")
    do(desk, bare, act="ask", text="销售额")
    do(desk, bare, act="ask-model", turn=bare.turns[0].id)
    assert len(bare.turns) == 1


# --- reviewing


def proposed(desk: Desk, session: Session) -> str:
    """Correct an answer; the id of the proposal that this makes."""
    do(desk, session, act="ask", text="上海高价值客户")
    do(desk, session, act="correct-open", turn=session.turns[-1].id)
    do(desk, session, act="correct", reading="0")
    view = session.assistant.memory.queue(session.user)
    return view.proposals[0].item.id


@pytest.mark.parametrize("act", sorted(reviewing.ACTIONS))
def test_nobody_reviews_without_the_right_whatever_is_open(desk: Desk, told: list[str], act: str) -> None:
    session = arrive(desk, dataset="second", page="review")
    for dialog in (
        ApproveDialog(item="q1", wordings="问", choice="written", written="上海"),
        RejectDialog(item="q1", question="问"),
        WithdrawDialog(pair="asideaside", question="问"),
    ):
        session.dialog = dialog
        drawn = desk.handle(session, None, Payload.of({"act": act, "ref": "asideaside", "why": "因为", "choice": "0"}))
        assert all("proposals" not in part for changed in drawn for part in changed.values())
        assert session.notice is not None
        assert session.notice.text == WORDS["review_not_allowed"].zh
    assert told == []


def test_a_right_that_was_lost_meanwhile_counts(desk: Desk, told: list[str]) -> None:
    session = arrive(desk, page="review")
    item = proposed(desk, session)
    do(desk, session, act="approve-open", ref=item)
    memory = session.assistant.memory
    assert isinstance(memory, ScriptedReviews)
    memory.reviewers = ("data_owner",)
    do(desk, session, act="approve", wordings="上海高价值客户", choice="0")
    assert not any(line.startswith("approved") for line in told)
    session.dialog = None
    do(desk, session, act="page", ref="review")
    assert 'class="proposals"' not in session.drawn["review"]


def test_only_a_plan_whose_words_were_shown_is_saved(desk: Desk, told: list[str]) -> None:
    session = arrive(desk, page="review")
    do(desk, session, act="approve-open", ref=proposed(desk, session))
    fields = {"act": "approve", "wordings": "上海高价值客户", "choice": "written", "written": "上海的高价值客户"}
    do(desk, session, **fields)
    assert isinstance(session.dialog, ApproveDialog)
    assert session.dialog.changed
    do(desk, session, **{**fields, "step": "look"})
    assert not any(line.startswith("approved") for line in told)
    do(desk, session, **{**fields, "wordings": " \n "})
    assert session.dialog.fault == WORDS["wording_needed"].zh
    do(desk, session, **fields)
    do(desk, session, **fields)
    assert told[-1] == "approved 上海高价值客户"
    assert session.dialog is None


def test_what_people_wrote_is_text_on_the_review_page(desk: Desk) -> None:
    session = arrive(desk, page="review")
    do(desk, session, act="ask", text=f"上海{scripted_answers.HOSTILE}")
    do(desk, session, act="correct-open", turn=session.turns[0].id)
    do(desk, session, act="correct", words=scripted_answers.HOSTILE)
    do(desk, session, act="page", ref="review")
    assert "<script" not in session.drawn["review"]
    assert session.drawn["review"].count("&lt;script&gt;") >= 2


def test_the_gaps_are_those_of_the_days_before_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    since: list[datetime] = []
    report = ScriptedReviews.gaps

    def gaps(self: ScriptedReviews, moment: datetime, user: User) -> object:
        since.append(moment)
        return report(self, moment, user)

    monkeypatch.setattr(ScriptedReviews, "gaps", gaps)
    session = arrive(desk, page="review")
    do(desk, session, act="review-tab", ref="gaps")
    do(desk, session, act="gaps-days", ref="90")
    do(desk, session, act="gaps-days", ref="10000")
    assert since == [datetime(2026, 10, 3, 9, 30, tzinfo=UTC), datetime(2026, 8, 4, 9, 30, tzinfo=UTC)]
    assert session.review.days == 90
