"""Sources in memory: the fake that ships with the seam. CSV files below its folder are really looked at; loads take no rows."""

# a fake takes what its protocol gives

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from assistant.stewardship.port import PAGE_ROWS
from assistant.stewardship.scripted_book import BOOK, DRAFT, TEXT, proposal, shown
from assistant.stewardship.scripted_source_data import LOADED, RULES, first_drift, first_quarantine, first_sources
from assistant.stewardship.scripted_tasks import ROWS, ScriptedTasks
from assistant.stewardship.sources import (
    BookField,
    DraftChange,
    DraftReply,
    DraftView,
    DriftQuestion,
    FoundColumn,
    Inspection,
    LoadEntry,
    MappingProposal,
    QualityReport,
    QuarantinePage,
    QuarantineRow,
    Reading,
    RuleResult,
    ScorePoint,
    SourceForm,
    SourceRow,
    SourceState,
)
from assistant.stewardship.types import RightsOf, Task, require_manage_data
from semantic_layer.errors import DataError, InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.policy.types import User

ENCODINGS: Final = ("utf-8-sig", "gb18030")
SOURCE: Final = Text("来源", "source")


@dataclass(slots=True, kw_only=True)
class ScriptedSources:
    """Files are those below `folder`. `note` hears what a real one would record."""

    folder: Path
    rights: RightsOf
    tasks: ScriptedTasks
    clock: Callable[[], datetime]
    note: Callable[[str], None] = lambda _: None
    rows: dict[str, SourceRow] = field(default_factory=first_sources)
    history: dict[str, list[LoadEntry]] = field(default_factory=dict)
    waiting: dict[str, tuple[QuarantineRow, str]] = field(default_factory=first_quarantine)
    questions: dict[str, DriftQuestion] = field(default_factory=first_drift)
    drafted: DraftView | None = None

    def may_manage(self, user: User) -> bool:
        return self.rights(user).manage_data

    def concerns(self, user: User) -> bool:
        return True

    def sources(self, *, user: User) -> tuple[SourceRow, ...]:
        self.rights(user)
        self.tasks.look()
        return tuple(self._counted(row) for row in self.rows.values())

    def _counted(self, row: SourceRow) -> SourceRow:
        if row.name == "shop_orders":
            return replace(row, quarantined=len(self.waiting))
        if row.name == "tickets" and not self.questions and row.state is SourceState.HELD:
            return replace(row, state=SourceState.GOOD, said=Text("", ""), drift=0)
        return replace(row, drift=len(self.questions) if row.name == "tickets" else 0)

    def keep(self, name: str, file: Path, *, user: User) -> str:
        require_manage_data(self.rights(user))
        stem, ending, number = Path(name).stem, Path(name).suffix, 1
        target = self.folder / Path(name).name
        while target.exists():
            number += 1
            target = self.folder / f"{stem}-{number}{ending}"
        shutil.copyfile(file, target)
        self.note(f"kept {target.name} for {user.name}")
        return target.name

    def inspect(self, reading: Reading, *, user: User) -> Inspection:
        rights = self.rights(user)
        require_manage_data(rights)
        path = (self.folder / reading.address).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            here = sorted(p.name for p in self.folder.iterdir() if p.suffix in (".csv", ".tsv", ".txt"))
            raise UnknownNameError(
                Text("文件或数据库", "file or database"),
                reading.address,
                get_close_matches(reading.address, here, 3, 0.3),
            )
        text, encoding = _decoded(path, reading.encoding)
        delimiter = reading.delimiter or max(",;\t|", key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        if not rows:
            raise DataError(
                Text(
                    f"「{reading.address}」是空的。请检查导出是否成功。",
                    f"{reading.address!r} is empty. See whether its export worked.",
                )
            )
        header = 1 if reading.header is None else reading.header
        names = rows[header - 1] if header else [f"column_{n + 1}" for n in range(len(rows[0]))]
        columns = tuple(
            _column(name, [row[at] for row in rows[header:] if at < len(row)], rights.see_contact)
            for at, name in enumerate(names)
        )
        notes = (
            ()
            if encoding == "utf-8-sig"
            else (Text("文件是 GBK 编码的，已转换。", "The file is in GBK and was converted."),)
        )
        return Inspection(
            address=reading.address, kind=SourceKind.CSV, name=path.stem, columns=columns, encoding=encoding.replace("-sig", ""),
            delimiter=delimiter, header=header, size=path.stat().st_size, rows=max(0, len(rows) - header),
            key=(names[0],), notes=notes,
        )  # fmt: skip

    def propose(self, found: Inspection, *, user: User) -> tuple[MappingProposal, ...]:
        taken: set[str] = set()
        proposals = []
        for column in found.columns:
            proposals.append(proposal(column.name, taken))
            taken.add(proposals[-1].field)
        return tuple(proposals)

    def save(self, form: SourceForm, *, user: User) -> SourceRow:
        require_manage_data(self.rights(user))
        if form.name in self.rows:
            raise InvalidPlanError(
                Text(
                    f"已经有名为「{form.name}」的来源，请换个名称。",
                    f"A source called “{form.name}” exists already. Choose another name.",
                )
            )
        known = [each.name for each in BOOK]
        for column, name in form.mapping:
            if name not in known:
                raise UnknownNameError(
                    Text("标准字段", "field of the standard"), name, get_close_matches(name, known, 3)
                )
            if [taken for _, taken in form.mapping].count(name) > 1:
                raise InvalidPlanError(
                    Text(
                        f"字段「{name}」对应了不止一列（其中有「{column}」）。一个字段只能由一列填入。",
                        f"The field {name!r} is filled by more than one column, {column!r} among them. One column fills one field.",
                    )
                )
        row = SourceRow(
            name=form.name, label=Text(form.name, form.name), kind=SourceKind.CSV, address=form.reading.address,
            owner=user.name, state=SourceState.NEW, said=Text("还没有导入过。", "Never loaded."),
        )  # fmt: skip
        self.rows = {form.name: row, **self.rows}
        self.note(f"saved {form.name}: {', '.join(f'{column}→{name}' for column, name in form.mapping)}")
        return row

    def load(self, source: str, *, user: User) -> Task:
        require_manage_data(self.rights(user))
        row = self._row(source)
        if row.state is SourceState.LOADING:
            raise InvalidPlanError(
                Text(
                    f"「{row.label.zh}」正在导入。等它完成，或先停止。",
                    f"“{row.label.en}” is being loaded. Wait, or stop it first.",
                )
            )
        self.rows[source] = replace(row, state=SourceState.LOADING, said=Text("", ""))
        begun = self.clock()

        def finish() -> Text:
            self.rows[source] = replace(
                row, state=SourceState.GOOD, said=Text("", ""), score=row.score or 94.2, trend=(*row.trend, row.score or 94.2),
                loaded_at=self.clock(), rows=row.rows or ROWS,
            )  # fmt: skip
            entry = LoadEntry(
                load=len(self.history.get(source, ())) + 8, state="done", started_at=begun, ended_at=self.clock(),
                rows_read=ROWS, rows_new=ROWS - 12, rows_held=12,
            )  # fmt: skip
            self.history.setdefault(source, []).insert(0, entry)
            return Text(f"已导入 {ROWS:,} 行，12 行待处理。", f"{ROWS:,} rows were loaded, 12 wait.")

        def stopped() -> None:
            self.rows[source] = row

        self.note(f"load {source} by {user.name}")
        label = Text(f"导入「{row.label.zh}」", f"Load “{row.label.en}”")
        return self.tasks.start(
            label, Text("读入行…", "Reading rows…"), finish, user=user, about=source, stopped=stopped
        )

    def loads(self, source: str, *, user: User) -> tuple[LoadEntry, ...]:
        row = self._row(source)
        if source not in first_sources() or row.loaded_at is None:
            return tuple(self.history.get(source, ()))
        before = (
            LoadEntry(load=7, state="done", started_at=LOADED, ended_at=LOADED + timedelta(seconds=41), rows_read=118_422, rows_new=3_120, rows_changed=64, rows_same=115_210, rows_held=28),
            LoadEntry(load=6, state="failed", started_at=LOADED - timedelta(days=1), rows_read=40_000, why=Text("文件在读取途中被替换了；已读的行作废，下次从头读。", "The file was replaced while it was read; nothing of it was kept, the next load reads it anew.")),
            LoadEntry(load=5, state="done", started_at=LOADED - timedelta(days=30), ended_at=LOADED - timedelta(days=30), rows_read=115_238, rows_new=2_944, rows_same=112_294),
        )  # fmt: skip
        return (*self.history.get(source, ()), *before)

    def quality(self, source: str, *, user: User) -> QualityReport:
        row = self._row(source)
        points = tuple(
            ScorePoint(date(2026, 10, 31) - timedelta(days=30 * (len(row.trend) - 1 - n)), score)
            for n, score in enumerate(row.trend)
        )
        if row.score is None:
            return QualityReport(score=None, at=None, rules=(), over_time=())
        rules = (
            RuleResult(rule="fake_value", label=RULES["fake_value"], field="phone", verdict="bad", checked=118_422, failed=238, share=0.002, note=Text("两个号码各出现 100 次以上。", "Two numbers stand in over 100 rows each.")),
            RuleResult(rule="date_format", label=RULES["date_format"], field="order_date", verdict="warning", checked=118_422, failed=1, share=0.00001),
            RuleResult(rule="unique", label=RULES["unique"], field="order_no", verdict="good", checked=118_422, failed=0, share=0.0),
            RuleResult(rule="not_null", label=RULES["not_null"], field="amount", verdict="good", checked=118_422, failed=0, share=0.0),
        )  # fmt: skip
        return QualityReport(
            score=row.score, at=row.loaded_at, rules=rules, over_time=points, next_check=date(2026, 12, 1)
        )

    def quarantine(self, source: str, *, offset: int = 0, rule: str = "", user: User) -> QuarantinePage:
        self._row(source)
        mine = self.waiting if source == "shop_orders" else {}
        counts = Counter(row.rule for row, _ in mine.values())
        rows = [pair for pair in mine.values() if rule in ("", pair[0].rule)]
        open_ = self.rights(user).see_contact
        page = tuple(replace(row, value=shown(value, open_=open_)) for row, value in rows[offset : offset + PAGE_ROWS])
        return QuarantinePage(
            rows=page,
            total=len(rows),
            offset=offset,
            rules=tuple((name, RULES[name], n) for name, n in counts.most_common()),
        )

    def correct(self, source: str, row: str, value: str, *, user: User) -> Text:
        require_manage_data(self.rights(user))
        found, _ = self._waits(row)
        if not _fits(found.field, value):
            raise InvalidPlanError(
                Text(
                    f"「{value}」也不行：{found.reason.zh}{found.remedy.zh}", f"“{value}” fails too. {found.remedy.en}"
                )
            )
        del self.waiting[row]
        self.note(f"corrected {row}")
        return Text(
            f"已更正为「{value}」，下次发布时生效。", f"Corrected to “{value}”; it counts from the next publication on."
        )

    def dismiss(self, source: str, row: str, *, user: User) -> Text:
        require_manage_data(self.rights(user))
        self._waits(row)
        del self.waiting[row]
        self.note(f"dismissed {row}")
        return Text("已忽略，原值保留。", "Ignored; the value stays as it was found.")

    def drift(self, source: str, *, user: User) -> tuple[DriftQuestion, ...]:
        self._row(source)
        return tuple(self.questions.values()) if source == "tickets" else ()

    def answer(self, source: str, question: str, answer: str, *, user: User) -> Text:
        require_manage_data(self.rights(user))
        asked = self.questions.get(question)
        chosen = next((each for each in asked.answers if each.id == answer), None) if asked is not None else None
        if chosen is None:
            raise UnknownNameError(Text("问题", "question"), question)
        del self.questions[question]
        self.note(f"answered {question}: {answer}")
        return chosen.effect

    def book(self, search: str = "", *, user: User) -> tuple[BookField, ...]:
        self.rights(user)
        wanted = search.casefold()
        return tuple(
            e for e in BOOK if wanted in f"{e.name} {e.label.zh} {e.label.en} {e.meaning.zh} {e.meaning.en}".casefold()
        )

    def draft(self, *, user: User) -> DraftView | None:
        self.tasks.look()
        return self.drafted

    def start_draft(self, address: str, *, user: User) -> Task:
        require_manage_data(self.rights(user))
        if not address.strip():
            raise InvalidPlanError(Text("请写出文件夹或数据库的地址。", "Give the address of a folder or database."))

        def finish() -> Text:
            self.drafted = DraftView(
                address=address,
                rows=DRAFT,
                notes=(Text("表 tmp_bak 没有行，没有起草。", "The table tmp_bak has no rows and was left out."),),
            )
            return Text(f"起草了 {len(DRAFT)} 项定义。", f"{len(DRAFT)} definitions were drafted.")

        label = Text(f"起草「{address}」", f"Draft “{address}”")
        return self.tasks.start(label, Text("读表结构…", "Reading the tables…"), finish, user=user)

    def settle(self, change: DraftChange, *, user: User) -> None:
        require_manage_data(self.rights(user))
        if self.drafted is None or change.row not in {row.id for row in self.drafted.rows}:
            raise UnknownNameError(Text("草稿项", "draft row"), change.row)
        rows = tuple(
            replace(row, state=change.state, label=change.label or row.label) if row.id == change.row else row
            for row in self.drafted.rows
        )
        self.drafted = replace(self.drafted, rows=rows)
        self.note(f"draft {change.row} {change.state}")

    def ask_draft(self, question: str, *, user: User) -> DraftReply:
        return DraftReply(
            question=question, text=Text("销售额 1,204,880 元。", "Sales: ¥1,204,880."),
            read_as=Text("销售额（草稿：sum(orders.pay_amt)）", "Sales (draft: sum(orders.pay_amt))"), sql="SELECT sum(pay_amt) FROM orders",
        )  # fmt: skip

    def adopt_draft(self, *, user: User) -> Text:
        require_manage_data(self.rights(user))
        taken = (
            [row for row in self.drafted.rows if row.state in ("accepted", "changed")]
            if self.drafted is not None
            else []
        )
        if self.drafted is None or not taken:
            raise InvalidPlanError(
                Text("还没有接受任何一项。先逐行看过再采用。", "Nothing is accepted yet. Look at the rows first.")
            )
        self.drafted = replace(self.drafted, adopted=True)
        self.note(f"adopted {len(taken)}")
        return Text(f"{len(taken)} 项已写入定义。", f"{len(taken)} were written as definitions.")

    def _row(self, source: str) -> SourceRow:
        self.tasks.look()
        if source not in self.rows:
            raise UnknownNameError(SOURCE, source, get_close_matches(source, self.rows, 3))
        return self.rows[source]

    def _waits(self, row: str) -> tuple[QuarantineRow, str]:
        if row not in self.waiting:
            raise UnknownNameError(Text("待处理的行", "waiting row"), row)
        return self.waiting[row]


def _decoded(path: Path, wanted: str) -> tuple[str, str]:
    data = path.read_bytes()
    for encoding in (wanted,) if wanted else ENCODINGS:
        try:
            return data.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    raise DataError(
        Text(
            f"用 {wanted or '常见编码'} 读不了这个文件。试试 gb18030 或 utf-8。",
            f"The file cannot be read as {wanted or 'any usual encoding'}. Try gb18030 or utf-8.",
        )
    )


def _column(name: str, cells: list[str], open_: bool) -> FoundColumn:  # noqa: FBT001  # whether contacts are seen
    filled = [cell for cell in cells if cell.strip()]
    examples = tuple(shown(value, open_=open_) for value in list(dict.fromkeys(filled))[:3])
    return FoundColumn(name=name, type=TEXT, examples=examples, empty=1 - len(filled) / len(cells) if cells else 0.0)


def _fits(name: str, value: str) -> bool:
    match name:
        case "order_date":
            try:
                date.fromisoformat(value)
            except ValueError:
                return False
            return True
        case "phone":
            return value.isdigit() and len(value) == 11 and len(set(value)) > 4
        case _:
            return value.replace(".", "", 1).isdigit() and float(value) < 100_000
