"""What the page draws and does, without a browser: words, escaping, suspicion towards what is sent, whose data is shown."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from assistant.answer import Answer, Event, Finished
from assistant.channels import scripted_answers
from assistant.channels.gradio.desk import ACTIONS, Desk
from assistant.channels.gradio.markup import Html, element, join
from assistant.channels.gradio.page import STYLES, asset
from assistant.channels.gradio.payload import LONGEST, Payload
from assistant.channels.gradio.picture import inline_svg
from assistant.channels.gradio.screen import draw
from assistant.channels.gradio.tables import SHOWN_ROWS, render_table
from assistant.channels.gradio.words import WORDS, say
from assistant.channels.scripted import ScriptedWorkspace
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind
from semantic_layer.table import ResultColumn, Table
from tests.assistant.channels.desks import arrive, do

PACKAGE = Path(__file__).resolve().parents[3] / "assistant" / "channels" / "gradio"


# --- words


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_exists_in_both_languages_with_the_same_values(key: str) -> None:
    words = WORDS[key]
    assert words.zh
    assert words.en

    def fields(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert fields(words.zh) == fields(words.en)


def test_every_kind_of_chart_page_and_definition_has_a_name() -> None:
    for key in (*(f"kind_{kind.value}" for kind in ChartKind), "kind_tag", "kind_metric", "kind_dimension"):
        assert key in WORDS


def test_every_word_asked_for_in_the_code_is_defined_and_every_defined_word_is_asked_for() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py") if not path.stem.endswith("words"))
    asked = set(re.findall(r"""say(?:_count)?\(\s*[\w.]+,\s*["'](\w+)["']""", code)) | set(
        re.findall(r'WORDS\["(\w+)"\]', code)
    )
    assert asked <= set(WORDS)
    quoted = set(re.findall(r"""["'](\w+)["']""", code))
    families = (
        *("kind_", "export_", "did_", "format_", "tab_", "mode_", "scope_", "outcome_", "reader_", "door_"),
        *(
            "state_",
            "task_",
            "verdict_",
            "tier_",
            "moment_",
            "ledger_",
            "draft_",
            "load_",
            "delimiter_",
            "step_",
            "part_",
            "model_",
        ),
    )
    made = {key for key in WORDS if key.startswith(families)}
    made |= {key for key in WORDS if key.removesuffix("_one") != key and key.removesuffix("_one") in quoted}
    assert set(WORDS) - made <= quoted


# --- markup


def test_text_is_escaped_and_markup_is_not_escaped_twice() -> None:
    inner = element("b", "<i>&")
    assert element("p", inner, title='"quoted"') == '<p title="&quot;quoted&quot;"><b>&lt;i&gt;&amp;</b></p>'
    assert join("<", Html("<br>")) == "&lt;<br>"


def test_a_picture_loses_scripts_handlers_links_and_outside_addresses() -> None:
    drawn = inline_svg(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='4' height='3' onload='x()'>"
        "<script>x()</script><a href='http://example.com'><text>in</text></a><rect fill='url(http://example.com/a)' width='1'/>"
        "<use xlink:href='http://example.com/b'/><foreignObject><p>no</p></foreignObject><text>a &lt; b</text></svg>",
        label="A “picture”",
    )
    for bad in ("script", "onload", "example.com", "foreignObject", "<a "):
        assert bad not in drawn
    assert "<text>a &lt; b</text>" in drawn
    assert 'viewBox="0 0 4 3"' in drawn
    assert 'role="img"' in drawn


def test_a_picture_that_is_no_drawing_becomes_its_words() -> None:
    assert inline_svg("not a picture", label="<words>") == '<p class="quiet">&lt;words&gt;</p>'


def test_a_long_table_shows_some_rows_and_says_how_many_there_are() -> None:
    table = Table(
        (ResultColumn(name="n", label=Text("数", "Number"), role="metric", unit=Unit.COUNT),),
        tuple((i * 1000,) for i in range(300)),
        total_rows=12_345,
    )
    drawn = render_table(table, "en", caption="Table", currency="CNY")
    assert drawn.count("<tr>") == SHOWN_ROWS + 1
    assert "First 200 of 12,345 rows" in drawn
    assert '<td class="number" data-value="199000">199,000</td>' in drawn


def test_masked_cells_look_masked_and_missing_ones_missing() -> None:
    columns = (
        ResultColumn(name="phone", label=Text("手机", "Phone"), role="attribute", masked=True),
        ResultColumn(name="city", label=Text("城市", "City"), role="attribute"),
    )
    drawn = render_table(Table(columns, (("138****1", None),)), "en", caption="People", currency="CNY")
    assert '<span class="masked" title="Masked for your role">138****1</span>' in drawn
    assert '<td class="text none">–</td>' in drawn


def test_hostile_values_are_text_wherever_they_stand(desk: Desk) -> None:
    session = arrive(desk)
    do(desk, session, act="ask", text="销售额" + scripted_answers.HOSTILE)
    drawn = "".join(html for name, html in session.drawn.items() if name not in ("frame", "files"))
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "&lt;script&gt;" in drawn


# --- what is sent is not trusted


@pytest.mark.parametrize("sent", [None, 3, "text", [], {"act": 3}, {"act": "no such action"}, {"act": "x" * 10}])
def test_what_is_no_action_changes_nothing(desk: Desk, sent: object) -> None:
    session = arrive(desk)
    assert list(desk.handle(session, None, Payload.of(sent))) == []


@pytest.mark.parametrize(
    "act", sorted(set(ACTIONS) - {"ask", "page", "language", "dataset", "ground", "stop", "new", "segment-open"})
)
def test_an_action_on_something_that_is_not_there_ends_in_words(desk: Desk, act: str) -> None:
    session = arrive(desk)
    drawn = do(desk, session, act=act, turn="t99", ref="nothing", index=7)
    assert session.notice is None or session.notice.text
    assert "Traceback" not in "".join(drawn.values())


def test_positions_outside_an_answer_are_refused(desk: Desk) -> None:
    session = arrive(desk)
    do(desk, session, act="ask", text="上海高价值客户")
    for index in (-1, 99, "1; drop", True, None):
        do(desk, session, act="step", turn=session.turns[0].id, index=index)
    assert len(session.turns) == 1
    assert session.notice is not None
    assert session.notice.bad


def test_payload_reads_only_plain_short_fields() -> None:
    payload = Payload.of({"a": "x" * (LONGEST + 5), "n": "12", "b": True, "many": ["a", 1, "b"]})
    assert len(payload.text("a")) == LONGEST
    assert (payload.number("n"), payload.number("b"), payload.number("a")) == (12, -1, -1)
    assert payload.texts("many") == ("a", "b")
    assert payload.text("missing") == ""


def test_sessions_do_not_share_anything_they_can_change(desk: Desk) -> None:
    first, second = arrive(desk, "a"), arrive(desk, "b")
    do(desk, first, act="ask", text="上海高价值客户")
    assert second.turns == []
    assert first.conversation != second.conversation
    do(desk, second, act="select", turn=first.turns[0].id)
    assert second.selected == ""


# --- drawing


def test_only_regions_that_changed_are_sent_with_rising_revisions(desk: Desk) -> None:
    session = arrive(desk)
    before = draw(session)
    assert "talk" in before
    assert draw(session) == {}
    do(desk, session, act="language", ref="en")
    assert draw(session) == {}
    session.notify("new")
    after = draw(session)
    assert set(after) == {"notice"}
    assert int(after["notice"].split("\n")[0]) > int(before["talk"].split("\n")[0])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_frame_follows_the_language_and_the_answer_keeps_its_own(desk: Desk, language: Language) -> None:
    session = arrive(desk, language=language)
    do(desk, session, act="ask", text="上海高价值客户")
    assert say(language, "save_segment") in session.drawn["result"]
    assert "上海有流失风险的高价值客户共 214 人" in session.drawn["result"]


def test_follow_ups_that_come_after_the_reply_are_added_to_it(
    desk: Desk, workspace: ScriptedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = scripted_answers.audience("a", "q", "zh")
    bare = scripted_answers.replace(reply, follow_ups=())

    def stream(text: str, **_: object) -> list[Event]:
        return [Finished(reply=bare), Finished(reply=reply)]

    monkeypatch.setattr(
        type(workspace.assistant("retail")), "stream", lambda self, text, **given: stream(text, **given)
    )
    session = arrive(desk)
    events = desk.handle(session, None, Payload.of({"act": "ask", "text": "谁"}))
    seen = [session.running is None for _ in events]
    assert seen == [False, True, True]
    answer = session.turns[0].reply
    assert isinstance(answer, Answer)
    assert answer.follow_ups == reply.follow_ups


def test_a_bug_is_shown_as_a_number_and_the_page_goes_on(
    desk: Desk, workspace: ScriptedWorkspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: object, text: str, **_: object) -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr(type(workspace.assistant("retail")), "stream", broken)
    session = arrive(desk)
    drawn = do(desk, session, act="ask", text="谁")
    assert re.search(r"编号 [0-9a-f]{8}", drawn["result"])
    assert "secret" not in "".join(drawn.values())
    assert "the secret inside" in caplog.text
    assert session.running is None


def test_leaving_stops_the_work_and_removes_files_that_were_not_fetched(desk: Desk) -> None:
    session = arrive(desk)
    do(desk, session, act="ask", text="销售额")
    do(desk, session, act="picture", turn=session.turns[0].id, ref="svg")
    path = session.outbox[0]
    assert path.exists()
    events = desk.handle(session, None, Payload.of({"act": "ask", "text": "慢"}))
    next(events)
    running = session.running
    assert running is not None
    desk.leave("tab", None)
    assert running.cancel.pressed
    assert not path.exists()


def test_the_page_asks_nothing_of_other_machines() -> None:
    for name in (*STYLES, "page.js"):
        assert "http://" not in asset(name)
        assert "https://" not in asset(name)
        assert "@import" not in asset(name)


# --- the look


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "under"),
    [
        ("text", "ground"),
        ("text", "raised"),
        ("text", "accent-soft"),
        ("quiet", "ground"),
        ("quiet", "raised"),
        ("quiet", "accent-soft"),
        ("accent-text", "ground"),
        ("on-accent", "accent"),
        ("good", "ground"),
        ("bad", "ground"),
    ],
)
def test_text_stands_out_enough_to_be_read(ground: str, text: str, under: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", asset("page.css"), flags=re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[0 if ground == "light" else 1]))
    assert contrast(colours[text], colours[under]) >= 4.5
