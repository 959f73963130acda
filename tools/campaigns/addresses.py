"""Whether addresses can be right: plainly written ones are passed at once, all others by the standardisers of loading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from semantic_layer.errors import Text
from semantic_layer.model.outreach import ChannelKind
from semantic_layer.model.types import ColumnType, Words

MOST_SHARED: Final = 8
"""An address that more people of an audience share is a stand-in (a shop's own number), not theirs."""

_PLAIN: Final[dict[ChannelKind, str]] = {
    "sms": r"^1[3-9][0-9]{9}$",
    "phone": r"^1[3-9][0-9]{9}$",
    "email": r"^[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$",
}
_SAME_DIGIT: Final = r"0{7}|1{7}|2{7}|3{7}|4{7}|5{7}|6{7}|7{7}|8{7}|9{7}"


def usable(addresses: NDArray[Any], kind: ChannelKind) -> NDArray[np.bool_]:
    """For each address whether a message may be sent there. Other kinds than numbers and mail need only be there."""
    texts = pa.array(addresses, from_pandas=True).cast(pa.string())
    coded = texts.dictionary_encode()
    places = np.asarray(coded.indices.fill_null(-1), dtype=np.int64)
    if not len(coded.dictionary):
        return np.zeros(len(texts), dtype=bool)
    good = np.array(_good(coded.dictionary, kind))
    good &= np.bincount(places[places >= 0], minlength=good.size) <= MOST_SHARED
    return np.where(places >= 0, good[np.maximum(places, 0)], False)


def _good(texts: pa.Array, kind: ChannelKind) -> NDArray[np.bool_]:
    there = np.array(pc.not_equal(pc.utf8_trim_whitespace(texts), ""))
    plain = _PLAIN.get(kind)
    if plain is None:
        return there
    good = np.array(pc.match_substring_regex(texts, plain))
    standard = _standardiser(kind)
    for place in np.flatnonzero(there & ~good):
        good[place] = standard(texts[int(place)].as_py())
    if kind in ("sms", "phone"):
        good &= ~np.array(pc.match_substring_regex(texts, _SAME_DIGIT))
    return good


def _standardiser(kind: ChannelKind) -> Callable[[str], bool]:
    # Loading's own steps know numbers of all countries; they take a moment to load and few addresses need them.
    from semantic_layer.ingestion.standard.contacts import email, phone  # noqa: PLC0415
    from semantic_layer.ingestion.standard.step import StepContext  # noqa: PLC0415
    from semantic_layer.ingestion.standard.types import StandardField  # noqa: PLC0415

    step = email if kind == "email" else phone
    field = StandardField(name=kind, words=Words(label=Text(kind, kind)), type=ColumnType.STRING)
    context = StepContext(field=field, as_of=date.min)
    return lambda text: step(text, context).value is not None
