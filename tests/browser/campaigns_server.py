"""The whole product with three accounts, in a process of its own: `python campaigns_server.py PORT FOLDER`, settings as usual.

`mia` drafts and sends, `dan` owns the data and approves; both come in with the password in PASSWORD.
"""

from __future__ import annotations

import sys

from assistant.accounts.opening import console_person, roles_of, stored_access
from assistant.accounts.types import Grant
from assistant.channels.house import open_house
from assistant.channels.web.serving import serve
from assistant.opening_readers import new_id, now
from assistant.settings import Settings
from tools.storage import open_storage

PASSWORD = "a long way from here 27"
PEOPLE = {"ana": ("Ana", ""), "mia": ("Mia", "marketer"), "dan": ("Dan", "data_owner")}


def main() -> None:
    settings = Settings().model_copy(update={"port": int(sys.argv[1])})
    _make_accounts(settings)
    with open_house(settings) as house:
        serve(house.app, access=house.access, settings=settings, opened=lambda _: None)


def _make_accounts(settings: Settings) -> None:
    storage = open_storage(settings.address_of_state())
    me = console_person("tests", now())
    access = stored_access(
        storage, settings=settings, clock=now, new_id=new_id, known_roles=roles_of(settings), console=me
    )
    for login, (name, role) in PEOPLE.items():
        grants = (Grant(role),) if role else ()
        _, first = access.create(login, name=name, grants=grants, by=me, administrator=not role)
        access.change_password(login, first, PASSWORD, address="127.0.0.1")
    storage.dispose()


if __name__ == "__main__":
    main()
