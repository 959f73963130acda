"""The models of one data set: trained when asked for or by schedule, kept, published as tags, watched for drift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from semantic_layer.engines.base import Cancel
from semantic_layer.engines.version import Versioned
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.rights import Rights, rights_of
from semantic_layer.policy.small_groups import least_people
from semantic_layer.policy.types import User
from tools.models.drift import Drift, drift
from tools.models.features import Matrix
from tools.models.kept import ModelStore, Published, Rhythm
from tools.models.types import Card, Model, Task, Trained

KEEP = 3
"""Versions of a model whose scores are kept besides those that stand as a tag."""


@runtime_checkable
class LooksAhead(Protocol):
    """A model that has a horizon."""

    @property
    def usual(self) -> int:
        """The horizon in days when none is asked for, where the data reach that far."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A model whose features can be looked at without training."""

    def matrix(self, task: Task) -> Matrix:
        """What is known today of those it scores."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a refresh did to one model. `kept` says why the version before still stands, if it does."""

    model: str
    before: int
    after: int
    published: bool
    kept: Text | None = None


class ModelBook:
    """Rules over a `ModelStore`. Whoever may read single people may have a model trained for a question of theirs; publishing,
    withdrawing and schedules are for those who manage models. A model is known to people with the same reading rights as
    its trainer; a published tag to everybody who may read what it is made from.
    """

    def __init__(
        self,
        store: ModelStore,
        models: Sequence[Model],
        data_set: str,
        *,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        seed: int = 0,
    ) -> None:
        self._store = store
        self._models = {model.name: model for model in models}
        self._data_set = data_set
        self._clock = clock
        self._seconds = seconds
        self._seed = seed

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._models)

    def model(self, name: str) -> Model:
        """Raises `UnknownNameError` with the nearest names."""
        if name not in self._models:
            raise UnknownNameError(Text("模型", "model"), name, nearest(name, list(self._models)))
        return self._models[name]

    # ---- trained

    def ready(self, name: str, layer: SemanticLayer, user: User, *, horizon: int | None = None) -> Trained | None:
        """The model as trained on these definitions and these data under these rights, if it is kept."""
        card = next((c for c in self.cards(layer, user, name) if _fits(c, horizon) and _fresh(c, layer)), None)
        scores = self._store.scores(self._data_set, name, card.version) if card is not None else None
        return Trained(card=card, scores=scores) if card is not None and scores is not None else None

    def get(
        self,
        name: str,
        layer: SemanticLayer,
        user: User,
        *,
        horizon: int | None = None,
        cancel: Cancel | None = None,
        say: Callable[[Text], None] = lambda _: None,
    ) -> Trained:
        """The model, trained now when it is not ready. Raises what `train` raises."""
        return self.ready(name, layer, user, horizon=horizon) or self.train(
            name, layer, user, horizon=horizon, cancel=cancel, say=say
        )

    def train(
        self,
        name: str,
        layer: SemanticLayer,
        user: User,
        *,
        horizon: int | None = None,
        cancel: Cancel | None = None,
        say: Callable[[Text], None] = lambda _: None,
    ) -> Trained:
        """Train and keep a new version.

        Raises `TooLittleDataError`, `InvalidPlanError` for a horizon that cannot be reached, and `NotAllowedError` for
        somebody who may not see single people or not read what the model needs.
        """
        model = self.model(name)
        rights = _seeing_people(layer, user)
        say(Text(f"正在训练{model.label.zh}…", f"Training the {model.label.en}…"))
        task = Task(layer=layer, user=user, horizon=horizon, seed=self._seed, cancel=cancel, say=say)
        begun = self._seconds()
        found = model.train(task)
        card = replace(
            found.card,
            trained_at=self._clock(),
            trained_by=user.name,
            definitions=layer.index.model.version,
            data=data_version(layer),
            rights=rights.digest,
            by_default=horizon is None or (isinstance(model, LooksAhead) and horizon == model.usual),
            seconds=self._seconds() - begun,
        )
        kept = self._store.save(self._data_set, Trained(card=card, scores=found.scores))
        self._store.prune(self._data_set, name, KEEP)
        return kept

    def cards(self, layer: SemanticLayer, user: User, name: str = "") -> tuple[Card, ...]:
        """The cards that this person may see, newest first: of one model, or of all."""
        rights = _seeing_people(layer, user).digest
        return tuple(card for card in self._store.cards(self._data_set, name) if card.rights == rights)

    def trained(self, name: str, version: int, layer: SemanticLayer, user: User) -> Trained | None:
        """One version with its scores, if they are still kept."""
        card = next((c for c in self.cards(layer, user, name) if c.version == version), None)
        scores = self._store.scores(self._data_set, name, version) if card is not None else None
        return Trained(card=card, scores=scores) if card is not None and scores is not None else None

    # ---- published

    def published(self) -> tuple[Published, ...]:
        return self._store.published(self._data_set)

    def publish(self, name: str, version: int, layer: SemanticLayer, user: User) -> Published:
        """Let the scores of a version stand as the tag that its card names. It is in use once the definitions are opened
        again with `with_scores`.

        Raises `NotAllowedError` without the right, `InvalidPlanError` where the version is not kept or has no tag.
        """
        self._refuse_others(layer, user)
        found = self.trained(name, version, layer, user)
        if found is None:
            raise InvalidPlanError(
                Text(
                    f"{self.model(name).label.zh}的第 {version} 版没有保存的分数，请先训练。",
                    f"No scores of version {version} of the {self.model(name).label.en} are kept. Train it first.",
                )
            )
        if found.card.tag is None or not found.card.bands:
            raise InvalidPlanError(
                Text(
                    f"{found.card.label.zh}的分数没有分档，不能成为标签。",
                    f"The scores of the {found.card.label.en} have no bands, so they cannot stand as a tag.",
                )
            )
        published = Published(
            data_set=self._data_set,
            tag=found.card.tag.name,
            model=name,
            version=version,
            horizon=found.card.horizon,
            published_at=self._clock(),
            published_by=user.name,
        )
        self._store.publish(published)
        return published

    def withdraw(self, tag: str, layer: SemanticLayer, user: User) -> None:
        """Take a tag of scores back."""
        self._refuse_others(layer, user)
        if tag not in {one.tag for one in self.published()}:
            raise UnknownNameError(
                Text("模型标签", "tag of a model"), tag, nearest(tag, [o.tag for o in self.published()])
            )
        self._store.withdraw(self._data_set, tag)

    def forget(self, key: int) -> int:
        """Take a customer out of all kept scores; how many models held one. For whoever deletes a person."""
        return self._store.forget(self._data_set, key)

    # ---- over time

    def schedule(self, name: str, every_days: int, layer: SemanticLayer, user: User, *, horizon: int = 0) -> None:
        """Train a model again every so many days (`horizon` of 0 is its own choice); 0 days end it."""
        self._refuse_others(layer, user)
        self.model(name)
        if every_days < 0:
            raise InvalidPlanError(
                Text("重新训练的间隔不能是负数。", "The days between two trainings cannot be negative.")
            )
        self._store.set_rhythm(
            Rhythm(data_set=self._data_set, model=name, horizon=horizon, every_days=every_days, set_by=user.name)
        )

    def rhythms(self) -> tuple[Rhythm, ...]:
        return self._store.rhythms(self._data_set)

    def refresh(self, layer: SemanticLayer, user: User, *, cancel: Cancel | None = None) -> tuple[Renewal, ...]:
        """Train again what is due, and let tags move on to the new version unless it is clearly worse.

        One model that fails does not stop the others; its tag stays as it was.
        """
        self._refuse_others(layer, user)
        done = []
        now = self._clock()
        for rhythm in self.rhythms():
            due = rhythm.trained_at is None or now - rhythm.trained_at >= timedelta(days=rhythm.every_days)
            if due:
                done.append(self._renewed(rhythm, layer, user, cancel))
                self._store.set_rhythm(replace(rhythm, trained_at=now))
        return tuple(done)

    def drift(self, card: Card, layer: SemanticLayer, user: User, *, cancel: Cancel | None = None) -> Drift | None:
        """How far today's customers are from those of training; `None` for a model that cannot be watched."""
        model = self.model(card.name)
        _seeing_people(layer, user)
        if not isinstance(model, Watched) or not card.spreads:
            return None
        now = model.matrix(Task(layer=layer, user=user, horizon=card.horizon or None, seed=self._seed, cancel=cancel))
        return drift(card.spreads, now)

    def _renewed(self, rhythm: Rhythm, layer: SemanticLayer, user: User, cancel: Cancel | None) -> Renewal:
        standing = next((one for one in self.published() if one.model == rhythm.model), None)
        before = standing.version if standing else 0
        try:
            new = self.train(rhythm.model, layer, user, horizon=rhythm.horizon or None, cancel=cancel).card
        except UserError as error:
            return Renewal(model=rhythm.model, before=before, after=before, published=False, kept=error.message)
        if standing is None:
            return Renewal(model=rhythm.model, before=0, after=new.version, published=False)
        old = next((c for c in self.cards(layer, user, rhythm.model) if c.version == before), None)
        worse = old is not None and self._clearly_worse(new, old)
        if not worse:
            self.publish(rhythm.model, new.version, layer, user)
        kept = Text(
            "新版本明显更差，标签仍用旧版本。", "The new version is clearly worse; the tag stays with the old one."
        )
        return Renewal(
            model=rhythm.model, before=before, after=new.version, published=not worse, kept=kept if worse else None
        )

    def _clearly_worse(self, new: Card, old: Card) -> bool:
        name = self.model(new.name).deciding
        now, then = new.figure(name), old.figure(name)
        return (
            now is not None
            and then is not None
            and now.high is not None
            and then.low is not None
            and now.high < then.low
        )

    def _refuse_others(self, layer: SemanticLayer, user: User) -> None:
        if not rights_of(user, layer.policy).may_manage_models:
            raise NotAllowedError(
                Text(
                    "发布模型标签、撤回标签和设定重新训练，需要有模型管理权限（manage_models）的角色。您可以让有权限的同事来做，也可以继续提问使用模型。",
                    "Publishing scores as a tag, withdrawing them and scheduling need a role with `manage_models`. "
                    "Ask a colleague who has it; asking questions of models needs no such role.",
                )
            )


def data_version(layer: SemanticLayer) -> str:
    """What tells one state of the data from another: the published version where the engine knows it, and the data's day."""
    version = layer.engine.version() if isinstance(layer.engine, Versioned) else None
    return f"{layer.as_of.isoformat()}#{version.serial}" if version is not None else layer.as_of.isoformat()


def _fits(card: Card, horizon: int | None) -> bool:
    return card.by_default if horizon is None else card.horizon == horizon


def _fresh(card: Card, layer: SemanticLayer) -> bool:
    return card.definitions == layer.index.model.version and card.data == data_version(layer)


def _seeing_people(layer: SemanticLayer, user: User) -> Rights:
    rights = rights_of(user, layer.policy)
    if least_people(rights, layer.index.model.conventions.minimum_group):
        raise NotAllowedError(
            Text(
                "模型要逐个客户打分，您的角色不能看到很小的人群，因此不能使用模型。请让有 see_small_groups 权限的同事来做。",
                "Models score one customer at a time, and your role may not see very small groups, so it may not use them. "
                "Ask a colleague whose role has `see_small_groups`.",
            )
        )
    return rights
