"""A picture as a typed value. It knows nothing of tables or of drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from semantic_layer.errors import DataError, Language, Text
from semantic_layer.query.plan import ChartKind

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """A drawable chart. `spec` is Vega-Lite JSON text with its data inside; `title` says the finding.

    A tile has an empty `spec`: the headline of the answer is the picture.
    """

    kind: ChartKind
    title: str
    subtitle: str
    spec: str
    language: Language
    choices: tuple[ChartKind, ...] = ()  # other kinds that fit this table

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file, PNG or SVG by its ending; raises `DataError` for anything else, and for a tile."""
        from tools.chart.render import render_png, render_svg  # noqa: PLC0415  # a value does not know how it is drawn

        target = Path(path)
        ending = target.suffix.lower()
        if not self.spec:
            raise DataError(Text("这个答案只有一个数字，没有图。", "This answer is one number; it has no picture."))
        if ending not in {".png", ".svg"}:
            zh, en = f"不能保存为「{ending}」，请用 .png 或 .svg。", f"{ending!r} is not possible; use .png or .svg."
            raise DataError(Text(zh, en), suggestions=(".png", ".svg"))
        try:
            target.write_bytes(render_png(self) if ending == ".png" else render_svg(self).encode())
        except OSError as error:
            raise DataError(
                Text(f"写不了「{target}」：{error.strerror}。", f"{target} cannot be written: {error.strerror}.")
            ) from error
        return target
