"""How the values of a column are to be read: numbers, dates, percents and money that are stored as text are recognised.

A form is taken only when every value there is has it, so that nothing is lost by reading it so; a date whose day and
month cannot be told apart stays text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.types import Reading
from semantic_layer.ingestion.names import identifier
from semantic_layer.model.types import ColumnType, Unit

MISSING: Final = ("", "null", "none", "n/a", "na", "nan", "-", "--", "\\n", "#n/a", "无", "空")
_INTEGERS: Final = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)
_DATES: Final = (
    ("%Y/%m/%d", r"\d{4}/\d{1,2}/\d{1,2}"),
    ("%Y.%m.%d", r"\d{4}\.\d{1,2}\.\d{1,2}"),
    ("%Y年%m月%d日", r"\d{4}年\d{1,2}月\d{1,2}日"),
    ("%Y%m%d", r"(19|20)\d{6}"),
    ("%d.%m.%Y", r"\d{1,2}\.\d{1,2}\.\d{4}"),
    ("%d-%b-%Y", r"\d{1,2}-[A-Za-z]{3}-\d{4}"),
    ("%b %d, %Y", r"[A-Za-z]{3} \d{1,2}, \d{4}"),
    ("%Y/%m/%d %H:%M:%S", r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}"),
    ("%Y/%m/%d %H:%M", r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}"),
    ("%Y%m%d%H%M%S", r"(19|20)\d{12}"),
    ("%d/%m/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%m/%d/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%d/%m/%Y %H:%M", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"),
    ("%m/%d/%Y %H:%M", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"),
    ("%d/%m/%Y %H:%M:%S", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}"),
    ("%m/%d/%Y %H:%M:%S", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}"),
)
_EITHER: Final = frozenset(form for form, _ in _DATES if form.startswith(("%d/%m/", "%m/%d/")))
_ONLY_WHEN_NAMED: Final = frozenset({"%Y%m%d", "%Y%m%d%H%M%S"})
_NUMBER: Final = r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?"
_GROUPED: Final = r"[-+]?\d{1,3}([,，]\d{3})+(\.\d+)?"
_MONEY: Final = r"[-+]?\s?[¥￥$€£]\s?[-+]?\d[\d,，]*(\.\d+)?|[-+]?\d[\d,，]*(\.\d+)?\s?元"
_PERCENT: Final = r"[-+]?\d+(\.\d+)?\s?[%％]"


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of writing: SQL that says whether a value has it, and the reading that follows when all have."""

    matches: str
    reading: Reading


def readings_of(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[tuple[str, str]], lexicon: Lexicon
) -> dict[str, Reading]:
    """For each (name, type in DuckDB) of the relation `source` how it is read."""
    found: dict[str, Reading] = {}
    for name, kind in columns:
        own = _as_stored(name, kind)
        if own is None or (kind in _INTEGERS and _is_named_time(name, lexicon)):
            text = f"trim(CAST({identifier(name)} AS VARCHAR))"
            found[name] = _of_text(connection, source, name, text, lexicon, stored=own)
        else:
            found[name] = own
    return found


def _as_stored(name: str, kind: str) -> Reading | None:
    """The reading of a column that has a type already; `None` for text."""
    column = identifier(name)
    if kind in _INTEGERS:
        return Reading(type=ColumnType.INTEGER, sql=f"CAST({column} AS BIGINT)")
    if kind.startswith("DECIMAL"):
        return Reading(type=ColumnType.DECIMAL, sql=f"CAST({column} AS DECIMAL(18,4))")
    if kind in ("DOUBLE", "FLOAT"):
        return Reading(type=ColumnType.FLOAT, sql=f"CAST({column} AS DOUBLE)")
    if kind == "BOOLEAN":
        return Reading(type=ColumnType.BOOLEAN, sql=column)
    if kind == "DATE":
        return Reading(type=ColumnType.DATE, sql=column)
    if kind.startswith("TIMESTAMP"):
        return Reading(type=ColumnType.TIMESTAMP, sql=f"CAST({column} AS TIMESTAMP)")
    return None


def _is_named_time(name: str, lexicon: Lexicon) -> bool:
    return bool({"date", "time", "day", "birthday", "日期", "时间"} & set(lexicon.pieces(name)))


def _of_text(  # all but the last say where the values are
    connection: duckdb.DuckDBPyConnection,
    source: str,
    name: str,
    text: str,
    lexicon: Lexicon,
    *,
    stored: Reading | None,
) -> Reading:
    column = identifier(name)
    kept = stored or Reading(type=ColumnType.STRING, sql=f"CAST({column} AS VARCHAR)")
    listed = ", ".join(f"'{one}'" for one in MISSING)
    there = f"NULLIF({text}, CASE WHEN lower({text}) IN ({listed}) THEN {text} END)"
    forms = [form for form in _forms(there, name, lexicon) if stored is None or form.reading.type is not kept.type]
    counted = ", ".join(f"count(*) FILTER (WHERE {form.matches})" for form in forms)
    statement = f"SELECT count({there}), {counted} FROM {source}"  # quoted names and fixed forms
    row = one_row(connection, statement)
    total, counts = int(row[0]), [int(count) for count in row[1:]]
    if not total:
        return kept
    full = [form.reading for form, count in zip(forms, counts, strict=True) if count == total]
    either = [one for one in full if one.form in _EITHER]
    if len(either) > 1:  # no day above 12: it may be either
        full = [one for one in full if one not in either]
    return full[0] if full else kept


def _forms(text: str, name: str, lexicon: Lexicon) -> Iterator[_Form]:
    """Forms in the order in which they are believed."""
    whole = {ColumnType.DATE: "DATE", ColumnType.TIMESTAMP: "TIMESTAMP"}
    plain_day = rf"regexp_full_match({text}, '\d{{4}}-\d{{1,2}}-\d{{1,2}}')"
    day = Reading(type=ColumnType.DATE, sql=f"TRY_CAST({text} AS DATE)")
    yield _Form(f"{plain_day} AND TRY_CAST({text} AS DATE) IS NOT NULL", day)
    moment = Reading(type=ColumnType.TIMESTAMP, sql=f"TRY_CAST({text} AS TIMESTAMP)")
    plain_moment = rf"regexp_matches({text}, '^\d{{4}}-\d{{1,2}}-\d{{1,2}}([ T]|$)')"
    yield _Form(f"{plain_moment} AND TRY_CAST({text} AS TIMESTAMP) IS NOT NULL", moment)
    named = _is_named_time(name, lexicon)
    for form, pattern in _DATES:
        if form in _ONLY_WHEN_NAMED and not named:
            continue
        kind = ColumnType.TIMESTAMP if "%H" in form else ColumnType.DATE
        parsed = f"try_strptime({text}, '{form}')"
        reading = Reading(type=kind, sql=f"CAST({parsed} AS {whole[kind]})", form=form)
        yield _Form(f"regexp_full_match({text}, '{pattern}') AND {parsed} IS NOT NULL", reading)
    yield from _truths(text)
    if not _is_code(name, lexicon):
        yield from _numbers(text)


def _truths(text: str) -> Iterator[_Form]:
    sql = f"CASE lower({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    yield _Form(f"lower({text}) IN ('true', 'false')", Reading(type=ColumnType.BOOLEAN, sql=sql, form="true, false"))


def _is_code(name: str, lexicon: Lexicon) -> bool:
    """Digits that nobody computes with stay as they are written: phones, codes, postcodes, numbers of documents."""
    pieces = lexicon.pieces(name)
    coded = {"code", "phone", "telephone", "mobile", "postcode", "fax", "version", "sku"}
    return bool(coded & set(pieces)) or (bool(pieces) and pieces[-1] == "number" and "of" not in pieces)


def _numbers(text: str) -> Iterator[_Form]:
    digits = f"regexp_replace({text}, '[^0-9.+-]', '', 'g')"
    padded = rf"regexp_matches({text}, '^[-+]?0\d')"
    integer = Reading(type=ColumnType.INTEGER, sql=f"TRY_CAST({text} AS BIGINT)", form="12")
    yield _Form(rf"regexp_full_match({text}, '[-+]?\d{{1,18}}') AND NOT {padded}", integer)
    number = Reading(type=ColumnType.FLOAT, sql=f"TRY_CAST({text} AS DOUBLE)", form="1.2")
    yield _Form(f"regexp_full_match({text}, '{_NUMBER}') AND NOT {padded}", number)
    grouped = Reading(type=ColumnType.FLOAT, sql=f"TRY_CAST({digits} AS DOUBLE)", form="1,200")
    either = f"(regexp_full_match({text}, '{_GROUPED}') OR regexp_full_match({text}, '{_NUMBER}'))"
    yield _Form(f"{either} AND NOT {padded}", grouped)
    money = Reading(
        type=ColumnType.DECIMAL, sql=f"TRY_CAST({digits} AS DECIMAL(18,4))", form="¥1,200", unit=Unit.CURRENCY
    )
    yield _Form(f"regexp_full_match({text}, '{_MONEY}')", money)
    share = Reading(type=ColumnType.FLOAT, sql=f"TRY_CAST({digits} AS DOUBLE) / 100", form="12.5%", unit=Unit.PERCENT)
    yield _Form(f"regexp_full_match({text}, '{_PERCENT}')", share)
