"""The commands that exchange definitions with other tools: `import-model` and `export-model`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from assistant.channels.cli_output import say_error, say_json
from assistant.reviewing import definitions_folder
from assistant.settings import Settings
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError, Language, Text, UserError
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.native.folder import write_folder
from semantic_layer.interchange.ossie_expressions import OssieExpressions
from semantic_layer.interchange.ossie_write import write_ossie
from semantic_layer.interchange.read import Format, read_foreign
from semantic_layer.model.types import SemanticModel

app = typer.Typer()

InLanguage = Annotated[Literal["en", "zh"], typer.Option(help="language of the report")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]

_CARRIED = Text(
    "已写入 {folder}：{entities} 个实体，{dimensions} 个维度，{metrics} 个指标，{tags} 个标签。",
    "Written to {folder}: {entities} entities, {dimensions} dimensions, {metrics} metrics, {tags} tags.",
)
_LOST = Text("没有导入，或按假设导入的（{count}）：", "Not carried over, or only by assumption ({count}):")
_ALL = Text("全部导入，没有遗漏。", "Everything was carried over.")
_WRITTEN = Text(
    "已写入 {file}。别的工具能看到 {seen} 个指标；另外 {ours} 个只在本产品的扩展里。",
    "Written to {file}. Other tools see {seen} metrics; {ours} more stand only in our own extension.",
)


@app.command("import-model")
def import_model(
    file: Annotated[Path, typer.Argument(help="file with the definitions of another tool; a folder for dbt and Cube")],
    source: Annotated[Format, typer.Option("--from", help="the tool that they are from")],
    target: Annotated[Path, typer.Option("--to", help="empty folder for the definitions")],
    customer: Annotated[str, typer.Option(help="the entity whose rows are people")] = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Read definitions of another tool, write them as a folder of ours, and list everything that did not come along.

    Exit codes: 0 written, 2 something cannot be read or written.

    Example: qunxiang import-model models.yaml --from ossie --to my-company/model
    """
    try:
        found = read_foreign(file, source, customer_entity=customer)
        written = write_folder(found.imported.model, target, policy=found.policy)
    except (UserError, DefinitionError) as error:
        _cannot(error, language, as_json=as_json)
        raise typer.Exit(2) from error
    model, losses = found.imported.model, found.imported.losses
    if as_json:
        listed = [{"place": one.place, "what": one.what, "why": one.why.in_(language)} for one in losses]
        say_json({**_counts(model), "files": [str(path) for path in written], "losses": listed})
        return
    typer.echo(_CARRIED.in_(language).format(folder=target, **_counts(model)))
    typer.echo(_as_text(losses, language))


@app.command("export-model")
def export_model(
    folder: Annotated[str, typer.Argument(help="folder with definitions (*.yml), or with model/ and data/")],
    target: Annotated[Path, typer.Option("--to", help="file to write")],
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Write definitions as one file in the format of Apache Ossie. `import-model` reads it back to the same definitions.

    Exit codes: 0 written, 2 something cannot be read or written.

    Example: qunxiang export-model my-company/model --to my-company.ossie.yaml
    """
    try:
        model, policy = load_definitions(definitions_folder(folder, Settings()))
        write_ossie(model, target, policy=policy if policy.roles else None)
    except (UserError, DefinitionError) as error:
        _cannot(error, language, as_json=as_json)
        raise typer.Exit(2) from error
    expressions = OssieExpressions(model)
    seen = sum(expressions.of_metric(metric.name) is not None for metric in model.metrics)
    if as_json:
        say_json({**_counts(model), "file": str(target), "metrics_seen_by_others": seen})
        return
    typer.echo(_WRITTEN.in_(language).format(file=target, seen=seen, ours=len(model.metrics) - seen))


def _counts(model: SemanticModel) -> dict[str, int]:
    return {
        "entities": len(model.entities),
        "dimensions": len(model.dimensions),
        "metrics": len(model.metrics),
        "tags": len(model.tags),
    }


def _as_text(losses: tuple[Loss, ...], language: Language) -> str:
    if not losses:
        return _ALL.in_(language)
    lines = (f"  {one.place}: {one.what}: {one.why.in_(language)}" for one in losses)
    return "\n".join([_LOST.in_(language).format(count=len(losses)), *lines])


def _cannot(error: UserError | DefinitionError, language: Language, *, as_json: bool) -> None:
    if isinstance(error, DefinitionError):
        keys = ("file", "line", "key", "message", "remedy", "severity")
        faults = [{key: cast("object", getattr(issue, key)) for key in keys} for issue in error.issues]
        say_json({"faults": faults}) if as_json else typer.echo(str(error))
    else:
        say_error(error.message, language, as_json=as_json)
