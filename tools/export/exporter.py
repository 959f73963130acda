"""Takes tables, people and pictures out of the house: checked, written whole or not at all, and proven."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, InvalidPlanError, Language, Text
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.codec import audience_to_json, plan_to_json
from semantic_layer.query.plan import Plan
from semantic_layer.table import Table
from tools.chart import ChartSpec, render_png, render_svg
from tools.export import files
from tools.export.files import Rows
from tools.export.proof import Format, Proof, ProofStore, What
from tools.export.rights import check_contacts, check_export, hidden_in_table, needs_consent, policy_for
from tools.export.rosters import Key, Roster, RosterStore
from tools.export.rows import Outgoing, PeopleRequest, of_people, of_table
from tools.layer import PeopleLayer

__all__ = ["Exported", "Exporter", "PeopleRequest", "Request", "Watch"]

Progress = Callable[[int, int], None]  # (rows written, rows in all)
OpenFile = Callable[[Path], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who takes something out, why, and of which data. `plan` is what was asked."""

    user: User
    data_set: str
    definitions: str  # the hash of all definition files
    data_date: date | None
    plan: Plan | None = None
    purpose: str = ""
    language: Language = "zh"
    bom: bool = True  # CSV opens rightly in Excel


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on while a file is written: told of progress, and able to stop it."""

    progress: Progress | None = None
    cancel: Cancel | None = None

    def tick(self, written: int, total: int) -> None:
        if self.cancel is not None and self.cancel.pressed:
            raise CancelledError(Text("已停止导出，没有留下文件。", "The export was stopped; no file was left behind."))
        if self.progress is not None and written:
            self.progress(written, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A finished file and its proof."""

    path: Path
    proof: Proof


def _open(path: Path) -> BinaryIO:
    return path.open("xb")


class Exporter:
    """Writes beside the target, proves, then renames: a failure at any point leaves no file behind.

    `layer_under` gives a semantic layer that reads under another policy; it is asked only after the rights were checked.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        proofs: ProofStore,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        layer_under: Callable[[Policy], PeopleLayer] | None = None,
        rosters: RosterStore | None = None,
        open_file: OpenFile = _open,
    ) -> None:
        self._policy = policy
        self._proofs = proofs
        self._clock = clock
        self._new_id = new_id
        self._layer_under = layer_under
        self._rosters = rosters
        self._open_file = open_file

    def table(
        self,
        table: Table,
        target: Path,
        file_format: Format,
        request: Request,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Exported:
        """A result as CSV or XLSX. Contact columns in it leave masked, and those that the user may not see."""
        check_export(self._policy, request.user, request.purpose, purpose_needed=False)
        draft = self._draft(What.TABLE, file_format, target, request)
        outgoing = of_table(table, hidden_in_table(self._policy, request.user, table.columns))
        return self._rows(draft, outgoing, target, request, Watch(progress, cancel))

    def people(
        self,
        layer: PeopleLayer,
        wanted: PeopleRequest,
        target: Path,
        file_format: Format,
        request: Request,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Exported:
        """The people of an audience with chosen columns, for a stated purpose.

        Contacts leave unmasked only for an allowed one; `NotAllowedError` names those that are.
        """
        check_export(self._policy, request.user, request.purpose, purpose_needed=True)
        reader = layer
        if wanted.clear_contacts:
            check_contacts(self._policy, request.user, request.purpose)
            if wanted.contactable is None and needs_consent(self._policy, request.purpose):
                # Fails closed: nobody is known to have agreed, so nobody's contacts leave.
                wanted = replace(wanted, clear_contacts=False)
            elif self._layer_under is not None:
                reader = self._layer_under(policy_for(self._policy, request.user, request.purpose))
        total = reader.count(wanted.audience, request.user, cancel=cancel)
        if file_format is Format.XLSX and total > files.XLSX_ROWS:
            raise files.too_many_rows(total)
        draft = self._draft(What.PEOPLE, file_format, target, request)
        draft = draft if draft.plan else replace(draft, plan=audience_to_json(wanted.audience))
        outgoing = of_people(reader, wanted, request.user, total, cancel)
        taken: list[Key] = []
        outgoing = replace(outgoing, pages=_noting(outgoing.pages, taken))
        return self._rows(draft, outgoing, target, request, Watch(progress, cancel), taken)

    def chart(
        self, chart: ChartSpec, target: Path, file_format: Format, request: Request, *, dark: bool = False
    ) -> Exported:
        """A picture as PNG or SVG."""
        check_export(self._policy, request.user, request.purpose, purpose_needed=False)
        if file_format is Format.PNG:
            content = render_png(chart, dark=dark)
        elif file_format is Format.SVG:
            content = render_svg(chart, dark=dark).encode()
        else:
            raise _wrong_format(file_format, (Format.PNG, Format.SVG))
        proof = self._draft(What.CHART, file_format, target, request)

        def write(file: BinaryIO) -> Proof:
            file.write(content)
            return proof

        return self._finished(target, write)

    def _rows(
        self,
        draft: Proof,
        outgoing: Outgoing,
        target: Path,
        request: Request,
        watch: Watch,
        taken: Sequence[Key] = (),
    ) -> Exported:
        if draft.format not in (Format.CSV, Format.XLSX):
            raise _wrong_format(draft.format, (Format.CSV, Format.XLSX))
        named = replace(
            draft,
            columns=tuple(column.source or column.name for column in outgoing.columns),
            masked_columns=tuple(column.source or column.name for column in outgoing.columns if column.masked),
        )

        def tick(written: int) -> None:
            watch.tick(written, outgoing.total)

        def write(file: BinaryIO) -> Proof:
            tick(0)
            columns, pages, language = outgoing.columns, outgoing.pages, request.language
            if draft.format is Format.CSV:
                rows = files.write_csv(file, columns, pages, language, bom=request.bom, tick=tick)
            else:
                rows = files.write_xlsx(file, columns, pages, language, about=_about(named, request), tick=tick)
            return replace(named, rows=rows)

        return self._finished(target, write, taken)

    def _draft(self, what: What, file_format: Format, target: Path, request: Request) -> Proof:
        return Proof(
            id=self._new_id(),
            who=request.user.name,
            at=self._clock(),
            purpose=request.purpose,
            what=what,
            format=file_format,
            file_name=target.name,
            data_set=request.data_set,
            plan=plan_to_json(request.plan) if request.plan is not None else "",
            definitions=request.definitions,
            data_date=request.data_date,
            rows=0,
            columns=(),
            masked_columns=(),
            sha256="",
        )

    def _finished(self, target: Path, write: Callable[[BinaryIO], Proof], taken: Sequence[Key] = ()) -> Exported:
        """Write to a file beside the target, note whom it holds, prove it, rename it. Whatever fails, the unfinished file is
        removed.
        """
        part = target.with_name(f".{target.name}.{self._new_id()}.part")
        with _as_data_error(target):
            try:
                with self._open_file(part) as file:
                    drafted = write(file)
                proof = replace(drafted, sha256=_sha256(part))
                if taken and self._rosters is not None:
                    self._rosters.keep(Roster(proof_id=proof.id, data_set=proof.data_set, keys=tuple(taken)))
                self._proofs.write(proof)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        return Exported(path=target, proof=proof)


def _noting(pages: Rows, taken: list[Key]) -> Rows:
    """The same pages; the keys of those who pass through are added to `taken`."""
    for page in pages:
        taken.extend(row[0] for row in page if isinstance(row[0], int | str))
        yield page


@contextmanager
def _as_data_error(target: Path) -> Iterator[None]:
    import xlsxwriter.exceptions  # noqa: PLC0415

    try:
        yield
    except (OSError, xlsxwriter.exceptions.XlsxFileError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            Text(
                zh=f"文件「{target.name}」没有写成：{reason}。没有留下不完整的文件；请检查磁盘空间和文件夹权限后重试。",
                en=f"{target.name!r} was not written: {reason}. Nothing was left behind; check disk space and permissions, then retry.",
            )
        ) from error


def _about(proof: Proof, request: Request) -> list[tuple[str, str]]:
    zh = request.language == "zh"
    names = (
        ("导出编号", "导出人", "时间", "用途", "数据截至", "定义版本")
        if zh
        else ("Export", "By", "At", "Purpose", "Data until", "Definitions")
    )
    day = proof.data_date.isoformat() if proof.data_date else "–"
    values = (proof.id, proof.who, proof.at.isoformat(timespec="seconds"), proof.purpose or "–", day, proof.definitions)
    return list(zip(names, values, strict=True))


def _wrong_format(file_format: Format, allowed: Sequence[Format]) -> InvalidPlanError:
    names = [one.value for one in allowed]
    return InvalidPlanError(
        Text(
            f"不能导出为 {file_format.value}，可以用 {'、'.join(names)}。",
            f"This cannot leave as {file_format.value}. Use {' or '.join(names)}.",
        ),
        suggestions=names,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
