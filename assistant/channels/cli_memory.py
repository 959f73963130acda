"""The commands of reviewed questions: `qunxiang questions list`, `queue`, `approve`, `reject`, `withdraw`, `check`, `gaps`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

import typer

from assistant.bootstrap import open_resources
from assistant.channels.cli_output import say_error, say_json, show_progress
from assistant.channels.memory_text import (
    gaps_as_data,
    gaps_as_text,
    pair_as_data,
    pairs_as_text,
    queue_as_data,
    queue_as_text,
)
from assistant.memory.memory import Memory
from assistant.memory.types import Approve, PairIssue, Reject, Withdraw
from assistant.resources import Resources
from assistant.settings import Settings
from semantic_layer.errors import DefinitionError, Language, NotAllowedError, Text, UserError
from semantic_layer.policy.types import User
from semantic_layer.query.codec import plan_from_json
from semantic_layer.query.plan import Plan

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Review questions and their plans: what people proposed, what is approved, and what could not be served.\n\n"
    "Example: qunxiang questions queue --data my-company",
)

Data = Annotated[str, typer.Option(help="retail, completejourney, or a folder with model/ and data/")]
InLanguage = Annotated[Literal["en", "zh"], typer.Option(help="language of the report")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]
Id = Annotated[str, typer.Argument(help="id, as `queue` and `list` print it")]

_DONE = Text("已完成：{what}", "Done: {what}")
_HOLD = Text("{count} 个审核问题都成立。", "All {count} reviewed questions hold.")
_ROLE = Text("现在的角色是 {role}，由 QUNXIANG_ROLE 设置。", "The role is {role} now; QUNXIANG_ROLE sets it.")
_FAULTS = Text("{holding} 个成立，{faults} 处需要处理：", "{holding} hold; {faults} need attention:")


@dataclass(frozen=True, slots=True)
class _Open:
    memory: Memory
    resources: Resources
    user: User


@app.command("list")
def list_pairs(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print the reviewed questions with their plans in words.

    Example: qunxiang questions list --data my-company
    """
    with _opened(data, language, as_json=as_json) as here:
        pairs = here.memory.pairs(here.user)
        if as_json:
            say_json([pair_as_data(pair) for pair in pairs])
        else:
            typer.echo(pairs_as_text(pairs, here.resources, language, here.memory.reviewed.folders.said))


@app.command()
def queue(data: Data = "", language: InLanguage = "en", as_json: AsJson = False) -> None:
    """Print what waits for a reviewer: proposals, reviewed questions that no longer hold, and faults of the files.

    Example: qunxiang questions queue --json
    """
    with _opened(data, language, as_json=as_json) as here:
        view = here.memory.queue(here.user)
        if as_json:
            say_json(queue_as_data(view))
        else:
            typer.echo(queue_as_text(view, here.resources, language))


@app.command()
def approve(
    item: Id,
    question: Annotated[
        list[str] | None, typer.Option(help="wording to keep instead of the one asked; may be given several times")
    ] = None,
    plan: Annotated[
        str, typer.Option(help="the right plan: its number in `queue`, JSON, or a question with one clear meaning")
    ] = "",
    note: Annotated[str, typer.Option(help="a remark that is kept with it")] = "",
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Approve a proposal: from then on its question has that plan. Needs the role of a data owner.

    Example: qunxiang questions approve q12ab34cd5 --question "上海有多少高价值客户？" --plan 1
    """
    with _opened(data, language) as here:
        chosen = _plan(plan, item, here) if plan else None
        here.memory.decide(item, Approve(questions=tuple(question or ()), plan=chosen, note=note), here.user)
        pair = here.memory.reviewed.get(item)
        typer.echo(_DONE.in_(language).format(what=f"{item} → {pair.file}:{pair.line}" if pair else item))
        if here.memory.reviewed.folders.said is not None:
            typer.echo(here.memory.reviewed.folders.said.in_(language))


@app.command()
def reject(
    item: Id,
    why: Annotated[str, typer.Option(help="why it is turned down")],
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Turn a proposal down. Needs the role of a data owner.

    Example: qunxiang questions reject q12ab34cd5 --why "two meanings, ask back instead"
    """
    with _opened(data, language) as here:
        here.memory.decide(item, Reject(why=why), here.user)
        typer.echo(_DONE.in_(language).format(what=item))


@app.command()
def withdraw(
    item: Id,
    why: Annotated[str, typer.Option(help="why")] = "",
    data: Data = "",
    language: InLanguage = "en",
) -> None:
    """Undo a decision: take a reviewed question out of the files, or open a rejected one again.

    Example: qunxiang questions withdraw q12ab34cd5
    """
    with _opened(data, language) as here:
        here.memory.decide(item, Withdraw(why=why), here.user)
        typer.echo(_DONE.in_(language).format(what=item))


@app.command()
def check(
    mark: Annotated[
        bool, typer.Option("--mark", help="note in the files the version of the definitions that those that hold fit")
    ] = False,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Check every reviewed question against the definitions, without running it.

    Exit codes: 0 all hold, 1 some do not or a file has faults, 2 something cannot be read.

    Example: qunxiang questions check --data my-company
    """
    with _opened(data, language, as_json=as_json) as here:
        reviewed = here.memory.reviewed
        aside, faults = reviewed.set_aside(), reviewed.faults()
        found = [*faults, *(one.issue for one in aside)]
        holding = len(reviewed.usable()) - len(aside)
        if mark:
            reviewed.mark_checked()
        if as_json:
            say_json([{name: getattr(issue, name) for name in issue.__slots__} for issue in found])
        elif not found:
            typer.echo(_HOLD.in_(language).format(count=holding))
        else:
            typer.echo(_FAULTS.in_(language).format(holding=holding, faults=len(found)))
            typer.echo("\n".join([*(f"  {issue}" for issue in faults), *(_aside(one, language) for one in aside)]))
        if any(issue.severity == "error" for issue in found):
            raise typer.Exit(1)


@app.command()
def gaps(
    days: Annotated[int, typer.Option(min=1, help="how many days to look back")] = 30,
    data: Data = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Print words and questions that could not be served, most frequent first: the backlog of the data team.

    Example: qunxiang questions gaps --days 7 --json
    """
    with _opened(data, language, as_json=as_json) as here:
        report = here.memory.gaps(here.resources.now() - timedelta(days=days), here.user)
        if as_json:
            say_json(gaps_as_data(report))
        else:
            typer.echo(gaps_as_text(report, language))


@contextmanager
def _opened(data: str, language: Language, *, as_json: bool = False) -> Iterator[_Open]:
    """The memory of a data set. Says what went wrong: exit code 1 for what is refused, 2 for what cannot be opened."""
    offline = {"mode": "offline"}  # nobody is asked here, so no model need be there
    settings = Settings().model_copy(update=offline | ({"data": data} if data else {}))
    try:
        resources, user = open_resources(settings, progress=show_progress, by_meaning=False)
    except (UserError, DefinitionError) as error:
        _cannot(error, language, as_json=as_json)
        raise typer.Exit(2) from error
    try:
        yield _Open(resources.memory, resources, user)
    except UserError as error:
        _cannot(error, language, as_json=as_json)
        if isinstance(error, NotAllowedError) and not as_json:
            typer.echo(_ROLE.in_(language).format(role=settings.role))
        raise typer.Exit(1) from error


def _plan(text: str, item: str, here: _Open) -> Plan:
    """A plan by its number in the queue, as JSON, or in words."""
    if text.isdigit():
        candidates = here.memory.proposal(item, here.user).candidates
        if not 1 <= int(text) <= len(candidates):
            raise typer.BadParameter(f"1 – {len(candidates)}", param_hint="--plan")
        return plan_from_json(candidates[int(text) - 1].plan)
    return here.memory.read_plan(text)


def _aside(one: PairIssue, language: Language) -> str:
    pair = one.pair
    return f"  {pair.file}:{pair.line}: {pair.id}: {one.said.in_(language)}"


def _cannot(error: UserError | DefinitionError, language: Language, *, as_json: bool) -> None:
    if isinstance(error, DefinitionError):
        typer.echo(str(error))
    else:
        say_error(error.message, language, as_json=as_json, near=error.suggestions)
