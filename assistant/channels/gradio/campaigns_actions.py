"""What a person can do with campaigns. Each action changes the session and yields whenever it should be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from assistant.channels.gradio.asking import Action, GoneError, ask, did, run_plan
from assistant.channels.gradio.campaigns_state import CampaignsView, Form
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.outreach.office import Act, CampaignOffice
from assistant.outreach.wishes import VariantWish, Wish
from semantic_layer.errors import UserError
from semantic_layer.query.acts import Measure
from semantic_layer.query.plan import Plan
from tools.effect.intake import from_csv

FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {"": "", "edit": "edit", "reject": "reject", "stop": "stop", "responses": "responses"}
)
_ASKS: Final = ("edit", "reject", "stop")  # steps for which a form is opened first
_DONE: Final[Mapping[Act, str]] = MappingProxyType(
    {
        "submit": "done_submit",
        "approve": "done_approve",
        "reject": "done_reject",
        "start": "done_start",
        "pause": "done_pause",
        "resume": "done_resume",
        "continue": "done_continue",
        "stop": "done_stop",
        "delete": "done_delete",
    }
)
FIELDS: Final = (
    "name", "channel", "destination", "holdout", "reason", "spare_days", "send_at", "budget", "priority", "also_for",
)  # fmt: skip
_MOST_VARIANTS: Final = 50
RULE_FIELDS: Final = ("most", "hours", "start", "end", "share", "people")


def wanted(session: Session) -> CampaignOffice:
    office = session.stewardship.campaigns
    if office is None:
        raise GoneError
    return office


def look(_: Session, __: Payload) -> Iterator[None]:
    """The browser asks how far the work is."""
    yield


def open_one(session: Session, payload: Payload) -> Iterator[None]:
    session.page = "campaigns"
    session.campaigns = CampaignsView(opened=payload.text("ref"))
    yield


def close(session: Session, _: Payload) -> Iterator[None]:
    session.campaigns = CampaignsView()
    yield


def open_rules(session: Session, _: Payload) -> Iterator[None]:
    session.campaigns = CampaignsView(rules=True)
    yield


def brief(session: Session, payload: Payload) -> Iterator[None]:
    """What was written is asked like any question, so that the answer shows all that it would do."""
    if payload.text("text").strip():
        session.page = "ask"
        yield from ask(session, payload)


def act(session: Session, payload: Payload) -> Iterator[None]:
    """One step of a campaign's way; those that need a form or a reason open it."""
    if payload.text("ref") in _ASKS:
        return form(session, payload)
    step = next((one for one in _DONE if one == payload.text("ref")), None)
    if step is None:
        raise GoneError
    revision = payload.number("revision")
    return _done(session, step, revision=revision if revision >= 0 else None)


def form(session: Session, payload: Payload) -> Iterator[None]:
    if payload.text("ref") not in FORMS:
        raise GoneError
    session.campaigns.form = FORMS[payload.text("ref")]
    session.campaigns.typed, session.campaigns.fault = {}, ""
    yield


def reject(session: Session, payload: Payload) -> Iterator[None]:
    return _done(session, "reject", note=payload.text("note"))


def stop(session: Session, payload: Payload) -> Iterator[None]:
    return _done(session, "stop", note=payload.text("note"))


def _done(session: Session, step: Act, *, note: str = "", revision: int | None = None) -> Iterator[None]:
    view = session.campaigns
    try:
        changed = wanted(session).do(view.opened, step, session.user, note=note, revision=revision)
    except UserError as error:
        said = error.message.in_(session.language)
        if view.form:
            view.typed, view.fault = {"note": note}, said
        else:
            view.told = said
        yield
        return
    session.campaigns = CampaignsView(opened="" if step == "delete" else view.opened)
    words = say(session.language, _DONE[step], name=changed.name)
    if step == "delete":
        session.notify(words, act="campaign-restore", ref=changed.id, label=say(session.language, "undo"))
    else:
        session.notify(words)
    yield


def restore(session: Session, payload: Payload) -> Iterator[None]:
    back = wanted(session).restore(payload.text("ref"), session.user)
    session.campaigns = CampaignsView(opened=back.id)
    session.notify(say(session.language, "done_restore", name=back.name))
    yield


def edit(session: Session, payload: Payload) -> Iterator[None]:
    view, typed = session.campaigns, _typed(payload)
    wish = Wish(
        **{name: typed[name] for name in FIELDS},
        variants=_variants(payload),
        revision=payload.number("revision"),
    )
    try:
        wanted(session).edit(view.opened, wish, session.user)
    except UserError as error:
        view.typed, view.fault = typed, error.message.in_(session.language)
        yield
        return
    session.campaigns = CampaignsView(opened=view.opened, form="edit" if wish.also_for else "")
    session.notify(say(session.language, "done_variant" if wish.also_for else "done_edit"))
    yield


def _typed(payload: Payload) -> dict[str, str]:
    """Everything that was typed, as the form is drawn again from it."""
    several = [f"{part}{at}" for at in range(_count(payload)) for part in ("subject", "body", "remove")]
    return {name: payload.text(name) for name in (*FIELDS, *several)}


def _variants(payload: Payload) -> tuple[VariantWish, ...]:
    return tuple(
        VariantWish(
            subject=payload.text(f"subject{at}"),
            body=payload.text(f"body{at}"),
            remove=payload.text(f"remove{at}") != "",
        )
        for at in range(_count(payload))
    )


def _count(payload: Payload) -> int:
    return min(max(payload.number("variants"), 0), _MOST_VARIANTS)


def people(session: Session, payload: Payload) -> Iterator[None]:
    chosen = payload.text("ref")
    session.campaigns.people = "" if chosen == session.campaigns.people else chosen
    yield


def decide(session: Session, payload: Payload) -> Iterator[None]:
    again = payload.text("ref") == "again"
    decided = wanted(session).decide(session.campaigns.opened, session.user, again=again)
    session.notify(say(session.language, "decided", n=decided))
    yield


def responses(session: Session, payload: Payload) -> Iterator[None]:
    office, view, rows = wanted(session), session.campaigns, payload.text("rows")
    try:
        taken = office.hear(from_csv(rows.encode(), office.zone), session.user)
    except UserError as error:
        view.typed, view.fault = {"rows": rows}, error.message.in_(session.language)
        yield
        return
    said = say(
        session.language,
        "responses_taken",
        new=taken.new,
        known=taken.known,
        aside=taken.aside,
        faults=len(taken.faults),
    )
    session.campaigns = CampaignsView(opened=view.opened)
    session.notify(said)
    yield


def measure(session: Session, _: Payload) -> Iterator[None]:
    """The effect as an answer, so that everything that can be done with an answer can be done with it."""
    campaign = wanted(session).desk.find(session.campaigns.opened, session.user)
    session.page = "ask"
    plan = Plan((Measure(campaign=campaign.name),))
    yield from run_plan(session, plan, did("asked_measure", campaign.name), session.language)


def switch_rule(session: Session, payload: Payload) -> Iterator[None]:
    office, row = wanted(session), payload.text("ref")
    found = next((one for one in office.policies(session.user) if one.id == row), None)
    if found is None:
        raise GoneError
    office.switch_policy(row, session.user, on=not found.on)
    yield


def open_rule(session: Session, payload: Payload) -> Iterator[None]:
    """The numbers of one rule as a form; the same again closes it."""
    row = payload.text("ref")
    session.campaigns = CampaignsView(rules=True, rule="" if row == session.campaigns.rule else row)
    yield


def set_rule(session: Session, payload: Payload) -> Iterator[None]:
    view = session.campaigns
    typed = {name: payload.text(name) for name in RULE_FIELDS if name in payload.fields}
    try:
        wanted(session).set_policy(view.rule, typed, session.user)
    except UserError as error:
        view.typed, view.fault = typed, error.message.in_(session.language)
        yield
        return
    session.campaigns = CampaignsView(rules=True)
    session.notify(say(session.language, "done_rule"))
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "campaigns": look,
        "campaign-open": open_one,
        "campaign-close": close,
        "campaign-rules": open_rules,
        "campaign-rule": switch_rule,
        "campaign-rule-open": open_rule,
        "campaign-rule-set": set_rule,
        "campaign-brief": brief,
        "campaign-act": act,
        "campaign-form": form,
        "campaign-reject": reject,
        "campaign-stop": stop,
        "campaign-edit": edit,
        "campaign-restore": restore,
        "campaign-people": people,
        "campaign-decide": decide,
        "campaign-responses": responses,
        "campaign-measure": measure,
    }
)
