"""The picture of who is left out of a campaign: from everybody who matches down to those who get a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from semantic_layer.errors import Language
from tools import numbers
from tools.chart.people import waterfall_chart
from tools.chart.spec import ChartSpec
from tools.chart.theme import wrapped


def suppression_chart(
    matched: int, taken: Sequence[tuple[str, int]], send: int, language: Language, *, subtitle: str = ""
) -> ChartSpec | None:
    """`taken` are (reason, people taken out) in order; `None` where nobody matches or nobody is left out."""
    if not matched or not taken:
        return None
    zh = language == "zh"
    left = matched
    steps = [("符合条件" if zh else "match", matched)]
    for reason, people in taken:
        left -= people
        steps.append((reason, left))
    chart = waterfall_chart(steps, language, subtitle=subtitle)
    if chart is None:
        return None
    share = numbers.percent(send / matched)
    worst, most = max(taken, key=lambda one: one[1])
    title = (
        f"{matched:,} 人里发给 {send:,} 人（{share}），最多的排除原因是{worst}：{most:,} 人"
        if zh
        else f"{send:,} of {matched:,} people get a message ({share}); most are left out because: {worst} ({most:,})"
    )
    return _titled(chart, title)


def _titled(chart: ChartSpec, title: str) -> ChartSpec:
    spec = json.loads(chart.spec)
    spec["title"]["text"] = wrapped(title, 16)
    return replace(chart, title=title, spec=json.dumps(spec, ensure_ascii=False))
