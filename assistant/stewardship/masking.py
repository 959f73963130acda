"""Values of sources as one person may see them. The same forms as `semantic_layer/policy/masks.py` gives in answers."""

from __future__ import annotations

import re
from typing import Final

from assistant.stewardship.types import Shown, StewardRights
from semantic_layer.model.types import Sensitivity

_PHONE: Final = re.compile(r"[+]?[0-9][0-9 -]{6,18}")
_DAY: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*")
_SHORT: Final = 6


def shown(value: str, sensitivity: Sensitivity, rights: StewardRights) -> Shown:
    """A value of a field of this sensitivity. What looks like a way to reach somebody is taken for one in any field."""
    bare = value.strip()
    reaches = "@" in bare or (_PHONE.fullmatch(bare) and not _DAY.fullmatch(bare))
    felt = Sensitivity.CONTACT if reaches else sensitivity
    match felt:
        case Sensitivity.NONE:
            return Shown(value)
        case Sensitivity.PERSONAL:
            return Shown(value) if rights.see_personal else Shown(f"{value[:1]}*", masked=True)
        case Sensitivity.CONTACT:
            return Shown(value) if rights.see_contact else Shown(_contact(value.strip()), masked=True)


def _contact(value: str) -> str:
    if "@" in value:
        return f"{value[:1]}***@…"
    if _PHONE.fullmatch(value):
        return f"{value[:3]}****{value[-4:]}"
    return "****" if len(value) < _SHORT else f"{value[:2]}****"
