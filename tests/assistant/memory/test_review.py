"""The queue: what people say becomes one item a question, a data owner decides, and no decision is lost."""

from __future__ import annotations

import multiprocessing
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.memory.folders import ReviewedFolders
from assistant.memory.holds import AnyPlan
from assistant.memory.review import ReviewQueue
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.rights import may_review
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.memory.store import FeedbackStore
from assistant.memory.types import Approve, DecidedMeanwhileError, Fault, FeedbackKind, Item, State
from semantic_layer.errors import DataError, InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import Plan
from tests.assistant.memory.conftest import ADMIN, ANALYST, AT, ORDERS, OWNER, POLICY, SALES, Scene
from tools.storage import open_storage


def only(scene: Scene) -> Item:
    (item,) = scene.store.items("shop")
    return item


def test_a_like_of_what_a_model_read_proposes_its_plan(scene: Scene) -> None:
    scene.say()
    (proposal,) = scene.queue.view(OWNER).proposals
    assert proposal.item.question == "销售额是多少？"
    assert [(one.plan, one.count) for one in proposal.candidates] == [(plan_to_json(SALES), 1)]


@pytest.mark.parametrize("understood_by", ["rules", "reviewed", ""])
def test_a_like_of_what_rules_read_proposes_nothing(scene: Scene, understood_by: str) -> None:
    scene.say(understood_by=understood_by)
    assert scene.queue.view(OWNER).proposals == ()
    assert len(scene.store.feedback("shop")) == 1


def test_the_same_question_of_many_is_one_item_with_a_count(scene: Scene) -> None:
    scene.say("销售额是多少？", who="ana", comment="对的")
    scene.say("销售额 是多少", who="bo")
    scene.say(
        "销售额是多少",
        who="bo",
        kind=FeedbackKind.CORRECTION,
        good=None,
        correction="应该是订单数",
        corrected=plan_to_json(ORDERS),
    )
    last = scene.say("销售额是多少?", who="cy", good=False, comment="不对")
    scene.say("订单数", good=False)
    first, second = scene.queue.view(OWNER).proposals
    assert (first.count, first.people, first.disliked) == (4, 3, 1)
    assert [(one.plan, one.count) for one in first.candidates] == [(plan_to_json(SALES), 2), (plan_to_json(ORDERS), 1)]
    assert first.shown == (plan_to_json(SALES),)
    assert first.remarks == ("不对", "应该是订单数", "对的")
    assert first.item.last_seen == last.at
    assert second.count == 1
    assert not any(name in str(first) for name in ("'ana'", "'bo'", "'cy'"))


def test_the_last_thumb_of_a_person_on_an_answer_counts(scene: Scene) -> None:
    scene.say(answer="a1", good=True)
    scene.say(answer="a1", good=False)
    scene.say(answer="a1", good=False, who="bo")
    (proposal,) = scene.queue.view(OWNER).proposals
    assert (proposal.count, proposal.people, proposal.disliked) == (2, 2, 2)


def test_a_chosen_meaning_is_a_proposal(scene: Scene) -> None:
    scene.say("价值多少", kind=FeedbackKind.CHOICE, good=None, plan="", corrected=plan_to_json(SALES), understood_by="")
    (proposal,) = scene.queue.view(OWNER).proposals
    assert [one.plan for one in proposal.candidates] == [plan_to_json(SALES)]


@pytest.mark.parametrize("question", ["", "？！", "😀"])
def test_what_has_no_words_is_kept_and_never_proposed(scene: Scene, question: str) -> None:
    scene.say(question, good=False)
    assert scene.store.items("shop") == ()
    assert len(scene.store.feedback("shop")) == 1


def test_approval_makes_a_pair_and_withdrawal_undoes_it(scene: Scene) -> None:
    scene.say()
    pair = scene.queue.approve(only(scene).id, OWNER, Approve(note="looked at it"))
    assert (pair.plan, pair.approved_by, pair.zh, pair.definitions) == (SALES, "olga", ("销售额是多少？",), "1")
    assert scene.reviewed.match("销售额 是多少") == pair
    item = only(scene)
    assert (item.state, item.decided_by, item.plan) == (State.APPROVED, "olga", plan_to_json(SALES))
    assert scene.queue.view(OWNER).proposals == ()
    scene.queue.withdraw(item.id, ADMIN, "wrong after all")
    assert scene.reviewed.match("销售额 是多少") is None
    assert (only(scene).state, only(scene).decided_by, only(scene).why) == (State.WITHDRAWN, "adam", "wrong after all")
    scene.queue.approve(item.id, OWNER)
    assert scene.reviewed.match("销售额 是多少") is not None


def test_a_reviewer_edits_wording_and_plan(scene: Scene) -> None:
    scene.say(good=False)
    wanted = Approve(questions=("销售总额是多少？", "What are sales?", "销售总额是多少？"), plan=ORDERS)
    pair = scene.queue.approve(only(scene).id, OWNER, wanted)
    assert (pair.zh, pair.en, pair.plan) == (("销售总额是多少？",), ("What are sales?",), ORDERS)
    assert scene.reviewed.match("销售额是多少") is None


def test_several_plans_must_be_chosen_from_and_none_given(scene: Scene) -> None:
    scene.say(good=False)
    with pytest.raises(InvalidPlanError, match="0 plans"):
        scene.queue.approve(only(scene).id, OWNER)
    scene.say()
    scene.say(kind=FeedbackKind.CHOICE, corrected=plan_to_json(ORDERS))
    with pytest.raises(InvalidPlanError, match="2 plans"):
        scene.queue.approve(only(scene).id, OWNER)
    assert only(scene).state is State.OPEN
    assert scene.reviewed.pairs() == ()


def test_a_plan_that_does_not_hold_is_not_approved(scene: Scene) -> None:
    scene.say()
    scene.check.faults[plan_to_json(SALES)] = Fault(Text("没有", "gone"), ("orders",))
    with pytest.raises(InvalidPlanError) as refused:
        scene.queue.approve(only(scene).id, OWNER)
    assert refused.value.suggestions == ("orders",)
    assert only(scene).state is State.OPEN


def test_rejection_needs_a_reason_and_can_be_undone(scene: Scene) -> None:
    scene.say()
    with pytest.raises(InvalidPlanError):
        scene.queue.reject(only(scene).id, OWNER, "  ")
    scene.queue.reject(only(scene).id, OWNER, "two meanings")
    assert (only(scene).state, only(scene).why) == (State.REJECTED, "two meanings")
    with pytest.raises(DecidedMeanwhileError):
        scene.queue.approve(only(scene).id, OWNER)
    scene.say(who="bo")
    assert only(scene).state is State.REJECTED
    scene.queue.withdraw(only(scene).id, OWNER)
    assert only(scene).state is State.OPEN


def test_a_new_plan_opens_a_rejected_question_again(scene: Scene) -> None:
    scene.say()
    scene.queue.reject(only(scene).id, OWNER, "no")
    scene.say(kind=FeedbackKind.CORRECTION, good=None, corrected=plan_to_json(ORDERS))
    assert only(scene).state is State.OPEN


def test_a_contradicted_pair_is_looked_at_again_and_stays_in_force_meanwhile(scene: Scene) -> None:
    scene.say()
    pair = scene.queue.approve(only(scene).id, OWNER)
    scene.say(who="bo")
    assert only(scene).state is State.APPROVED
    scene.say(who="bo", good=False, understood_by="reviewed", answer="a99")
    (proposal,) = scene.queue.view(OWNER).proposals
    assert proposal.disliked == 1
    assert scene.reviewed.match("销售额是多少") == pair
    scene.queue.reject(only(scene).id, OWNER, "it is right")
    assert only(scene).state is State.APPROVED
    scene.say(who="cy", good=False, understood_by="reviewed", answer="a100")
    scene.queue.approve(only(scene).id, OWNER, Approve(plan=ORDERS))
    found = scene.reviewed.match("销售额是多少")
    assert found is not None
    assert found.plan == ORDERS
    assert len(scene.reviewed.pairs()) == 1


def test_only_data_owners_decide_and_look(scene: Scene) -> None:
    scene.say()
    item = only(scene).id
    nobody = [
        ANALYST,
        User(name="x", roles=()),
        User(name="x", roles=("admin", "nobody")),
        User(name="x", roles=("Admin",)),
    ]
    for user in nobody:
        assert not may_review(user, POLICY)
        for attempt in (
            lambda user=user: scene.queue.view(user),
            lambda user=user: scene.queue.proposal(item, user),
            lambda user=user: scene.queue.approve(item, user),
            lambda user=user: scene.queue.reject(item, user, "no"),
            lambda user=user: scene.queue.withdraw(item, user),
        ):
            with pytest.raises(NotAllowedError):
                attempt()
    assert may_review(OWNER, POLICY)
    assert may_review(ADMIN, POLICY)
    assert not may_review(ADMIN, Policy(roles=(RolePolicy(name="analyst"),)))
    assert scene.reviewed.pairs() == ()


def test_unknown_ids_are_told_with_the_nearest(scene: Scene) -> None:
    scene.say()
    item = only(scene).id
    for attempt in (
        lambda: scene.queue.approve(f"{item}x", OWNER),
        lambda: scene.queue.reject(f"{item}x", OWNER, "no"),
        lambda: scene.queue.withdraw(f"{item}x", OWNER),
        lambda: scene.queue.proposal(f"{item}x", OWNER),
    ):
        with pytest.raises(UnknownNameError) as refused:
            attempt()
        assert refused.value.suggestions == (item,)


def test_a_pair_written_by_hand_is_withdrawn_too(scene: Scene) -> None:
    scene.say()
    scene.queue.approve(only(scene).id, OWNER)
    file = scene.folders.own / "approved.yml"
    own = file.read_text(encoding="utf-8").replace(only(scene).id, "by_hand").replace("销售额", "订单数")
    (scene.folders.own / "own.yml").write_text(own, encoding="utf-8")
    scene.queue.withdraw("by_hand", OWNER)
    assert [one.id for one in scene.reviewed.pairs()] == [only(scene).id]
    assert (scene.folders.own / "own.yml").exists()


class Killed(BaseException):
    """The process ends here."""


class DiesAtDecisions:
    """A store behind which the process is killed when a decision is to be noted."""

    def __init__(self, store: FeedbackStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def write(self, feedback: object, item: Item | None) -> None:
        raise Killed


def test_killed_between_the_file_and_the_queue_no_approval_is_lost(scene: Scene) -> None:
    scene.say()
    item = only(scene)
    dying = ReviewQueue(
        DiesAtDecisions(scene.store), scene.reviewed, POLICY, data_set="shop", clock=lambda: AT, new_id=lambda: "x"
    )  # type: ignore[arg-type]
    with pytest.raises(Killed):
        dying.approve(item.id, OWNER)
    assert only(scene).state is State.OPEN
    reopened = ReviewedStore(scene.folders, AnyPlan())
    queue = scene.another(reopened)
    assert queue.view(ADMIN).proposals == ()
    assert (only(scene).state, only(scene).decided_by) == (State.APPROVED, "olga")
    assert queue.approve(item.id, ADMIN) == reopened.get(item.id)
    assert len(reopened.pairs()) == 1


def test_killed_while_withdrawing_the_pair_is_gone_and_the_queue_says_so(scene: Scene) -> None:
    scene.say()
    item = only(scene)
    scene.queue.approve(item.id, OWNER)
    dying = ReviewQueue(
        DiesAtDecisions(scene.store), scene.reviewed, POLICY, data_set="shop", clock=lambda: AT, new_id=lambda: "x"
    )  # type: ignore[arg-type]
    with pytest.raises(Killed):
        dying.withdraw(item.id, OWNER)
    scene.queue.view(OWNER)
    assert only(scene).state is State.WITHDRAWN


def test_killed_in_the_middle_of_writing_the_file_is_whole(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.say()
    scene.queue.approve(only(scene).id, OWNER)
    scene.say("订单数", plan=plan_to_json(ORDERS))
    second = scene.queue.view(OWNER).proposals[0].item
    before = (scene.folders.own / "approved.yml").read_bytes()

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("assistant.memory.writing.os.fsync", die)
        with pytest.raises(Killed):
            scene.queue.approve(second.id, OWNER)
    assert (scene.folders.own / "approved.yml").read_bytes() == before
    scene.queue.approve(second.id, OWNER)
    assert len(scene.reviewed.pairs()) == 2


def test_a_full_disk_leaves_the_question_open(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.say()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("assistant.memory.writing.os.fsync", full)
        with pytest.raises(DataError, match="No space left"):
            scene.queue.approve(only(scene).id, OWNER)
    assert only(scene).state is State.OPEN
    assert scene.queue.approve(only(scene).id, OWNER) == scene.reviewed.match("销售额是多少")


def test_a_file_that_is_broken_withdraws_nothing(scene: Scene) -> None:
    scene.say()
    scene.queue.approve(only(scene).id, OWNER)
    file = scene.folders.own / "approved.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("metrics: [sales]", "metrics: [sales"), encoding="utf-8")
    view = scene.queue.view(OWNER)
    assert len(view.faults) == 1
    assert only(scene).state is State.APPROVED
    file.write_text(text.replace("[sales]", "[orders]"), encoding="utf-8")
    scene.queue.view(OWNER)
    assert only(scene).plan == plan_to_json(ORDERS)
    file.unlink()
    scene.queue.view(OWNER)
    assert only(scene).state is State.WITHDRAWN
    file.write_text(text, encoding="utf-8")
    scene.queue.view(OWNER)
    assert only(scene).state is State.APPROVED


def test_of_two_approvals_at_once_one_counts(scene: Scene) -> None:
    scene.say()
    item = only(scene).id
    start = threading.Barrier(2)
    ended: list[object] = []

    def approve(user: User, plan: Plan) -> None:
        queue = scene.another(ReviewedStore(scene.folders, AnyPlan()))
        start.wait()
        try:
            ended.append(queue.approve(item, user, Approve(plan=plan)))
        except DecidedMeanwhileError as error:
            ended.append(error)

    both = [threading.Thread(target=approve, args=args) for args in ((OWNER, SALES), (ADMIN, ORDERS))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    lost = [one for one in ended if isinstance(one, DecidedMeanwhileError)]
    assert len(ended) == 2
    assert len(lost) == 1
    (pair,) = ReviewedStore(scene.folders, AnyPlan()).pairs()
    decided = only(scene)
    assert (decided.state, decided.decided_by, decided.plan) == (
        State.APPROVED,
        pair.approved_by,
        plan_to_json(pair.plan),
    )


def _approve_all(address: str, folders: ReviewedFolders, name: str) -> None:
    store = SqlFeedbackStore(open_storage(address))
    reviewed = ReviewedStore(folders, AnyPlan())
    queue = ReviewQueue(store, reviewed, POLICY, data_set="shop", clock=lambda: AT, new_id=lambda: "x")
    for item in store.items("shop"):
        queue.approve(item.id, User(name=name, roles=("admin",)))


def test_two_processes_approve_the_same_questions(folders: ReviewedFolders, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'app.db'}"
    scene = Scene(folders, SqlFeedbackStore(open_storage(address)))
    for number in range(6):
        scene.say(f"第 {number} 个问题")
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_approve_all, args=(address, folders, name)) for name in ("olga", "adam")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    by_id = {pair.id: pair for pair in ReviewedStore(folders, AnyPlan()).pairs()}
    items = scene.store.items("shop")
    assert len(by_id) == len(items) == 6
    assert all(item.state is State.APPROVED and item.decided_by == by_id[item.id].approved_by for item in items)


def test_feedback_at_once_is_one_item_and_all_of_it_is_kept(scene: Scene) -> None:
    talkers = [
        threading.Thread(target=lambda who=who: [scene.say(who=who, answer=f"{who}{n}") for n in range(5)])  # type: ignore[misc]
        for who in "abcd"
    ]
    for one in talkers:
        one.start()
    for one in talkers:
        one.join()
    (proposal,) = scene.queue.view(OWNER).proposals
    assert (proposal.count, proposal.people) == (20, 4)


def test_feedback_during_an_approval_does_not_stand_in_its_way(scene: Scene) -> None:
    scene.say()
    item = only(scene)
    scene.store.write(None, replace(item, revision=2, last_seen=AT))
    decided = scene.queue._decide(item, State.APPROVED, "olga", plan="p")
    assert (decided.revision, only(scene).state) == (3, State.APPROVED)
    with pytest.raises(DecidedMeanwhileError):
        scene.queue._decide(item, State.REJECTED, "adam")


def test_stores_keep_what_they_were_given(store: FeedbackStore) -> None:
    item = Item(id="q1", data_set="shop", question="问", language="zh", opened_at=AT, last_seen=AT)
    store.write(None, item)
    later = replace(item, revision=2, decided_at=AT, decided_by="olga", why="因为", plan="{}", state=State.REJECTED)
    store.write(None, later)
    assert store.items("shop") == (later,)
    assert store.item_of("shop", " 问？") == later
    assert store.item_of("other", "问") is None
    for wrong in (later, replace(item, id="q2"), replace(item, id="q3", revision=5)):
        with pytest.raises(DecidedMeanwhileError):
            store.write(None, wrong)
    store.write(None, replace(item, id="q4", data_set="other"))
    assert [one.id for one in store.items("other")] == ["q4"]


def test_feedback_comes_back_as_it_was(scene: Scene) -> None:
    said = [
        scene.say(comment="好", conversation="c", good=None, kind=FeedbackKind.CORRECTION, correction="另一个"),
        scene.say("另一个问题", good=False, language="en"),
    ]
    assert scene.store.feedback("shop") == tuple(reversed(said))
    assert scene.store.feedback("shop", question="另一个 问题") == (said[1],)
    assert scene.store.feedback("shop", since=said[1].at) == (said[1],)
    assert scene.store.feedback("other") == ()
