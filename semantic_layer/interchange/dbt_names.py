"""What dbt's long names mean: `listing__user__home_state` is the state of the user of the listing of a row.

A name is read from where rows stand: the models that a metric counts. The entities in front of the last part are the
way; a way may also be named by its end alone. Where several ways fit, the shortest is meant, as in MetricFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.interchange.dbt_links import Link
from semantic_layer.interchange.dbt_types import DbtDimension, DbtModel
from semantic_layer.model.nearest import nearest

_LONGEST_WAY = 2  # relationships between the rows and a field, as in MetricFlow
_FIELD = Text("字段", "field")


@dataclass(frozen=True, slots=True)
class Found:
    """A field reached from a model: over `way`, in `model`; a dimension, or else the key of an entity."""

    way: tuple[Link, ...]
    model: DbtModel
    name: str
    dimension: DbtDimension | None
    front: str = ""  # for a field of the rows themselves: the entity that its name begins with

    @property
    def qualified(self) -> str:
        return f"{self.model.name}.{self.name}"

    @property
    def full_name(self) -> str:
        """As results call it: with every entity of the way in front."""
        links = [link.entity for link in self.way] or ([self.front] if self.front else [])
        return "__".join((*links, self.name))


@dataclass(frozen=True, slots=True)
class Named:
    """A name as our questions and conditions write it, what was found for it, and what results call it.

    Both of the latter are as seen from the first start.
    """

    field: str
    found: Found
    full_name: str


class DbtNames:
    """Reads names over the models of one manifest."""

    def __init__(self, models: Sequence[DbtModel], links: Sequence[Link]) -> None:
        self._models = {model.name: model for model in models}
        self._leaving = {model.name: [link for link in links if link.source is model] for model in models}

    def read(self, name: str, starts: Sequence[str]) -> Named:
        """What `name` means for rows of the models called `starts`; without any, for whichever has it as its own.

        The field is plain where the way to it is the only shortest one, else the relationships stand in front. Raises
        `UnknownNameError`, or `InvalidPlanError` when the starts disagree about what it means.
        """
        if not starts:
            own = self._own(name)
            return Named(own.qualified, own, own.full_name)
        seen = {start: self._from(name, self._models[start]) for start in starts}
        shown = seen[starts[0]].full_name
        if len({one.qualified for one in seen.values()}) > 1:
            seen = self._same_key(seen) or _disagree(name, seen)
        first = seen[starts[0]]
        if all(self._ways_to(self._models[start], one.model) == [one.way] for start, one in seen.items()):
            return Named(first.qualified, first, shown)
        ways = {tuple(link.name for link in one.way) for one in seen.values()}
        if len(ways) > 1:
            _disagree(name, seen)
        return Named(">".join((*ways.pop(), first.qualified)), first, shown)

    def _same_key(self, seen: Mapping[str, Found]) -> dict[str, Found] | None:
        """One key seen from several sides is that of the model whose rows it names, if all lead there."""
        if any(one.dimension is not None for one in seen.values()):
            return None
        held = self.holder(next(iter(seen.values())).name, tuple(seen))
        if held is None:
            return None
        model = self._models[held]
        return {
            start: replace(one, way=self._ways_to(self._models[start], model)[0], model=model)
            for start, one in seen.items()
        }

    def local(self, name: str, start: str) -> str | None:
        """The field that the rows of a model themselves have under a last name alone."""
        model = self._models[start]
        has = model.dimension(name) is not None or model.entity(name) is not None
        return f"{start}.{name}" if has else None

    def holder(self, entity: str, starts: Sequence[str]) -> str | None:
        """The model whose rows the entity called `entity` are, as far as rows of all `starts` lead there.

        One of the starts itself before others, a plain table before snapshots and histories, a primary key before a
        unique one; else the first of the file.
        """
        name = entity.rpartition("__")[2]

        def worth(model: DbtModel) -> tuple[bool, bool, bool]:
            several = any(one.is_partition or one.valid for one in model.dimensions)
            return model.name not in starts, several, model.primary != name

        holders = [
            model
            for model in self._models.values()
            if (own := model.entity(name)) is not None and own.names_rows and self._reached_by_all(model, starts)
        ]
        return min(holders, key=worth).name if holders else None

    # -- ways ----------------------------------------------------------------------------------------------------------

    def _from(self, name: str, start: DbtModel) -> Found:
        *asked, last = name.split("__")
        best: list[Found] = []
        for found, links in self._reachable(start):
            if best and len(found.way) > len(best[0].way):
                break
            if found.name == last and links[len(links) - len(asked) :] == tuple(asked) and len(links) >= len(asked):
                best.append(found)
        if not best:
            known = [one.full_name for one, _ in self._reachable(start)]
            raise UnknownNameError(_FIELD, name, nearest(name, known))
        exact = [one for one in best if one.full_name == name]
        return (exact or best)[0]

    def _own(self, name: str) -> Found:
        *asked, last = name.split("__")
        for model in self._models.values():
            for found, links in self._fields(model, ()):
                is_holder = found.dimension is not None or last in model.own_names or bool(asked)
                if found.name == last and links[len(links) - len(asked) :] == tuple(asked) and is_holder:
                    return found
        for model in self._models.values():
            try:
                return self._from(name, model)
            except UnknownNameError:
                continue
        known = [found.full_name for model in self._models.values() for found, _ in self._fields(model, ())]
        raise UnknownNameError(_FIELD, name, nearest(name, known))

    def _reachable(self, start: DbtModel) -> Iterator[tuple[Found, tuple[str, ...]]]:
        """Every field that rows of `start` lead to, nearest first, with the entities that may stand in front of it."""
        ways: list[tuple[Link, ...]] = [()]
        while ways:
            for way in ways:
                yield from self._fields(way[-1].target if way else start, way)
            ways = [
                (*way, link)
                for way in ways
                for link in self._leaving[(way[-1].target if way else start).name]
                if len(way) < _LONGEST_WAY and link.target not in (start, *(step.target for step in way))
            ]

    def _fields(self, model: DbtModel, way: tuple[Link, ...]) -> Iterator[tuple[Found, tuple[str, ...]]]:
        fronts = tuple(link.entity for link in way)
        for dimension in model.dimensions:
            if way:
                yield Found(way, model, dimension.name, dimension), fronts
            else:
                for own in sorted(model.own_names):
                    yield Found((), model, dimension.name, dimension, own), (own,)
        for entity in model.entities:
            if way:
                yield Found(way, model, entity.name, None), fronts
            else:
                yield Found((), model, entity.name, None), ()
                for own in sorted(model.own_names - {entity.name}):
                    yield Found((), model, entity.name, None, own), (own,)

    def _ways_to(self, start: DbtModel, target: DbtModel) -> list[tuple[Link, ...]]:
        """The shortest ways, all of the same length; an empty one from a model to itself."""
        ways: list[tuple[Link, ...]] = [()]
        seen = {start.name}
        while ways:
            arrived = [way for way in ways if (way[-1].target if way else start) is target]
            if arrived:
                return arrived
            ways = [
                (*way, link)
                for way in ways
                for link in self._leaving[(way[-1].target if way else start).name]
                if link.target.name not in seen
            ]
            seen.update(way[-1].target.name for way in ways)
        return []

    def _reached_by_all(self, model: DbtModel, starts: Sequence[str]) -> bool:
        return all(self._ways_to(self._models[start], model) for start in starts)


def _disagree(name: str, seen: Mapping[str, Found]) -> NoReturn:
    shown = ", ".join(dict.fromkeys(one.qualified for one in seen.values()))
    raise InvalidPlanError(
        Text(
            zh=f"「{name}」在各指标里含义不同（{shown}），不能一起使用。",
            en=f"{name!r} means different things to these metrics ({shown}), so it cannot be used for all of them.",
        )
    )
