"""Addresses of databases and of the web: their parts, and secrets, which are named as `${VARIABLE}` and never written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.sources import faults
from semantic_layer.model.nearest import nearest

VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET: Final = re.compile(
    r"(^|[-_.])(pass(word|wd)?|pwd|token|secret|key|apikey|appkey|appsecret|accesstoken|sig(nature)?|auth(orization)?|cookie)$",
    re.IGNORECASE,
)
_SCHEMES: Final = {"postgresql": 5432, "postgres": 5432, "mysql": 3306, "mariadb": 3306}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """Where a database is, with its secrets filled in: never shown. `shown` is what may be."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    database: str
    options: Mapping[str, str]

    @property
    def shown(self) -> str:
        """The address without user and password."""
        return f"{self.host}:{self.port}/{self.database}"


def expanded(text: str, variables: Mapping[str, str], place: str) -> str:
    """The text with each `${VARIABLE}` filled in.

    Raises:
        DataError: when a variable is not set; names the nearest that is.
    """
    for match in VARIABLE.finditer(text):
        if match.group(1) not in variables:
            raise _not_set(match.group(1), nearest(match.group(1), variables), place)
    return VARIABLE.sub(lambda match: variables[match.group(1)], text)


def _not_set(name: str, near: Sequence[str], place: str) -> DataError:
    zh = f"（已设置的相近变量：{'、'.join(near)}）" if near else ""
    en = f" (set are: {', '.join(near)})" if near else ""
    return faults.fault(
        place,
        f"没有设置变量 {name}。请在运行环境里设置它{zh}。",
        f"the variable {name} is not set. Set it where the program runs{en}.",
        suggestions=near,
    )


def database_address(address: str, variables: Mapping[str, str], place: str) -> DatabaseAddress:
    """The parts of `postgresql://user:${PASSWORD}@host:port/database`, or of a variable that holds all of it.

    Raises:
        DataError: when it is not of this form, or a variable is not set.
    """
    whole = VARIABLE.fullmatch(address)
    parts = urlsplit(expanded(address, variables, place) if whole else address)

    def part(text: str | None) -> str:
        return unquote(text or "") if whole else expanded(unquote(text or ""), variables, place)

    credentials, _, where = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    host, _, port = where.partition(":")
    scheme = parts.scheme.partition("+")[0]
    number = part(port) or str(_SCHEMES.get(scheme, ""))
    database = part(parts.path.lstrip("/"))
    if scheme not in _SCHEMES or not part(host) or not number.isdigit() or not database:
        raise faults.fault(
            place,
            "数据库地址应写成 postgresql://用户:${密码变量}@主机:端口/数据库 或 mysql://……。",
            "the address of a database is postgresql://user:${PASSWORD}@host:port/database, or mysql://….",
        )
    return DatabaseAddress(
        scheme=scheme,
        host=part(host),
        port=int(number),
        user=part(user),
        password=part(password),
        database=database,
        options=dict(parse_qsl(parts.query)),
    )


def clear_secret(address: str) -> Text | None:
    """What part of an address holds a secret in clear text, if any. The secret itself is not repeated."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if _password_of(parts) and not VARIABLE.fullmatch(_password_of(parts)):
        return Text(zh="密码", en="the password")
    for name, value in parse_qsl(parts.query):
        if is_secret(name) and not VARIABLE.search(value):
            return Text(zh=f"参数 {name}", en=f"the parameter {name!r}")
    return None


def _password_of(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[0].partition(":")[2]


def is_secret(name: str) -> bool:
    """Whether a parameter or a header of this name holds a secret."""
    return _SECRET.search(name.replace(" ", "")) is not None
