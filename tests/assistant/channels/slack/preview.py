"""Block Kit as a plain page, for looking at: `python -m tests.assistant.channels.slack.preview FOLDER` draws some scenes.

Each scene asks the scripted workspace through the real door and the fake Slack, and shows what stands in the channel and in
the direct message. With a Chromium at hand the pages become pictures as well.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from assistant.channels.scripted import ScriptedWorkspace
from tests.assistant.channels.slack.conftest import Kit
from tests.assistant.channels.slack.fake_slack import FakeSlack, Posted, running, user
from tools.chart import render_svg

STYLE = """
*{box-sizing:border-box}html[lang=en] body{font-family:"DejaVu Sans","Noto Sans CJK SC",sans-serif;font-size:13px}html[lang=en] table{font-size:11px}body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.46 "Noto Sans CJK SC",sans-serif}
main{display:flex;gap:20px;padding:16px;align-items:flex-start}.pane{flex:1;min-width:0;border:1px solid #ddd;border-radius:8px}
.pane>h2{margin:0;padding:10px 16px;border-bottom:1px solid #ddd;font-size:16px}.msg{padding:10px 16px}
.who{font-weight:700}.app{background:#ddd;border-radius:3px;font-size:10px;padding:1px 3px;font-weight:400;color:#555}
.only{background:#fdf6e3}.only .who:after{content:"  只有你能看到 · only visible to you";font-weight:400;color:#777;font-size:12px}
h3{margin:4px 0;font-size:18px}.section{white-space:pre-wrap;margin:4px 0}.context{color:#616061;font-size:13px;margin:4px 0}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:6px 0}.b{border:1px solid #bbb;border-radius:4px;padding:2px 10px;font-weight:600;font-size:13px}
.select:after{content:" ▾";color:#777}table{border-collapse:collapse;margin:6px 0;font-size:13px}td{border:1px solid #ddd;padding:3px 8px;white-space:nowrap}
tr:first-child td{font-weight:700;background:#f8f8f8}img{max-width:100%;border:1px solid #ddd;border-radius:8px;margin-top:6px}
pre{background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;white-space:pre-wrap;font-size:12px}.me{color:#616061}
"""
NAMES: Mapping[str, str] = {"U1": "Ana"}
SCENES: Mapping[str, Mapping[str, str]] = {
    "answer": {"zh": "大概上个月各大区销售额", "en": "Roughly, sales by region last month"},
    "clarification": {"zh": "单价超过500的客户", "en": "Customers with a price above 500"},
    "refusal": {"zh": "写一首诗", "en": "Write a poem"},
    "people": {
        "zh": "上海有流失风险的高价值客户有哪些？",
        "en": "Which high-value customers in Shanghai are at churn risk?",
    },
}


def render(block: Mapping[str, Any]) -> str:
    """One block as HTML."""
    match block["type"]:
        case "header":
            return f"<h3>{_text(block['text'])}</h3>"
        case "section":
            return f"<div class=section>{_text(block['text'])}</div>"
        case "context":
            return f"<div class=context>{' · '.join(_text(one) for one in block['elements'])}</div>"
        case "actions":
            return f"<div class=actions>{''.join(_element(one) for one in block['elements'])}</div>"
        case "input":
            return f"<div class=section>{_text(block['label'])}</div>{_element(block['element'])}"
        case "table":
            align = [one.get("align", "left") for one in block["column_settings"]]
            rows = "".join(f"<tr>{_row(row, align)}</tr>" for row in block["rows"])
            return f"<table>{rows}</table>"
        case "rich_text":
            runs = (run["text"] for one in block["elements"] for run in one["elements"])
            return "".join(f"<pre>{escape(run)}</pre>" for run in runs)
        case kind:
            raise ValueError(f"a block of type {kind!r} cannot be drawn")


def _row(row: list[Mapping[str, Any]], align: list[str]) -> str:
    return "".join(f'<td style="text-align:{a}">{escape(c["text"])}</td>' for c, a in zip(row, align, strict=True))


def _text(text: Mapping[str, Any]) -> str:
    if text["type"] == "plain_text":
        return escape(text["text"])
    return re.sub(
        r"<@(\w+)>", lambda found: f"<b>@{NAMES.get(found.group(1), found.group(1))}</b>", text["text"]
    )  # escaped by its maker


def _element(element: Mapping[str, Any]) -> str:
    if element["type"] == "button":
        return f"<span class=b>{_text(element['text'])}</span>"
    return f'<span class="b select">{_text(element.get("placeholder", {"type": "plain_text", "text": ""}))}</span>'


def page(slack: FakeSlack, asked: str, language: str) -> str:
    """What a person sees in the channel and in the direct message."""
    panes = "".join(
        _pane(slack, name, title, asked) for name, title in (("C1", "# 销售 sales"), ("DU1", "群像 Qunxiang"))
    )
    return f"<!doctype html><html lang={language}><meta charset=utf-8><style>{STYLE}</style><main>{panes}</main>"


def _pane(slack: FakeSlack, channel: str, title: str, asked: str) -> str:
    mine = f'<div class="msg me"><span class=who>Ana</span> @Qunxiang {escape(asked)}</div>' if channel == "C1" else ""
    shown = "".join(_message(slack, one) for one in slack.messages if one.channel == channel)
    return f"<div class=pane><h2>{title}</h2>{mine}{shown}</div>" if shown else ""


def _message(slack: FakeSlack, one: Posted) -> str:
    blocks = "".join(render(block) for block in one.blocks)
    files = [f for f in slack.files if f.channel == one.channel and f.thread in (one.thread, one.ts)]
    kind = "msg only" if one.only else "msg"
    head = "<span class=who>Qunxiang</span> <span class=app>APP</span>"
    return f'<div class="{kind}">{head}{blocks}{"".join(_pictures(files))}</div>'


def _pictures(files: list[Any]) -> Iterator[str]:
    for one in files:
        if one.content.startswith(b"<svg"):
            data = base64.b64encode(one.content).decode()
            yield f'<img alt="{escape(one.described)}" src="data:image/svg+xml;base64,{data}">'


def scene(folder: Path, question: str, language: str) -> str:
    """The page of one question."""
    with running(FakeSlack()) as slack:
        slack.users["U1"] = user("U1", locale="zh-CN" if language == "zh" else "en-GB")
        kit = Kit(slack, folder)
        kit.workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: render_svg(chart, dark=dark))
        kit.door = kit.new_door()
        kit.start()
        kit.mention(question)
        kit.slack.wait(lambda: slack.messages)
        kit.wait_idle(60)
        drawn = page(slack, question, language)
        kit.door.stop()
        return drawn


def draw(folder: Path) -> None:
    """All scenes in both languages as pages, and as pictures when `CHROMIUM` names a browser or one is found."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, questions in SCENES.items():
        for language, question in questions.items():
            file = folder / f"slack-{name}-{language}.html"
            with tempfile.TemporaryDirectory() as work:
                file.write_text(scene(Path(work), question, language), encoding="utf-8")
            made.append(file)
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if browser:
        _photograph(made, browser)


def _photograph(pages: list[Path], browser: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        view = chromium.new_page(viewport={"width": 1180, "height": 300})
        for one in pages:
            view.goto(one.resolve().as_uri())
            view.screenshot(path=one.with_suffix(".png"), full_page=True)
        chromium.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
