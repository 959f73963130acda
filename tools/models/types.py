"""What a model leaves behind: a card that says how good it is, and a score for each customer. And the seam to models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import TagCategory, Unit
from semantic_layer.policy.types import User

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Marks: TypeAlias = NDArray[np.int16]
Yes: TypeAlias = NDArray[np.bool_]

NONE: Final = -1
"""In `Scores.band` and `Scores.why`: no band, no reason."""


class TooLittleDataError(UserError):
    """A model was asked for with too little data to judge it; says what is needed and what there is."""

    def __init__(self, model: Text, needed: Text, found: Text) -> None:
        super().__init__(
            Text(
                zh=f"数据太少，不能训练{model.zh}：需要{needed.zh}，现在{found.zh}。",
                en=f"There is too little data for {model.en}: it needs {needed.en}; there {found.en}.",
            )
        )
        self.needed = needed
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing that is known of a customer: what it is called, what it means, and what it is made from.

    `reason` says it of one customer, with `{value}` for the value written with `digits` decimals. `sources` are names of
    metrics and qualified fields.
    """

    name: str
    label: Text
    meaning: Text
    reason: Text = Text("", "")  # frozen
    digits: int = 0
    unit: Unit | None = None
    sources: tuple[str, ...] = ()

    def said(self, value: float) -> Text:
        """The feature of one customer in words."""
        written = f"{value:.1%}" if self.unit is Unit.PERCENT else f"{value:,.{self.digits}f}"
        pattern = (
            self.reason
            if self.reason.zh or self.reason.en
            else Text(f"{self.label.zh} {{value}}", f"{self.label.en} {{value}}")
        )
        return Text(pattern.zh.replace("{value}", written), pattern.en.replace("{value}", written))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measure of quality (or an estimate) with its 95 % interval, beside the same of the baseline where there is one."""

    name: str
    label: Text
    value: float
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    unit: Unit | None = None
    digits: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A method that was tried on the data that decide. `behind` is how far it is behind the best, with its interval."""

    name: str
    label: Text
    value: float
    low: float | None = None
    high: float | None = None
    behind: tuple[float, float, float] | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """People with nearly the same prediction: what was predicted for them, what came true (with its interval), how many."""

    predicted: float
    observed: float
    low: float
    high: float
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of the data by time: known are rows up to `until` inside, the outcome lies after it up to `outcome`, inside.

    The metrics of a card are of the one that `judges`.
    """

    label: Text
    until: date
    outcome: date
    people: int
    judges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A level of the score, or one of the values that are told apart. `low` inside, `high` outside; `None` is open."""

    value: str
    label: Text
    aliases: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    people: int = 0


def level(
    size: str, en: str, of: Text, *, low: float | None = None, high: float | None = None, people: int = 0
) -> Band:
    """A level of a score: 高 of 流失概率 is 高流失概率. Its value holds both words: a bare 高 would be one more meaning of a
    word that tags of every kind have.
    """
    return Band(
        value=f"{size}{of.zh}",
        label=Text(f"{size}{of.zh}", f"{en} {of.en}"),
        aliases=(*(f"{of.zh}{link}{size}" for link in ("", "为", "是", "很")), f"{of.en} {en}", f"{of.en} is {en}"),
        low=low,
        high=high,
        people=people,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a feature was spread when the model was trained: parts of people between `edges`, the last part for unknown."""

    feature: str
    edges: tuple[float, ...]
    parts: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagForm:
    """How the scores are called when they stand as a tag whose values are the bands of the card.

    `positive` are the values meant when a person only says the tag's name.
    """

    name: str
    label: Text
    synonyms: tuple[str, ...] = ()
    category: TagCategory = TagCategory.LIFECYCLE
    positive: tuple[str, ...] = ()
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model as it is shown: what it answers, what it was made from, how good it is, when it refuses.

    `name` is the model (churn, value, …), `version` counts its trainings. `metrics` are of people and days that took no part in
    training. `definitions` and `data` are the versions it was trained on, `rights` the digest of what its trainer may read.
    `horizon` is in days, 0 where time does not matter; `by_default` says that it is the one taken
    when none is asked for. `why` says why the chosen candidate won; `refuses` and `limits` what it
    does not answer and what to keep in mind; `unit` is
    that of the scores, `seconds` how long training took.
    """

    name: str
    label: Text
    answers: Text
    as_of: date
    data_from: date
    data_to: date
    people: int
    population: Text
    version: int = 0
    trained_at: datetime | None = None
    trained_by: str = ""
    definitions: str = ""
    data: str = ""
    rights: str = ""
    horizon: int = 0
    by_default: bool = True
    slices: tuple[Slice, ...] = ()
    features: tuple[Feature, ...] = ()
    metrics: tuple[Figure, ...] = ()
    estimates: tuple[Figure, ...] = ()
    baseline: Text = Text("", "")  # frozen
    candidates: tuple[Candidate, ...] = ()
    decided_by: Text = Text("", "")  # frozen; what `Candidate.value` is
    why: Text = Text("", "")  # frozen
    calibration: tuple[Bin, ...] = ()
    bands: tuple[Band, ...] = ()
    refuses: tuple[Text, ...] = ()
    limits: tuple[Text, ...] = ()
    spreads: tuple[Spread, ...] = ()
    tag: TagForm | None = None
    unit: Unit | None = None
    seconds: float = 0.0

    @property
    def judged(self) -> Slice | None:
        return next((one for one in self.slices if one.judges), None)

    def figure(self, name: str) -> Figure | None:
        return next((one for one in (*self.metrics, *self.estimates) if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """A score for each customer. `keys` are unique and ascending; all arrays have their length n.

    `band` is the place in `Card.bands` (`NONE` for none). `why` is (n, k): places in `Card.features`, the weightiest first,
    `NONE` where there are fewer; `seen` the values of those features. `low` and `high` are the ends of a 95 % range.
    """

    keys: Ints
    score: Floats
    band: Marks
    low: Floats | None = None
    high: Floats | None = None
    why: Marks = field(default_factory=lambda: np.empty((0, 0), dtype=np.int16))
    seen: Floats = field(default_factory=lambda: np.empty((0, 0), dtype=np.float64))

    def __len__(self) -> int:
        return len(self.keys)

    def place(self, key: int) -> int | None:
        """Where a customer stands; `None` for one without a score."""
        at = int(np.searchsorted(self.keys, key))
        return at if at < len(self.keys) and int(self.keys[at]) == key else None

    def without(self, key: int) -> Scores:
        """The scores of everybody else."""
        held = self.keys != key
        return Scores(
            keys=self.keys[held],
            score=self.score[held],
            band=self.band[held],
            low=self.low[held] if self.low is not None else None,
            high=self.high[held] if self.high is not None else None,
            why=self.why[held] if self.why.size else self.why,
            seen=self.seen[held] if self.seen.size else self.seen,
        )

    def reasons(self, at: int, card: Card) -> tuple[Text, ...]:
        """Why the customer at this place has the score, the weightiest reason first."""
        if not self.why.size:
            return ()
        pairs = zip(self.why[at].tolist(), self.seen[at].tolist(), strict=True)
        return tuple(card.features[which].said(value) for which, value in pairs if which != NONE)

    def top(self, count: int, among: Ints | None = None) -> Ints:
        """Places of the `count` highest scores, of everybody or of the keys `among`; ties go by key."""
        at = (
            np.arange(len(self.keys))
            if among is None
            else np.flatnonzero(np.isin(self.keys, among, assume_unique=True))
        )
        order = np.lexsort((self.keys[at], -self.score[at]))
        return at[order[:count]].astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    card: Card
    scores: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to train on: the data as one person may read them, how far ahead (`None`: the model's own choice), the seed of all
    randomness, and where work in progress is told.
    """

    layer: SemanticLayer
    user: User
    horizon: int | None = None
    seed: int = 0
    cancel: Cancel | None = None
    say: Callable[[Text], None] = lambda _: None


class Model(Protocol):
    """A kind of model. Training is deterministic for one task; version, time and trainer are filled in by `ModelBook`."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Text: ...

    @property
    def deciding(self) -> str:
        """The name of the figure among `Card.metrics` by which two versions are compared; higher is better."""
        ...

    def train(self, task: Task) -> Trained:
        """Raises `TooLittleDataError` where it could not be judged, `InvalidPlanError` for a horizon that it cannot reach,
        `NotAllowedError` where the person may not read what it needs.
        """
        ...
