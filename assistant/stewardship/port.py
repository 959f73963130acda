"""What the pages of data owners need, as protocols, each with a scripted fake beside it.

Every method is for one `user` and raises a `UserError` that says what is wrong, what is allowed and what is nearest. What the
person may not see comes masked. Reading methods are called at every drawing of their page, once a second while a task runs:
none may take longer than a page may, and what does is a `Task`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.boards.port import BoardsPort
from assistant.living.port import LivingPort
from assistant.missing.port import TagsPort
from assistant.modelling.port import ModelsPort
from assistant.outreach.office import CampaignOffice
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
from assistant.stewardship.sources import (
    BookField,
    DraftChange,
    DraftReply,
    DraftView,
    DriftQuestion,
    Inspection,
    LoadEntry,
    MappingProposal,
    QualityReport,
    QuarantinePage,
    Reading,
    SourceForm,
    SourceRow,
)
from assistant.stewardship.types import Task
from semantic_layer.errors import Text
from semantic_layer.policy.types import User

PAGE_ROWS = 20  # rows of one page of a long list
EVERYTHING = "*"  # instead of the name of a source: all of them
TRIAL = "trial of a rule"  # what the task of a trial is about


class TasksPort(Protocol):
    """Work that goes on without a tab: what this person started, and what concerns everybody."""

    def tasks(self, *, user: User) -> tuple[Task, ...]:
        """Open ones and those that ended lately, newest first. Called for every drawing of the bar: it must cost nothing."""
        ...

    def cancel(self, task: str, *, user: User) -> None:
        """Stop it at the next point where nothing is lost; what was done until then stays."""
        ...

    def dismiss(self, task: str, *, user: User) -> None:
        """Take a task that ended off the list."""
        ...


class SourcesPort(Protocol):
    """Sources of one data set. Reading is for every role of the data set; changing is for `manage_data`."""

    def may_manage(self, user: User) -> bool: ...

    def concerns(self, user: User) -> bool:
        """Whether there is anything here for this person; it must cost nothing."""
        ...

    # sources

    def sources(self, *, user: User) -> tuple[SourceRow, ...]:
        """Those that need somebody first."""
        ...

    def keep(self, name: str, file: Path, *, user: User) -> str:
        """Take over an uploaded file; the address under which it can be read. A file of that name is never overwritten."""
        ...

    def inspect(self, reading: Reading, *, user: User) -> Inspection:
        """Read the beginning of what stands at an address. At most 300 columns are returned, and a note says so."""
        ...

    def propose(self, found: Inspection, *, user: User) -> tuple[MappingProposal, ...]:
        """One proposal for each column, in their order. A field is proposed for one column at most."""
        ...

    def save(self, form: SourceForm, *, user: User) -> SourceRow:
        """Declare a source. Refused: a name in use, a field that does not exist or is filled twice, a key not mapped."""
        ...

    def load(self, source: str, *, user: User) -> Task:
        """Start a load in the background, of `EVERYTHING` too. Refused while one of the same source runs."""
        ...

    # one source

    def loads(self, source: str, *, user: User) -> tuple[LoadEntry, ...]:
        """Newest first, at most `PAGE_ROWS`."""
        ...

    def quality(self, source: str, *, user: User) -> QualityReport:
        """Worst rules first."""
        ...

    def quarantine(self, source: str, *, offset: int = 0, rule: str = "", user: User) -> QuarantinePage:
        """Rows that wait, newest first, `PAGE_ROWS` from `offset`; only those of `rule` when it is given."""
        ...

    def correct(self, source: str, row: str, value: str, *, user: User) -> Text:
        """Put another value in its place; what it became. Refused, with the reason, when the rule fails for it too."""
        ...

    def dismiss(self, source: str, row: str, *, user: User) -> Text:
        """Settle a row as it is: a warning is accepted, a held row stays out for good."""
        ...

    def drift(self, source: str, *, user: User) -> tuple[DriftQuestion, ...]: ...

    def answer(self, source: str, question: str, answer: str, *, user: User) -> Text:
        """Settle a change of columns; what happens now."""
        ...

    # the standard and the draft

    def book(self, search: str = "", *, user: User) -> tuple[BookField, ...]:
        """The field standard; with `search`, the fields whose names or meanings hold it."""
        ...

    def draft(self, *, user: User) -> DraftView | None:
        """The last draft of this data set."""
        ...

    def start_draft(self, address: str, *, user: User) -> Task: ...

    def settle(self, change: DraftChange, *, user: User) -> None: ...

    def ask_draft(self, question: str, *, user: User) -> DraftReply: ...

    def adopt_draft(self, *, user: User) -> Text:
        """Write the accepted rows as definitions; where they stand now. Refused while none is accepted."""
        ...


class PeoplePort(Protocol):
    """Customers of one data set. Reading follows the rights of the role; changing is for `manage_people`."""

    def may_manage(self, user: User) -> bool: ...

    def search(self, text: str, *, user: User) -> Hits:
        """By name, phone, e-mail, member or customer number. Who may not see contacts finds them by whole values only."""
        ...

    def card(self, customer: int, *, user: User) -> Card:
        """A number that was merged away leads to who it became."""
        ...

    def why(self, customer: int, *, user: User) -> Why: ...

    def preview(self, change: PersonChange, *, user: User) -> DryRun:
        """What it would do, without doing it. Refused as `carry_out` would be."""
        ...

    def carry_out(self, change: PersonChange, *, user: User) -> Changed:
        """Do it, with an entry in the ledger."""
        ...

    def queue(self, *, user: User) -> PairQueue:
        """The pairs that would settle most, at most `PAGE_ROWS`."""
        ...

    def decide(self, pair: str, verdict: Verdict, *, user: User) -> Changed:
        """`later` puts the pair at the end."""
        ...

    def figures(self, *, user: User) -> IdentityFigures: ...

    def try_rule(self, switch: RuleSwitch, *, user: User) -> Task:
        """Find out in the background what a rule would do; its task is about `TRIAL`. Nothing is changed."""
        ...

    def tried(self, *, user: User) -> Trial | None:
        """What the last trial found, until a rule is turned or the trial is forgotten."""
        ...

    def forget_trial(self, *, user: User) -> None: ...

    def apply_rule(self, switch: RuleSwitch, *, user: User) -> Task:
        """Match anew in the background with the rule on or off. Refused when it was not tried."""
        ...

    def deletion(self, customer: int, *, user: User) -> DeletionPlan: ...

    def delete(self, customer: int, code: str, *, user: User) -> Text:
        """Remove a person everywhere; what was done, and what others still have to do. Refused without the plan's code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stewardship:
    """The ports of one data set; `None` where there is nothing of the kind, and then no page."""

    sources: SourcesPort | None = None
    people: PeoplePort | None = None
    tasks: TasksPort | None = None
    tags: TagsPort | None = None
    boards: BoardsPort | None = None
    campaigns: CampaignOffice | None = None
    models: ModelsPort | None = None
    living: LivingPort | None = None


Stewards = Callable[[str], Stewardship]
"""From the id of a data set to its ports. Called for every drawing: it must cost nothing."""


def nobody(_: str) -> Stewardship:
    """No pages for data owners."""
    return Stewardship()
