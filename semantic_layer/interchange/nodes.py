"""Plain data as the nodes of a definition file, and back, so that what came from elsewhere goes through our own readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never

from semantic_layer.interchange.native.forms import FormValue
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node, Place


def node_of(value: FormValue | None, place: Place) -> Node:
    """All nodes stand at one place: that of the definition which they are part of."""
    if isinstance(value, Mapping):
        return map_node({key: node_of(inner, place) for key, inner in value.items()}, place)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ListNode(tuple(node_of(inner, place) for inner in value), place)
    return LeafNode(value, place)


def map_node(entries: Mapping[str, Node], place: Place) -> MapNode:
    return MapNode(dict(entries), dict.fromkeys(entries, place), place)


def plain(node: Node) -> FormValue | None:
    """The data of a node without its places; days become ISO text."""
    match node:
        case MapNode():
            return {key: value for key, inner in node.entries.items() if (value := plain(inner)) is not None}
        case ListNode():
            return [value for inner in node.items if (value := plain(inner)) is not None]
        case LeafNode():
            return node.value.isoformat() if isinstance(node.value, date) else node.value
        case _:
            assert_never(node)
