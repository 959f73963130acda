"""The customers of a data set that can be worked on: `PeoplePort` over its warehouse and what is published of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.live_cards import Cards
from assistant.stewardship.live_deletion import Deletion, Elsewhere
from assistant.stewardship.live_identity import Identity, effect_said
from assistant.stewardship.people import (
    Card,
    Changed,
    DeletionPlan,
    DryRun,
    Hits,
    IdentityFigures,
    PairQueue,
    PersonChange,
    RuleSwitch,
    Trial,
    Verdict,
    Why,
)
from assistant.stewardship.port import TRIAL
from assistant.stewardship.published import PublishedCustomers
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import RightsOf, StewardRights, Task, require_manage_people
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.identity.dry_run import Touched, dry_run
from semantic_layer.ingestion.identity.rules import WEIGHT, switched, write_switch
from semantic_layer.policy.types import User

PUBLISH: Final = "publish"


class LivePeople:
    """A `PeoplePort`. What people decide is told to `note` for the record, and published in the background."""

    def __init__(
        self,
        house: DataHouse,
        board: TaskBoard,
        published: PublishedCustomers,
        elsewhere: Elsewhere,
        *,
        touched: Touched,
        rights: RightsOf,
        now: Callable[[], datetime],
        note: Callable[[User, str], None],
    ) -> None:
        self._house = house
        self._board = board
        self._rights = rights
        self._note = note
        self._touched = touched
        self._cards = Cards(house, published)
        self._identity = Identity(house, self._cards, touched, now)
        self._deletion = Deletion(house, self._cards, elsewhere, now)
        self._trial: Trial | None = None

    def may_manage(self, user: User) -> bool:
        return self._rights(user).manage_people

    def search(self, text: str, *, user: User) -> Hits:
        return self._cards.search(text, user, self._rights(user))

    def card(self, customer: int, *, user: User) -> Card:
        return self._cards.card(customer, user, self._rights(user))

    def why(self, customer: int, *, user: User) -> Why:
        return self._identity.why(customer, user, self._rights(user))

    def preview(self, change: PersonChange, *, user: User) -> DryRun:
        return self._identity.preview(change, user, self._rights(user))

    def carry_out(self, change: PersonChange, *, user: User) -> Changed:
        self._manager(user)
        done = self._identity.carry_out(change, user)
        self._note(user, f"customer {done.customer}: {done.said.en}")
        self._republish(user)
        return done

    def queue(self, *, user: User) -> PairQueue:
        return self._identity.queue(user, self._rights(user))

    def decide(self, pair: str, verdict: Verdict, *, user: User) -> Changed:
        self._manager(user)
        done = self._identity.decide(pair, verdict, user)
        if verdict != "later":
            self._note(user, f"customer {done.customer}: {done.said.en}")
            self._republish(user)
        return done

    def figures(self, *, user: User) -> IdentityFigures:
        self._rights(user)
        return self._identity.figures()

    # --- rules

    def try_rule(self, switch: RuleSwitch, *, user: User) -> Task:
        self._manager(user)
        self._known(switch)
        self._trial = None

        def work(progress: Progress, cancel: Cancel) -> Text:
            rules = self._house.blueprint().identity
            other = switched(rules, switch.rule, on=switch.on)
            with self._house.warehouse.writing() as connection:
                effect = dry_run(connection, rules, other, progress=progress, cancel=cancel, touched=self._touched)
            self._trial = Trial(switch, effect_said(effect))
            return self._trial.run.said

        return self._board.start(
            Text(f"试算规则「{switch.rule}」", f"Try the rule {switch.rule}"), work, by=user.name, about=TRIAL
        )

    def tried(self, *, user: User) -> Trial | None:
        return self._trial if self.may_manage(user) else None

    def forget_trial(self, *, user: User) -> None:
        self._manager(user)
        self._trial = None

    def apply_rule(self, switch: RuleSwitch, *, user: User) -> Task:
        self._manager(user)
        if self._trial is None or self._trial.switch != switch:
            raise InvalidPlanError(
                Text("请先试算，看过影响再确认。", "Try the rule first, and look at what it would do.")
            )
        self._trial = None
        write_switch(self._house.folder, switch.rule, on=switch.on)
        self._note(user, f"identity rule {switch.rule} turned {'on' if switch.on else 'off'}")
        return self._republish(user, Text("重新匹配客户", "Match customers anew"), match=True)

    # --- deletion

    def deletion(self, customer: int, *, user: User) -> DeletionPlan:
        return self._deletion.plan(customer, user, self._manager(user))

    def delete(self, customer: int, code: str, *, user: User) -> Text:
        plan = self.deletion(customer, user=user)
        said = self._deletion.delete(plan, code, user.name)
        self._note(user, f"customer {plan.customer} deleted; {len(plan.exports)} exported files held them")
        self._republish(user)
        return said

    def _manager(self, user: User) -> StewardRights:
        rights = self._rights(user)
        require_manage_people(rights)
        return rights

    def _known(self, switch: RuleSwitch) -> None:
        names = (*(rule.name for rule in self._house.blueprint().identity.identifiers), WEIGHT)
        if switch.rule not in names:
            raise UnknownNameError(Text("规则", "rule"), switch.rule, names[:3])

    def _republish(
        self, user: User, label: Text = Text("更新已发布的数据", "Update what is published"), *, match: bool = False
    ) -> Task:
        """What people read follows in the background; decisions that come meanwhile are in the same publication."""
        open_one = next((t for t in self._board.tasks(user=user) if t.open and t.about == PUBLISH), None)
        if open_one is not None and not match:
            return open_one

        def work(progress: Progress, cancel: Cancel) -> Text:
            return self._house.republish(match=match, progress=progress, cancel=cancel)

        return self._board.start(label, work, by=user.name, about="" if match else PUBLISH)
