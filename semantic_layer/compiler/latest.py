"""The last day of a time dimension: what "today" means for a data set that does not say."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.people import PersonSteps
from semantic_layer.compiler.rows import Rows, Scope
from semantic_layer.model.lookup import ModelIndex


def compile_latest_day(index: ModelIndex, field: str) -> exp.Select:
    """SELECT the latest value of the time dimension `field`, as a date."""
    model = index.model
    unused = date.max  # no definition of a plain time dimension depends on the day
    context = CompileContext(index=index, calendar=CompanyCalendar(model.conventions, model.festivals, unused))
    rows = Rows(Scope.begin(context, PersonSteps()), index.field(field).entity)
    day = exp.Cast(this=exp.Max(this=rows.field(field)), to=exp.DataType(this=exp.DataType.Type.DATE))
    return rows.select(exp.alias_(day, "latest", copy=False))
