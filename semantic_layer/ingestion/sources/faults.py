"""What can be wrong with a source while it is read: each with its place, what is allowed, and what would mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.sources.port import BadRow, ReplacedError
from semantic_layer.model.nearest import nearest

MOST_TEXT: Final = 10_000  # characters of a bad row that are kept to be looked at


def fault(place: str, zh: str, en: str, *, suggestions: Sequence[str] = ()) -> DataError:
    """A `DataError` whose message begins with the place."""
    return DataError(Text(zh=f"「{place}」：{zh}", en=f"{place}: {en}"), suggestions=suggestions)


def bad_row(part: str, number: int, text: str, reason: Text, remedy: Text) -> BadRow:
    """A row that waits to be mended; very long ones are cut."""
    shown = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
    return BadRow(place=f"{part}:{number}", text=shown, reason=reason, remedy=remedy)


def vanished(place: str, near: Sequence[str] = ()) -> DataError:
    """Nothing is at the address any more. `near` is what else lies there."""
    best = nearest(place, near) or tuple(near[:3])
    zh = f"那里现在有：{'、'.join(best)}。" if best else ""
    en = f" There are: {', '.join(best)}." if best else ""
    return fault(
        place,
        f"找不到数据。{zh}请检查地址，或把文件放回原处；已导入的数据不受影响。",
        f"nothing is there.{en} Check the address, or put the file back; what was loaded is not affected.",
        suggestions=best,
    )


def replaced(place: str) -> ReplacedError:
    """The content changed between the beginning and the end of reading."""
    return ReplacedError(
        Text(
            zh=f"「{place}」：读取过程中文件被替换或改动，这一次读到的内容作废。等文件写完后会重新读取。",
            en=f"{place}: the file was replaced or changed while it was read; what was read of it does not count. It is read "
            "again when it is complete.",
        )
    )


def empty(place: str) -> DataError:
    """A file without a single character, a sheet without a cell."""
    return fault(
        place,
        "文件是空的。请重新导出，或把它移出文件夹。",
        "the file is empty. Export it again, or take it out of the folder.",
    )


def header_only(place: str) -> DataError:
    """Names of columns and no row below them."""
    return fault(
        place,
        "只有表头，没有数据行。请检查导出时的筛选条件，或把它移出文件夹。",
        "there is a header and no row below it. Check the filter of the export, or take the file out of the folder.",
    )


def not_text(place: str) -> DataError:
    """Bytes that are no text in any encoding."""
    return fault(
        place,
        "这不是文本文件（含有二进制内容）。请导出为 CSV，或在来源声明里改正 kind。",
        "this is not a text file (it holds binary content). Export it as CSV, or correct the kind of the source.",
    )


def unknown_encoding(place: str, encoding: str) -> DataError:
    """An encoding that no codec reads."""
    return fault(
        place,
        f"没有名为「{encoding}」的编码。请写 utf-8、gb18030、big5、utf-16 等，或不写，由系统识别。",
        f"no encoding is called {encoding!r}. Write utf-8, gb18030, big5, utf-16 …, or leave it out to have it found.",
    )


def undecodable(place: str, encoding: str) -> DataError:
    """A file that cannot be decoded even in parts."""
    return fault(
        place,
        f"内容不符合 {encoding} 编码。请用 UTF-8 重新导出。",
        f"the content is not {encoding}. Export it again as UTF-8.",
    )


def wrong_delimiter(place: str, declared: str, found: str) -> DataError:
    """The declared delimiter does not part the header, and another one does."""
    return fault(
        f"{place}:1",
        f"声明的分隔符 {declared!r} 没有出现在表头里，文件看来是用 {found!r} 分隔的。请把 delimiter 改为 {found!r}，或删去这一项。",
        f"the declared delimiter {declared!r} does not occur in the header; the file seems to be parted by {found!r}. Write "
        f"delimiter: {found!r}, or leave the key out.",
        suggestions=(found,),
    )


def endless_line(place: str, line: int, limit: int) -> DataError:
    """A line that does not end within `limit` bytes."""
    size = limit // 1_000_000
    return fault(
        f"{place}:{line}",
        f"这一行超过 {size} MB 仍没有换行，无法分成数据行。请检查文件是否损坏，或换行符是否丢失。",
        f"this line has no end within {size} MB, so that rows cannot be told apart. Check whether the file is damaged or has "
        "lost its line breaks.",
    )


def damaged(place: str, why: Text | str) -> DataError:
    """A file that is not what its kind says; `why` may be in the words of its reader."""
    said = why if isinstance(why, Text) else Text(why, why)
    return fault(
        place,
        f"文件已损坏或格式不对（{said.zh}）。请重新导出；已导入的数据不受影响。",
        f"the file is damaged or not in the right format ({said.en}). Export it again; what was loaded is not affected.",
    )


def no_such(place: str, kind: Text, name: str, there: Sequence[str]) -> DataError:
    """A sheet, table or list that is named and not there."""
    near = nearest(name, there) or tuple(there[:5])
    zh = f"现有：{'、'.join(near)}。" if near else ""
    en = f" There are: {', '.join(near)}." if near else ""
    return fault(
        place,
        f"没有名为「{name}」的{kind.zh}。{zh}请改正来源声明里的 table。",
        f"no {kind.en} is called {name!r}.{en} Correct the key table of the source.",
        suggestions=near,
    )


def ragged(part: str, number: int, text: str, found: int, wanted: int) -> BadRow:
    """A row with more or fewer cells than the header."""
    reason = Text(
        zh=f"有 {found} 个单元格，而表头有 {wanted} 列。",
        en=f"It has {found} cells, and the header has {wanted} columns.",
    )
    remedy = Text(
        zh="检查是否有未加引号的分隔符或缺少的单元格，改正后重新导入。",
        en="Look for a delimiter outside of quotes or a cell left out; correct the row and load again.",
    )
    return bad_row(part, number, text, reason, remedy)


def unclosed_quote(part: str, number: int, text: str) -> BadRow:
    """A quotation mark that opens a cell and is never closed."""
    reason = Text(
        zh="引号没有成对：从这里开始的单元格一直没有结束。",
        en="A quotation mark opens a cell here and is never closed.",
    )
    remedy = Text(
        zh="补上或去掉这一行里的引号，再重新导入。",
        en="Close or remove the quotation mark of this line, and load again.",
    )
    return bad_row(part, number, text, reason, remedy)


def unreadable_line(part: str, number: int, text: str, why: str) -> BadRow:
    """A line that the reader of CSV refuses."""
    reason = Text(zh=f"这一行无法解析：{why}。", en=f"This line cannot be parsed: {why}.")
    remedy = Text(
        zh="检查这一行里的引号和换行符，再重新导入。", en="Check its quotation marks and line breaks, and load again."
    )
    return bad_row(part, number, text, reason, remedy)


def undecodable_line(part: str, number: int, line: bytes, encoding: str) -> BadRow:
    """A line that is in none of the encodings tried; what cannot be read is shown as the numbers of its bytes."""
    reason = Text(
        zh=f"这一行既不是 {encoding}，也不是常见的另一种编码，无法解码。",
        en=f"This line is neither {encoding} nor the other usual encoding, and cannot be decoded.",
    )
    remedy = Text(zh="把文件统一用 UTF-8 重新导出。", en="Export the whole file again as UTF-8.")
    return bad_row(part, number, line.decode("utf-8", "backslashreplace"), reason, remedy)


def broken_json(part: str, number: int, text: str, why: Text) -> BadRow:
    """A record that is no JSON object."""
    reason = Text(zh=f"这一条不是完整的 JSON 对象：{why.zh}。", en=f"This record is not a whole JSON object: {why.en}.")
    remedy = Text(zh="补全或删去这一条，再重新导入。", en="Complete the record or remove it, and load again.")
    return bad_row(part, number, text, reason, remedy)
