"""The commands of whoever runs the product: `qunxiang doctor`, `backup`, `restore`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from assistant.channels.cli_output import say_json, show_progress
from assistant.operations.backup import Place, read_manifest
from assistant.operations.backup import backup as make_backup
from assistant.operations.backup import restore as put_back
from assistant.operations.checks import Surroundings
from assistant.operations.checks_machine import left
from assistant.operations.doctor import as_data, as_text, examine, is_well, summed
from assistant.operations.network import LiveNetwork
from assistant.settings import Settings
from semantic_layer.errors import Language, Text, UserError

app = typer.Typer()

Data = Annotated[str, typer.Option(help="retail, completejourney, or a folder with model/ and data/")]
InLanguage = Annotated[Literal["en", "zh"], typer.Option(help="language of the report")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]

_WRONG = 2
_DONE = Text("已备份：{path}（{rows:,} 行，{files} 个审核问题文件）", "Backed up: {path} ({rows:,} rows, {files} files of reviewed questions)")  # fmt: skip
_SOUND = Text("备份完好：{path}（{at:%Y-%m-%d %H:%M} UTC，结构 {schema}）", "The backup is sound: {path} ({at:%Y-%m-%d %H:%M} UTC, schema {schema})")  # fmt: skip
_RESTORED = Text("已恢复 {rows:,} 行；审计账本 {entries:,} 条，完整。", "Restored {rows:,} rows; the audit ledger has {entries:,} entries and is intact.")  # fmt: skip
_BROKEN = Text("已恢复，但审计账本从第 {entry} 条起与写入时不同：备份前就已如此。", "Restored, but the audit ledger is not as it was written from entry {entry} on: it was so before the backup.")  # fmt: skip
_BEFORE = Text("原来的内容备份在：{path}", "What was there before is backed up in: {path}")


@app.command()
def doctor(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Look at the installation: settings, folders, disk, port, fonts, database, audit, data, model, Slack, sign-in, traces.

    Nothing is changed. Each check is ok (✓), a warning (!) or failed (✗), with what was found and what to do next.

    Exit codes: 0 nothing failed, 1 something did, 2 the settings cannot be read.

    Example: qunxiang doctor --language zh
    """
    settings = _settings(data)
    around = Surroundings(
        settings=settings,
        environment=dict(os.environ),
        network=LiveNetwork(),
        now=lambda: datetime.now(UTC),
        free_bytes=left,
    )
    found = []
    for one in examine(around):
        found.append(one)
        if not as_json:
            typer.echo(as_text(one, language))
    if as_json:
        say_json([as_data(one) for one in found])
    else:
        typer.echo(summed(found, language))
    if not is_well(found):
        raise typer.Exit(1)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="file to write, or a folder: the file is then named after the moment")],
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Write what people made into one file: segments, feedback, reviewed questions, accounts, the audit ledger.

    The product may go on running. Data snapshots, exports and settings are not part of it.

    Example: qunxiang backup backups/
    """
    place = Place.of(_settings(data))
    with _told(language):
        path, made = make_backup(place, target, at=datetime.now(UTC), progress=show_progress)
        rows = sum(part.rows or 0 for part in made.tables)
        typer.echo(_DONE.in_(language).format(path=path, rows=rows, files=len(made.reviewed)))


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="a file that `backup` wrote, of this version or an earlier one")],
    replace: Annotated[
        bool, typer.Option("--replace", help="replace what is there, after backing it up into `backups` at home")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="only look whether the backup is sound")] = False,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Put a backup back, into SQLite or PostgreSQL, wherever it came from. Refuses what is damaged. Stop the product first.

    Example: qunxiang restore backups/qunxiang-20261102-030405.zip --replace
    """
    place = Place.of(_settings(data))
    with _told(language):
        if check:
            sound = read_manifest(source)
            typer.echo(_SOUND.in_(language).format(path=source, at=sound.made_at, schema=sound.schema_version))
            return
        done = put_back(source, place, replace=replace, at=datetime.now(UTC), progress=show_progress)
        if done.before is not None:
            typer.echo(_BEFORE.in_(language).format(path=done.before))
        rows = sum(part.rows or 0 for part in done.manifest.tables)
        if done.ledger.intact:
            typer.echo(_RESTORED.in_(language).format(rows=rows, entries=done.ledger.entries))
        else:
            typer.echo(_BROKEN.in_(language).format(entry=done.ledger.broken_at))
            raise typer.Exit(1)


def _settings(data: str) -> Settings:
    """The settings of the environment. What stands in a wrong one is not printed: it may be a secret."""
    try:
        return Settings().model_copy(update={"data": data} if data else {})
    except ValidationError as error:
        faults = (
            f"QUNXIANG_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}"
            for one in error.errors(include_input=False)
        )
        typer.echo("\n".join(["设置有误 Wrong settings:", *faults]), err=True)
        raise typer.Exit(_WRONG) from error


@contextmanager
def _told(language: Language) -> Iterator[None]:
    """Says what went wrong, in words; exit code 1."""
    try:
        yield
    except UserError as error:
        typer.echo(error.message.in_(language), err=True)
        raise typer.Exit(1) from error
