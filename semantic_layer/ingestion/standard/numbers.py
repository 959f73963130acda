"""The steps over numbers and amounts of money, and the check of a value against the type of its field."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, assert_never

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.step import Reading, Step, StepContext, kept, refused
from semantic_layer.ingestion.standard.texts import half_width
from semantic_layer.model.types import ColumnType

_PLAIN: Final = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,4})?")
_WESTERN: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_EASTERN: Final = re.compile(r"[0-9]{1,4}(?:,[0-9]{4})+(?:\.[0-9]*)?")
_EUROPEAN: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}")
_BARE: Final = re.compile(r"[0-9]*\.?[0-9]+(?:e[+-]?[0-9]{1,2})?|[0-9]+\.")
_SCALES: Final = {"": 1, "十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "十万": 100_000, "百万": 10**6, "m": 10**6, "千万": 10**7, "亿": 10**8}  # fmt: skip
_SCALED: Final = re.compile(r"(.*?)(千万|百万|十万|[十百千万亿kwm])?")
_CURRENCIES: Final = {
    "¥": "CNY", "rmb": "CNY", "cny": "CNY", "cn¥": "CNY", "人民币": "CNY", "元": "CNY", "块": "CNY", "圆": "CNY", "元整": "CNY",
    "$": "USD", "usd": "USD", "us$": "USD", "美元": "USD", "美金": "USD", "€": "EUR", "eur": "EUR", "欧元": "EUR", "£": "GBP",
    "gbp": "GBP", "英镑": "GBP", "hkd": "HKD", "hk$": "HKD", "港币": "HKD", "港元": "HKD", "jpy": "JPY", "日元": "JPY",
    "twd": "TWD", "nt$": "TWD", "新台币": "TWD", "krw": "KRW", "₩": "KRW", "韩元": "KRW", "mop": "MOP", "澳门元": "MOP",
    "sgd": "SGD", "s$": "SGD", "aud": "AUD", "a$": "AUD", "cad": "CAD", "c$": "CAD",
}  # fmt: skip
_MARKS: Final = "|".join(re.escape(mark) for mark in sorted(_CURRENCIES, key=len, reverse=True))
_MARKED: Final = re.compile(rf"(?P<before>{_MARKS})?\s*(?P<rest>.*?)\s*(?P<after>{_MARKS})?", re.DOTALL)
_LARGEST: Final = Decimal(10) ** 14
_INTEGER: Final = re.compile(r"(-?[0-9]{1,19})(?:\.0+)?")
_INT64: Final = 2**63
_DAY: Final = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")


def number(value: str, _: StepContext) -> Reading:
    text = half_width(value).strip().lower()
    if _PLAIN.fullmatch(text):
        return kept(text)
    percent = text.endswith("%")
    found = _amount(text.removesuffix("%").strip())
    if found is None:
        return _no_number()
    return _written(found / 100 if percent else found)


def money(value: str, context: StepContext) -> Reading:
    """The amount, and its currency beside it where one is written. Accountants' (12.00) is negative."""
    text = half_width(value).strip().lower()
    negative = bool(re.fullmatch(r"\(.*\)", text, re.DOTALL))
    marked = _MARKED.fullmatch(text[1:-1].strip() if negative else text)
    if marked is None:
        return _no_number()
    rest, sign = marked["rest"], ""
    before = marked["before"]
    if not before and rest[:1] in {"-", "−", "+"}:  # -¥12 as well as ¥-12
        inner = _MARKED.fullmatch(rest[1:].strip())
        if inner is not None and inner["before"]:
            sign, before, rest = rest[0], inner["before"], inner["rest"]
    found = number(f"{sign}{rest}", context)
    if found.value is None or rest.endswith("%"):
        return _no_number()
    if negative:
        found = number(f"({found.value})", context)
    currencies = {_CURRENCIES[mark] for mark in (before, marked["after"]) if mark}
    if len(currencies) > 1:
        return refused(
            Text("写了两种货币", "Two currencies are written"),
            Text("请在来源系统里更正", "Mend it in the source system"),
        )
    return Reading(value=found.value, others=tuple(("currency", currency) for currency in currencies))


def _amount(text: str) -> Decimal | None:
    """A number with signs, separators and scales, or None."""
    negative = False
    if len(text) > 2 and text[0] == "(" and text[-1] == ")":
        text, negative = text[1:-1].strip(), True
    if len(text) > 1 and text[-1] == "-":  # as some ledgers write it
        text, negative = text[:-1].strip(), not negative
    if text[:1] in {"-", "−", "+"}:
        negative ^= text[0] != "+"
        text = text[1:].strip()
    scaled = _SCALED.fullmatch(text)
    if scaled is None:
        return None
    digits, scale = re.sub(r"(?<=[0-9])[\s'](?=[0-9]{3})", "", scaled[1].strip()), scaled[2] or ""
    if _EUROPEAN.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif _WESTERN.fullmatch(digits) or _EASTERN.fullmatch(digits):
        digits = digits.replace(",", "")
    if not _BARE.fullmatch(digits):
        return None
    try:
        found = Decimal(digits) * _SCALES[scale]
    except InvalidOperation:
        return None
    return -found if negative else found


def _written(found: Decimal) -> Reading:
    if abs(found) >= _LARGEST:
        return refused(
            Text("数字太大，超过 100 万亿", "The number is too large: over 100 trillion"),
            Text("请检查是否把编号当成了数字", "Check whether a number of identity was taken for an amount"),
        )
    text = f"{found:f}"
    if found == 0:
        text = text.removeprefix("-")
    whole, point, part = text.partition(".")
    if len(part) > 4:
        text = f"{found.quantize(Decimal('0.0001')):f}"
        whole, point, part = text.partition(".")
    part = part if len(part) == 2 else part.rstrip("0")
    return kept(f"{whole}{point}{part}" if part else whole)


def _no_number() -> Reading:
    return refused(
        Text("不是数字", "Not a number"),
        Text("请写成 1234.50；单位写在列名里", "Write 1234.50; units belong into the column's name"),
    )


def typed(value: str, context: StepContext) -> Reading:
    """The value when the type of the field can hold it. Runs after all other steps."""
    kind = context.field.type
    match kind:
        case ColumnType.STRING:
            return kept(value)
        case ColumnType.INTEGER:
            whole = _INTEGER.fullmatch(value)
            fits = whole is not None and -_INT64 <= int(whole[1]) < _INT64
            return kept(str(int(whole[1]))) if whole and fits else _wrong_type(Text("整数", "a whole number"))
        case ColumnType.DECIMAL:
            fits = re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]+)?", value) is not None
            return kept(value) if fits else _wrong_type(Text("数字", "a number"))
        case ColumnType.FLOAT:
            fits = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]{1,2})?", value) is not None
            return kept(value) if fits else _wrong_type(Text("数字", "a number"))
        case ColumnType.BOOLEAN:
            return kept(value) if value in {"true", "false"} else _wrong_type(Text("是或否", "yes or no"))
        case ColumnType.DATE:
            return (
                kept(value) if _is(_DAY, value) else _wrong_type(Text("日期 2026-03-05", "a date such as 2026-03-05"))
            )
        case ColumnType.TIMESTAMP:
            wanted = Text("时间 2026-03-05 14:30:00", "a time such as 2026-03-05 14:30:00")
            return kept(value) if _is(_MOMENT, value) else _wrong_type(wanted)
        case _:
            assert_never(kind)


def _is(pattern: re.Pattern[str], value: str) -> bool:
    """Whether the value is made so and there is such a day and time."""
    try:
        return pattern.fullmatch(value) is not None and datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def _wrong_type(wanted: Text) -> Reading:
    return refused(
        Text(f"应为{wanted.zh}", f"It must be {wanted.en}"),
        Text("请给该列加上读取它的步骤，或更正来源", "Give the column the step that reads it, or mend the source"),
    )


def _typed_in_sql(value: str, context: StepContext) -> str | None:
    match context.field.type:
        case ColumnType.STRING:
            return value
        case ColumnType.INTEGER:
            return f"regexp_extract({value}, '^(?:0|-?[1-9][0-9]{{0,17}})$')"
        case ColumnType.DECIMAL | ColumnType.FLOAT:
            return f"regexp_extract({value}, '^-?[0-9]{{1,14}}(?:\\.[0-9]+)?$')"
        case ColumnType.DATE:
            return f"CAST(TRY_CAST(regexp_extract({value}, '^{_DAY.pattern}$') AS DATE) AS VARCHAR)"
        case ColumnType.TIMESTAMP:
            return f"CAST(TRY_CAST(regexp_extract({value}, '^{_MOMENT.pattern}$') AS TIMESTAMP) AS VARCHAR)"
        case _:
            return None


def number_steps() -> tuple[Step, ...]:
    """The steps of this module that definitions may name."""
    return (
        Step(
            name="number",
            words=Text("数字：千分位、万和亿、(12.00)、百分号", "numbers: separators, 万 and 亿, (12.00), percent"),
            needs=Text("数字，如 1,234.50、1.2万、(12.00)、12%", "a number such as 1,234.50, 1.2万, (12.00), 12%"),
            read=number,
            shortcut=lambda v, _: f"regexp_extract({v}, '^-?[0-9]{{1,13}}(?:\\.[0-9]{{1,4}})?$')",
        ),
        Step(
            name="money",
            words=Text("金额：同数字；货币另存", "amounts of money: as number; the currency is kept beside it"),
            needs=Text(
                "金额，如 ¥1,234.50、RMB 100、USD 3.5、100元", "an amount such as ¥1,234.50, RMB 100, USD 3.5, 100元"
            ),
            read=money,
            shortcut=lambda v, _: f"regexp_extract({v}, '^-?[0-9]{{1,13}}(?:\\.[0-9]{{1,4}})?$')",
            gives=("currency",),
        ),
    )


def type_step() -> Step:
    """The check that every chain ends with."""
    return Step(
        name="type",
        words=Text("检查是否符合字段类型", "checks that the type of the field can hold the value"),
        needs=Text("前面各步的结果", "what the steps before gave"),
        read=typed,
        shortcut=_typed_in_sql,
    )
