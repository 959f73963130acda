"""Writes a draft as a folder that opens: definitions, data as Parquet in the types of the definitions, and the ledger."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.draft.asking import one_row
from semantic_layer.ingestion.draft.drafting import Draft, Export, draft_model
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.naming import plain_name
from semantic_layer.ingestion.draft.opening import Opened, open_tables
from semantic_layer.ingestion.draft.profile import profile_database
from semantic_layer.ingestion.draft.proposals import Ledger, write_ledger
from semantic_layer.ingestion.draft.splitting import split_tables
from semantic_layer.ingestion.draft.types import ColumnProfile, Described, Join
from semantic_layer.ingestion.names import SQL_TYPES, identifier
from semantic_layer.ingestion.snapshot import Progress, damaged_file, disk_error
from semantic_layer.interchange.native.folder import write_folder
from semantic_layer.model.types import Aggregation


@dataclass(frozen=True, slots=True)
class Drafted:
    """The folder that was written, and the draft in it."""

    folder: Path
    draft: Draft


def draft_folder(  # what is drafted, where, and what is told about it
    place: Path | str,
    target: Path,
    *,
    today: date,
    progress: Progress,
    described: Described | None = None,
    variables: Mapping[str, str] | None = None,
) -> Drafted:
    """Draft what is at `place` (a folder of files, a database file, or the address of a server) into the new folder `target`.

    `today` is taken for the day of data without any times; `described` tells more about the tables than the source itself
    does; `variables` hold what an address names as `${NAME}`.

    Raises:
        DataError: when there is nothing to read, `target` holds something already, or the disk is full.
    """
    if target.exists() and any(target.iterdir()):
        raise _occupied(target)
    with open_tables(place, variables=variables) as opened:
        name = str(place).partition("?")[0].rpartition("/")[2] if isinstance(place, str) else place.stem
        return draft_opened(opened, target, name=name, today=today, progress=progress, described=described)


def draft_opened(
    opened: Opened, target: Path, *, name: str, today: date, progress: Progress, described: Described | None = None
) -> Drafted:
    """The same for tables that are open already."""
    lexicon = Lexicon.load()
    told = described or opened.described
    split = split_tables(opened.connection, opened.tables, told, lexicon)
    found = profile_database(opened.connection, split.tables, told, lexicon, progress=progress)
    found = replace(found, things=split.things)
    draft = draft_model(
        found,
        name=plain_name(name, lexicon.pieces(name)) or "draft",
        title=Text(name, name),
        lexicon=lexicon,
        reserved=_reserved(opened.connection),
        today=today,
        bounds=lambda join, column, agg: _bounds(opened.connection, join, column, agg),
    )
    with _building(target) as folder:
        _write_data(opened.connection, folder / "data", draft)
        write_folder(draft.model, folder / "model", policy=draft.policy)
        write_ledger(folder, Ledger(draft.proposals, source=name))
    return Drafted(target, draft)


@contextmanager
def _building(target: Path) -> Iterator[Path]:
    """A folder beside, which takes its place when all is in it."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        yield unfinished
        if target.exists():
            target.rmdir()  # empty
        unfinished.rename(target)
    except duckdb.Error as error:
        raise damaged_file(target, str(error).splitlines()[0]) from error
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_data(connection: duckdb.DuckDBPyConnection, folder: Path, draft: Draft) -> None:
    folder.mkdir()
    for entity in draft.model.entities:
        export: Export = draft.exports[entity.table]
        kinds = {column.name: SQL_TYPES[column.type] for column in entity.columns}
        columns = ", ".join(f"CAST({sql} AS {kinds[name]}) AS {identifier(name)}" for name, sql in export.columns)
        rows = connection.sql(f"SELECT {columns} FROM {identifier(export.table)}")  # quoted names
        rows.write_parquet(str(folder / f"{entity.table}.parquet"))


def _reserved(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    words = connection.execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'")
    return frozenset(str(word) for (word,) in words.fetchall())


def _bounds(
    connection: duckdb.DuckDBPyConnection, join: Join, column: ColumnProfile | None, agg: Aggregation
) -> tuple[float, float]:
    """Where the upper half and the upper fifth of people begin, by their number of rows, or of different values, or a sum."""
    value = "count(*)"
    if column is not None:
        value = f"sum({column.reading.sql})" if agg is Aggregation.SUM else f"count(DISTINCT {column.reading.sql})"
    keys = ", ".join(identifier(name) for name in join.columns)
    row = one_row(
        connection,
        f"SELECT quantile_disc(v, 0.5), quantile_disc(v, 0.8) FROM (SELECT {value} AS v FROM {identifier(join.table)} "
        f"WHERE ({keys}) IS NOT NULL GROUP BY {keys})",
    )
    low, high = (float(row[0] or 0), float(row[1] or 0)) if row else (0.0, 0.0)
    return low, (high if high > low else low + 1)


def _occupied(target: Path) -> DataError:
    return DataError(
        Text(
            zh=f"文件夹「{target}」里已经有东西，没有覆盖。请给一个新文件夹。",
            en=f"The folder {str(target)!r} is not empty and was left as it is. Name a new folder.",
        )
    )
