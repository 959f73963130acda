"""Models that are made up: what tests and a first look at the page run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from assistant.modelling.port import ABOUT, ModelRow, State
from assistant.stewardship.scripted_tasks import ScriptedTasks
from assistant.stewardship.types import Task
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import User
from tools.models.drift import Drift
from tools.models.types import Card


@dataclass(slots=True, kw_only=True)
class ScriptedModels:
    """A `ModelsPort` over given rows. Training takes the time of `tasks` and gives the next version of the card in `cards`."""

    tasks: ScriptedTasks
    clock: Callable[[], datetime]
    kept: dict[str, ModelRow] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    managers: Sequence[str] = ("admin", "analyst")
    blind: Sequence[str] = ("region_east",)  # roles that may not see single people

    @staticmethod
    def of(
        rows: Sequence[ModelRow], cards: Mapping[str, Card], *, tasks: ScriptedTasks, clock: Callable[[], datetime]
    ) -> ScriptedModels:
        return ScriptedModels(tasks=tasks, clock=clock, kept={row.name: row for row in rows}, cards=cards)

    def may_see(self, user: User) -> bool:
        return bool(user.roles) and not any(role in self.blind for role in user.roles)

    def may_manage(self, user: User) -> bool:
        return any(role in self.managers for role in user.roles)

    def rows(self, *, user: User) -> tuple[ModelRow, ...]:
        self._refuse_blind(user)
        self.tasks.look()
        return tuple(self.kept.values())

    def train(self, name: str, *, user: User) -> Task:
        self._refuse_blind(user)
        row = self._row(name)

        def finish() -> Text:
            before = row.card.version if row.card is not None else 0
            card = replace(self.cards[name], version=before + 1, trained_at=self.clock(), trained_by=user.name)
            self.kept[name] = replace(self.kept[name], card=card, state=State.FRESH, drift=None)
            return Text(
                f"{row.label.zh}第 {before + 1} 版已训练。", f"Version {before + 1} of the {row.label.en} is trained."
            )

        label = Text(f"训练{row.label.zh}", f"Train the {row.label.en}")
        return self.tasks.start(label, Text("正在训练…", "Training…"), finish, user=user, about=f"{ABOUT}{name}")

    def check(self, name: str, *, user: User) -> Task:
        row = self._trained(name, user)

        def finish() -> Text:
            self.kept[name] = replace(self.kept[name], drift=Drift(moved=(("recency", 0.03),)))
            return Text(f"已看{row.label.zh}的漂移。", f"Looked at the drift of the {row.label.en}.")

        label = Text(f"看{row.label.zh}的漂移", f"Look at the drift of the {row.label.en}")
        return self.tasks.start(label, Text("正在比较…", "Comparing…"), finish, user=user, about=f"{ABOUT}{name}")

    def publish(self, name: str, *, user: User) -> Text:
        row = self._trained(name, user)
        self._refuse_others(user)
        card = row.card
        if card is None or card.tag is None:
            raise InvalidPlanError(Text("没有分档，不能成为标签。", "Without bands it cannot stand as a tag."))
        self.kept[name] = replace(row, tag=card.tag.name, tag_version=card.version)
        return Text(f"已发布为标签「{card.tag.name}」。", f"It stands as the tag {card.tag.name!r}.")

    def withdraw(self, name: str, *, user: User) -> Text:
        row = self._trained(name, user)
        self._refuse_others(user)
        self.kept[name] = replace(row, tag="", tag_version=0)
        return Text(f"标签「{row.tag}」已撤回。", f"The tag {row.tag!r} was withdrawn.")

    def schedule(self, name: str, every_days: int, *, user: User) -> Text:
        self._refuse_others(user)
        self.kept[name] = replace(self._row(name), every_days=every_days)
        return Text(f"每 {every_days} 天重新训练一次。", f"It is trained again every {every_days} days.")

    def _row(self, name: str) -> ModelRow:
        if name not in self.kept:
            raise UnknownNameError(Text("模型", "model"), name, nearest(name, list(self.kept)))
        return self.kept[name]

    def _trained(self, name: str, user: User) -> ModelRow:
        self._refuse_blind(user)
        row = self._row(name)
        if row.card is None:
            raise InvalidPlanError(Text("还没有训练，请先训练。", "It has not been trained; train it first."))
        return row

    def _refuse_blind(self, user: User) -> None:
        if not self.may_see(user):
            raise NotAllowedError(
                Text(
                    "您的角色不能看到单个客户，因此不能使用模型。",
                    "Your role may not see single customers, so it may not use models.",
                )
            )

    def _refuse_others(self, user: User) -> None:
        if not self.may_manage(user):
            raise NotAllowedError(
                Text(
                    "发布和撤回需要模型管理权限（manage_models）。", "Publishing and withdrawing need `manage_models`."
                )
            )
