"""The ports of what follows from answers are there before there is anything to ask."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Account, Grant
from assistant.bootstrap import share
from assistant.channels.acting_ports import ActingPorts
from assistant.resources import Resources
from assistant.settings import Settings
from semantic_layer.errors import DataError, Text
from semantic_layer.policy.types import User

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OWNER = User(name="wei", roles=("data_owner",))


def nothing_yet() -> Resources:
    raise DataError(Text("还没有数据。", "There are no data yet."))


def test_a_data_set_without_data_has_its_ports_and_nobody_is_told_a_number(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, mode="offline")
    shared = share(settings)
    local = Account(login="wei", name="Wei", grants=(Grant("data_owner"),), created_at=NOW, updated_at=NOW)
    ports = ActingPorts("shop", nothing_yet, lambda _: None, settings, shared, directory=OpenAccess(local))
    try:
        assert ports.boards is not None
        assert ports.campaigns is not None
        assert ports.living is not None
        assert ports.models.may_see(OWNER) is False
        assert len(ports.letters()) == 1
    finally:
        ports.close()
        shared.close()
