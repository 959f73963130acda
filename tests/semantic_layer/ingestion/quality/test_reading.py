"""`quality.yml` adds rules, changes and switches off default ones; each fault names its line and a remedy."""

from __future__ import annotations

import pytest

from semantic_layer.errors import DefinitionError, Text
from semantic_layer.ingestion.quality.reading import RULES_FILE, read_rules
from semantic_layer.ingestion.quality.rules import Agreement, FakeFrequency, Range, Severity
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.reading import read_standard

STANDARD = read_standard(None)
CRM = SourceSpec(
    name="crm",
    label=Text("会员", "members"),
    kind=SourceKind.CSV,
    address="",
    key=("号",),
    columns=(ColumnMapping(column="号", field="member_no"), ColumnMapping(column="手机", field="phone")),
)


def rules_of(folder, text):
    (folder / RULES_FILE).write_text(text, encoding="utf-8")
    return {rule.name: rule for rule in read_rules(folder, STANDARD, [CRM])}


def test_without_a_file_the_default_rules_hold(tmp_path):
    assert read_rules(None, STANDARD, [CRM]) == read_rules(tmp_path, STANDARD, [CRM]) != ()


def test_rules_are_added_changed_and_switched_off(tmp_path):
    found = rules_of(
        tmp_path,
        """\
rules:
- name: points_possible
  kind: range
  field: points
  low: 0
  high: 1000000
  severity: hold
  reason: {zh: 积分超出范围, en: points out of range}
  fix: {zh: 请核实, en: check it}
- name: phone_fake_frequency
  severity: hold
  allowed: 0.01
- name: shared
  kind: agreement
  field: birthday
  with: crm
  by: member_no
off: [phone_fake_pattern]
""",
    )
    assert found["points_possible"].body == Range("0", "1000000")
    assert found["points_possible"].severity is Severity.HOLD
    assert found["points_possible"].reason == Text("积分超出范围", "points out of range")
    assert found["phone_fake_frequency"].body == FakeFrequency()
    assert (found["phone_fake_frequency"].severity, found["phone_fake_frequency"].allowed) == (Severity.HOLD, 0.01)
    assert found["phone_fake_frequency"].reason.zh
    assert found["shared"].body == Agreement("crm", "member_no")
    assert "phone_fake_pattern" not in found


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("rules:\n- name: a\n  kind: uniqe\n  field: phone\n", 3, "'unique'"),
        ("rules:\n- name: a\n  kind: unique\n  field: phnoe\n", 4, "'phone'"),
        ("rules:\n- name: a\n  kind: unique\n", 2, "field"),
        ("rules:\n- name: a\n  kind: format\n  field: phone\n  pattern: '(['\n", 5, "backslash"),
        ("rules:\n- name: a\n  kind: fake_pattern\n  field: phone\n  patterns: ['[']\n", 5, "backslash"),
        ("rules:\n- name: a\n  kind: range\n  field: points\n", 2, "low:"),
        ("rules:\n- name: a\n  kind: range\n  field: points\n  low: few\n", 5, "a number"),
        ("rules:\n- name: a\n  kind: range\n  field: birthday\n  high: soon\n", 5, "now"),
        ("rules:\n- name: a\n  kind: range\n  field: phone\n  low: 1\n", 5, "format"),
        ("rules:\n- name: a\n  kind: volume\n  source: crn\n", 4, "'crm'"),
        ("rules:\n- name: a\n  kind: agreement\n  field: phone\n  with: crn\n  by: member_no\n", 5, "'crm'"),
        ("rules:\n- name: a\n  kind: agreement\n  field: phone\n  with: crm\n  by: membr_no\n", 6, "'member_no'"),
        ("rules:\n- name: a\n  kind: unique\n  field: phone\n  severity: stop\n", 5, "warn"),
        ("rules:\n- name: a\n  kind: volume\n- name: a\n  kind: volume\n", 4, "one of the two"),
        ("off: [phone_fake_patern]\n", 1, "'phone_fake_pattern'"),
        ("rule: []\n", 1, "'rules'"),
    ],
)
def test_a_fault_names_file_line_and_remedy(tmp_path, text, line, remedy):
    with pytest.raises(DefinitionError) as caught:
        rules_of(tmp_path, text)
    found = [issue for issue in caught.value.issues if issue.line == line]
    assert found, caught.value.issues
    assert found[0].file == RULES_FILE
    assert any(remedy in issue.remedy for issue in found), found
