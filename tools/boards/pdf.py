"""A board as PDF: a landscape A4 page for each tile, drawn as SVG in the look of the pictures, text with the shipped font."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from semantic_layer.errors import Language, Text
from semantic_layer.table import Cell
from tools.boards.paper import Paper, Sheet, shown_part
from tools.chart.paper import pdf_of, untitled
from tools.chart.render import render_svg
from tools.chart.theme import ACCENT, FONT, GRID, INK, MUTED, width_of, wrapped
from tools.numbers import cell

WIDTH: Final = 1123  # A4 at 96 pixels to the inch
HEIGHT: Final = 794
_EDGE: Final = 64
_INNER: Final = WIDTH - 2 * _EDGE
_SVG: Final = "http://www.w3.org/2000/svg"
_BAD: Final = "#C0362C"
_ROW: Final = 28
_POINTS: Final = 72 / 96  # of a page, to one pixel of the drawing

Tick = Callable[[int, int], None]  # (pages drawn, pages in all)


def write_pdf(paper: Paper, tick: Tick) -> bytes:
    """All pages in one file. Raises `DataError` when a picture cannot be drawn, and whatever `tick` raises."""
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415  # needed for exports alone

    book = PdfWriter()
    sheets = paper.sheets
    for number, sheet in enumerate(sheets, 1):
        tick(number - 1, len(sheets))
        drawn = PdfReader(io.BytesIO(pdf_of(page_svg(paper, sheet, number)))).pages[0]
        book.add_page(drawn).scale_by(_POINTS)
    book.add_metadata({"/Title": paper.name, "/Creator": "Qunxiang"})
    book.compress_identical_objects()  # the font of each page is the same
    out = io.BytesIO()
    book.write(out)
    tick(len(sheets), len(sheets))
    return out.getvalue()


def page_svg(paper: Paper, sheet: Sheet, number: int) -> str:
    """One page: board and number at the top, the finding, the picture, and the small print at the foot."""
    ET.register_namespace("", _SVG)
    root = ET.Element(f"{{{_SVG}}}svg", width=str(WIDTH), height=str(HEIGHT), viewBox=f"0 0 {WIDTH} {HEIGHT}")
    ET.SubElement(root, f"{{{_SVG}}}rect", width=str(WIDTH), height=str(HEIGHT), fill="#FFFFFF")
    _line(root, paper.name, _EDGE, 52, 13, MUTED)
    _line(root, f"{number} / {len(paper.sheets)}", WIDTH - _EDGE, 52, 13, MUTED, anchor="end")
    top = _head(root, sheet)
    foot = HEIGHT - 44 - 18 * len(_small(sheet, paper))
    _body(root, sheet, paper, top, foot - 16)
    for at, said in enumerate(_small(sheet, paper)):
        _line(root, said, _EDGE, foot + 18 * at + 12, 11.5, MUTED)
    return ET.tostring(root, encoding="unicode")


def _head(root: ET.Element, sheet: Sheet) -> float:
    y = 98.0
    for said in wrapped(sheet.title, 24, _INNER)[:2]:
        _line(root, said, _EDGE, y, 24, INK)
        y += 34
    if sheet.fault:
        for said in wrapped(sheet.fault, 14, _INNER)[:2]:
            _line(root, said, _EDGE, y, 14, _BAD)
            y += 22
    if sheet.sentence and sheet.sentence != sheet.title:
        for said in wrapped(sheet.sentence, 15, _INNER)[:3]:
            _line(root, said, _EDGE, y, 15, INK)
            y += 24
    if sheet.note:
        ET.SubElement(root, f"{{{_SVG}}}rect", x=str(_EDGE), y=str(y - 12), width="2", height="20", fill=ACCENT)
        for said in wrapped(sheet.note, 14, _INNER - 16)[:3]:
            _line(root, said, _EDGE + 14, y + 4, 14, MUTED)
            y += 22
    return y + 8


def _body(root: ET.Element, sheet: Sheet, paper: Paper, top: float, bottom: float) -> None:
    if sheet.big:
        _line(root, sheet.big, _EDGE, top + 64, 64, INK)
        _line(root, sheet.big_label, _EDGE + width_of(sheet.big, 64) + 16, top + 64, 18, MUTED)
        top += 96
    if sheet.chart is not None and sheet.chart.spec:
        _picture(root, sheet, top, bottom)
    elif sheet.table is not None and len(sheet.table):
        _table(root, sheet, paper, top, bottom)


def _picture(root: ET.Element, sheet: Sheet, top: float, bottom: float) -> None:
    if sheet.chart is None:
        return
    drawn = ET.fromstring(render_svg(untitled(sheet.chart)))  # noqa: S314  # drawn by us, not received
    wide, high = float(drawn.get("width", "640")), float(drawn.get("height", "360"))
    scale = min(_INNER / wide, (bottom - top) / high, 1.6)
    if drawn.get("viewBox") is None:
        drawn.set("viewBox", f"0 0 {wide} {high}")
    drawn.set("x", str(_EDGE))
    drawn.set("y", str(top))
    drawn.set("width", str(wide * scale))
    drawn.set("height", str(high * scale))
    root.append(drawn)


def _table(root: ET.Element, sheet: Sheet, paper: Paper, top: float, bottom: float) -> None:
    if sheet.table is None:
        return
    columns, rows, total = shown_part(sheet.table)
    fits = max(1, int((bottom - top - 2 * _ROW) // _ROW))
    rows = rows[:fits]
    step = _INNER / len(columns)
    numeric = [column.unit is not None and column.role not in ("group", "time") for column in columns]

    def row(y: float, cells: Sequence[str], colour: str) -> None:
        for at, text in enumerate(cells):
            fit = wrapped(text, 13, int(step - 16))
            said = fit[0] if len(fit) == 1 else f"{fit[0][:-1]}…"
            x = _EDGE + step * (at + 1) - 8 if numeric[at] else _EDGE + step * at
            _line(root, said, x, y, 13, colour, anchor="end" if numeric[at] else "start")

    row(top + 18, [column.label.in_(paper.language) for column in columns], MUTED)
    for at, cells in enumerate(rows, 1):
        y = top + 18 + _ROW * at
        ET.SubElement(root, f"{{{_SVG}}}rect", x=str(_EDGE), y=str(y - 19), width=str(_INNER), height="1", fill=GRID)
        row(y, cells_in(columns, cells, paper), INK)
    if len(rows) < total:
        _line(root, more_rows(len(rows), total, paper.language), _EDGE, top + 18 + _ROW * (len(rows) + 1), 12, MUTED)


def cells_in(columns: Sequence[object], cells: Sequence[object], paper: Paper) -> list[str]:
    """The cells of one row as they are shown."""
    return [
        cell(_cell(value), getattr(column, "unit", None), paper.language, paper.currency)
        for column, value in zip(columns, cells, strict=True)
    ]


def more_rows(shown: int, total: int, language: Language) -> str:
    return Text(f"显示前 {shown:,} 行，共 {total:,} 行", f"first {shown:,} of {total:,} rows").in_(language)


def _cell(value: object) -> Cell:
    return value  # type: ignore[return-value]  # rows of a `Table` hold cells


def _small(sheet: Sheet, paper: Paper) -> list[str]:
    lines = [part for said in (*sheet.small, paper.made) for part in wrapped(said, 11.5, _INNER)]
    return lines[:6]


def _line(root: ET.Element, text: str, x: float, y: float, size: float, colour: str, *, anchor: str = "start") -> None:
    node = ET.SubElement(
        root,
        f"{{{_SVG}}}text",
        {
            "x": f"{x:g}",
            "y": f"{y:g}",
            "font-family": FONT,
            "font-size": f"{size:g}",
            "fill": colour,
            "text-anchor": anchor,
        },
    )
    node.text = text
