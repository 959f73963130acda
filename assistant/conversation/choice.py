"""Answering a question back in words: "客单价", "the second one"."""

from __future__ import annotations

import unicodedata

from assistant.answer import Clarification, Reply
from semantic_layer.query.plan import Plan

_ORDINALS = (
    ("1", "一", "第一个", "第1个", "前者", "first", "the first", "the first one"),
    ("2", "二", "第二个", "第2个", "后者", "second", "the second", "the second one"),
    ("3", "三", "第三个", "第3个", "third", "the third", "the third one"),
)


def chosen(text: str, last: Reply | None) -> Plan | None:
    """The plan of the option that `text` names, when exactly one fits; `None` when it is a new question."""
    if not isinstance(last, Clarification) or not last.options:
        return None
    said = _plain(text)
    if not said:
        return None
    for position, names in enumerate(_ORDINALS[: len(last.options)]):
        if said in names:
            return last.options[position].plan
    same = [o for o in last.options if said == _plain(o.label)]
    within = same or [o for o in last.options if said in _plain(o.label)]
    return within[0].plan if len(within) == 1 else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.strip(" \t。.!?？！，,「」“”\"'")
