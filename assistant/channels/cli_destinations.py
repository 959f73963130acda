"""The commands about destinations: which there are, whether they can be used, what would leave, certificates."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.acting import destinations_of
from assistant.channels.cli_opened import AsJson, InLanguage, cannot
from assistant.channels.cli_output import say_json
from assistant.opening_readers import now
from assistant.settings import Settings
from semantic_layer.errors import Language, UserError
from tools.destinations.pins import SqlPins, accept
from tools.destinations.registry import Destinations
from tools.destinations.samples import samples
from tools.destinations.spec_file import NAME, read_specs
from tools.storage import Storage, open_storage

app = typer.Typer(
    no_args_is_help=True,
    help="Where messages and lists go: files, mail, webhooks and services, as destinations.yml names them.\n\n"
    "Example: qunxiang destinations check",
)

Name = Annotated[str, typer.Argument(help="name of a destination; all when absent")]


def _opened(language: Language, *, as_json: bool) -> tuple[Settings, Storage, Destinations]:
    settings = Settings()
    try:
        storage = open_storage(settings.address_of_state())
        return settings, storage, destinations_of(settings, storage)
    except UserError as error:
        cannot(error, language, as_json=as_json)
        raise typer.Exit(2) from error


@app.command("list")
def list_(language: InLanguage = "en", as_json: AsJson = False) -> None:
    """List the destinations there are.

    Exit codes: 0 listed, 2 the settings of destinations are wrong.

    Example: qunxiang destinations list
    """
    _, _, found = _opened(language, as_json=as_json)
    with found:
        if as_json:
            say_json([{"name": one.name, "label": one.label.in_(language)} for one in found])
            return
        for one in found:
            typer.echo(f"{one.name}  {one.label.in_(language)}")


@app.command()
def check(name: Name = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Tell what stands in the way of sending; nothing is sent.

    Exit codes: 0 all can be used, 1 one cannot, or there is none of this name, 2 the settings are wrong.

    Example: qunxiang destinations check mail
    """
    _, _, found = _opened(language, as_json=as_json)
    with found:
        try:
            wanted = [found.named(name)] if name else list(found)
        except UserError as error:
            cannot(error, language, as_json=as_json)
            raise typer.Exit(1) from error
        faults = {one.name: [text.in_(language) for text in one.check()] for one in wanted}
    if as_json:
        say_json(faults)
    else:
        for destination, texts in faults.items():
            typer.echo(f"{destination}: {' '.join(texts) or ('可用' if language == 'zh' else 'ready')}")
    if any(faults.values()):
        raise typer.Exit(1)


@app.command()
def preview(
    name: Annotated[str, typer.Argument(help="name of a destination")],
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Print exactly what would leave for one sample message; nothing leaves.

    Exit codes: 0 printed, 1 there is none of this name, 2 the settings are wrong.

    Example: qunxiang destinations preview mail
    """
    settings, _, found = _opened(language, as_json=as_json)
    with found:
        try:
            kinds = {spec.name: spec.kind for spec in read_specs(settings.home / NAME)}
            shown = found.named(name).preview(samples(kinds.get(name, "file")))
        except UserError as error:
            cannot(error, language, as_json=as_json)
            raise typer.Exit(1) from error
    if as_json:
        say_json({"name": name, "preview": shown})
    else:
        typer.echo(shown)


@app.command("accept")
def accept_(
    place: Annotated[str, typer.Argument(help="HOST:PORT whose new certificate was compared and is right")],
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Take the certificate that a place offered last.

    Exit codes: 0 taken, 1 nothing waits there, 2 the settings are wrong.

    Example: qunxiang destinations accept smtp.example.com:587
    """
    settings, storage, found = _opened(language, as_json=as_json)
    found.close()
    try:
        taken = accept(SqlPins(storage), place, by=settings.user, now=now())
    except UserError as error:
        cannot(error, language, as_json=as_json)
        raise typer.Exit(1) from error
    if as_json:
        say_json({"place": taken.place, "fingerprint": taken.fingerprint, "accepted_by": taken.accepted_by})
    else:
        typer.echo(f"{taken.place}  {taken.fingerprint}")
