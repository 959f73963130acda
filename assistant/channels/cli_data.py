"""The commands about sources: `qunxiang sources list`, `check`, `load`, `watch`, and `standard-book`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from assistant.channels.cli_opened import AsJson, Data, InLanguage, Opened, opened
from assistant.channels.cli_output import error_as_data, say_json
from assistant.channels.data_text import NO_SOURCE, as_data, checked_as_text, source_as_text
from assistant.stewardship.port import EVERYTHING
from assistant.stewardship.source_checks import check_sources
from assistant.stewardship.sources import SourceState
from assistant.stewardship.types import TaskState
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.ingestion.snapshot import disk_error
from semantic_layer.ingestion.standard.book import standard_book

app = typer.Typer()
sources = typer.Typer(
    no_args_is_help=True,
    help="Sources of a data set: what they are, whether they can be read, and loading them.\n\n"
    "Example: qunxiang sources load --data my-company",
)
_NEED_SOMEBODY: Final = (SourceState.HELD, SourceState.FAILED, SourceState.GONE)
_NOT_WATCHED: Final = Text(
    "没有 watch: true 的来源，无需守候。", "No source has `watch: true`; there is nothing to wait for."
)
_WATCHING: Final = Text("守候中，每 {every:g} 秒查看一次；Ctrl-C 结束。", "Watching, a look every {every:g} seconds; Ctrl-C ends it.")  # fmt: skip
_WRITTEN: Final = Text("已写入 {path}。", "Written to {path}.")


def add_to(root: typer.Typer) -> None:
    """Put the commands of this file below the program."""
    root.add_typer(app)
    root.add_typer(sources, name="sources")


# --- sources


@sources.command("list")
def list_sources(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print each source with its state, score, rows and what waits; what needs somebody first.

    Exit codes: 0 nothing needs somebody, 1 a source does, 2 the data set cannot be read.

    Example: qunxiang sources list --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        _told(here, (), as_json=as_json)


@sources.command()
def check(
    name: Annotated[list[str] | None, typer.Argument(help="these sources only")] = None,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Look whether each source is there and has the columns that are used. Nothing is loaded.

    Exit codes: 0 all are well, 1 some are not, 2 the declarations cannot be read.

    Example: qunxiang sources check --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        found = []
        for one in check_sources(here.sourced.house, name or ()):
            found.append(one)
            if not as_json:
                typer.echo(checked_as_text(one, language))
        if as_json:
            say_json([as_data(one, language) for one in found])
        elif not found:
            here.say(NO_SOURCE)
        raise typer.Exit(0 if all(one.is_well for one in found) else 1)


@sources.command()
def load(
    name: Annotated[list[str] | None, typer.Argument(help="these sources only; all when absent")] = None,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Take in what is new, tell people apart, and publish it. Ctrl-C stops where nothing is lost.

    Needs a role with `manage_data`. Exit codes: 0 done, 1 a source waits for somebody or failed, 2 nothing can be loaded.

    Example: qunxiang sources load crm orders --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        tasks = [here.sources.load(one, user=here.user) for one in name or [EVERYTHING]]
        ended = [here.ended(task) for task in tasks]
        if not as_json:
            for task in ended:
                here.say(task.message)
        if any(task.state is not TaskState.DONE for task in ended):
            if as_json:
                say_json(error_as_data(ended[-1].message))
            raise typer.Exit(1)
        _told(here, name or (), as_json=as_json)


@sources.command()
def watch(
    every: Annotated[float, typer.Option(min=1.0, help="seconds between two looks")] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="look once and end")] = False,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Load new files of the sources with `watch: true` as they come. A program that serves does so by itself.

    Exit codes: 0 ended, 1 a load failed (with --once) or nothing is watched, 2 the data set cannot be read.

    Example: qunxiang sources watch --data my-company --every 30
    """
    with opened(data, language) as here:
        if not here.sources.may_manage(here.user):
            here.sources.load(EVERYTHING, user=here.user)  # refuses, and says why
        if not any(spec.watch for spec in here.sourced.house.blueprint().specs):
            raise InvalidPlanError(_NOT_WATCHED)
        if not once:
            typer.echo(_WATCHING.in_(language).format(every=every))
        seen: set[str] = set()
        try:
            while True:
                here.stewards.look(here.dataset)
                new = [task for task in here.settled() if task.id not in seen]
                seen |= {task.id for task in new}
                told = [here.tell(task) for task in new]
                if once:
                    raise typer.Exit(0 if all(told) else 1)
                time.sleep(every)
        except KeyboardInterrupt:
            return


def _told(here: Opened, only: tuple[str, ...] | list[str], *, as_json: bool) -> None:
    rows = [row for row in here.sources.sources(user=here.user) if not only or row.name in only]
    if as_json:
        say_json([as_data(row, here.language) for row in rows])
    elif not rows:
        here.say(NO_SOURCE)
    else:
        typer.echo("\n".join(source_as_text(row, here.language) for row in rows))
    if any(row.state in _NEED_SOMEBODY for row in rows):
        raise typer.Exit(1)


@app.command("standard-book")
def book(
    output: Annotated[Path | None, typer.Option(help="Markdown file to write; printed when absent")] = None,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Print the field standard book (字段标准手册): each field, what it means, its format, and which column fills it.

    Exit codes: 0 done, 2 something cannot be read or written.

    Example: qunxiang standard-book --data my-company --language zh --output 字段标准手册.md
    """
    with opened(data, language) as here:
        blueprint = here.sourced.house.blueprint()
        text = standard_book(blueprint.standard, blueprint.specs, language)
        if output is None:
            typer.echo(text)
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise disk_error(error, output) from error
        typer.echo(_WRITTEN.in_(language).format(path=output))
