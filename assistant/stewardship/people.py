"""What the Customers page shows of people: hits, cards, why records are one person, pairs to decide, deletion. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from assistant.stewardship.types import Shown
from semantic_layer.errors import Text

Tier = Literal["exact", "strict", "loose"]
Verdict = Literal["same", "different", "later"]
MomentKind = Literal["order", "event", "ticket", "message", "level", "other"]
LedgerKind = Literal["merge", "split", "undo", "never", "always"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value: 城市 · 上海."""

    label: Text
    value: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A customer that a search found. `matched` says by what; `records` is how many records they are made of."""

    customer: int
    name: Shown
    facts: tuple[Fact, ...]
    matched: Text
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The best hits and how many there are. `said` is a sentence when nothing was found, or not all may be searched."""

    hits: tuple[Hit, ...]
    total: int
    said: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenField:
    """A field of the golden record: its value, and the source and reason it was taken from. `others` are values that lost."""

    field: str
    label: Text
    value: Shown
    source: Text
    why: Text
    others: tuple[tuple[Shown, Text], ...] = ()  # value and source


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLine:
    """A tag of the customer. `stale` says that its last refresh failed and the value is of `as_of`."""

    name: str
    label: Text
    value: Text
    as_of: date | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened. `text` and `detail` are read by everybody who sees the card: no contact or name in them."""

    at: datetime
    kind: MomentKind
    text: Text
    source: Text
    detail: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSpan:
    """A value of a tag that has levels, from `since` to before `until`; `None` until now."""

    tag: Text
    value: Text
    since: date
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A customer. `moments` runs newest first; `more_moments` says that older ones were left out."""

    customer: int
    name: Shown
    born: date | None
    fields: tuple[GoldenField, ...]
    tags: tuple[TagLine, ...]
    levels: tuple[LevelSpan, ...]
    moments: tuple[Moment, ...]
    more_moments: bool
    records: int
    sources: int
    was: tuple[int, ...] = ()  # numbers that were merged into this one


# --- why records are one person


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of a source. `id` names it within the product: source and row."""

    id: str
    source: Text
    row: str
    facts: tuple[Fact, ...]
    observed_at: datetime | None = None
    tier: Tier | None = None  # by which it belongs here; `None` for a record that stands alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two records of `Why.records` and the sentence of evidence that ties them, without values that the person may not see."""

    left: str
    right: str
    tier: Tier
    evidence: Text
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """An entry of the ledger of merges. `undoable` says that it can be taken back now."""

    entry: int
    kind: LedgerKind
    text: Text
    at: datetime
    by: str
    undoable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    customer: int
    name: Shown
    records: tuple[Record, ...]
    links: tuple[Link, ...]
    ledger: tuple[LedgerLine, ...]


# --- changes and what they touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Take `records` of a customer out: they become one customer of their own, or go back to who they were."""

    customer: int
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Make two customers one. The older number stays."""

    customer: int
    other: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    entry: int


PersonChange = Split | Merge | Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAfter:
    """A customer as they would stand after a change; `new` for a number that is not in use yet."""

    customer: int | None
    name: Shown
    records: int
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Something that a change moves: a segment, a tag, a campaign, an export."""

    kind: Text
    name: Text
    change: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a change would do. `said` is one sentence; `warnings` are what to look at before going on."""

    said: Text
    after: tuple[PersonAfter, ...]
    touched: tuple[Touched, ...]
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was done, the entry of the ledger that takes it back, and the customer to show next."""

    said: Text
    customer: int
    entry: int | None = None


# --- the review queue, figures, deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class PairQuestion:
    """Two records that may be one person. `evidence` is one sentence without values that the person may not see; `compared` lays their fields side by side.

    The last part of a comparison says whether the two agree; `None` where one of them has no value.
    """

    id: str
    left: Text  # its source
    right: Text
    evidence: Text
    compared: tuple[tuple[Text, Shown, Shown, bool | None], ...]
    probability: float
    touches: int  # customers that would become one


@dataclass(frozen=True, slots=True, kw_only=True)
class PairQueue:
    pairs: tuple[PairQuestion, ...]
    waiting: int
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRule:
    """A rule that can be turned on and off. `links` is how many links rest on it now."""

    name: str
    label: Text
    meaning: Text
    tier: Tier
    on: bool
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFigures:
    """How records became customers. `duplicates` is records minus customers; `largest` the records of one customer."""

    records: int
    customers: int
    tiers: tuple[tuple[Tier, int], ...]
    largest: int
    waiting: int
    computed_at: datetime | None
    rules: tuple[IdentityRule, ...]
    notes: tuple[Text, ...] = ()

    @property
    def duplicates(self) -> int:
        return self.records - self.customers


@dataclass(frozen=True, slots=True)
class RuleSwitch:
    rule: str
    on: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would do when it is turned on or off, as the last trial found."""

    switch: RuleSwitch
    run: DryRun


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPlace:
    """A store that holds something of a person. `kept` says why some of it stays: a legal duty, or nothing personal."""

    place: Text
    rows: int
    kept: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldExport:
    """A file that left with this person in it: whoever has it must delete it themselves."""

    file: str
    by: str
    at: datetime
    purpose: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPlan:
    """What a deletion removes and where. `code` is what has to be typed to confirm it."""

    customer: int
    name: Shown
    places: tuple[DeletionPlace, ...]
    exports: tuple[HeldExport, ...]
    code: str
    notes: tuple[Text, ...] = ()
