"""To whom a name belongs that a browser or the tool-kit made up: to the login that used it first."""

from __future__ import annotations

from collections import OrderedDict


class Owners:
    """Remembers the first user of each name. At most `each` names a login: a crowd of names displaces none but its own."""

    def __init__(self, *, each: int) -> None:
        self._each = each
        self._owner: dict[str, str] = {}
        self._names: dict[str, OrderedDict[str, None]] = {}

    def claim(self, name: str, login: str) -> bool:
        """Whether `name` is `login`'s, which a name that nobody used becomes."""
        owner = self._owner.setdefault(name, login)
        if owner != login:
            return False
        names = self._names.setdefault(login, OrderedDict())
        names[name] = None
        names.move_to_end(name)
        if len(names) > self._each:
            oldest, _ = names.popitem(last=False)
            del self._owner[oldest]
        return True
