"""The page of how the product is used, for administrators: figures, two pictures, and what was not served."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.channels.gradio.insight_charts import latency_chart, per_day_chart, seconds
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.picture import inline_svg
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS, say
from assistant.memory.gaps import KIND_NAMES, Gap
from assistant.observability.insights import OUTCOMES, PERIODS, Day, Insights, Share
from semantic_layer.errors import Language
from semantic_layer.restate.amounts import symbol
from tools.chart import ChartSpec
from tools.numbers import percent


def render_insights(session: Session) -> Html:
    """What was asked in the chosen period; where that is nothing, what to look at instead."""
    language, found = session.language, session.insights.found
    if not session.account.administrator or found is None:
        return element("p", say(language, "administrators_only"), class_="quiet")
    head = join(element("h1", say(language, "insights")), _lead(found, session), _choices(session))
    if not found.asked:
        return join(head, _nothing(session))
    return join(
        head,
        _tiles(found, session),
        element(
            "div",
            _picture("days", per_day_chart(found, language), session),
            _picture("latency", latency_chart(found, language), session),
            class_="pairs-of",
        ),
        _exact(found, session),
        element(
            "div",
            _bars("by_reader", [(_reader(one, language), one) for one in found.readers], found.asked, language),
            _bars("by_door", [(_door(one, language), one) for one in found.doors], found.asked, language),
            class_="pairs-of",
        ),
        _gaps(found.gaps, language),
        _ranking("top_questions", "question", found.questions, language),
        _ranking("top_users", "person", found.users, language),
    )


def _lead(found: Insights, session: Session) -> Html:
    zone = str(session.office.zone)
    dates = {"first": found.first.isoformat(), "last": found.last.isoformat()}
    return element("p", say(session.language, "insights_lead", zone=zone, **dates), class_="quiet lead")


def _choices(session: Session) -> Html:
    language, view = session.language, session.insights
    periods = [
        _choice(say(language, "days", n=days), "insights-days", days, chosen=view.days == days) for days in PERIODS
    ]
    parts: list[Child] = [
        element("div", periods, class_="switch", role="group", aria_label=say(language, "period")),
    ]
    if len(session.workspace.datasets) > 1:
        sets = [_choice(say(language, "all_data_sets"), "insights-data", "", chosen=not view.data_set)]
        sets += [
            _choice(one.title.in_(language), "insights-data", one.id, chosen=view.data_set == one.id)
            for one in session.workspace.datasets
        ]
        parts.append(element("div", sets, class_="switch", role="group", aria_label=say(language, "dataset")))
    return element("div", parts, class_="row choices-bar")


def _choice(label: str, act: str, ref: str | int, *, chosen: bool) -> Html:
    return button(label, act, kind="link", data_ref=ref, aria_pressed="true" if chosen else "false")


def _nothing(session: Session) -> Html:
    language, days = session.language, session.insights.days
    longer = next((each for each in PERIODS if each > days), None)
    step = button(say(language, "go_ask"), "page", kind="primary", data_ref="ask")
    if longer is not None:
        step = button(say(language, "look_back", n=longer), "insights-days", kind="primary", data_ref=longer)
    return element(
        "div",
        element("h2", say(language, "nothing_used")),
        element("p", say(language, "nothing_used_hint"), class_="quiet"),
        step,
        class_="empty",
    )


def _tiles(found: Insights, session: Session) -> Html:
    language = session.language
    answered = found.outcomes[OUTCOMES.index("answer")]
    figures = [
        ("fig_questions", f"{found.asked:,}", ""),
        ("fig_people", f"{found.people:,}", ""),
        ("fig_answered", percent(answered / found.asked), f"{answered:,} / {found.asked:,}"),
        ("fig_p50", seconds(found.p50 or 0.0, language), _exact_time(found.p50, language)),
        ("fig_p95", seconds(found.p95 or 0.0, language), _exact_time(found.p95, language)),
        ("fig_tokens", f"{found.tokens:,.0f}", ""),
        ("fig_cost", money(found.cost, session.office.currency), ""),
    ]
    tiles = [
        element(
            "div",
            element("dt", say(language, key), class_="label"),
            element("dd", value, class_="figure", title=exact or value),
            class_="tile",
        )
        for key, value, exact in figures
    ]
    return element("dl", tiles, class_="tiles")


def money(amount: float, currency: str) -> str:
    """An amount with the sign of its currency; small ones keep what is there to see."""
    decimals = 2 if amount >= 1 or not amount else 4
    return f"{symbol(currency)}{amount:,.{decimals}f}"


def _exact_time(milliseconds: float | None, language: Language) -> str:
    return say(language, "milliseconds", n=f"{milliseconds or 0.0:,.1f}")


def _picture(name: str, chart: ChartSpec, session: Session) -> Html:
    """The drawing, made once for each look, ground and language."""
    pictures = session.insights.pictures if session.insights.pictures is not None else {}
    key = (name, session.dark, session.language)
    if key not in pictures:
        pictures[key] = session.office.picture(chart, session.dark)
    svg = inline_svg(pictures[key], label=f"{chart.title}. {chart.subtitle}")
    return element("figure", element("div", svg, class_="picture"), class_="chart", data_key=f"chart-{name}")


def _exact(found: Insights, session: Session) -> Html:
    """Every figure of the pictures as a table, newest day first."""
    language = session.language
    names = [say(language, key) for key in ("fig_questions", *(f"outcome_{kind}" for kind in OUTCOMES))]
    names += [say(language, key) for key in ("median", "p95", "fig_tokens", "fig_cost")]
    heads = [element("th", say(language, "day"), scope="col")]
    heads += [element("th", name, scope="col", class_="number") for name in names]
    rows = [_day(day, session) for day in reversed(found.days)]
    table = element(
        "table",
        element("caption", say(language, "exact_figures"), class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", rows),
        class_="grid",
    )
    return element(
        "details",
        element("summary", say(language, "exact_figures")),
        element("div", table, class_="scroller"),
        class_="more",
        data_own="dropdown",
    )


def _day(day: Day, session: Session) -> Html:
    language = session.language
    times = [_exact_time(value, language) if value is not None else "–" for value in (day.p50, day.p95)]
    counts = [f"{count:,}" for count in (day.asked, *day.outcomes)]
    cells = [*counts, *times, f"{day.tokens:,.0f}", money(day.cost, session.office.currency)]
    return element(
        "tr",
        element("th", day.day.isoformat(), scope="row", class_="short"),
        [element("td", cell, class_="number") for cell in cells],
    )


def _reader(share: Share, language: Language) -> str:
    return say(language, f"reader_{share.name}")


def _door(share: Share, language: Language) -> str:
    """A door that is not known yet is called by its own name."""
    return say(language, f"door_{share.name}") if f"door_{share.name}" in WORDS else share.name


def _bars(title: str, shares: Sequence[tuple[str, Share]], total: int, language: Language) -> Html:
    most = max((share.count for _, share in shares), default=0) or 1
    rows = [
        element(
            "tr",
            element("th", label, scope="row", title=label),
            element(
                "td",
                element(
                    "span",
                    element("span", class_="bar", style=f"width:{100 * share.count / most:.2f}%"),
                    class_="track",
                ),
                class_="plot",
                aria_hidden="true",
            ),
            element("td", f"{share.count:,}", class_="number"),
            element("td", percent(share.count / total), class_="number quiet"),
        )
        for label, share in shares
    ]
    widths = element("colgroup", [element("col", class_=name) for name in ("name", "plot", "index", "share")])
    table = element("table", widths, element("tbody", rows), class_="bars")
    return element("section", element("h2", say(language, title)), table, class_="usage")


def _ranking(title: str, column: str, shares: Sequence[Share], language: Language) -> Html:
    heads = [element("th", say(language, column), scope="col")]
    heads += [element("th", say(language, key), scope="col", class_="number") for key in ("gap_count", "gap_people")]
    rows = [
        element(
            "tr",
            element("th", one.name, scope="row"),
            element("td", f"{one.count:,}", class_="number"),
            element("td", f"{one.people:,}", class_="number"),
        )
        for one in shares
    ]
    return _listing(title, heads, rows, language)


def _gaps(gaps: Sequence[Gap], language: Language) -> Html:
    if not gaps:
        nothing = element("p", say(language, "no_gaps_here"), class_="quiet")
        return element("section", element("h2", say(language, "top_gaps")), nothing, class_="usage")
    heads = [element("th", say(language, key), scope="col") for key in ("gap_kind", "gap_text")]
    heads += [element("th", say(language, key), scope="col", class_="number") for key in ("gap_count", "gap_people")]
    rows = [
        element(
            "tr",
            element("td", element("span", KIND_NAMES[gap.kind].in_(language), class_="badge")),
            element("th", gap.text, _example(gap, language), scope="row"),
            element("td", f"{gap.count:,}", class_="number"),
            element("td", f"{gap.people:,}", class_="number"),
        )
        for gap in gaps
    ]
    return _listing("top_gaps", heads, rows, language)


def _example(gap: Gap, language: Language) -> Html | None:
    if not gap.example or gap.example == gap.text:
        return None
    return element("span", say(language, "gap_in", example=gap.example), class_="quiet under")


def _listing(title: str, heads: list[Html], rows: list[Html], language: Language) -> Html:
    table = element(
        "table",
        element("caption", say(language, title), class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", rows),
        class_=f"grid ranking {title}",
    )
    return element(
        "section",
        element("h2", say(language, title)),
        element("div", table, class_="scroller"),
        class_="usage",
    )
