"""What is open on the Models page. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class ModelsView:
    """The model whose card is open, if one is. `pictures` are charts drawn so far, by model, version, ground and language."""

    model: str = ""
    pictures: dict[tuple[str, int, bool, str], str] = field(default_factory=dict)
