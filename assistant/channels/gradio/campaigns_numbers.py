"""The numbers of a campaign: who is left out and why, who gets a message, what was delivered."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.channels.gradio.data_parts import fault
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import render_table
from assistant.channels.gradio.words import say
from assistant.outreach.office import CampaignOffice, CampaignView
from assistant.replies.campaign_words import detectable_sentence
from semantic_layer.errors import Language, UserError
from tools.campaigns.types import LeftOut, Suppressed
from tools.campaigns.waterfall import LABELS
from tools.destinations.deliveries import Step

SEND = "send"


def render_numbers(view: CampaignView, office: CampaignOffice, session: Session) -> Html | None:
    """The way from everybody who matches to those who get a message, then arrangements and deliveries."""
    language = session.language
    parts: list[Child] = []
    if view.verdict is not None:
        verdict = view.verdict
        parts.append(_steps(verdict.matched, verdict.steps, len(verdict.treated), view, office, session))
        said = detectable_sentence(verdict).in_(language)
        parts.append(element("p", said, class_="quiet") if said else None)
        parts += [element("p", one.in_(language), class_="quiet") for one in verdict.remarks]
        parts.append(_arrangements(view, office, language))
    frozen = view.standing.frozen if view.standing is not None else None
    if frozen is not None:
        held = {**frozen.left_out, LeftOut.HOLDOUT: frozen.control}
        steps = [Suppressed(reason=one, label=LABELS[one], people=held[one]) for one in LeftOut if one in held]
        matched = len(frozen.treated) + sum(len(one.people) for one in steps)
        parts.append(_steps(matched, steps, len(frozen.treated), view, office, session))
        parts.append(_deliveries(view, language))
    return join(parts) if parts else None


def _steps(
    matched: int,
    steps: Sequence[Suppressed],
    send: int,
    view: CampaignView,
    office: CampaignOffice,
    session: Session,
) -> Html:
    language = session.language
    items = [_bar(say(language, "step_match"), "", matched, matched, "", language)]
    for step in steps:
        if step.people and step.reason is not LeftOut.QUIET_HOURS:
            why = step.why.in_(language)
            items.append(_bar(step.label.in_(language), why, -len(step.people), matched, step.reason.value, language))
    items.append(_bar(say(language, "step_send"), "", send, matched, SEND, language, last=True))
    title = "who_gets_it" if view.verdict is not None else "who_got_it"
    return element(
        "section",
        element("h2", say(language, title)),
        element("ol", items, class_="waterfall suppression"),
        _people(view, office, session),
    )


def _bar(label: str, why: str, count: int, base: int, ref: str, language: Language, *, last: bool = False) -> Html:
    share = abs(count) / base if base else 0.0
    shown = f"−{-count:,}" if count < 0 else f"{count:,}"
    width = f"width:{max(100 * share, 0.4) if count else 0:.2f}%"
    parts = (
        element("span", label, element("span", why, class_="quiet") if why else None, class_="what"),
        element("span", element("span", class_="bar out" if count < 0 else "bar", style=width), class_="track"),
        element("span", shown, class_="number"),
    )
    kind = "step last" if last else "step"
    if not ref or not count:
        return element("li", element("div", parts, class_=kind))
    return element(
        "li",
        element(
            "button",
            parts,
            type="button",
            class_=kind,
            data_act="campaign-people",
            data_ref=ref,
            title=say(language, "show_people"),
        ),
    )


def _people(view: CampaignView, office: CampaignOffice, session: Session) -> Html | None:
    """Some of the people of the step that was clicked, masked as this person sees them."""
    wanted, language = session.campaigns.people, session.language
    if not wanted:
        return None
    try:
        reason = None if wanted == SEND else LeftOut(wanted)
        shown = office.people(view.campaign.id, reason, session.user)
    except (ValueError, UserError) as error:
        return fault(error.message.in_(language)) if isinstance(error, UserError) else None
    label = LABELS[reason].in_(language) if reason is not None else say(language, "step_send")
    caption = say(language, "step_people", what=label)
    hide = button(say(language, "hide_people"), "campaign-people", kind="link", data_ref="")
    table = render_table(shown, language, caption=caption, currency=session.assistant.currency, sample=True)
    return element("div", element("div", element("h3", caption), hide, class_="row spread"), table, class_="sheet")


def _arrangements(view: CampaignView, office: CampaignOffice, language: Language) -> Html:
    one, verdict, desk = view.campaign, view.verdict, office.desk
    destination = desk.destinations.get(one.destination)
    lines: list[tuple[str, str]] = [
        (
            say(language, "goes_to"),
            destination.label.in_(language) if destination is not None else one.destination or "–",
        ),
        (say(language, "holdout"), f"{one.holdout:.0%}" if one.holdout else one.no_holdout_reason or "0%"),
    ]
    if one.goal:
        goal = desk.layer.index.metric(one.goal).words.label.in_(language)
        lines.append((say(language, "goal"), say(language, "goal_days", name=goal, n=one.days)))
    if verdict is not None and verdict.cost:
        lines.append((say(language, "cost"), f"{verdict.cost:,.2f}"))
    if one.budget is not None:
        lines.append((say(language, "budget"), f"{one.budget:,.2f}"))
    if verdict is not None and verdict.pressure:
        day, people = max(verdict.pressure.items(), key=lambda item: item[1])
        lines.append((say(language, "pressure"), say(language, "pressure_line", day=day, n=f"{people:,}")))
    facts = [(element("dt", name), element("dd", value)) for name, value in lines]
    return element("section", element("h2", say(language, "arrangements")), element("dl", facts, class_="facts"))


def _deliveries(view: CampaignView, language: Language) -> Html | None:
    tally = view.tally
    if tally is None or not tally.total:
        return None
    facts = [
        (element("dt", say(language, f"step_{step.value}")), element("dd", f"{tally.of(step):,}"))
        for step in Step
        if tally.of(step)
    ]
    return element(
        "section",
        element("h2", say(language, "deliveries")),
        element("dl", facts, class_="facts"),
        _undecided(view, language),
    )


def _undecided(view: CampaignView, language: Language) -> Html | None:
    unsure = [one for one in view.undecided if one.step is Step.UNSURE]
    if not unsure:
        return None
    why = dict.fromkeys(one.why.in_(language) for one in unsure)
    return element(
        "div",
        element("h3", say(language, "undecided")),
        element("p", say(language, "undecided_hint"), class_="quiet"),
        element("ul", [element("li", one) for one in why if one]),
        element(
            "div",
            button(say(language, "resend_all"), "campaign-decide", data_ref="again"),
            button(say(language, "let_all_be"), "campaign-decide", data_ref="leave"),
            class_="row",
        ),
        class_="attention",
    )
