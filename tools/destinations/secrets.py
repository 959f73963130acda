"""Passwords and keys, by reference only: an environment variable or a file. They are read when used and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from semantic_layer.errors import DataError, Text


class Secrets(Protocol):
    """Where secrets are read."""

    def read(self, reference: str) -> str:
        """The secret behind `env:NAME` or `file:PATH`; raises `DataError`, which never holds the secret."""
        ...


@dataclass(frozen=True, slots=True)
class SecretsOutside:
    """`Secrets` of the environment and of files, as they are at the moment of use: what was exchanged counts at once."""

    environ: Mapping[str, str]

    def read(self, reference: str) -> str:
        kind, _, name = reference.partition(":")
        if kind == "env" and name:
            return self._variable(name)
        if kind == "file" and name:
            return _content(name)
        raise DataError(
            Text(
                "密钥只能写成引用：env:变量名 或 file:文件路径。配置里写了别的内容，为安全起见不在这里重复。",
                "A secret is given by reference only: env:NAME or file:PATH. Something else stands there; it is not repeated here.",
            ),
            suggestions=("env:", "file:"),
        )

    def _variable(self, name: str) -> str:
        value = self.environ.get(name, "")
        if not value:
            raise DataError(
                Text(
                    f"没有设置环境变量 {name}，或者它是空的。", f"The environment variable {name} is not set, or empty."
                )
            )
        return value


@dataclass(frozen=True, slots=True)
class SecretsInMemory:
    """The fake: references to values. A missing one is a `DataError`."""

    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"SecretsInMemory({len(self.values)})"

    def read(self, reference: str) -> str:
        if reference not in self.values:
            raise DataError(Text(f"没有 {reference}。", f"There is no {reference}."))
        return self.values[reference]


def _content(name: str) -> str:
    try:
        value = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            Text(
                f"不能读取密钥文件 {name}。请检查路径和权限。",
                f"The secret file {name} cannot be read. Check path and permissions.",
            )
        ) from error
    if not value:
        raise DataError(Text(f"密钥文件 {name} 是空的。", f"The secret file {name} is empty."))
    return value
