"""Every word of the screen in both languages. Answers bring their own words; these are the frame around them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from assistant.channels.gradio.boards_words import BOARDS_WORDS
from assistant.channels.gradio.campaigns_words import CAMPAIGNS_WORDS
from assistant.channels.gradio.data_words import DATA_WORDS
from assistant.channels.gradio.models_words import MODELS_WORDS
from assistant.channels.gradio.office_words import OFFICE_WORDS
from assistant.channels.gradio.people_words import PEOPLE_WORDS
from assistant.channels.gradio.review_words import REVIEW_WORDS
from semantic_layer.errors import Language, Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        **BOARDS_WORDS,
        **CAMPAIGNS_WORDS,
        **DATA_WORDS,
        **MODELS_WORDS,
        **OFFICE_WORDS,
        **PEOPLE_WORDS,
        **REVIEW_WORDS,
        "brand": Text("群像", "Qunxiang"),
        "page_title": Text("群像", "Qunxiang"),
        "navigation": Text("导航", "Navigation"),
        "ask": Text("问答", "Ask"),
        "segments": Text("人群", "Segments"),
        "catalogue": Text("标签与指标", "Catalogue"),
        "data_until": Text("数据截至 {date}", "data until {date}"),
        "dataset": Text("数据集", "Data set"),
        "opening": Text("正在打开 {what}…", "Opening {what}…"),
        "language": Text("语言", "Language"),
        "other_language": Text("EN", "中文"),
        "other_language_long": Text("Switch to English", "切换到中文"),
        "skip": Text("跳到提问框", "Skip to the question box"),
        # asking
        "conversation": Text("对话", "Conversation"),
        "result": Text("结果", "Result"),
        "placeholder": Text("输入问题，回车发送", "Type a question, Enter to send"),
        "question_box": Text("问题", "Question"),
        "send": Text("发送", "Ask"),
        "stop": Text("停止", "Stop"),
        "new_conversation": Text("新对话", "New conversation"),
        "empty_title": Text("想了解哪些客户？", "Which customers would you like to know about?"),
        "try_these": Text("可以这样问", "For example"),
        "no_result": Text("回答会显示在这里。", "The answer appears here."),
        "starting": Text("理解问题…", "Understanding…"),
        "seconds": Text("{n} 秒", "{n} s"),
        "stopped": Text("已停止。", "Stopped."),
        "ask_again": Text("重新提问", "Ask again"),
        "asks_back": Text("需要确认", "asks back"),
        "declined": Text("未作答", "not answered"),
        "completions": Text("补全", "Completions"),
        # what was done, as a turn of the conversation
        "did_remove": Text("去掉「{what}」", "without “{what}”"),
        "did_change": Text("改为「{what}」", "changed to “{what}”"),
        "did_choose": Text("{what}", "{what}"),
        "did_step": Text("查看「{what}」这一步", "the step “{what}”"),
        "did_relax": Text("放宽为「{what}」", "relaxed to “{what}”"),
        "did_segment": Text("人群「{what}」", "segment “{what}”"),
        # notes
        "not_used": Text("没有用到：", "Not used: "),
        "not_understood": Text("没有理解：", "Not understood: "),
        "read_as": Text("「{words}」理解为「{meaning}」", "“{words}” was read as “{meaning}”"),
        "by_default_word": Text("「{words}」按约定指「{meaning}」", "“{words}” means “{meaning}” by convention"),
        "list_comma": Text("、", ", "),
        # chips
        "conditions": Text("查询条件", "What was asked"),
        "remove_chip": Text("去掉 {what}", "Remove {what}"),
        "edit_chip": Text("修改 {what}", "Change {what}"),
        "add_condition": Text("+ 条件", "+ condition"),
        "only": Text("只看", "only "),
        "default_mark": Text("默认", "default"),
        # views
        "views": Text("结果视图", "Views of the result"),
        "chart": Text("图", "Chart"),
        "table": Text("表", "Table"),
        "people": Text("人", "People"),
        "how": Text("怎么算的", "How"),
        "details": Text("详情", "Details"),
        "chart_kind": Text("图形", "Chart type"),
        "kind_tile": Text("数字", "Number"),
        "kind_line": Text("折线", "Line"),
        "kind_area": Text("面积", "Area"),
        "kind_bar": Text("条形", "Bar"),
        "kind_column": Text("柱状", "Column"),
        "kind_pie": Text("饼图", "Pie"),
        "kind_stacked": Text("堆叠", "Stacked"),
        "kind_scatter": Text("散点", "Scatter"),
        "kind_heatmap": Text("热力", "Heat map"),
        "kind_waterfall": Text("漏斗", "Steps"),
        "kind_venn": Text("交集", "Overlap"),
        "kind_none": Text("不画图", "No chart"),
        "waterfall": Text("逐步筛选", "Step by step"),
        "waterfall_hint": Text("点击任一步查看这些人", "Choose a step to see its people"),
        "open_step": Text("{what}，{n} 人，查看", "{what}, {n} people, open"),
        "open_step_one": Text("{what}，1 人，查看", "{what}, 1 person, open"),
        "emptied": Text("「{what}」这个条件之后没有人了。", "Nobody is left after “{what}”."),
        "relax": Text("放宽后会有", "With a looser condition"),
        "people_count": Text("{n} 人", "{n} people"),
        "people_count_one": Text("1 人", "1 person"),
        "profile": Text("人群特征", "What is special about them"),
        "profile_against": Text("对比 {base}（{n} 人）", "against {base} ({n} people)"),
        "profile_mark": Text("竖线为基准占比", "the vertical line is the base"),
        "group": Text("这群人", "These people"),
        "tgi": Text("TGI", "TGI"),
        "tgi_title": Text(
            "TGI = 这群人中的占比 ÷ 基准占比 × 100；100 为持平",
            "TGI = share here ÷ share in the base × 100; 100 is even",
        ),
        "more_values": Text("全部 {n} 项", "All {n} values"),
        "more_fields": Text("其余 {n} 个特征", "{n} more traits"),
        "more_fields_one": Text("其余 1 个特征", "1 more trait"),
        "rows_shown": Text("显示前 {shown} 行，共 {total} 行", "First {shown} of {total} rows"),
        "rows_all": Text("共 {total} 行", "{total} rows"),
        "rows_all_one": Text("共 1 行", "1 row"),
        "people_sample": Text("抽样显示 {shown} 人，共 {total} 人", "A sample of {shown} out of {total} people"),
        "masked": Text("已遮盖", "masked"),
        "masked_hint": Text("按权限遮盖", "Masked for your role"),
        "yes": Text("是", "yes"),
        "no": Text("否", "no"),
        "sort_by": Text("按 {what} 排序", "Sort by {what}"),
        "empty_table": Text("没有行。", "No rows."),
        # how
        "plan": Text("理解为", "Read as"),
        "definitions": Text("用到的定义", "Definitions used"),
        "origins": Text("数据来源", "Where the columns come from"),
        "owner": Text("负责人", "Owner"),
        "version": Text("版本", "Version"),
        "freshness": Text("更新", "Freshness"),
        "sql": Text("SQL", "SQL"),
        "copy": Text("复制", "Copy"),
        "copied": Text("已复制", "Copied"),
        "understood_by": Text("理解方式", "Understood by"),
        "timing": Text("用时", "Time"),
        "time_interpret": Text("理解", "understand"),
        "time_compile": Text("编译", "compile"),
        "time_run": Text("计算", "compute"),
        "time_rest": Text("整理与画图", "word and draw"),
        "time_total": Text("合计", "in all"),
        "as_of": Text("数据截至", "Data until"),
        "kind_metric": Text("指标", "Metric"),
        "kind_tag": Text("标签", "Tag"),
        "kind_dimension": Text("维度", "Dimension"),
        # actions
        "actions": Text("操作", "Actions"),
        "follow_ups": Text("接着问", "Ask next"),
        "suggestions": Text("可以改问", "You could ask"),
        "options": Text("请选一个，也可以直接用文字回答", "Choose one, or answer in words"),
        "save_segment": Text("保存人群", "Save segment"),
        "export": Text("导出", "Export"),
        "download_picture": Text("下载图片", "Download picture"),
        "file_ready": Text("文件已生成", "The file is ready"),
        "download_file": Text("下载 {name}", "Download {name}"),
        # dialogs
        "cancel": Text("取消", "Cancel"),
        "save": Text("保存", "Save"),
        "segment_name": Text("人群名称", "Name of the segment"),
        "name_needed": Text("请输入名称。", "A name is needed."),
        "saved": Text("已保存人群「{name}」。", "Segment “{name}” was saved."),
        "open_segments": Text("查看人群", "Open segments"),
        "export_title": Text("导出「{what}」", "Export “{what}”"),
        "export_what": Text("内容", "Content"),
        "export_table": Text("结果表", "Result table"),
        "export_people": Text("名单", "List of people"),
        "format": Text("格式", "Format"),
        "format_csv": Text("CSV", "CSV"),
        "format_xlsx": Text("Excel（XLSX）", "Excel (XLSX)"),
        "bom": Text(
            "加 BOM，便于 Excel 直接打开中文 CSV", "Add a byte order mark so that Excel opens the CSV correctly"
        ),
        "purpose": Text("用途", "Purpose"),
        "purpose_none": Text("请选择（导出名单时必选）", "Choose one (needed for lists of people)"),
        "columns": Text("列", "Columns"),
        "column_personal": Text("个人信息", "personal"),
        "column_contact": Text("联系方式", "contact"),
        "export_note": Text(
            "每次导出都会留下记录：谁、何时、用途、行数。", "Every export is recorded: who, when, why, how many rows."
        ),
        "download": Text("下载", "Download"),
        "writing": Text("正在生成文件…", "Writing the file…"),
        "column_needed": Text("至少选一列。", "Choose at least one column."),
        # segments page
        "no_segments": Text("还没有保存的人群", "No segments yet"),
        "no_segments_hint": Text(
            "先问一个关于人的问题，再点「保存人群」。", "Ask about people first, then choose “Save segment”."
        ),
        "go_ask": Text("去提问", "Ask a question"),
        "segment": Text("人群", "Segment"),
        "words_of": Text("条件", "Conditions"),
        "count": Text("人数", "People"),
        "updated": Text("更新", "Updated"),
        "recount": Text("重新计数", "Recount"),
        "rename": Text("重命名", "Rename"),
        "delete": Text("删除", "Delete"),
        "deleted": Text("已删除人群「{name}」。", "Segment “{name}” was deleted."),
        "undo": Text("撤销", "Undo"),
        "restored": Text("已恢复人群「{name}」。", "Segment “{name}” is back."),
        "renamed": Text("已改名为「{name}」。", "Renamed to “{name}”."),
        "recounted": Text("「{name}」现有 {n} 人。", "“{name}” has {n} people now."),
        "recounted_one": Text("「{name}」现有 1 人。", "“{name}” has 1 person now."),
        "combine": Text("组合", "Combine"),
        "combine_title": Text("把两个人群组合成新的人群", "Make a new segment from two"),
        "first": Text("第一个人群", "First segment"),
        "second": Text("第二个人群", "Second segment"),
        "operation": Text("方式", "How"),
        "union": Text("∪ 在任一人群中", "∪ in either"),
        "intersection": Text("∩ 同时在两个人群中", "∩ in both"),
        "difference": Text("− 在第一个、不在第二个中", "− in the first, not the second"),
        "new_name": Text("新名称", "New name"),
        "create": Text("创建", "Create"),
        "not_counted": Text("未计数", "not counted"),
        "actions_of": Text("{name} 的操作", "Actions for {name}"),
        # catalogue page
        "search": Text("搜索标签、指标、维度", "Search tags, metrics, dimensions"),
        "search_label": Text("搜索", "Search"),
        "all": Text("全部", "All"),
        "tags": Text("标签", "Tags"),
        "metrics": Text("指标", "Metrics"),
        "dimensions": Text("维度", "Dimensions"),
        "kind": Text("类型", "Kind"),
        "category": Text("类别", "Category"),
        "found": Text("{n} 项", "{n} entries"),
        "found_one": Text("1 项", "1 entry"),
        "nothing_found": Text("没有与「{search}」相符的定义。", "Nothing is defined that fits “{search}”."),
        "clear_search": Text("清除条件", "Clear the search"),
        "pick_definition": Text("选一项查看定义。", "Choose an entry to read its definition."),
        "ask_about": Text("用它提问", "Ask about it"),
        # failures
        "went_wrong": Text("出了问题，编号 {id}。", "Something went wrong, number {id}."),
        "went_wrong_hint": Text(
            "请重试；若再次出现，把编号告诉管理员。",
            "Try again; if it happens again, give this number to your administrator.",
        ),
        "lost": Text("连接断开了，正在重新连接…", "The connection was lost. Trying again…"),
        "expired": Text("服务已重新启动，请刷新页面继续。", "The service was restarted. Reload the page to go on."),
        "reload": Text("刷新页面", "Reload"),
        "gone": Text("这个回答已经不在了，请重新提问。", "That answer is gone. Please ask again."),
    }
)


def say_count(language: Language, key: str, number: int, *, name: str = "n", **values: object) -> str:
    """The words for `key` with a whole number in them; the singular, `key` + `_one`, for exactly one."""
    if number == 1:
        return say(language, f"{key}_one", **values)
    return say(language, key, **{name: f"{number:,}"}, **values)


def say(language: Language, key: str, **values: object) -> str:
    """The words for `key`, with `{name}` replaced by `values`; an unknown key raises `KeyError`."""
    return WORDS[key].in_(language).format(**values)
