"""The step over names of people: titles off, and what is only part of a name is said to be so."""

from __future__ import annotations

import re
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.step import Reading, Step, StepContext, kept, refused
from semantic_layer.ingestion.standard.texts import half_width, spaces

_TITLE: Final = re.compile(
    r"(?:先生|女士|小姐|老师|太太|夫人|同学|师傅|医生|教授|阿姨|叔叔|经理|主任|老板|会计|律师)$|(?:,? (?:jr|sr|esq|phd)\.?)$",
    re.IGNORECASE,
)
_BEFORE: Final = re.compile(
    r"^(?:尊敬的|亲爱的|姓名[:：]|(?:mr|mrs|ms|miss|dr|prof|sir|madam)(?:\.\s*|\s+))", re.IGNORECASE
)
_REMARK: Final = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】)$")
_MASKED: Final = re.compile(r"[*●○]|[\u3400-\u9fff](?:某+|[xX×]{1,3})$|^[xX×]{1,2}[\u3400-\u9fff]")
_DOTS: Final = re.compile(r"(?<=[\u3400-\u9fff])\s*[•‧∙・．.]\s*(?=[\u3400-\u9fff])")
_TWO_CHARACTERS: Final = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|"
    "仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|令狐|百里|呼延|东郭|南门|西门|纳兰"
)
_LAST_OF_TITLES: Final = "生士姐师太人学傅授姨叔理任板计"


def name(value: str, context: StepContext) -> Reading:
    tidy = _tidy(spaces(half_width(value), context).value or "")
    bare = tidy
    while (shorter := _tidy(_TITLE.sub("", _BEFORE.sub("", _REMARK.sub("", bare))))) != bare:
        bare = shorter
    if "@" in bare or len(re.findall(r"\d", bare)) >= 7 or not any(map(str.isalpha, bare)):
        return _no_name(tidy)
    if _MASKED.search(bare):
        return _part(
            Text("姓名被打码，只看得到一部分", "The name is masked; only a part of it can be seen"),
        )
    if len(bare) < 2 or (bare != tidy and _TWO_CHARACTERS.fullmatch(bare)):
        return _part(Text("只有姓或称呼，不是完整姓名", "Only a family name or a title, not a whole name"))
    return kept(bare)


def _tidy(text: str) -> str:
    return _DOTS.sub("·", text).strip()


def _part(reason: Text) -> Reading:
    remedy = Text(
        "请从保存完整姓名的系统导出，或改用其他来源的姓名",
        "Export from the system that keeps whole names, or use those of another source",
    )
    return refused(reason, remedy)


def _no_name(text: str) -> Reading:
    if any(map(str.isalpha, text)) and "@" not in text and not any(map(str.isdigit, text)):
        return _part(Text("只有称呼，没有姓名", "A title without a name"))
    return refused(
        Text("不像姓名：是数字、符号或联系方式", "Not a name: digits, signs or a way of contact"),
        Text("请检查这一列是否对应错了字段", "Check whether this column belongs to another field"),
    )


def name_steps() -> tuple[Step, ...]:
    """The step of this module."""
    return (
        Step(
            name="name",
            words=Text(
                "去掉先生、女士、老师等称呼；打码的姓名（张*）按不完整处理",
                "takes titles off; masked names (张*) count as incomplete",
            ),
            needs=Text("人的姓名", "a person's name"),
            read=name,
            shortcut=_plain_name,
        ),
    )


def _plain_name(value: str, _: StepContext) -> str:
    """SQL: two to four Chinese characters that can hold no title, neither at the end nor before."""
    han = r"[\x{4E00}-\x{9FA5}]"
    untitled = f"regexp_replace({value}, '^[尊亲姓].*|.*[{_LAST_OF_TITLES}某]$', '', 's')"
    return f"regexp_extract({untitled}, '^{han}{{2,4}}$')"
