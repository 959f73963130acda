"""An endpoint that is wrong in each way that endpoints are: the error says what is wrong, which setting mends it, and no key."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.interpreters.agent import EndpointEncoder, open_agent
from assistant.interpreters.llm.client import FailureKind, ModelError, Profile, Usage
from assistant.interpreters.llm.spending import SpendingInMemory
from assistant.settings import Settings
from tests.assistant.interpreters.model_scene import ANSWER, KEY, Time, agent_of, lookup, request, settings_of
from tests.assistant.interpreters.openai_server import (
    OpenAIServer,
    Step,
    calls,
    page,
    raw,
    refuses,
    says,
    self_signed,
    status,
    stream_of,
)

NEEDS_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
STREAMED = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "in full"])


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as started:
        yield started


def failure(server: OpenAIServer, *script: Step, profile: Profile = Profile.SCHEMA, **how) -> ModelError:
    server.says(*script)
    with pytest.raises(ModelError) as said:
        agent_of(server, profile, time=Time(), **{"model_retries": 0, **how}).complete(request())
    error = said.value
    assert KEY not in f"{error.message.zh} {error.message.en} {error}"
    assert error.message.zh
    assert error.message.en
    return error


@STREAMED
@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_is_refused_is_never_shown(server: OpenAIServer, code: int, stream: bool) -> None:
    said = f"Incorrect API key provided: {KEY}. Authorization: Bearer {KEY}, or sk-another-secret-000."
    error = failure(server, status(code, said), model_stream=stream)
    assert error.kind is FailureKind.KEY
    assert f"HTTP {code}: Incorrect API key provided: ***" in error.message.en
    assert "another-secret" not in error.message.en
    assert "QUNXIANG_MODEL_KEY" in error.message.en
    assert "QUNXIANG_MODEL_KEY_FILE" in error.message.zh
    assert len(server.requests) == 1


def test_a_key_that_is_missing(server: OpenAIServer) -> None:
    error = failure(server, status(401, "missing"), model_key="")
    assert error.kind is FailureKind.KEY
    assert "asks for a key" in error.message.en
    assert "需要密钥" in error.message.zh


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"two words", "holds spaces")],
)
def test_a_key_file_that_holds_no_key(server: OpenAIServer, tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    error = failure(server, says(ANSWER), model_key="", model_key_file=file)
    assert error.kind is FailureKind.KEY
    assert why in error.message.en
    assert "QUNXIANG_MODEL_KEY_FILE" in error.message.zh
    assert server.requests == []


@pytest.mark.parametrize("key", ["sk-é", "sk-1\nX-Evil: 1", "密钥", "sk 1"])
def test_a_key_that_cannot_be_one_is_not_sent(server: OpenAIServer, key: str) -> None:
    error = failure(server, says(ANSWER), model_key=key)
    assert error.kind is FailureKind.KEY
    assert key not in error.message.en
    assert server.requests == []


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (404, {"message": "The model `smal-model` does not exist.", "code": "model_not_found"}),
        (404, {"message": "model 'smal-model' not found, try pulling it first"}),
        (400, {"message": "Unknown model: smal-model"}),
    ],
)
def test_a_model_that_is_not_there_names_the_nearest(server: OpenAIServer, code: int, body: object) -> None:
    error = failure(server, status(code, error=body), model_name="smal-model")
    assert error.kind is FailureKind.NO_SUCH_MODEL
    assert "no model called 'smal-model'. Did you mean small-model" in error.message.en
    assert "It has: small-model, large-model. Set QUNXIANG_MODEL_NAME." in error.message.en
    assert "您是不是指small-model" in error.message.zh
    assert [seen.method for seen in server.requests] == ["POST", "GET"]


def test_a_model_that_is_not_there_and_no_list_of_models(server: OpenAIServer) -> None:
    server.models = ()
    error = failure(server, status(404, "model not found"))
    assert error.message.en == "The endpoint has no model called 'small-model'. Set QUNXIANG_MODEL_NAME."


CONTEXTS = {
    "openai": (
        400,
        {"message": "This model's maximum context length is 8192 tokens.", "code": "context_length_exceeded"},
    ),
    "vllm": (
        400,
        {"message": "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens"},
    ),
    "vllm, newer": (400, {"message": "The prompt is longer than the model's context length (4096)"}),
    "llama.cpp": (
        400,
        {
            "code": 400,
            "message": "the request exceeds the available context size, try increasing it",
            "type": "exceed_context_size_error",
        },
    ),
    "llama-cpp-python": (500, {"message": "Requested tokens (4098) exceed context window of 4096"}),
    "mistral": (
        400,
        {"message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"},
    ),
    "qwen": (400, {"message": "Range of input length should be [1, 30720]"}),
    "too large": (413, {"message": "Request Entity Too Large"}),
}


@STREAMED
@pytest.mark.parametrize(("code", "body"), CONTEXTS.values(), ids=CONTEXTS)
def test_a_prompt_longer_than_the_model_takes(server: OpenAIServer, code: int, body: object, stream: bool) -> None:
    error = failure(server, status(code, error=body), model_stream=stream, model_retries=3)
    assert error.kind is FailureKind.CONTEXT
    assert "QUNXIANG_MODEL_CONTEXT" in error.message.en
    assert len(server.requests) == 1


def test_a_prompt_too_long_that_is_noticed_in_the_stream(server: OpenAIServer) -> None:
    error = failure(server, stream_of({"error": {"message": "Input exceeds the context window", "code": 400}}))
    assert error.kind is FailureKind.CONTEXT


@STREAMED
@pytest.mark.parametrize(
    "step",
    [page(), raw(200, b"pong", "text/plain"), raw(200, b"[1, 2]"), raw(200, b"{}"), raw(200, b'{"choices": null}'),
     raw(200, b'{"choices": [{}]}'), raw(200, b""), raw(200, b"\x00\xff" * 50, "application/octet-stream")],
    ids=["a page", "text", "a list", "an object", "null", "no message", "nothing", "bytes"],
)  # fmt: skip
def test_something_else_that_answers(server: OpenAIServer, step: Step, stream: bool) -> None:
    error = failure(server, step, model_stream=stream)
    assert error.kind is FailureKind.NOT_OPENAI_LIKE
    assert "QUNXIANG_MODEL" in error.message.en
    assert len(server.requests) == 1


def test_a_page_is_quoted_by_its_title(server: OpenAIServer) -> None:
    assert "not as OpenAI does (Welcome)" in failure(server, page()).message.en


def test_an_endpoint_that_does_not_stream(server: OpenAIServer) -> None:
    error = failure(server, raw(200, b'{"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]}'))
    assert error.kind is FailureKind.NOT_OPENAI_LIKE
    assert "QUNXIANG_MODEL_STREAM=false" in error.message.en
    assert "QUNXIANG_MODEL_STREAM=false" in error.message.zh


@pytest.mark.parametrize("code", [404, 405])
def test_an_address_without_the_last_part(server: OpenAIServer, code: int) -> None:
    short = server.url.removesuffix("/v1")
    error = failure(server, status(code, "Not Found"), model_url=short)
    assert error.kind is FailureKind.NOT_OPENAI_LIKE
    assert f"for example, {short}/v1" in error.message.en


def test_no_question_follows_a_redirection(server: OpenAIServer) -> None:
    with OpenAIServer([says(ANSWER)]) as elsewhere:
        error = failure(server, raw(307, b"", location=f"{elsewhere.url}/chat/completions"))
        assert elsewhere.requests == []
    assert error.kind is FailureKind.NOT_OPENAI_LIKE
    assert elsewhere.url in error.message.en


def test_a_request_that_is_not_understood_says_what_may_be_set(server: OpenAIServer) -> None:
    error = failure(server, status(400, "Unsupported parameter: 'temperature'"))
    assert error.kind is FailureKind.NOT_OPENAI_LIKE
    assert "Unsupported parameter: 'temperature'" in error.message.en
    assert "QUNXIANG_MODEL_BODY" in error.message.en
    assert "qunxiang model check" in error.message.zh


@STREAMED
@pytest.mark.parametrize("profile", list(Profile))
def test_a_refusal(server: OpenAIServer, profile: Profile, stream: bool) -> None:
    error = failure(server, refuses("I can't help with that."), profile=profile, model_stream=stream)
    assert error.kind is FailureKind.REFUSED
    assert "I can't help with that." in error.message.en
    assert error.usage.calls == 1
    assert len(server.requests) == 1


@STREAMED
def test_filters(server: OpenAIServer, stream: bool) -> None:
    cut = failure(server, says("{", finish="content_filter"), model_stream=stream)
    before = failure(
        server,
        status(
            400,
            error={"message": "The response was filtered due to content management policy", "code": "content_filter"},
        ),
        model_stream=stream,
    )
    assert cut.kind is before.kind is FailureKind.REFUSED


@STREAMED
@pytest.mark.parametrize("profile", list(Profile))
def test_an_empty_answer(server: OpenAIServer, profile: Profile, stream: bool) -> None:
    error = failure(server, says(""), profile=profile, model_stream=stream)
    assert error.kind is FailureKind.EMPTY
    assert len(server.requests) == 1


@STREAMED
@pytest.mark.parametrize("step", [says('{"metric": ', finish="length"), calls(("reading", '{"a'), finish="length")])
def test_an_answer_longer_than_allowed(server: OpenAIServer, step: Step, stream: bool) -> None:
    error = failure(server, step, profile=Profile.TOOLS, model_stream=stream)
    assert error.kind is FailureKind.CUT_OFF
    assert "QUNXIANG_MODEL_OUTPUT" in error.message.en


@pytest.mark.parametrize(
    ("code", "body"),
    [(402, {"message": "Insufficient Balance"}), (429, {"message": "quota", "code": "insufficient_quota"})],
)
def test_an_account_without_money(server: OpenAIServer, code: int, body: object) -> None:
    error = failure(server, status(code, error=body), model_retries=3)
    assert error.kind is FailureKind.OVER_BUDGET
    assert len(server.requests) == 1


def test_the_money_of_a_day_is_kept_to(server: OpenAIServer) -> None:
    server.says(says(ANSWER))
    time, spending = Time(), SpendingInMemory()
    agent = agent_of(
        server, time=time, spending=spending, model_price_out=100_000, model_currency="CNY", model_daily_cost=3.0
    )
    assert [agent.complete(request()).usage.cost for _ in range(2)] == [2.0, 2.0]  # 20 tokens each
    with pytest.raises(ModelError) as said:
        agent.complete(request())
    assert said.value.kind is FailureKind.OVER_BUDGET
    assert "The 3 CNY set aside for models are used up for today" in said.value.message.en
    assert "QUNXIANG_MODEL_DAILY_COST" in said.value.message.zh
    assert len(server.requests) == 2
    time.now += 86_400
    assert agent.complete(request()).text == ANSWER


def test_money_that_ends_within_a_question(server: OpenAIServer) -> None:
    server.says(calls(("search", {"words": "x"})), calls(("reading", ANSWER)))
    agent = agent_of(server, Profile.TOOLS, time=Time(), model_price_out=100_000, model_daily_cost=1.0)
    with pytest.raises(ModelError) as said:
        agent.complete(request(tools=(lookup(),)))
    assert said.value.kind is FailureKind.OVER_BUDGET
    assert said.value.usage == Usage(calls=1, tokens_in=100, tokens_out=20, cost=2.0)
    assert len(server.requests) == 1


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"  # bound, and not listening
        error = refused(Settings(model_url=url, model_name="m", model_retries=0))
    assert error.kind is FailureKind.UNREACHABLE
    assert f"{url} refuses the connection" in error.message.en
    assert "拒绝连接" in error.message.zh
    assert "QUNXIANG_MODEL_URL" in error.message.zh


def test_a_host_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("NO_PROXY", "*")
    error = refused(Settings(model_url="http://no-such-host.invalid/v1", model_name="m", model_retries=0))
    assert error.kind is FailureKind.UNREACHABLE
    assert "host name that cannot be found" in error.message.en


def refused(settings: Settings) -> ModelError:
    with pytest.raises(ModelError) as said:
        open_agent(settings, profile=Profile.SCHEMA).complete(request())
    return said.value


@NEEDS_OPENSSL
def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with OpenAIServer([says(ANSWER)], certificate=certificate) as server:
        error = failure(server, says(ANSWER))
        assert error.kind is FailureKind.CERTIFICATE
        assert "QUNXIANG_MODEL_CA" in error.message.en
        assert "证书" in error.message.zh
        assert server.requests == []
        assert agent_of(server, model_ca=tmp_path / "certificate.pem").complete(request()).text == ANSWER


@NEEDS_OPENSSL
def test_a_certificate_of_another_host(tmp_path: Path) -> None:
    with OpenAIServer([says(ANSWER)], certificate=self_signed(tmp_path, host="10.1.2.3")) as server:
        error = failure(server, says(ANSWER), model_ca=tmp_path / "certificate.pem")
    assert error.kind is FailureKind.CERTIFICATE
    assert "not valid for '127.0.0.1'" in error.message.en


def test_encryption_where_there_is_none(server: OpenAIServer) -> None:
    server.says(says(ANSWER))
    url = server.url.replace("http:", "https:")
    error = refused(settings_of(server, model_url=url, model_retries=0))
    assert error.kind is FailureKind.CERTIFICATE
    assert "http://" in error.message.en


@pytest.mark.parametrize(("content", "why"), [(None, "cannot be read"), (b"hello", "holds no certificate")])
def test_a_certificate_file_that_is_none(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    error = not_opened(model_ca=file)
    assert error.kind is FailureKind.CERTIFICATE
    assert why in error.message.en
    assert "QUNXIANG_MODEL_CA" in error.message.zh


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_url": " "}, "Set QUNXIANG_MODEL_URL"),
        ({"model_url": "127.0.0.1:8080/v1"}, "is not an address"),
        ({"model_url": "ftp://host/v1"}, "is not an address"),
        ({"model_url": "http://"}, "is not an address"),
        ({"model_url": "http://host:99999/v1"}, "is not an address"),
        ({"model_url": "http://ho st/v1"}, "is not an address"),
        ({"model_url": "http://user:pass@host/v1"}, "may hold no name, password"),
        ({"model_url": "http://host/v1?key=1"}, "may hold no name, password"),
        ({"model_name": " "}, "Set QUNXIANG_MODEL_NAME"),
        ({"model_body": "{top_k: 1}"}, "QUNXIANG_MODEL_BODY is not JSON"),
        ({"model_body": "[1]"}, "QUNXIANG_MODEL_BODY is not a JSON object"),
        ({"model_body": '{"messages": [], "model": "x"}'}, "fields that the program fills in: messages, model"),
    ],
)
def test_settings_that_cannot_be_right(changes: dict[str, str], why: str) -> None:
    error = not_opened(**changes)
    assert error.kind is FailureKind.NOT_CONFIGURED
    assert why in error.message.en
    assert "pass" not in error.message.en.replace("password", "")
    assert "QUNXIANG_MODEL_" in error.message.zh


def not_opened(**changes: object) -> ModelError:
    with pytest.raises(ModelError) as said:
        open_agent(
            Settings(**{"model_url": "http://127.0.0.1:1/v1", "model_name": "m", **changes}), profile=Profile.TEXT
        )
    return said.value


@pytest.mark.parametrize("called", ["/chat/completions", "/", "/embeddings", "/models/"])
def test_an_address_that_names_too_much_is_understood(server: OpenAIServer, called: str) -> None:
    server.says(says(ANSWER))
    assert agent_of(server, model_url=f" {server.url}{called} ").complete(request()).text == ANSWER
    assert server.requests[0].path == "/v1/chat/completions"


def test_embeddings_fail_with_the_same_words(server: OpenAIServer) -> None:
    server.says(status(401, f"bad key {KEY}"))
    with pytest.raises(ModelError) as said:
        EndpointEncoder(settings_of(server, embedding_name="e")).encode(["x"])
    assert said.value.kind is FailureKind.KEY
    assert KEY not in said.value.message.en
    with pytest.raises(ModelError, match="QUNXIANG_EMBEDDING_NAME"):
        EndpointEncoder(settings_of(server))


def test_the_old_way_to_trace_is_switched_off(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGCHAIN_TRACING", "true")
    server.says(says(ANSWER))
    assert agent_of(server).complete(request()).text == ANSWER
    assert "LANGCHAIN_TRACING" not in os.environ


def test_nothing_goes_on_after_a_failure(server: OpenAIServer) -> None:
    failure(server, status(500, "x"))
    assert not [thread for thread in threading.enumerate() if thread.name == "model-request"]
