"""Pairs of records rightly and wrongly joined, counted without listing them."""

from __future__ import annotations

import numpy as np


def pairwise(person: np.ndarray, customer: np.ndarray) -> dict[str, float]:
    """Precision, recall and F1 over all pairs of records; `customer` below 0 is joined to nobody."""
    alone = customer < 0
    customer = customer.copy()
    customer[alone] = customer.max(initial=0) + 1 + np.arange(int(alone.sum()))
    joined, true, both = _pairs(customer), _pairs(person), _pairs(_both(person, customer))
    precision, recall = both / joined if joined else 1.0, both / true if true else 1.0
    total = precision + recall
    return {
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(2 * precision * recall / total, 5) if total else 0.0,
    }


def _both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    codes = np.unique(one, return_inverse=True)[1].astype(np.int64)
    others = np.unique(other, return_inverse=True)[1].astype(np.int64)
    return codes * (int(others.max(initial=0)) + 1) + others


def _pairs(group: np.ndarray) -> int:
    counts = np.unique(group, return_counts=True)[1].astype(object)
    return int((counts * (counts - 1) // 2).sum()) if len(counts) else 0
