"""The commands about who is one customer: `qunxiang identity figures`, `queue`, `decide`, `why`, `split`, `merge`, `undo`, rules."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from assistant.channels.cli_opened import AsJson, Data, InLanguage, Opened, opened
from assistant.channels.data_text import dry_run_as_text
from assistant.channels.people_text import figures_as_text, queue_as_text, why_as_text
from assistant.stewardship.people import DryRun, Merge, PersonChange, RuleSwitch, Split, Undo, Verdict
from assistant.stewardship.types import TaskState
from semantic_layer.errors import Text

app = typer.Typer(
    no_args_is_help=True,
    help="Which records are one customer: figures, pairs to decide, why, changes with undo, and trying other rules.\n\n"
    "Example: qunxiang identity queue --data my-company",
)

Customer = Annotated[int, typer.Argument(help="number of the customer")]
Rule = Annotated[str, typer.Argument(help="a rule, as `identity figures` prints it")]
Switch = Annotated[Literal["on", "off"], typer.Argument(help="what the rule is to be")]
Yes = Annotated[bool, typer.Option("--yes", help="do it; without, it is only shown what would be done")]
_SHOWN: Final = Text("没有改变任何内容；加上 --yes 才执行。", "Nothing was changed; add --yes to do it.")
_ENTRY: Final = Text(
    "撤销：qunxiang identity undo {entry} --yes", "To take it back: qunxiang identity undo {entry} --yes"
)


def add_to(root: typer.Typer) -> None:
    """Put the commands of this file below the program."""
    root.add_typer(app, name="identity")


@app.command()
def figures(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print how many records became how many customers, by which rules, and which values were left out.

    Exit codes: 0 printed, 2 the data set cannot be read.

    Example: qunxiang identity figures --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        found = here.people.figures(user=here.user)
        here.show(found, figures_as_text, as_json=as_json)


@app.command()
def queue(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print the pairs of records that a person has to decide, those that would settle most first.

    Exit codes: 0 nothing waits, 1 pairs do, 2 the data set cannot be read.

    Example: qunxiang identity queue --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        found = here.people.queue(user=here.user)
        here.show(found, queue_as_text, as_json=as_json)
        raise typer.Exit(1 if found.waiting else 0)


@app.command()
def decide(
    pair: Annotated[str, typer.Argument(help="id of the pair, as `identity queue` prints it")],
    verdict: Annotated[Verdict, typer.Argument(help="whether the two are one person; later puts the pair at the end")],
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Settle a pair. What people read follows.

    Needs a role with `manage_people`. Exit codes: 0 done, 1 refused, 2 the data set cannot be read.

    Example: qunxiang identity decide PAIR same --data my-company
    """
    with opened(data, language) as here:
        done = here.people.decide(pair, verdict, user=here.user)
        _done(here, done.said, done.entry)


@app.command()
def why(customer: Customer, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print why the records of a customer are one person: each link with its evidence, and what was done with them.

    Exit codes: 0 printed, 1 no such customer, 2 the data set cannot be read.

    Example: qunxiang identity why 1204 --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        found = here.people.why(customer, user=here.user)
        here.show(found, why_as_text, as_json=as_json)


@app.command()
def split(
    customer: Customer,
    record: Annotated[list[str], typer.Argument(help="ids of the records that go, as `identity why` prints them")],
    yes: Yes = False,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Take records out of a customer: they become one of their own, or go back to who they were.

    Needs a role with `manage_people`. Exit codes: 0 done, 1 refused or only shown, 2 the data set cannot be read.

    Example: qunxiang identity split 1204 RECORD --data my-company --yes
    """
    with opened(data, language) as here:
        _change(here, Split(customer=customer, records=tuple(record)), yes=yes)


@app.command()
def merge(
    customer: Customer,
    other: Annotated[int, typer.Argument(help="number of the other customer")],
    yes: Yes = False,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Make two customers one; the older number stays.

    Needs a role with `manage_people`. Exit codes: 0 done, 1 refused or only shown, 2 the data set cannot be read.

    Example: qunxiang identity merge 1204 1377 --data my-company --yes
    """
    with opened(data, language) as here:
        _change(here, Merge(customer=customer, other=other), yes=yes)


@app.command()
def undo(
    entry: Annotated[int, typer.Argument(help="entry of the ledger, as `identity why` prints it")],
    yes: Yes = False,
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Take a merge, a split or a decision back. The ledger keeps both.

    Needs a role with `manage_people`. Exit codes: 0 done, 1 refused or only shown, 2 the data set cannot be read.

    Example: qunxiang identity undo 12 --data my-company --yes
    """
    with opened(data, language) as here:
        _change(here, Undo(entry=entry), yes=yes)


@app.command("try-rule")
def try_rule(rule: Rule, switch: Switch, data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Find out what a rule would do when it is turned on or off. Nothing is changed.

    Needs a role with `manage_people`. Exit codes: 0 found out, 1 refused or failed, 2 the data set cannot be read.

    Example: qunxiang identity try-rule phone off --data my-company
    """
    with opened(data, language, as_json=as_json) as here:
        run = _tried(here, RuleSwitch(rule, on=switch == "on"))
        here.show(run, dry_run_as_text, as_json=as_json)


@app.command("apply-rule")
def apply_rule(rule: Rule, switch: Switch, yes: Yes = False, data: Data = "", language: InLanguage = "en") -> None:
    """Turn a rule on or off, after showing what that does, and tell people apart anew.

    Needs a role with `manage_people`. Exit codes: 0 done, 1 refused, failed or only shown, 2 the data set cannot be read.

    Example: qunxiang identity apply-rule phone off --data my-company --yes
    """
    wanted = RuleSwitch(rule, on=switch == "on")
    with opened(data, language) as here:
        typer.echo(dry_run_as_text(_tried(here, wanted), language))
        _only_shown(here, yes=yes)
        here.ended(here.people.apply_rule(wanted, user=here.user))
        _published(here)


def _tried(here: Opened, switch: RuleSwitch) -> DryRun:
    task = here.ended(here.people.try_rule(switch, user=here.user))
    trial = here.people.tried(user=here.user)
    if task.state is not TaskState.DONE or trial is None:
        here.say(task.message)
        raise typer.Exit(1)
    return trial.run


def _change(here: Opened, change: PersonChange, *, yes: bool) -> None:
    typer.echo(dry_run_as_text(here.people.preview(change, user=here.user), here.language))
    _only_shown(here, yes=yes)
    done = here.people.carry_out(change, user=here.user)
    _done(here, done.said, done.entry)


def _only_shown(here: Opened, *, yes: bool) -> None:
    if not yes:
        here.say(_SHOWN)
        raise typer.Exit(1)


def _done(here: Opened, said: Text, entry: int | None) -> None:
    here.say(said)
    if entry is not None:
        typer.echo(_ENTRY.in_(here.language).format(entry=entry))
    _published(here)


def _published(here: Opened) -> None:
    """Wait until people read it so; what failed of that is told."""
    last = here.settled()[-1:]
    if any(not here.tell(task) for task in last):
        raise typer.Exit(1)
