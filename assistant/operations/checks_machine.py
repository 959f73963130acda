"""Checks of the machine: Python and packages, folders, disk, ports, fonts, clock."""

from __future__ import annotations

import errno
import os
import platform
import re
import sys
import tempfile
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from assistant.observability.audit import sql_audit
from assistant.operations.checks import Finding, Surroundings, failed, ok, warning
from assistant.operations.state import not_yet, opened
from semantic_layer.errors import Text, UserError

_OLDEST, _NEWEST = (3, 11), (3, 13)
_FULL: Final = 200 * 2**20
_SCARCE: Final = 2 * 2**30
_FONT: Final = "pylopdf_fonts_zh_cn"  # what tools/chart draws Chinese with
_SHOWN: Final = ("duckdb", "gradio", "sqlalchemy")
_YEAR: Final = 2026  # this version was not there before


def python(_around: Surroundings) -> Finding:
    """Python, and whether every package that the product asks for is installed."""
    said = platform.python_version()
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return failed(
            Text(f"Python {said} 不受支持", f"Python {said} is not supported"),
            Text("安装 Python 3.11 到 3.13", "Install Python 3.11 to 3.13"),
        )
    try:
        wanted = [
            re.split(r"[\s<>=!~;\[]", one, maxsplit=1)[0] for one in requires("qunxiang") or () if "extra ==" not in one
        ]
        own = version("qunxiang")
    except PackageNotFoundError:
        return warning(
            Text(f"Python {said}；软件包 qunxiang 没有安装", f"Python {said}; the package qunxiang is not installed"),
            Text("运行 make run，它会建好环境", "Run make run, which makes the environment"),
        )
    missing = [name for name in wanted if not _installed(name)]
    if missing:
        return failed(
            Text(f"缺少软件包：{'、'.join(missing)}", f"Packages are missing: {', '.join(missing)}"),
            Text("重新安装 requirements.lock", "Install requirements.lock anew"),
        )
    versions = ", ".join(f"{name} {version(name)}" for name in _SHOWN if _installed(name))
    text = f"qunxiang {own}, Python {said}, {versions}"
    return ok(text, text)


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def home(around: Surroundings) -> Finding:
    """Whether the folder of the installation can be written, and its database be read by its owner alone."""
    folder = around.settings.home
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return failed(
            Text(f"「{folder}」不能写入：{error.strerror}", f"{str(folder)!r} cannot be written: {error.strerror}"),
            Text("检查权限，或设置 QUNXIANG_HOME", "Check permissions, or set QUNXIANG_HOME"),
        )
    open_to_all = [path for path in folder.glob("state.sqlite*") if path.stat().st_mode & 0o004]
    if open_to_all and folder.resolve().stat().st_mode & 0o001 and around.settings.host != "127.0.0.1":
        return warning(
            Text(f"这台机器上人人可读：{open_to_all[0]}", f"Everybody at this machine can read {open_to_all[0]}"),
            Text(f"chmod 700 {folder}", f"chmod 700 {folder}"),
        )
    return ok(f"「{folder}」可以写入", f"{str(folder)!r} can be written")


def disk(around: Surroundings) -> Finding:
    """Space where data and state are kept."""
    folder = around.settings.home.resolve()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = around.free_bytes(there)
    said = f"{free / 2**30:.1f} GB"
    found = Text(f"{folder} 所在磁盘还剩 {said}", f"{said} left where {folder} is")
    advice = Text("清理磁盘，或把 QUNXIANG_HOME 移到别处", "Free some space, or move QUNXIANG_HOME elsewhere")
    if free < _FULL:
        return failed(found, advice)
    return warning(found, advice) if free < _SCARCE else ok(found.zh, found.en)


def port(around: Surroundings) -> Finding:
    """Whether the page can listen where the settings say."""
    host, number = around.settings.host, around.settings.port
    try:
        around.network.listen(host, number)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return warning(
                Text(f"{host}:{number} 已被占用（也许群像正在运行）", f"{host}:{number} is taken (perhaps by Qunxiang itself)"),
                Text("停下占用它的程序，或换 QUNXIANG_PORT", "Stop what listens there, or choose another QUNXIANG_PORT"),
            )  # fmt: skip
        return failed(
            Text(f"不能监听 {host}:{number}：{error.strerror}", f"{host}:{number} cannot be listened on: {error.strerror}"),
            Text("换 QUNXIANG_HOST 或 QUNXIANG_PORT", "Choose another QUNXIANG_HOST or QUNXIANG_PORT"),
        )  # fmt: skip
    return ok(f"{host}:{number} 空闲", f"{host}:{number} is free")


def fonts(_around: Surroundings) -> Finding:
    """Whether pictures can hold Chinese whatever fonts the machine has."""
    if find_spec(_FONT) is None or find_spec("vl_convert") is None:
        return failed(
            Text("缺少画图的软件包或中文字体", "The packages that draw pictures, or their Chinese font, are missing"),
            Text("重新安装 requirements.lock", "Install requirements.lock anew"),
        )
    return ok("图里的中文用自带的 Noto Sans SC", "Chinese in pictures is drawn with Noto Sans SC, which comes along")


def clock(around: Surroundings) -> Finding:
    """Whether the clock can be right: not before this version was made, nor before what the audit last wrote."""
    now = around.now()
    last = _last_written(around)
    if now.year < _YEAR or (last is not None and now < last):
        return failed(
            Text(f"时钟是 {now:%Y-%m-%d %H:%M} UTC，比已有的记录早", f"The clock says {now:%Y-%m-%d %H:%M} UTC, earlier than what was already written"),
            Text("校准时钟（timedatectl）", "Set the clock right (timedatectl)"),
        )  # fmt: skip
    return ok(f"{now:%Y-%m-%d %H:%M} UTC", f"{now:%Y-%m-%d %H:%M} UTC")


def _last_written(around: Surroundings) -> datetime | None:
    if not_yet(around.settings):
        return None
    try:
        with opened(around.settings) as storage:
            asked = sql_audit(storage).questions(limit=1)
    except UserError:  # the check of the database says why it cannot be read
        return None
    return asked[0].at if asked else None


def left(path: Path) -> int:
    """Bytes that may still be written where `path` is."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize
