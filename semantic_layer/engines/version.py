"""The published version of a data set: a base file, perhaps a small delta file over it, and the manifest that names both.

The manifest is a small JSON file that is replaced whole, so whoever reads it finds one version or the next, never a mixture.
Version files are never written to once the manifest has named them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from semantic_layer.errors import DataError, Text

CURRENT: Final = "current"
"""The line of versions that a folder holds when it holds one."""
BASE: Final = "base"
"""The name under which the delta's views know the base file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What readers may open. `serial` grows with every version; times are UTC.

    `failed_at` and `why` tell of an attempt after `computed_at` that failed: this version stayed because of it.
    """

    serial: int
    base: Path
    delta: Path | None = None
    data_date: date | None = None
    computed_at: datetime | None = None
    definition: str = ""
    delta_events: int = 0
    failed_at: datetime | None = None
    why: Text | None = None

    @property
    def files(self) -> tuple[Path, Path | None]:
        return self.base, self.delta


@runtime_checkable
class Versioned(Protocol):
    """An engine that knows which version it reads."""

    def version(self) -> Version | None:
        """The version that is published now, with its last failure; `None` for an engine opened on a file."""
        ...


def failure_note(version: Version, zone: str) -> Text | None:
    """What every answer over a version says when a later attempt to renew it failed; times are told in `zone`."""
    if version.failed_at is None or version.why is None:
        return None
    failed = f"{version.failed_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    day = version.data_date.isoformat() if version.data_date else ""
    return Text(
        zh=f"{failed} 的数据更新没有成功，以下仍是上一次成功的结果{f'（数据截至 {day}）' if day else ''}。原因：{version.why.zh}",
        en=f"The update of {failed} failed; this is still the last good version{f', with data up to {day}' if day else ''}. "
        f"The reason: {version.why.en}",
    )


def manifest_of(folder: Path, line: str = CURRENT) -> Path:
    """Where the manifest of a line of versions stands."""
    return folder / f"{line}.version.json"


def read_version(folder: Path, line: str = CURRENT) -> Version | None:
    """The version that the manifest names, `None` where there is none. Raises `DataError` for a damaged manifest."""
    path = manifest_of(folder, line)
    try:
        return _from_body(folder, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            Text(
                zh=f"无法读取数据版本文件「{path.name}」：{error}。请重新载入数据，它会写出新的版本文件。",
                en=f"The version file {path.name!r} cannot be read: {error}. Load the data again; that writes a new one.",
            )
        ) from error


def body_of(version: Version) -> str:
    """The manifest's text for a version; file names are relative to its folder."""
    why = version.why
    body = {
        "serial": version.serial,
        "base": version.base.name,
        "delta": version.delta.name if version.delta else None,
        "data_date": version.data_date.isoformat() if version.data_date else None,
        "computed_at": version.computed_at.isoformat() if version.computed_at else None,
        "definition": version.definition,
        "delta_events": version.delta_events,
        "failed_at": version.failed_at.isoformat() if version.failed_at else None,
        "why": {"zh": why.zh, "en": why.en} if why else None,
    }
    return json.dumps(body, ensure_ascii=False, indent=1)


def _from_body(folder: Path, body: dict[str, object]) -> Version:
    why = body.get("why")
    return Version(
        serial=int(str(body["serial"])),
        base=folder / str(body["base"]),
        delta=folder / str(body["delta"]) if body.get("delta") else None,
        data_date=date.fromisoformat(str(body["data_date"])) if body.get("data_date") else None,
        computed_at=_moment(body.get("computed_at")),
        definition=str(body.get("definition", "")),
        delta_events=int(str(body.get("delta_events", 0))),
        failed_at=_moment(body.get("failed_at")),
        why=Text(zh=str(why["zh"]), en=str(why["en"])) if isinstance(why, dict) else None,
    )


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None
