"""Relationships of another tool. A row of one side must match at most one of the other, by a key that is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import NotCarriedError, TableDraft, place_text
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.source import Place
from semantic_layer.model.types import Relationship


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """As the source has it: many rows of one table, by some of its columns, to one row of another."""

    place: Place
    name: str  # empty where the source gives none
    many: str
    one: str
    many_columns: tuple[str, ...]
    one_columns: tuple[str, ...]

    @property
    def what(self) -> str:
        return self.name or f"{self.many} → {self.one}"

    @property
    def turned(self) -> Link:
        return replace(
            self,
            many=self.one,
            one=self.many,
            many_columns=self.one_columns,
            one_columns=self.many_columns,
        )


def relationships_of(
    links: Iterable[Link], tables: Mapping[str, TableDraft], losses: list[Loss]
) -> tuple[Relationship, ...]:
    """The direction follows from the keys of both sides, not from what the source calls them."""
    found: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], Relationship] = {}
    for link in links:
        try:
            relation = _relationship(link, tables, losses)
        except NotCarriedError as error:
            losses.append(Loss(place_text(link.place), link.what, error.why))
            continue
        ends = (relation.from_entity, relation.to_entity, relation.from_columns, relation.to_columns)
        found.setdefault(ends, relation)  # both sides may declare the same one
    return tuple(_renamed(list(found.values())))


def _relationship(link: Link, tables: Mapping[str, TableDraft], losses: list[Loss]) -> Relationship:
    many, one = _table(link.many, tables), _table(link.one, tables)
    if len(link.many_columns) != len(link.one_columns):
        raise NotCarriedError(Text("两边的列数不同。", "The two sides do not have the same number of columns."))
    link = replace(
        link,
        many_columns=tuple(many.behind(name) for name in link.many_columns),
        one_columns=tuple(one.behind(name) for name in link.one_columns),
    )
    if not one.is_key(link.one_columns):
        if not many.is_key(link.many_columns):
            raise _no_key(link, one)
        why = Text(
            f"按两边的主键，「{many.name}」才是一的一方；方向已按主键改正。",
            f"By the keys of both sides, {many.name!r} is the one side; the direction follows the keys.",
        )
        losses.append(Loss(place_text(link.place), link.what, why))
        link, many, one = link.turned, one, many
    return Relationship(
        name=link.name or f"{many.name}_{one.name}",
        from_entity=many.name,
        to_entity=one.name,
        from_columns=link.many_columns,
        to_columns=link.one_columns,
    )


def _table(name: str, tables: Mapping[str, TableDraft]) -> TableDraft:
    found = tables.get(name.casefold())
    if found is None:
        raise NotCarriedError(Text(f"没有读到名为「{name}」的表。", f"There is no table {name!r} here."))
    return found


def _no_key(link: Link, one: TableDraft) -> NotCarriedError:
    columns = ", ".join(link.one_columns)
    if {name.casefold() for name in link.one_columns} in [{n.casefold() for n in key} for key in one.other_keys]:
        return NotCarriedError(
            Text(
                f"它按「{one.name}」的另一个唯一键（{columns}）关联；这里只能按主键关联。",
                f"It joins on another unique key of {one.name!r} ({columns}); joins here go by the primary key.",
            )
        )
    return NotCarriedError(
        Text(
            f"「{one.name}」没有把 {columns} 声明为主键，一行可能对上多行，数字会翻倍。",
            f"{one.name!r} does not declare {columns} as its key; a row could match several, and numbers would multiply.",
        )
    )


def _renamed(relations: list[Relationship]) -> Iterable[Relationship]:
    """Names tell relationships apart; those of equal name get the columns into theirs."""
    names = [relation.name for relation in relations]
    for relation in relations:
        if names.count(relation.name) > 1:
            yield replace(relation, name="_".join((relation.name, *relation.from_columns)))
        else:
            yield relation
