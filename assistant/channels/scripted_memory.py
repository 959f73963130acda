"""A memory without files or rules for the scripted workspace: what is said becomes a proposal, what is approved a pair."""

# a fake takes what its protocol gives

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from assistant.answer import Answer, Clarification
from assistant.channels import scripted_answers as answers
from assistant.interpreters.language import language_of
from assistant.memory.gaps import Gap, GapKind, GapReport
from assistant.memory.types import (
    Approve,
    Candidate,
    DecidedMeanwhileError,
    Decision,
    Fault,
    Item,
    PairIssue,
    Proposal,
    QueueView,
    Reject,
    ReviewedQuestion,
    State,
    Withdraw,
)
from semantic_layer.errors import InvalidPlanError, Language, NotAllowedError, Text, UnknownNameError
from semantic_layer.policy.types import User
from semantic_layer.query.codec import decode_plan, plan_from_json, plan_to_json
from semantic_layer.query.plan import Plan

NOW: Final = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LONG: Final = timedelta(days=20)  # a period that is longer than this has gaps


def _set_aside() -> ReviewedQuestion:
    return ReviewedQuestion(
        id="asideaside", plan=answers.SALES, approved_by="chen", approved_on=NOW.date(),
        zh=("上个月各门店的毛利",), file="reviewed.yml", line=3,
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class ScriptedReviews:
    """People with one of the roles `reviewers` may review. `note` hears what a real memory would keep."""

    reviewers: tuple[str, ...]
    note: Callable[[str], None]
    made: int = 0
    proposals: dict[str, Proposal] = field(default_factory=dict)  # open ones, by question
    decided: dict[str, Proposal] = field(default_factory=dict)  # by id
    approved: dict[str, ReviewedQuestion] = field(default_factory=dict)
    aside: ReviewedQuestion = field(default_factory=_set_aside)

    def feedback(
        self,
        answer: Answer,
        *,
        good: bool,
        user: User,
        comment: str = "",
        conversation: str = "",
        understood_by: str = "",
        follows: bool = False,
    ) -> None:
        self.note(f"feedback {answer.id} {good} by {understood_by} {comment}".rstrip())
        if not good:
            seen = self._seen(answer.question, answer.language)
            remarks = tuple(dict.fromkeys((*seen.remarks, *([comment] if comment else []))))
            disliked = seen.disliked if comment else seen.disliked + 1
            self._keep(replace(seen, disliked=disliked, shown=(plan_to_json(answer.plan),), remarks=remarks))

    def correct(
        self,
        answer: Answer,
        *,
        user: User,
        words: str = "",
        plan: Plan | None = None,
        conversation: str = "",
        understood_by: str = "",
        follows: bool = False,
    ) -> None:
        self.note(f"correct {answer.id} {words} {'with a plan' if plan else ''}".rstrip())
        seen = self._seen(answer.question, answer.language)
        remarks = (*seen.remarks, words) if words else seen.remarks
        self._keep(replace(seen, remarks=remarks, candidates=_with(seen.candidates, plan)))

    def chose(
        self, clarification: Clarification, plan: Plan, *, user: User, conversation: str = "", follows: bool = False
    ) -> None:
        self.note(f"chose {clarification.id}{' follows' if follows else ''}")
        seen = self._seen(clarification.asked, clarification.language)
        self._keep(replace(seen, candidates=_with(seen.candidates, plan)))

    def may_review(self, user: User) -> bool:
        return bool(set(user.roles) & set(self.reviewers))

    def queue(self, user: User) -> QueueView:
        self._require(user)
        reason = Text("没有名为 gross_profit 的指标。", "No metric is called 'gross_profit'.")
        aside = PairIssue(pair=self.aside, fault=Fault(reason=reason, nearest=("sales",)))
        return QueueView(
            proposals=tuple(sorted(self.proposals.values(), key=lambda one: -one.count)),
            set_aside=(aside,) if self.aside.id not in self.decided else (),
        )

    def proposal(self, item_id: str, user: User) -> Proposal:
        self._require(user)
        for one in (*self.proposals.values(), *self.decided.values()):
            if one.item.id == item_id:
                return one
        raise UnknownNameError(Text("待审核的问题", "question in the queue"), item_id)

    def decide(self, item_id: str, decision: Decision, user: User) -> None:
        self._require(user)
        match decision:
            case Approve():
                self._approve(self._taken(item_id), decision, user)
            case Reject(why=why):
                taken = self._taken(item_id)
                self.decided[item_id] = replace(taken, item=replace(taken.item, state=State.REJECTED))
                self.note(f"rejected {taken.item.question}: {why}")
            case Withdraw(why=why):
                self._withdraw(item_id, why)
            case _:
                assert_never(decision)

    def pairs(self, user: User) -> tuple[ReviewedQuestion, ...]:
        self._require(user)
        return (*self.approved.values(), *([self.aside] if self.aside.id not in self.decided else []))

    def read_plan(self, text: str) -> Plan:
        """JSON is read as such; a question without 单价 or price has one clear meaning."""
        if text.lstrip().startswith("{"):
            try:
                return decode_plan(json.loads(text))
            except ValueError as error:
                raise InvalidPlanError(Text("不是有效的 JSON。", "This is not valid JSON.")) from error
        if "单价" in text or "price" in text:
            raise InvalidPlanError(Text(f"「{text}」没有唯一的含义。", f"{text!r} has no one clear meaning."))
        return answers.audience_plan(answers.SHANGHAI, answers.VALUABLE)

    def gaps(self, since: datetime, user: User) -> GapReport:
        self._require(user)
        if datetime.now(UTC) - since < LONG:
            return GapReport(since=since, asked=12)
        found = (
            (GapKind.WORD, "销冠", 9, ("销售额", "客单价"), "上个月的销冠是谁？"),
            (GapKind.ASKED_BACK, "高潜客户有多少？", 4, ("高价值客户",), "高潜客户有多少？"),
            (GapKind.NOT_YET, "预测下个月的销售额", 2, ("销售额",), "预测下个月的销售额"),
            (GapKind.DISLIKED, "=2+3", 1, (), "=2+3"),
        )
        gaps = tuple(
            Gap(
                kind=kind, text=text, count=count, people=min(count, 3), last_seen=NOW - timedelta(days=at),
                nearest=near, example=example,
            )
            for at, (kind, text, count, near, example) in enumerate(found)
        )  # fmt: skip
        return GapReport(since=since, asked=240, gaps=gaps)

    def _require(self, user: User) -> None:
        if not self.may_review(user):
            raise NotAllowedError(Text("审核问题需要数据负责人的权限。", "Reviewing questions is for data owners."))

    def _seen(self, question: str, language: Language) -> Proposal:
        """The open proposal of a question, seen once more."""
        known = self.proposals.get(question)
        if known is not None:
            return replace(known, count=known.count + 1)
        self.made += 1
        item = Item(
            id=f"q{self.made}", data_set="retail", question=question, language=language, opened_at=NOW, last_seen=NOW
        )
        return Proposal(item=item, count=1, people=1)

    def _keep(self, proposal: Proposal) -> None:
        if proposal.item.question:
            self.proposals[proposal.item.question] = proposal

    def _taken(self, item_id: str) -> Proposal:
        for question, one in self.proposals.items():
            if one.item.id == item_id:
                return self.proposals.pop(question)
        if item_id in self.decided:
            raise DecidedMeanwhileError(self.decided[item_id].item.question)
        raise UnknownNameError(Text("待审核的问题", "question in the queue"), item_id)

    def _approve(self, taken: Proposal, wanted: Approve, user: User) -> None:
        questions = wanted.questions or (taken.item.question,)
        plan = wanted.plan or plan_from_json(taken.candidates[0].plan)
        self.decided[taken.item.id] = replace(taken, item=replace(taken.item, state=State.APPROVED))
        self.approved[taken.item.id] = ReviewedQuestion(
            id=taken.item.id,
            plan=plan,
            approved_by=user.name,
            approved_on=NOW.date(),
            zh=tuple(text for text in questions if language_of(text) == "zh"),
            en=tuple(text for text in questions if language_of(text) == "en"),
            note=wanted.note,
        )
        self.note(f"approved {' | '.join(questions)}")

    def _withdraw(self, item_id: str, why: str) -> None:
        self.note(f"withdrew {item_id} {why}".rstrip())
        self.approved.pop(item_id, None)
        if item_id in self.decided:
            again = self.decided.pop(item_id)
            self.proposals[again.item.question] = replace(again, item=replace(again.item, state=State.OPEN))
        elif item_id == self.aside.id:
            self.decided[item_id] = Proposal(item=self._seen("", "zh").item, count=0, people=0)
        else:
            raise UnknownNameError(Text("审核过的问题", "reviewed question"), item_id)


def _with(candidates: tuple[Candidate, ...], plan: Plan | None) -> tuple[Candidate, ...]:
    """The candidates with one more vote for `plan`, most chosen first."""
    if plan is None:
        return candidates
    said = plan_to_json(plan)
    before = next((one.count for one in candidates if one.plan == said), 0)
    others = tuple(one for one in candidates if one.plan != said)
    return tuple(sorted((Candidate(plan=said, count=before + 1), *others), key=lambda one: -one.count))
