"""What a route may answer besides its result, for the description: problems by status, and the form of streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from assistant.channels.http.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]
_PROBLEM: Final = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
_SAID: Final[Mapping[int, str]] = {
    400: "The body cannot be read · 请求正文不能读",
    401: "No valid key · 没有有效的密钥",
    403: "The key or the role does not allow it · 密钥或角色不允许",
    404: "Not defined, or not open to you · 没有定义，或对您不开放",
    409: "Somebody else was first, or the same request is under way · 已有别人抢先，或同一请求正在处理",
    410: "The file of an earlier request is gone · 之前导出的文件已不在",
    413: "The request is too large · 请求太大",
    422: "The request is not valid, or what it asks for cannot be right · 请求内容有误",
    500: "An error with a number, for whoever runs this · 内部错误，带编号",
    503: "Too busy, a limit was reached, or data cannot be read; see Retry-After · 太忙、超过限制或数据不可用",
}


def problems(*statuses: int) -> Responses:
    """Documentation of problems with these statuses."""
    return {status: {"description": _SAID[status], "content": {MEDIA_TYPE: _PROBLEM}} for status in statuses}


ALWAYS: Final = (401, 403, 500, 503)
STREAMED: Final[Responses] = {
    200: {
        "description": "The reply, or events while it is worked on · 回答，或处理过程中的事件",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'event: progress\ndata: {"stage":"computing","label":"Computing…"}\n\nevent: done\ndata: {}\n\n',
            }
        },
    }
}
EXPORTED: Final[Responses] = {
    200: {
        "description": "The file, with the SHA-256 that its proof in the audit ledger holds · 文件及其凭证里的 SHA-256",
        "headers": {
            "X-Proof-SHA256": {"description": "hexadecimal", "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
            "Content-Disposition": {"schema": {"type": "string"}},
        },
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in (
                "text/csv",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "image/png",
                "image/svg+xml",
            )
        },
    }
}
