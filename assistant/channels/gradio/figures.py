"""The pictures of an answer: the chart, the steps that narrow an audience, and what is special about it."""

from __future__ import annotations

from itertools import groupby

from assistant.answer import Answer
from assistant.channels.gradio.markup import Child, Html, button, element, join, lang_of
from assistant.channels.gradio.picture import inline_svg
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.words import say, say_count
from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools.numbers import percent
from tools.predicates import fields_in
from tools.profile import ProfileResult, ProfileRow, shown_tgi

SHOWN_VALUES = 4
SHOWN_FIELDS = 6


def render_figures(answer: Answer, turn: str, session: Session) -> Html | None:
    """All pictures of an answer in reading order; `None` when it has none."""
    language = session.language
    parts: list[Child] = []
    # The steps stand below as buttons; their picture is for taking away.
    steps = answer.waterfall and answer.chart is not None and answer.chart.kind is ChartKind.WATERFALL
    if answer.chart is not None and answer.chart.spec and not steps:
        parts.append(_chart(answer, turn, session))
    if answer.waterfall:
        parts.append(_waterfall(answer, turn, language))
    if answer.relaxations or answer.emptied_by:
        parts.append(_relaxations(answer, turn, language))
    if answer.profile is not None and any(row.share != row.base_share for row in answer.profile.rows):
        parts.append(_profile(answer.profile, answer.language, _asked_for(answer, session)))
    return join(parts) if parts else None


def _chart(answer: Answer, turn: str, session: Session) -> Html | None:
    chart = answer.chart
    if chart is None:
        return None
    language = session.language
    svg = inline_svg(_picture(answer, turn, session), label=f"{chart.title}. {chart.subtitle}")
    kinds = tuple(dict.fromkeys((chart.kind, *chart.choices)))
    switch = None
    if len(kinds) > 1:
        switch = element(
            "div",
            [_kind(kind, turn, language, chosen=kind is chart.kind) for kind in kinds],
            class_="switch",
            role="group",
            aria_label=say(language, "chart_kind"),
        )
    return element("figure", switch, element("div", svg, class_="picture", data_own="picture"), class_="chart")


def _picture(answer: Answer, turn_id: str, session: Session) -> str:
    turn = session.turn(turn_id)
    if turn is not None and turn.picture is not None and turn.picture[0] is answer and turn.picture[1] is session.dark:
        return turn.picture[2]
    svg = session.assistant.chart_svg(answer, dark=session.dark)
    if turn is not None:
        turn.picture = (answer, session.dark, svg)
    return svg


def _kind(kind: ChartKind, turn: str, language: Language, *, chosen: bool) -> Html:
    return button(
        say(language, f"kind_{kind.value}"),
        "chart-kind",
        kind="link",
        data_turn=turn,
        data_ref=kind.value,
        aria_pressed="true" if chosen else "false",
    )


def _waterfall(answer: Answer, turn: str, language: Language) -> Html:
    base = max((step.count for step in answer.waterfall), default=0) or 1
    steps = [
        element(
            "li",
            element(
                "button",
                element("span", step.label, class_="what"),
                element("span", _bar(step.count / base), class_="track"),
                element("span", whole(step.count), class_="number"),
                type="button",
                class_="step last" if index == len(answer.waterfall) - 1 else "step",
                data_act="step",
                data_turn=turn,
                data_index=index,
                aria_label=say_count(language, "open_step", step.count, what=step.label),
            ),
        )
        for index, step in enumerate(answer.waterfall)
    ]
    return element(
        "section",
        element("h3", say(language, "waterfall"), class_="label"),
        element("ol", steps, class_="waterfall", lang=lang_of(answer.language), title=say(language, "waterfall_hint")),
    )


def _bar(share: float, name: str = "bar") -> Html:
    width = 100 * max(0.0, min(1.0, share))
    return element("span", class_=name, style=f"width:{max(width, 0.4) if share > 0 else 0:.2f}%")


def _relaxations(answer: Answer, turn: str, language: Language) -> Html:
    emptied = None
    if answer.emptied_by and answer.emptied_by not in answer.text:
        emptied = element("p", say(answer.language, "emptied", what=answer.emptied_by))
    buttons = [
        element(
            "button",
            element("span", near.label, class_="words"),
            element("span", say_count(answer.language, "people_count", near.count), class_="number"),
            type="button",
            class_="option",
            data_act="relax",
            data_turn=turn,
            data_index=index,
        )
        for index, near in enumerate(answer.relaxations)
    ]
    heading = element("h3", say(language, "relax"), class_="label") if buttons else None
    return element(
        "section",
        emptied,
        heading,
        element("div", buttons, class_="stack options", lang=lang_of(answer.language)) if buttons else None,
    )


def _asked_for(answer: Answer, session: Session) -> frozenset[str]:
    """Fields that the conditions of the answer name."""
    audience = session.assistant.audience_of(answer)
    return fields_in(audience.where) if audience is not None else frozenset()


def _profile(profile: ProfileResult, language: Language, asked_for: frozenset[str]) -> Html:
    against = say(language, "profile_against", base=profile.against.in_(language), n=whole(profile.base_size))
    against = f"{against} · {say(language, 'profile_mark')}"
    findings = [element("li", finding.in_(language)) for finding in profile.findings]
    grouped = [list(rows) for _, rows in groupby(profile.rows, key=lambda row: row.field)]
    fields = _telling_first(grouped, asked_for)
    drawn = [_field(rows, language) for rows in fields]
    first, rest = drawn[:SHOWN_FIELDS], drawn[SHOWN_FIELDS:]
    more = None
    if rest:
        more = element(
            "details",
            element("summary", say_count(language, "more_fields", len(rest))),
            element("div", rest, class_="profile"),
            class_="more",
            data_own="dropdown",
        )
    return element(
        "section",
        element("h3", say(language, "profile"), element("span", against, class_="quiet"), class_="label"),
        element("ul", findings, class_="findings") if findings else None,
        element("div", first, class_="profile"),
        more,
        lang=lang_of(language),
    )


def _telling_first(fields: list[list[ProfileRow]], asked_for: frozenset[str]) -> list[list[ProfileRow]]:
    """Fields that differ most from the base come first, those that the conditions fix come last."""

    def tells(rows: list[ProfileRow]) -> float:
        if rows[0].field in asked_for or any(row.share >= 1 for row in rows):
            return -1.0
        return max(
            (abs(row.share - row.base_share) for row in rows if row.significant and row.value_label.en != "unknown"),
            default=0.0,
        )

    return sorted(fields, key=tells, reverse=True)


def _field(rows: list[ProfileRow], language: Language) -> Html:
    widest = max((max(row.share, row.base_share) for row in rows), default=0) or 1
    lines = [_value(row, widest, language) for row in rows]
    head = element(
        "tr",
        element("th", rows[0].field_label.in_(language), scope="col", colspan="2"),
        element("th", say(language, "group"), scope="col", class_="number"),
        element("th", say(language, "tgi"), scope="col", class_="number", title=say(language, "tgi_title")),
    )
    first, rest = lines[:SHOWN_VALUES], lines[SHOWN_VALUES:]
    more = None
    if rest:
        more = element(
            "details",
            element("summary", say(language, "more_values", n=len(lines))),
            element("table", _widths(), element("tbody", rest), class_="bars"),
            class_="more",
            data_own="dropdown",
        )
    table = element("table", _widths(), element("thead", head), element("tbody", first), class_="bars")
    return element("div", table, more)


def _widths() -> Html:
    return element("colgroup", [element("col", class_=name) for name in ("name", "plot", "share", "index")])


def _value(row: ProfileRow, widest: float, language: Language) -> Html:
    base = 100 * max(0.0, min(1.0, row.base_share / widest))
    mark = element("span", class_="mark", style=f"left:{base:.2f}%")
    strength = ("over" if row.tgi > 100 else "under") if row.significant else ""
    return element(
        "tr",
        element("th", row.value_label.in_(language), scope="row", title=row.value_label.in_(language)),
        element(
            "td", element("span", _bar(row.share / widest), mark, class_="track"), class_="plot", aria_hidden="true"
        ),
        element("td", percent(row.share), class_="number", title=f"{whole(row.count)} · {percent(row.base_share)}"),
        element("td", shown_tgi(row.tgi), class_=f"number tgi {strength}".strip()),
    )
