"""The seam to a served model, and its fake."""

from __future__ import annotations

import pytest

from assistant.serving.base import CLOSED, Endpoint, Ready, Restarting, ScriptedModel, ServedModel, Starting
from semantic_layer.errors import DataError, Text

ENDPOINT = Endpoint(url="http://127.0.0.1:9/v1", key="k", name="m", context=2048)


def test_the_fake_is_what_it_was_told_to_be() -> None:
    model = ScriptedModel()
    seam: ServedModel = model
    with pytest.raises(DataError, match="has not been started"):
        seam.endpoint()
    model.become(Ready(ENDPOINT))
    assert seam.endpoint() == ENDPOINT
    seam.close()
    assert seam.state == CLOSED


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        (
            Starting(Text("正在载入模型", "loading the model")),
            "本地模型正在启动（正在载入模型）。请稍等再问。",
            "The local model is starting (loading the model). Ask again in a moment.",
        ),
        (
            Restarting(Text("它停了。", "It had stopped.")),
            "本地模型正在重新启动。它停了。请稍等再问。",
            "The local model is starting again. It had stopped. Ask again in a moment.",
        ),
        (CLOSED, "本地模型已关闭。", "The local model has been closed."),
    ],
)
def test_says_why_there_is_no_answer_now(state, zh: str, en: str) -> None:
    with pytest.raises(DataError) as said:
        ScriptedModel(state).endpoint()
    assert said.value.message == Text(zh, en)
