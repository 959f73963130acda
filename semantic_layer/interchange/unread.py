"""What stands in a file of another tool and was not asked for: told once per key, so that nothing gets lost unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode, Node

UNKNOWN: Final = Text("这里没有与它对应的内容，没有读取。", "Nothing here corresponds to it; it was not read.")


def tell_unread(section: Section, losses: list[Loss], why: Mapping[str, Text] | None = None) -> None:
    """`why` says for known keys what they were about."""
    for key in section.unasked():
        if not says_nothing(section.node.entries[key]):
            tell(section, key, losses, (why or {}).get(key, UNKNOWN))


def tell(section: Section, key: str, losses: list[Loss], why: Text) -> None:
    """A loss at one key of a definition."""
    losses.append(Loss(f"{section.place.file}:{section.line_of(key)}", section.key(key), why))


def says_nothing(node: Node) -> bool:
    if isinstance(node, LeafNode):
        return node.value in (None, "", False)
    return not (node.items if isinstance(node, ListNode) else node.entries)
