"""The card of a customer: facts with where they come from, tags, level history, and what happened, newest first."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import badge, value, when
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.people import Card, GoldenField, LevelSpan, Moment, TagLine
from assistant.stewardship.port import PeoplePort
from semantic_layer.errors import Language


def render_card(port: PeoplePort, session: Session) -> Html:
    """All about the chosen customer, with the way to why their records are one person."""
    language = session.language
    card = port.card(session.customers.chosen, user=session.user)
    facts = [
        say(language, "customer_no", n=card.customer),
        say_count(language, "records_of", card.records),
        say_count(language, "from_sources", card.sources),
    ]
    facts += [say(language, "customer_since", day=card.born.isoformat())] if card.born is not None else []
    was = say(language, "was_numbers", n=say(language, "list_comma").join(map(str, card.was))) if card.was else ""
    acts: list[Child] = [button(say(language, "why_one"), "customer-part", kind="primary", data_ref="why")]
    if port.may_manage(session.user):
        acts.append(button(say(language, "delete_person"), "customer-part", kind="link", data_ref="delete"))
    return element(
        "div",
        element(
            "div",
            element("h2", value(card.name, language)),
            element("p", " · ".join(fact for fact in (*facts, was) if fact), class_="quiet"),
        ),
        element("div", acts, class_="row"),
        _section(
            say(language, "golden"),
            element("dl", [_golden(each, language) for each in card.fields], class_="facts golden"),
        ),
        _section(say(language, "person_tags"), _tags(card, language)),
        _section(say(language, "levels"), _levels(card.levels, language)) if card.levels else None,
        _section(say(language, "moments"), _moments(card, language)),
        class_="person-card",
        data_key=f"customer-{card.customer}",
    )


def _section(title: str, body: Child) -> Html:
    return element("section", element("h3", title, class_="label"), body)


def _golden(one: GoldenField, language: Language) -> list[Html]:
    where = say(language, "taken_from", source=one.source.in_(language), why=one.why.in_(language))
    others = [say(language, "value_of", value=shown.text, source=source.in_(language)) for shown, source in one.others]
    lost = say(language, "other_values", what=say(language, "list_comma").join(others)) if others else ""
    return [
        element("dt", one.label.in_(language)),
        element(
            "dd",
            value(one.value, language),
            " ",
            element("span", where, class_="quiet"),
            element("span", lost, class_="quiet under") if lost else None,
        ),
    ]


def _tags(card: Card, language: Language) -> Html:
    if not card.tags:
        return element("p", say(language, "no_tags"), class_="quiet")
    return element("ul", [_tag(each, language) for each in card.tags], class_="chips")


def _tag(one: TagLine, language: Language) -> Html:
    day = one.as_of.isoformat() if one.as_of is not None else ""
    late = badge(say(language, "tag_stale", day=day), "warning") if one.stale else None
    words = [f"{one.label.in_(language)} ", element("strong", one.value.in_(language)), late]
    return element("li", element("span", words, class_="words", title=day or None), class_="chip")


def _levels(levels: tuple[LevelSpan, ...], language: Language) -> Html:
    items = [
        element(
            "li",
            element("strong", one.value.in_(language)),
            element(
                "span",
                f"{one.since.isoformat()} – {one.until.isoformat() if one.until is not None else say(language, 'until_now')}",
                class_="quiet",
            ),
            element("span", one.tag.in_(language), class_="unseen"),
        )
        for one in levels
    ]
    return element("ol", items, class_="levels")


def _moments(card: Card, language: Language) -> Html:
    if not card.moments:
        return element("p", say(language, "no_moments"), class_="quiet")
    older = element("li", say(language, "more_moments"), class_="quiet older") if card.more_moments else None
    return element("ol", [_moment(each, language) for each in card.moments], older, class_="moments")


def _moment(one: Moment, language: Language) -> Html:
    detail = [one.detail.in_(language), one.source.in_(language)]
    return element(
        "li",
        element("time", when(one.at), datetime=one.at.isoformat(), class_="quiet"),
        badge(say(language, f"moment_{one.kind}")),
        element(
            "div",
            one.text.in_(language),
            element("span", " · ".join(part for part in detail if part), class_="quiet under"),
        ),
    )
