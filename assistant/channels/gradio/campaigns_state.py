"""What is open on the Campaigns page. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Form = Literal["", "edit", "reject", "stop", "responses"]


@dataclass(slots=True, kw_only=True)
class CampaignsView:
    """The open campaign, if there is one, and the form that is open on it with what was typed into it.

    `people` is the step whose people are shown: a reason, or "send". `rule` is the rule whose numbers are being changed.
    `told` is what could not be done.
    """

    opened: str = ""
    form: Form = ""
    typed: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    people: str = ""
    rules: bool = False
    rule: str = ""
    told: str = ""
