"""One SELECT under construction: its named steps in order. Equal steps are written once."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.errors import Text


class Statement:
    """Collects common table expressions, the definitions used, and notes for the person."""

    def __init__(self, reserved: frozenset[str]) -> None:
        self.keys_once = (
            False  # steps of people hold each key once: marks are made over them, not tests that stop early
        )
        self._taken = set(reserved)
        self._steps: dict[str, exp.Expr] = {}
        self._comments: dict[str, str] = {}
        self._by_content: dict[exp.Expr, str] = {}
        self._uses: dict[str, int] = {}
        self._computed: dict[str, None] = {}
        self._notes: dict[Text, None] = {}

    def step(self, name: str, query: exp.Expr, comment: str) -> str:
        """Adds `query` as a step and returns the name it got."""
        known = self._by_content.get(query)
        if known is not None:
            return known
        given, count = name, 2
        while given in self._taken:
            given, count = f"{name}_{count}", count + 1
        self._taken.add(given)
        self._steps[given] = query
        self._comments[given] = comment
        self._by_content[query] = given
        return given

    def has_step(self, name: str) -> bool:
        return name in self._steps

    def use(self, name: str, *, computed: bool = False) -> None:
        """Remembers a definition; `computed` says that no stored column holds its value, so none can be masked."""
        self._uses[name] = self._uses.get(name, 0) + 1
        if computed:
            self._computed.setdefault(name)

    def mention(self, name: str) -> None:
        """Remembers a definition that is used by the piece that asked for it and not once more."""
        self._uses.setdefault(name, 0)

    def times_used(self, name: str) -> int:
        return self._uses.get(name, 0)

    def note(self, note: Text) -> None:
        self._notes.setdefault(note)

    @property
    def uses(self) -> tuple[str, ...]:
        return tuple(self._uses)

    @property
    def computed(self) -> tuple[str, ...]:
        return tuple(self._computed)

    @property
    def notes(self) -> tuple[Text, ...]:
        return tuple(self._notes)

    def finish(self, select: exp.Select) -> exp.Select:
        """The whole statement: all steps in order of need, then `select`."""
        if self._steps:
            select.set("with_", exp.With(expressions=[self._cte(name) for name in self._steps]))
        return select

    def _cte(self, name: str) -> exp.CTE:
        query = self._steps[name]
        first = query
        while isinstance(first, exp.Union):
            first = first.this
        first.comments = [f" {self._comments[name]} "]
        return exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))
