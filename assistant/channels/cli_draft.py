"""The command `draft`: a model of a database that nobody has described, and its review row by row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant.channels.cli_output import say_error, say_json, show_progress
from assistant.opening_readers import now
from semantic_layer.errors import DataError, DefinitionError, Language, Text, UserError
from semantic_layer.ingestion.draft.placing import Drafted, draft_folder
from semantic_layer.ingestion.draft.review import DraftReview, Row

app = typer.Typer()

InLanguage = Annotated[Literal["en", "zh"], typer.Option(help="language of the report")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]

_WRITTEN = Text(
    "草稿已写入 {folder}：{entities} 个实体，{relationships} 个关联，{dimensions} 个字段，{metrics} 个指标，{tags} 个标签。\n"
    '现在就可以提问：qunxiang ask --data {folder} "{sample}"；逐行核对：qunxiang draft review {folder}',
    "The draft is in {folder}: {entities} entities, {relationships} joins, {dimensions} fields, {metrics} metrics, {tags} tags.\n"
    'It can be asked at once: qunxiang ask --data {folder} "{sample}"; review it row by row: qunxiang draft review {folder}',
)
_STATE = Text("{open} 行待核对，共 {all} 行。{finished}", "{open} of {all} rows wait for a decision. {finished}")
_FINISHED = Text("核对已完成，草稿标记已去掉。", "The review is finished; nothing is marked as a draft any more.")
_USAGE = Text(
    "用法：qunxiang draft 文件夹或数据库文件 --to 新文件夹；或 qunxiang draft review 草稿文件夹",
    "Use: qunxiang draft FOLDER_OR_DATABASE --to NEW_FOLDER; or qunxiang draft review FOLDER_OF_A_DRAFT",
)


@app.command("draft")
def draft(  # noqa: PLR0913, PLR0917  # a command line has as many options as it has
    what: Annotated[
        list[str],
        typer.Argument(help="a folder of files, a database file, or postgresql://… or mysql://…; or: review FOLDER"),
    ],
    target: Annotated[Path | None, typer.Option("--to", help="new folder for the draft")] = None,
    accept_all_above: Annotated[
        float | None, typer.Option(help="accept all rows of at least this confidence (0..1)")
    ] = None,
    accept: Annotated[list[str] | None, typer.Option(help="accept a row, by its id")] = None,
    reject: Annotated[list[str] | None, typer.Option(help="leave a row out, by its id")] = None,
    label: Annotated[list[str] | None, typer.Option(help="other label: ID=中文|English")] = None,
    join: Annotated[list[str] | None, typer.Option(help="other join: ID=entity:column,column")] = None,
    customer: Annotated[str, typer.Option(help="the table of customers")] = "",
    finish: Annotated[bool, typer.Option(help="end the review")] = False,
    by: Annotated[str, typer.Option(help="who decides")] = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Draft a whole model from tables that nobody has described; or review such a draft.

    Exit codes: 0 done, 1 rows wait for a decision, 2 something cannot be read or written.

    Example: qunxiang draft exports/ --to my-company
    Example: qunxiang draft review my-company --accept-all-above 0.9
    """
    try:
        if what[0] == "review" and len(what) == 2:
            review = DraftReview(Path(what[1]))
            _decide(review, accept or [], reject or [], label or [], join or [], customer=customer, by=by)
            if accept_all_above is not None:
                review.accept_all(accept_all_above, by=by)
            if finish:
                review.finish(by=by)
            _show(review, language, as_json=as_json)
            raise typer.Exit(0 if review.finished or not review.open else 1)
        if len(what) != 1:
            raise DataError(_USAGE)
        place = what[0] if "://" in what[0] else Path(what[0])
        folder = target or Path(f"{Path(what[0].partition('?')[0]).stem}-draft")
        drafted = draft_folder(place, folder, today=now().date(), progress=show_progress, variables=os.environ)
        _written(drafted, language, as_json=as_json)
    except UserError as error:
        say_error(error.message, language, as_json=as_json)
        raise typer.Exit(2) from error
    except DefinitionError as error:
        say_error(Text(str(error), str(error)), language, as_json=as_json)
        raise typer.Exit(2) from error


def _decide(  # one list for each kind of decision
    review: DraftReview,
    accept: list[str],
    reject: list[str],
    label: list[str],
    join: list[str],
    *,
    customer: str,
    by: str,
) -> None:
    for row in accept:
        review.accept(row, by=by)
    for given in label:
        row, zh, en = _parts(given, "|", "ID=中文|English")
        review.relabel(row, Text(zh, en), by=by)
    for given in join:
        row, entity, columns = _parts(given, ":", "ID=entity:column,column")
        review.rejoin(row, entity, [column.strip() for column in columns.split(",")], by=by)
    if customer:
        review.choose_customer(customer, by=by)
    for row in reject:
        review.reject(row, by=by)


def _parts(given: str, between: str, form: str) -> tuple[str, str, str]:
    row, equals, rest = given.partition("=")
    left, found, right = rest.partition(between)
    if not equals or not found:
        raise DataError(Text(f"「{given}」写法不对，应为 {form}。", f"{given!r} is not written as {form}."))
    return row.strip(), left.strip(), right.strip()


def _written(drafted: Drafted, language: Language, *, as_json: bool) -> None:
    model = drafted.draft.model
    counts = {
        "entities": len(model.entities),
        "relationships": len(model.relationships),
        "dimensions": len(model.dimensions),
        "metrics": len(model.metrics),
        "tags": len(model.tags),
    }
    if as_json:
        say_json({"folder": str(drafted.folder), **counts, "proposals": len(drafted.draft.proposals)})
        return
    sample = model.samples[0].text.in_(language)
    typer.echo(_WRITTEN.in_(language).format(folder=drafted.folder, sample=sample, **counts))


def _show(review: DraftReview, language: Language, *, as_json: bool) -> None:
    rows = review.rows()
    if as_json:
        say_json({"open": review.open, "finished": review.finished, "rows": [_as_data(row) for row in rows]})
        return
    for row in rows:
        one = row.proposal
        examples = f"  e.g. {', '.join(row.examples)}" if row.examples else ""
        typer.echo(
            f"{one.state.value:9} {one.confidence:4.2f}  {one.id}  {one.label.zh} · {one.label.en}  ← {one.source}\n"
            f"                {one.evidence}{examples}"
        )
    finished = _FINISHED.in_(language) if review.finished else ""
    typer.echo(_STATE.in_(language).format(open=review.open, all=len(rows), finished=finished).strip())


def _as_data(row: Row) -> dict[str, object]:
    one = row.proposal
    return {
        "id": one.id,
        "kind": one.kind.value,
        "source": one.source,
        "zh": one.label.zh,
        "en": one.label.en,
        "evidence": one.evidence,
        "confidence": one.confidence,
        "state": one.state.value,
        "examples": list(row.examples),
    }
