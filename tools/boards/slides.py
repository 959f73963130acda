"""A board as PowerPoint: a slide for each tile, with the finding as its title, the picture, and what was asked as its notes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from tools.boards.paper import Paper, Sheet, shown_part
from tools.boards.pdf import Tick, cells_in, more_rows
from tools.chart.paper import untitled
from tools.chart.render import render_png
from tools.chart.theme import ACCENT, INK, MUTED, wrapped

if TYPE_CHECKING:
    from pptx.slide import Slide

WIDE: Final = 13.333  # inches, 16 : 9
HIGH: Final = 7.5
_EDGE: Final = 0.7
_ROW: Final = 0.34
_FACE: Final = "Noto Sans CJK SC"
_INCH: Final = 96  # pixels
_POINT: Final = 96 / 72  # pixels
_BAD: Final = "#C0362C"
_PIXELS: Final = 3.0  # of a picture, to one of its own
_BLANK: Final = 5  # the layout with a title and nothing else


def write_pptx(paper: Paper, tick: Tick) -> bytes:
    """All slides in one file. Raises `DataError` when a picture cannot be drawn, and whatever `tick` raises."""
    from pptx import Presentation  # noqa: PLC0415  # slow to load, needed for exports alone
    from pptx.util import Inches  # noqa: PLC0415

    book = Presentation()
    book.slide_width, book.slide_height = Inches(WIDE), Inches(HIGH)
    book.core_properties.title = paper.name
    book.core_properties.author = "Qunxiang"
    sheets = paper.sheets
    for number, sheet in enumerate(sheets, 1):
        tick(number - 1, len(sheets))
        slide = book.slides.add_slide(book.slide_layouts[_BLANK])
        _draw(slide, paper, sheet)
        slide.notes_slide.notes_text_frame.text = _notes(sheet, paper)
    out = io.BytesIO()
    book.save(out)
    tick(len(sheets), len(sheets))
    return out.getvalue()


def _notes(sheet: Sheet, paper: Paper) -> str:
    return "\n".join(part for part in (sheet.restated, sheet.note, *sheet.small, paper.made) if part)


def _draw(slide: Slide, paper: Paper, sheet: Sheet) -> None:
    from pptx.util import Inches  # noqa: PLC0415

    title = slide.shapes.title
    if title is None:  # the layout has one
        raise LookupError(_BLANK)
    title.left, title.top, title.width, title.height = (Inches(n) for n in (_EDGE, 0.45, WIDE - 2 * _EDGE, 0.95))
    _fill(title, sheet.title, 26, INK)
    top = 1.45
    for text, size, colour in ((sheet.fault, 13, _BAD), (sheet.sentence, 15, INK), (sheet.note, 13, MUTED)):
        if text and text != sheet.title:
            high = 0.022 * size * len(wrapped(text, size * _POINT, int((WIDE - 2 * _EDGE - 0.3) * _INCH)))
            _text(slide, text, top, high, size, colour)
            top += high + 0.12
    if sheet.big:
        _text(slide, f"{sheet.big} {sheet.big_label}".strip(), top, 1.1, 54, ACCENT)
        top += 1.2
    bottom = HIGH - 0.95
    if sheet.chart is not None and sheet.chart.spec:
        _picture(slide, sheet, top, bottom)
    elif sheet.table is not None and len(sheet.table):
        _table(slide, paper, sheet, top)
    _text(slide, " · ".join((paper.name, *sheet.small)), HIGH - 0.75, 0.5, 10, MUTED)


def _picture(slide: Slide, sheet: Sheet, top: float, bottom: float) -> None:
    from pptx.util import Emu, Inches  # noqa: PLC0415

    if sheet.chart is None:
        return
    picture = slide.shapes.add_picture(
        io.BytesIO(render_png(untitled(sheet.chart), scale=_PIXELS)), Inches(_EDGE), Inches(top)
    )
    scale = min(Inches(WIDE - 2 * _EDGE) / picture.width, Inches(bottom - top) / picture.height)
    picture.width, picture.height = Emu(int(picture.width * scale)), Emu(int(picture.height * scale))
    described = f"{sheet.chart.title}. {sheet.chart.subtitle}"
    named = picture._element.xpath("./p:nvPicPr/p:cNvPr")  # noqa: SLF001  # the library has no setter for it
    named[0].set("descr", described)


def _table(slide: Slide, paper: Paper, sheet: Sheet, top: float) -> None:
    from pptx.enum.text import PP_ALIGN  # noqa: PLC0415
    from pptx.util import Inches  # noqa: PLC0415

    if sheet.table is None:
        return
    columns, rows, total = shown_part(sheet.table)
    rows = rows[: max(1, int((HIGH - 1.2 - top) / _ROW) - 1)]
    where = (Inches(_EDGE), Inches(top), Inches(WIDE - 2 * _EDGE), Inches(_ROW * (len(rows) + 1)))
    grid = slide.shapes.add_table(len(rows) + 1, len(columns), *where).table
    grid.first_row = grid.horz_banding = False
    lines = [[column.label.in_(paper.language) for column in columns]]
    lines += [cells_in(columns, row, paper) for row in rows]
    for y, line in enumerate(lines):
        for x, said in enumerate(line):
            cell = grid.cell(y, x)
            cell.fill.background()  # type: ignore[no-untyped-call]  # its types are not whole
            _fill(cell, said, 11, INK if y else MUTED)
            if columns[x].unit is not None and columns[x].role not in ("group", "time"):
                cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    if len(rows) < total:
        _text(slide, more_rows(len(rows), total, paper.language), HIGH - 1.1, 0.3, 10, MUTED)


def _text(slide: Slide, text: str, top: float, height: float, size: float, colour: str) -> None:
    from pptx.util import Inches  # noqa: PLC0415

    box = slide.shapes.add_textbox(Inches(_EDGE), Inches(top), Inches(WIDE - 2 * _EDGE), Inches(height))
    _fill(box, text, size, colour)


def _fill(shape: object, text: str, size: float, colour: str) -> None:
    """Text in one size and colour, with a face for Chinese beside the one for Latin letters."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN  # noqa: PLC0415
    from pptx.oxml.ns import qn  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    frame = shape.text_frame  # type: ignore[attr-defined]  # every shape that is given here has one
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.text = text
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    for run in paragraph.runs:
        run.font.size, run.font.name = Pt(size), _FACE
        run.font.color.rgb = RGBColor.from_string(colour.lstrip("#"))  # type: ignore[no-untyped-call]  # its types are not whole
        properties = run._r.get_or_add_rPr()  # noqa: SLF001  # the library sets the Latin face only
        chinese = properties.makeelement(qn("a:ea"), {"typeface": _FACE})
        properties.append(chinese)
