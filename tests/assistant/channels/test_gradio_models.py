"""The Models page: what is listed, the card, the buttons of each person, without a browser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from assistant.channels.gradio.asking import GoneError
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.models_actions import actions
from assistant.channels.gradio.models_page import render_models
from assistant.channels.gradio.models_state import ModelsView
from assistant.channels.gradio.models_words import MODELS_WORDS
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.modelling.port import ModelRow, State
from assistant.modelling.scripted import ScriptedModels
from assistant.stewardship.scripted_tasks import ScriptedTasks
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.model.types import Unit
from tests.assistant.channels.conftest import SVG, Clock
from tests.assistant.channels.desks import arrive
from tools.models.types import Band, Bin, Card, Feature, Figure, Spread, TagForm

CARD = Card(
    name="churn",
    label=Text("流失<模型>", "churn <model>"),
    answers=Text("谁会走。", "Who leaves."),
    as_of=date(2026, 10, 31),
    data_from=date(2025, 1, 1),
    data_to=date(2026, 10, 31),
    people=1234,
    population=Text("买过的客户", "buyers"),
    version=1,
    trained_at=datetime(2026, 11, 1, 8, 0, tzinfo=UTC),
    features=(Feature(name="recency", label=Text("天数", "days"), meaning=Text("天数", "days")),),
    metrics=(Figure(name="auc", label=Text("AUC", "AUC"), value=0.81, low=0.79, high=0.83, baseline=0.74),),
    calibration=(Bin(predicted=0.2, observed=0.22, low=0.18, high=0.26, people=600),),
    bands=(Band(value="高", label=Text("高", "high"), people=200),),
    spreads=(Spread(feature="recency", edges=(30.0,), parts=(0.5, 0.5, 0.0)),),
    tag=TagForm(name="churn_score", label=Text("流失预测", "predicted churn")),
    unit=Unit.PERCENT,
)
NEVER = ModelRow(name="churn", label=CARD.label, state=State.NONE)
TRAINED = replace(NEVER, state=State.FRESH, card=CARD)


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
    port: ScriptedModels
    view: ModelsView
    clock: Clock

    def drawn(self) -> str:
        return render_models(self.port, self.view, self.session)

    def do(self, act: str, **fields: object) -> None:
        carried_out = actions(lambda _: self.port, lambda _: self.view)[act]
        for _ in carried_out(self.session, Payload.of(fields)):
            pass


def opened(desk: Desk, clock: Clock, *rows: ModelRow, roles: tuple[str, ...] = ("admin",)) -> Opened:
    session = arrive(desk)
    tasks = ScriptedTasks(clock=clock, seconds=3.0)
    session.stewards = lambda _: Ports(tasks)
    port = ScriptedModels.of(rows, {"churn": CARD}, tasks=tasks, clock=clock)
    port.managers = session.user.roles if "admin" in roles else ()
    port.blind = session.user.roles if not roles else ()
    session.office = replace(session.office, picture=lambda chart, dark: SVG)
    return Opened(session, port, ModelsView(), clock)


def test_an_untrained_model_offers_to_be_trained(desk: Desk, clock: Clock) -> None:
    page = opened(desk, clock, NEVER).drawn()
    assert "没训练过" in page
    assert 'data-act="model-train"' in page
    assert "model-publish" not in page
    assert "流失&lt;模型&gt;" in page  # what definitions say is text


def test_training_shows_its_progress_and_then_the_quality_in_one_line(desk: Desk, clock: Clock) -> None:
    made = opened(desk, clock, NEVER)
    made.do("model-train", ref="churn")
    clock.pass_(1)
    page = made.drawn()
    assert "<progress" in page
    assert 'data-act="task-cancel"' in page
    assert "disabled" in page
    clock.pass_(3)
    page = made.drawn()
    assert "<progress" not in page
    assert "AUC 0.810（95% 区间 0.790 至 0.830），基线 0.740" in page
    assert "第 1 版" in page
    assert "未发布" in page


def test_the_tag_is_published_moved_on_and_withdrawn(desk: Desk, clock: Clock) -> None:
    made = opened(desk, clock, TRAINED)
    assert "发布为标签" in made.drawn()
    made.do("model-publish", ref="churn")
    page = made.drawn()
    assert "churn_score（第 1 版）" in page
    assert 'data-act="model-withdraw"' in page
    made.do("model-train", ref="churn")
    clock.pass_(4)
    assert "用新版本更新标签" in made.drawn()
    made.do("model-withdraw", ref="churn")
    assert "未发布" in made.drawn()


def test_the_card_holds_picture_sections_and_rhythm(desk: Desk, clock: Clock) -> None:
    made = opened(desk, clock, TRAINED)
    made.do("model-open", ref="churn")
    page = made.drawn()
    assert "谁会走。" in page
    assert "1,234 人有分数" in page
    assert "<svg" in page
    assert page.count('class="sheet"') >= 3
    assert 'data-form="model-schedule"' in page
    made.do("model-schedule", ref="churn", days="30")
    assert made.port.kept["churn"].every_days == 30
    with pytest.raises(InvalidPlanError):
        made.do("model-schedule", ref="churn", days="soon")
    made.do("model-close")
    assert "全部模型" not in made.drawn()


def test_a_card_that_is_not_there_yet_says_how_to_get_one(desk: Desk, clock: Clock) -> None:
    made = opened(desk, clock, NEVER)
    made.do("model-open", ref="churn")
    page = made.drawn()
    assert "还没有卡片" in page
    assert 'data-act="model-train"' in page


def test_drift_is_said_when_looked_at(desk: Desk, clock: Clock) -> None:
    made = opened(desk, clock, TRAINED)
    assert "没看过" in made.drawn()
    made.do("model-check", ref="churn")
    clock.pass_(4)
    assert "稳定（最大 0.03）" in made.drawn()


def test_who_may_not_manage_sees_no_such_buttons_and_cannot_send_them(desk: Desk, clock: Clock) -> None:
    made = opened(desk, clock, TRAINED, roles=("marketer",))
    page = made.drawn()
    assert "model-publish" not in page
    assert "manage_models" in page
    assert 'data-act="model-train"' in page
    with pytest.raises(NotAllowedError):
        made.do("model-publish", ref="churn")


def test_who_may_not_see_single_people_is_told_why(desk: Desk, clock: Clock) -> None:
    page = opened(desk, clock, TRAINED, roles=()).drawn()
    assert "您的角色不能使用模型" in page
    assert "AUC" not in page


def test_without_models_the_page_says_what_is_missing(desk: Desk, clock: Clock) -> None:
    assert "outreach" in opened(desk, clock).drawn()


def test_a_data_set_that_lost_its_models_is_no_fault_of_the_page(desk: Desk) -> None:
    session = arrive(desk)
    gone = actions(lambda _: None, lambda _: ModelsView())
    with pytest.raises(GoneError):
        list(gone["model-train"](session, Payload.of({"ref": "churn"})))


def test_all_words_are_there_in_both_languages(desk: Desk, clock: Clock) -> None:
    assert all(text.zh and text.en for text in MODELS_WORDS.values())
    made = opened(desk, clock, TRAINED)
    made.session.language = "en"
    page = made.drawn()
    assert "up to date" in page
    assert not [char for char in page if "\u4e00" <= char <= "\u9fff"]
