from __future__ import annotations

from datetime import date

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


def test_python_objects_are_never_made() -> None:
    parsed = parse_yaml("a: !!python/object/apply:os.system ['true']\nb: !!python/name:os.system ''\n", "a.yml")
    assert parsed.root is not None
    assert isinstance(parsed.root.entries["a"], ListNode)
    assert [(issue.line, "python/name" in issue.message) for issue in parsed.issues] == [(2, True)]
