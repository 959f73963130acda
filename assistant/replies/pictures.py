"""Whether the kind of picture that was asked for is one that an answer has."""

from __future__ import annotations

from assistant.resources import Asked
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.plan import ChartKind
from tools.chart import KIND_NAMES


def wants_picture(asked: Asked, fitting: ChartKind) -> bool:
    """Whether to draw. Raises `InvalidPlanError`, naming the one that fits, when another kind was asked for."""
    wanted = asked.plan.chart
    if wanted is None or wanted is fitting:
        return True
    if wanted is ChartKind.NONE:
        return False
    name, able = KIND_NAMES[wanted], KIND_NAMES[fitting]
    raise InvalidPlanError(
        Text(
            zh=f"这个结果不适合画成{name.zh}，可以用{able.zh}。",
            en=f"This result does not fit {name.en}. {able.en[:1].upper()}{able.en[1:]} does.",
        ),
        suggestions=(fitting.value,),
    )
