"""What administrators look at besides accounts: the roles of each data set, and how the product is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from assistant.channels.role_cards import RoleCard
from assistant.observability.insights import NothingUsed, Usage
from tools.chart import ChartSpec, render_svg


def no_roles(_: str) -> tuple[RoleCard, ...]:
    """The roles of an installation whose policies are not shown."""
    return ()


NOTHING_USED: Final = NothingUsed()


def drawn(chart: ChartSpec, dark: bool) -> str:  # noqa: FBT001  # light or dark is what is drawn
    return render_svg(chart, dark=dark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """`roles` gives the roles of a data set; `usage` reads what was asked; `currency` is that of a model's prices.

    `picture` draws a chart as SVG, for a dark ground or a light one. `role_files` says where a data set's roles are written; days on the insights page are those of `zone`.
    """

    roles: Callable[[str], tuple[RoleCard, ...]] = no_roles
    usage: Usage = field(default=NOTHING_USED)
    currency: str = "USD"
    role_files: Callable[[str], str] = field(default=lambda _: "policies.yml")
    zone: tzinfo = UTC
    picture: Callable[[ChartSpec, bool], str] = drawn
