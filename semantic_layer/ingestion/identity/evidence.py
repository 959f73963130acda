"""Evidence in words: what speaks for and against two records being one person, and how likely it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from semantic_layer.errors import Text
from semantic_layer.ingestion.identity.levels import UNKNOWN, levels_of
from semantic_layer.ingestion.identity.model import probability
from semantic_layer.ingestion.identity.rules import Comparison, IdentityRules

FIELD_WORDS: Final[Mapping[str, Text]] = {
    "document": Text("证件号", "document number"),
    "member_no": Text("会员号", "member number"),
    "account": Text("账号", "account"),
    "phone": Text("手机号", "phone number"),
    "email": Text("邮箱", "e-mail"),
    "device": Text("设备", "device"),
    "name": Text("姓名", "name"),
    "birthday": Text("生日", "birthday"),
    "gender": Text("性别", "gender"),
    "address": Text("地址", "address"),
    "province": Text("省份", "province"),
    "city": Text("城市", "city"),
    "district": Text("区县", "district"),
}
_RULES: Final[Mapping[str, Text]] = {
    "same": Text("两条记录的内容完全一样", "the two records say exactly the same"),
    "decision": Text("由人确认是同一人", "a person confirmed that they are one"),
    "identifier": Text("标识相同，但合并会违反规则", "they share an identifier, but joining them would break a rule"),
    "chain": Text("经由新记录连在一起", "new records connect them"),
    "rules": Text("规则或数据有变化", "rules or data have changed"),
    "person": Text("由人决定", "a person decided"),
}
_LIKELY: Final = (
    (0.999, Text("几乎可以肯定是同一人", "almost surely one person")),
    (0.9, Text("很可能是同一人", "very likely one person")),
    (0.5, Text("可能是同一人", "perhaps one person")),
    (0.0, Text("多半不是同一人", "probably not one person")),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one field says: the level that the pair reached, and its weight in bits (`None` for an identifier)."""

    field: str
    level: str
    weight: float | None


def pieces_of(evidence: str) -> tuple[Piece, ...]:
    """Evidence as it is kept in tables, the heaviest first."""
    rows = cast("list[dict[str, object]]", json.loads(evidence or "[]"))
    found = [
        Piece(
            str(row["field"]),
            str(row["level"]),
            None if row.get("weight") is None else float(cast("float", row["weight"])),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda piece: -abs(piece.weight if piece.weight is not None else 1e9)))


def sentence(
    rules: IdentityRules,
    rule: str,
    weight: float | None,
    pieces: Sequence[Piece],
    left: Mapping[str, str],
    right: Mapping[str, str],
) -> Text:
    """One sentence: `姓名同音（张伟/张炜），手机号相差一位，同在杭州：很可能是同一人。`

    `left` and `right` are what the two records say; only names and cities of them are quoted.
    """
    if rule in _RULES:
        return Text(f"{_RULES[rule].zh}。", f"{_RULES[rule].en.capitalize()}.")
    if rule != "weight":
        field = FIELD_WORDS.get(rule, Text(rule, rule))
        return Text(f"{field.zh}相同：同一人。", f"Same {field.en}: one person.")
    said = [_words(rules, piece, left, right) for piece in pieces if piece.level != UNKNOWN]
    told = next(words for bound, words in _LIKELY if probability(weight or 0.0) >= bound)
    english = ", ".join(each.en for each in said)
    return Text(
        f"{'，'.join(each.zh for each in said)}：{told.zh}。", f"{english[:1].upper()}{english[1:]}: {told.en}."
    )


def _words(rules: IdentityRules, piece: Piece, left: Mapping[str, str], right: Mapping[str, str]) -> Text:
    comparison = next((each for each in rules.comparisons if each.field == piece.field), None)
    field = FIELD_WORDS.get(piece.field, Text(piece.field, piece.field))
    template = _template(comparison, piece.level) or Text("{field}：{level}", "{field}: {level}")
    return Text(
        template.zh.format(field=field.zh, level=piece.level, **_quoted(piece, left, right)),
        template.en.format(field=field.en, level=piece.level, **_quoted(piece, left, right)),
    )


def _template(comparison: Comparison | None, level: str) -> Text | None:
    if comparison is None:
        return None
    return next((each.words for each in levels_of(comparison) if each.name == level), None)


def _quoted(piece: Piece, left: Mapping[str, str], right: Mapping[str, str]) -> dict[str, str]:
    return {
        "left": left.get(piece.field, ""),
        "right": right.get(piece.field, ""),
        "city": left.get("city") or right.get("city") or "",
    }
