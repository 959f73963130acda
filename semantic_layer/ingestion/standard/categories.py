"""The steps over words of a closed set: yes and no, gender, and the values that a field lists."""

from __future__ import annotations

import re
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.step import EMPTY, Reading, Step, StepContext, kept, refused
from semantic_layer.ingestion.standard.texts import half_width
from semantic_layer.ingestion.standard.types import StandardField
from semantic_layer.model.nearest import nearest

_TRUE: Final = re.compile("是|有|对|真|已|同意|开|yes|y|t|true|1|1.0|on|√|✓|ok")
_FALSE: Final = re.compile("否|无|没有|不是|错|假|未|不同意|关|no|n|f|false|0|0.0|off|×|x|✗")
_MALE: Final = re.compile(r"男|男性|男士|先生|男生|m|male|man|mr\.?|1|♂|boy")
_FEMALE: Final = re.compile(r"女|女性|女士|小姐|太太|女生|f|female|woman|mr?s\.?|miss|2|♀|girl")
_NOT_SAID: Final = re.compile("0|9|未知|保密|不详|其他|unknown|u|other|n/a|secret")


def yes_or_no(value: str, _: StepContext) -> Reading:
    word = half_width(value).strip().lower()
    if _TRUE.fullmatch(word):
        return kept("true")
    if _FALSE.fullmatch(word):
        return kept("false")
    return refused(
        Text("不是“是”或“否”", "Neither yes nor no"),
        Text("请写成 是/否、Y/N 或 1/0", "Write yes/no, Y/N or 1/0"),
    )


def gender(value: str, _: StepContext) -> Reading:
    """The codes 1 and 2 are those of GB/T 2261.1; its 0 (unknown) and 9 (not said) are empty."""
    word = half_width(value).strip().lower()
    if _MALE.fullmatch(word):
        return kept("男")
    if _FEMALE.fullmatch(word):
        return kept("女")
    if _NOT_SAID.fullmatch(word):
        return EMPTY
    return refused(
        Text("不是能认出的性别", "Not a gender in any known spelling"),
        Text("请写成 男/女、M/F 或 1/2", "Write 男/女, M/F or 1/2"),
    )


def category(value: str, context: StepContext) -> Reading:
    names = _names(context.field)
    word = _same(value)
    if not names or word in names:
        return kept(names.get(word, value))
    near = nearest(word, names)
    shown = "、".join(dict.fromkeys(names[name] for name in near) or dict.fromkeys(names.values()))[:120]
    label = context.field.words.label
    return refused(
        Text(f"不在「{label.zh}」允许的取值里", f"Not among the values allowed for {label.en!r}"),
        Text(
            f"最接近的取值：{shown}。若是同一个意思，请在 standard.yml 里把它加为别名",
            f"Nearest values: {shown}. If it means one of them, add it to its aliases in standard.yml",
        ),
    )


def _names(field: StandardField) -> dict[str, str]:
    names: dict[str, str] = {}
    for each in field.values:
        for name in (str(each.value), each.label.zh, each.label.en, *each.aliases):
            names.setdefault(_same(name), str(each.value))
    return names


def _same(text: str) -> str:
    return half_width(text).strip().casefold()


def category_steps() -> tuple[Step, ...]:
    """The steps of this module."""
    return (
        Step(
            name="boolean",
            words=Text("是/否、Y/N、1/0", "是/否, Y/N, 1/0 as yes or no"),
            needs=Text("表示是或否的词", "a word for yes or no"),
            read=yes_or_no,
        ),
        Step(
            name="gender",
            words=Text("性别写成 男/女；1/2、M/F、先生/女士都认得", "gender as 男 or 女; knows 1/2, M/F, 先生/女士"),
            needs=Text("表示性别的词或代码", "a word or code for gender"),
            read=gender,
        ),
        Step(
            name="category",
            words=Text("按字段的取值和别名归类", "maps words to the values of the field by their names and aliases"),
            needs=Text("字段列出的取值", "values that the field lists"),
            read=category,
        ),
    )
