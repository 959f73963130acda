"""The whole product in a process of its own, over a small shop: `python -m tests.state.served HOME SHOP` prints its address."""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.channels.house import open_house
from assistant.channels.web.serving import serve
from assistant.settings import Settings

if __name__ == "__main__":
    settings = Settings(data=sys.argv[2], home=Path(sys.argv[1]), mode="offline", threads=1, memory_mb=512)
    settings = settings.model_copy(update={"port": 0})  # a free one
    with open_house(settings) as house:
        serve(house.app, access=house.access, settings=settings, opened=lambda address: print(address, flush=True))
