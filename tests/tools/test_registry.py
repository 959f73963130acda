"""Tools as values: what they take, what they give, and how a wrong name or a wrong argument is answered."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from semantic_layer.errors import Text, UnknownNameError
from tools.registry import ArgumentError, Effect, Registry, Tool, reading, writing


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=5)
    size: Literal["small", "large"] = "small"
    count: int = Field(1, ge=1, le=9)


class Made(BaseModel):
    said: str


def make(values: Wanted, scene: str) -> Made:
    return Made(said=f"{scene}: {values.count} {values.size} {values.name}")


def look(name: str = "look_at") -> Tool[str]:
    return reading(
        name,
        title=Text("看", "Look"),
        description=Text("只看", "Only looks"),
        permission="see",
        given=Wanted,
        result=Made,
        run=make,
    )


def change() -> Tool[str]:
    return writing(
        "change",
        title=Text("改", "Change"),
        description=Text("会改", "Changes"),
        permission="do",
        given=Wanted,
        result=Made,
        run=make,
        announce=lambda values, scene: Text(f"改 {values.name}", f"change {values.name} of {scene}"),
        destroys=True,
    )


def test_a_tool_reads_its_arguments_and_runs_on_them() -> None:
    tool = look()
    assert tool.effect is Effect.READ
    assert tool.run(tool.read({"name": "box", "count": 3}), "ana") == Made(said="ana: 3 small box")


def test_a_tool_that_writes_says_what_it_is_about_to_do() -> None:
    tool = change()
    assert tool.announce is not None
    assert tool.effect is Effect.WRITE
    assert tool.announce(tool.read({"name": "box"}), "ana") == Text("改 box", "change box of ana")


def test_a_tool_that_writes_without_saying_so_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="about to do"):
        Tool[str](
            name="quiet", title=Text("", ""), description=Text("", ""), effect=Effect.WRITE, permission="do",
            given=Wanted, result=Made, run=lambda values, scene: Made(said=""),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        ({}, "缺少 name", "name is missing"),
        ({"name": ""}, "name 不能为空", "name must not be empty"),
        ({"name": "toolong"}, "name 最多 5 个字", "name may have at most 5 characters"),
        ({"name": 7}, "name 要写成文字", "name must be text"),
        (
            {"name": "box", "size": "huge"},
            "size 只能是 'small' 或 'large'",
            "size must be 'small' or 'large'",
        ),
        ({"name": "box", "count": 0}, "count 至少是 1", "count must be at least 1"),
        ({"name": "box", "count": 10}, "count 最多是 9", "count must be at most 9"),
        ({"name": "box", "count": "x"}, "count 要写成整数", "count must be a whole number"),
        (
            {"name": "box", "siz": "large"},
            "没有 siz 这个参数，您是不是指 size",
            "there is no argument siz; did you mean size",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_allowed(arguments: dict[str, object], zh: str, en: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        look().read(arguments)
    assert caught.value.message == Text(f"look_at 的参数不对：{zh}。", f"The arguments of look_at do not fit: {en}.")


def test_every_fault_is_named_at_once_and_what_was_given_is_not_repeated() -> None:
    with pytest.raises(ArgumentError) as caught:
        look().read({"count": 99, "nmae": "secret"})
    assert caught.value.message.en == (
        "The arguments of look_at do not fit: name is missing; count must be at most 9; "
        "there is no argument nmae; did you mean name."
    )
    assert caught.value.suggestions == ("name",)


def test_the_registry_finds_tools_by_name_in_the_order_given() -> None:
    registry = Registry((look(), change()))
    assert registry.names == ("look_at", "change")
    assert [tool.name for tool in registry] == ["look_at", "change"]
    assert len(registry) == 2
    assert registry.tool("change").destroys


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all() -> None:
    registry = Registry((look(), change()))
    with pytest.raises(UnknownNameError) as near:
        registry.tool("look_att")
    assert near.value.suggestions == ("look_at",)
    with pytest.raises(UnknownNameError) as far:
        registry.tool("xyz")
    assert far.value.suggestions == ("look_at", "change")


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'look_at'"):
        Registry((look(), look()))
