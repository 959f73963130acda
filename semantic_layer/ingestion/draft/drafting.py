"""From what was found out about a database to a whole model, with a row of evidence for each definition in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.draft.evidence import (
    about_field,
    about_join,
    about_metric,
    about_people,
    about_table,
    about_tag,
)
from semantic_layer.ingestion.draft.fields import Field, draft_field, is_measure
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.measures import (
    average_metric,
    count_metric,
    different_metric,
    joined_metric,
    last_date_metric,
    measure_metrics,
    people_metric,
)
from semantic_layer.ingestion.draft.naming import Named, Taken, many, name_column, name_table, plain_name
from semantic_layer.ingestion.draft.proposals import OWNER, Proposal, kept
from semantic_layer.ingestion.draft.segments import Behaviour, obvious_tags
from semantic_layer.ingestion.draft.types import ColumnProfile, DatabaseProfile, Join, TableProfile
from semantic_layer.interchange.finish import finish
from semantic_layer.model.types import (
    Aggregation,
    Column,
    ColumnType,
    Conventions,
    Dimension,
    DimensionKind,
    Entity,
    Metric,
    Origin,
    Relationship,
    SampleQuestion,
    SemanticModel,
    Sensitivity,
    Tag,
    Unit,
    Validity,
    Words,
)
from semantic_layer.policy.types import Policy, RoleMeaning, RolePolicy

ROW: Final = "row_no"  # the key of rows that nothing else tells apart
_ORIGIN: Final = Origin(owner=OWNER)
Bounds = Callable[[Join, ColumnProfile | None, Aggregation], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Export:
    """How a table of the source becomes one of the model: SQL for each column, by its name there."""

    table: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A model that can be asked at once, who may see what, the evidence, and where its tables come from."""

    model: SemanticModel
    policy: Policy
    proposals: tuple[Proposal, ...]
    exports: Mapping[str, Export]  # table of the model → table of the source


@dataclass(frozen=True, slots=True)
class _Table:
    """A table on its way to an entity. `pointing` are the stored columns that are joined to another table alone."""

    profile: TableProfile
    named: Named
    stored: str  # the name of the table in the model
    fields: tuple[Field, ...]
    pointing: frozenset[str]

    def field(self, stored: str) -> Field:
        return next(field for field in self.fields if field.profile.name == stored)

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.field(name).named.name for name in self.profile.key.columns) or (ROW,)


def draft_model(  # all but the first say how
    found: DatabaseProfile,
    *,
    name: str,
    title: Text,
    lexicon: Lexicon,
    reserved: frozenset[str],
    bounds: Bounds,
    today: date,
) -> Draft:
    """The model of a database. `reserved` are words of SQL that can name nothing; `bounds` gives, for the rows that a join
    takes to people, where the middle and the upper fifth of their numbers or amounts begin. `today` is the day of the data where it has no times.

    What the rules for definitions would refuse is left out, so that the model opens.
    """
    tables = {table.profile.name: table for table in _tables(found, lexicon, reserved)}
    people = tables[found.people]
    links = [(_relationship(join, found.joins, tables), join) for join in found.joins]
    metrics = tuple(_metrics(tables, found, lexicon))
    model = SemanticModel(
        name=name,
        words=Words(label=title),
        entities=tuple(_entity(table, lexicon) for table in tables.values()),
        relationships=tuple(link for link, _ in links),
        dimensions=tuple(_dimension(table, field) for table in tables.values() for field in _offered(table)),
        metrics=tuple(metric for metric, _, _ in metrics),
        conventions=_conventions(found, tables, lexicon, today),
        customer_entity=people.named.name,
    )
    tags = tuple(_tags(found, tables, lexicon, bounds))
    whole = finish(replace(model, tags=tags), (), customer_entity=people.named.name).model
    proposals = (
        about_people(found, people.named),
        *(about_table(table.profile, table.named, found.thing(table.profile.name)) for table in tables.values()),
        *(about_join(link, join) for link, join in links),
        *(about_field(table.profile, table.named, field) for table in tables.values() for field in _offered(table)),
        *(about_metric(metric, source, confidence) for metric, source, confidence in metrics),
        *(about_tag(tag) for tag in tags),
    )
    whole = replace(whole, samples=tuple(_samples(whole)))
    exports = {table.stored: _export(table) for table in tables.values()}
    return Draft(whole, _policy(), kept(proposals, whole), exports)


# ---- tables


def _tables(found: DatabaseProfile, lexicon: Lexicon, reserved: frozenset[str]) -> Iterator[_Table]:
    entities, stored = Taken(frozenset(), set()), Taken(reserved, set())
    for profile in found.tables:
        named = name_table(profile, lexicon, entities)
        columns = Taken(reserved, {ROW})
        pointing = frozenset(
            join.columns[0] for join in found.joins if join.table == profile.name and len(join.columns) == 1
        )
        fields = tuple(
            draft_field(
                column,
                name_column(column, named, lexicon, columns),
                lexicon,
                is_key=column.name in pointing or profile.key.columns == (column.name,),
            )
            for column in profile.columns
        )
        kept = stored.free(plain_name(profile.name, lexicon.pieces(profile.name)))
        yield _Table(profile, named, kept, fields, pointing)


def _offered(table: _Table) -> Iterator[Field]:
    """Columns that only point at another table are asked for there, where they are the key."""
    for field in table.fields:
        own_key = table.profile.key.columns == (field.profile.name,)
        if field.profile.name not in table.pointing or own_key:
            yield field


def _entity(table: _Table, lexicon: Lexicon) -> Entity:
    columns = [
        Column(name=field.named.name, type=field.profile.reading.type, sensitivity=field.sensitivity)
        for field in table.fields
    ]
    if table.key == (ROW,):
        columns.append(Column(name=ROW, type=ColumnType.INTEGER))
    history = table.profile.history
    validity = Validity(table.field(history[0]).named.name, table.field(history[1]).named.name) if history else None
    label = _label_field(table)
    noun = lexicon.nouns(table.profile.name)[-1:]
    return Entity(
        name=table.named.name,
        words=Words(label=table.named.label, synonyms=table.named.synonyms),
        table=table.stored,
        primary_key=table.key,
        columns=tuple(columns),
        time=table.field(table.profile.when).named.name if table.profile.when else None,
        label_column=label.named.name if label else None,
        verbs=lexicon.verbs.get(noun[0], ()) if noun and table.profile.when else (),
        validity=validity,
        origin=_ORIGIN,
    )


def _label_field(table: _Table) -> Field | None:
    """What a row is called by: its name, else its only identifier."""
    offered = tuple(_offered(table))
    named = [f for f in offered if f.profile.reading.type is ColumnType.STRING and "name" in f.named.label.en.split()]
    own = [f for f in named if f.sensitivity is Sensitivity.NONE]
    keys = [f for f in offered if table.profile.key.columns == (f.profile.name,)]
    return next(iter((*own, *keys, *named)), None)


def _export(table: _Table) -> Export:
    columns = [(field.named.name, field.profile.reading.sql) for field in table.fields]
    if table.key == (ROW,):
        columns.append((ROW, "row_number() OVER ()"))
    return Export(table.profile.name, tuple(columns))


# ---- fields and joins


def _dimension(table: _Table, field: Field) -> Dimension:
    where = f"{table.profile.name}.{field.profile.name}"
    return Dimension(
        name=field.named.name,
        entity=table.named.name,
        words=Words(
            label=field.named.label,
            synonyms=field.named.synonyms,
            description=Text(f"来自 {where} 列。", f"The column {where}."),
        ),
        kind=field.kind,
        type=field.profile.reading.type,
        expr=field.named.name,
        values=field.values,
        index_values=field.index_values,
        sensitivity=field.sensitivity,
        unit=field.unit,
        origin=_ORIGIN,
    )


def _relationship(join: Join, joins: Sequence[Join], tables: Mapping[str, _Table]) -> Relationship:
    """Where several lead from one table to another, each is called by its columns."""
    table, to = tables[join.table], tables[join.to_table]
    several = sum((one.table, one.to_table) == (join.table, join.to_table) for one in joins) > 1
    columns = tuple(table.field(name).named.name for name in join.columns)
    name = f"{table.named.name}_{to.named.name}"
    field = table.field(join.columns[0]).named
    return Relationship(
        name=f"{name}_by_{'_'.join(columns)}" if several or join.table == join.to_table else name,
        from_entity=table.named.name,
        to_entity=to.named.name,
        from_columns=columns,
        to_columns=tuple(to.field(key).named.name for key in join.to_columns),
        label=field.label if several or join.table == join.to_table else Text("", ""),
    )


# ---- numbers and tags


def _metrics(
    tables: Mapping[str, _Table], found: DatabaseProfile, lexicon: Lexicon
) -> Iterator[tuple[Metric, str, float]]:
    """Each with the place it comes from and how sure it is."""
    people = tables[found.people]
    for table in tables.values():
        source = table.profile.name
        yield (
            count_metric(table.named, is_people=table is people, lines=_counted_in(table, found, tables)),
            source,
            0.95,
        )
        for join in _people_joins(found, source):
            column = table.field(join.columns[0])
            yield people_metric(table.named, people.named, column.named.name), source, join.confidence
            break
        if table.profile.when and table.profile.name != found.people and not _is_told_by(table, found, tables):
            time = table.field(table.profile.when)
            yield last_date_metric(table.named, time), f"{source}.{time.profile.name}", 0.7
        for field in _joined(table, lexicon) if table is people else ():
            yield joined_metric(table.named, field), f"{source}.{field.profile.name}", 0.7
        yield from _column_metrics(table, _happened(table, found, tables), lexicon)


def _column_metrics(table: _Table, event: _Table, lexicon: Lexicon) -> Iterator[tuple[Metric, str, float]]:
    """What is computed with columns; of the first amount of lines also what it comes to in one whole."""
    averaged = event is table
    for field in _offered(table):
        where = f"{table.profile.name}.{field.profile.name}"
        if field.values or field.index_values:
            yield different_metric(table.named, field), where, 0.7
        if is_measure(field):
            for metric in measure_metrics(table.named, field, lexicon):
                yield metric, where, round(field.confidence - 0.05, 2)
                if not averaged and field.unit is Unit.CURRENCY and metric.name.startswith("total_"):
                    averaged = True
                    yield average_metric(event.named, metric), where, 0.7


def _counted_in(table: _Table, found: DatabaseProfile, tables: Mapping[str, _Table]) -> tuple[str, str] | None:
    """The lines that a thing was taken out of, and their column, where all of its rows stand among them."""
    thing = found.thing(table.profile.name)
    if thing is None or not thing.complete:
        return None
    lines = tables[thing.lines]
    return lines.named.name, lines.field(thing.column).named.name


def _people_joins(found: DatabaseProfile, source: str) -> Iterator[Join]:
    """Columns that lead to people; of lines, what happened leads there."""
    if source == found.people or found.event_of(source) is not None:
        return
    for join in found.joins:
        if (join.table, join.to_table) == (source, found.people) and len(join.columns) == 1:
            yield join


def _is_told_by(table: _Table, found: DatabaseProfile, tables: Mapping[str, _Table]) -> bool:
    """Are these lines of something that has the time itself?"""
    event = _happened(table, found, tables)
    return event is not table and bool(event.profile.when)


def _happened(table: _Table, found: DatabaseProfile, tables: Mapping[str, _Table]) -> _Table:
    """What happened where a table has a row: of lines, the thing that they are the lines of."""
    event = found.event_of(table.profile.name)
    return table if event is None else tables[event.table]


def _joined(table: _Table, lexicon: Lexicon) -> tuple[Field, ...]:
    """The field that says since when somebody is a customer: none, or the first."""
    found = [f for f in _offered(table) if f.kind is DimensionKind.TIME and lexicon.says("joined_time", f.profile.name)]
    return tuple(found[:1])


def _tags(found: DatabaseProfile, tables: Mapping[str, _Table], lexicon: Lexicon, bounds: Bounds) -> Iterator[Tag]:
    """For what customers mainly do: of the timed tables that point at them and have a word for doing, the largest."""

    def done(source: str) -> _Table:
        return _happened(tables[source], found, tables)

    joins = [
        join
        for join in found.joins
        if join.to_table == found.people
        and len(join.columns) == 1
        and tables[join.table].profile.when
        and _verbs(done(join.table), lexicon)
    ]
    if not joins:
        return
    join = max(joins, key=lambda one: found.table(one.table).rows)
    table, event = tables[join.table], done(join.table)
    money = [f for f in _offered(table) if f.unit is Unit.CURRENCY and not lexicon.says("never_sum", f.profile.name)]
    counted = event.field(event.profile.key.columns[0]).profile if event is not table else None
    behaviour = Behaviour(
        label=event.named.label,
        count_metric=f"{event.named.name}_count",
        counts=bounds(join, counted, Aggregation.COUNT_DISTINCT if counted else Aggregation.COUNT),
        date_metric=f"last_{event.named.name if _is_told_by(table, found, tables) else table.named.name}_date",
        amount_metric=f"total_{table.named.name}_{money[0].named.name}" if money else "",
        amounts=bounds(join, money[0].profile, Aggregation.SUM) if money else (0.0, 0.0),
    )
    yield from obvious_tags(tables[found.people].named.name, behaviour)


def _verbs(table: _Table, lexicon: Lexicon) -> tuple[str, ...]:
    """Words for having done what the rows of a table are."""
    return lexicon.verbs.get((lexicon.nouns(table.profile.name) or ("",))[-1], ())


# ---- what belongs to the company


def _conventions(found: DatabaseProfile, tables: Mapping[str, _Table], lexicon: Lexicon, today: date) -> Conventions:
    """All time, for nobody has said which is usual; today is the latest day of the largest table of what happens."""
    timed = [table for table in tables.values() if table.profile.when and table.profile.history is None]

    def weight(table: _Table) -> tuple[bool, int]:
        return bool(_verbs(_happened(table, found, tables), lexicon)), table.profile.rows

    main = max(timed, key=weight, default=None)
    dollars = any(
        "$" in column.reading.form for table in found.tables for column in table.columns if column.reading.form
    )
    return Conventions(
        default_window="",
        as_of=None if main else today.isoformat(),
        as_of_from=f"{main.named.name}.{main.field(main.profile.when).named.name}" if main else None,
        currency="USD" if dollars else "CNY",
    )


def _samples(model: SemanticModel) -> Iterator[SampleQuestion]:
    person = next(entity for entity in model.entities if entity.name == model.customer_entity)
    said = person.words.label
    yield SampleQuestion(text=Text(f"有多少{said.zh}？", f"How many {many(said.en)} are there?"))
    own = [d for d in model.dimensions if d.entity == person.name and d.values and d.kind is not DimensionKind.TIME]
    for field in own[:2]:
        label = field.words.label
        zh, en = f"按{label.zh}看{said.zh}数", f"Number of {many(said.en)} by {label.en}"
        yield SampleQuestion(text=Text(zh, en))
    sums = [metric for metric in model.metrics if metric.name.startswith("total_")]
    for metric in sums[:2]:
        label = metric.words.label
        yield SampleQuestion(text=Text(f"{label.zh}是多少？", f"What is the {label.en}?"))


def _policy() -> Policy:
    """Personal columns are masked for everybody but the administrator; the other roles only read."""
    return Policy(
        roles=(
            RolePolicy(
                name="admin",
                see_personal=True,
                see_contact=True,
                review=True,
                manage_segments=True,
                define=True,
                manage_data=True,
                manage_people=True,
                meaning=RoleMeaning(label=Text("管理员", "administrator")),
            ),
            RolePolicy(name="analyst", meaning=RoleMeaning(label=Text("分析师", "analyst"))),
            RolePolicy(name="marketer", meaning=RoleMeaning(label=Text("营销人员", "marketer"))),
            RolePolicy(name="reader", export=False, meaning=RoleMeaning(label=Text("只读", "reader"))),
        )
    )
