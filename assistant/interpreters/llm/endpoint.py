"""Where a model answers and with what it is asked, checked from the settings before anything is sent."""

from __future__ import annotations

import ipaddress
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from assistant.interpreters.llm.client import FailureKind, ModelError
from assistant.interpreters.llm.spending import Prices
from assistant.settings import Settings
from semantic_layer.errors import Text
from semantic_layer.query.codec import Json

OURS: Final = ("messages", "model", "n", "response_format", "stream", "tool_choice", "tools")  # of the request body
_CALLED: Final = ("/chat/completions", "/completions", "/embeddings", "/models")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible endpoint and one model at it."""

    url: str  # without a slash at the end
    name: str
    body: Mapping[str, Json]  # further fields of every request
    trusted: ssl.SSLContext | None  # the authorities of `model_ca`; those that the machine trusts when `None`
    stream: bool
    retries: int
    output: int  # most tokens of an answer
    prices: Prices
    embedding: str
    name_setting: str = "QUNXIANG_MODEL_NAME"  # where `name` comes from

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, so that no proxy may stand between."""
        return is_local(self.url)


def read_endpoint(settings: Settings) -> Endpoint:
    """What the settings say.

    Raises:
        ModelError: NOT_CONFIGURED or CERTIFICATE, naming the setting that is missing or wrong.
    """
    return Endpoint(
        url=_url(settings.model_url),
        name=settings.model_name.strip(),
        body=_body(settings.model_body),
        trusted=None if settings.model_ca is None else _trusted(settings.model_ca),
        stream=settings.model_stream,
        retries=settings.model_retries,
        output=settings.model_output,
        prices=Prices(
            tokens_in=settings.model_price_in,
            tokens_out=settings.model_price_out,
            currency=settings.model_currency,
            daily=settings.model_daily_cost,
        ),
        embedding=settings.embedding_name.strip(),
    )


def is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(given: str) -> str:
    url = given.strip().rstrip("/")
    if not url:
        raise _not_set(
            "没有设置语言模型的地址。请设置 QUNXIANG_MODEL_URL，例如 http://127.0.0.1:8080/v1。",
            "No address of a language model is set. Set QUNXIANG_MODEL_URL, for example to http://127.0.0.1:8080/v1.",
        )
    for called in _CALLED:
        url = url.removesuffix(called)
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        well_formed = False
    if not well_formed or any(character.isspace() for character in url):
        raise _not_set(
            "QUNXIANG_MODEL_URL 不是网址。它应以 http:// 或 https:// 开头，例如 http://127.0.0.1:8080/v1。",
            "QUNXIANG_MODEL_URL is not an address. It begins with http:// or https://, as in http://127.0.0.1:8080/v1.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _not_set(
            "QUNXIANG_MODEL_URL 里不能有用户名、密码或参数。密钥请放在 QUNXIANG_MODEL_KEY 或 QUNXIANG_MODEL_KEY_FILE。",
            "QUNXIANG_MODEL_URL may hold no name, password or parameters. "
            "The key belongs in QUNXIANG_MODEL_KEY or QUNXIANG_MODEL_KEY_FILE.",
        )
    return url


def read_key(settings: Settings) -> str:
    """The key as it is set now; empty when none is. It is read for each question, since files of keys are renewed.

    Raises:
        ModelError: KEY, when there is something but no key.
    """
    key, source = settings.model_key.get_secret_value().strip(), "QUNXIANG_MODEL_KEY"
    if not key and settings.model_key_file is not None:
        key, source = _key_in(settings.model_key_file), "QUNXIANG_MODEL_KEY_FILE"
    if all("!" <= character <= "~" for character in key):
        return key
    raise ModelError(
        FailureKind.KEY,
        Text(
            f"{source} 里的密钥含有空格、换行或非 ASCII 字符，不可能是密钥。请只放密钥本身。",
            f"The key in {source} holds spaces, line breaks or characters outside ASCII, which no key does. "
            "Put the key there and nothing else.",
        ),
    )


def _key_in(path: Path) -> str:
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "not UTF-8 text"
        raise ModelError(
            FailureKind.KEY,
            Text(
                f"密钥文件 {path}（QUNXIANG_MODEL_KEY_FILE）读不了：{why}。请检查路径，并允许运行本程序的用户读取。",
                f"The key file {path} (QUNXIANG_MODEL_KEY_FILE) cannot be read: {why}. "
                "Check the path, and let the user who runs this program read it.",
            ),
        ) from error
    if not key:
        raise ModelError(
            FailureKind.KEY,
            Text(
                f"密钥文件 {path}（QUNXIANG_MODEL_KEY_FILE）是空的。请把密钥写进去。",
                f"The key file {path} (QUNXIANG_MODEL_KEY_FILE) is empty. Write the key into it.",
            ),
        )
    return key


def _body(given: str) -> Mapping[str, Json]:
    if not given.strip():
        return {}
    try:
        body = cast("Json", json.loads(given))
    except (ValueError, RecursionError) as error:
        raise _bad_body(f"不是 JSON（{error}）", f"is not JSON ({error})") from error
    if not isinstance(body, Mapping):
        raise _bad_body("不是 JSON 对象", "is not a JSON object")
    if taken := sorted(body.keys() & set(OURS)):
        raise _bad_body(
            f"含有由本程序填写的字段：{'、'.join(taken)}", f"holds fields that the program fills in: {', '.join(taken)}"
        )
    return body


def _trusted(path: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        zh, en = "里没有证书", "holds no certificate"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            zh, en = f"读不了：{error.strerror}", f"cannot be read: {error.strerror}"
        raise ModelError(
            FailureKind.CERTIFICATE,
            Text(
                f"证书文件 {path}（QUNXIANG_MODEL_CA）{zh}。它应是 PEM 格式，以 -----BEGIN CERTIFICATE----- 开头。",
                f"The certificate file {path} (QUNXIANG_MODEL_CA) {en}. It is in PEM, which begins with -----BEGIN CERTIFICATE-----.",
            ),
        ) from error


def _bad_body(zh: str, en: str) -> ModelError:
    return _not_set(
        f'QUNXIANG_MODEL_BODY {zh}。例如 {{"top_k": 20}}。', f'QUNXIANG_MODEL_BODY {en}. An example is {{"top_k": 20}}.'
    )


def _not_set(zh: str, en: str) -> ModelError:
    return ModelError(FailureKind.NOT_CONFIGURED, Text(zh, en))
