"""What is open on the Customers page. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.stewardship.people import DryRun, PersonChange
from semantic_layer.policy.types import User

CustomersTab = Literal["find", "queue", "identity"]
CUSTOMERS_TABS: tuple[CustomersTab, ...] = ("find", "queue", "identity")
CustomerPart = Literal["card", "why", "delete"]


@dataclass(slots=True, kw_only=True)
class CustomersView:
    """`change` is what the dry run `run` was shown for, to `shown_to`: only that can be carried out.

    `fault` stands beside `fault_at`: the form that it is about.
    """

    tab: CustomersTab = "find"
    search: str = ""
    chosen: int = 0
    part: CustomerPart = "card"
    change: PersonChange | None = None
    run: DryRun | None = None
    shown_to: User | None = None
    fault: str = ""
    fault_at: str = ""
