"""The Models page: which models there are, or the card of one with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from assistant.channels.gradio.data_parts import back, badge, empty
from assistant.channels.gradio.data_tasks import render_running, tasks_of
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.models_state import ModelsView
from assistant.channels.gradio.models_words import MODELS_WORDS
from assistant.channels.gradio.picture import inline_svg
from assistant.channels.gradio.sections import render_section
from assistant.channels.gradio.session import Session
from assistant.modelling.port import ABOUT, ModelRow, ModelsPort, State
from assistant.replies.model_cards import card_sections, card_sentence, figure_text, picture
from assistant.stewardship.types import Task
from semantic_layer.errors import Language, UserError
from tools.chart.calibration import bands_chart
from tools.chart.spec import ChartSpec
from tools.models.types import Card

RHYTHMS = (0, 7, 30, 90)
STATES: Mapping[State, tuple[str, str]] = MappingProxyType(
    {
        State.NONE: ("model_state_none", "dot plain"),
        State.FRESH: ("model_state_fresh", "dot good"),
        State.STALE: ("model_state_stale", "dot warning"),
    }
)


def told(key: str, language: Language, **values: object) -> str:
    """The words of a key, with values put in."""
    return MODELS_WORDS[key].in_(language).format(**values)


def render_models(port: ModelsPort, view: ModelsView, session: Session) -> Html:
    """The open card, or the list when there is none. Somebody who may not use models is told why."""
    language = session.language
    try:
        rows = port.rows(user=session.user)
    except UserError as error:
        return empty(told("models_blind", language), error.message.in_(language))
    row = next((one for one in rows if one.name == view.model), None)
    if row is not None:
        return _card(row, port, view, session)
    return _list(rows, port, session)


# --- the list


def _list(rows: tuple[ModelRow, ...], port: ModelsPort, session: Session) -> Html:
    language = session.language
    if not rows:
        return empty(told("models_none", language), told("models_none_hint", language))
    heads = [
        element("th", told(key, language), scope="col")
        for key in ("model", "model_state", "model_quality", "model_drift", "model_tag")
    ]
    unseen = element("th", element("span", told("model_card", language), class_="unseen"), scope="col")
    listing = element(
        "table",
        element("caption", told("models", language), class_="unseen"),
        element("thead", element("tr", heads, unseen)),
        element("tbody", [_row(row, port, session) for row in rows]),
        class_="list",
    )
    return element(
        "div",
        element("h1", told("models", language)),
        element("p", told("models_lead", language), class_="quiet"),
        _running(session),
        element("div", listing, class_="scroller"),
        None if port.may_manage(session.user) else element("p", told("model_only_managers", language), class_="quiet"),
        class_="owners",
        data_key="models-list",
    )


def _row(row: ModelRow, port: ModelsPort, session: Session) -> Html:
    language, name = session.language, row.label.in_(session.language)
    label, kind = STATES[row.state]
    return element(
        "tr",
        element("th", button(name, "model-open", kind="link strong", data_ref=row.name), scope="row"),
        element("td", badge(told(label, language), kind), _version(row.card, language)),
        element("td", _quality(row.card, session), class_="words"),
        element("td", _drift(row, language)),
        element("td", _tag(row, language)),
        element("td", _actions(row, port, session, short=True)),
        data_key=f"model-{row.name}",
    )


def _version(card: Card | None, language: Language) -> Html | None:
    if card is None:
        return None
    when = f"{card.trained_at:%Y-%m-%d}" if card.trained_at is not None else ""
    said = told("model_version", language, version=card.version, when=when)
    return element("p", said, class_="quiet")


def _quality(card: Card | None, session: Session) -> str:
    """The first figure in one line, with its interval and the baseline."""
    if card is None or not card.metrics:
        return ""
    figure = card.metrics[0]
    return f"{figure.label.in_(session.language)} {figure_text(figure, session.language, _currency(session))}"


def _drift(row: ModelRow, language: Language) -> str:
    if row.card is None:
        return ""
    if row.drift is None:
        return told("model_not_looked", language)
    return told(f"model_drift_{row.drift.state}", language, n=f"{row.drift.furthest:.2f}")


def _tag(row: ModelRow, language: Language) -> Child:
    if not row.tag:
        return told("model_tag_none", language) if row.card is not None and row.card.tag is not None else ""
    newer = None
    if row.publishable:
        newer = element("p", told("model_tag_older", language, version=row.tag_version), class_="quiet")
    return join(told("model_tag_is", language, tag=row.tag, version=row.tag_version), newer)


def _actions(row: ModelRow, port: ModelsPort, session: Session, *, short: bool = False) -> Html:
    """Training and looking for everybody here; the tag for those who manage models. In `short`, no looking at drift."""
    language = session.language
    busy = _task(row.name, session) is not None
    wanted = [("model_train" if row.card is None else "model_train_again", "model-train")]
    if row.card is not None and row.card.spreads and not short:
        wanted.append(("model_check", "model-check"))
    if port.may_manage(session.user):
        if row.publishable:
            wanted.append(("model_publish_new" if row.tag else "model_publish", "model-publish"))
        if row.tag:
            wanted.append(("model_withdraw", "model-withdraw"))
    buttons = [button(told(key, language), act, kind="link", data_ref=row.name, disabled=busy) for key, act in wanted]
    label = told("model_actions", language, name=row.label.in_(language))
    return element("div", buttons, class_="row", role="group", aria_label=label)


# --- one model


def _card(row: ModelRow, port: ModelsPort, view: ModelsView, session: Session) -> Html:
    language, card = session.language, row.card
    task = _task(row.name, session)
    head = join(
        back(told("model_back", language), "model-close"),
        element(
            "div", element("h1", row.label.in_(language)), _actions(row, port, session), class_="row spread heading"
        ),
        render_running(task, language) if task is not None else None,
    )
    if card is None:
        step = button(
            told("model_train", language), "model-train", kind="primary", data_ref=row.name, disabled=task is not None
        )
        nothing = empty(told("model_no_card", language), told("model_no_card_hint", language), step)
        return element("div", head, nothing, class_="owners", data_key=f"model-card-{row.name}")
    label, kind = STATES[row.state]
    facts = element(
        "p",
        badge(told(label, language), kind),
        f" {told('model_people', language, n=f'{card.people:,}')} · {told('model_drift', language)} {_drift(row, language)} · ",
        _tag(row, language),
        class_="quiet",
    )
    currency = _currency(session)
    return element(
        "div",
        head,
        facts,
        element("p", card_sentence(card, currency).in_(language)),
        _drawn(card, view, session),
        [render_section(section, language, currency) for section in card_sections(card, language, currency)],
        _rhythm(row, language) if port.may_manage(session.user) else None,
        class_="owners",
        data_key=f"model-card-{row.name}",
    )


def _drawn(card: Card, view: ModelsView, session: Session) -> Html | None:
    """The calibration; for models without one, how many people are in each band. Drawn once a version, ground and language."""
    place = (card.name, card.version, session.dark, session.language)
    chart = _chart(card, session)
    if chart is None:
        return None
    if place not in view.pictures:
        view.pictures[place] = session.office.picture(chart, session.dark)
    svg = inline_svg(view.pictures[place], label=f"{chart.title}. {chart.subtitle}")
    return element("div", svg, class_="picture", data_own="picture")


def _chart(card: Card, session: Session) -> ChartSpec | None:
    found = picture(card, session.language, _currency(session))
    if found is not None:
        return found
    bands = [(band.label.in_(session.language), band.people) for band in card.bands]
    title = told("model_bands", session.language)
    return bands_chart(bands, title, card.answers.in_(session.language), session.language)


def _rhythm(row: ModelRow, language: Language) -> Html:
    days = sorted({*RHYTHMS, row.every_days})
    options = [
        element(
            "option",
            told(f"model_every_{one}", language) if one in RHYTHMS else str(one),
            value=one,
            selected=one == row.every_days,
        )
        for one in days
    ]
    return element(
        "form",
        element("input", type="hidden", name="ref", value=row.name),
        element("label", told("model_every", language), element("select", options, name="days")),
        element("button", told("model_save", language), type="submit", class_="button"),
        class_="row fields",
        data_form="model-schedule",
    )


# --- shared


def _running(session: Session) -> Html | None:
    """Work on models that goes on now."""
    found = [render_running(task, session.language) for task in tasks_of(session) if _is_model(task)]
    return join(found) if found else None


def _task(name: str, session: Session) -> Task | None:
    return next((task for task in tasks_of(session) if _is_model(task) and task.about == f"{ABOUT}{name}"), None)


def _is_model(task: Task) -> bool:
    return task.open and task.about.startswith(ABOUT)


def _currency(session: Session) -> str:
    return session.assistant.currency
