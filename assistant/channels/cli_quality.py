"""The commands about what loads found: `qunxiang quality`, `quarantine`, `drift`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from assistant.channels.cli_opened import AsJson, Data, InLanguage, opened
from assistant.channels.cli_output import say_json
from assistant.channels.data_text import as_data, drift_as_text, fields_as_data, held_as_text, quality_as_text
from assistant.stewardship.port import EVERYTHING
from semantic_layer.errors import Text

app = typer.Typer()
quarantine = typer.Typer(
    no_args_is_help=True,
    help="Rows that wait for somebody.\n\nExample: qunxiang quarantine list --data my-company",
)
drift = typer.Typer(
    no_args_is_help=True,
    help="Columns of sources that changed.\n\nExample: qunxiang drift list --data my-company",
)

Source = Annotated[str, typer.Argument(help="name of the source")]
Only = Annotated[str, typer.Option("--source", help="this source only")]
Row = Annotated[str, typer.Argument(help="id of the row, as `quarantine list` prints it")]
_EMPTY: Final = Text("没有等待处理的行。", "No rows wait.")
_SAME: Final = Text("没有等待答复的列变化。", "No change of columns waits for an answer.")
_MORE: Final = Text(
    "还有 {more:,} 行，用 --offset {offset} 查看。", "{more:,} more rows; see them with --offset {offset}."
)


def add_to(root: typer.Typer) -> None:
    """Put the commands of this file below the program."""
    root.add_typer(app)
    root.add_typer(quarantine, name="quarantine")
    root.add_typer(drift, name="drift")


@app.command()
def quality(
    source: Only = "",
    anew: Annotated[bool, typer.Option("--anew", help="check again before, as is done every month")] = False,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Print the score of each source, over time, and the rules that values fail.

    Exit codes: 0 no rule is bad, 1 one is, 2 the data set cannot be read.

    Example: qunxiang quality --data my-company --source crm
    """
    with opened(data, language, as_json=as_json) as here:
        if anew:
            if not here.sources.may_manage(here.user):
                here.sources.load(EVERYTHING, user=here.user)  # refuses, and says why
            said = here.sourced.house.check()
            if not as_json:
                here.say(said)
        reports = {name: here.sources.quality(name, user=here.user) for name in here.names(source)}
        if as_json:
            say_json({name: as_data(report, language) for name, report in reports.items()})
        else:
            typer.echo("\n".join(quality_as_text(name, report, language) for name, report in reports.items()))
        if any(rule.verdict == "bad" for report in reports.values() for rule in report.rules):
            raise typer.Exit(1)


@quarantine.command("list")
def list_held(
    source: Only = "",
    rule: Annotated[str, typer.Option(help="rows that fail this rule only")] = "",
    offset: Annotated[int, typer.Option(min=0, help="leave so many rows out, of each source")] = 0,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Print rows that wait: where they stand, what is wrong, and what would mend it. Values are masked as your role says.

    Exit codes: 0 printed, 2 the data set cannot be read.

    Example: qunxiang quarantine list --data my-company --source crm
    """
    with opened(data, language, as_json=as_json) as here:
        pages = {
            name: here.sources.quarantine(name, offset=offset, rule=rule, user=here.user) for name in here.names(source)
        }
        if as_json:
            say_json(
                [{"source": name, **fields_as_data(row, language)} for name, page in pages.items() for row in page.rows]
            )
            return
        for name, page in pages.items():
            for row in page.rows:
                typer.echo(held_as_text(name, row, language))
            more = page.total - page.offset - len(page.rows)
            if more > 0:
                typer.echo(_MORE.in_(language).format(more=more, offset=offset + len(page.rows)))
        if not any(page.rows for page in pages.values()):
            here.say(_EMPTY)


@quarantine.command()
def correct(
    source: Source,
    row: Row,
    value: Annotated[str, typer.Argument(help="the right value")],
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Put the right value in place of the one that was found. It counts from the next publication on.

    Needs a role with `manage_data`. Exit codes: 0 done, 1 refused, 2 the data set cannot be read.

    Example: qunxiang quarantine correct crm 3f2a9c0d11 13812345678 --data my-company
    """
    with opened(data, language) as here:
        here.say(here.sources.correct(source, row, value, user=here.user))


@quarantine.command()
def dismiss(source: Source, row: Row, data: Data = "", language: InLanguage = "en") -> None:
    """Settle a row as it is: a warning is accepted, a held row stays out.

    Needs a role with `manage_data`. Exit codes: 0 done, 1 refused, 2 the data set cannot be read.

    Example: qunxiang quarantine dismiss crm 3f2a9c0d11 --data my-company
    """
    with opened(data, language) as here:
        here.say(here.sources.dismiss(source, row, user=here.user))


@drift.command("list")
def list_drift(source: Only = "", data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print columns that changed, with the answers there are and what each does.

    Exit codes: 0 nothing waits, 1 something does, 2 the data set cannot be read.

    Example: qunxiang drift list --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        found = {name: here.sources.drift(name, user=here.user) for name in here.names(source)}
        asked = [(name, one) for name, questions in found.items() for one in questions]
        if as_json:
            say_json([{"source": name, **fields_as_data(one, language)} for name, one in asked])
        elif not asked:
            here.say(_SAME)
        else:
            typer.echo("\n".join(drift_as_text(name, one, language) for name, one in asked))
        raise typer.Exit(1 if any(one.kind != "added" for _, one in asked) else 0)


@drift.command()
def answer(
    source: Source,
    column: Annotated[str, typer.Argument(help="the column, as `drift list` prints it")],
    reply: Annotated[str, typer.Argument(help="one of the answers that `drift list` prints")],
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Answer what a changed column is. The next load goes by it.

    Needs a role with `manage_data`. Exit codes: 0 done, 1 refused, 2 the data set cannot be read.

    Example: qunxiang drift answer crm 手机 is-now-called --data my-company
    """
    with opened(data, language) as here:
        here.say(here.sources.answer(source, column, reply, user=here.user))
