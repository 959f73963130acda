"""Steps over any text: spaces, width, case, words that say nothing, and digests."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.step import EMPTY, Reading, Step, StepContext, kept

_EDGES: Final = re.compile(r"^[\s\u200b\u200e\u200f\ufeff]+|[\s\u200b\u200e\u200f\ufeff]+$")
_HALF: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
_NOTHING: Final = (
    "无", "没有", "暂无", "未知", "不详", "空", "未填", "未填写", "null", "none", "nil", "nan", "n/a", "#n/a", "undefined",
    "(null)", "<null>", "\\n", "-", "--", "---", "—", "——", "/", "?", "？", ".",
)  # fmt: skip
_NOTHING_SET: Final = frozenset(_NOTHING)
_BETWEEN_HAN: Final = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def trim(value: str, _: StepContext) -> Reading:
    found = _EDGES.sub("", value)
    return kept(found) if found else EMPTY


def half_width(text: str) -> str:
    """Letters, digits and signs in full width as everybody else writes them."""
    return text.translate(_HALF)


def width(value: str, _: StepContext) -> Reading:
    return kept(half_width(value))


def blank(value: str, _: StepContext) -> Reading:
    return EMPTY if not value or value.lower() in _NOTHING_SET else kept(value)


def spaces(value: str, _: StepContext) -> Reading:
    return kept(_BETWEEN_HAN.sub("", re.sub(r"\s+", " ", value)))


def case(value: str, context: StepContext) -> Reading:
    return kept(value.upper() if context.argument == "upper" else value.lower())


def digest(value: str, context: StepContext) -> Reading:
    """SHA-256 in hexadecimal, keyed (HMAC) when there is a key. What is a digest already stays."""
    if _DIGEST.fullmatch(value):
        return kept(value)
    data = value.encode("utf-8", "surrogatepass")
    return kept(hmac.new(context.key, data, hashlib.sha256).hexdigest() if context.key else _sha256(data))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _whole(pattern: str, value: str) -> str:
    """SQL: the value when it is made as the pattern says, else nothing."""
    return f"regexp_extract({value}, '^(?:{pattern})$', 0, 's')"


def _plain_case(value: str, context: StepContext) -> str:
    return _whole(r"[\x20-\x7e]*", f"{'upper' if context.argument == 'upper' else 'lower'}({value})")


def text_steps() -> tuple[Step, ...]:
    """The steps of this module."""
    any_text = Text("任意文本", "any text")
    return (
        Step(
            name="trim",
            words=Text("去掉首尾空白", "takes spaces off both ends"),
            needs=any_text,
            read=trim,
            shortcut=lambda v, _: _whole(r"[^\s\pZ\pC](?:.*[^\s\pZ\pC])?", f"trim({v})"),
        ),
        Step(
            name="width",
            words=Text("全角字符改为半角", "writes full-width characters in half width"),
            needs=any_text,
            read=width,
            shortcut=lambda v, _: _whole(r"[^\x{FF01}-\x{FF5E}\x{3000}\x{FFE5}]*", v),
        ),
        Step(
            name="blank",
            words=Text("“无、N/A、null、-”等等于没有填写", "takes 无, N/A, null, - and the like as empty"),
            needs=any_text,
            read=blank,
            shortcut=lambda v, _: f"regexp_replace({v}, '^(?:{'|'.join(map(re.escape, _NOTHING))})$', '', 'i')",
        ),
        Step(
            name="spaces",
            words=Text(
                "连续空白合为一个，汉字之间的空白去掉",
                "makes one space of several, and none between Chinese characters",
            ),
            needs=any_text,
            read=spaces,
            shortcut=lambda v, _: _whole(r"[^\s\pZ\pC]*|[\x21-\x7e]+(?: [\x21-\x7e]+)*", v),
        ),
        Step(
            name="case",
            words=Text("统一为小写；case:upper 统一为大写", "lower case; with case:upper upper case"),
            needs=any_text,
            read=case,
            shortcut=_plain_case,
            arguments=("lower", "upper"),
        ),
        Step(
            name="hash",
            words=Text(
                "改为不可逆的摘要（SHA-256，设了密钥时为 HMAC）", "writes a digest (SHA-256; HMAC when a key is set)"
            ),
            needs=any_text,
            read=digest,
        ),
    )
