"""The `metricflow` package over its own definitions. Only its planner and printer are used: SQL is run by the benchmark."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest, OutputColumnOrderMode
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.parsing.dir_to_model import parse_directory_of_yaml_files_to_semantic_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from benchmarks.peers.asked import Asked
from semantic_layer.query.time import Span

PACKAGE = "metricflow"


class _Printer:
    """The part of a client of metricflow that planning needs: which SQL to print."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class MetricFlow:
    def __init__(self, definitions: Path) -> None:
        built = parse_directory_of_yaml_files_to_semantic_manifest(
            str(definitions), template_mapping={"source_schema": "main"}
        )
        self._engine = MetricFlowEngine(SemanticManifestLookup(built.semantic_manifest), _Printer())

    def refuses(self, asked: Asked) -> str:
        """Why a question cannot be asked; all can."""
        return ""

    def sql(self, asked: Asked) -> str:
        span = asked.ours.time if isinstance(asked.ours.time, Span) else Span(None, None)
        request = MetricFlowQueryRequest.create(
            metric_names=asked.ours.metrics,
            group_by_names=asked.by,
            where_constraints=[asked.where] if asked.where else None,
            time_constraint_start=datetime.combine(span.start, time.min) if span.start else None,
            time_constraint_end=datetime.combine(span.end, time.min) if span.end else None,
            output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
        )
        return self._engine.explain(request).sql_statement.without_descriptions.sql

    def columns(self, asked: Asked) -> tuple[str, ...]:
        """What its result calls the columns of ours, in our order."""
        return (*asked.by, *asked.ours.metrics)
