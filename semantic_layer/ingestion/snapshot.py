"""Build one DuckDB snapshot file from folders of clean Parquet, whole or not at all. Does no cleaning."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from semantic_layer.errors import DataError, Text

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """One table of the snapshot: its columns with SQL types, and what its rows are ordered by, for zone maps."""

    name: str
    columns: tuple[tuple[str, str], ...]
    order_by: tuple[str, ...] = ()

    def create(self, connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
        """Make the table from Parquet files."""
        casts = [duckdb.ColumnExpression(name).cast(duckdb.type(kind)).alias(name) for name, kind in self.columns]
        rows = connection.read_parquet(files).select(*casts)
        if self.order_by:
            rows = rows.sort(*(duckdb.ColumnExpression(name) for name in self.order_by))
        rows.create(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLimits:
    """What building may use."""

    memory: str = "4GB"
    threads: int = 2


def build_snapshot(
    folder: Path,
    target: Path,
    specs: Sequence[TableSpec],
    *,
    progress: Progress,
    limits: BuildLimits | None = None,
) -> None:
    """Fill `target` from `folder/<table>/*.parquet`. `target` appears only when everything is in it.

    Raises:
        DataError: when a file is missing or damaged, or the disk is full; nothing is left behind.
    """
    with publishing(target) as unfinished:
        _write(folder, unfinished, specs, progress, limits or BuildLimits())


@contextmanager
def publishing(target: Path) -> Iterator[Path]:
    """A file beside `target` to build in; it takes the place of `target` when all went well, and is removed when not.

    Raises:
        DataError: for what the database or the disk refused.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(unfinished)
        yield unfinished
        unfinished.replace(target)
    except duckdb.Error as error:
        raise _as_data_error(error, target) from error
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        _remove(unfinished)


def _write(folder: Path, path: Path, specs: Sequence[TableSpec], progress: Progress, limits: BuildLimits) -> None:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": f"{path}.spill",
        "preserve_insertion_order": "true",
    }
    with duckdb.connect(str(path), config=settings) as connection:
        for done, spec in enumerate(specs):
            progress(spec.name, done, len(specs))
            files = sorted(str(file) for file in (folder / spec.name).glob("*.parquet"))
            if not files:
                raise missing_file(folder / spec.name)
            spec.create(connection, files)
        connection.execute("CHECKPOINT")
    progress("", len(specs), len(specs))


def missing_file(path: Path) -> DataError:
    """A source that should be there and is not."""
    return DataError(
        Text(
            zh=f"找不到数据文件「{path}」。请检查文件夹是否完整，或重新生成演示数据。",
            en=f"The data file {str(path)!r} is missing. Check that the folder is complete, or generate the demo data again.",
        )
    )


def damaged_file(path: Path, why: str) -> DataError:
    """A source that cannot be read."""
    return DataError(
        Text(
            zh=f"数据文件「{path}」已损坏或格式不对：{why}。请换成完好的文件再导入。",
            en=f"The data file {str(path)!r} is damaged or not in the right format: {why}. Replace it and load again.",
        )
    )


def disk_error(error: OSError, target: Path) -> DataError:
    """A file that could not be written or read, in words; a full disk is named as such."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DataError(
            Text(
                zh=f"磁盘空间不足，无法写入「{target}」。原有数据没有改变；请清理空间后重试。",
                en=f"The disk is full: {str(target)!r} could not be written. Nothing was changed; free some space and try again.",
            )
        )
    return DataError(
        Text(
            zh=f"无法读写「{error.filename or target}」：{error.strerror}。原有数据没有改变。",
            en=f"Cannot read or write {str(error.filename or target)!r}: {error.strerror}. Nothing was changed.",
        )
    )


def _as_data_error(error: duckdb.Error, target: Path) -> DataError:
    words = str(error)
    if any(sign in words for sign in ("No space left", "File too large", "disk full", "max_temp_directory_size")):
        return disk_error(OSError(errno.ENOSPC, words), target)
    why = words.splitlines()[0]
    return DataError(
        Text(
            zh=f"生成快照「{target.name}」失败，源数据有误：{why}。没有留下不完整的文件。",
            en=f"The snapshot {target.name!r} could not be built from the data: {why}. No unfinished file was left.",
        )
    )


def _remove(path: Path) -> None:
    for leftover in (path, path.with_name(f"{path.name}.wal")):
        leftover.unlink(missing_ok=True)


def row_counts(path: Path, specs: Sequence[TableSpec]) -> dict[str, int]:
    """Rows of each table of a snapshot."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {spec.name: connection.table(spec.name).count("*").fetchall()[0][0] for spec in specs}
