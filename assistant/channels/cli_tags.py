"""The commands about tags: drafts that people chose, publishing one and undoing it, and definitions that disagree."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, cast

import typer

from assistant.bootstrap import open_assistant
from assistant.channels.cli_output import say_json, show_progress
from assistant.core import Assistant
from assistant.datasets import source_of
from assistant.missing.desk import TagDesk
from assistant.missing.port import NewTag
from assistant.settings import Settings
from semantic_layer.errors import DefinitionError, Language, Text, UserError
from tools import numbers
from tools.tags.conflicts import conflicts
from tools.tags.text_quality import LabelFigures, text_quality

_QUALITY = Text(
    "标签|取值|方法|条数|准确率|95% 区间|召回率|已发布",
    "tag|label|method|texts|precision|95 % interval|recall|published",
)

app = typer.Typer(no_args_is_help=True, help="Tags that owners define: drafts, publishing, undo, conflicts.")

InLanguage = Annotated[str, typer.Option(help="language of the report: en or zh")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]


@app.command()
def drafts(language: InLanguage = "en", as_json: AsJson = False) -> None:
    """List the definitions that people chose for words nobody defined, and what was published.

    Exit codes: 0 listed, 2 not allowed or not readable.

    Example: qunxiang tags drafts
    """
    spoken, (assistant, desk) = _language(language), _opened()
    try:
        view = desk.view(assistant.user)
    except UserError as error:
        raise _failed(error, spoken) from error
    if as_json:
        say_json(
            {
                "drafts": [
                    {"item": d.item, "question": d.question, "definition": d.words.in_(spoken), "people": d.people}
                    for d in view.drafts
                ],
                "published": list(view.published),
                "events": [
                    {"at": e.at, "by": e.by, "what": e.what, "tag": e.tag, "version": e.version} for e in view.events
                ],
            }
        )
        return
    for draft in view.drafts:
        typer.echo(f"{draft.item}  {draft.question}: {draft.words.in_(spoken)} ({draft.people})")
    for event in view.events:
        typer.echo(f"{event.at}  {event.by}  {event.what}  {event.tag} v{event.version}")


@app.command()
def publish(
    item: Annotated[str, typer.Argument(help="the item of the queue, as `tags drafts` lists it")],
    name: Annotated[str, typer.Option(help="the name in the definitions: small letters and _")],
    zh: Annotated[str, typer.Option(help="what it is called in Chinese")],
    en: Annotated[str, typer.Option(help="what it is called in English")],
    about_zh: Annotated[str, typer.Option(help="what it means, in Chinese")] = "",
    about_en: Annotated[str, typer.Option(help="what it means, in English")] = "",
    owner: Annotated[str, typer.Option(help="who answers for it; the person who publishes when absent")] = "",
    number: Annotated[int, typer.Option(help="which of the item's drafts, from 1")] = 1,
) -> None:
    """Publish a draft as a tag: it is written into model/published.yml when the definitions stay without fault.

    Exit codes: 0 published, 2 refused; nothing was changed then.

    Example: qunxiang tags publish q1a2b3c4d --name loyal --zh 忠诚客户 --en "loyal customer"
    """
    assistant, desk = _opened()
    new = NewTag(name=name, label=Text(zh, en), description=Text(about_zh or zh, about_en or en), owner=owner)
    try:
        typer.echo(desk.publish(item, number - 1, new, assistant.user))
    except (UserError, DefinitionError) as error:
        raise _failed(error, "en") from error


@app.command()
def withdraw(
    name: Annotated[str, typer.Argument(help="the published tag")],
    language: InLanguage = "en",
) -> None:
    """Undo a publication: the tag is taken out of the definitions again.

    Exit codes: 0 withdrawn, 2 refused; nothing was changed then.

    Example: qunxiang tags withdraw loyal
    """
    spoken, (assistant, desk) = _language(language), _opened()
    try:
        desk.withdraw(name, assistant.user)
    except (UserError, DefinitionError) as error:
        raise _failed(error, spoken) from error


@app.command()
def disagree(
    tag: Annotated[str, typer.Argument(help="a tag, for its own conflicts only")] = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Show definitions that share a word or mean almost the same people, and how many people differ.

    Exit codes: 0 none, 1 some, 2 not readable.

    Example: qunxiang tags disagree recently_active
    """
    spoken, (assistant, _) = _language(language), _opened()
    layer = assistant.resources.layer
    try:
        about = layer.index.tag(tag).qualified if tag else None
        found = conflicts(layer, assistant.user, about=about)
    except UserError as error:
        raise _failed(error, spoken) from error
    if as_json:
        say_json(
            [{"word": c.word, "one": c.one.field, "other": c.other.field, "differ": c.people.differ} for c in found]
        )
    else:
        for one in found:
            typer.echo(one.said.in_(spoken))
    raise typer.Exit(1 if found else 0)


@app.command()
def evaluate(
    tag: Annotated[str, typer.Argument(help="a text tag; all when absent")] = "",
    data: Annotated[str, typer.Option(help="retail, completejourney, or a folder with model/ and data/")] = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Show how well the labels of text tags are found: precision with its 95 % interval on texts held out in time.

    Exit codes: 0 shown, 2 not allowed or not readable.

    Example: qunxiang tags evaluate --data retail
    """
    spoken = _language(language)
    settings = Settings(data=data) if data else Settings()
    assistant = open_assistant(settings, progress=show_progress)
    try:
        found = [one for one in text_quality(assistant.resources.layer, assistant.user) if tag in ("", one.tag)]
    except UserError as error:
        raise _failed(error, spoken) from error
    if as_json:
        say_json([asdict(one) for one in found])
        return
    heads = _QUALITY.in_(spoken).split("|")
    rows = [[one.tag, one.value, one.method, *_shares(one), "✓" if one.published else ""] for one in found]
    for row in (heads, ["---"] * len(heads), *rows):
        typer.echo(f"| {' | '.join(row)} |")


def _shares(one: LabelFigures) -> list[str]:
    interval = f"{numbers.percent(one.low)}–{numbers.percent(one.high)}" if one.given else numbers.NOTHING
    return [str(one.given), numbers.percent(one.precision), interval, numbers.percent(one.recall)]


def _opened() -> tuple[Assistant, TagDesk]:
    settings = Settings()
    assistant = open_assistant(settings, progress=show_progress)
    source = source_of(settings.data, settings.people)
    return assistant, TagDesk(assistant.resources, source.definitions, settings.home / source.id)


def _failed(error: UserError | DefinitionError, language: Language) -> typer.Exit:
    typer.echo(str(error) if isinstance(error, DefinitionError) else error.message.in_(language))
    return typer.Exit(2)


def _language(text: str) -> Language:
    if text not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    return cast("Language", text)
