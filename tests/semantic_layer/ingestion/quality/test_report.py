"""Reports in words, alerts of what got worse, and the calendar of the monthly check."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.quality.checking import QualityReport, RuleResult, ScorePoint, SourceQuality
from semantic_layer.ingestion.quality.report import alerts, due, over_time_text, report_rows, report_text
from semantic_layer.ingestion.quality.rules import Fresh, NotNull, Rule, Severity, Volume

AT = datetime.fromisoformat("2026-11-01T08:00")


def result(name="filled", failed=0, *, body=None, severity=Severity.WARN, lost=0.0):
    rule = Rule(
        name=name,
        body=body or NotNull(),
        fields=("phone",),
        severity=severity,
        reason=Text("手机号为空", "The phone is empty"),
        fix=Text("请补上", "Give it"),
    )
    verdict = "good" if not failed else "bad" if severity is Severity.HOLD else "warning"
    return RuleResult(rule=rule, source="crm", checked=100, failed=failed, verdict=verdict, lost=lost)


def report(score, *results, load=1):
    source = SourceQuality(source="crm", label=Text("会员系统", "members"), score=score, results=results)
    return QualityReport(load=load, at=AT, sources=(source,))


def test_the_report_says_what_fails_what_it_costs_and_what_to_do_in_either_language():
    found = report(95.6, result("a"), result("b", 3, lost=2.4), result("c", 2, severity=Severity.HOLD, lost=4.0))
    chinese, english = report_text(found, "zh"), report_text(found, "en")
    assert "会员系统：95.6 分，3 条规则中 2 条不合格" in chinese
    assert "手机号为空，3 / 100 行（3.00%）。扣 2.4 分。请补上" in chinese
    assert "members: 95.6 points; 2 of 3 rules fail" in english
    assert "The phone is empty, 3 of 100 rows (3.00%). Costs 2.4 points. Give it" in english
    assert english.index("Costs 4 points") < english.index("Costs 2.4 points")
    assert [(row.rule, row.verdict) for row in report_rows(found)] == [("c", "bad"), ("b", "warning"), ("a", "good")]


def test_nothing_got_worse_means_no_alert():
    assert alerts(report(90, result(failed=3)), report(91, result(failed=3))) == ()
    assert alerts(report(90, result(failed=3)), None) == ()


def test_a_fall_of_the_score_and_a_rule_that_newly_fails_are_alerts():
    found = alerts(report(70, result(failed=30)), report(90, result()))
    assert [(alert.severity, alert.source) for alert in found] == [(Severity.HOLD, "crm"), (Severity.WARN, "crm")]
    assert "90" in found[0].text.zh
    assert "70" in found[0].text.en
    assert "手机号为空" in found[1].text.zh


@pytest.mark.parametrize("body", [Fresh(35), Volume()])
def test_a_stale_source_and_a_halved_volume_are_alerts_each_time(body):
    failing = report(92, result(body=body, failed=1))
    assert len(alerts(failing, failing)) == len(alerts(failing, None)) == 1


def test_scores_over_time_are_one_line_a_source():
    points = [
        ScorePoint(load=1, source="crm", score=76.0, at=AT),
        ScorePoint(load=2, source="crm", score=90.5, at=AT),
        ScorePoint(load=2, source="pos", score=100.0, at=AT),
    ]
    assert over_time_text(points, "en").splitlines() == [
        "crm: 76 (2026-11-01) → 90.5 (2026-11-01)",
        "pos: 100 (2026-11-01)",
    ]
    assert over_time_text([], "zh") == "还没有检查过数据质量。"


@pytest.mark.parametrize(
    ("last", "now", "day", "expected"),
    [
        (None, "2026-11-01", 5, True),
        ("2026-10-05", "2026-11-04", 5, False),
        ("2026-10-05", "2026-11-05", 5, True),
        ("2026-11-05", "2026-11-05", 5, False),
        ("2026-11-05", "2026-12-04", 5, False),
        ("2026-11-02", "2026-11-06", 5, True),
        ("2026-08-05", "2026-11-01", 5, True),
        ("2026-01-31", "2026-02-27", 31, False),
        ("2026-01-31", "2026-02-28", 31, True),
        ("2026-02-28", "2026-03-30", 31, False),
        ("2026-02-28", "2026-03-31", 31, True),
        ("2025-12-05", "2026-01-03", 5, False),
        ("2025-12-04", "2026-01-03", 5, True),
    ],
)
def test_the_monthly_check_is_due_on_its_day_or_as_soon_after_as_somebody_asks(last, now, day, expected):
    assert due(last and date.fromisoformat(last), datetime.fromisoformat(f"{now}T09:00"), day) is expected
