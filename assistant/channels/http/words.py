"""What this door says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from semantic_layer.errors import Language, Text

TITLES: Final[Mapping[str, Text]] = {
    "bad-request": Text("请求不能读", "The request cannot be read"),
    "busy": Text("现在太忙", "Too busy now"),
    "cannot-be-done": Text("做不了", "This cannot be done"),
    "changed-meanwhile": Text("刚被改过", "Changed meanwhile"),
    "data": Text("数据不可用", "Data cannot be used"),
    "gone": Text("已不再保留", "No longer kept"),
    "in-progress": Text("同一请求正在处理", "The same request is being carried out"),
    "internal": Text("内部错误", "Something went wrong"),
    "invalid-plan": Text("内容不成立", "This cannot be right"),
    "invalid-request": Text("请求内容有误", "The request is not valid"),
    "key-refused": Text("需要有效的密钥", "A valid key is needed"),
    "method-not-allowed": Text("不支持这种方法", "This method is not supported"),
    "name-taken": Text("名称已被使用", "The name is taken"),
    "not-allowed": Text("没有权限", "Not allowed"),
    "not-yet": Text("还不能回答", "Not possible yet"),
    "other-request": Text("幂等键已用于别的请求", "The idempotency key belongs to another request"),
    "stopped": Text("已停止", "Stopped"),
    "too-large": Text("请求太大", "The request is too large"),
    "too-long": Text("超过限制", "A limit was reached"),
    "unclear": Text("需要先说清楚", "This has to be made clear first"),
    "unknown-name": Text("没有找到", "Not found"),
}

NO_KEY: Final = Text(
    "需要 API 密钥：请在请求头写 Authorization: Bearer qx_…。密钥在页面的「账号」里建立，或由管理员发放。",
    "An API key is needed: send the header Authorization: Bearer qx_…. Keys are made on the account page or given by an administrator.",
)
ONLY_HERE: Final = Text(
    "没有账号时，只有本机可以不带密钥访问。请先建立账号和密钥。",
    "Without accounts, only this machine itself may come in without a key. Make an account and a key first.",
)
OTHER_SITE: Final = Text(
    "别的网站的页面不能使用这个接口。",
    "A page of another site may not use this interface.",
)
NO_DATA_SET: Final = Text(
    "您的账号在任何数据集里都没有角色，请找管理员。",
    "Your account has no role in any data set. Ask an administrator.",
)
BROKEN_DEFINITIONS: Final = Text(
    "这个数据集的定义有错，暂时打不开。请告诉维护的人：qunxiang check 会列出每一处。",
    "The definitions of this data set have faults, so it cannot be opened. Tell whoever runs it: qunxiang check lists them all.",
)
NO_SUCH_PATH: Final = Text(
    "没有这个地址。所有地址见 openapi.json。", "There is nothing at this address. See openapi.json."
)
NO_SUCH_METHOD: Final = Text(
    "这个地址不支持这种方法，可用的方法在 Allow 响应头里。",
    "This address does not take that method. The header Allow names those it takes.",
)
UNREADABLE: Final = Text(
    "请求正文不能读：应为 JSON，编码 UTF-8，嵌套不太深。",
    "The body cannot be read: it must be JSON in UTF-8, not nested too deeply.",
)
INVALID: Final = Text("请求内容有误，见 errors。", "The request is not valid; see errors.")
PLAN_EMPTY: Final = Text(
    "计划至少要有一步（steps 不能为空）。", "A plan needs at least one step (steps may not be empty)."
)
PLAN_SAVES: Final = Text(
    "这个计划会保存人群，请用 POST /segments。", "This plan saves a segment; use POST /segments for that."
)
PLAN_EXPORTS: Final = Text(
    "这个计划会导出文件，请用 POST /exports。", "This plan writes a file; use POST /exports for that."
)
PLAN_ACTS: Final = Text(
    "起草活动和固定到看板由人在页面上做，不能通过接口。",
    "Drafting a campaign and pinning to a board are for people on the page, not for programs.",
)
NOT_PEOPLE: Final = Text(
    "这个回答不是一群人，不能保存为人群。", "This answer is not about people and cannot be saved as a segment."
)
NO_PEOPLE_FILE: Final = Text(
    "这个回答不是一群人，没有名单可以导出。",
    "This answer is not about people; there is no list to take away.",
)
NO_TABLE: Final = Text("这个回答没有表格可以导出。", "This answer has no table to take away.")
NO_PICTURE: Final = Text("这个回答没有图可以导出。", "This answer has no picture to take away.")
SEGMENT_PICTURE: Final = Text(
    "人群不能导出为图片，请用 csv 或 xlsx。", "A segment cannot leave as a picture; use csv or xlsx."
)
FILE_GONE: Final = Text(
    "这次导出的文件已不在了。请用新的幂等键重新导出。",
    "The file of this export is no longer there. Export again with a new idempotency key.",
)
BAD_CURSOR: Final = Text(
    "cursor 无效。请用上一页返回的 next_cursor，或去掉它从头开始。",
    "This cursor is not valid. Use next_cursor of the page before, or leave it out to begin anew.",
)
BAD_KEY: Final = Text(
    "Idempotency-Key 应为 1 到 200 个可见的 ASCII 字符。",
    "Idempotency-Key must have 1 to 200 visible ASCII characters.",
)
IN_PROGRESS: Final = Text(
    "带同一个 Idempotency-Key 的请求还在处理，请稍后再试。",
    "A request with this Idempotency-Key is still being carried out. Retry a little later.",
)
OTHER_REQUEST: Final = Text(
    "这个 Idempotency-Key 已用于内容不同的请求。请换一个键，或发送同样的内容。",
    "This Idempotency-Key was used for a request with other content. Use another key, or send the same content.",
)


def went_wrong(number: str) -> Text:
    return Text(
        f"内部出错了，编号 {number}。没有改动任何内容时可以重试；再次出现请把编号告诉维护的人。",
        f"Something went wrong here; its number is {number}. Retry if that is safe; if it happens again, tell whoever runs this the number.",
    )


# What is wrong with a field, by the kind of fault that pydantic tells. Braces are filled from its context.
_FAULTS: Final[Mapping[str, Text]] = {
    "missing": Text("缺少此项", "is missing"),
    "extra_forbidden": Text("没有这一项", "is not a known field"),
    "string_type": Text("应为文字", "must be text"),
    "string_unicode": Text("含有不成对的代理字符", "holds characters that are not valid Unicode"),
    "string_too_short": Text("至少 {min_length} 个字符", "must have at least {min_length} character(s)"),
    "string_too_long": Text("最多 {max_length} 个字符", "must have at most {max_length} characters"),
    "string_pattern_mismatch": Text("不符合格式 {pattern}", "must match {pattern}"),
    "bool_type": Text("应为 true 或 false", "must be true or false"),
    "bool_parsing": Text("应为 true 或 false", "must be true or false"),
    "int_type": Text("应为整数", "must be a whole number"),
    "int_parsing": Text("应为整数", "must be a whole number"),
    "int_from_float": Text("应为整数", "must be a whole number"),
    "int_parsing_size": Text("数太大", "is too large a number"),
    "greater_than_equal": Text("不能小于 {ge}", "must be at least {ge}"),
    "less_than_equal": Text("不能大于 {le}", "must be at most {le}"),
    "literal_error": Text("只能是 {expected}", "must be {expected}"),
    "list_type": Text("应为列表", "must be a list"),
    "too_long": Text("最多 {max_length} 项", "must have at most {max_length} items"),
    "dict_type": Text("应为对象", "must be an object"),
    "model_type": Text("应为对象", "must be an object"),
    "model_attributes_type": Text("应为 JSON 对象", "must be a JSON object"),
    "json_invalid": Text("不是有效的 JSON", "is not valid JSON"),
    "control_character": Text("不能含控制字符", "must not hold control characters"),
    "one_source": Text("{fields} 里要有且只有一项", "exactly one of {fields} is needed"),
}
_OTHER_FAULT: Final = Text("值不能用", "cannot be used")


def fault(kind: str, context: Mapping[str, object], language: Language) -> str:
    """What is wrong with a field, in words."""
    text = _FAULTS.get(kind, _OTHER_FAULT).in_(language)
    try:
        return text.format(**context)
    except (KeyError, IndexError):
        return _OTHER_FAULT.in_(language)
