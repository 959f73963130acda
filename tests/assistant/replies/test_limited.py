"""Whoever sees a part of the data is told so, whatever role gives it."""

from __future__ import annotations

from assistant.replies.limited import limited_notes
from semantic_layer.errors import Text
from semantic_layer.policy.types import Policy, RoleMeaning, RolePolicy, RowFilter, User

EAST = RolePolicy(
    name="east",
    row_filters=(RowFilter(entity="customer", where="region = 'east'"),),
    meaning=RoleMeaning(label=Text("华东", "East"), description=Text("只看华东的客户。", "Customers of the east.")),
)
WEST = RolePolicy(name="west", row_filters=(RowFilter(entity="customer", where="region = 'west'"),))
POLICY = Policy(roles=(EAST, WEST, RolePolicy(name="all")))


def told(*roles: str) -> list[tuple[str, str]]:
    return [(n.meaning.zh, n.meaning.en) for n in limited_notes(User(name="eva", roles=roles), POLICY)]


def test_the_part_is_told_in_the_words_of_the_role() -> None:
    assert told("east") == [
        ("只含您能看到的数据（华东：只看华东的客户）", "Only what you may see is counted (East: Customers of the east)")
    ]


def test_several_parts_are_all_told() -> None:
    assert told("east", "west") == [
        (
            "只含您能看到的数据（华东：只看华东的客户；west）",
            "Only what you may see is counted (East: Customers of the east; west)",
        )
    ]


def test_who_sees_everything_is_told_nothing() -> None:
    assert told("all") == []
    assert told("east", "all") == []


def test_without_a_known_role_the_refusal_speaks() -> None:
    assert told() == []
    assert told("nobody") == []
