"""The page of models over the models of an open data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.modelling.port import ABOUT, ModelRow, State
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import Task
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from tools.models.book import ModelBook, data_version
from tools.models.drift import Drift
from tools.models.types import Card, Model

Opened = Callable[[], tuple[ModelBook, SemanticLayer]]
"""The models and the layer of the data set as it is open now."""
Reopen = Callable[[str], None]
"""Open the definitions again in the background, for the person named: tags of scores are among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveModels:
    """A `ModelsPort`. What a look at drift found is kept until the process ends."""

    opened: Opened
    board: TaskBoard
    reopen: Reopen
    looked: dict[tuple[str, int, str], Drift] = field(default_factory=dict)  # by name, version and who may read what

    def may_see(self, user: User) -> bool:
        try:
            book, layer = self.opened()
            book.cards(layer, user)
        except UserError:
            return False
        return True

    def may_manage(self, user: User) -> bool:
        try:
            return rights_of(user, self.opened()[1].policy).may_manage_models
        except NotAllowedError:
            return False

    def rows(self, *, user: User) -> tuple[ModelRow, ...]:
        book, layer = self.opened()
        cards = book.cards(layer, user)
        standing = {one.model: one for one in book.published()}
        rhythms = {one.model: one.every_days for one in book.rhythms()}
        rows = []
        for name in book.names:
            card = next((one for one in cards if one.name == name), None)
            tag = standing.get(name)
            rows.append(
                ModelRow(
                    name=name,
                    label=book.model(name).label,
                    state=_state(card, layer),
                    card=card,
                    drift=self.looked.get((name, card.version, card.rights)) if card is not None else None,
                    tag=tag.tag if tag is not None else "",
                    tag_version=tag.version if tag is not None else 0,
                    every_days=rhythms.get(name, 0),
                )
            )
        return tuple(rows)

    def train(self, name: str, *, user: User) -> Task:
        book, layer = self.opened()
        book.cards(layer, user, name)
        model = book.model(name)

        def work(progress: Progress, cancel: Cancel) -> Text:
            def say(text: Text) -> None:
                progress(f"{text.zh} / {text.en}", 0, 0)

            card = book.train(name, layer, user, cancel=cancel, say=say).card
            return Text(
                f"{model.label.zh}第 {card.version} 版已训练。",
                f"Version {card.version} of the {model.label.en} is trained.",
            )

        return self.board.start(_training(model), work, by=user.name, about=f"{ABOUT}{name}")

    def check(self, name: str, *, user: User) -> Task:
        book, layer = self.opened()
        model = book.model(name)
        card = next(iter(book.cards(layer, user, name)), None)
        if card is None:
            raise _untrained(model)

        def work(_: Progress, cancel: Cancel) -> Text:
            found = book.drift(card, layer, user, cancel=cancel)
            if found is None:
                return Text(f"{model.label.zh}不能看漂移。", f"The {model.label.en} cannot be watched for drift.")
            self.looked[name, card.version, card.rights] = found
            return Text(f"已看{model.label.zh}的漂移。", f"Looked at the drift of the {model.label.en}.")

        label = Text(f"看{model.label.zh}的漂移", f"Look at the drift of the {model.label.en}")
        return self.board.start(label, work, by=user.name, about=f"{ABOUT}{name}")

    def publish(self, name: str, *, user: User) -> Text:
        book, layer = self.opened()
        card = next(iter(book.cards(layer, user, name)), None)
        if card is None:
            raise _untrained(book.model(name))
        published = book.publish(name, card.version, layer, user)
        self.reopen(user.name)
        return Text(
            f"第 {published.version} 版已发布为标签「{published.tag}」，正在启用。",
            f"Version {published.version} now stands as the tag {published.tag!r} and is being put to use.",
        )

    def withdraw(self, name: str, *, user: User) -> Text:
        book, layer = self.opened()
        standing = next((one for one in book.published() if one.model == name), None)
        if standing is None:
            raise InvalidPlanError(
                Text(
                    f"{book.model(name).label.zh}没有发布为标签，不用撤回。",
                    f"The {book.model(name).label.en} does not stand as a tag; there is nothing to withdraw.",
                )
            )
        book.withdraw(standing.tag, layer, user)
        self.reopen(user.name)
        return Text(f"标签「{standing.tag}」已撤回。", f"The tag {standing.tag!r} was withdrawn.")

    def schedule(self, name: str, every_days: int, *, user: User) -> Text:
        book, layer = self.opened()
        book.schedule(name, every_days, layer, user)
        if not every_days:
            return Text("不再自动重新训练。", "It is no longer trained by itself.")
        return Text(f"每 {every_days} 天重新训练一次。", f"It is trained again every {every_days} days.")


def _state(card: Card | None, layer: SemanticLayer) -> State:
    if card is None:
        return State.NONE
    fresh = card.definitions == layer.index.model.version and card.data == data_version(layer)
    return State.FRESH if fresh else State.STALE


def _training(model: Model) -> Text:
    return Text(f"训练{model.label.zh}", f"Train the {model.label.en}")


def _untrained(model: Model) -> InvalidPlanError:
    return InvalidPlanError(
        Text(f"{model.label.zh}还没有训练，请先训练。", f"The {model.label.en} has not been trained; train it first.")
    )
