"""Pictures of people: how conditions narrow them down, how groups overlap, what is special about them."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind
from tools import numbers
from tools.chart import parts
from tools.chart.spec import ChartSpec, Json, JsonObject
from tools.chart.theme import ACCENT, GRID, MUTED, OTHER, finish, width_of
from tools.chart.wholes import Part, stack_of
from tools.profile import ProfileResult, shown_tgi

_TOP_VALUES = 12
_LONGEST_BAR = 600  # TGI; longer bars would hide all others


def waterfall_chart(steps: Sequence[tuple[str, int]], language: Language, *, subtitle: str = "") -> ChartSpec | None:
    """People left after each condition: `steps` are (label, people), the base first. `None` for fewer than two steps."""
    if len(steps) < 2:
        return None
    zh = language == "zh"
    names = parts.unique([name for name, _ in steps])
    rows: list[JsonObject] = []
    before = steps[0][1]
    for name, (_, count) in zip(names, steps, strict=True):
        lost = before - count
        minus = f"  -{lost:,}" if lost else ""
        tip = f"{name} {count:,}" + (f"（-{lost:,}）" if zh and lost else f" (-{lost:,})" if lost else "")
        rows.append({"c": name, "v": count, "before": before, "text": f"{count:,}", "minus": minus, "tip": tip})
        before = count
    share = numbers.percent(steps[-1][1] / steps[0][1]) if steps[0][1] else numbers.NOTHING
    title = (
        f"{len(steps) - 1} 个条件后剩下 {steps[-1][1]:,} 人，占 {share}"
        if zh
        else f"{steps[-1][1]:,} people remain after {len(steps) - 1} condition{'s' if len(steps) > 2 else ''}: {share}"
    )
    body: JsonObject = {
        **parts.fitted(right=width_of(f"{steps[0][1]:,}  -{steps[0][1]:,}") + 12),
        "height": {"step": 36},
        "data": parts.values(rows),
        "encoding": {"y": parts.nominal("c", names, **parts.category_axis())},
        "layer": _falling(steps[0][1]),
    }
    return finish(body, kind=ChartKind.WATERFALL, title=title, subtitle=subtitle, language=language)


def overlap_chart(
    sizes: Sequence[tuple[str, int]], pairs: Sequence[tuple[int, int, int]], language: Language, *, subtitle: str = ""
) -> ChartSpec:
    """How groups share people. `sizes` are (name, people); `pairs` are (i, j, people in both)."""
    both_word = "重合" if language == "zh" else "both"
    if len(sizes) == 2 and pairs:
        (one, first), (two, second), both = *sizes, pairs[0][2]
        only = "仅" if language == "zh" else "only "
        shown = [
            Part(name, value, f"{value:,}", f"{value:,}")
            for name, value in ((f"{only}{one}", first - both), (both_word, both), (f"{only}{two}", second - both))
        ]
        share = numbers.percent(both / first) if first else numbers.NOTHING
        title = (
            f"{both:,} 人重合，占{one}的 {share}"
            if language == "zh"
            else f"{both:,} people are in both: {share} of {one}"
        )
        return finish(stack_of(shown, ""), kind=ChartKind.VENN, title=title, subtitle=subtitle, language=language)
    rows = [(name, size, "strong") for name, size in sizes]
    rows += [(f"{sizes[i][0]} ∩ {sizes[j][0]}", count, "quiet") for i, j, count in pairs]
    names = parts.unique([name for name, *_ in rows])
    drawn: list[JsonObject] = [
        {"c": name, "v": count, "text": f"{count:,}", "hue": hue, "tip": f"{name} {count:,}"}
        for name, (_, count, hue) in zip(names, rows, strict=True)
    ]
    largest = max(pairs, key=lambda pair: pair[2], default=(0, 0, 0))
    pair_name = f"{sizes[largest[0]][0]} ∩ {sizes[largest[1]][0]}"
    title = (
        f"重合最多的是 {pair_name}：{largest[2]:,} 人"
        if language == "zh"
        else f"The largest overlap is {pair_name}: {largest[2]:,} people"
    )
    x: JsonObject = {"field": "v", "type": "quantitative", "axis": None, "scale": {"zero": True, "nice": False}}
    body: JsonObject = {
        **parts.fitted(right=64),
        "height": {"step": 32},
        "data": parts.values(drawn),
        "encoding": {"y": parts.nominal("c", names, **parts.category_axis()), "x": x},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.66}}, "encoding": {"color": _hue(drawn), **parts.TIP}},
            {"mark": parts.text_mark("left", dx=6), "encoding": {"text": {"field": "text"}}},
        ],
    }
    return finish(body, kind=ChartKind.VENN, title=title, subtitle=subtitle, language=language)


def profile_chart(profile: ProfileResult, language: Language, *, subtitle: str = "") -> ChartSpec | None:
    """The values that stand out most, as their TGI around 100; `None` when nothing differs for certain."""
    told = (row for row in profile.rows if row.significant and row.value_label.en != "unknown")
    telling = sorted(told, key=lambda row: -abs(row.share - row.base_share))
    chosen = sorted(telling[:_TOP_VALUES], key=lambda row: -row.tgi)
    if not chosen:
        return None
    names = parts.unique([f"{row.field_label.in_(language)} · {row.value_label.in_(language)}" for row in chosen])
    drawn: list[JsonObject] = [
        {
            "c": name,
            "v": min(row.tgi, _LONGEST_BAR),
            "base": 100,
            "at": min(max(row.tgi, 100), _LONGEST_BAR),
            "text": f"{shown_tgi(row.tgi)} · {numbers.percent(row.share)}",
            "hue": "strong" if row.tgi >= 100 else "quiet",
            "tip": f"{name} TGI {shown_tgi(row.tgi)} · {numbers.percent(row.share)} / {numbers.percent(row.base_share)}",
        }
        for name, row in zip(names, chosen, strict=True)
    ]
    title = profile.findings[0].in_(language).rstrip("。.") if profile.findings else ""
    x: JsonObject = {"field": "v", "type": "quantitative", "axis": None, "scale": {"zero": True, "nice": False}}
    y = parts.nominal("c", names, **parts.category_axis())
    rule: JsonObject = {
        "mark": {"type": "rule", "color": MUTED, "strokeDash": [3, 3]},
        "encoding": {"x": {"datum": 100, "type": "quantitative"}},
    }
    bar: JsonObject = {
        "mark": {"type": "bar", "height": {"band": 0.6}},
        "encoding": {"y": y, "x": x, "x2": {"field": "base"}, "color": _hue(drawn), **parts.TIP},
    }
    text: JsonObject = {
        "mark": parts.text_mark("left", dx=8),
        "encoding": {"y": y, "x": {"field": "at", "type": "quantitative"}, "text": {"field": "text"}},
    }
    body: JsonObject = {
        **parts.fitted(right=86),
        "height": 30 * len(drawn),
        "data": parts.values(drawn),
        "layer": [bar, rule, text],
    }
    under = subtitle or (
        "TGI（100 = 与对照相同）与占比" if language == "zh" else "TGI (100 = the same as the base) and share"
    )
    return finish(body, kind=ChartKind.BAR, title=title, subtitle=under, language=language)


def _falling(base: int) -> list[Json]:
    scale: JsonObject = {"domain": [0, base or 1], "zero": True, "nice": False}
    left: JsonObject = {"field": "v", "type": "quantitative", "axis": None, "scale": scale}
    edge: JsonObject = {"field": "before", "type": "quantitative", "axis": None, "scale": scale}
    bar: JsonObject = {"type": "bar", "height": {"band": 0.62}, "cornerRadiusEnd": 2}
    return [
        {"mark": {**bar, "color": GRID}, "encoding": {"x": edge, **parts.TIP}},
        {"mark": {**bar, "color": ACCENT}, "encoding": {"x": left, **parts.TIP}},
        {"mark": parts.text_mark("left", dx=8, bold=True), "encoding": {"x": edge, "text": {"field": "text"}}},
        {
            "mark": parts.text_mark("left", dx=8 + width_of(f"{base:,}"), color=MUTED),
            "encoding": {"x": edge, "text": {"field": "minus"}},
        },
    ]


def _hue(rows: Sequence[JsonObject]) -> JsonObject:
    palette = {"strong": ACCENT, "quiet": OTHER}
    names = sorted({str(row["hue"]) for row in rows})
    return parts.colours("hue", names, [palette[name] for name in names], legend=False)
