"""What is said about a model that is being served: its stages, and why it is gone."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

from semantic_layer.errors import Text

CHECKING: Final = Text("正在检查模型文件", "checking the model file")
HANGS: Final = Text("本地模型不再应答。", "The local model no longer answers.")
UNEXPECTED: Final = Text("出了意外的错误。", "An unexpected error happened.")
NOT_INSTALLED: Final = Text(
    '没有安装运行本地模型的程序包。请用 make run MODEL=local 启动，或者执行 pip install "qunxiang[local]"。',
    'The package that runs local models is not installed. Start with make run MODEL=local, or do pip install "qunxiang[local]".',
)


def loading(name: str) -> Text:
    return Text(f"正在载入模型「{name}」", f"loading the model {name!r}")


def port_taken(port: int) -> Text:
    return Text(
        f"端口 {port} 已被占用。请把 QUNXIANG_MODEL_PORT 设为别的端口，或设为 0 自动选一个空闲的。",
        f"Port {port} is taken. Set QUNXIANG_MODEL_PORT to another one, or to 0 for any that is free.",
    )


def slow_to_load(seconds: float) -> Text:
    return Text(f"本地模型 {seconds:g} 秒内没有载入完。", f"The local model was not loaded within {seconds:g} seconds.")


def too_much_memory(taken_mb: int, bound_mb: int) -> Text:
    return Text(
        f"本地模型占用了 {taken_mb:,} MB 内存，超过允许的 {bound_mb:,} MB（QUNXIANG_MODEL_MEMORY_MB），已被结束。",
        f"The local model had taken {taken_mb:,} MB of memory, more than the {bound_mb:,} MB allowed "
        "(QUNXIANG_MODEL_MEMORY_MB), and was ended.",
    )


def cannot_load(path: Path) -> Text:
    return Text(
        f"模型文件「{path}」是完整的，但载入不了：可能是不支持的模型种类，或内存不够。请换一个模型文件再试。",
        f"The model file {str(path)!r} is whole but cannot be loaded: perhaps its kind is not supported, or memory was short. "
        "Try another model file.",
    )


def ended(code: int) -> Text:
    """`code` as a process tells it: minus the number of a signal, or a number of its own."""
    if code < 0:
        name = signal.Signals(-code).name if -code in {one.value for one in signal.Signals} else str(-code)
        return Text(f"本地模型的进程被 {name} 结束。", f"The process of the local model was ended by {name}.")
    return Text(
        f"本地模型的进程意外退出，代码 {code}。", f"The process of the local model ended unexpectedly with code {code}."
    )


def see_log(why: Text, log: Path) -> Text:
    return Text(f"{why.zh}日志：「{log}」。", f"{why.en} The log: {str(log)!r}.")


def too_often(why: Text, times: int, within: float, log: Path) -> Text:
    minutes = f"{within / 60:g}"
    return see_log(
        Text(
            f"本地模型在 {minutes} 分钟内停了 {times} 次，不再重新启动。最后一次：{why.zh}其余功能照常；修好后请重新启动本程序。",
            f"The local model stopped {times} times within {minutes} minutes and is not started again. The last time: {why.en} "
            "All else keeps working; start the program again when the cause is mended.",
        ),
        log,
    )


def given_up(why: Text, log: Path) -> Text:
    return see_log(Text(f"本地模型停了：{why.zh}", f"The local model has stopped. {why.en}"), log)
