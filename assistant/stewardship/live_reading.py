"""Connecting a source: what stands at an address, which field each column could fill, and the declaration that comes of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.masking import shown
from assistant.stewardship.sources import FoundColumn, Inspection, MappingProposal, Reading, SourceForm
from assistant.stewardship.types import StewardRights
from semantic_layer.errors import DataError, InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.blueprint import SOURCES_FOLDER, Blueprint
from semantic_layer.ingestion.sources.declared import read_sources, source_yaml
from semantic_layer.ingestion.sources.inspecting import Inspected, inspect, inspect_address
from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.ingestion.sources.proposals import Proposal, propose
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceSpec
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import ColumnType, Entity, Sensitivity

INCOMING: Final = "incoming"
_ADDRESS: Final = re.compile(r"^[a-z+]+://")
_MOST_COLUMNS: Final = 300
_MANY: Final = Text(
    f"列超过 {_MOST_COLUMNS} 个，这里只列出前 {_MOST_COLUMNS} 个。",
    f"There are more than {_MOST_COLUMNS} columns; the first {_MOST_COLUMNS} are listed.",
)
TYPES: Final[Mapping[ColumnType, Text]] = {
    ColumnType.STRING: Text("文字", "text"),
    ColumnType.INTEGER: Text("整数", "whole numbers"),
    ColumnType.DECIMAL: Text("数字", "numbers"),
    ColumnType.FLOAT: Text("数字", "numbers"),
    ColumnType.BOOLEAN: Text("是/否", "yes or no"),
    ColumnType.DATE: Text("日期", "days"),
    ColumnType.TIMESTAMP: Text("时间", "moments"),
}


def keep_file(house: DataHouse, name: str, file: Path) -> str:
    """Take over an uploaded file; the address below the data set's folder. A file of that name is never overwritten."""
    stem, ending, number = Path(name).stem or "file", Path(name).suffix, 1
    target = house.folder / INCOMING / f"{stem}{ending}"
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        number += 1
        target = target.with_name(f"{stem}-{number}{ending}")
    shutil.copyfile(file, target)
    return str(target.relative_to(house.folder))


def inspected(house: DataHouse, reading: Reading, rights: StewardRights) -> Inspection:
    """What stands at an address. Raises `DataError`, and `UnknownNameError` with files that are there."""
    found, size = _found(house, reading)
    proposals = {each.column: each for each in _proposals(house, found.columns)}
    standard = house.blueprint().standard

    def sensitivity(column: str) -> Sensitivity:
        proposed = standard.field(proposals[column].field) if column in proposals else None
        return proposed.sensitivity if proposed is not None else Sensitivity.NONE

    columns = tuple(
        FoundColumn(
            name=column.name,
            type=TYPES[column.type],
            examples=tuple(shown(value, sensitivity(column.name), rights) for value in column.examples[:3]),
            empty=_empty(found, at),
        )
        for at, column in enumerate(found.columns[:_MOST_COLUMNS])
    )
    return Inspection(
        address=reading.address,
        kind=found.kind,
        name=re.sub(r"\W+", "_", Path(reading.address).stem).strip("_") or "source",
        columns=columns,
        parts=found.sheets or tuple(table.name for table in found.tables),
        part=reading.part,
        encoding=reading.encoding or found.encoding,
        delimiter=reading.delimiter or found.delimiter,
        header=found.header if reading.header is None else reading.header,
        size=size,
        key=_key(found),
        notes=(_MANY,) if len(found.columns) > _MOST_COLUMNS else (),
    )


def proposed(house: DataHouse, found: Inspection) -> tuple[MappingProposal, ...]:
    """One proposal for each column, in their order."""
    columns = tuple(
        SourceColumn(
            name=each.name, type=_type_of(each.type), examples=tuple(v.text for v in each.examples if not v.masked)
        )
        for each in found.columns
    )
    by_column = {each.column: each for each in _proposals(house, columns)}
    nothing = Text("没有足够相近的字段", "no field is near enough")
    return tuple(
        MappingProposal(column=each.name, field=one.field, score=one.score, why=one.why)
        if (one := by_column.get(each.name)) is not None
        else MappingProposal(column=each.name, field="", score=0.0, why=nothing)
        for each in found.columns
    )


def declared(house: DataHouse, form: SourceForm, owner: str) -> SourceSpec:
    """Write a source as a file of the data set. What the rules for declarations refuse is not written.

    Raises:
        InvalidPlanError: for a name in use, a field filled twice, a key that is not mapped, or no table that would take it.
        UnknownNameError: for a field that does not exist.
        DefinitionError: with whatever else is wrong.
    """
    blueprint = house.blueprint()
    _check(blueprint, form)
    found, _ = _found(house, form.reading)
    spec = SourceSpec(
        name=form.name,
        label=Text(form.name, form.name),
        kind=found.kind,
        address=form.reading.address,
        columns=tuple(ColumnMapping(column=column, field=field) for column, field in form.mapping),
        into=_table_for(blueprint, [field for _, field in form.mapping]).table,
        table=form.reading.part,
        key=form.key,
        watermark=form.watermark,
        encoding=form.reading.encoding,
        delimiter=form.reading.delimiter,
        header=form.reading.header,
        owner=owner,
    )
    target = house.folder / SOURCES_FOLDER / f"{form.name}.yml"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.write_text(source_yaml(spec), encoding="utf-8")
    unfinished.replace(target)
    try:
        read_sources(house.folder, blueprint.standard, tables=[entity.table for entity in blueprint.model.entities])
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return spec


def _found(house: DataHouse, reading: Reading) -> tuple[Inspected, int | None]:
    address = reading.address.strip()
    if not address:
        raise InvalidPlanError(
            Text("请写出文件、文件夹或数据库的地址。", "Give the address of a file, a folder or a database.")
        )
    if _ADDRESS.match(address):
        return inspect_address(address, variables=house.around.variables, table=reading.part), None
    path = (house.folder / address).resolve()
    if "*" in address:
        matches = sorted(house.folder.glob(address))
        path = matches[0].resolve() if matches else path
    if not path.is_relative_to(house.folder.resolve()):
        raise DataError(
            Text(
                f"「{address}」不在数据集的文件夹里，不能读取。请上传文件，或把它放进该文件夹。",
                f"{address!r} lies outside the data set's folder and is not read. Upload it, or put it into that folder.",
            )
        )
    if not path.is_file():
        here = [
            str(each.relative_to(house.folder.resolve()))
            for each in house.folder.resolve().rglob("*")
            if each.is_file()
        ]
        raise UnknownNameError(Text("文件", "file"), address, nearest(address, here))
    return inspect(path, inside=reading.part), path.stat().st_size


def _proposals(house: DataHouse, columns: Sequence[SourceColumn]) -> tuple[Proposal, ...]:
    return propose(columns, house.blueprint().standard)


def _empty(found: Inspected, at: int) -> float:
    cells = [row[at] for row in found.rows if at < len(row)]
    return sum(1 for cell in cells if not cell) / len(cells) if cells else 0.0


def _key(found: Inspected) -> tuple[str, ...]:
    """The first column whose values are all there and all different, in the rows that were looked at."""
    for at, column in enumerate(found.columns):
        cells = [row[at] for row in found.rows if at < len(row)]
        if cells and all(cells) and len(set(cells)) == len(cells):
            return (column.name,)
    return ()


def _type_of(said: Text) -> ColumnType:
    return next((kind for kind, text in TYPES.items() if text == said), ColumnType.STRING)


def _check(blueprint: Blueprint, form: SourceForm) -> None:
    if not re.fullmatch(r"\w{1,60}", form.name):
        raise InvalidPlanError(
            Text(
                "来源的名称只能用字母、数字和下划线。",
                "The name of a source is made of letters, digits and underscores.",
            )
        )
    if blueprint.spec(form.name) is not None:
        raise InvalidPlanError(
            Text(
                f"已经有名为「{form.name}」的来源，请换个名称。",
                f"A source called {form.name!r} exists already. Choose another name.",
            )
        )
    known = [field.name for field in blueprint.standard.fields]
    filled = [field for _, field in form.mapping]
    for column, field in form.mapping:
        if field not in known:
            raise UnknownNameError(Text("标准字段", "field of the standard"), field, nearest(field, known))
        if filled.count(field) > 1:
            raise InvalidPlanError(
                Text(
                    f"字段「{field}」对应了不止一列（其中有「{column}」）。一个字段只能由一列填入。",
                    f"The field {field!r} is filled by more than one column, {column!r} among them. One column fills one field.",
                )
            )
    missing = [column for column in form.key if column not in [mapped for mapped, _ in form.mapping]]
    if missing:
        raise InvalidPlanError(
            Text(
                f"键用到的列「{'、'.join(missing)}」没有对应字段。请给它选一个字段，或换一个键。",
                f"The key uses {', '.join(missing)}, which fills no field. Choose a field for it, or another key.",
            )
        )


def _table_for(blueprint: Blueprint, fields: Sequence[str]) -> Entity:
    """The table whose columns these fields fill most of; of equal ones the first of the definitions."""

    def filled(entity: Entity) -> int:
        return len({column.name for column in entity.columns} & set(fields))

    best = max(blueprint.model.entities, key=filled, default=None)
    if best is None or filled(best) == 0:
        names = ", ".join(sorted({column.name for entity in blueprint.model.entities for column in entity.columns}))
        raise InvalidPlanError(
            Text(
                f"这些字段不属于定义里的任何一张表，导入后没有地方放。定义里的列有：{names}。也可以先用「起草」从文件起草定义。",
                f"These fields belong to no table of the definitions. Their columns are: {names}. Or draft definitions from the files first.",
            )
        )
    return best
