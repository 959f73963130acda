"""What people call things: terms of a model, found in text exactly or nearly. It holds no grammar."""

from __future__ import annotations

from semantic_layer.vocabulary.terms import Entry, Match, Near, Term
from semantic_layer.vocabulary.vocabulary import Vocabulary

__all__ = ["Entry", "Match", "Near", "Term", "Vocabulary"]
