"""Reads Cube's data models in YAML: one file, or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlglot import exp

from semantic_layer.errors import DataError, Issue, Text
from semantic_layer.interchange.cube_fields import CubeFields, words_of
from semantic_layer.interchange.cube_measures import CubeMeasures
from semantic_layer.interchange.cube_sql import DIALECT, as_sql
from semantic_layer.interchange.drafts import (
    NotCarriedError,
    TableDraft,
    build_table,
    place_text,
    settle_keys,
    share_types,
)
from semantic_layer.interchange.finish import finish
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.links import Link, relationships_of
from semantic_layer.interchange.losses import Imported, Loss
from semantic_layer.interchange.names import plain_name, table_name
from semantic_layer.interchange.unread import tell, tell_unread
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_documents
from semantic_layer.model.types import Conventions, SemanticModel

_MANY_TO_ONE: Final = ("many_to_one", "belongs_to", "belongsTo", "one_to_one", "has_one", "hasOne")
_ONE_TO_MANY: Final = ("one_to_many", "has_many", "hasMany")
_WHOLE_TABLE: Final = re.compile(r"\s*select\s+\*\s+from\s+([^\s;]+)\s*;?\s*", re.IGNORECASE)
_SPEED: Final = Text("只关系到快慢，不关系到含义。", "It is about speed, not about meaning.")
_WHY: Final[Mapping[str, Text]] = {
    "segments": Text(
        "有名称的条件没有导入。请把它写成标签，或在问题里说出条件。",
        "A named condition is not carried. Write it as a tag, or say the condition in the question.",
    ),
    "access_policy": Text(
        "权限规则没有导入！请在 policies.yml 里重新写明。",
        "Rules of access are not carried! Write them anew in policies.yml.",
    ),
    "pre_aggregations": _SPEED,
    "refresh_key": _SPEED,
    "data_source": Text("数据放在哪里，不属于定义。", "Where the data is kept is no part of a definition."),
    "hierarchies": Text("下钻路径没有导入。", "Paths to drill down are not carried."),
}
_VIEW: Final = Text(
    "视图只是挑选成员给人看，没有导入；成员本身在各自的 cube 里。",
    "A view only picks members to be shown and is not carried; the members themselves are those of their cubes.",
)
_HIDDEN: Final = Text(
    "它在来源里不公开；这里的字段和指标都可以问到，请用 policies.yml 限制。",
    "It is not public in the source; its fields can be asked about here, unless policies.yml says otherwise.",
)
_EXTENDS: Final = Text(
    "它继承自别的 cube，没有导入。请把继承来的成员写出来。",
    "It extends another cube and is not carried. Write the members that it takes over out.",
)


def read_cube(path: Path, *, customer_entity: str = "") -> Imported:
    """The model of a file or a folder; `customer_entity` names the cube whose rows are people.

    Raises:
        DefinitionError: with every fault, when a file is not in this format or contradicts itself.
        DataError: when a folder holds no YAML.
    """
    issues: list[Issue] = []
    losses: list[Loss] = []
    roots = [root for file in _files(path) for root in _roots(file, issues)]
    raise_errors(tuple(issues))
    model = _Reader(path.stem, roots, losses).read()
    raise_errors(tuple(issues))
    return finish(model, losses, customer_entity=customer_entity)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in (".yml", ".yaml") and file.is_file())
    if not found:
        raise DataError(
            Text(
                zh=f"「{path}」里没有 Cube 的定义（*.yml、*.yaml）。",
                en=f"There are no Cube definitions (*.yml, *.yaml) at {str(path)!r}.",
            )
        )
    return found


def _roots(file: Path, issues: list[Issue]) -> list[Section]:
    documents, faults = parse_documents(read_text(file), file.name)
    issues.extend(faults)
    if not documents and not faults:
        message, remedy = "The file is empty.", "Write cubes: with at least one cube."
        issues.append(Issue(file=file.name, line=1, key="cubes", message=message, remedy=remedy))
    return [Section(document, "", issues) for document in documents]


@dataclass(slots=True)
class _Cube:
    """A cube while it is read: its mapping, and the table that it becomes, unless it cannot be carried."""

    section: Section
    table: TableDraft


@dataclass(slots=True)
class _Reader:
    name: str
    roots: list[Section]
    losses: list[Loss]
    tables: dict[str, TableDraft] = field(default_factory=dict)
    _members: dict[str, set[str]] = field(default_factory=dict)

    def read(self) -> SemanticModel:
        cubes = [cube for root in self.roots for cube in self._cubes(root)]
        fields = CubeFields(self.losses, self._is_member)
        measures = CubeMeasures(self.tables, self.losses, self._is_member)
        for cube in cubes:
            for item in cube.section.sections("dimensions"):
                fields.read(item, cube.table)
            for item in cube.section.sections("measures"):
                given = item.text_of("name", required=True)
                name = plain_name(item, given, self.losses)
                measures.declare(item, cube.table, given, name, words_of(item, given, self.losses))
        sql = ForeignSql(self.tables)
        for table in self.tables.values():
            fields.resolve(sql, table)
            settle_keys(table, self.losses)
        links = [link for cube in cubes for link in self._links(cube, sql)]
        for cube in cubes:
            tell_unread(cube.section, self.losses, _WHY)
        relationships = relationships_of(links, self.tables, self.losses)
        share_types(relationships, self.tables.values())
        metrics = measures.build()
        built = [build_table(table, self.losses) for table in self.tables.values()]
        return SemanticModel(
            name=self.name,
            words=words_of(None, self.name, self.losses),
            entities=tuple(entity for entity, _ in built),
            relationships=relationships,
            dimensions=tuple(one for _, fields_ in built for one in fields_),
            metrics=metrics,
            conventions=Conventions(default_window="", missing="unknown"),
        )

    def _is_member(self, cube: str, name: str) -> bool:
        return name in self._members.get(cube.casefold(), ())

    # -- cubes ---------------------------------------------------------------------------------------------------------

    def _cubes(self, root: Section) -> list[_Cube]:
        views = root.sections("views")
        for view in views:
            self.losses.append(Loss(place_text(view.place), f"views {view.text_of('name')}", _VIEW))
        found = [self._cube(section) for section in root.sections("cubes", required=not views)]
        tell_unread(root, self.losses)
        return found

    def _cube(self, section: Section) -> _Cube:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        source = self._source(section)
        words = words_of(section, given, self.losses)
        is_public = section.flag("public", default=True) and section.flag("shown", default=True)
        if not is_public:
            tell(section, "public" if "public" in section.node.entries else "shown", self.losses, _HIDDEN)
        extends = section.text_of("extends")
        if extends:
            tell(section, "extends", self.losses, _EXTENDS)
        table = TableDraft(name=name or given, own_name=given, place=section.place, words=words, source=source or "")
        if given.casefold() in self.tables:
            section.report("name", f"The cube {given!r} is defined twice.", "Rename or remove one of the two.")
        elif name is not None and source is not None and not extends:
            self.tables[given.casefold()] = table
        names = [item.text_of("name") for kind in ("dimensions", "measures") for item in section.sections(kind)]
        self._members.setdefault(given.casefold(), set()).update(names)
        return _Cube(section, table)

    def _source(self, section: Section) -> str | None:
        table, query = section.text_of("sql_table").strip(), section.text_of("sql").strip()
        if table:
            return table_name(section, table, self.losses, key="sql_table")
        if not query:
            section.report("sql_table", "The cube does not say which table it reads.", "Add sql_table: with its name.")
            return None
        whole = _WHOLE_TABLE.fullmatch(query)
        return table_name(section, whole[1] if whole else query, self.losses, key="sql")

    # -- joins ---------------------------------------------------------------------------------------------------------

    def _links(self, cube: _Cube, sql: ForeignSql) -> list[Link]:
        found: list[Link] = []
        for section in cube.section.sections("joins"):
            target = section.text_of("name", required=True)
            kind = section.word_of("relationship", (*_MANY_TO_ONE, *_ONE_TO_MANY))
            text = section.text_of("sql", required=True)
            tell_unread(section, self.losses)
            try:
                pairs = self._pairs(text, cube.table, target, sql)
            except NotCarriedError as error:
                what = f"{cube.table.own_name} → {target}"
                self.losses.append(Loss(place_text(section.place), what, error.why))
                continue
            link = Link(
                place=section.place,
                name="",
                many=cube.table.own_name,
                one=target,
                many_columns=tuple(own for own, _ in pairs),
                one_columns=tuple(other for _, other in pairs),
            )
            found.append(link if kind in _MANY_TO_ONE else link.turned)
        return found

    def _pairs(self, text: str, own: TableDraft, target: str, sql: ForeignSql) -> list[tuple[str, str]]:
        """The columns that a join sets equal: ours and the other's."""
        other = sql.table(target)
        if self.tables.get(own.own_name.casefold()) is not own:
            raise NotCarriedError(Text("它的 cube 没有导入。", "Its cube was not carried over."))
        tree = sql.parse(as_sql(text, own.own_name, self._is_member), DIALECT).unnest()
        conditions = list(tree.flatten()) if isinstance(tree, exp.And) else [tree]
        pairs: list[tuple[str, str]] = []
        for condition in conditions:
            sides = condition.unnest()
            found = {}
            if isinstance(sides, exp.EQ):
                for side in (sides.this, sides.expression):
                    rows = sql.rows(side, own)
                    if rows.column and rows.table is not None:
                        found[rows.table.name] = rows.column
            if set(found) != {own.name, other.name}:
                raise NotCarriedError(
                    Text("关联条件不是两边的列相等。", "The join is not by columns of the two being equal.")
                )
            pairs.append((found[own.name], found[other.name]))
        return pairs
