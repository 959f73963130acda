"""Checks of what is reached over the network: the language model, the sign-in provider, the collector of traces."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

from assistant.interpreters.llm.client import ModelClient, Profile
from assistant.interpreters.llm.probe import probe
from assistant.observability.observed import observer_at
from assistant.operations.checks import Finding, Surroundings, failed, ok, warning
from assistant.serving.gguf import named_file, read_model
from assistant.settings import Settings
from semantic_layer.errors import Text

_DISCOVERY: Final = "/.well-known/openid-configuration"
_FOUND: Final = 200
_WEB: Final = {"http": 80, "https": 443}
_SHORT: Final = {"model_profile": "text", "model_form": "brief"}  # asks for the list of models and for a few words


def model(around: Surroundings) -> Finding:
    """Whether the language model answers; `qunxiang model check` finds out what it can do."""
    settings = around.settings
    if settings.model_file is not None:
        file = read_model(named_file(settings.model_file))
        return ok(f"{file.name}，{file.size / 2**30:.1f} GB", f"{file.name}, {file.size / 2**30:.1f} GB")
    if not settings.model_url:
        return ok("没有设置模型，问题只由规则理解", "no model is set; questions are read by the rules alone")
    found = probe(settings.model_copy(update=_SHORT), _never)
    if found.trouble is not None:
        return failed(
            found.trouble.message, Text("qunxiang model check 会说得更详细", "qunxiang model check tells more")
        )
    return ok(f"{found.model} 在 {found.url} 回答了", f"{found.model} at {found.url} answers")


def _never(_settings: Settings, _profile: Profile) -> ModelClient:
    raise AssertionError("the short probe asks nothing through a client")


def sign_in(around: Surroundings) -> Finding:
    """Whether the OpenID Connect provider says where to sign in, under its own name."""
    issuer = around.settings.oidc_issuer.rstrip("/")
    if not issuer:
        return ok("没有设置", "none is set")
    advice = Text("检查 QUNXIANG_OIDC_ISSUER 和网络", "Check QUNXIANG_OIDC_ISSUER and the network")
    try:
        answer = around.network.fetch(issuer + _DISCOVERY)
    except OSError as error:
        return failed(Text(f"{issuer} 连不上：{_said(error)}", f"{issuer} cannot be reached: {_said(error)}"), advice)
    told = _issuer_in(answer.body) if answer.status == _FOUND else None
    if told is None:
        return failed(
            Text(f"{issuer}{_DISCOVERY} 回答 {answer.status}，不是 OpenID 提供方", f"{issuer}{_DISCOVERY} answers {answer.status} and is no OpenID provider"),
            advice,
        )  # fmt: skip
    if told.rstrip("/") != issuer:
        return failed(
            Text(
                f"提供方自称 {told}，设置里是 {issuer}", f"The provider calls itself {told}, the setting says {issuer}"
            ),
            Text(f"QUNXIANG_OIDC_ISSUER={told}", f"QUNXIANG_OIDC_ISSUER={told}"),
        )
    return ok(f"{issuer} 回答了", f"{issuer} answers")


def _issuer_in(body: bytes) -> str | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    named = told.get("issuer") if isinstance(told, dict) and "authorization_endpoint" in told else None
    return named if isinstance(named, str) else None


def traces(around: Surroundings) -> Finding:
    """Whether something listens where traces are sent; nothing is sent."""
    url = around.settings.otel_url.strip()
    if not url:
        return ok("没有设置，什么也不发送", "none is set; nothing is sent anywhere")
    observer_at(url).close()
    parts = urlsplit(url)
    try:
        around.network.connect(parts.hostname or "", parts.port or _WEB[parts.scheme])
    except (OSError, ValueError) as error:
        return warning(
            Text(f"{parts.hostname} 连不上：{_said(error)}", f"{parts.hostname} cannot be reached: {_said(error)}"),
            Text(
                "检查 QUNXIANG_OTEL_URL；问答不受影响", "Check QUNXIANG_OTEL_URL; questions are answered all the same"
            ),
        )
    return ok(f"{parts.hostname} 连得上", f"{parts.hostname} can be reached")


def _said(error: Exception) -> str:
    inner = getattr(error, "reason", None)
    return str(getattr(inner, "strerror", None) or getattr(error, "strerror", None) or inner or error)
