"""Cards as JSON and scores as bytes, for a store."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from semantic_layer.errors import DataError, Text
from tools.models.types import Card, Scores

_CARDS: Final = TypeAdapter(Card)
_ARRAYS: Final = ("keys", "score", "band", "low", "high", "why", "seen")


def card_to_json(card: Card) -> str:
    return _CARDS.dump_json(card).decode()


def card_from_json(text: str) -> Card:
    """Raises `DataError` for what is no card of this version."""
    try:
        return _CARDS.validate_json(text)
    except ValidationError as error:
        raise DataError(
            Text(
                f"保存的模型卡片读不出来（{error.error_count()} 处不符），请重新训练这个模型。",
                f"The kept card of a model cannot be read ({error.error_count()} faults). Train the model again.",
            )
        ) from error


def scores_to_bytes(scores: Scores) -> bytes:
    """Compressed; about 10 to 20 bytes a customer."""
    arrays = {name: getattr(scores, name) for name in _ARRAYS if getattr(scores, name) is not None}
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def scores_from_bytes(data: bytes) -> Scores:
    """Raises `DataError` for damaged bytes."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            return Scores(**{name: found[name] for name in _ARRAYS if name in found})
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(
            Text(
                "保存的模型分数已损坏，请重新训练这个模型。",
                "The kept scores of a model are damaged. Train the model again.",
            )
        ) from error
