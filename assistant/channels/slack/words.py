"""Every word that the product says in Slack in both languages. Answers bring their own words; these are the frame."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from semantic_layer.errors import Language, Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        # working
        "starting": Text("正在理解问题…", "Understanding the question…"),
        "waiting": Text(
            "排队中：先回答这个对话里前面的 {n} 个问题。", "Waiting: {n} earlier questions of this thread come first."
        ),
        "waiting_one": Text(
            "排队中：先回答这个对话里前面的问题。", "Waiting: an earlier question of this thread comes first."
        ),
        "busy": Text("现在问的人太多，没有接下这个问题。请过一会儿再问。", "Too many questions at once; this one was not taken. Ask again in a while."),
        "stop": Text("停止", "Stop"),
        "stopped": Text("已停止。", "Stopped."),
        "only_asker_stops": Text("只有提问的人可以停止。", "Only the person who asked can stop it."),
        "failed": Text("出了问题，没有得到回答。请把编号 {id} 告诉管理员。", "Something went wrong and there is no answer. Tell the administrator this number: {id}."),
        "not_taken": Text("Slack 没有接受回答（{code}）。请再试一次，或在浏览器中提问。", "Slack did not take the answer ({code}). Try again, or ask in the browser."),
        "opening": Text("正在打开…", "Opening…"),
        "gone": Text("这个按钮已经失效，请重新提问。", "This button is no longer valid. Ask the question again."),
        # people
        "connect": Text(
            "你的 Slack 身份还没有对应的账号，所以这里什么也不能回答。请把下面这一行发给管理员，请他在你的账号里添加这个身份：\n{identity}",
            "Your Slack user has no account here, so nothing can be answered. Send the line below to the administrator, to be added to your account as an identity:\n{identity}",
        ),
        "outsider": Text(
            "访客和其他组织的成员不能在这里提问。", "Guests and people of other organisations cannot ask questions here."
        ),
        "cannot_check": Text(
            "现在无法向 Slack 核对你是谁，请稍后再试。", "Slack could not be asked who you are. Try again in a moment."
        ),
        "no_role": Text(
            "你在数据集「{name}」里没有角色。你可以用：{allowed}。", "You have no role in the data set {name!r}. You may use: {allowed}."
        ),
        # where it is shown
        "private_note": Text("回答已私下发给 ", "The answer was sent privately to "),
        "list_note": Text("名单等内容已私下发给 ", "What is about single people was sent privately to "),
        "after_name": Text("：{why}", ": {why}"),
        "why_readers": Text(
            "这里不是每个人都有同样的数据权限，目前也没有人可以把回答转给权限不同的人。",
            "not everybody here may see the same data, and for now nobody may pass an answer on to people with other rights.",
        ),
        "why_persons": Text(
            "内容涉及具体的人或人数很少的群体，不在频道里显示。",
            "it is about single people or a very small group, which is not shown in a channel.",
        ),
        "why_list": Text("名单和文件不在频道里显示。", "lists of people and files are not shown in a channel."),
        "why_unknown": Text(
            "无法确认这里有哪些人，所以不公开显示。", "it could not be found out who can read this channel."
        ),
        "why_many": Text(
            "能看到这里的人太多，无法逐个确认权限。", "too many people can read this channel to check the rights of each."
        ),
        "why_shared": Text("这个频道与其他组织共享。", "this channel is shared with another organisation."),
        "why_error": Text("出错信息只给提问的人看。", "what went wrong is told to the asker only."),
        "why_other": Text("按按钮的人按自己的权限得到回答。", "whoever presses a button is answered under their own rights."),
        "from_channel": Text("来自频道里的提问：{question}", "Asked in a channel: {question}"),
        "not_there": Text(
            "群像不在那个频道里，所以在这里回答。请先邀请它加入频道。",
            "Qunxiang is not in that channel, so the answer is here. Invite it to the channel first.",
        ),
        # notes
        "not_used": Text("没有用到：", "Not used: "),
        "not_understood": Text("没有理解：", "Not understood: "),
        "read_as": Text("「{words}」理解为「{meaning}」", "“{words}” was read as “{meaning}”"),
        "by_default": Text("「{words}」按约定指「{meaning}」", "“{words}” means “{meaning}” by convention"),
        "comma": Text("、", ", "),
        # an answer
        "asked": Text("问题：{question}", "Question: {question}"),
        "remove": Text("去掉 {what}", "Remove {what}"),
        "removed": Text("去掉「{what}」", "without “{what}”"),
        "change": Text("{what} ▾", "{what} ▾"),
        "conditions": Text("查询：{what}", "Asked for: {what}"),
        "emptied": Text("「{what}」这个条件之后没有人了。放宽后会有：", "Nobody is left after “{what}”. With a looser condition:"),
        "people_count": Text("{what}（{n} 人）", "{what} ({n} people)"),
        "steps": Text("逐步筛选：{what}", "Step by step: {what}"),
        "first_rows": Text("前 {shown} 行，共 {total} 行；其余请在浏览器中查看或导出。", "First {shown} of {total} rows; open in browser or export for the rest."),
        "first_columns": Text("只显示前 {shown} 列，共 {total} 列。", "First {shown} of {total} columns."),
        "first_people": Text("抽样显示 {shown} 人，共 {total} 人。", "A sample of {shown} out of {total} people."),
        "cut": Text("内容太长，这里没有全部显示。", "Too long to show in full here."),
        "more_buttons": Text("还有 {n} 个选项没有显示，请直接用文字回答。", "{n} more choices are not shown; answer in words."),
        "follow_ups": Text("接着问：", "Ask next:"),
        "suggestions": Text("可以改问：", "You could ask:"),
        "choose": Text("请选一个，也可以直接用文字回答。", "Choose one, or answer in words."),
        "how": Text("怎么算的", "How"),
        "save": Text("保存人群", "Save segment"),
        "export": Text("导出", "Export"),
        "open": Text("在浏览器中打开", "Open in browser"),
        "good": Text("有用", "Helpful"),
        "bad": Text("不对", "Not right"),
        "thanks": Text("谢谢，已记下。", "Thank you, noted."),
        "as_of": Text("数据截至 {date}", "data until {date}"),
        "took": Text("{n} 秒", "{n} s"),
        # dialogs
        "close": Text("关闭", "Close"),
        "cancel": Text("取消", "Cancel"),
        "plan": Text("理解为", "Read as"),
        "definitions": Text("用到的定义", "Definitions used"),
        "owner": Text("负责人 {owner} · 版本 {version}", "owner {owner} · version {version}"),
        "no_sql": Text("这个回答没有用到 SQL。", "No SQL was needed for this answer."),
        "segment_name": Text("人群名称", "Name of the segment"),
        "saving": Text("正在保存…", "Saving…"),
        "saved": Text("人群「{name}」已保存：{n} 人。", "Segment “{name}” was saved: {n} people."),
        "not_people": Text("这个回答不是一群人，不能保存为人群。", "This answer is not about people and cannot be saved as a segment."),
        "export_here": Text("请在与群像的私聊里导出。", "Export from the direct message with Qunxiang."),
        "nothing_to_export": Text("这个回答没有可以导出的表格或名单。", "This answer has no table and no list to take away."),
        "part": Text("导出什么", "What to export"),
        "part_table": Text("表格", "Table"),
        "part_people": Text("名单", "List of people"),
        "format": Text("格式", "Format"),
        "purpose": Text("用途", "Purpose"),
        "no_purpose": Text("不指定", "none"),
        "columns_table": Text("表格的列", "Columns of the table"),
        "columns_people": Text("名单的列", "Columns of the list"),
        "column_needed": Text("请至少选一列。", "Choose at least one column."),
        "writing": Text("正在生成文件…", "Writing the file…"),
        "written": Text("文件已发到私聊：{name}", "The file is in the direct message: {name}"),
        "submit": Text("确定", "OK"),
        # the command and the home page
        "help": Text(
            "在频道里提到群像，或在私聊里直接提问；一个消息列里的问题前后相关。\n"
            "/ask 问题 — 提问\n/ask data — 看有哪些数据集\n/ask data 名称 — 在这里改用另一个数据集\n/ask new — 重新开始\n/ask help — 这段说明",
            "Mention Qunxiang in a channel, or write to it directly; questions of one thread build on each other.\n"
            "/ask QUESTION — ask\n/ask data — which data sets there are\n/ask data NAME — use another data set here\n/ask new — start over\n/ask help — this text",
        ),
        "datasets": Text("可以用的数据集：{names}。现在用的是 {now}。", "Data sets you may use: {names}. In use here: {now}."),
        "dataset_now": Text("这里现在用数据集「{name}」。", "The data set here is now {name}."),
        "dataset_unknown": Text("没有名为「{name}」的数据集。可以用：{names}。", "No data set is called {name!r}. You may use: {names}."),
        "started_over": Text("已重新开始。", "Started over."),
        "new_thread": Text("频道里每个新的消息列就是一段新的对话，不需要重新开始。", "In a channel every new thread is a new conversation; there is nothing to start over."),
        "home_title": Text("想了解哪些客户？", "Which customers would you like to know about?"),
        "home_how": Text("在频道里提到我，或在私聊里直接提问。可以这样问：", "Mention me in a channel or write to me directly. For example:"),
        # state of the door
        "off": Text("Slack：未启用", "Slack: off"),
        "connecting": Text("Slack：正在连接", "Slack: connecting"),
        "unreachable": Text("Slack：连不上（{code}），会继续尝试", "Slack: cannot be reached ({code}); trying again"),
        "connected": Text("Slack：已连接（Socket Mode）", "Slack: connected (socket mode)"),
        "reconnecting": Text("Slack：连接断开，正在重连", "Slack: disconnected, connecting again"),
        "listening": Text("Slack：已就绪（HTTP）", "Slack: ready (HTTP)"),
        "revoked": Text("Slack：已停止，令牌失效（{code}）。请更换 QUNXIANG_SLACK_BOT_TOKEN 或 QUNXIANG_SLACK_APP_TOKEN 并重启。",
                        "Slack: stopped, a token is no longer valid ({code}). Replace QUNXIANG_SLACK_BOT_TOKEN or QUNXIANG_SLACK_APP_TOKEN and restart."),
        "ended": Text("Slack：已停止", "Slack: stopped"),
        "needs_accounts": Text("这台机器还没有账号，Slack 不能启用。请先用 qunxiang users add 建立账号。", "There are no accounts on this machine, so Slack cannot be used. Make accounts first with: qunxiang users add."),
        "needs_setting": Text("启用 Slack 还需要设置 {names}。", "To use Slack, also set {names}."),
    }
)  # fmt: skip


def say(language: Language, key: str, /, **filled: str | int) -> str:
    """A word of the frame, with its places filled."""
    return WORDS[key].in_(language).format(**filled)


def fill(key: str, /, **filled: str | int) -> Text:
    """The same in both languages."""
    return Text(WORDS[key].zh.format(**filled), WORDS[key].en.format(**filled))
