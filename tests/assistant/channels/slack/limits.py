"""Slack's documented limits of messages, blocks and dialogs, written down apart from the code that keeps to them.

docs.slack.dev/reference/block-kit/blocks, …/block-elements, …/composition-objects, …/methods/chat.postMessage, …/views.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

ELEMENT_TYPES = {"button", "static_select", "multi_static_select", "overflow", "plain_text_input"}
STYLES = {"primary", "danger"}


def faults_of_message(message: Mapping[str, Any], *, ephemeral: bool = False) -> list[str]:
    """What Slack would refuse about chat.postMessage, chat.update or chat.postEphemeral."""
    faults = []
    text = message.get("text", "")
    if not text:
        faults.append("a message needs text for notifications")
    if len(text) > 4000:
        faults.append(f"text of {len(text)}")
    faults += _hostile(text, "text")
    blocks = message.get("blocks") or []
    faults += _blocks(blocks, most=50)
    if sum(block.get("type") == "table" for block in blocks) > 1:
        faults.append("more than one table")
    if len(json.dumps(blocks, ensure_ascii=False).encode()) > 100_000:
        faults.append("payload")
    return faults


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse about a dialog or a home page."""
    faults = _blocks(view.get("blocks") or [], most=100)
    if view["type"] not in ("modal", "home"):
        faults.append(f"type {view['type']}")
    if view["type"] == "modal":
        for name in ("title", "submit", "close"):
            if name in view:
                faults += _text(view[name], 24, name, kinds=("plain_text",))
        if "title" not in view:
            faults.append("a dialog needs a title")
        if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            faults.append("a dialog with fields needs a submit")
    if len(view.get("private_metadata", "")) > 3000:
        faults.append("private_metadata")
    if len(view.get("callback_id", "")) > 255:
        faults.append("callback_id")
    if len(json.dumps(view).encode()) > 250_000:
        faults.append("view too large")
    return faults


def _blocks(blocks: Sequence[Mapping[str, Any]], *, most: int) -> list[str]:
    faults = [] if len(blocks) <= most else [f"{len(blocks)} blocks"]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(ids)) != len(ids):
        faults.append("a block_id twice")
    for block in blocks:
        check = CHECKS.get(block.get("type", ""))
        faults += check(block) if check else [f"block {block.get('type')!r}"]
        if len(block.get("block_id", "")) > 255:
            faults.append("block_id")
    return faults


def _section(block: Mapping[str, Any]) -> list[str]:
    if "text" not in block and "fields" not in block:
        return ["a section needs text"]
    return _text(block["text"], 3000, "section")


def _header(block: Mapping[str, Any]) -> list[str]:
    return _text(block["text"], 150, "header", kinds=("plain_text",))


def _context(block: Mapping[str, Any]) -> list[str]:
    elements = block["elements"]
    faults = [] if 1 <= len(elements) <= 10 else [f"context of {len(elements)}"]
    return [*faults, *(fault for element in elements for fault in _text(element, 3000, "context"))]


def _actions(block: Mapping[str, Any]) -> list[str]:
    elements = block["elements"]
    faults = [] if 1 <= len(elements) <= 25 else [f"actions of {len(elements)}"]
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) != len(ids):
        faults.append(f"an action_id twice: {ids}")
    return [*faults, *(fault for element in elements for fault in _element(element))]


def _input(block: Mapping[str, Any]) -> list[str]:
    return [*_text(block["label"], 2000, "label", kinds=("plain_text",)), *_element(block["element"])]


def _element(element: Mapping[str, Any]) -> list[str]:
    kind = element.get("type")
    if kind not in ELEMENT_TYPES:
        return [f"element {kind!r}"]
    faults = []
    if not 1 <= len(element.get("action_id", "")) <= 255:
        faults.append("action_id")
    if kind == "button":
        faults += _text(element["text"], 75, "button", kinds=("plain_text",))
        if len(element.get("value", "")) > 2000:
            faults.append("value of a button")
        if len(element.get("url", "")) > 3000:
            faults.append("url")
        if "style" in element and element["style"] not in STYLES:
            faults.append("style")
    if kind in ("static_select", "multi_static_select"):
        faults += _text(element["placeholder"], 150, "placeholder", kinds=("plain_text",))
        options = element["options"]
        if not 1 <= len(options) <= 100:
            faults.append(f"{len(options)} options")
        for option in options:
            faults += _option(option)
        chosen = element.get("initial_options", [element[x] for x in ("initial_option",) if x in element])
        faults += ["an initial option that is not offered" for one in chosen if one not in options]
    if kind == "overflow" and not 1 <= len(element["options"]) <= 5:
        faults.append("overflow options")
    if kind == "plain_text_input" and element.get("max_length", 1) > 3000:
        faults.append("max_length")
    return faults


def _option(option: Mapping[str, Any]) -> list[str]:
    faults = _text(option["text"], 75, "option")
    return faults if 1 <= len(option["value"]) <= 150 else [*faults, "value of an option"]


def _table(block: Mapping[str, Any]) -> list[str]:
    rows = block["rows"]
    faults = [] if 1 <= len(rows) <= 100 else [f"{len(rows)} rows"]
    total = 0
    for row in rows:
        if not 1 <= len(row) <= 20:
            faults.append(f"{len(row)} cells")
        if len(row) != len(rows[0]):
            faults.append("rows of different length")
        for cell in row:
            if cell["type"] not in ("raw_text", "raw_number", "rich_text"):
                faults.append(f"cell {cell['type']}")
            if not cell.get("text"):
                faults.append("an empty cell")
            total += len(cell.get("text", ""))
    if total > 10_000:
        faults.append(f"{total} characters in a table")
    if len(block.get("column_settings", [])) > 20:
        faults.append("column_settings")
    return faults


def _rich_text(block: Mapping[str, Any]) -> list[str]:
    faults = []
    for element in block["elements"]:
        if element["type"] not in ("rich_text_section", "rich_text_preformatted", "rich_text_list", "rich_text_quote"):
            faults.append(element["type"])
        faults += ["an empty run" for run in element["elements"] if run["type"] == "text" and not run["text"]]
    return faults


def _image(block: Mapping[str, Any]) -> list[str]:
    return [] if 1 <= len(block["alt_text"]) <= 2000 else ["alt_text"]


def _divider(_: Mapping[str, Any]) -> list[str]:
    return []


CHECKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "table": _table,
    "rich_text": _rich_text,
    "image": _image,
    "divider": _divider,
}


def _text(
    text: Mapping[str, Any], most: int, where: str, *, kinds: Sequence[str] = ("plain_text", "mrkdwn")
) -> list[str]:
    faults = []
    if text["type"] not in kinds:
        faults.append(f"{where} as {text['type']}")
    if not 1 <= len(text["text"]) <= most:
        faults.append(f"{where} of {len(text['text'])}")
    if text["type"] == "mrkdwn":
        faults += _hostile(text["text"], where)
    return faults


def _hostile(text: str, where: str) -> list[str]:
    """Mentions that call everybody, and raw angle brackets other than those of one person's name."""
    rest = text
    while (start := rest.find("<@")) >= 0:
        end = rest.find(">", start)
        name = rest[start + 2 : end]
        if end < 0 or not name.isalnum():
            return [f"broken mention in {where}"]
        rest = rest[:start] + rest[end + 1 :]
    return [f"raw markup in {where}: {rest[:80]}"] if "<" in rest or ">" in rest else []
