"""What an endpoint said no with, as a kind and words: what is wrong, and which setting mends it."""

from __future__ import annotations

import difflib
import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final

from assistant.interpreters.llm.client import FailureKind, ModelError
from assistant.interpreters.llm.endpoint import Endpoint
from semantic_layer.errors import Text

# OpenAI; vLLM and SGLang; llama.cpp; llama-cpp-python; Mistral; TGI; Qwen; LM Studio; others.
_CONTEXT: Final = re.compile(
    r"context_length_exceeded|maximum context length|max(?:imum)? (?:model|context) len|exceed_context_size"
    r"|exceeds? the (?:available )?context|exceed (?:the )?context window|context (?:length|size|window)[^.]{0,40}exceed"
    r"|longer than the model's context|larger than the (?:maximum )?context|too large for model with"
    r"|prompt is too long|reduce the length of the (?:messages|prompt)|input tokens exceed"
    r"|range of input length should be|max_new_tokens` must be|context overflow|context the overflows|too many tokens",
    re.IGNORECASE,
)
_NO_MODEL: Final = re.compile(
    r"model_not_found|model[^.]{0,160}(?:does not exist|not exist|not found|is not available|unknown)|(?:unknown|invalid|no such) model",
    re.IGNORECASE,
)
_NO_MONEY: Final = re.compile(
    r"insufficient[ _](?:quota|balance|credits?|funds)|billing[ _](?:hard|not)", re.IGNORECASE
)
_FILTERED: Final = re.compile(r"content[ _](?:filter|policy|management)|responsibleai|data_?inspection", re.IGNORECASE)
_MOST_WORDS: Final = 240  # letters quoted of what an endpoint says
_MOST_MODELS: Final = 12  # named in a message
_SECRET: Final = re.compile(
    r"\b(?:sk|pk|key|gsk|xai|hf)[-_](?=[\w*.-]*\d)[\w*.-]{6,}|(?<=bearer )[^\s\"']+", re.IGNORECASE
)


def redacted(text: str, key: str) -> str:
    """`text` without the key, and without anything that looks like one."""
    return _SECRET.sub("***", text.replace(key, "***") if key else text)


def words_of(body: str, key: str) -> str:
    """The message in the body of an error, on one line, without keys; of a page, its title."""
    said = _message(body)
    plain = "".join(c if c.isprintable() else " " for c in redacted(said, key))
    short = " ".join(plain.split())
    return short if len(short) <= _MOST_WORDS else f"{short[:_MOST_WORDS]}…"


def kind_of(status: int, body: str) -> FailureKind:
    """What an answer with an error status, or an error in a stream (status 0), means."""
    by_words = (
        (_CONTEXT, FailureKind.CONTEXT),
        (_NO_MONEY, FailureKind.OVER_BUDGET),
        (_FILTERED, FailureKind.REFUSED),
    )
    if status not in {401, 403}:
        for pattern, kind in by_words:
            if pattern.search(body):
                return kind
    match status:
        case 401 | 403 | 407:
            return FailureKind.KEY
        case 402:
            return FailureKind.OVER_BUDGET
        case 413:
            return FailureKind.CONTEXT
        case 429:
            return FailureKind.RATE_LIMITED
        case 404 | 400 | 422 if _NO_MODEL.search(body):
            return FailureKind.NO_SUCH_MODEL
        case 0 | 408:
            return FailureKind.SERVER
        case _:
            return FailureKind.SERVER if status >= 500 else FailureKind.NOT_OPENAI_LIKE


def error_in(body: str) -> str:
    """The event of a stream that is an error, or a body that is one; empty when there is none."""
    for line in (body, *body.splitlines()):
        text = line.removeprefix("data:").strip()
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, Mapping) and found.get("error"):
            return text
    return ""


def refused_by(status: int, body: str, endpoint: Endpoint, *, key: str, location: str = "") -> ModelError:
    """The error for an answer with an error status. `location` is where a redirection points."""
    kind = kind_of(status, body)
    said = words_of(body, key)
    parts = [f"HTTP {status}"] * bool(status) + [said] * bool(said)
    zh, en = f"（{'：'.join(parts)}）", f" ({': '.join(parts)})"
    text = _text(kind, status, endpoint, has_key=bool(key), location=redacted(location, key))
    return ModelError(kind, Text(text.zh.replace("{said}", zh), text.en.replace("{said}", en)))


def _text(kind: FailureKind, status: int, endpoint: Endpoint, *, has_key: bool, location: str) -> Text:
    match kind:
        case FailureKind.KEY:
            return _KEY_REFUSED if has_key else _KEY_MISSING
        case FailureKind.OVER_BUDGET:
            return _NO_CREDIT
        case FailureKind.CONTEXT:
            return _TOO_LONG
        case FailureKind.REFUSED:
            return _FILTER
        case FailureKind.RATE_LIMITED:
            return _BUSY
        case FailureKind.SERVER:
            return _BROKEN
        case FailureKind.NO_SUCH_MODEL:
            return _no_such_model(endpoint, (), ())
        case _:
            return _not_spoken(status, endpoint.url, location)


def _not_spoken(status: int, url: str, location: str) -> Text:
    if 300 <= status < 400:
        return Text(
            f"{url} 转到了别的地址{location and f'（{location}）'}，提问不会跟着转。请把 QUNXIANG_MODEL_URL 设为最终的地址。",
            f"{url} redirects{location and f' to {location}'}, where no question is sent. Set QUNXIANG_MODEL_URL to the final address.",
        )
    if status in {404, 405}:
        better = "" if url.endswith("/v1") else f"{url}/v1"
        return Text(
            f"{url} 没有 OpenAI 形式的接口{{said}}。请检查 QUNXIANG_MODEL_URL{better and f'，例如设为 {better}'}。",
            f"{url} does not offer the interface of OpenAI{{said}}. Check QUNXIANG_MODEL_URL{better and f'; for example, {better}'}.",
        )
    return Text(
        "模型服务不接受这个请求{said}。请运行 qunxiang model check 重新试探，或设置 QUNXIANG_MODEL_PROFILE、QUNXIANG_MODEL_BODY。",
        "The endpoint does not take the request{said}. Run qunxiang model check to try it anew, "
        "or set QUNXIANG_MODEL_PROFILE or QUNXIANG_MODEL_BODY.",
    )


def nearest_models(endpoint: Endpoint, known: tuple[str, ...]) -> ModelError:
    """The error for a model that the endpoint does not have, while it has `known`."""
    near = tuple(difflib.get_close_matches(endpoint.name, known, n=3, cutoff=0.5))
    return ModelError(FailureKind.NO_SUCH_MODEL, _no_such_model(endpoint, near, known[:_MOST_MODELS]))


def _no_such_model(endpoint: Endpoint, near: tuple[str, ...], known: tuple[str, ...]) -> Text:
    zh = f"您是不是指{'、'.join(near)}？" if near else ""
    en = f" Did you mean {', '.join(near)}?" if near else ""
    listed_zh = f"那里有：{'、'.join(known)}。" if known else ""
    listed_en = f" It has: {', '.join(known)}." if known else ""
    return Text(
        f"模型服务没有名为「{endpoint.name}」的模型。{zh}{listed_zh}请设置 {endpoint.name_setting}。",
        f"The endpoint has no model called {endpoint.name!r}.{en}{listed_en} Set {endpoint.name_setting}.",
    )


def unreachable(endpoint: Endpoint, error: BaseException) -> ModelError:
    """The error for a connection that could not be made, or broke before anything came."""
    reasons = tuple(_chain(error))
    for reason in reasons:
        if isinstance(reason, ssl.SSLError):
            return _insecure(endpoint, reason)
    zh, en = "没有应答", "does not answer"
    if any(isinstance(reason, socket.gaierror) for reason in reasons):
        zh, en = "的主机名无法解析", "has a host name that cannot be found"
    elif any(isinstance(reason, ConnectionRefusedError) for reason in reasons):
        zh, en = "拒绝连接：那里没有服务在运行", "refuses the connection: nothing listens there"
    elif _named(reasons, "RemoteProtocolError", "ReadError"):
        zh, en = "没有应答就断开了连接", "closed the connection without an answer"
    return ModelError(
        FailureKind.UNREACHABLE,
        Text(
            f"模型服务 {endpoint.url} {zh}。请检查 QUNXIANG_MODEL_URL，并确认服务已启动、网络可达。",
            f"The endpoint {endpoint.url} {en}. Check QUNXIANG_MODEL_URL, and that the service runs and the network leads there.",
        ),
    )


def _insecure(endpoint: Endpoint, error: ssl.SSLError) -> ModelError:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message
        return ModelError(
            FailureKind.CERTIFICATE,
            Text(
                f"{endpoint.url} 的证书不可信：{why}。请把签发它的证书（PEM）设为 QUNXIANG_MODEL_CA，或检查地址里的主机名。",
                f"The certificate of {endpoint.url} is not trusted: {why}. Set QUNXIANG_MODEL_CA to the authority that issued it "
                "(PEM), or check the host name in the address.",
            ),
        )
    return ModelError(
        FailureKind.CERTIFICATE,
        Text(
            f"与 {endpoint.url} 建立加密连接失败（{error.reason or error}）。如果服务只支持 http，请把 QUNXIANG_MODEL_URL 改成 http://。",
            f"No encrypted connection to {endpoint.url} could be made ({error.reason or error}). "
            "If the service speaks plain http, begin QUNXIANG_MODEL_URL with http://.",
        ),
    )


def caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(one, kind) for one in _chain(error))


def is_connection_trouble(error: BaseException) -> bool:
    """Whether the connection failed, and not what was said over it."""
    return any(isinstance(one, OSError) for one in _chain(error)) or _named(
        tuple(_chain(error)), "TransportError", "APIConnectionError"
    )


def later(error: ModelError, seconds: float) -> ModelError:
    """The same, saying after how many seconds it may be tried again."""
    wait = f"{seconds:,.0f}"
    return ModelError(
        error.kind,
        Text(
            f"{error.message.zh}可在 {wait} 秒后再试。", f"{error.message.en} It may be tried again in {wait} seconds."
        ),
        usage=error.usage,
    )


def out_of_time(seconds: float) -> ModelError:
    return ModelError(
        FailureKind.TIMEOUT,
        Text(
            f"模型在 {seconds:g} 秒内没有答完。可以调大 QUNXIANG_MODEL_SECONDS，或换更快的模型。",
            f"The model did not finish within {seconds:g} seconds. Raise QUNXIANG_MODEL_SECONDS, or take a faster model.",
        ),
    )


def cancelled() -> ModelError:
    return ModelError(FailureKind.CANCELLED, Text("已停止。", "It was stopped."))


def broken_off() -> ModelError:
    return ModelError(
        FailureKind.CUT_OFF,
        Text(
            "模型的回答中途断开了。请再问一次；如果一直这样，请检查服务和网络。",
            "The answer of the model broke off. Ask again; if it goes on, check the service and the network.",
        ),
    )


def too_large() -> ModelError:
    return ModelError(
        FailureKind.CUT_OFF,
        Text(
            "模型的回答大得不像回答，没有读完。请检查 QUNXIANG_MODEL_URL 指向的服务。",
            "The answer of the model is larger than any answer would be, and was not read to its end. "
            "Check the service at QUNXIANG_MODEL_URL.",
        ),
    )


def no_name(known: tuple[str, ...] = ()) -> ModelError:
    listed_zh = f"那里有：{'、'.join(known)}。" if known else "qunxiang model check 会列出那里有哪些。"
    listed_en = f"It has: {', '.join(known)}." if known else "qunxiang model check lists those that it has."
    return ModelError(
        FailureKind.NOT_CONFIGURED,
        Text(
            f"没有设置用哪个模型。请设置 QUNXIANG_MODEL_NAME。{listed_zh}",
            f"No model is named. Set QUNXIANG_MODEL_NAME to one that the endpoint has. {listed_en}",
        ),
    )


def no_embedding() -> ModelError:
    return ModelError(
        FailureKind.NOT_CONFIGURED,
        Text(
            "没有设置用哪个向量模型。请设置 QUNXIANG_EMBEDDING_NAME。",
            "No embedding model is named. Set QUNXIANG_EMBEDDING_NAME.",
        ),
    )


def unexpected(error: Exception, key: str) -> ModelError:
    said = words_of(f"{type(error).__name__}: {error}", key)
    return ModelError(
        FailureKind.NOT_OPENAI_LIKE,
        Text(f"模型的回答无法读懂（{said}）。", f"What the endpoint answered cannot be read ({said})."),
    )


def not_openai_like(endpoint: Endpoint, body: str, *, streamed: bool, key: str) -> ModelError:
    """The error for an answer with status 200 that is no answer of a model."""
    said = words_of(body, key)
    if streamed and body.lstrip().startswith("{"):
        return ModelError(
            FailureKind.NOT_OPENAI_LIKE,
            Text(
                f"{endpoint.url} 没有按要求流式回答。请设置 QUNXIANG_MODEL_STREAM=false。",
                f"{endpoint.url} does not stream its answer as asked. Set QUNXIANG_MODEL_STREAM=false.",
            ),
        )
    quoted_zh, quoted_en = (f"（{said}）", f" ({said})") if said else ("", "")
    better = "" if endpoint.url.endswith("/v1") else f"{endpoint.url}/v1"
    return ModelError(
        FailureKind.NOT_OPENAI_LIKE,
        Text(
            f"{endpoint.url} 有应答，但不是 OpenAI 形式的回答{quoted_zh}。请检查 QUNXIANG_MODEL_URL{better and f'，例如设为 {better}'}。",
            f"{endpoint.url} answers, but not as OpenAI does{quoted_en}. Check QUNXIANG_MODEL_URL{better and f'; for example, {better}'}.",
        ),
    )


def _message(body: str) -> str:
    text = body.strip().removeprefix("data:").strip()
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return title[1] if title else re.sub(r"<[^>]*>", " ", text)
    for name in ("error", "message", "detail", "msg"):
        while isinstance(found, Mapping) and found.get(name):
            found = found[name]
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]


def _named(errors: tuple[BaseException, ...], *names: str) -> bool:
    return any(base.__name__ in names for error in errors for base in type(error).__mro__)


_KEY_REFUSED: Final = Text(
    "模型服务不接受这个密钥{said}。请检查 QUNXIANG_MODEL_KEY 或 QUNXIANG_MODEL_KEY_FILE 里的密钥。",
    "The endpoint does not take the key{said}. Check the key in QUNXIANG_MODEL_KEY or QUNXIANG_MODEL_KEY_FILE.",
)
_KEY_MISSING: Final = Text(
    "模型服务需要密钥{said}。请设置 QUNXIANG_MODEL_KEY，或把密钥放进文件并设置 QUNXIANG_MODEL_KEY_FILE。",
    "The endpoint asks for a key{said}. Set QUNXIANG_MODEL_KEY, or put the key into a file and set QUNXIANG_MODEL_KEY_FILE.",
)
_NO_CREDIT: Final = Text(
    "模型服务的账户余额或额度已用完{said}。请在服务商处充值，或换一个服务（QUNXIANG_MODEL_URL）。",
    "The account at the endpoint has no money or quota left{said}. Add some there, or take another endpoint (QUNXIANG_MODEL_URL).",
)
_TOO_LONG: Final = Text(
    "提问超过了模型能接受的长度{said}。请把 QUNXIANG_MODEL_CONTEXT 设为模型实际的长度，或让服务提供更长的上下文。",
    "The prompt is longer than the model takes{said}. Set QUNXIANG_MODEL_CONTEXT to what it really takes, "
    "or have the service offer a longer context.",
)
_FILTER: Final = Text(
    "模型服务的内容过滤拦下了这个请求{said}。请换一种问法。",
    "A content filter of the endpoint stopped the request{said}. Put the question in other words.",
)
_BUSY: Final = Text(
    "模型服务现在太忙，或请求过多{said}。请稍后再试。",
    "The endpoint is too busy, or was asked too often{said}. Try again later.",
)
_BROKEN: Final = Text(
    "模型服务内部出错{said}。请稍后再试；如果一直这样，请查看服务的日志。",
    "The endpoint failed inside{said}. Try again later; if it goes on, look at the log of the service.",
)
