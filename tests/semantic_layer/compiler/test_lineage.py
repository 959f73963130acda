"""From every column of a result back to definitions, stored columns and tables, over the tiny company."""

from __future__ import annotations

from semantic_layer.compiler.lineage import ColumnLineage, lineage
from semantic_layer.compiler.query import compile_query
from semantic_layer.model.types import Cumulative, Metric, Unit
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Comparison, Grain
from semantic_layer.query.types import ByField, ByTime, Query
from tests.semantic_layer.compiler import tiny


def of(query: Query, *more: Metric) -> dict[str, ColumnLineage]:
    context = tiny.context(model=tiny.replace(tiny.MODEL, metrics=(*tiny.METRICS, *more)))
    return {one.column: one for one in lineage(compile_query(query, context), context.index)}


def test_a_ratio_goes_back_to_its_parts_and_their_columns() -> None:
    found = of(Query(metrics=("basket",), by=(ByField("town.region"),), where=Compare("purchase.channel", "=", "web")))
    assert found["basket"].definitions == ("basket", "sales", "purchases")
    assert set(found["basket"].sources) == {("purchases", "amount"), ("purchases", "*")}
    assert set(found["basket"].filters) == {("purchases", "bought_at"), ("purchases", "channel")}
    assert found["region"].definitions == ("town.region",)
    assert found["region"].sources == (("towns", "region"),)


def test_counted_people_go_back_to_their_key() -> None:
    found = of(Query(metrics=("repurchase_rate",)))
    assert found["repurchase_rate"].definitions == ("repurchase_rate", "repeat_buyers", "buyers", "purchases")
    assert ("purchases", "member_id") in found["repurchase_rate"].sources


def test_every_column_has_a_source_also_changes_and_shares() -> None:
    query = Query(metrics=("sales",), by=(ByField("good.kind"),), compare_to=(Comparison.YEAR_BEFORE,), share=True)
    found = of(query)
    assert set(found) == {"kind", "sales", "sales__prev", "sales__change", "sales__change_rate", "sales__share"}
    for name, one in found.items():
        wanted = ("goods", "kind") if name == "kind" else ("purchase_lines", "amount")
        assert one.sources == (wanted,), name


def test_a_running_total_is_traced_through_its_days() -> None:
    metric = Metric(name="ever", words=tiny.words("ever"), body=Cumulative(input="sales"), unit=Unit.CURRENCY)
    found = of(Query(metrics=("ever",), by=(ByTime(Grain.MONTH),)), metric)
    assert found["ever"].definitions == ("ever", "sales")
    assert found["ever"].sources == (("purchases", "amount"),)
    assert found["ever"].tables == ("purchases",)
