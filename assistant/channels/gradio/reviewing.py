"""What a data owner can do on the review page. Every action looks at the right to review again."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import cast

from assistant.channels.gradio.asking import Action, GoneError, at
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.plans import as_json, seen_plans
from assistant.channels.gradio.review_state import (
    DAYS,
    TABS,
    WRITTEN,
    ApproveDialog,
    RejectDialog,
    ReviewTab,
    WithdrawDialog,
)
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.taking import send
from assistant.channels.gradio.words import WORDS, say
from assistant.memory.gaps import KIND_NAMES, GapReport
from assistant.memory.port import MemoryPort
from assistant.memory.types import Approve, Reject, Withdraw
from semantic_layer.errors import NotAllowedError, UserError
from semantic_layer.query.plan import Plan
from tools.export.files import neutral


def memory_of(session: Session) -> MemoryPort:
    """The memory, for those who may review."""
    memory = session.assistant.memory
    if not memory.may_review(session.user):
        raise NotAllowedError(WORDS["review_not_allowed"])
    return memory


def open_tab(session: Session, payload: Payload) -> Iterator[None]:
    memory_of(session)
    if payload.text("ref") not in TABS:
        raise GoneError
    session.review.tab = cast("ReviewTab", payload.text("ref"))
    if session.review.tab == "gaps":
        look_at_gaps(session, session.review.days)
    yield


# --- the queue


def open_approve(session: Session, payload: Payload) -> Iterator[None]:
    proposal = memory_of(session).proposal(payload.text("ref"), session.user)
    plans = seen_plans(proposal)
    proposed = next((one.plan for one in plans if one.votes), None)
    session.dialog = ApproveDialog(
        item=proposal.item.id,
        wordings=proposal.item.question,
        choice=WRITTEN if proposed is None else "0",
        written=as_json(proposed) if proposed is not None else "",
        seen=proposed,
    )
    yield


def approve(session: Session, payload: Payload) -> Iterator[None]:
    """Save the plan whose words were shown; another one is shown first."""
    memory, dialog = memory_of(session), session.dialog
    if not isinstance(dialog, ApproveDialog):
        raise GoneError
    dialog = replace(
        dialog,
        wordings=payload.text("wordings"),
        choice=payload.text("choice"),
        written=payload.text("written"),
        note=payload.text("note").strip(),
        changed=False,
        fault="",
    )
    try:
        plan = _chosen(dialog, session, memory)
        if plan != dialog.seen or payload.text("step") == "look":
            session.dialog = replace(dialog, seen=plan, changed=payload.text("step") != "look")
        else:
            _approve(dialog, plan, session, memory)
    except UserError as error:
        session.dialog = replace(dialog, seen=None, fault=error.message.in_(session.language))
    yield


def _chosen(dialog: ApproveDialog, session: Session, memory: MemoryPort) -> Plan:
    if dialog.choice == WRITTEN:
        if not dialog.written.strip():
            raise UserError(WORDS["plan_needed"])
        return memory.read_plan(dialog.written.strip())
    plans = seen_plans(memory.proposal(dialog.item, session.user))
    return at(plans, Payload.of({"choice": dialog.choice}).number("choice")).plan


def _approve(dialog: ApproveDialog, plan: Plan, session: Session, memory: MemoryPort) -> None:
    wordings = tuple(line.strip() for line in dialog.wordings.splitlines() if line.strip())
    if not wordings:
        raise UserError(WORDS["wording_needed"])
    memory.decide(dialog.item, Approve(questions=wordings, plan=plan, note=dialog.note), session.user)
    session.dialog = None
    _decided(session, "approved", wordings[0], dialog.item)


def open_reject(session: Session, payload: Payload) -> Iterator[None]:
    proposal = memory_of(session).proposal(payload.text("ref"), session.user)
    session.dialog = RejectDialog(item=proposal.item.id, question=proposal.item.question)
    yield


def reject(session: Session, payload: Payload) -> Iterator[None]:
    memory, dialog = memory_of(session), session.dialog
    if not isinstance(dialog, RejectDialog):
        raise GoneError
    why = payload.text("why").strip()
    try:
        memory.decide(dialog.item, _rejection(why), session.user)
    except UserError as error:
        session.dialog = replace(dialog, why=why, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        _decided(session, "rejected", dialog.question, dialog.item)
    yield


def _rejection(why: str) -> Reject:
    if not why:
        raise UserError(WORDS["why_needed"])
    return Reject(why=why)


def undo(session: Session, payload: Payload) -> Iterator[None]:
    """Take back the decision that was just made."""
    memory_of(session).decide(payload.text("ref"), Withdraw(), session.user)
    session.notify(say(session.language, "decision_undone"))
    yield


def _decided(session: Session, key: str, question: str, item: str) -> None:
    language = session.language
    session.notify(say(language, key, what=question), act="review-undo", ref=item, label=say(language, "undo"))


# --- reviewed questions


def open_withdraw(session: Session, payload: Payload) -> Iterator[None]:
    pairs = memory_of(session).pairs(session.user)
    pair = next((one for one in pairs if one.id == payload.text("ref")), None)
    if pair is None:
        raise GoneError
    wordings = pair.wordings(session.language) or pair.wordings()
    session.dialog = WithdrawDialog(pair=pair.id, question=wordings[0])
    yield


def withdraw(session: Session, payload: Payload) -> Iterator[None]:
    memory, dialog = memory_of(session), session.dialog
    if not isinstance(dialog, WithdrawDialog):
        raise GoneError
    why = payload.text("why").strip()
    try:
        memory.decide(dialog.pair, Withdraw(why=why), session.user)
    except UserError as error:
        session.dialog = replace(dialog, why=why, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        session.notify(say(session.language, "withdrawn", what=dialog.question))
    yield


# --- gaps


def choose_days(session: Session, payload: Payload) -> Iterator[None]:
    memory_of(session)
    days = payload.number("ref")
    if days not in DAYS:
        raise GoneError
    look_at_gaps(session, days)
    yield


def look_at_gaps(session: Session, days: int) -> None:
    since = session.clock() - timedelta(days=days)
    session.review.report = memory_of(session).gaps(since, session.user)
    session.review.days = days


def take_gaps(session: Session, _: Payload) -> Iterator[None]:
    """The report that is shown as a file."""
    memory_of(session)
    report = session.review.report
    if report is None:
        raise GoneError
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"gaps_{session.review.days}d.csv"
        write_gaps(report, path, session)
        send(session, path)
        yield  # the desk has its own copy when this goes on


def write_gaps(report: GapReport, path: Path, session: Session) -> None:
    """CSV with a byte-order mark, so that a spreadsheet reads Chinese; no cell is run as a formula."""
    language = session.language
    heads = ("gap_kind", "gap_text", "gap_count", "gap_people", "gap_last", "gap_near", "gap_example")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([WORDS[key].in_(language) for key in heads])
        for gap in report.gaps:
            near = say(language, "list_comma").join(gap.nearest)
            texts = [neutral(text) for text in (gap.text, near, gap.example)]
            last = gap.last_seen.date().isoformat()
            row = [KIND_NAMES[gap.kind].in_(language), texts[0], gap.count, gap.people, last, *texts[1:]]
            writer.writerow(row)


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "review-tab": open_tab,
        "approve-open": open_approve,
        "approve": approve,
        "reject-open": open_reject,
        "reject": reject,
        "review-undo": undo,
        "withdraw-open": open_withdraw,
        "withdraw": withdraw,
        "gaps-days": choose_days,
        "gaps-csv": take_gaps,
    }
)
