"""What a workbook's reader for large files does not tell: passwords, merged cells, formulas that nobody computed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from openpyxl.utils import column_index_from_string

from semantic_layer.ingestion.sources import faults

OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MOST_STRINGS: Final = 1_000_000_000  # bytes of shared texts, which are held in memory
_STRINGS: Final = "xl/sharedStrings.xml"
_MERGED: Final = re.compile(rb'mergeCell [^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_NOT_COMPUTED: Final = re.compile(
    rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_BLOCK: Final = 1_000_000
_LONGEST: Final = 20_000  # bytes of one cell with its formula


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that are one, by columns and rows from 1, both ends inside."""

    left: int
    top: int
    right: int
    bottom: int


def check_archive(path: Path, place: str) -> None:
    """Raises `DataError` for a file that cannot be a workbook: empty, with a password, of an old format, too large."""
    with path.open("rb") as handle:
        start = handle.read(len(OLE))
        if not start:
            raise faults.empty(place)
        if start == OLE:
            raise _locked(place) if _ENCRYPTED in handle.read(50_000_000) else _old(place)
    try:
        with ZipFile(path) as archive:
            sizes = {each.filename: each.file_size for each in archive.infolist()}
    except BadZipFile as error:
        raise faults.damaged(place, str(error)) from error
    if sizes.get(_STRINGS, 0) > _MOST_STRINGS:
        raise _large(place)


def look_through(path: Path, place: str, sheet: str) -> tuple[Merged, ...]:
    """The merged cells of a sheet, whose markup is read once from end to end.

    Raises:
        DataError: when a formula has no value.
    """
    found: list[Merged] = []
    rest = b""
    with ZipFile(path) as archive, archive.open(sheet) as markup:
        while block := markup.read(_BLOCK):
            text = rest + block
            if missing := _NOT_COMPUTED.search(text):
                raise _not_computed(place, missing.group(1).decode())
            last = 0
            for area in _MERGED.finditer(text):
                left, top, right, bottom = (each.decode() for each in area.groups())
                found.append(
                    Merged(column_index_from_string(left), int(top), column_index_from_string(right), int(bottom))
                )
                last = area.end()
            rest = text[max(last, len(text) - _LONGEST) :]
    return tuple(found)


def _locked(place: str) -> Exception:
    return faults.fault(
        place,
        "工作簿有密码，无法读取。请在 Excel 里去掉密码后另存，或导出为 CSV。",
        "the workbook has a password and cannot be read. Save it without one, or export it as CSV.",
    )


def _old(place: str) -> Exception:
    return faults.fault(
        place,
        "这是旧格式的工作簿（.xls）。请在 Excel 里另存为 .xlsx，或导出为 CSV。",
        "this is a workbook of the old format (.xls). Save it as .xlsx, or export it as CSV.",
    )


def _large(place: str) -> Exception:
    return faults.fault(
        place,
        "工作簿里的文字超过 1 GB，无法在内存里打开。请导出为 CSV。",
        "the texts of the workbook take more than 1 GB and cannot be opened in memory. Export it as CSV.",
    )


def _not_computed(place: str, cell: str) -> Exception:
    return faults.fault(
        f"{place}:{cell}",
        "这个单元格是公式，但文件里没有保存计算结果。请在 Excel 里打开并保存一次再导入。",
        "this cell is a formula whose value was never saved. Open the workbook in Excel, save it, and load again.",
    )
