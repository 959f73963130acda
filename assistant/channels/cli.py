"""The command line. Every command has an example in its help, exit codes, and `--json` where a machine may read it.

Exit codes: 0 answered or done; 1 asked back, refused, or issues found; 2 wrong use.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import uuid
from pathlib import Path
from typing import Annotated

import typer

from assistant.accounts.opening import open_access, roles_of
from assistant.accounts.port import Access
from assistant.answer import Answer, Reply
from assistant.bootstrap import open_assistant, prepare_data, share
from assistant.channels import (
    cli_campaigns,
    cli_data,
    cli_destinations,
    cli_draft,
    cli_exchange,
    cli_keys,
    cli_mcp,
    cli_memory,
    cli_model,
    cli_operations,
    cli_people,
    cli_privacy,
    cli_quality,
    cli_review,
    cli_segments,
    cli_tags,
    cli_users,
)
from assistant.channels.cli_output import show_progress
from assistant.channels.reply_text import reply_as_data, reply_as_text
from assistant.channels.workspace import Workspace
from assistant.core import Assistant
from assistant.evaluation.cases import read_cases
from assistant.evaluation.report import as_json as report_as_json
from assistant.evaluation.report import as_markdown, figures_as_json, report
from assistant.evaluation.runner import run_cases
from assistant.evaluation.vocabulary import VocabularyReport, vocabulary_figures
from assistant.opening_readers import new_id, now
from assistant.settings import Settings
from semantic_layer.errors import DefinitionError, UserError


def _for_agents(settings: Settings) -> tuple[Workspace, Access]:
    """The workspace, and who may use it."""
    from assistant.channels.opening import open_workspace  # noqa: PLC0415  # seconds to import

    shared = share(settings)
    access = open_access(shared.storage, settings=settings, clock=now, new_id=new_id, known_roles=roles_of(settings))
    return open_workspace(settings, shared=shared), access


app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="群像 Qunxiang: ask about your customers in Chinese or English."
)

app.add_typer(cli_review.app)
app.add_typer(cli_exchange.app)
app.add_typer(cli_model.app)
app.add_typer(cli_memory.app, name="questions")
app.add_typer(cli_users.app, name="users")
app.add_typer(cli_keys.app, name="keys")
app.add_typer(cli_operations.app)
app.add_typer(cli_draft.app)
app.add_typer(cli_segments.app, name="segments")
app.add_typer(cli_campaigns.app, name="campaigns")
app.add_typer(cli_destinations.app, name="destinations")
app.add_typer(cli_tags.app, name="tags")
for commands in (cli_data, cli_quality, cli_people, cli_privacy):
    commands.add_to(app)
cli_mcp.add_to(app, cli_mcp.Entry(opened=_for_agents, clock=now, new_id=lambda: secrets.token_urlsafe(18)))

Data = Annotated[str, typer.Option(help="retail, completejourney, or a folder with model/ and data/")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]


PARAPHRASES = Path("vocabulary/paraphrases.yml")  # beside the cases of a data set


def say(text: str) -> None:
    typer.echo(text)


@app.command()
def serve(
    data: Data = "",
    host: Annotated[str, typer.Option(help="address to listen on")] = "",
    port: Annotated[int, typer.Option(help="port to listen on")] = 0,
) -> None:
    """Open the browser page, and with it the HTTP API, the door for agents and, where it is set, Slack.

    Example: qunxiang serve --data retail --port 7860
    """
    changes = {key: value for key, value in {"data": data, "host": host, "port": port}.items() if value}
    raise typer.Exit(serve_settings(Settings().model_copy(update=changes)))


def serve_settings(settings: Settings) -> int:
    """Open the data and every door, then serve; 0 when it was stopped, 1 when something cannot be opened."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from assistant.channels.house import open_house  # noqa: PLC0415  # seconds to import
    from assistant.channels.web.serving import serve as serve_web  # noqa: PLC0415

    say(f"{settings.data}: opening the data / 正在打开数据 …")
    try:
        with open_house(settings, progress=show_progress) as house:
            house.slack.start()
            serve_web(house.app, access=house.access, settings=settings, opened=say)
    except UserError as error:
        say(f"{error.message.zh}\n{error.message.en}")
        return 1
    except DefinitionError as error:
        say(str(error))
        return 1
    return 0


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(help="a question, and follow-ups as further arguments")],
    data: Data = "retail",
    ask_model: Annotated[
        bool, typer.Option("--ask-model", help="have the language model read it too, though the rules did")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask one question, or several in one conversation.

    Example: qunxiang ask "上海有多少高价值客户？" "那北京呢？" --json
    """
    assistant = _open(data)
    if assistant.resources.model is not None:
        assistant.resources.model.wait()
    conversation = uuid.uuid4().hex
    reply: Reply | None = None
    for text in question:
        reply = assistant.ask(text, conversation=conversation, ask_model=ask_model)
        say(
            json.dumps(reply_as_data(reply), ensure_ascii=False, indent=2, default=str)
            if as_json
            else reply_as_text(reply)
        )
    raise typer.Exit(0 if isinstance(reply, Answer) else 1)


@app.command()
def load(data: Data = "retail", people: Annotated[int, typer.Option(help="size of the demo company")] = 0) -> None:
    """Read the sources anew and publish a snapshot. `generate-demo` is the same for the demo company.

    Example: qunxiang load --data retail --people 20000
    """
    settings = Settings().model_copy(update={"data": data, **({"people": people} if people else {})})
    try:
        snapshot = prepare_data(settings, progress=show_progress, anew=True)
    except UserError as error:
        say(f"{error.message.zh}\n{error.message.en}")
        raise typer.Exit(1) from error
    say(f"\n{snapshot}")


@app.command("generate-demo")
def generate_demo(people: Annotated[int, typer.Option(help="how many people")] = 20_000) -> None:
    """Make the demo company and load it.

    Example: qunxiang generate-demo --people 20000
    """
    load("retail", people)


@app.command()
def export(
    question: Annotated[str, typer.Argument(help="a question whose table or people are wanted")],
    target: Annotated[Path, typer.Argument(help="file to write: .csv or .xlsx")],
    data: Data = "retail",
    purpose: Annotated[
        str, typer.Option(help="why the data leaves; contact columns stay masked without one that the policy allows")
    ] = "",
) -> None:
    """Write the result of a question to a file, with a proof in the audit store.

    Example: qunxiang export "上海有流失风险的高价值客户有哪些？" list.xlsx --purpose "win-back SMS"
    """
    assistant = _open(data)
    reply = assistant.ask(question)
    if not isinstance(reply, Answer):
        say(reply_as_text(reply))
        raise typer.Exit(1)
    try:
        proof = assistant.export(reply, target, purpose=purpose)
    except UserError as error:
        say(f"{error.message.zh}\n{error.message.en}")
        raise typer.Exit(1) from error
    say(f"{target}: {proof.rows:,} rows, SHA-256 {proof.sha256}")


@app.command("eval")
def evaluate(
    cases: Annotated[Path | None, typer.Option(help="file or folder of cases; the data set's own when absent")] = None,
    data: Data = "retail",
    output: Annotated[Path, typer.Option(help="where the JSON goes")] = Path("build/eval.json"),
    baseline: Annotated[
        Path | None, typer.Option(help="an earlier JSON to compare with; baseline.json beside the cases when absent")
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="keep the figures as the new baseline")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask every case; print how many are right, wrong, asked back and declined, and how well tags are found by paraphrases.

    Segments that cases save are forgotten afterwards. Exit code 1 when an answer is wrong.

    Example: qunxiang eval --data my-company --cases my-company/cases
    """
    with tempfile.TemporaryDirectory() as folder:
        assistant = _open(data, state_url=f"sqlite:///{Path(folder).resolve() / 'state.sqlite'}")
        where = cases or assistant.own_cases()
        try:
            outcomes = list(run_cases(assistant, read_cases(where), new_id=lambda: uuid.uuid4().hex))
            names = _names_found(assistant, where.parent / PARAPHRASES)
        except DefinitionError as error:
            say(str(error))
            raise typer.Exit(2) from error
    found = report(outcomes)
    kept = baseline or where.parent / "baseline.json"
    before = json.loads(kept.read_text(encoding="utf-8"))["total"] if kept.exists() else None
    output.parent.mkdir(parents=True, exist_ok=True)
    data = json.loads(report_as_json(found)) | ({} if names is None else {"vocabulary": names.as_data()})
    written = json.dumps(data, ensure_ascii=False, indent=2)
    output.write_text(written, encoding="utf-8")
    if write_baseline:
        kept.write_text(figures_as_json(found), encoding="utf-8")
    tables = [as_markdown(found, before), *([] if names is None else [names.as_markdown()])]
    say(written if as_json else "\n".join(tables))
    raise typer.Exit(1 if found.total.wrong else 0)


def _names_found(assistant: Assistant, paraphrases: Path) -> VocabularyReport | None:
    """How well the vocabulary finds tags by what people call them, where somebody wrote that down."""
    resources = assistant.resources
    if resources.ranking is None or not paraphrases.exists():
        return None
    return vocabulary_figures(resources.ranking, resources.index, paraphrases)


def _open(data: str, **changes: str) -> Assistant:
    try:
        return open_assistant(Settings().model_copy(update={"data": data, **changes}), progress=show_progress)
    except (UserError, DefinitionError) as error:
        say(f"{error.message.zh}\n{error.message.en}" if isinstance(error, UserError) else str(error))
        raise typer.Exit(2) from error


def main() -> None:
    app()


if __name__ == "__main__":
    main()
