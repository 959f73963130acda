from __future__ import annotations

from datetime import date

import pytest

from semantic_layer.model.source import LeafNode, ListNode, MapNode, parse_yaml

TEXT = """\
# a comment
name: shop
days: [2026-06-18,
  2026-02-31]
inner:
  flag: true
"""


def test_every_value_knows_its_line() -> None:
    root = parse_yaml(TEXT, "a.yml").root
    assert root is not None
    assert [(key, place.line) for key, place in root.keys.items()] == [("name", 2), ("days", 3), ("inner", 5)]
    days = root.entries["days"]
    assert isinstance(days, ListNode)
    assert [item.place.line for item in days.items] == [3, 4]
    inner = root.entries["inner"]
    assert isinstance(inner, MapNode)
    assert inner.keys["flag"].line == 6


def test_a_day_that_is_none_stays_a_text() -> None:
    root = parse_yaml(TEXT, "a.yml").root
    assert root is not None
    days = root.entries["days"]
    assert isinstance(days, ListNode)
    assert [item.value for item in days.items if isinstance(item, LeafNode)] == [date(2026, 6, 18), "2026-02-31"]


def test_text_that_is_no_unicode_is_an_issue() -> None:
    parsed = parse_yaml("name: \x00", "a.yml")
    assert parsed.root is None
    assert parsed.issues[0].file == "a.yml"


def test_anchors_are_followed() -> None:
    root = parse_yaml("a: &x {k: 1}\nb: *x\n", "a.yml").root
    assert root is not None
    second = root.entries["b"]
    assert isinstance(second, MapNode)
    assert isinstance(second.entries["k"], LeafNode)


def test_an_anchor_that_holds_itself_is_an_issue() -> None:
    parsed = parse_yaml("a: &x\n- 1\n- *x\n", "a.yml")
    assert ["holds itself" in issue.message for issue in parsed.issues] == [True]


def test_an_anchor_keeps_its_place() -> None:
    root = parse_yaml("a: &x\n  k: 1\nb: *x\n", "a.yml").root
    assert root is not None
    second = root.entries["b"]
    assert isinstance(second, MapNode)
    assert (root.keys["b"].line, second.keys["k"].line) == (3, 2)


def test_keys_are_not_merged() -> None:
    parsed = parse_yaml("a: &x {k: 1}\nb:\n  <<: *x\n  c: 2\n", "a.yml")
    (issue,) = parsed.issues
    assert (issue.file, issue.line, issue.key) == ("a.yml", 3, "b.<<")
    assert issue.message == "Keys are not merged here."
    assert issue.remedy == "Write the keys of the anchor out."


def test_a_key_that_stands_twice_is_an_issue_at_its_second_place() -> None:
    parsed = parse_yaml("a:\n  k: 1\n  l: 2\n  k: 3\n", "a.yml")
    (issue,) = parsed.issues
    assert (issue.file, issue.line, issue.key) == ("a.yml", 4, "a.k")
    assert issue.message == "The key 'k' stands twice; it was first given on line 2."
    assert issue.remedy == "Keep one of the two."


def test_anchors_that_multiply_each_other_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]  # a thousand million values
    parsed = parse_yaml("\n".join(lines), "a.yml")
    (issue,) = parsed.issues
    assert issue.file == "a.yml"
    assert issue.line > 0
    assert "100,000" in issue.message
    assert issue.remedy == "Write values out instead of anchors."


@pytest.mark.parametrize(
    "text", ["a: " + "[" * 200_000, "a:\n  " + "- " * 200_000 + "x", "a: " + "{a: " * 200 + "1" + "}" * 200]
)
def test_values_nested_without_end_are_an_issue(text: str) -> None:
    (issue,) = parse_yaml(text, "a.yml").issues
    assert issue.message == "Values are nested more than 100 deep."
    assert issue.remedy == "Look for brackets that are never closed."


def test_python_objects_are_never_made() -> None:
    parsed = parse_yaml("a: !!python/object/apply:os.system ['true']\nb: !!python/name:os.system ''\n", "a.yml")
    assert parsed.root is not None
    assert isinstance(parsed.root.entries["a"], ListNode)
    assert [(issue.line, "python/name" in issue.message) for issue in parsed.issues] == [(2, True)]
