"""The Segments page where segments live: list, one segment, comparing, settings and lists that come in, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.channels.gradio.asking import GoneError
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.segments_actions import actions
from assistant.channels.gradio.segments_page import render_segments
from assistant.channels.gradio.segments_state import SegmentsView
from assistant.channels.gradio.segments_words import SEGMENTS_WORDS
from assistant.channels.gradio.session import Session
from assistant.living.port import LivingRow, Standing
from assistant.living.scripted import ScriptedLiving
from assistant.stewardship.scripted_tasks import ScriptedTasks
from semantic_layer.errors import Text
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Apart, SegmentChange, SegmentFlow, StartCampaign
from semantic_layer.query.plan import Plan, WhyMember
from semantic_layer.query.types import Audience
from tests.assistant.channels.conftest import SVG, Clock
from tests.assistant.channels.desks import arrive
from tools.segments.types import Arrangement, Rhythm


@dataclass
class Ports:
    """The ports of one data set with tasks alone."""

    tasks: ScriptedTasks
    sources: None = None
    people: None = None
    tags: None = None
    boards: None = None


@dataclass
class Opened:
    session: Session
    port: ScriptedLiving
    view: SegmentsView
    clock: Clock

    def drawn(self) -> str:
        return render_segments(self.session, self.port, self.view)

    def do(self, act: str, **fields: object) -> None:
        for _ in actions(lambda _: self.port, lambda _: self.view)[act](self.session, Payload.of(fields)):
            pass

    def save(self, *names: str, user: User | None = None) -> None:
        for name in names:
            self.session.assistant.segments.save(Audience(), name, user=user or self.session.user)

    def asked(self) -> object:
        """The step of the last question that a button asked."""
        plan = self.session.turns[-1].request
        assert isinstance(plan, Plan)
        return plan.steps[0]


@pytest.fixture
def opened(desk: Desk, clock: Clock, tmp_path: Path) -> Opened:
    session = arrive(desk)
    tasks = ScriptedTasks(clock=clock, seconds=3.0)
    session.stewards = lambda _: Ports(tasks)
    session.office = replace(session.office, picture=lambda chart, dark: SVG)
    port = ScriptedLiving(segments=session.assistant.segments, tasks=tasks, clock=clock, folder=tmp_path)
    return Opened(session, port, SegmentsView(), clock)


def test_without_segments_there_is_one_clear_step(opened: Opened) -> None:
    page = opened.drawn()
    assert "还没有保存的人群" in page
    assert 'data-act="page"' in page
    assert "<table" not in page


def test_without_anybody_who_watches_the_page_is_that_of_names(opened: Opened) -> None:
    opened.save("甲")
    page = render_segments(opened.session)
    assert 'data-act="segment-recount"' in page
    assert "segments-refresh" not in page


def test_a_refresh_shows_its_progress_then_size_movement_and_state(opened: Opened) -> None:
    opened.save("甲<1>")
    assert "未更新过" in opened.drawn()
    opened.do("segments-refresh", ref="甲<1>")
    opened.clock.pass_(1)
    page = opened.drawn()
    assert "<progress" in page
    assert 'data-act="task-cancel"' in page
    opened.clock.pass_(3)
    page = opened.drawn()
    assert "<progress" not in page
    assert "223" in page
    assert "+12" in page
    assert "−3" in page
    assert 'class="spark"' in page
    assert "最新" in page
    assert "甲&lt;1&gt;" in page
    assert "甲<1>" not in page


def test_folders_stand_apart_and_the_search_finds_names_folders_and_owners(opened: Opened) -> None:
    opened.save("甲", "乙")
    opened.port.arrange("乙", Arrangement(folder="华东"), user=opened.session.user)
    page = opened.drawn()
    assert page.index("未归类") < page.index("华东") or page.index("华东") < page.index("未归类")
    opened.do("segments-search", text="华东")
    page = opened.drawn()
    assert 'data-key="segment-乙"' in page
    assert 'data-key="segment-甲"' not in page
    opened.do("segments-search", text="没有这个")
    assert "没有符合「没有这个」的人群" in opened.drawn()


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing.STALE, "已过时"),
        (Standing.FAILED, "更新失败"),
        (Standing.HIDDEN, "看不到"),
        (Standing.LIST, "固定名单"),
    ],
)
def test_a_state_says_why(opened: Opened, standing: Standing, said: str) -> None:
    opened.save("甲")
    owner = opened.session.user.name
    opened.port.kept["甲"] = LivingRow(
        name="甲", owner=owner, standing=standing, arrangement=Arrangement(), why=Text("原因在此。", "because."), size=5
    )
    assert said in opened.drawn()
    opened.do("segment-show", ref="甲")
    assert "原因在此" in opened.drawn()


def test_one_segment_shows_size_people_and_versions(opened: Opened) -> None:
    opened.save("甲")
    opened.do("segment-show", ref="甲")
    page = opened.drawn()
    assert "<svg" in page
    assert "空心的点" in page
    opened.do("segment-part", ref="people")
    page = opened.drawn()
    assert "新增 12 人" in page
    assert "因为新的动作满足了" in page
    assert "少量" in page  # so few that the number would point at persons
    opened.do("segment-part", ref="history")
    assert "第 1 版" in opened.drawn()
    opened.do("segment-close")
    assert 'data-key="segments-list"' in opened.drawn()


def test_the_period_is_chosen_by_days_or_by_dates(opened: Opened) -> None:
    opened.save("甲")
    opened.do("segment-show", ref="甲")
    opened.do("segment-part", ref="people")
    opened.do("segment-days", ref="30")
    assert "2026-10-02 到 2026-10-31" in opened.drawn()
    opened.do("segment-dates", first="2026-09-01", last="2026-09-30")
    assert "2026-09-01 到 2026-09-30" in opened.drawn()
    opened.do("segment-dates", first="soon", last="")
    assert "日期写成" in opened.drawn()
    with pytest.raises(GoneError):
        opened.do("segment-days", ref="8")


@pytest.mark.parametrize(
    ("act", "fields", "step"),
    [
        ("segment-ask-change", {"text": "left"}, SegmentChange),
        ("segment-why", {"key": "42"}, WhyMember),
        ("segment-campaign", {}, StartCampaign),
    ],
)
def test_what_is_shown_can_be_asked_about(opened: Opened, act: str, fields: dict[str, str], step: type) -> None:
    opened.save("甲")
    opened.do("segment-show", ref="甲")
    opened.do(act, ref="甲", **fields)
    assert isinstance(opened.asked(), step)
    assert opened.session.page == "ask"


def test_nothing_is_asked_about_a_customer_without_a_number(opened: Opened) -> None:
    opened.save("甲")
    opened.do("segment-show", ref="甲")
    opened.do("segment-part", ref="people")
    opened.do("segment-why", ref="甲", key=" ")
    assert "请输入客户号" in opened.drawn()
    assert opened.session.turns == []


def test_segments_are_compared_on_the_page_or_under_ask(opened: Opened) -> None:
    opened.save("甲", "乙", "丙")
    opened.do("segments-compare", how="overlap", name="甲")
    assert "请至少勾选两个人群" in opened.drawn()
    opened.do("segments-compare", how="overlap", name=["甲", "乙", "丙"])
    page = opened.drawn()
    assert "都在「甲」和「乙」里的人" in page
    assert "25.5%" in page  # 87 of 214 + 214 - 87
    opened.do("segments-overlap-close")
    assert "都在「甲」" not in opened.drawn()
    opened.do("segments-compare", how="apart", name=["甲", "乙", "丙"])
    assert "请正好勾选两个人群" in opened.drawn()
    opened.do("segments-compare", how="apart", name=["甲", "乙"])
    assert isinstance(opened.asked(), Apart)
    opened.do("segments-compare", how="flow", name=["甲", "乙", "丙"])
    step = opened.asked()
    assert isinstance(step, SegmentFlow)
    assert step.segments == ("甲", "乙", "丙")


def test_settings_are_kept_and_what_is_wrong_stays_typed(opened: Opened) -> None:
    opened.save("甲", "乙")
    opened.do("segment-show", ref="甲")
    opened.do("segment-part", ref="settings")
    sent = {"ref": "甲", "folder": "华东", "rhythm": "weekly", "sharing": "named", "with": "wei，lin"}
    opened.do("segment-arrange", **sent, at_least="many", at_most="")
    page = opened.drawn()
    assert "整数" in page
    assert 'value="many"' in page
    opened.do("segment-arrange", **sent, at_least="1,000", at_most="")
    kept = opened.port.kept["甲"].arrangement
    assert kept == Arrangement(
        folder="华东", rhythm=Rhythm.WEEKLY, sharing="named", shared_with=("wei", "lin"), at_least=1000
    )
    opened.do("segment-freeze", ref="甲", name="名单一")
    assert opened.port.kept["名单一"].standing is Standing.LIST
    opened.do("segment-into", ref="甲", into="add", other="乙")
    assert opened.view.fault == ""
    opened.do("segment-into", ref="甲", into="swap", other="乙")
    assert opened.view.fault_at == "into"


def test_of_somebody_elses_segment_nothing_can_be_changed(opened: Opened) -> None:
    opened.save("甲", user=User(name="wei", roles=("admin",)))
    opened.do("segment-show", ref="甲")
    opened.do("segment-part", ref="settings")
    page = opened.drawn()
    assert "只有 wei" in page
    assert 'data-form="segment-arrange"' not in page
    assert 'data-act="segment-delete"' not in page
    opened.do("segment-arrange", ref="甲", sharing="private")
    assert "甲" not in opened.port.kept


def test_a_pasted_list_is_checked_row_by_row_then_saved(opened: Opened) -> None:
    opened.do("segments-import")
    opened.do("segments-check", text=" ")
    assert "请粘贴一些标识" in opened.drawn()
    opened.do("segments-check", text="M0001\nM0002\nM0001\n\nX9\n'M0003")
    page = opened.drawn()
    assert "共 6 行，3 行对上 3 位客户" in page
    for said in ("X9", "没有对上", "重复", "空行"):
        assert said in page
    opened.do("segments-report")
    written = opened.session.outbox[-1].read_text(encoding="utf-8-sig").splitlines()
    assert len(written) == 4  # a head, and the three rows that did not count
    opened.do("segments-keep", name="")
    assert "请输入名称" in opened.drawn()
    opened.do("segments-keep", name="老客")
    assert set(opened.port.people["老客"]) == {1, 2, 3}
    opened.do("segments-import")
    opened.do("segments-check", text="M0003\nM0009")
    opened.do("segments-keep-into", into="remove", target="老客")
    assert set(opened.port.people["老客"]) == {1, 2}


def test_a_list_that_names_nobody_cannot_be_saved(opened: Opened) -> None:
    opened.do("segments-import")
    opened.do("segments-check", text="X1\nX2")
    page = opened.drawn()
    assert "没有可以保存的人" in page
    assert 'data-form="segments-keep"' not in page


@pytest.mark.parametrize("act", ["segments-check", "segments-match", "segments-report", "segments-keep"])
def test_without_a_list_nothing_can_be_done_with_one(opened: Opened, act: str) -> None:
    with pytest.raises(GoneError):
        opened.do(act, ref="nothing")


def test_a_data_set_that_nobody_watches_is_no_fault_of_the_page(desk: Desk) -> None:
    session = arrive(desk)
    gone = actions(lambda _: None, lambda _: SegmentsView())
    with pytest.raises(GoneError):
        list(gone["segments-refresh"](session, Payload.of({"ref": "甲"})))


@pytest.mark.parametrize("part", ["size", "people", "settings", "history"])
def test_english_has_no_chinese_in_it(opened: Opened, part: str) -> None:
    opened.session.language = "en"
    opened.save("vip", "gold")
    pages: list[Callable[[], None]] = [
        lambda: None,
        lambda: opened.do("segment-show", ref="vip"),
        lambda: opened.do("segment-part", ref=part),
        lambda: opened.do("segments-import"),
        lambda: opened.do("segments-check", text="M0001\nX2"),
    ]
    for turn in pages:
        turn()
        assert not [char for char in opened.drawn() if "\u4e00" <= char <= "\u9fff"]
    assert all(text.zh and text.en for text in SEGMENTS_WORDS.values())
