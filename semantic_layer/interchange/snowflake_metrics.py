"""Metrics of Snowflake's semantic models: those of a table, those over several, and the older measures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from sqlglot import exp

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import NotCarriedError, TableDraft, place_text
from semantic_layer.interchange.foreign_aggregates import Computed, is_simple
from semantic_layer.interchange.foreign_metrics import ForeignMetrics, MetricDraft
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.names import plain_name
from semantic_layer.interchange.snowflake_values import DIALECT, words_of
from semantic_layer.interchange.unread import says_nothing, tell, tell_unread
from semantic_layer.model.section import Section
from semantic_layer.model.types import Metric, MetricBody, NonAdditive, Simple, Words

_AGGREGATIONS: Final = {
    "sum": "SUM({})",
    "avg": "AVG({})",
    "average": "AVG({})",
    "min": "MIN({})",
    "max": "MAX({})",
    "median": "MEDIAN({})",
    "count": "COUNT({})",
    "count_distinct": "COUNT(DISTINCT {})",
}
_USING: Final = Text(
    "它指定了走哪条关联；这里的指标不指定，有多条路时会反问。",
    "It names the relationships to go by; metrics here name none, and several ways are asked about.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    section: Section
    table: TableDraft | None
    given: str
    name: str
    sql: str
    words: Words
    is_hidden: bool
    balance: tuple[Section, ...]

    @property
    def own(self) -> str:
        return self.table.own_name if self.table else ""


@dataclass(slots=True)
class SnowflakeMetrics:
    """Collects the metrics of all tables before any is built, because they may be made of each other."""

    tables: dict[str, TableDraft]
    losses: list[Loss]
    _found: list[_Found] = field(default_factory=list)

    def is_aggregated(self, section: Section) -> bool:
        """Whether an older measure says how it is aggregated; otherwise it is a value of one row."""
        section.has("default_aggregation")
        node = section.node.entries.get("default_aggregation")
        if node is not None and not says_nothing(node):
            return True
        try:
            tree = ForeignSql(self.tables).parse(section.text_of("expr"), DIALECT)
        except NotCarriedError:
            return False
        return bool(list(tree.find_all(exp.AggFunc)))

    def declare(self, section: Section, table: TableDraft | None) -> None:
        given = section.text_of("name", required=True)
        name = plain_name(section, given, self.losses)
        sql = self._aggregated(section)
        words = words_of(section, given)
        balance = (*section.sections("non_additive_dimensions"), *section.sections("non_additive_by", lone="dimension"))
        modifier = section.word_of("access_modifier", ("public_access", "private_access"), default="public_access")
        if section.has("using_relationships") and not says_nothing(section.node.entries["using_relationships"]):
            tell(section, "using_relationships", self.losses, _USING)
        section.has("data_type")  # of the result, which follows from the aggregation
        tell_unread(section, self.losses)
        if name is not None:
            found = _Found(
                section=section,
                table=table,
                given=given,
                name=name,
                sql=sql,
                words=words,
                is_hidden=modifier == "private_access",
                balance=balance,
            )
            self._found.append(found)

    def _aggregated(self, section: Section) -> str:
        """The expression, inside of the aggregation that an older measure has beside it."""
        sql = section.text_of("expr", required=True)
        if not section.has("default_aggregation"):
            return sql
        given = section.text_of("default_aggregation").lower()
        if not given:
            return sql
        try:
            if list(ForeignSql(self.tables).parse(sql, DIALECT).find_all(exp.AggFunc)):
                return sql  # it aggregates itself
        except NotCarriedError:
            return sql  # told when it is built
        allowed = tuple(_AGGREGATIONS)
        chosen = given if given in allowed else section.word_of("default_aggregation", allowed, default="sum")
        return _AGGREGATIONS[chosen].format(sql)

    def build(self) -> tuple[Metric, ...]:
        """Names of metrics are ours only where one table alone has them; others get the table in front."""
        metrics = ForeignMetrics()
        sql = ForeignSql(self.tables)
        counts = Counter(one.name.casefold() for one in self._found)
        seen: set[tuple[str, str]] = set()
        for one in self._found:
            if (one.own, one.given.casefold()) in seen:
                one.section.report(
                    "name", f"The metric {one.given!r} is defined twice.", "Rename or remove one of the two."
                )
                continue
            seen.add((one.own, one.given.casefold()))
            if one.table is not None and self.tables.get(one.own.casefold()) is not one.table:
                why = Text("它的表没有导入。", "Its table was not carried over.")
                self.losses.append(Loss(place_text(one.section.place), f"{one.own}.{one.given}", why))
                continue
            is_shared = counts[one.name.casefold()] > 1 and one.table is not None
            name = f"{one.table.name}_{one.name}" if is_shared and one.table else one.name
            words = one.words if name == one.name else replace(one.words, label=Text(name, name))
            metrics.declare(self._draft(metrics, sql, one, name, words))
        return metrics.build(self.losses)

    def _draft(self, metrics: ForeignMetrics, sql: ForeignSql, one: _Found, name: str, words: Words) -> MetricDraft:
        def body() -> MetricBody:
            found = Computed(metrics, sql, one.table).body(sql.parse(one.sql, DIALECT))
            return self._balanced(found, one) if one.balance else found

        return MetricDraft(
            name=name,
            own_name=one.given,
            table=one.own,
            place=one.section.place,
            words=words,
            body=body,
            is_simple=is_simple(sql, one.sql, DIALECT) and not one.balance,
            is_hidden=one.is_hidden,
        )

    def _balanced(self, body: MetricBody, one: _Found) -> MetricBody:
        """A balance: rows in the order of a time, of which those of its last moment are counted, or of its first."""
        if not isinstance(body, Simple) or len(one.balance) != 1:
            raise NotCarriedError(
                Text(
                    "半可加只支持单个聚合、按一个时间字段。",
                    "A balance here is one aggregation over one time field.",
                )
            )
        (section,) = one.balance
        table = section.text_of("table")
        given = section.text_of("dimension", required=True)
        if "." in given:
            table, _, given = given.rpartition(".")
        direction = section.word_of("sort_direction", ("ascending", "descending"), default="ascending")
        measure = body.measures[0]
        entity = self.tables.get((table or measure.entity).casefold())
        draft = entity.fields.get(given.casefold()) if entity else None
        if entity is None or entity.name != measure.entity or draft is None:
            raise NotCarriedError(
                Text(
                    f"半可加的时间字段「{given}」不在「{measure.entity}」里。",
                    f"The time field of the balance, {given!r}, is not one of {measure.entity!r}.",
                )
            )
        choice: Literal["first", "last"] = "last" if direction == "ascending" else "first"
        return Simple(measures=(replace(measure, non_additive=NonAdditive(dimension=draft.name, choice=choice)),))
