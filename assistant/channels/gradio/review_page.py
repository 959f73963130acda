"""The page of reviewed questions: what waits, what is in force, and what could not be served."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from assistant.channels.gradio.gaps_page import render_gaps
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.plans import in_words, render_votes, seen_plans, unreadable
from assistant.channels.gradio.review_state import TABS
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.memory.types import PairIssue, Proposal, ReviewedQuestion
from semantic_layer.errors import Language, NotAllowedError


def render_review(session: Session) -> Html:
    """The open tab for those who may review; for others what reviewing is and who does it."""
    language = session.language
    title = element("h1", say(language, "review"))
    if not session.assistant.memory.may_review(session.user):
        return join(title, _explained(session))
    match session.review.tab:
        case "queue":
            body = _queue(session)
        case "pairs":
            body = _pairs(session)
        case "gaps":
            body = render_gaps(session)
        case unreachable:
            assert_never(unreachable)
    return join(title, element("p", say(language, "review_lead"), class_="quiet lead"), _tabs(session), body)


def _explained(session: Session) -> Html:
    language = session.language
    steps = [element("li", say(language, key)) for key in ("review_step_say", "review_step_read", "review_step_use")]
    roles = say(language, "list_comma").join(session.user.roles) or say(language, "no_role")
    return element(
        "div",
        element("p", _why_not(session)),
        element("ol", steps, class_="steps-list"),
        element("p", say(language, "your_roles", roles=roles), class_="quiet"),
        button(say(language, "go_ask"), "page", kind="primary", data_ref="ask"),
        class_="explained",
    )


def _why_not(session: Session) -> str:
    """What the memory says to those who may not review: it knows which roles may."""
    try:
        session.assistant.memory.queue(session.user)
    except NotAllowedError as error:
        return error.message.in_(session.language)
    return say(session.language, "review_not_allowed")


def _tabs(session: Session) -> Html:
    language = session.language
    tabs = [
        element(
            "button",
            say(language, f"tab_{tab}"),
            type="button",
            data_act="review-tab",
            data_ref=tab,
            aria_current="true" if session.review.tab == tab else None,
        )
        for tab in TABS
    ]
    return element("nav", tabs, class_="tabs", aria_label=say(language, "review_tabs"))


def _empty(title: str, hint: str, language: Language) -> Html:
    return element(
        "div",
        element("h2", title),
        element("p", hint, class_="quiet"),
        button(say(language, "go_ask"), "page", kind="primary", data_ref="ask"),
        class_="empty",
    )


# --- the queue


def _queue(session: Session) -> Html:
    language = session.language
    view = session.assistant.memory.queue(session.user)
    troubles = len(view.set_aside) + len(view.faults)
    look = None
    if troubles:
        look = element(
            "p",
            say_count(language, "set_aside_some", troubles),
            button(say(language, "set_aside_look"), "review-tab", kind="link", data_ref="pairs"),
            class_="row attention",
        )
    if not view.proposals:
        return join(look, _empty(say(language, "no_queue"), say(language, "no_queue_hint"), language))
    where = element("p", view.said.in_(language), class_="quiet") if view.said is not None else None
    return join(look, element("ul", [_proposal(one, session) for one in view.proposals], class_="proposals"), where)


def _proposal(one: Proposal, session: Session) -> Html:
    language, item = session.language, one.item
    plans: list[Child] = [
        element("li", element("span", in_words(seen.plan, session), class_="words"), render_votes(seen, language))
        for seen in seen_plans(one)
    ]
    lost = unreadable(one)
    if lost:
        plans.append(element("li", say_count(language, "plans_lost", lost), class_="quiet"))
    remarks = [element("li", element("q", remark)) for remark in one.remarks]
    name = say(language, "actions_of", name=item.question)
    return element(
        "li",
        element("h2", item.question),
        element("p", _often(one, language), class_="quiet"),
        element("ul", plans, class_="plans") if plans else None,
        element("ul", remarks, class_="said") if remarks else None,
        element(
            "div",
            button(say(language, "approve"), "approve-open", data_ref=item.id),
            button(say(language, "reject"), "reject-open", data_ref=item.id),
            class_="row",
            role="group",
            aria_label=name,
        ),
        class_="proposal",
        data_key=f"proposal-{item.id}",
    )


def _often(one: Proposal, language: Language) -> str:
    votes = sum(candidate.count for candidate in one.candidates)
    facts = [
        say_count(language, "times", one.count),
        say_count(language, "people_count", one.people),
        say_count(language, "disliked_count", one.disliked) if one.disliked else "",
        say_count(language, "proposed_count", votes) if votes else "",
        say(language, "last_seen", when=when(one.item.last_seen)),
    ]
    return " · ".join(fact for fact in facts if fact)


# --- reviewed questions


def _pairs(session: Session) -> Html:
    language, memory = session.language, session.assistant.memory
    view, pairs = memory.queue(session.user), memory.pairs(session.user)
    aside = {issue.pair.id for issue in view.set_aside}
    used = [pair for pair in pairs if pair.id not in aside]
    parts: list[Child] = []
    if view.set_aside:
        rows = [_set_aside(issue, session) for issue in view.set_aside]
        parts.append(_section(say(language, "set_aside"), say(language, "set_aside_hint"), rows))
    if view.faults:
        faults = [element("li", str(issue), class_="proposal") for issue in view.faults]
        parts.append(_section(say(language, "file_faults"), say(language, "file_faults_hint"), faults))
    if used:
        rows = [_pair(pair, session) for pair in used]
        title = say(language, "in_force") if parts else ""
        parts.append(_section(title, "", rows))
    elif not parts:
        parts.append(_empty(say(language, "no_pairs"), say(language, "no_pairs_hint"), language))
    where = element("p", view.said.in_(language), class_="quiet") if view.said is not None else None
    return join(parts, where)


def _section(title: str, hint: str, rows: list[Html]) -> Html:
    return element(
        "section",
        element("h2", title, class_="label") if title else None,
        element("p", hint, class_="quiet") if hint else None,
        element("ul", rows, class_="proposals"),
        class_="pairs",
    )


def _set_aside(issue: PairIssue, session: Session) -> Html:
    return _pair(issue.pair, session, element("p", issue.said.in_(session.language), class_="fault"))


def _pair(pair: ReviewedQuestion, session: Session, trouble: Html | None = None) -> Html:
    language = session.language
    wordings = [element("h2", wording) for wording in (*pair.wordings(language), *_other(pair, language))]
    where = f"{pair.file.rpartition('/')[2]}:{pair.line}" if pair.file else ""
    approved = say(language, "approved_by", who=pair.approved_by, day=pair.approved_on.isoformat())
    return element(
        "li",
        wordings,
        trouble,
        element("p", in_words(pair.plan, session), class_="words") if trouble is None else None,
        element("p", " · ".join(part for part in (approved, pair.note, where) if part), class_="quiet"),
        element("div", button(say(language, "withdraw"), "withdraw-open", data_ref=pair.id), class_="row"),
        class_="proposal",
        data_key=f"pair-{pair.id}",
    )


def _other(pair: ReviewedQuestion, language: Language) -> tuple[str, ...]:
    return pair.wordings("en" if language == "zh" else "zh")


def when(moment: datetime) -> str:
    """A moment to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M")
