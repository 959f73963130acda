"""JSON out of what a model wrote: bare, in a fence, after its thoughts, or in the middle of a sentence."""

from __future__ import annotations

import json
import re
from typing import Final

_THOUGHTS: Final = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE: Final = re.compile(r"```[\w-]*[ \t]*\r?\n?(.*?)```", re.DOTALL)


def json_text(said: str) -> str:
    """The first JSON object in `said`, exactly as it was written; the text itself, stripped, when there is none."""
    plain = _THOUGHTS.sub("", said.lstrip("\ufeff")).strip()
    for part in (plain, *_FENCE.findall(plain)):
        if is_object(part.strip()):
            return str(part.strip())
    for part in (*_FENCE.findall(plain), plain):
        if found := _first_object(part):
            return found
    return plain


def is_object(text: str) -> bool:
    """Whether `text` is a JSON object and nothing else."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _first_object(text: str) -> str:
    """The first balanced object that can be read. An object that does not end is no object: nothing is made up."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            _, end = decoder.raw_decode(text, start)
        except ValueError:
            start = text.find("{", start + 1)
        except RecursionError:
            return ""
        else:
            return text[start:end]
    return ""
