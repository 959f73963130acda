"""A board as PDF and PPTX: what stands on the pages, what never does, who may, the proof, and the stop."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pptx
import pytest
from pypdf import PdfReader

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, InvalidPlanError, NotAllowedError, Text
from semantic_layer.model.types import Sensitivity, Unit
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import ByField, Query
from semantic_layer.table import ResultColumn, Table
from tools.boards.paper import Paper, Sheet, without_persons
from tools.boards.pdf import page_svg, write_pdf
from tools.boards.slides import write_pptx
from tools.boards.taking import Taking, take_board
from tools.chart import choose_chart
from tools.chart.paper import png_of, untitled
from tools.export.proof import Format, LedgerProofs, Proof, What
from tools.ledger import LedgerInMemory

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
POLICY = Policy(
    roles=(RolePolicy(name="analyst", purposes=("internal",)), RolePolicy(name="reader", export=False)),
    purposes=("internal", "win-back"),
)
QUERY = Query(metrics=("sales",), by=(ByField("store.region"),))
REGION = ResultColumn(name="region", label=Text("大区", "Region"), role="group", source="store.region")
SALES = ResultColumn(name="sales", label=Text("销售额", "Sales"), role="metric", source="sales", unit=Unit.CURRENCY)
TABLE = Table((REGION, SALES), (("华东", 82400.0), ("华南", 42400.0)))


def paper() -> Paper:
    chart = choose_chart(TABLE, QUERY, "zh", subtitle="上个月")
    drawn = Sheet(
        title="华东销售额最高",
        sentence="销售额最高的是华东。",
        chart=chart,
        table=TABLE,
        note="周会先看华东",
        small=("上个月", "数据截至 2026-10-31，2026-11-02 09:30 计算"),
        restated="上个月各大区销售额",
    )
    number = Sheet(title="高价值客户", big="1,244", big_label="人", small=("数据截至 2026-10-31",))
    listed = Sheet(title="各大区", table=Table((REGION, SALES), tuple((f"大区{n}", float(n)) for n in range(40))))
    failed = Sheet(title="复购率", fault="数据暂时读不了，请稍后刷新。")
    return Paper(
        name="周会", sheets=(drawn, number, listed, failed), language="zh", made="由 wei 导出于 2026-11-02 09:30"
    )


def numbers() -> Paper:
    """The sheets that need no picture."""
    return replace(paper(), sheets=paper().sheets[1:3])


def quiet(_done: int, _of: int) -> None:
    pass


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    return PdfReader(io.BytesIO(write_pdf(paper(), quiet)))


def test_a_pdf_has_an_a4_page_for_each_tile_with_chinese_as_text(pdf: PdfReader) -> None:
    assert [tuple(round(float(n)) for n in page.mediabox[2:]) for page in pdf.pages] == [(842, 596)] * 4
    said = [page.extract_text() for page in pdf.pages]
    for words in ("周会", "1 / 4", "华东销售额最高", "华南", "周会先看华东", "数据截至 2026-10-31", "由 wei 导出于"):
        assert words in said[0], words
    assert "1,244" in said[1]
    assert "显示前" in said[2]
    assert "共 40 行" in said[2]
    assert "数据暂时读不了" in said[3]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "周会"


def test_the_fonts_of_a_pdf_are_inside_it(pdf: PdfReader) -> None:
    fonts = [font.get_object() for font in pdf.pages[0]["/Resources"]["/Font"].values()]
    names = {str(font["/BaseFont"]) for font in fonts}
    assert any("NotoSans" in name for name in names), names
    inner = [
        font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts if "/DescendantFonts" in font
    ]
    assert inner
    assert all({"/FontFile2", "/FontFile3"} & set(one) for one in inner)


def test_chinese_is_drawn_and_not_left_as_boxes() -> None:
    """Two characters give two pictures; a missing glyph would give the same box twice."""

    def drawn(title: str) -> bytes:
        one = Paper(name="", sheets=(Sheet(title=title),), language="zh", made="")
        return png_of(page_svg(one, one.sheets[0], 1), scale=0.25)

    assert len({drawn(title) for title in ("销", "售", "额")}) == 3


def test_a_slide_has_the_finding_as_its_title_and_what_was_asked_in_its_notes() -> None:
    book = pptx.Presentation(io.BytesIO(write_pptx(paper(), quiet)))
    slides = list(book.slides)
    assert [slide.shapes.title.text_frame.text for slide in slides] == [
        "华东销售额最高",
        "高价值客户",
        "各大区",
        "复购率",
    ]
    first = slides[0]
    pictures = [shape for shape in first.shapes if shape.shape_type is not None and "PICTURE" in str(shape.shape_type)]
    assert len(pictures) == 1
    assert "上个月各大区销售额" in first.notes_slide.notes_text_frame.text
    small = first.shapes[-1].text_frame
    assert "数据截至 2026-10-31" in small.text
    assert small.paragraphs[0].runs[0].font.size.pt == 10
    assert 'typeface="Noto Sans CJK SC"' in small.paragraphs[0].runs[0]._r.xml
    assert any(shape.has_table for shape in slides[2].shapes)
    assert "数据暂时读不了，请稍后刷新。" in {
        shape.text_frame.text for shape in slides[3].shapes if shape.has_text_frame
    }


def test_a_chart_loses_its_title_and_nothing_else() -> None:
    chart = choose_chart(TABLE, QUERY, "zh", subtitle="上个月")
    assert chart is not None
    assert '"title": {"text"' in chart.spec
    assert '"title": {"text"' not in untitled(chart).spec
    assert "华东" in untitled(chart).spec


@pytest.mark.parametrize(
    "column",
    [
        ResultColumn(name="phone", label=Text("手机", "Phone"), role="attribute", sensitivity=Sensitivity.CONTACT),
        ResultColumn(name="name", label=Text("姓名", "Name"), role="attribute", masked=True),
        ResultColumn(name="member", label=Text("会员号", "Member"), role="key"),
    ],
)
def test_a_table_about_persons_is_not_on_paper(column: ResultColumn) -> None:
    assert without_persons(Table((REGION, column), (("华东", "x"),))) is None
    assert without_persons(TABLE) is TABLE
    assert without_persons(None) is None


def taking(role: str, proofs: LedgerProofs, purpose: str = "") -> Taking:
    ids = itertools.count(1)
    return Taking(
        user=User(name="wei", roles=(role,)),
        policy=POLICY,
        data_set="retail",
        definitions="d1",
        data_date=date(2026, 10, 31),
        plan=Plan((QUERY,)),
        at=NOW,
        new_id=lambda: f"p{next(ids)}",
        prove=proofs.write,
        purpose=purpose,
    )


def test_a_file_is_proven_with_what_it_holds(tmp_path: Path) -> None:
    proofs = LedgerProofs(LedgerInMemory())
    path = take_board(numbers(), tmp_path / "board.pdf", taking("analyst", proofs), tick=quiet, cancel=Cancel())
    (proof,) = proofs.proofs()
    assert (proof.who, proof.what, proof.format, proof.file_name) == ("wei", What.BOARD, Format.PDF, "board.pdf")
    assert proof.columns == ("store.region", "sales")
    assert proof.masked_columns == ()
    assert proof.rows == 40
    assert '"sales"' in proof.plan
    assert proof.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [one.name for one in tmp_path.iterdir()] == ["board.pdf"]


def test_who_may_not_export_takes_no_board_and_states_no_other_purpose(tmp_path: Path) -> None:
    proofs = LedgerProofs(LedgerInMemory())
    for role, purpose in (("reader", ""), ("analyst", "win-back"), ("nobody", "")):
        with pytest.raises(NotAllowedError):
            take_board(paper(), tmp_path / "b.pdf", taking(role, proofs, purpose), tick=quiet, cancel=Cancel())
    with pytest.raises(InvalidPlanError):
        take_board(paper(), tmp_path / "b.docx", taking("analyst", proofs), tick=quiet, cancel=Cancel())
    empty = Paper(name="空", sheets=(), language="zh", made="")
    with pytest.raises(InvalidPlanError):
        take_board(empty, tmp_path / "b.pdf", taking("analyst", proofs), tick=quiet, cancel=Cancel())
    assert list(tmp_path.iterdir()) == []
    assert proofs.proofs() == ()


def test_a_stop_or_a_failure_leaves_no_file_and_no_proof(tmp_path: Path) -> None:
    proofs = LedgerProofs(LedgerInMemory())
    stopped, seen = Cancel(), []

    def tick(done: int, of: int) -> None:
        seen.append((done, of))
        stopped.press()

    with pytest.raises(CancelledError):
        take_board(numbers(), tmp_path / "b.pptx", taking("analyst", proofs), tick=tick, cancel=stopped)
    assert seen == [(0, 2)]

    def refuse(_: Proof) -> None:
        raise DataError(Text("满了", "full"))

    for target, prove in ((tmp_path / "b.pdf", refuse), (tmp_path / "file" / "b.pdf", proofs.write)):
        (tmp_path / "file").touch()
        with pytest.raises(DataError):
            take_board(numbers(), target, replace(taking("analyst", proofs), prove=prove), tick=quiet, cancel=Cancel())
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert proofs.proofs() == ()
