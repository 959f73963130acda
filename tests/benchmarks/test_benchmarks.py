"""The benchmarks run, and what they time is right: small sizes and few questions, so that this stays quick."""

from __future__ import annotations

import duckdb
import pytest

from benchmarks import compile as compiling
from benchmarks.__main__ import lines
from benchmarks.company import definitions, write_definitions
from benchmarks.peers import tables
from benchmarks.peers.asked import SHARED, Boring
from benchmarks.peers.ours import Ours
from benchmarks.questions import questions
from benchmarks.timing import paired
from semantic_layer.definitions import load_definitions
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Conversion, Cumulative, Derived, Ratio, Simple
from tests.conformance.material import folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    place = tmp_path_factory.mktemp("company")
    write_definitions(place, 60)
    return load_definitions(place)[0]


def test_a_company_has_as_many_metrics_as_asked_for_and_all_kinds(model):
    assert len(model.metrics) == 60
    assert {type(metric.body) for metric in model.metrics} == {Simple, Ratio, Derived, Cumulative, Conversion}


def test_events_grow_with_the_metrics():
    assert [sum("time" in one for one in definitions(count)["datasets"]) for count in (10, 100, 1000)] == [2, 4, 40]


def test_questions_are_the_same_in_every_run(model):
    index = ModelIndex(model)
    assert list(questions(index, 20, seed=1)) == list(questions(index, 20, seed=1))
    assert list(questions(index, 20, seed=1)) != list(questions(index, 20, seed=2))


def test_every_question_to_a_company_is_prepared_by_the_engine():
    found = compiling.measure((20,), asked=12)["20 metrics"]
    assert found["compile, ms"]["p50"] > 0
    assert found["compile and authorise, ms"]["p50"] > found["compile, ms"]["p50"]


def test_pairs_are_timed_in_turn():
    order = []
    paired(lambda: order.append("ours"), lambda: order.append("theirs"), rounds=2, clock=lambda work: work() or 1.0)
    assert order == ["ours", "theirs", "ours", "theirs", "theirs", "ours"]


def test_figures_that_belong_together_stand_in_one_line():
    found = {"speed": {"small": {"p50": 1.5, "p95": 2}, "note": "none"}, "count": 3}
    assert list(lines(found)) == [
        (("speed", "small"), "p50 1.5, p95 2"),
        (("speed", "note"), "none"),
        (("count",), 3),
    ]


def test_twenty_questions_are_shared_and_each_is_asked_of_the_third_layer_or_says_why_not():
    assert len({asked.name for asked in SHARED}) == len(SHARED) == 20
    assert all(isinstance(asked.boring, Boring) or asked.boring for asked in SHARED)


@pytest.mark.conformance
@pytest.mark.skipif(folder("metricflow") is None, reason="MetricFlow's test tables do not lie beside the project")
def test_our_answers_to_the_shared_questions_grow_with_the_tables_as_they_must(tmp_path):
    """Rows of the facts three times over: sums triple; people, ratios and shares stay."""
    material = folder("metricflow")
    ours = Ours(material / "semantic_manifests/simple_manifest", material)
    answers = []
    for times in (1, 3):
        path = tmp_path / f"times_{times}.duckdb"
        tables.write(material, path, dict.fromkeys(tables.TIMES_OVER, times))
        with duckdb.connect(str(path), read_only=True) as connection:
            answers.append({asked.name: connection.execute(ours.sql(asked)).fetchall() for asked in SHARED})
    once, thrice = answers
    assert once["total"] == [(287,)]
    for name in ("total", "by a joined field", "by month and a joined field", "filter on a field of its own"):
        assert sorted(row[-1] * 3 for row in once[name]) == sorted(row[-1] for row in thrice[name])
    for name in ("people by day", "derived", "conversion", "ratio over two tables"):
        assert [row[-1] for row in once[name]] == pytest.approx([row[-1] for row in thrice[name]], nan_ok=True)
