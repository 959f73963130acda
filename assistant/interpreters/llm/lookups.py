"""Look-ups that a model may ask for: run with checked arguments, and told about when they go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.interpreters.llm.arguments import argument_faults
from assistant.interpreters.llm.client import Tool
from semantic_layer.query.codec import Json


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the model is told."""

    text: str
    worked: bool = True


def look_up(tools: Mapping[str, Tool], result: str, name: str, arguments: Mapping[str, Json]) -> LookedUp:
    """The text of the look-up `name`. Whatever goes wrong is said in the text, so that the model may do better; it ends no
    question. `result` is the name of the tool that takes the result.
    """
    tool = tools.get(name)
    if tool is None:
        return LookedUp(f"There is no tool {name!r}. There are: {', '.join([*tools, result])}.", worked=False)
    if faults := argument_faults(tool.parameters, arguments):
        return LookedUp(" ".join(faults), worked=False)
    try:
        return LookedUp(tool.run(arguments))
    except Exception as error:  # noqa: BLE001  # its words may hold data, which no prompt may
        return LookedUp(f"{name} failed ({type(error).__name__}). Go on without it.", worked=False)
