"""Calendars as data owners write them: what is read, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import Issue, Text
from semantic_layer.model.grain import FiscalWeeks, Grain, OwnPeriod, TimeSpine
from semantic_layer.model.load import Loaded, read_folder
from semantic_layer.model.types import SemanticModel

SHOP = """\
name: shop
label: {zh: 小店, en: shop}
datasets:
- name: customer
  source: customers
  primary_key: [customer_key]
  label: {zh: 客户, en: customer}
  columns: {customer_key: integer}
- name: day
  source: days
  primary_key: [day]
  label: {zh: 日子, en: day of the calendar}
  columns: {day: date, season: string, trading_month: string}
metrics:
- name: customers
  label: {zh: 客户数, en: customers}
  entity: customer
  agg: count
"""
SPINE = """\
time_spines:
- table: days
  column: day
  grain: day
  periods:
  - {name: season, label: {zh: 季节, en: season}, synonyms: [时令]}
  - {name: trading_month, column: trading_month, label: {zh: 经营月, en: trading month}}
"""
FISCAL = "conventions:\n  week_start: sunday\n  fiscal_calendar: {pattern: 4-4-5, ends: last saturday of january}\n"
FESTIVAL = """\
festivals:
- name: double_11
  label: {zh: 双11, en: Double 11}
  synonyms: [光棍节]
  occurrences:
  - {from: 2025-11-01, to: 2025-11-11, day: 2025-11-11, presale: {from: 2025-10-15, to: 2025-10-31}}
  - {from: 2026-11-01, to: 2026-11-11}
"""


def read(folder: Path, calendar: str) -> Loaded:
    (folder / "calendar.yml").write_text(calendar, encoding="utf-8")
    (folder / "shop.yml").write_text(SHOP, encoding="utf-8")
    return read_folder(folder)


def model(folder: Path, calendar: str) -> SemanticModel:
    loaded = read(folder, calendar)
    assert loaded.issues == ()
    return loaded.model


def only_issue(folder: Path, calendar: str) -> Issue:
    (issue,) = read(folder, calendar).issues
    assert issue.file == "calendar.yml"
    return issue


# ---- what is read


def test_a_period_table_is_read_with_its_words(tmp_path: Path) -> None:
    season = OwnPeriod(name="season", column="season", label=Text("季节", "season"), synonyms=("时令",))
    month = OwnPeriod(name="trading_month", column="trading_month", label=Text("经营月", "trading month"))
    spine = TimeSpine(table="days", column="day", grain=Grain.DAY, periods=(season, month))
    assert model(tmp_path, SPINE).time_spines == (spine,)


@pytest.mark.parametrize(
    ("written", "weeks"),
    [
        (
            "{pattern: 4-4-5, ends: last saturday of january}",
            FiscalWeeks(pattern=(4, 4, 5), weekday=6, month=1, rule="last"),
        ),
        (
            "{pattern: 4-5-4, ends: Saturday nearest the end of January, named_by: start}",
            FiscalWeeks(pattern=(4, 5, 4), weekday=6, month=1, rule="nearest", named_by="start"),
        ),
        (
            "{pattern: 5-4-4, ends: last sat of jan, named_by: end}",
            FiscalWeeks(pattern=(5, 4, 4), weekday=6, month=1, rule="last"),
        ),
    ],
)
def test_a_fiscal_year_of_weeks_is_read(tmp_path: Path, written: str, weeks: FiscalWeeks) -> None:
    calendar = f"conventions: {{week_start: sunday, fiscal_calendar: {written}}}\n"
    assert model(tmp_path, calendar).conventions.fiscal_weeks == weeks


def test_presales_stand_beside_their_occurrence(tmp_path: Path) -> None:
    (festival,) = model(tmp_path, FESTIVAL).festivals
    assert festival.spans == (("2025-11-01", "2025-11-11"), ("2026-11-01", "2026-11-11"))
    assert festival.presales == (("2025-10-15", "2025-10-31"), None)


# ---- what each mistake is told


@pytest.mark.parametrize(
    ("before", "after", "line", "message", "remedy"),
    [
        ("column: day\n", "column: dai\n", 3, "no column 'dai'", "'day'"),
        ("{name: season, label", "{name: season, column: seasons, label", 6, "no column 'seasons'", "'season'"),
        ("grain: day", "grain: daily", 4, "'daily' is not allowed", "'day'"),
        ("name: trading_month, column", "name: season, column", 7, "'season' is already", "another name"),
        ("name: trading_month, column", "name: month, column", 7, "'month' is already", "another name"),
        ("zh: 季节", "zh: 客户数", 6, "already means the metric 'customers'", "Remove it"),
        ("synonyms: [时令]", "synonyms: [经营月]", 7, "already means the period 'season'", "Remove it"),
        ("  column: day\n", "", 2, "'column' is missing", "Add column:"),
        ("  periods:", "  perods:", 5, "'perods' is not known", "'periods'"),
    ],
)
def test_a_mistake_in_a_period_table(
    tmp_path: Path, before: str, after: str, line: int, message: str, remedy: str
) -> None:
    assert before in SPINE
    issue = only_issue(tmp_path, SPINE.replace(before, after))
    assert issue.line == line
    assert message in issue.message
    assert remedy in issue.remedy


def test_two_period_tables_of_one_grain_are_one_too_many(tmp_path: Path) -> None:
    issue = only_issue(tmp_path, SPINE + "- {table: more_days, column: day, grain: day}\n")
    assert "Two time spines have the grain 'day'" in issue.message
    assert (issue.line, issue.severity) == (8, "error")


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("{pattern: 4-4-6, ends: last saturday of january}", "'4-4-6' is not allowed", "4-4-5"),
        ("{pattern: 4-4-5, ends: the end of january}", "on which day the fiscal year ends", "last saturday of january"),
        ("{pattern: 4-4-5, ends: last saturdey of january}", "'saturdey' is no weekday", "'saturday'"),
        ("{pattern: 4-4-5, ends: last saturday of januari}", "'januari' is no month", "'january'"),
        ("{pattern: 4-4-5}", "'ends' is missing", "Add ends:"),
        ("{pattern: 4-4-5, ends: last saturday of january, named_by: middle}", "'middle' is not allowed", "start"),
        ("{pattern: 4-4-5, ends: last saturday of january, extra: 1}", "'extra' is not known", "Allowed keys"),
    ],
)
def test_a_mistake_in_a_fiscal_year(tmp_path: Path, written: str, message: str, remedy: str) -> None:
    issue = only_issue(tmp_path, f"conventions:\n  week_start: sunday\n  fiscal_calendar: {written}\n")
    assert issue.line == 3
    assert message in issue.message
    assert remedy in issue.remedy


def test_a_fiscal_year_is_made_of_months_or_of_weeks(tmp_path: Path) -> None:
    issue = only_issue(tmp_path, FISCAL + "  fiscal_year_start: 4\n")
    assert issue.line == 4
    assert "made of weeks" in issue.message


def test_weeks_that_begin_on_two_days_are_a_warning(tmp_path: Path) -> None:
    issue = only_issue(tmp_path, FISCAL.replace("sunday", "monday"))
    assert issue.severity == "warning"
    assert "Fiscal weeks begin on sunday, other weeks on monday" in issue.message


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("presale: {from: 2025-10-15", "presale: {from: 2025-11-15", 6, "2025-10-31, before it begins on 2025-11-15"),
        ("from: 2025-10-15, to: 2025-10-31", "from: 2025-11-02, to: 2025-11-05", 6, "has begun (2025-11-01)"),
        ("presale: {from: 2025-10-15", "presale: {from: 2025-10-32", 6, "'2025-10-32' is not a day"),
        ("{from: 2026-11-01, to: 2026-11-11}", "{from: 2025-11-11, to: 2025-11-12}", 7, "overlap with those from 2025"),
    ],
)
def test_a_mistake_in_a_festival(tmp_path: Path, before: str, after: str, line: int, message: str) -> None:
    assert before in FESTIVAL
    issue = only_issue(tmp_path, FESTIVAL.replace(before, after))
    assert issue.line == line
    assert message in issue.message


def test_a_word_means_one_festival(tmp_path: Path) -> None:
    other = "- name: singles\n  label: {zh: 单身节, en: Singles}\n  synonyms: [光棍节]\n"
    issue = only_issue(tmp_path, FESTIVAL + other + "  occurrences: [{from: 2025-11-11, to: 2025-11-11}]\n")
    assert "'光棍节' already means the festival 'double_11'" in issue.message
