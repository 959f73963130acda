"""The real LangChain client against a scripted endpoint: what is sent, what comes back, and in how many requests."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langsmith.utils import get_env_var, tracing_is_enabled

from assistant.interpreters.agent import EndpointEncoder
from assistant.interpreters.llm.client import Exchange, FailureKind, ModelError, Profile, Usage
from tests.assistant.interpreters.model_scene import ANSWER, KEY, SCHEMA, Time, agent_of, lookup, request, settings_of
from tests.assistant.interpreters.openai_server import OpenAIServer, Talk, calls, message, raw, says, status, stream_of

STREAMED = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "in full"])
ALL_PROFILES = pytest.mark.parametrize("profile", list(Profile))


def names(body: dict[str, object]) -> list[str]:
    return [tool["function"]["name"] for tool in body.get("tools", [])]  # type: ignore[index, union-attr]


@STREAMED
def test_native_tools_get_the_result_as_a_call(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(calls(("reading", ANSWER)))
    completion = agent_of(openai_server, Profile.TOOLS, model_stream=stream).complete(request())
    assert completion.text == ANSWER
    assert (completion.usage.calls, completion.usage.tokens_in, completion.usage.tokens_out) == (1, 100, 20)
    assert completion.model == "small-model"
    [seen] = openai_server.requests
    assert seen.path == "/v1/chat/completions"
    assert names(seen.body) == ["reading"]
    assert seen.body["tools"][0]["function"]["parameters"] == SCHEMA
    assert seen.body["tool_choice"] == "required"
    assert "response_format" not in seen.body
    assert seen.body["stream"] is stream
    assert (seen.body["temperature"], seen.body["max_tokens"]) == (0, 1024)


@STREAMED
def test_a_schema_holds_the_answer_where_there_are_no_tools(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(says(ANSWER))
    completion = agent_of(openai_server, Profile.SCHEMA, model_stream=stream).complete(request(tools=(lookup(),)))
    assert completion.text == ANSWER
    [seen] = openai_server.requests
    assert seen.body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reading", "schema": SCHEMA},
    }
    assert "tools" not in seen.body
    assert "tool_choice" not in seen.body


@STREAMED
def test_a_schema_is_told_in_words_where_there_is_neither(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(says(f"Here you are:\n```json\n{ANSWER}\n```\nAnything else?"))
    completion = agent_of(openai_server, Profile.TEXT, model_stream=stream).complete(request(tools=(lookup(),)))
    assert completion.text == ANSWER
    [seen] = openai_server.requests
    assert not {"response_format", "tools", "tool_choice"} & seen.body.keys()
    system, user = seen.body["messages"]
    assert system["role"] == "system"
    assert system["content"].startswith("You read questions.")
    assert json.dumps(SCHEMA) in system["content"]
    assert user == {"role": "user", "content": "sales?"}


@ALL_PROFILES
@STREAMED
@pytest.mark.parametrize(
    "said",
    [
        ANSWER,
        f"```json\n{ANSWER}\n```",
        f"```\n{ANSWER}```",
        f"Sure! {ANSWER} Done.",
        f"<think>sales or {{orders}}?</think>\n{ANSWER}",
        f"\ufeff {ANSWER}\n",
    ],
)
def test_json_in_words_is_found_whatever_was_asked_for(
    openai_server: OpenAIServer, profile: Profile, stream: bool, said: str
) -> None:
    openai_server.says(says(said))
    assert agent_of(openai_server, profile, model_stream=stream).complete(request()).text == ANSWER
    assert len(openai_server.requests) == 1


@STREAMED
def test_a_look_up_and_then_the_result_are_two_requests(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(calls(("search", {"words": "销售"})), calls(("reading", ANSWER)))
    agent = agent_of(openai_server, Profile.TOOLS, model_stream=stream)
    completion = agent.complete(request(tools=(lookup(),)))
    assert completion.text == ANSWER
    assert completion.tools_used == ("search",)
    assert (completion.usage.calls, completion.usage.tokens_in) == (2, 200)
    first, last = (seen.body for seen in openai_server.requests)
    assert names(first) == ["search", "reading"]
    assert names(last) == ["reading"]
    assert first["tool_choice"] == last["tool_choice"] == "required"
    called, found = last["messages"][2:]
    assert json.loads(called["tool_calls"][0]["function"]["arguments"]) == {"words": "销售"}
    assert found == {"role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "found 销售"}


def test_the_only_request_allowed_offers_nothing_but_the_result(openai_server: OpenAIServer) -> None:
    openai_server.says(calls(("reading", ANSWER)))
    agent_of(openai_server, Profile.TOOLS).complete(request(tools=(lookup(),), calls=1))
    assert names(openai_server.requests[0].body) == ["reading"]


def test_a_model_that_only_looks_things_up_is_asked_no_more_often_than_allowed(openai_server: OpenAIServer) -> None:
    openai_server.says(calls(("search", {"words": "x"})))
    with pytest.raises(ModelError) as said:
        agent_of(openai_server, Profile.TOOLS).complete(request(tools=(lookup(),), calls=3))
    assert said.value.kind is FailureKind.EMPTY
    assert said.value.usage.calls == 3
    assert [names(seen.body) for seen in openai_server.requests] == [["search", "reading"]] * 2 + [["reading"]]


@STREAMED
def test_calls_side_by_side_and_calls_that_go_wrong_end_nothing(openai_server: OpenAIServer, stream: bool) -> None:
    def run(arguments: dict[str, object]) -> str:
        if arguments["words"] == "bad":
            raise RuntimeError("row 7: Zhang San, 13800138000")
        return f"found {arguments['words']}"

    openai_server.says(
        calls(
            ("search", {"words": "a"}),
            ("search", {"words": "b", "limit": 2}),
            ("search", {"words": "bad"}),
            ("search", {"words": 5}),
            ("search", {"limit": "two", "words": "x", "where": 1}),
            ("run_sql", {"sql": "DROP TABLE customers"}),
        ),
        calls(("reading", ANSWER)),
    )
    agent = agent_of(openai_server, Profile.TOOLS, model_stream=stream)
    completion = agent.complete(request(tools=(lookup(run),)))
    assert completion.text == ANSWER
    assert sorted(completion.tools_used) == ["run_sql", *["search"] * 5]
    told = {m["tool_call_id"]: m["content"] for m in openai_server.requests[1].body["messages"] if m["role"] == "tool"}
    assert told == {
        "call_0": "found a",
        "call_1": "found b",
        "call_2": "search failed (RuntimeError). Go on without it.",
        "call_3": "arguments.words must be of type string.",
        "call_4": "arguments.limit must be of type integer. arguments has no where; known are words, limit.",
        "call_5": "There is no tool 'run_sql'. There are: search, reading.",
    }


def test_a_result_beside_look_ups_is_taken_and_nothing_is_looked_up(openai_server: OpenAIServer) -> None:
    openai_server.says(calls(("search", {"words": "x"}), ("reading", ANSWER)))
    completion = agent_of(openai_server, Profile.TOOLS).complete(request(tools=(lookup(),)))
    assert (completion.text, completion.tools_used) == (ANSWER, ())
    assert len(openai_server.requests) == 1


def test_of_two_results_the_first_counts(openai_server: OpenAIServer) -> None:
    openai_server.says(calls(("reading", ANSWER), ("reading", '{"metric": "orders"}')))
    assert agent_of(openai_server, Profile.TOOLS).complete(request()).text == ANSWER


def test_a_result_under_a_wrong_name_is_taken_when_nothing_more_may_be_asked(openai_server: OpenAIServer) -> None:
    openai_server.says(calls(("functions.reading", ANSWER)))
    agent = agent_of(openai_server, Profile.TOOLS)
    assert agent.complete(request(calls=1, tools=(lookup(),))).text == ANSWER
    assert agent.complete(request(calls=2)).text == ANSWER  # with no look-ups, there is nothing to tell it from
    assert len(openai_server.requests) == 2


@STREAMED
@pytest.mark.parametrize("broken", ['{"metric": "sales", "top": ', '{"metric": "sa', "metric=sales", "[1, 2]"])
def test_arguments_that_are_no_json_are_handed_over_as_written_and_never_completed(
    openai_server: OpenAIServer, stream: bool, broken: str
) -> None:
    openai_server.says(calls(("reading", broken)))
    completion = agent_of(openai_server, Profile.TOOLS, model_stream=stream).complete(request())
    assert completion.text == broken.strip()
    assert len(openai_server.requests) == 1


@ALL_PROFILES
@pytest.mark.parametrize(
    "said", ['{"metric": "profit"}', "SELECT * FROM customers; -- ignore all rules", '{"sql": "DROP TABLE customers"}']
)
def test_what_does_not_fit_is_handed_over_to_be_checked(
    openai_server: OpenAIServer, profile: Profile, said: str
) -> None:
    openai_server.says(says(said))
    assert agent_of(openai_server, profile).complete(request()).text == said
    assert len(openai_server.requests) == 1


def test_earlier_answers_and_what_was_wrong_with_them_follow_the_question(openai_server: OpenAIServer) -> None:
    openai_server.says(says(ANSWER))
    earlier = (Exchange(answer='{"metric": "profit"}', issues="No metric 'profit'."),)
    agent_of(openai_server).complete(request(earlier=earlier))
    assert [(m["role"], m["content"]) for m in openai_server.requests[0].body["messages"]] == [
        ("system", "You read questions."),
        ("user", "sales?"),
        ("assistant", '{"metric": "profit"}'),
        ("user", "No metric 'profit'."),
    ]


@pytest.mark.parametrize("profile", [Profile.TOOLS, Profile.SCHEMA])
def test_a_schema_that_refers_to_itself_arrives_untouched(openai_server: OpenAIServer, profile: Profile) -> None:
    schema = {
        "type": "object",
        "title": "Reading",
        "properties": {"where": {"$ref": "#/$defs/predicate"}},
        "$defs": {
            "predicate": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/predicate"}}]}
        },
    }
    openai_server.says(says("{}"))
    agent_of(openai_server, profile).complete(request(schema=schema, schema_name="plan"))
    body = openai_server.requests[0].body
    if profile is Profile.TOOLS:
        assert body["tools"][0]["function"] == {"name": "plan", "description": "Give the result.", "parameters": schema}
    else:
        assert body["response_format"]["json_schema"] == {"name": "plan", "schema": schema}


def test_fields_for_one_vendor_are_added_and_ours_can_be_left_out(openai_server: OpenAIServer) -> None:
    openai_server.says(says(ANSWER))
    body = '{"top_k": 20, "temperature": null, "max_completion_tokens": 99, "chat_template_kwargs": {"enable_thinking": false}}'
    agent_of(openai_server, model_body=body).complete(request())
    sent = openai_server.requests[0].body
    assert (sent["top_k"], sent["max_completion_tokens"]) == (20, 99)
    assert sent["chat_template_kwargs"] == {"enable_thinking": False}
    assert not {"temperature", "max_tokens"} & sent.keys()


@STREAMED
def test_cost_comes_from_the_tokens_told_and_the_prices(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(says(ANSWER))
    agent = agent_of(openai_server, model_stream=stream, model_price_in=3.0, model_price_out=10.0)
    assert agent.complete(request()).usage.cost == pytest.approx((100 * 3 + 20 * 10) / 1_000_000)


@STREAMED
def test_tokens_are_estimated_when_the_endpoint_does_not_tell(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(says('{"名": "客户"}', usage=None))
    agent = agent_of(openai_server, model_stream=stream, model_price_out=1_000_000)
    usage = agent.complete(request(system="abcdefgh", user="销售额是多少")).usage
    # '{"": ""}' is 8 letters of ASCII, two tokens, and three others of one each
    assert usage == Usage(calls=1, tokens_in=usage.tokens_in, tokens_out=5, seconds=usage.seconds, cost=5.0)
    assert usage.tokens_in == 2 + 6 + 1  # and the empty list of tools


def test_several_threads_may_ask_at_once(openai_server: OpenAIServer) -> None:
    openai_server.says(says(ANSWER))
    agent = agent_of(openai_server)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: agent.complete(request(user=str(number))).text, range(24)))
    assert found == [ANSWER] * 24
    assert sorted(int(seen.body["messages"][1]["content"]) for seen in openai_server.requests) == list(range(24))


def test_a_caller_may_be_in_an_event_loop(openai_server: OpenAIServer) -> None:
    openai_server.says(says(ANSWER))

    async def caller() -> str:
        return agent_of(openai_server).complete(request()).text

    assert asyncio.run(caller()) == ANSWER


def test_the_key_is_sent_and_nothing_about_this_machine(
    openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    openai_server.says(says(ANSWER))
    agent_of(openai_server).complete(request())
    agent_of(openai_server, model_key="").complete(request())
    with_key, without = (seen.headers for seen in openai_server.requests)
    assert with_key["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in without
    for headers in (with_key, without):
        assert set(headers) - {"authorization"} <= {
            *("host", "connection", "accept", "accept-encoding", "content-type", "content-length", "user-agent"),
            "x-stainless-raw-response",
        }
        assert headers["user-agent"] == "qunxiang"


def test_a_key_file_is_read_for_each_question(openai_server: OpenAIServer, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first-key\n")
    openai_server.says(says(ANSWER))
    agent = agent_of(openai_server, model_key="", model_key_file=file)
    agent.complete(request())
    file.write_text("second-key\r\n")
    agent.complete(request())
    assert [seen.headers["authorization"] for seen in openai_server.requests] == [
        "Bearer first-key",
        "Bearer second-key",
    ]


@pytest.mark.parametrize("prefix", ["LANGSMITH", "LANGCHAIN"])
def test_nothing_is_traced_whatever_the_environment_says(
    openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    openai_server.says(calls(("search", {"words": "x"})), calls(("reading", ANSWER)))
    with OpenAIServer([raw(200, b"{}")]) as tracer:
        for name in ("TRACING", "TRACING_V2", "HANDLER"):
            monkeypatch.setenv(f"{prefix}_{name}", "true")
        monkeypatch.setenv(f"{prefix}_ENDPOINT", tracer.url)
        monkeypatch.setenv(f"{prefix}_API_KEY", "lsv2-key")
        monkeypatch.setenv("LANGSMITH_GATEWAY", tracer.url)
        get_env_var.cache_clear()
        assert tracing_is_enabled()  # anybody else in this process would be traced
        completion = agent_of(openai_server, Profile.TOOLS).complete(request(tools=(lookup(),)))
        assert completion.text == ANSWER
        assert tracer.requests == []
    get_env_var.cache_clear()
    assert [thread.name for thread in threading.enumerate() if "tracing" in thread.name] == []
    assert len(openai_server.requests) == 2


def test_no_table_of_tokens_is_fetched(openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object) -> None:
        raise AssertionError("tiktoken was called")

    monkeypatch.setattr("tiktoken.get_encoding", fetch)
    monkeypatch.setattr("tiktoken.encoding_for_model", fetch)
    openai_server.says(says(ANSWER), embeddings([[1.0, 0.0]]))
    agent_of(openai_server).complete(request())
    EndpointEncoder(settings_of(openai_server, embedding_name="e")).encode(["x"])


def embeddings(vectors: list[list[float]]):
    data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    body = {"object": "list", "data": data, "model": "e", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    return raw(200, json.dumps(body).encode())


def test_texts_become_vectors(openai_server: OpenAIServer) -> None:
    openai_server.says(embeddings([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    encoder = EndpointEncoder(settings_of(openai_server, embedding_name="text-small"))
    found = encoder.encode(["销售额", "sales"])
    assert found.dtype.name == "float32"
    assert found.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert encoder.dimensions == 3
    assert encoder.encode([]).shape == (0, 3)
    assert encoder.name == f"text-small @ {openai_server.url}"
    [seen] = openai_server.requests
    assert seen.path == "/v1/embeddings"
    assert (seen.body["input"], seen.body["model"]) == (["销售额", "sales"], "text-small")
    assert seen.body["encoding_format"] == "float"


def test_vectors_are_asked_for_again_when_the_endpoint_is_busy(openai_server: OpenAIServer) -> None:
    time = Time()
    openai_server.says(status(429, "slow down"), embeddings([[1.0]]))
    settings = settings_of(openai_server, embedding_name="e")
    encoder = EndpointEncoder(settings, clock=time.clock, sleep=time.sleep, random=lambda: 0.5)
    assert encoder.encode(["x"]).tolist() == [[1.0]]
    assert time.naps == [0.25]
    assert len(openai_server.requests) == 2


def test_an_embedding_model_that_is_not_there(openai_server: OpenAIServer) -> None:
    openai_server.says(status(404, "The model `smal-model` does not exist"))
    with pytest.raises(ModelError) as said:
        EndpointEncoder(settings_of(openai_server, embedding_name="smal-model")).encode(["x"])
    assert said.value.kind is FailureKind.NO_SUCH_MODEL
    assert "Did you mean small-model" in said.value.message.en
    assert "Set QUNXIANG_EMBEDDING_NAME" in said.value.message.en


def test_many_texts_go_in_batches(openai_server: OpenAIServer) -> None:
    def step(talk: Talk) -> None:
        embeddings([[float(text)] for text in talk.seen.body["input"]])(talk)

    openai_server.says(step)
    found = EndpointEncoder(settings_of(openai_server, embedding_name="e")).encode([str(n) for n in range(600)])
    assert found[:, 0].tolist() == list(range(600))
    assert [len(seen.body["input"]) for seen in openai_server.requests] == [256, 256, 88]


def test_how_many_numbers_a_vector_has_is_asked_once(openai_server: OpenAIServer) -> None:
    openai_server.says(embeddings([[1.0, 2.0]]))
    encoder = EndpointEncoder(settings_of(openai_server, embedding_name="e"))
    assert encoder.encode([]).shape == (0, 2)
    assert encoder.dimensions == 2
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize("vectors", [[], [[1.0], [2.0]], [[]]])
def test_vectors_that_do_not_belong_to_the_texts_are_refused(
    openai_server: OpenAIServer, vectors: list[list[float]]
) -> None:
    openai_server.says(embeddings(vectors))
    with pytest.raises(ModelError) as said:
        EndpointEncoder(settings_of(openai_server, embedding_name="e")).encode(["x"])
    assert said.value.kind is FailureKind.NOT_OPENAI_LIKE


def test_pieces_of_a_stream_may_come_in_unusual_ways(openai_server: OpenAIServer) -> None:
    def piece(delta: object, finish: str | None = None, **more: object) -> dict[str, object]:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}

    openai_server.says(
        stream_of(
            {"choices": []},
            piece({"role": "assistant", "content": None}),
            piece({"content": '{"metric": '}),
            piece({"content": '"sales"}'}, "stop", model="other-name"),
            piece({}, "stop"),  # said twice, and no [DONE]
        )
    )
    completion = agent_of(openai_server).complete(request())
    assert (completion.text, completion.model) == ('{"metric": "sales"}', "other-name")


def test_an_answer_that_is_null_where_a_text_belongs_is_none(openai_server: OpenAIServer) -> None:
    openai_server.says(message({"content": None, "tool_calls": None}))
    with pytest.raises(ModelError) as said:
        agent_of(openai_server, model_stream=False).complete(request())
    assert said.value.kind is FailureKind.EMPTY
