"""What a campaign cost for each order that would not have come without it."""

from __future__ import annotations

from tools.effect.types import Cost, Difference


def cost_of(total: float, orders: Difference, treated: int) -> Cost:
    """`orders` is the difference of the mean number of orders of a person. The interval of the cost is that of the orders,
    turned over: where there may be no more orders at all, it has no upper end.
    """
    more, between = orders.difference * treated, orders.interval.times(treated)
    return Cost(
        total=total,
        orders=more,
        orders_interval=between,
        each=total / more if more > 0 else None,
        each_low=total / between.high if between.high > 0 else None,
        each_high=total / between.low if between.low > 0 else None,
    )
