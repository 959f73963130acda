"""What a change would do, shown before anybody can confirm it; and the marks of how sure a link is."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import badge, table, value
from assistant.channels.gradio.markup import Html, button, element
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.people import DryRun, PersonAfter, Tier
from semantic_layer.errors import Language


def render_tier(tier: Tier, language: Language) -> Html:
    return badge(say(language, f"tier_{tier}"), f"tier {tier}")


def render_dry_run(run: DryRun, confirm: Html, cancel: str, language: Language) -> Html:
    """The dry run with the button `confirm` that carries out exactly that, and the way out by the action `cancel`."""
    people = [_person(each, language) for each in run.after]
    touched = [
        element(
            "tr",
            element("td", each.kind.in_(language), class_="words"),
            element("th", each.name.in_(language), scope="row"),
            element("td", each.change.in_(language), class_="words"),
        )
        for each in run.touched
    ]
    heads = [(say(language, name), "") for name in ("kind", "dry_touched", "dry_change")]
    return element(
        "section",
        element("h2", say(language, "dry_title")),
        element("p", run.said.in_(language), class_="strong"),
        [element("p", warning.in_(language), class_="fault") for warning in run.warnings],
        element("ul", people, class_="after", aria_label=say(language, "dry_people")) if people else None,
        table(heads, touched, say(language, "dry_touched"), "touched") if touched else element("p", say(language, "dry_none"), class_="quiet"),
        element(
            "div",
            confirm,
            button(say(language, "cancel"), cancel),
            class_="row",
        ),
        class_="panel dry-run",
        role="status",
        tabindex="-1",
        data_key="dry-run",
        data_reveal=True,
    )  # fmt: skip


def _person(one: PersonAfter, language: Language) -> Html:
    number = (
        say(language, "dry_new") if one.new or one.customer is None else say(language, "customer_no", n=one.customer)
    )
    return element(
        "li",
        element("strong", value(one.name, language)),
        element("span", f"{number} · {say_count(language, 'records_of', one.records)}", class_="quiet"),
    )
