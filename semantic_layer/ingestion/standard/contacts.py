"""The steps over telephone numbers and e-mail addresses."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.step import Reading, Step, StepContext, kept, refused
from semantic_layer.ingestion.standard.texts import half_width

HOME: Final = "CN"
_MOBILE: Final = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_JOINTS: Final = re.compile(r"[\s\-‐‑–—().]")
_EXTENSION: Final = re.compile(r"(?<=\d)\s*(?:转|分机|ext\.?|extension|x|#)\s*\d{1,6}$", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\d{7,}\s*[/,;、|]\s*\+?\d{7,}|\d{11}\s+\d{11}")
_SCIENTIFIC: Final = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})")


def phone(value: str, context: StepContext) -> Reading:
    region = context.argument or HOME
    text = re.sub(r"(?<=[0-9])\.0+$", "", half_width(value).strip())
    if (scientific := _SCIENTIFIC.fullmatch(text)) is not None:
        if len(scientific[2] or "") < int(scientific[3]):
            return refused(
                Text(
                    "号码被表格写成了科学计数法，后面的数字已经丢失",
                    "A spreadsheet wrote it in scientific notation; digits are lost",
                ),
                Text("请把该列设为文本格式后重新导出", "Format the column as text and export it again"),
            )
        text = str(int(Decimal(text)))
    if _SEVERAL.search(text):
        return refused(
            Text("一个单元格里有多个号码", "Several numbers in one cell"),
            Text("请每列只放一个号码，例如分成 手机1、手机2", "Keep one number a column, e.g. mobile_1 and mobile_2"),
        )
    text = _EXTENSION.sub("", text)
    mobile = _MOBILE.fullmatch(_JOINTS.sub("", text)) if region == HOME else None
    return kept(mobile[1]) if mobile else _of_the_world(text, region)


def _of_the_world(text: str, region: str) -> Reading:
    if any(map(str.isalpha, text)):
        return _no_number(Text("含有文字，不是电话号码", "It holds letters; it is no telephone number"))
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _no_number(Text("不是电话号码", "Not a telephone number"))
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible in {phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        return _no_number(Text("位数不够，可能少了区号或漏了数字", "Too short: an area code or a digit is missing"))
    if possible == phonenumbers.ValidationResult.TOO_LONG:
        return _no_number(Text("位数太多", "Too long"))
    if not phonenumbers.is_valid_number(number):
        return _no_number(Text("没有这样的号段", "No such number range exists"))
    national = str(number.national_number)
    if region == HOME and number.country_code == 86 and _MOBILE.fullmatch(national):
        return kept(national)
    return kept(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _no_number(reason: Text) -> Reading:
    return refused(
        reason,
        Text(
            "请在来源系统里更正；境外号码请写上国家代码，如 +852 2345 6789",
            "Mend it in the source system; give numbers of other countries with their code, e.g. +852 2345 6789",
        ),
    )


def email(value: str, _: StepContext) -> Reading:
    text = half_width(value).strip().lower().removeprefix("mailto:").strip("<>\"' ")
    try:
        return kept(validate_email(text, check_deliverability=False).normalized.lower())
    except (EmailNotValidError, ValueError):
        return _no_address(text)


def _no_address(text: str) -> Reading:
    if "@" not in text:
        reason = Text("缺少 @，不是邮箱地址", "There is no @; it is no e-mail address")
    elif text.count("@") > 1:
        reason = Text("有多个 @，可能填了多个邮箱", "There are several @; perhaps several addresses in one cell")
    elif "." not in text.rpartition("@")[2]:
        reason = Text("@ 后面不是完整的域名", "What follows the @ is no whole domain name")
    else:
        reason = Text("不符合邮箱地址的写法", "It is not written as an e-mail address is")
    return refused(reason, Text("请在来源系统里更正，或留空", "Mend it in the source system, or leave it empty"))


def _plain_phone(value: str, context: StepContext) -> str | None:
    if context.argument not in {"", HOME}:
        return None
    digits = f"regexp_replace({value}, '[ \\-()]', '', 'g')"
    return f"regexp_extract({digits}, '^(?:\\+?86|0086)?(1[3-9][0-9]{{9}})$', 1)"


def _plain_email(value: str, _: StepContext) -> str:
    local, label = "[a-z0-9]+(?:[._+-][a-z0-9]+)*", "[a-z0-9]+(?:-[a-z0-9]+)?"
    ends = "com|cn|net|org|edu|gov|io|hk|tw"
    return f"regexp_extract(lower({value}), '^{local}@(?:{label}\\.){{1,3}}(?:{ends})$')"


def contact_steps() -> tuple[Step, ...]:
    """The steps of this module."""
    return (
        Step(
            name="phone",
            words=Text(
                "电话号码：大陆手机写成 11 位，其余写成 +国家代码；phone:US 表示默认国家",
                "telephone numbers: mainland mobiles as 11 digits, all others as +country; phone:US sets the default country",
            ),
            needs=Text(
                "一个电话号码，可带 +86、空格、横线、分机", "one number; +86, spaces, dashes and extensions are fine"
            ),
            read=phone,
            shortcut=_plain_phone,
            arguments=tuple(sorted(phonenumbers.SUPPORTED_REGIONS)),
        ),
        Step(
            name="email",
            words=Text("邮箱地址，统一为小写", "e-mail addresses in lower case"),
            needs=Text("一个邮箱地址", "one e-mail address"),
            read=email,
            shortcut=_plain_email,
        ),
    )
