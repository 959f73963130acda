"""Reads the definitions of one kind out of a file as forms, as they were written."""

from __future__ import annotations

import yaml

from semantic_layer.interchange.native.forms import Form


def listed_forms(text: str, key: str) -> list[Form]:
    """The forms that stand under `key`; none for an empty file. Raises `ValueError` for anything else."""
    try:
        read = yaml.safe_load(text) or {}
        return [dict(form) for form in read.get(key, [])]
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{key!r} is not a list of definitions") from error
