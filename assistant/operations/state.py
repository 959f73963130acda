"""The database of an installation as it is found: looked at, never made and never migrated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from assistant.settings import Settings
from tools.storage import Storage, connect_storage

_FILE: Final = "sqlite:///"


def not_yet(settings: Settings) -> bool:
    """Whether it is a file of SQLite that was never made."""
    address = settings.address_of_state()
    return address.startswith(_FILE) and not Path(address.removeprefix(_FILE)).exists()


@contextmanager
def opened(settings: Settings) -> Iterator[Storage]:
    """An engine, let go of afterwards; raises `DataError` for an address that is none."""
    storage = connect_storage(settings.address_of_state())
    try:
        yield storage
    finally:
        storage.dispose()
