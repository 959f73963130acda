"""The word for a tag that only asks for one number in a window, used when the number is asked for in another window."""

from __future__ import annotations

import re
from typing import Final

from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import RuleBody, Tag
from semantic_layer.query.predicate import HasMetric

_BOUND: Final = re.compile(r"\s*(\w+)\s*(>=|>)\s*(\d+(?:\.\d+)?)\s*")


def active_word(index: ModelIndex, predicate: HasMetric, language: Language) -> str:
    """The word "活跃" for app events above 0, where the company's default reading of that word is such a tag; else empty."""
    if predicate.high is not None or predicate.where is not None:
        return ""
    for ambiguity in index.model.ambiguities:
        if ambiguity.word.isascii() != (language == "en") or ambiguity.default is None:
            continue
        if not index.has_field(ambiguity.default):
            continue
        tag = index.field(ambiguity.default)
        if isinstance(tag, Tag) and _asks_for(tag, predicate):
            return ambiguity.word
    return ""


def _asks_for(tag: Tag, predicate: HasMetric) -> bool:
    body = tag.body
    if not isinstance(body, RuleBody) or len(body.inputs) != 1 or len(body.levels) != 1 or body.inputs[0].where:
        return False
    only = body.inputs[0]
    bound = _BOUND.fullmatch(body.levels[0].when)
    if bound is None or only.metric != predicate.metric or bound.group(1) != only.name:
        return False
    return bound.group(2) == predicate.op and float(bound.group(3)) == predicate.value
