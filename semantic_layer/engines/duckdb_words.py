"""What a person is told when DuckDB cannot answer."""

from __future__ import annotations

from pathlib import Path

import duckdb

from semantic_layer.engines.watch import Ending
from semantic_layer.errors import CancelledError, DataError, Text, TooLongError, UserError
from semantic_layer.policy.types import Limits


def explained(error: duckdb.Error, ending: Ending, path: Path, limits: Limits) -> UserError:
    """The driver's error for a statement on the file `path`, in words."""
    if ending is Ending.PRESSED:
        return cancelled()
    timed_out = isinstance(error, duckdb.InterruptException) or "max_execution_time" in str(error)
    if ending is Ending.OUT_OF_TIME or timed_out:
        return TooLongError(
            Text(
                zh=f"查询超过 {limits.seconds:g} 秒，已停止。请缩小时间范围或增加筛选条件。",
                en=f"The query took more than {limits.seconds:g} seconds and was stopped. "
                "Narrow the time or add a filter.",
            )
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return TooLongError(
            Text(
                zh=f"查询需要的内存超过 {limits.memory_mb} MB，已停止。请缩小范围或减少分组。",
                en=f"The query needed more than {limits.memory_mb} MB of memory and was stopped. "
                "Narrow it or group by fewer fields.",
            )
        )
    if isinstance(error, (duckdb.CatalogException, duckdb.BinderException)):
        return _mismatch(path, error)
    return unusable(path, error)


def too_many_rows(limits: Limits) -> TooLongError:
    return TooLongError(
        Text(
            zh=f"结果超过 {limits.rows:,} 行。请增加筛选条件，或改看汇总。",
            en=f"The result has more than {limits.rows:,} rows. Add a filter, or ask for a summary.",
        )
    )


def cancelled() -> CancelledError:
    return CancelledError(Text(zh="已停止。", en="Stopped."))


def closed(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"数据文件「{path.name}」已关闭，请重新打开。",
            en=f"The data file {path.name!r} is closed; open it again.",
        )
    )


def missing(path: Path) -> DataError:
    return DataError(
        Text(
            zh=f"找不到数据文件「{path}」。请先载入数据，或检查路径。",
            en=f"The data file {str(path)!r} does not exist. Load the data first, or check the path.",
        )
    )


def without_snapshot(folder: Path) -> DataError:
    return DataError(
        Text(
            zh=f"文件夹「{folder}」里没有数据快照（*.duckdb）。请先载入数据。",
            en=f"The folder {str(folder)!r} holds no data snapshot (*.duckdb). Load the data first.",
        )
    )


def without_version(folder: Path) -> DataError:
    return DataError(
        Text(
            zh=f"文件夹「{folder}」里没有已发布的数据版本。请先载入数据。",
            en=f"The folder {str(folder)!r} holds no published version of the data. Load the data first.",
        )
    )


def unusable(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return DataError(
        Text(
            zh=f"无法读取数据文件「{path}」：{reason}。请重新载入数据；若文件正被其他程序写入，请稍后再试。",
            en=f"The data file {str(path)!r} cannot be read: {reason}. Load the data again; "
            "if another program is writing to it, try later.",
        )
    )


def _mismatch(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0][:200]
    return DataError(
        Text(
            zh=f"数据文件「{path.name}」与定义不符：{reason}。请用现在的定义重新载入数据，或检查定义中的表和列。",
            en=f"The data file {path.name!r} does not fit the definitions: {reason}. "
            "Load the data again with these definitions, or check the tables and columns they name.",
        )
    )
