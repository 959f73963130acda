"""Names of other tools as ours: plain names for definitions, and the name of a table without its database and schema."""

from __future__ import annotations

import re
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.unread import tell
from semantic_layer.model.section import Section

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER: Final = re.compile(r"[^A-Za-z0-9_]+")
_PART: Final = re.compile(r'"((?:[^"]|"")+)"|`([^`]+)`|([^\s."`(){}]+)')


def plain_name(section: Section, given: str, losses: list[Loss]) -> str | None:
    """`Total Sales` becomes `Total_Sales`, which stays its label; `None` when hardly anything of it would remain."""
    if _PLAIN.fullmatch(given):
        return given
    made = _OTHER.sub("_", given).strip("_")
    if not re.search("[A-Za-z]", made) or not given.isascii():
        why = Text(
            f"名称「{given}」不能用：名称只能有字母、数字和下划线。请在来源里改名，原来的叫法放进同义词。",
            f"The name {given!r} cannot be used: names have letters, digits and underscores. Rename it in the source, "
            "and keep what it was called as a synonym.",
        )
        tell(section, "name", losses, why)
        return None
    return made if _PLAIN.fullmatch(made) else f"_{made}"


def table_name(section: Section, source: str, losses: list[Loss], *, key: str = "source") -> str | None:
    """The last part of `database.schema.table`; `None` for a query, which no entity can stand on."""
    parts = parts_of(source)
    if parts is None:
        if source:
            why = Text(
                "来源是一段查询，不是一张表。请先把它建成表或视图，再写表名。",
                "It is read from a query, not from a table. Create a table or view of it and name that.",
            )
            tell(section, key, losses, why)
        return None
    if len(parts) > 1:
        where = ".".join(parts[:-1])
        why = Text(
            f"库和模式（{where}）没有保留，只记表名「{parts[-1]}」。",
            f"Database and schema ({where}) are not kept, only the name of the table, {parts[-1]!r}.",
        )
        tell(section, key, losses, why)
    return parts[-1]


def parts_of(source: str) -> tuple[str, ...] | None:
    """The names of a dotted path, without their quotes; `None` when the text is anything else."""
    text = source.strip()
    found: list[str] = []
    position = 0
    while match := _PART.match(text, position):
        found.append(match[1].replace('""', '"') if match[1] else match[2] or match[3])
        position = match.end()
        if position == len(text):
            return tuple(found)
        if text[position] != ".":
            return None
        position += 1
    return None
