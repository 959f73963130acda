"""Checks of the settings: names that are none, values that contradict each other, doors that are open too wide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from assistant.accounts.loopback import is_loopback
from assistant.accounts.opening import FIRST_ACCOUNT
from assistant.operations.checks import Finding, Outcome, Surroundings, failed, ok, warning
from assistant.operations.state import not_yet, opened
from assistant.settings import Settings
from semantic_layer.errors import Text
from semantic_layer.model.nearest import nearest
from tools.storage_copy import all_rows

_PREFIX: Final = "QUNXIANG_"
_TESTS: Final = "QUNXIANG_TEST_"
_ACCOUNTS: Final = "accounts"
_TOKENS: Final = {
    "slack_bot_token": r"xoxb-[\w-]+",
    "slack_app_token": r"xapp-[\w-]+",
    "slack_signing_secret": r"[0-9a-f]{32}",
}
_SHAPES: Final = {"slack_bot_token": "xoxb-…", "slack_app_token": "xapp-…", "slack_signing_secret": "0-9 a-f, 32"}

_Trouble = tuple[Outcome, Text, Text]


def names(around: Surroundings) -> Finding:
    """Variables with our prefix that no setting reads, most often a slip of the pen."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    strange = sorted(
        name
        for name in around.environment
        if name.upper().startswith(_PREFIX) and name.upper() not in known and not name.startswith(_TESTS)
    )
    count = sum(name.upper() in known for name in around.environment)
    if not strange:
        return ok(f"{count} 个设置来自环境变量", f"{count} settings come from the environment")
    near = [
        (name, nearest(name.upper().removeprefix(_PREFIX), (k.removeprefix(_PREFIX) for k in known), limit=1))
        for name in strange
    ]
    said = "；".join(f"{name} → {_PREFIX}{found[0]}" if found else name for name, found in near)
    return warning(
        Text(f"没有这些设置：{'、'.join(strange)}", f"There are no such settings: {', '.join(strange)}"),
        Text(f"改名或删除：{said}", f"Rename or remove them: {said.replace('；', '; ')}"),
    )


def contradictions(around: Surroundings) -> Finding:
    """Settings that cannot all be meant."""
    found = sorted(_contradictions(around.settings), key=lambda one: one[0] is not Outcome.FAILED)
    if not found:
        return ok("没有互相矛盾的设置", "no settings contradict each other")
    return Finding(
        outcome=found[0][0],
        found=Text("；".join(f.zh for _, f, _ in found), "; ".join(f.en for _, f, _ in found)),
        advice=Text("；".join(a.zh for *_, a in found), "; ".join(a.en for *_, a in found)),
    )


def _contradictions(settings: Settings) -> Iterator[_Trouble]:
    yield from _of_the_model(settings)
    yield from _of_signing_in(settings)
    yield from _of_the_address(settings)


def _of_the_model(settings: Settings) -> Iterator[_Trouble]:
    if settings.model_url and settings.model_file:
        yield _both("MODEL_URL", "MODEL_FILE", Outcome.WARNING)
    if settings.model_key.get_secret_value() and settings.model_key_file:
        yield _both("MODEL_KEY", "MODEL_KEY_FILE", Outcome.WARNING)
    if settings.mode == "offline" and (settings.model_url or settings.model_file):
        yield (
            Outcome.WARNING,
            Text("QUNXIANG_MODE=offline，设置的模型不会被使用", "QUNXIANG_MODE=offline, so the model is not used"),
            Text("去掉模型的设置，或改 QUNXIANG_MODE", "Remove the settings of the model, or change QUNXIANG_MODE"),
        )
    yield from _file("MODEL_KEY_FILE", settings.model_key_file)
    yield from _file("MODEL_CA", settings.model_ca)


def _of_signing_in(settings: Settings) -> Iterator[_Trouble]:
    if settings.oidc_client_secret.get_secret_value() and settings.oidc_secret_file:
        yield _both("OIDC_CLIENT_SECRET", "OIDC_SECRET_FILE", Outcome.WARNING)
    if settings.oidc_issuer and not settings.oidc_client_id:
        yield _needs("OIDC_ISSUER", "OIDC_CLIENT_ID")
    if settings.oidc_issuer and not settings.base_url:
        yield _needs("OIDC_ISSUER", "BASE_URL")
    if settings.session_idle_minutes > settings.session_hours * 60:
        yield (
            Outcome.WARNING,
            Text("QUNXIANG_SESSION_IDLE_MINUTES 比 QUNXIANG_SESSION_HOURS 长，不起作用", "QUNXIANG_SESSION_IDLE_MINUTES is longer than QUNXIANG_SESSION_HOURS and has no effect"),
            Text("改短它", "Make it shorter"),
        )  # fmt: skip
    yield from _file("OIDC_SECRET_FILE", settings.oidc_secret_file)


def _of_the_address(settings: Settings) -> Iterator[_Trouble]:
    base = urlsplit(settings.base_url)
    if settings.base_url and (base.scheme not in {"http", "https"} or not base.hostname):
        yield (
            Outcome.FAILED,
            Text(f"QUNXIANG_BASE_URL「{settings.base_url}」不是地址", f"QUNXIANG_BASE_URL {settings.base_url!r} is no address"),
            Text("写成 https://ask.example.com 的样子", "Write it like https://ask.example.com"),
        )  # fmt: skip
    elif base.scheme == "http" and not is_loopback(base.hostname or ""):
        yield (
            Outcome.WARNING,
            Text("QUNXIANG_BASE_URL 不是 HTTPS，密码会明文传送", "QUNXIANG_BASE_URL is not HTTPS: passwords cross the network in the clear"),
            Text("在反向代理上启用 TLS（docs/deploying-server.zh-CN.md）", "Use TLS at a reverse proxy (docs/deploying-server.md)"),
        )  # fmt: skip
    if base.scheme == "https" and not settings.trusted_proxies:
        yield (
            Outcome.WARNING,
            Text("设置了 HTTPS 地址，却没有 QUNXIANG_TRUSTED_PROXIES：人人看起来都来自代理", "The address is HTTPS but QUNXIANG_TRUSTED_PROXIES is empty: everybody seems to come from the proxy"),
            Text("填上反向代理的地址，例如 127.0.0.1", "Name the address of the reverse proxy, such as 127.0.0.1"),
        )  # fmt: skip


def _both(one: str, other: str, outcome: Outcome) -> _Trouble:
    return (
        outcome,
        Text(f"同时设置了 {_PREFIX}{one} 和 {_PREFIX}{other}", f"Both {_PREFIX}{one} and {_PREFIX}{other} are set"),
        Text("只留一个", "Keep one of them"),
    )


def _needs(one: str, other: str) -> _Trouble:
    return (
        Outcome.FAILED,
        Text(f"设置了 {_PREFIX}{one}，却没有 {_PREFIX}{other}", f"{_PREFIX}{one} is set without {_PREFIX}{other}"),
        Text(f"补上 {_PREFIX}{other}", f"Set {_PREFIX}{other} too"),
    )


def _file(name: str, path: Path | None) -> Iterator[_Trouble]:
    """A file of a setting that cannot be read, or a secret that everybody at this machine can."""
    if path is None:
        return
    try:
        with path.open("rb"):
            mode = path.stat().st_mode
    except OSError as error:
        yield (
            Outcome.FAILED,
            Text(f"{_PREFIX}{name}「{path}」读不了：{error.strerror}", f"{_PREFIX}{name} {str(path)!r} cannot be read: {error.strerror}"),
            Text("检查路径和权限", "Check path and permissions"),
        )  # fmt: skip
        return
    if mode & 0o004 and name != "MODEL_CA":
        yield (
            Outcome.WARNING,
            Text(f"「{path}」这台机器上人人可读", f"{str(path)!r} can be read by everybody at this machine"),
            Text(f"chmod 600 {path}", f"chmod 600 {path}"),
        )


def accounts(around: Surroundings) -> Finding:
    """Whether whoever can reach the page must sign in."""
    settings = around.settings
    count = _accounts(settings)
    if count:
        return ok(f"{count} 个账号", f"{count} accounts")
    host = urlsplit(settings.base_url).hostname
    wide = not is_loopback(settings.host) or (host is not None and not is_loopback(host)) or settings.trusted_proxies
    if not wide and settings.sign_in == "auto":
        return ok("没有账号，页面只在本机打开", "no accounts; the page is open to this machine alone")
    return failed(
        Text("没有账号，而别的机器能访问页面，或设置要求登录", "No accounts, though other machines can reach the page or the settings ask for sign-in"),
        Text(f"先建立账号：{FIRST_ACCOUNT}", f"Make an account first: {FIRST_ACCOUNT}"),
    )  # fmt: skip


def _accounts(settings: Settings) -> int:
    if not_yet(settings):
        return 0
    with opened(settings) as storage, all_rows(storage) as there:
        return there.count(_ACCOUNTS) if _ACCOUNTS in there.tables else 0


def slack(around: Surroundings) -> Finding:
    """Whether the secrets of Slack are there and look like what Slack gives out; none is sent anywhere."""
    settings = around.settings
    if settings.slack == "off":
        return ok("没有启用", "not in use")
    needed = ("slack_bot_token", "slack_app_token" if settings.slack == "socket" else "slack_signing_secret")
    held = {name: getattr(settings, name).get_secret_value() for name in needed}
    wrong = [name for name, value in held.items() if not re.fullmatch(_TOKENS[name], value)]
    if not wrong:
        return ok(f"{settings.slack} 方式，密钥的样子都对", f"mode {settings.slack}; the tokens look right")
    listed = ", ".join(f"{_PREFIX}{name.upper()} ({_SHAPES[name]})" for name in wrong)
    missing = any(not held[name] for name in wrong)
    return failed(
        Text(f"{'缺少' if missing else '样子不对'}：{listed}", f"{'Missing' if missing else 'Not of the right shape'}: {listed}"),
        Text("从 Slack 应用的设置页复制它们", "Copy them from the settings of the Slack application"),
    )  # fmt: skip
