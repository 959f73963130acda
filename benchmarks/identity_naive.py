"""What happens without guards: the same phone or the same e-mail is the same person, whatever stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from semantic_layer.ingestion.identity.components import components
from semantic_layer.ingestion.resolver import NOBODY, SourceRecords

_KEYS = ("phone", "email")


class NaiveResolver:
    """`IdentityResolver` by exact phone and e-mail. For comparison only."""

    def resolve(self, sources: Sequence[SourceRecords]) -> Mapping[str, NDArray[np.int64]]:
        """Keys of all records that have a phone or an e-mail; `NOBODY` for the others."""
        size = sum(len(each.record) for each in sources)
        left, right, known = [], [], np.zeros(size, dtype=np.bool_)
        for kind in _KEYS:
            values = np.concatenate([_column(each, kind) for each in sources])
            places = np.flatnonzero(np.array([value is not None for value in values], dtype=np.bool_))
            known[places] = True
            _, codes = np.unique(values[places].astype(str), return_inverse=True)
            first = np.full(int(codes.max(initial=-1)) + 1, size, dtype=np.int64)
            np.minimum.at(first, codes, places)
            left.append(places)
            right.append(first[codes])
        group = components(size, np.concatenate(left), np.concatenate(right))
        group[~known] = NOBODY
        ends = np.cumsum([len(each.record) for each in sources])
        return {each.source: group[end - len(each.record) : end] for each, end in zip(sources, ends, strict=True)}


def _column(records: SourceRecords, kind: str) -> np.ndarray:
    nothing = np.full(len(records.record), None, dtype=object)
    return np.asarray(records.clues.get(kind, nothing), dtype=object)
