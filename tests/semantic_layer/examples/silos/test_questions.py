"""Questions over the company of raw systems are answered right in both languages, and figures are those of the raw files."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from assistant.answer import Answer
from assistant.bootstrap import open_assistant
from assistant.core import Assistant
from assistant.evaluation.cases import read_cases
from assistant.evaluation.runner import Verdict, run_cases
from assistant.settings import Settings
from semantic_layer.examples.silos.prepare import COMPANY
from tests.semantic_layer.examples.silos.conftest import Silos, one
from tests.semantic_layer.examples.silos.test_loaded import VALID_LINES, VALID_TILLS

pytestmark = pytest.mark.slow
CASES = COMPANY / "cases"
Opens = Callable[[str], Assistant]


@pytest.fixture(scope="module")
def opened(silos: Silos, tmp_path_factory: pytest.TempPathFactory) -> Opens:
    """Opens the published tables for somebody with a role."""
    place = tmp_path_factory.mktemp("asked")
    data = place / "silos" / "data"
    data.mkdir(parents=True)
    (place / "silos" / "model").symlink_to(silos.folder / "model")
    tables = "SELECT table_name FROM duckdb_tables() WHERE NOT regexp_matches(table_name, '^(customer_tag|tag_)')"
    for (table,) in silos.published.execute(tables).fetchall():
        silos.published.execute(f"COPY (FROM {table}) TO '{data / table}.parquet'")

    def opens(role: str) -> Assistant:
        state = f"sqlite:///{place / 'state.sqlite'}"
        return open_assistant(
            Settings(data=str(data.parent), home=place / "home", state_url=state, user="ana", role=role)
        )

    return opens


@pytest.fixture(scope="module")
def assistant(opened: Opens) -> Assistant:
    return opened("admin")


def test_all_questions_are_answered_right(assistant: Assistant) -> None:
    numbers = itertools.count()
    outcomes = list(run_cases(assistant, read_cases(CASES), new_id=lambda: f"talk {next(numbers)}"))
    assert [(o.case.id, o.case.language, o.reason) for o in outcomes if o.verdict is not Verdict.RIGHT] == []


def figure(assistant: Assistant, question: str) -> float:
    """The one number that was asked for, whatever it is compared with."""
    reply = assistant.ask(question)
    assert isinstance(reply, Answer), question
    assert reply.table is not None
    at = [column.role for column in reply.table.columns].index("metric")
    return float(str(reply.table.rows[0][at]))


@pytest.mark.parametrize("question", ["2026年9月的线上销售额", "Online sales in September 2026"])
def test_a_month_of_online_sales_is_that_of_the_raw_files(silos: Silos, assistant: Assistant, question: str) -> None:
    wanted = one(
        silos.raw, f"SELECT sum(net) FROM ({VALID_LINES}) WHERE date_trunc('month', created_at) = '2026-09-01'"
    )
    assert figure(assistant, question) == pytest.approx(float(str(wanted)))


@pytest.mark.parametrize("question", ["2026年9月的销售额", "Sales in September 2026"])
def test_sales_are_both_together(silos: Silos, assistant: Assistant, question: str) -> None:
    online = one(
        silos.raw, f"SELECT sum(net) FROM ({VALID_LINES}) WHERE date_trunc('month', created_at) = '2026-09-01'"
    )
    store = one(silos.raw, f"SELECT sum(net) FROM ({VALID_TILLS}) WHERE date_trunc('month', sold) = '2026-09-01'")
    assert figure(assistant, question) == pytest.approx(float(str(online)) + float(str(store)))


@pytest.mark.parametrize("question", ["2026年的投诉量", "Complaints in 2026"])
def test_complaints_are_those_of_the_desk(silos: Silos, assistant: Assistant, question: str) -> None:
    wanted = one(
        silos.raw,
        """SELECT count(DISTINCT "工单号") FROM desk WHERE "类型" = '投诉' AND "提交时间" BETWEEN '2026-01-01' AND '2026-11-01'""",
    )
    assert figure(assistant, question) == wanted


@pytest.mark.parametrize("question", ["2026年9月的APP行为次数", "Number of app events in September 2026"])
def test_days_of_the_app_are_those_of_the_company(silos: Silos, assistant: Assistant, question: str) -> None:
    wanted = one(
        silos.raw,
        "SELECT count(DISTINCT id) FROM app WHERE date_trunc('month', app.at + INTERVAL 8 HOUR) = '2026-09-01'",
    )
    assert figure(assistant, question) == wanted


def test_a_region_manager_sees_the_customers_of_the_region(silos: Silos, opened: Opens) -> None:
    east = one(silos.published, "SELECT count(*) FROM customers JOIN cities USING (city) WHERE region = '华东'")
    everybody = one(silos.published, "SELECT count(*) FROM customers")
    found = figure(opened("region_east"), "客户数")
    assert found == east
    assert found != everybody
