"""The one way to read definitions of another tool, whichever it is, and to write ours for others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from semantic_layer.errors import DataError, DefinitionError, Issue, Text
from semantic_layer.interchange.cube import read_cube
from semantic_layer.interchange.dbt import read_dbt
from semantic_layer.interchange.finish import finish
from semantic_layer.interchange.losses import Imported
from semantic_layer.interchange.ossie_read import read_ossie_file
from semantic_layer.interchange.snowflake import read_snowflake
from semantic_layer.model.load import read_text
from semantic_layer.model.source import parse_yaml
from semantic_layer.policy.types import Policy


class Format(StrEnum):
    """The tools whose definitions can be read."""

    OSSIE = "ossie"
    DBT = "dbt"
    SNOWFLAKE = "snowflake"
    CUBE = "cube"


_KEYS: Final = {  # that tell a file of one tool from those of others
    Format.OSSIE: ("semantic_model", "datasets"),
    Format.DBT: ("semantic_models", "metric"),
    Format.SNOWFLAKE: ("tables",),
    Format.CUBE: ("cubes", "views"),
}


@dataclass(frozen=True, slots=True)
class Brought:
    """What was read; a policy only from a file that we wrote ourselves."""

    imported: Imported
    policy: Policy | None = None


def read_foreign(path: Path, source: Format, *, customer_entity: str = "") -> Brought:
    """The definitions at `path`; `customer_entity` names the entity whose rows are people.

    Raises:
        DefinitionError: with every fault, when the file is not in this format or contradicts itself.
        DataError: when there is nothing to read.
    """
    if not path.exists():
        raise DataError(Text(zh=f"没有「{path}」这个文件或文件夹。", en=f"There is no file or folder {str(path)!r}."))
    if path.is_dir() and source in (Format.OSSIE, Format.SNOWFLAKE):
        raise DataError(
            Text(
                zh=f"「{path}」是文件夹；{source.value} 的定义是一个文件，请写出文件名。",
                en=f"{str(path)!r} is a folder; definitions of {source.value} are one file. Name it.",
            )
        )
    try:
        return _read(path, source, customer_entity)
    except DefinitionError as error:
        raise DefinitionError([*_other_shape(path, source), *error.issues]) from error


def _other_shape(path: Path, source: Format) -> tuple[Issue, ...]:
    """A hint when the file is one of another tool."""
    root = parse_yaml(read_text(path), path.name).root if path.is_file() else None
    keys = root.entries if root is not None else {}
    if any(key in keys for key in _KEYS[source]):
        return ()
    for other, signs in _KEYS.items():
        sign = next((key for key in signs if key in keys), None)
        if root is not None and sign is not None:
            message = (
                f"This looks like a file of {other.value}, by its key {sign!r}, and was read as one of {source.value}."
            )
            remedy = f"Say --from {other.value}."
            return (Issue(file=path.name, line=root.keys[sign].line, key=sign, message=message, remedy=remedy),)
    return ()


def _read(path: Path, source: Format, customer_entity: str) -> Brought:
    match source:
        case Format.OSSIE:
            found = read_ossie_file(path, customer_entity=customer_entity)
            return Brought(found.imported, found.policy)
        case Format.DBT:
            read = read_dbt(path, customer_entity=customer_entity)
            return Brought(finish(read.model, read.losses, customer_entity=customer_entity))
        case Format.SNOWFLAKE:
            return Brought(read_snowflake(path, customer_entity=customer_entity))
        case Format.CUBE:
            return Brought(read_cube(path, customer_entity=customer_entity))
        case _:
            assert_never(source)
