"""The commands that review definitions: `check` against the data, `diff` against an earlier state of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast

import typer

from assistant.channels.cli_output import say_error, say_json, show_progress
from assistant.channels.review_text import (
    check_as_text,
    diff_as_data,
    diff_as_text,
    finding_as_data,
)
from assistant.reviewing import Definitions, checked, compared, definitions_folder, read
from assistant.settings import Settings
from semantic_layer.errors import DefinitionError, Language, UserError
from semantic_layer.review.findings import of_issue
from semantic_layer.review.revision import folder_at

app = typer.Typer()

Data = Annotated[str, typer.Option(help="the data to hold them against: retail, completejourney, or a folder")]
InLanguage = Annotated[str, typer.Option(help="language of the report: en or zh")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]


@app.command()
def check(
    folder: Annotated[
        str, typer.Argument(help="folder with definitions (*.yml), or with model/ and data/; the data set when absent")
    ] = "",
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Check definitions, against each other and against the data: every finding with file, line, key and remedy.

    Exit codes: 0 no errors (perhaps warnings), 1 errors, 2 something cannot be read.

    Example: qunxiang check my-company
    """
    try:
        report = checked(folder or Settings().data, data, Settings(), progress=show_progress)
    except (UserError, DefinitionError) as error:
        _cannot(error, as_json=as_json, language=_language(language))
        raise typer.Exit(2) from error
    if as_json:
        say_json([finding_as_data(finding) for finding in report.findings])
    else:
        typer.echo(check_as_text(report, _language(language)))
    raise typer.Exit(1 if report.has_errors else 0)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="folder with the old definitions; the one folder with --against")],
    new: Annotated[str, typer.Argument(help="folder with the new definitions")] = "",
    against: Annotated[str, typer.Option(help="compare the folder with what it was in this git revision")] = "",
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Show what changed definitions do to numbers before they are published. Nothing is written.

    Exit codes: 0 compared, 1 a meaning changed without its version, 2 something cannot be read.

    Example: qunxiang diff my-company/model --against main
    """
    if bool(new) == bool(against):
        typer.echo("Name two folders, or one folder and --against. / 请给出两个文件夹，或一个文件夹加 --against。")
        raise typer.Exit(2)
    settings, spoken = Settings(), _language(language)
    try:
        with TemporaryDirectory(prefix="qunxiang-revision-") as place:
            after = read(new or old, settings)
            before = _at(old, against, Path(place) / "model", settings) if against else read(old, settings)
            report = compared(before, after, data, settings, language=spoken, progress=show_progress)
    except (UserError, DefinitionError) as error:
        _cannot(error, as_json=as_json, language=spoken)
        raise typer.Exit(2) from error
    if as_json:
        say_json(diff_as_data(report))
    else:
        typer.echo(diff_as_text(report, spoken))
    raise typer.Exit(1 if report.warnings else 0)


def _at(where: str, revision: str, into: Path, settings: Settings) -> Definitions:
    """The same definitions as they were in a revision of their repository."""
    return read(str(folder_at(definitions_folder(where, settings), revision, into)), settings)


def _language(text: str) -> Language:
    if text not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    return cast("Language", text)


def _cannot(error: UserError | DefinitionError, *, as_json: bool, language: Language) -> None:
    if isinstance(error, DefinitionError):
        faults = [of_issue(issue) for issue in error.issues]
        if as_json:
            say_json([finding_as_data(fault) for fault in faults])
        else:
            typer.echo(str(error))
    else:
        say_error(error.message, language, as_json=as_json)
