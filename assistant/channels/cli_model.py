"""The command that tries the language model in the settings: `model check`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import ValidationError

from assistant.interpreters.llm.ability import Ability, remember
from assistant.interpreters.llm.client import FailureKind, Profile
from assistant.interpreters.llm.probe import probe
from assistant.language_model import answered_at, host_of
from assistant.serving.base import Restarting, ServedModel, Starting
from assistant.settings import Settings
from semantic_layer.errors import Text, UserError

app = typer.Typer()
model = typer.Typer(no_args_is_help=True, help="The language model in the settings.")
app.add_typer(model, name="model")

AsJson = Annotated[bool, typer.Option("--json", help="print JSON for machines")]

NOT_CONFIGURED = 2

_PROFILES = {
    Profile.TOOLS: Text("原生工具调用", "native tool calls"),
    Profile.SCHEMA: Text("JSON 模式约束（没有工具）", "held to a JSON schema, no tools"),
    Profile.TEXT: Text("纯文本", "plain text"),
}
_FORMS = {
    "plan": Text("完整的计划", "whole plans"),
    "brief": Text("简短形式", "the short form"),
}
_LOOK = 0.2  # seconds between two looks at a model that is loading
_MOST_MODELS = 12  # listed on the terminal; JSON holds all


@model.callback()
def about() -> None:
    """The language model in the settings."""


@model.command()
def check(as_json: AsJson = False) -> None:
    """Try the model: whether it answers, how it gives structured output, how fast it is, and what it may be asked.

    What was found is kept below QUNXIANG_HOME, and used until the address or the name changes. Nothing of your data is sent.

    Exit codes: 0 the model can be used, 1 it cannot, 2 none is configured.

    Example: qunxiang model check --json
    """
    try:
        settings = Settings()
    except ValidationError as error:
        typer.echo(_wrong_settings(error))
        raise typer.Exit(NOT_CONFIGURED) from error
    host = host_of(settings)
    try:
        found = probe(settings if host.served is None else _served(settings, host.served), host.open_model)
    except UserError as error:
        typer.echo(_both(error.message))
        raise typer.Exit(1) from error
    finally:
        if host.served is not None:
            host.served.close()
    kept = _keep(found, settings) if found.usable else None
    typer.echo(
        json.dumps(_as_data(found), ensure_ascii=False, indent=2) if as_json else "\n".join(_lines(found, settings))
    )
    if kept is not None:
        typer.echo(f"{kept.zh}\n{kept.en}", err=True)
    if not found.usable:
        is_unset = found.trouble is not None and found.trouble.kind is FailureKind.NOT_CONFIGURED
        raise typer.Exit(NOT_CONFIGURED if is_unset else 1)


def _served(settings: Settings, served: ServedModel) -> Settings:
    """The settings with the address of the file that is served, once it has loaded.

    Raises:
        DataError: with the reason why it cannot be served.
    """
    while isinstance(served.state, Starting | Restarting):
        time.sleep(_LOOK)
    return answered_at(settings, served.endpoint())


def _keep(found: Ability, settings: Settings) -> Text | None:
    """Write it down; what is wrong when that cannot be."""
    try:
        remember(found, settings)
    except OSError as error:
        return Text(
            f"结果没有存下：{settings.home} 写不了（{error.strerror}）。请检查 QUNXIANG_HOME。",
            f"The result was not kept: {settings.home} cannot be written ({error.strerror}). Check QUNXIANG_HOME.",
        )
    return None


def _lines(found: Ability, settings: Settings) -> Iterator[str]:
    yield _line("地址", "address", found.url or "-")
    yield _line("模型", "model", found.model or "-")
    yield _line("可达", "reachable", _yes(is_so=found.reachable))
    if found.models:
        more = " …" if len(found.models) > _MOST_MODELS else ""
        yield _line("可用的模型", "models there", f"{', '.join(found.models[:_MOST_MODELS])}{more}")
    if found.seconds is not None:
        yield from _speed_lines(found)
    if found.profile is not None:
        yield _line("结构化输出", "structured output", _both(_PROFILES[found.profile]))
    if found.usable:
        right = f" ({found.right}/{found.asked})" if found.asked else ""
        yield _line("填写的形式", "what it fills in", f"{_both(_FORMS[found.form])}{right}")
        yield _line("价格", "price", _price(settings))
        if settings.model_stream and not found.streams:
            yield "→ 这个服务不支持流式，提问时不用流式；停止会慢一些。"
            yield "→ The endpoint does not stream, so questions do without; a stop takes effect later."
    yield _line("可以使用", "usable", _yes(is_so=found.usable))
    if found.trouble is not None:
        yield f"→ {found.trouble.message.zh}"
        yield f"→ {found.trouble.message.en}"


def _speed_lines(found: Ability) -> Iterator[str]:
    yield _line("流式", "streaming", _yes(is_so=found.streams))
    yield _line("报告用量", "reports usage", _yes(is_so=found.reports_usage))
    yield _line("上下文长度", "context length", f"{found.context:,}" if found.context else "没有说明 not told")
    yield _line("首字（秒）", "first words, seconds", f"{found.seconds:.2f}")
    speed = "-" if found.tokens_per_second is None else f"{found.tokens_per_second:,.1f}"
    yield _line("每秒词元", "tokens per second", speed)


def _line(zh: str, en: str, value: str) -> str:
    label = f"{zh} {en}"
    wide = sum(2 if ord(character) > 0x2E7F else 1 for character in label)
    return f"{label}{' ' * max(1, 34 - wide)}{value}"


def _both(text: Text) -> str:
    return f"{text.zh} {text.en}"


def _yes(*, is_so: bool) -> str:
    return "是 yes" if is_so else "否 no"


def _price(settings: Settings) -> str:
    if not settings.model_price_in and not settings.model_price_out:
        return "没有设置 not set (QUNXIANG_MODEL_PRICE_IN, QUNXIANG_MODEL_PRICE_OUT)"
    return f"{settings.model_price_in:g} / {settings.model_price_out:g} {settings.model_currency} (1,000,000 in / out)"


def _as_data(found: Ability) -> dict[str, object]:
    trouble = found.trouble
    return {
        "url": found.url,
        "model": found.model,
        "usable": found.usable,
        "reachable": found.reachable,
        "models": list(found.models),
        "profile": found.profile,
        "streams": found.streams,
        "reports_usage": found.reports_usage,
        "context": found.context,
        "seconds": found.seconds,
        "tokens_per_second": found.tokens_per_second,
        "form": found.form,
        "right": found.right,
        "asked": found.asked,
        "trouble": trouble and {"kind": trouble.kind, "zh": trouble.message.zh, "en": trouble.message.en},
    }


def _wrong_settings(error: ValidationError) -> str:
    """The names of settings that are wrong, and why, without what stands in them: it may be a secret."""
    faults = (
        f"QUNXIANG_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors(include_input=False)
    )
    return "\n".join(["设置有误 Wrong settings:", *faults])
