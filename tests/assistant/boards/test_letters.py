"""Letters: when, under whose rights, what they say, what happens when one does not arrive, and how they end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from assistant.boards.delivering import Deliveries, board_jobs
from assistant.boards.digest import Stories, StoriesAsGiven, Story, digest_text
from assistant.boards.port import PinWish, Place, SubscribeWish
from assistant.boards.post import Letter, MailPostman, NotSentError, PostmanInMemory, postman_for, reach_over
from assistant.boards.scripted import ScriptedBoards
from assistant.channels.scripted_access import ScriptedAccess, person
from assistant.scheduling import ScheduleByHand
from semantic_layer.errors import DataError, Text
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from tests.assistant.boards.conftest import LIN, MONDAY, PEOPLE, SALES, WEI, Clock
from tools.boards.types import Bound, Sharing
from tools.destinations.types import Ability, Fate, Message, Receipt

TUESDAY = MONDAY.replace(day=3, hour=8, minute=0)
NEXT_MONDAY = MONDAY.replace(day=9, hour=8, minute=0)


@pytest.fixture
def mail() -> PostmanInMemory:
    return PostmanInMemory()


@pytest.fixture
def deliveries(boards: ScriptedBoards, mail: PostmanInMemory, clock: Clock, noted: list[str]) -> Deliveries:
    return made(boards, mail, clock, noted)


def made(
    boards: ScriptedBoards, mail: PostmanInMemory, clock: Clock, noted: list[str], stories: tuple[Stories, ...] = ()
) -> Deliveries:
    return Deliveries(
        lookout=boards.lookout,
        postmen=(mail,),
        base="https://ask.example.com",
        note=lambda user, what, about: noted.append(f"{user.name} {what} {dict(about)}"),
        clock=clock,
        stories=stories,
    )


def board(boards: ScriptedBoards, plan: Plan = PEOPLE) -> Place:
    wish = PinWish(plan=plan, title="上海客户", language="zh", name="周会", note="先看华东")
    place = Place(board=boards.desk.pin(wish, user=WEI).board.id)
    boards.desk.share(place.board, Sharing.EVERYONE, "", user=WEI)
    return place


def wished(boards: ScriptedBoards, place: Place, user: User, every: str, **wish: object):
    return boards.desk.subscribe(place.board, SubscribeWish(every=every, language="zh", **wish), user=user)


# --- rhythm and rights


def test_each_letter_is_computed_under_the_rights_of_its_reader(
    boards: ScriptedBoards, deliveries: Deliveries, mail: PostmanInMemory, clock: Clock, noted: list[str]
) -> None:
    place = board(boards)
    own, east = wished(boards, place, WEI, "day"), wished(boards, place, LIN, "day")
    assert deliveries.run() == 0
    clock.now = TUESDAY
    assert deliveries.run() == 2
    assert deliveries.run() == 0
    bodies = dict(mail.sent)
    assert "这样的客户共 214 人。" in bodies["wei"].body
    assert "这样的客户共 98 人。" in bodies["lin"].body
    assert "214" not in bodies["lin"].whole()
    assert "备注：先看华东" in bodies["lin"].body
    assert "数据截至 2026-10-31，2026-11-03 08:00 计算" in bodies["lin"].body
    assert bodies["lin"].subject == "看板「周会」· 每日"
    assert bodies["lin"].open == f"https://ask.example.com/?view=boards&board={place.board}&data=retail"
    assert bodies["lin"].stop == f"https://ask.example.com/shared/stop/{east.token}"
    assert bodies["wei"].id == f"board-{own.id}-20261103"
    assert noted[-2:] == [f"{name} was sent a letter {{'board': '{place.board}'}}" for name in ("wei", "lin")]


def test_a_weekly_letter_leaves_on_monday_though_the_schedule_slept(
    boards: ScriptedBoards, deliveries: Deliveries, mail: PostmanInMemory, clock: Clock
) -> None:
    wished(boards, board(boards), WEI, "week")
    clock.now = NEXT_MONDAY - timedelta(minutes=1)
    assert deliveries.run() == 0
    clock.now = NEXT_MONDAY + timedelta(hours=30)
    assert deliveries.run() == 1
    assert mail.sent[0][1].id.endswith("-20261109")
    clock.now = NEXT_MONDAY + timedelta(days=6)
    assert deliveries.run() == 0


def test_who_left_or_may_not_look_any_more_gets_nothing_and_is_taken_off(
    boards: ScriptedBoards, access: ScriptedAccess, deliveries: Deliveries, mail: PostmanInMemory, clock: Clock
) -> None:
    place = board(boards)
    wished(boards, place, LIN, "day")
    wished(boards, place, WEI, "day")
    boards.desk.share(place.board, Sharing.PRIVATE, "", user=WEI)
    closed = replace(access.account("wei"), active=False)
    access._accounts["wei"] = closed
    clock.now = TUESDAY
    assert deliveries.run() == 0
    assert mail.sent == []
    assert boards.room.subscriptions.living() == ()


# --- on change


def test_a_change_is_told_once_and_nothing_below_rounding(
    boards: ScriptedBoards, deliveries: Deliveries, mail: PostmanInMemory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.boards import scripted

    wished(boards, board(boards, SALES), WEI, "change")

    def sales(east: float, version: str) -> int:
        monkeypatch.setattr(scripted, "_REGIONS", (("华东", "East", east), *scripted._REGIONS[1:]))
        boards.numbers.data = version
        clock.pass_(minutes=15)
        return deliveries.run()

    assert sales(82_400.0, "1") == 0  # the first look remembers
    assert sales(82_400.0, "2") == 0
    assert sales(82_400.001, "3") == 0  # shown as before
    assert sales(91_000.0, "4") == 1
    assert sales(91_000.0, "5") == 0
    assert "¥91,000.00" in mail.sent[0][1].body
    assert "91000" not in repr(boards.room.subscriptions.living())  # only a digest of what was seen is kept


def test_a_bound_is_told_when_it_comes_to_hold(
    boards: ScriptedBoards, deliveries: Deliveries, mail: PostmanInMemory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.boards import scripted

    place = board(boards)
    tile = boards.desk.view(place, user=WEI).tiles[0].tile.id
    wished(boards, place, WEI, "change", tile=tile, bound=Bound(op="<", value=200))
    people_of = scripted._people

    def counted(count: int, version: str) -> int:
        monkeypatch.setattr(scripted, "_people", lambda _, language: people_of(count, language))
        boards.numbers.data = version
        clock.pass_(minutes=15)
        return deliveries.run()

    assert [counted(count, str(at)) for at, count in enumerate((214, 210, 199, 190, 205, 150))] == [0, 0, 1, 0, 0, 1]
    assert mail.sent[0][1].body.startswith("现在是 199，已低于您设的 200。")
    assert mail.sent[0][1].subject == "周会：这样的客户共 199 人。"


def test_what_cannot_be_computed_is_not_a_change(boards: ScriptedBoards, deliveries: Deliveries, clock: Clock) -> None:
    wished(boards, board(boards), WEI, "change")
    assert deliveries.run() == 0
    before = boards.room.subscriptions.living()[0].seen
    boards.numbers.broken, boards.numbers.data = True, "2"
    clock.pass_(hours=1)
    assert deliveries.run() == 0
    assert boards.room.subscriptions.living()[0].seen == before


# --- failures


def test_a_letter_that_did_not_arrive_is_shown_and_tried_again_with_the_same_id(
    boards: ScriptedBoards, deliveries: Deliveries, mail: PostmanInMemory, clock: Clock
) -> None:
    place = board(boards)
    wished(boards, place, WEI, "day")
    clock.now, mail.broken = TUESDAY, True
    assert deliveries.run() == 0
    (one,) = boards.desk.view(place, user=WEI).subscriptions
    assert (one.failures, one.fault) == (1, Text("邮件服务器没有响应。", "The mail server does not answer."))
    clock.pass_(minutes=4)
    assert deliveries.run() == 0
    assert boards.desk.view(place, user=WEI).subscriptions[0].failures == 1
    clock.pass_(minutes=1)
    mail.broken = False
    assert deliveries.run() == 1
    assert mail.sent[0][1].id == f"board-{one.id}-20261103"
    assert boards.desk.view(place, user=WEI).subscriptions[0].fault is None


def test_who_cannot_be_reached_is_told_what_is_missing(boards: ScriptedBoards, clock: Clock, noted: list[str]) -> None:
    wished(boards, board(boards), WEI, "day", way="slack")
    clock.now = TUESDAY
    mail, slack = PostmanInMemory(), PostmanInMemory("slack")
    made(boards, mail, clock, noted).run()
    (one,) = boards.room.subscriptions.living()
    assert one.fault is not None
    assert "Neither mail nor Slack" in one.fault.en
    with pytest.raises(NotSentError, match="Slack identity"):
        postman_for(person("wei", "王伟"), "any", (slack,))
    with pytest.raises(NotSentError, match="Neither mail nor Slack"):
        reach_over((), ScriptedAccess().account)("wei", "any")
    reach_over((mail,), ScriptedAccess().account)("wei", "any")
    named = replace(person("wei", "王伟"), email="", identities=("slack:T1:U1",))
    assert postman_for(named, "any", (mail, slack)) is slack


@dataclass
class Sink:
    """A destination of messages that answers as it is told."""

    fate: Fate = Fate.ACCEPTED
    taken: list[Message] = field(default_factory=list)
    name: str = "mail"
    label: Text = Text("邮件", "Mail")
    ability: Ability = Ability()  # noqa: RUF009

    def check(self) -> tuple[Text, ...]:
        return ()

    def preview(self, messages) -> str:
        return ""

    def send(self, messages) -> tuple[Receipt, ...]:
        self.taken += messages
        return tuple(Receipt(id=one.id, fate=self.fate, at=MONDAY, why=Text("满了", "full")) for one in messages)

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("fate", "left"), [(Fate.ACCEPTED, True), (Fate.UNSURE, True), (Fate.AGAIN, False), (Fate.REFUSED, False)]
)
def test_mail_leaves_over_a_destination_with_its_address_to_unsubscribe(fate: Fate, left: bool) -> None:
    sink = Sink(fate)
    letter = Letter(id="l1", subject="周会", body="一", language="zh", open="https://a/b", stop="https://a/stop")
    if left:
        MailPostman(sink).send(letter, person("wei", "王伟"))
    else:
        with pytest.raises(NotSentError, match="full"):
            MailPostman(sink).send(letter, person("wei", "王伟"))
    (message,) = sink.taken
    assert (message.id, message.address, message.subject, message.unsubscribe) == (
        "l1", "wei@example.com", "周会", "https://a/stop",
    )  # fmt: skip
    assert message.body == "一\n\n打开：https://a/b\n\n不想再收到：https://a/stop"


# --- the weekly letter of segments and campaigns


SEGMENTS = StoriesAsGiven(
    Text("人群的变化", "Segments"),
    (
        Story(
            name="上海高价值",
            text=Text("进来 18 人，离开 6 人，多数因为最近下单。", "18 came, 6 left, most by recent orders."),
        ),
    ),
)
EFFECTS = StoriesAsGiven(
    Text("活动的效果", "Campaigns"),
    (Story(name="五月券", text=Text("还不能证明有效。", "Not proven.")),),
)


def test_the_weekly_letter_is_one_calm_message(
    boards: ScriptedBoards, mail: PostmanInMemory, clock: Clock, noted: list[str]
) -> None:
    boards.desk.subscribe_digest(language="zh", user=WEI)
    weekly = made(boards, mail, clock, noted, (SEGMENTS, EFFECTS))
    clock.now = NEXT_MONDAY
    assert weekly.run() == 1
    assert weekly.run() == 0
    letter = mail.sent[0][1]
    assert letter.subject == "一周小结 11-02 至 11-08"
    assert letter.body == (
        "人群的变化\n· 上海高价值：进来 18 人，离开 6 人，多数因为最近下单。\n\n活动的效果\n· 五月券：还不能证明有效。"
    )


def test_a_week_without_news_sends_nothing(
    boards: ScriptedBoards, mail: PostmanInMemory, clock: Clock, noted: list[str]
) -> None:
    boards.desk.subscribe_digest(language="zh", user=WEI)
    weekly = made(boards, mail, clock, noted, (StoriesAsGiven(Text("人群", "Segments")),))
    clock.now = NEXT_MONDAY
    assert weekly.run() == 0
    assert mail.sent == []
    clock.pass_(days=1)
    assert weekly.run() == 0


def test_what_cannot_be_told_is_said_and_long_lists_are_cut() -> None:
    broken = StoriesAsGiven(Text("活动的效果", "Campaigns"), fault=DataError(Text("读不了", "cannot be read")))
    many = StoriesAsGiven(
        Text("人群的变化", "Segments"), tuple(Story(name=str(n), text=Text("变了", "changed")) for n in range(11))
    )
    said = digest_text((broken, many), date(2026, 11, 2), date(2026, 11, 8), WEI, "en")
    assert said.startswith("Campaigns\ncannot be read\n\nSegments\n· 0: changed")
    assert said.endswith("· 7: changed\n· and 3 more.")


# --- the schedule


def test_the_schedule_sends_for_every_open_data_set(
    deliveries: Deliveries, boards: ScriptedBoards, clock: Clock, mail: PostmanInMemory
) -> None:
    wished(boards, board(boards), WEI, "day")
    schedule = ScheduleByHand()
    schedule.start(board_jobs(lambda: (deliveries,)))
    clock.now = TUESDAY
    schedule.run("board letters")
    assert [login for login, _ in mail.sent] == ["wei"]
