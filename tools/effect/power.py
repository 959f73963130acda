"""How large a difference groups of some size can show, and how many people a difference needs.

The test meant is the two-sided one of two proportions on the arcsine scale, where the spread of a proportion does not
depend on the proportion: Cohen, Statistical Power Analysis for the Behavioral Sciences (2nd ed., 1988), chapter 6.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from semantic_layer.errors import InvalidPlanError, Text


def detectable(base_rate: float, n_treated: int, n_control: int, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest rise of a rate (0.012 is 1.2 points) above `base_rate` that these groups show with this power.

    `math.inf` where even everybody converting would not show it, or where a group is empty. Raises `InvalidPlanError` for a
    rate, power or level outside 0 to 1.
    """
    _shares(base_rate=base_rate, power=power, alpha=alpha)
    if n_treated < 1 or n_control < 1:
        return math.inf
    distance = _spread(power, alpha) * math.sqrt(1 / n_treated + 1 / n_control)
    angle = math.asin(math.sqrt(base_rate)) + distance / 2
    return math.sin(angle) ** 2 - base_rate if angle < math.pi / 2 else math.inf


def needed(base_rate: float, lift: float, control_share: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """How many people both groups must have together, so that a rate of `base_rate + lift` shows with this power.

    `control_share` of them are held back; each group is a whole number. Raises `InvalidPlanError` for a lift of 0, a rate outside
    0 to 1, and a share that leaves a group empty.
    """
    _shares(base_rate=base_rate, power=power, alpha=alpha)
    if not 0 < control_share < 1:
        raise InvalidPlanError(
            Text(
                f"对照组占比要在 0 和 1 之间，而不是 {control_share}：两组都要有人才能比较。",
                f"The share held back must lie between 0 and 1, not be {control_share}: both groups need people.",
            )
        )
    if lift == 0 or not 0 <= base_rate + lift <= 1:
        raise InvalidPlanError(
            Text(
                f"从 {base_rate} 变化 {lift} 不是可以测量的差别：不能是 0，变化后的比率要在 0 到 1 之间。",
                f"A change of {lift} from {base_rate} cannot be measured: it must not be 0, and the rate must stay within 0 to 1.",
            )
        )
    height = 2 * (math.asin(math.sqrt(base_rate + lift)) - math.asin(math.sqrt(base_rate)))
    of_both = (_spread(power, alpha) / height) ** 2
    return round(of_both / control_share) + round(of_both / (1 - control_share))


def _spread(power: float, alpha: float) -> float:
    """How many standard errors apart the two rates must lie."""
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)


def _shares(**given: float) -> None:
    for name, value in given.items():
        inside = 0 <= value <= 1 if name == "base_rate" else 0 < value < 1
        if not inside:
            raise InvalidPlanError(
                Text(
                    f"{name} 是 {value}，要在 0 到 1 之间（1.2% 写作 0.012）。",
                    f"{name} is {value}; it must lie between 0 and 1 (1.2 % is 0.012).",
                )
            )
