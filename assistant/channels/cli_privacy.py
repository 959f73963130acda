"""The commands about personal data: `qunxiang privacy find`, `plan`, `forget`, `purposes`, `retention`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import typer

from assistant.bootstrap import prepare_data
from assistant.channels.cli_opened import AsJson, Data, InLanguage, Opened, opened
from assistant.channels.cli_output import say_json, show_progress
from assistant.channels.data_text import as_data, fields_as_data
from assistant.channels.people_text import column_as_text, plan_as_text, purpose_as_text
from assistant.stewardship.types import require_manage_data, rights_under
from semantic_layer.errors import Text
from semantic_layer.ingestion.privacy.finding import (
    PersonalColumn,
    find_personal,
    published_tables,
    raw_tables,
    reading_file,
)
from semantic_layer.ingestion.standard.reading import read_standard
from tools.export.proof import LedgerProofs
from tools.export.register import purpose_register
from tools.ledger import SqlLedger

app = typer.Typer(
    no_args_is_help=True,
    help="Personal data: where it is, deleting a person, purposes, and how long it is kept.\n\n"
    "Example: qunxiang privacy find --data my-company",
)

Key = Annotated[int, typer.Argument(help="number of the customer")]
_NONE: Final = Text("没有找到含个人信息的列。", "No personal columns were found.")
_OPEN: Final = Text(
    "{open} 列的声明低于实际内容（标 ! 的行）。请在口径或标准里写上 sensitivity，或把它映射到相应的字段。",
    "{open} columns are declared as less than they hold (marked with !). Declare their sensitivity in the definitions or in the standard, or map them to the field they fill.",
)
_SHOWN: Final = Text("没有删除任何内容；加上 --yes 才删除，删除后不能恢复。", "Nothing was deleted; add --yes to do it. It cannot be brought back.")  # fmt: skip
_FOREVER: Final = Text("{name}：不限期保留", "{name}: kept without limit")
_DAYS: Final = Text("{name}：保留 {days} 天，{before} 以前的行在每月检查时删除；按 {time}", "{name}: kept for {days} days; rows before {before} are removed at the monthly check; by {time}")  # fmt: skip
_LOADED: Final = Text("导入时间", "the moment of their load")
_NO_PURPOSE: Final = Text(
    "权限策略没有声明用途，也没有导出过。", "The policy declares no purposes, and nothing was exported."
)


def add_to(root: typer.Typer) -> None:
    """Put the commands of this file below the program."""
    root.add_typer(app, name="privacy")


@app.command()
def find(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Find columns with personal data by their names and by what stands in them, declared or not. No value is printed.

    Needs a role with `manage_data`. Exit codes: 0 all are declared as what they hold, 1 some are not or refused, 2 the
    data cannot be read.

    Example: qunxiang privacy find --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        require_manage_data(rights_under(here.policy)(here.user))
        found = _found(here)
        less = [one for one in found if one.is_open]
        if as_json:
            say_json([fields_as_data(one, language) | {"open": one.is_open} for one in found])
        else:
            typer.echo("\n".join(column_as_text(one, language) for one in found) or _NONE.in_(language))
            if less:
                typer.echo(_OPEN.in_(language).format(open=len(less)))
        raise typer.Exit(1 if less else 0)


@app.command()
def plan(key: Key, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print what deleting a customer would remove and where, and which exported files held them. Nothing is deleted.

    Needs a role with `manage_people`. Exit codes: 0 printed, 1 refused, 2 the data set cannot be read.

    Example: qunxiang privacy plan 1204 --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        found = here.people.deletion(key, user=here.user)
        here.show(found, plan_as_text, as_json=as_json)


@app.command()
def forget(
    key: Key,
    yes: Annotated[bool, typer.Option("--yes", help="delete; without, only the plan is shown")] = False,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Delete a customer from every room of the warehouse and from what is published. Their rows do not come back.

    Needs a role with `manage_people`. Exit codes: 0 deleted, 1 refused or only shown, 2 the data set cannot be read.

    Example: qunxiang privacy forget 1204 --yes --data my-company
    """
    with opened(data, language) as here:
        found = here.people.deletion(key, user=here.user)
        typer.echo(plan_as_text(found, language))
        if not yes:
            here.say(_SHOWN)
            raise typer.Exit(1)
        here.say(here.people.delete(key, found.code, user=here.user))
        if any(not here.tell(task) for task in here.settled()[-1:]):
            raise typer.Exit(1)


@app.command()
def purposes(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print the register of purposes: who may state each, its channel and consent, and how often data left for it.

    Needs a role with `manage_data`. Exit codes: 0 printed, 1 refused, 2 the data set cannot be read.

    Example: qunxiang privacy purposes --data retail
    """
    with opened(data, language, as_json=as_json) as here:
        require_manage_data(rights_under(here.policy)(here.user))
        proofs = LedgerProofs(SqlLedger(here.shared.storage)).proofs()
        found = purpose_register(here.policy, (one for one in proofs if one.data_set == here.id))
        if as_json:
            say_json(as_data(found, language))
        else:
            typer.echo("\n".join(purpose_as_text(one, language) for one in found) or _NO_PURPOSE.in_(language))


@app.command()
def retention(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print for how long the rows of each source are kept.

    Exit codes: 0 printed, 2 the data set cannot be read.

    Example: qunxiang privacy retention --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        here.names("")  # refuses a data set without sources
        house = here.sourced.house
        blueprint, today = house.blueprint(), house.around.now().date()
        kept = [(spec, blueprint.time_of(spec)) for spec in blueprint.specs]
        if as_json:
            say_json([{"source": spec.name, "keep_days": spec.keep_days, "time": time} for spec, time in kept])
            return
        for spec, when in kept:
            form = _FOREVER if spec.keep_days is None else _DAYS
            before = today - timedelta(days=spec.keep_days or 0)
            time = when or _LOADED.in_(language)
            typer.echo(form.in_(language).format(name=spec.name, days=spec.keep_days, before=before, time=time))


def _found(here: Opened) -> tuple[PersonalColumn, ...]:
    """In the rows of its sources; where no source fills a data set, in what is published of it."""
    house = here.sourced.house
    specs = house.blueprint().specs
    if specs:
        standard = house.blueprint().standard
        with house.warehouse.reading() as connection:
            return find_personal(connection, raw_tables(connection, specs, standard), standard)
    path = prepare_data(here.settings, progress=show_progress)
    with reading_file(path) as connection:
        tables = published_tables(connection, here.sourced.model())
        return find_personal(connection, tables, read_standard(house.folder))
