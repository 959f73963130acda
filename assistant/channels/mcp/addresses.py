"""Under which names this door answers, and to whose pages: a page of another site must not reach it through a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from assistant.accounts.loopback import is_loopback
from semantic_layer.errors import Text

FOREIGN_HOST: Final = Text(
    "这里不以这个地址提供服务。请用设置 QUNXIANG_BASE_URL 里的地址；没有账号的机器只能用本机地址。",
    "This address is not served here. Use the one of the setting QUNXIANG_BASE_URL; a machine without accounts is reached at "
    "the loopback address only.",
)
FOREIGN_ORIGIN: Final = Text("不接受别的网站的页面发来的请求。", "Requests from pages of other sites are not taken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An HTTP status and why."""

    status: int
    why: Text


def refused_address(headers: Headers, *, base_url: str, open_to_all: bool) -> Refused | None:
    """Why a request is not taken, by its `Host` and `Origin`; nothing when it is.

    Where nobody needs a key only loopback names are served, so that a foreign name that is pointed at this machine leads
    nowhere. Elsewhere the host of `base_url`, when one is set. A browser's `Origin` must be that of the same address.
    """
    said, base = headers.get("host", ""), urlsplit(base_url)
    host = _host(said)
    own = bool(host) and not open_to_all and (not base.hostname or host == base.hostname)
    if not (is_loopback(host) or own):
        return Refused(status=421, why=FOREIGN_HOST)
    origin = headers.get("origin")
    ours = {f"http://{said}", f"https://{said}"} | ({f"{base.scheme}://{base.netloc}"} if base.netloc else set())
    if origin is not None and origin not in ours:
        return Refused(status=403, why=FOREIGN_ORIGIN)
    return None


def _host(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""
