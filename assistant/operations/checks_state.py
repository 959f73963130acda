"""Checks of what is kept: the database of the application, its ledger, definitions, and the snapshot of the data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from assistant.datasets import source_of
from assistant.observability.audit import sql_audit
from assistant.operations.checks import Finding, Surroundings, failed, ok, warning
from assistant.operations.state import not_yet, opened
from semantic_layer.definitions import check_definitions, load_definitions
from semantic_layer.errors import Text
from tools.storage import reading, schema_of

_OLD_DAYS: Final = 40  # definitions and data of a month are still those that people ask about
_FEW: Final = 3


def database(around: Surroundings) -> Finding:
    """Whether the database can be reached, and in which form its tables are."""
    if not_yet(around.settings):
        return ok(
            "还没有数据库，第一次打开时建立", "there is no database yet; it is made when the product is first opened"
        )
    with opened(around.settings) as storage, reading(storage) as connection:
        schema = schema_of(connection)
        kind = storage.dialect.name
    if schema.current == schema.newest:
        return ok(f"{kind}，结构 {schema.current}", f"{kind}, schema {schema.current}")
    if schema.current > schema.newest:
        return failed(
            Text(f"结构是 {schema.current}，比这个版本的 {schema.newest} 新", f"Its schema is {schema.current}, newer than {schema.newest} of this version"),
            Text("安装写入它的那个版本", "Install the version that wrote it"),
        )  # fmt: skip
    return warning(
        Text(f"结构是 {schema.current or '（无）'}，下次打开时升级到 {schema.newest}", f"Its schema is {schema.current or '(none)'}; it becomes {schema.newest} when the product is next opened"),
        Text("先备份：qunxiang backup 文件", "Back up first: qunxiang backup FILE"),
    )  # fmt: skip


def ledger(around: Surroundings) -> Finding:
    """Whether every entry of the audit is still as it was written."""
    if not_yet(around.settings):
        return ok("还没有记录", "nothing is written yet")
    with opened(around.settings) as storage:
        with reading(storage) as connection:
            empty = not schema_of(connection).current
        verdict = None if empty else sql_audit(storage).verify()
    if verdict is None:
        return ok("还没有记录", "nothing is written yet")
    if verdict.intact:
        return ok(
            f"{verdict.entries:,} 条记录，前后相连", f"{verdict.entries:,} entries, each chained to the one before"
        )
    return failed(
        Text(f"从第 {verdict.broken_at} 条起，记录与写入时不同", f"From entry {verdict.broken_at} on, it is not as it was written"),
        Text("查清谁改过数据库；用备份恢复（qunxiang restore）", "Find out who changed the database; restore from a backup (qunxiang restore)"),
    )  # fmt: skip


def definitions(around: Surroundings) -> Finding:
    """Whether the definitions of the data set hold together."""
    source = source_of(around.settings.data, around.settings.people)
    loaded, _, issues = check_definitions(source.definitions)
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        first = "\n".join(str(issue) for issue in errors[:_FEW])
        return failed(
            Text(f"{len(errors)} 处错误：\n{first}", f"{len(errors)} faults:\n{first}"),
            Text("qunxiang check 列出全部", "qunxiang check lists all of them"),
        )
    model = loaded.model
    return ok(
        f"{source.id}：{len(model.metrics)} 个指标，{len(model.tags)} 个标签",
        f"{source.id}: {len(model.metrics)} metrics, {len(model.tags)} tags",
    )


def snapshot(around: Surroundings) -> Finding:
    """Whether the data set is loaded as its definitions are now, and how long ago."""
    settings = around.settings
    source = source_of(settings.data, settings.people)
    model, _ = load_definitions(source.definitions)
    path = settings.home / source.id / f"snapshot_{source.key}_{model.version[:12]}.duckdb"
    advice = Text(f"qunxiang load --data {settings.data}", f"qunxiang load --data {settings.data}")
    if not path.exists():
        return warning(
            Text("数据还没有装载，下次打开时装载", "The data is not loaded yet; it is when the product is next opened"),
            advice,
        )
    days = (around.now() - datetime.fromtimestamp(path.stat().st_mtime, UTC)).days
    found = Text(f"{source.id} 的快照是 {days} 天前的", f"the snapshot of {source.id} is {days} days old")
    return warning(found, advice) if days > _OLD_DAYS else ok(found.zh, found.en)
