"""What can be done, as values: named, typed tools and the registry that finds them. It knows nothing of models or screens.

A tool that only looks is made by `reading`, one that changes something or lets data out by `writing`; the latter says in
plain words what it is about to do, so that whoever runs it can have a person agree first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from tools.registry_faults import faults_of

Scene = TypeVar("Scene")  # what a tool needs beside its arguments: who asks, of which data
Given = TypeVar("Given", bound=BaseModel)


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"


class ArgumentError(InvalidPlanError):
    """Arguments that a tool cannot take. The message names every fault; `suggestions` are the nearest valid choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Generic[Scene]):
    """One thing that can be done. `permission` is the word for the right it needs; `destroys` says that it takes away.

    `run` and `announce` take what `read` made of the arguments. `announce` is what a writing tool is about to do.
    """

    name: str
    title: Text
    description: Text
    effect: Effect
    permission: str
    given: type[BaseModel]
    result: type[BaseModel]
    run: Callable[[BaseModel, Scene], BaseModel]
    announce: Callable[[BaseModel, Scene], Text] | None = None
    destroys: bool = False

    def __post_init__(self) -> None:
        if (self.announce is None) is not (self.effect is Effect.READ):
            raise ValueError(
                f"tool {self.name!r}: what writes must say what it is about to do, and what reads need not"
            )

    def read(self, arguments: Mapping[str, object]) -> BaseModel:
        """The arguments, checked; raises `ArgumentError`."""
        try:
            return self.given.model_validate(dict(arguments))
        except ValidationError as error:
            said, near = faults_of(error, self.given)
            raise ArgumentError(
                Text(f"{self.name} 的参数不对：{said.zh}", f"The arguments of {self.name} do not fit: {said.en}"),
                suggestions=near,
            ) from error


def reading(
    name: str,
    *,
    title: Text,
    description: Text,
    permission: str,
    given: type[Given],
    result: type[BaseModel],
    run: Callable[[Given, Scene], BaseModel],
) -> Tool[Scene]:
    """A tool that changes nothing."""
    return Tool(
        name=name,
        title=title,
        description=description,
        effect=Effect.READ,
        permission=permission,
        given=given,
        result=result,
        run=lambda values, scene: run(cast("Given", values), scene),
    )


def writing(  # noqa: PLR0913  # each is one part of the tool
    name: str,
    *,
    title: Text,
    description: Text,
    permission: str,
    given: type[Given],
    result: type[BaseModel],
    run: Callable[[Given, Scene], BaseModel],
    announce: Callable[[Given, Scene], Text],
    destroys: bool = False,
) -> Tool[Scene]:
    """A tool that changes something, or lets data out. `announce` raises as `run` does, and changes nothing."""
    return Tool(
        name=name,
        title=title,
        description=description,
        effect=Effect.WRITE,
        permission=permission,
        given=given,
        result=result,
        run=lambda values, scene: run(cast("Given", values), scene),
        announce=lambda values, scene: announce(cast("Given", values), scene),
        destroys=destroys,
    )


class Registry(Generic[Scene]):
    """Tools by name, in the order given. Raises `ValueError` when two have one name."""

    def __init__(self, tools: Sequence[Tool[Scene]]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        if len(self._tools) != len(tools):
            names = [tool.name for tool in tools]
            raise ValueError(f"two tools are called {next(n for n in names if names.count(n) > 1)!r}")

    def __iter__(self) -> Iterator[Tool[Scene]]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._tools)

    def tool(self, name: str) -> Tool[Scene]:
        """A tool by its name; raises `UnknownNameError` with the nearest names, or all of them when none is near."""
        if name not in self._tools:
            raise UnknownNameError(Text("工具", "tool"), name, nearest(name, self._tools) or self.names)
        return self._tools[name]
