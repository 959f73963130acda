"""Our layer over MetricFlow's definitions, imported by `read_dbt`: from a question to SQL that the user may run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.peers.asked import Asked
from benchmarks.peers.tables import columns
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.query import compile_query
from semantic_layer.interchange.dbt import read_dbt
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, RolePolicy, User

TODAY = date(2020, 12, 31)
READER = User(name="reader", roles=("reader",))
POLICY = Policy(roles=(RolePolicy(name="reader"),))


class Ours:
    def __init__(self, definitions: Path, material: Path) -> None:
        model = read_dbt(definitions, columns=columns(material), as_of=TODAY.isoformat()).model
        calendar = CompanyCalendar(model.conventions, model.festivals, TODAY)
        self._context = CompileContext(index=ModelIndex(model), calendar=calendar)
        self._catalog = Catalog.from_model(model)

    def sql(self, asked: Asked) -> str:
        """With the rights of the user worked in, which the other layers do not have."""
        compiled = compile_query(asked.ours, self._context)
        return authorise(
            compiled.tree, READER, self._catalog, POLICY, uses=compiled.computed, listed=compiled.listed
        ).text
