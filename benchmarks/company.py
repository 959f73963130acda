"""Made-up companies of any size: definitions as YAML, and empty tables for them.

A company has kinds of events (orders, visits, …: one to every 25 metrics) that belong to customers, products and shops,
which lead on to cities, brands and towns. Each kind of event has a dimension table of its own besides.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from semantic_layer.model.types import SemanticModel

METRICS_PER_EVENT = 25
AMOUNTS, CATEGORIES, VALUES = 6, 6, 8
KINDS = ("count", "sum", "ratio", "cumulative", "conversion", "derived", "people", "average", "filtered", "largest")
"""The kinds of metrics of an event, in turn: two in five are made of others."""
LEADS_TO = {
    "customer": "city",
    "city": "region",
    "product": "brand",
    "shop": "town",
    "brand": "",
    "region": "",
    "town": "",
}
TYPES = {"integer": "BIGINT", "decimal": "DECIMAL(18,2)", "string": "VARCHAR", "timestamp": "TIMESTAMP"}

Definition = dict[str, object]


def write_definitions(folder: Path, metrics: int) -> int:
    """Writes the definitions of a company with so many metrics; the number of lines."""
    text = yaml.safe_dump(definitions(metrics), allow_unicode=True, sort_keys=False)
    (folder / "model.yml").write_text(text, encoding="utf-8")
    return text.count("\n")


def definitions(metrics: int) -> Definition:
    events = max(2, metrics // METRICS_PER_EVENT)
    return {
        "name": "company",
        "label": _label("公司", "company"),
        "customer_entity": "customer",
        "conventions": {"as_of": "2026-10-31"},
        "datasets": [
            *(_place(name, onward) for name, onward in LEADS_TO.items()),
            *(one for number in range(events) for one in (_event(number), _place(f"kind_{number}", ""))),
        ],
        "relationships": [
            *(_points(name, onward) for name, onward in LEADS_TO.items() if onward),
            *(
                _points(f"event_{number}", target)
                for number in range(events)
                for target in ("customer", "product", "shop", f"kind_{number}")
            ),
        ],
        "metrics": [_metric(number % events, number // events, events) for number in range(metrics)],
    }


def create_tables(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> None:
    """Empty tables: enough for the engine to check every statement."""
    for entity in model.entities:
        columns = ", ".join(f"{column.name} {TYPES[column.type]}" for column in entity.columns)
        connection.execute(f"CREATE TABLE {entity.table} ({columns})")


def _label(zh: str, en: str) -> Definition:
    return {"zh": zh, "en": en}


def _category(entity: str, number: int) -> Definition:
    values = [{"value": f"{entity}{number}值{at}", "en": f"{entity} {number} value {at}"} for at in range(VALUES)]
    return {
        "name": f"category_{number}",
        "label": _label(f"{entity}类别{number}", f"{entity} category {number}"),
        "synonyms": [f"{entity}分类{number}", f"{entity} class {number}"],
        "values": values,
    }


def _place(name: str, onward: str) -> Definition:
    """Something that rows point at: a customer, a shop, a town."""
    columns = {f"{name}_id": "integer", "size": "integer"} | {f"category_{at}": "string" for at in range(CATEGORIES)}
    return {
        "name": name,
        "source": f"{name}_table",
        "primary_key": [f"{name}_id"],
        "label": _label(f"{name}表", f"{name} thing"),
        "columns": columns | ({f"{onward}_id": "integer"} if onward else {}),
        "fields": [
            *(_category(name, at) for at in range(CATEGORIES)),
            {"name": "size", "label": _label(f"{name}大小", f"{name} size"), "unit": "count"},
        ],
    }


def _event(number: int) -> Definition:
    name = f"event_{number}"
    keys = (name, "customer", "product", "shop", f"kind_{number}")
    return {
        "name": name,
        "source": f"{name}_table",
        "primary_key": [f"{name}_id"],
        "label": _label(f"事件{number}", f"event {number}"),
        "time": "happened_at",
        "columns": {f"{key}_id": "integer" for key in keys}
        | {"happened_at": "timestamp"}
        | {f"amount_{at}": "decimal" for at in range(AMOUNTS)}
        | {f"category_{at}": "string" for at in range(CATEGORIES)},
        "fields": [
            {"name": "happened_at", "label": _label(f"事件{number}时间", f"time of event {number}"), "kind": "time"},
            *(_category(name, at) for at in range(CATEGORIES)),
        ],
    }


def _points(source: str, target: str) -> Definition:
    key = [f"{target}_id"]
    return {"from": source, "to": target, "from_columns": key, "to_columns": key}


def _metric(event: int, number: int, events: int) -> Definition:
    """The metric with this number of an event; `number` 0 counts its rows and 1 sums an amount."""
    kind = KINDS[number % len(KINDS)]
    entity, amount = f"event_{event}", f"amount_{number % AMOUNTS}"
    made_of = {"count": f"m_{event}_0", "sum": f"m_{event}_1", "next": f"m_{(event + 1) % events}_0"}
    bodies: dict[str, Definition] = {
        "count": {"entity": entity, "agg": "count"},
        "sum": {"entity": entity, "agg": "sum", "expr": amount, "unit": "currency"},
        "average": {"entity": entity, "agg": "average", "expr": amount, "unit": "currency"},
        "largest": {"entity": entity, "agg": "max", "expr": amount, "unit": "currency"},
        "people": {"entity": entity, "agg": "count_distinct", "expr": "customer_id", "counts": "customer"},
        "filtered": {"entity": entity, "agg": "sum", "expr": amount, "where": f"category_{number % CATEGORIES} = '值'"},
        "ratio": {"type": "ratio", "numerator": made_of["sum"], "denominator": made_of["count"]},
        "derived": {
            "type": "derived",
            "expr": f"({made_of['sum']} - {made_of['next']}) / {made_of['count']}",
            "inputs": list(made_of.values()),
        },
        "cumulative": {"type": "cumulative", "input": made_of["sum"], "grain_to_date": "year"},
        "conversion": {
            "type": "conversion",
            "entity": "customer",
            "base": made_of["count"],
            "target": made_of["next"],
            "window": "7 days",
            "unit": "percent",
        },
    }
    words = {
        "name": f"m_{event}_{number}",
        "label": _label(f"指标{event}之{number}", f"metric {number} of event {event}"),
        "synonyms": [f"{kind} {number} of event {event}"],
        "description": _label(f"事件{event}的第{number}个指标。", f"The metric {number} of event {event}."),
    }
    return words | bodies[kind]
