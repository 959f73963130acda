"""What one person at one browser tab has asked, opened and chosen. Lives on the server; the browser only names things."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from assistant.accounts.port import Access
from assistant.accounts.types import Account
from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.channels.gradio.boards_state import (
    BoardNameDialog,
    BoardsView,
    LinkDialog,
    PinDialog,
    ShareDialog,
    SubscribeDialog,
    TileDialog,
)
from assistant.channels.gradio.campaigns_state import CampaignsView
from assistant.channels.gradio.data_state import DataView
from assistant.channels.gradio.data_uploads import Uploads
from assistant.channels.gradio.models_state import ModelsView
from assistant.channels.gradio.office import Office
from assistant.channels.gradio.office_state import (
    AccountDialog,
    AdminView,
    InsightsView,
    IssueDialog,
    KeysDialog,
    ResetDialog,
    RevokeDialog,
    SecretDialog,
)
from assistant.channels.gradio.people_state import CustomersView
from assistant.channels.gradio.review_state import (
    ApproveDialog,
    CorrectDialog,
    RejectDialog,
    ReviewView,
    WithdrawDialog,
)
from assistant.channels.gradio.segments_state import SegmentsView
from assistant.channels.workspace import AssistantPort, Dataset, DefinitionKind, Workspace
from assistant.stewardship.port import Stewards, Stewardship, nobody
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, Text
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query

Page = Literal[
    "ask",
    "segments",
    "campaigns",
    "customers",
    "catalogue",
    "data",
    "models",
    "boards",
    "review",
    "insights",
    "admin",
    "account",
]
TurnState = Literal["working", "done", "stopped"]


@dataclass(slots=True, kw_only=True)
class Opinion:
    """What the person said about a reply: thumb, whether a comment is still asked for, and what happens next."""

    good: bool | None = None
    asking: bool = False
    fault: str = ""
    thanks: str = ""  # a key of the words


@dataclass(slots=True, kw_only=True)
class Turn:
    """One question and what came of it. `request` is what was sent: words, or a plan that a reply had offered.

    `after` is the turn that was shown when it was asked, empty for the first of a conversation.
    """

    id: str
    asked: Text
    request: str | Plan
    language: Language
    after: str = ""
    ask_model: bool = False
    state: TurnState = "working"
    stage: str = ""
    reply: Reply | None = None
    opinion: Opinion = field(default_factory=Opinion)
    picture: tuple[Answer, bool, str] | None = None  # the chart's SVG, drawn once per answer and ground

    @property
    def answer(self) -> Answer | None:
        return self.reply if isinstance(self.reply, Answer) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDialog:
    turn: str
    name: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDialog:
    """Export of a turn's table or people, or of a segment. Exactly one of `turn` and `segment` is set."""

    turn: str = ""
    segment: str = ""
    fault: str = ""
    busy: bool = False  # the file is being written


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameDialog:
    segment: str
    name: str
    fault: str = ""


Dialog = (
    SaveDialog
    | ExportDialog
    | RenameDialog
    | CorrectDialog
    | ApproveDialog
    | RejectDialog
    | WithdrawDialog
    | AccountDialog
    | ResetDialog
    | KeysDialog
    | IssueDialog
    | RevokeDialog
    | SecretDialog
    | PinDialog
    | BoardNameDialog
    | TileDialog
    | ShareDialog
    | LinkDialog
    | SubscribeDialog
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A short message at the foot of the page, with at most one thing to do about it."""

    number: int
    text: str
    act: str = ""
    ref: str = ""
    label: str = ""
    bad: bool = False


@dataclass(slots=True)
class Running:
    """The work under way for one turn."""

    turn: str
    cancel: Cancel


@dataclass(slots=True, kw_only=True)
class CatalogueView:
    search: str = ""
    kind: DefinitionKind | None = None
    category: str | None = None
    chosen: str = ""


@dataclass(slots=True, kw_only=True)
class CombineView:
    """What stands in the form that makes a segment from two."""

    first: str = ""
    second: str = ""
    operation: str = "union"
    name: str = ""
    fault: str = ""


@dataclass(slots=True, kw_only=True, weakref_slot=True, eq=False)
class Session:
    """All that belongs to one tab. Handlers change it in place; pages are drawn from it."""

    workspace: Workspace
    access: Access
    account: Account  # whose tab it is, as they were at the last action
    office: Office
    dataset: str
    assistant: AssistantPort  # the open `dataset`
    language: Language
    clock: Callable[[], datetime]
    stewards: Stewards = nobody
    uploads: Uploads = field(default_factory=Uploads)
    visit: str = ""  # what the browser calls this session by
    form_token: str = ""  # goes with the form that signs out
    page: Page = "ask"
    dark: bool = False
    conversation: str = ""
    turns: list[Turn] = field(default_factory=list)
    selected: str = ""
    running: Running | None = None
    trailing: Running | None = None
    dialog: Dialog | None = None
    notice: Notice | None = None
    catalogue: CatalogueView = field(default_factory=CatalogueView)
    combine: CombineView = field(default_factory=CombineView)
    review: ReviewView = field(default_factory=ReviewView)
    data: DataView = field(default_factory=DataView)
    customers: CustomersView = field(default_factory=CustomersView)
    boards: BoardsView = field(default_factory=BoardsView)
    campaigns: CampaignsView = field(default_factory=CampaignsView)
    models: ModelsView = field(default_factory=ModelsView)
    segments: SegmentsView = field(default_factory=SegmentsView)
    admin: AdminView = field(default_factory=AdminView)
    insights: InsightsView = field(default_factory=InsightsView)
    counter: int = 0
    drawn: dict[str, str] = field(default_factory=dict)  # what the browser has been told, by region
    outbox: list[Path] = field(default_factory=list)  # files waiting to be fetched, oldest first
    changing: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def user(self) -> User:
        """Who asks, to the policy of the open data set."""
        return self.account.user_in(self.dataset, via="page")

    @property
    def stewardship(self) -> Stewardship:
        """The ports of the open data set for data owners."""
        return self.stewards(self.dataset)

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Data sets in which this person has a role, and the open one."""
        return tuple(d for d in self.workspace.datasets if d.id == self.dataset or self.account.roles_in(d.id))

    def turn(self, turn_id: str) -> Turn | None:
        return next((turn for turn in self.turns if turn.id == turn_id), None)

    @property
    def shown(self) -> Turn | None:
        """The turn whose result stands on the right."""
        return self.turn(self.selected)

    def next_number(self) -> int:
        self.counter += 1
        return self.counter

    def begin(self, asked: Text, request: str | Plan, language: Language) -> Turn:
        """A new turn at the end of the conversation; work under way is stopped."""
        self.stop()
        turn = Turn(id=f"t{self.next_number()}", asked=asked, request=request, language=language, after=self.selected)
        self.turns.append(turn)
        return turn

    def start(self, turn: Turn) -> Running:
        """Mark `turn` as the one being worked on."""
        self.stop()
        turn.state, turn.stage = "working", ""
        self.running = Running(turn.id, Cancel())
        return self.running

    def finish(self, turn: Turn, reply: Reply) -> None:
        """Show a reply. The work goes on unseen where a fuller reply may follow."""
        turn.reply, turn.state, turn.stage = reply, "done", ""
        self.selected = turn.id
        self.trailing, self.running = self.running, None

    def stop(self) -> None:
        """Cancel the work under way, seen or unseen, if there is any."""
        if self.trailing is not None:
            self.trailing.cancel.press()
            self.trailing = None
        if self.running is None:
            return
        self.running.cancel.press()
        turn = self.turn(self.running.turn)
        if turn is not None and turn.state == "working":
            if turn.reply is None:
                turn.state = "stopped"
            else:
                turn.state, turn.stage = "done", ""
        self.running = None

    def notify(self, text: str, *, act: str = "", ref: str = "", label: str = "", bad: bool = False) -> None:
        self.notice = Notice(number=self.next_number(), text=text, act=act, ref=ref, label=label, bad=bad)

    def start_over(self) -> None:
        """An empty conversation with the present data set."""
        self.stop()
        self.turns.clear()
        self.selected = ""
        self.conversation = f"page:{self.account.login}:{self.assistant.new_conversation()}"

    def open_dataset(self, dataset: str) -> None:
        """Turn to another data set; the first time, this can take as long as loading it."""
        self.stop()
        self.assistant = self.workspace.assistant(dataset)
        self.dataset = dataset
        self.dialog = None
        self.catalogue = CatalogueView()
        self.combine = CombineView()
        self.review = ReviewView()
        self.data = DataView()
        self.customers = CustomersView()
        self.boards = BoardsView()
        self.campaigns = CampaignsView()
        self.models = ModelsView()
        self.segments = SegmentsView()
        self.start_over()


def one_line(reply: Reply) -> str:
    """What stands under a question in the list of questions: the number, or the first words of the answer."""
    match reply:
        case Answer(headline=headline, language="zh") if headline is not None and isinstance(
            reply.plan.steps[0], Query
        ):
            return f"{headline.label} {headline.value}".strip()
        case Answer(headline=headline) if headline is not None:
            return f"{headline.value} {headline.label}".strip()
        case Answer(chart=chart) if chart is not None and chart.title:
            return chart.title
        case Answer(text=text):
            return text
        case Clarification(question=question):
            return question
        case Refusal(reason=reason):
            return reason
