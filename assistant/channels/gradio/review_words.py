"""The words of feedback, of the language model and of the review page, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from semantic_layer.errors import Text

REVIEW_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        # who understood, and the language model
        "ask_model": Text("不满意？问模型", "Not satisfied? Ask the model"),
        "asked_model": Text("问模型", "asked the model"),
        "mode_offline": Text("只用规则", "rules only"),
        "mode_careful": Text("需要时问模型", "model on request"),
        "mode_full": Text("规则加模型", "rules, then model"),
        # what a person says about an answer
        "good": Text("有用", "Helpful"),
        "bad": Text("不对", "Not right"),
        "correct": Text("改一下", "Correct this"),
        "feedback": Text("评价", "Feedback"),
        "comment": Text("哪里不对", "What is not right"),
        "comment_hint": Text("哪里不对？可以不填", "What is not right? You may leave it empty"),
        "comment_send": Text("告诉数据负责人", "Tell the data owner"),
        "thanks_good": Text("已记录。", "Noted."),
        "thanks_good_model": Text(
            "已记录。数据负责人批准后，同样的问题会直接这样回答。",
            "Noted. Once a data owner approves it, the same question is answered this way at once.",
        ),
        "thanks_bad": Text(
            "已记录，这个问题会交给数据负责人看。", "Noted. The question is on its way to a data owner."
        ),
        "thanks_comment": Text("已连同问题交给数据负责人。", "Your words went to a data owner with the question."),
        "thanks_correct": Text(
            "已记录。数据负责人批准后，同样的问题会按您说的回答。",
            "Noted. Once a data owner approves it, the same question is answered your way.",
        ),
        "correct_title": Text("改一下这个回答", "Correct this answer"),
        "correct_words": Text("应该是什么", "What is right"),
        "correct_hint": Text("例如：这里的高价值客户指金卡以上", "For example: high-value here means gold and above"),
        "correct_pick": Text("或者选一个含义", "Or pick a meaning"),
        "correct_none": Text("都不是", "None of these"),
        "correct_note": Text(
            "数据负责人会看到问题和您的说明，看不到您的名字。",
            "Data owners see the question and your words, not your name.",
        ),
        "correct_send": Text("提交", "Send"),
        "correction_needed": Text(
            "请写出什么是对的，或选一个含义。", "Say what is right, or pick one of the meanings."
        ),
        # the review page
        "review": Text("审核", "Review"),
        "review_lead": Text(
            "大家的评价、纠正和选择排在这里。批准一个问题后，同样的问题会直接按批准的含义回答。",
            "What people say about answers waits here. Once a question is approved, it is answered that way at once.",
        ),
        "review_not_allowed": Text("审核问题需要数据负责人的权限。", "Reviewing questions is for data owners."),
        "review_step_say": Text(
            "每个人都可以评价和纠正回答，或在反问里选择含义。",
            "Everybody can rate and correct answers, or pick a meaning when asked back.",
        ),
        "review_step_read": Text("数据负责人查看并批准或驳回。", "A data owner looks at it, and approves or rejects."),
        "review_step_use": Text(
            "批准之后，同样的问题会直接按批准的含义回答。",
            "Once approved, the same question is answered that way at once.",
        ),
        "your_roles": Text("您的角色：{roles}", "Your roles: {roles}"),
        "no_role": Text("无", "none"),
        "review_tabs": Text("审核的内容", "Parts of the review"),
        "tab_queue": Text("待审核", "Waiting"),
        "tab_pairs": Text("已批准", "Approved"),
        "tab_gaps": Text("没答上来的", "Gaps"),
        "no_queue": Text("没有等待审核的问题", "Nothing waits for review"),
        "no_queue_hint": Text(
            "有人点了「不对」「改一下」，或在反问里作了选择，问题就会出现在这里。",
            "A question appears here when somebody finds an answer not right, corrects it, or picks a meaning.",
        ),
        "set_aside_some": Text(
            "{n} 个批准过的问题或文件需要复核。", "{n} approved questions or files need another look."
        ),
        "set_aside_some_one": Text(
            "1 个批准过的问题或文件需要复核。", "1 approved question or file needs another look."
        ),
        "set_aside_look": Text("查看", "Show"),
        "times": Text("{n} 次", "{n} times"),
        "times_one": Text("1 次", "once"),
        "disliked_count": Text("{n} 次不满意", "{n} not satisfied"),
        "disliked_count_one": Text("1 次不满意", "1 not satisfied"),
        "proposed_count": Text("{n} 次选定含义", "{n} picked a meaning"),
        "proposed_count_one": Text("1 次选定含义", "1 picked a meaning"),
        "last_seen": Text("最近 {when}", "last {when}"),
        "votes": Text("{n} 次", "{n} times"),
        "votes_one": Text("1 次", "once"),
        "was_disliked": Text("被认为不对", "found not right"),
        "plans_lost": Text("{n} 个含义在现有定义下读不出来了", "{n} meanings can no longer be read"),
        "plans_lost_one": Text("1 个含义在现有定义下读不出来了", "1 meaning can no longer be read"),
        "plan_without_words": Text("（无法用文字说明）", "(cannot be put in words)"),
        "approve": Text("批准", "Approve"),
        "reject": Text("驳回", "Reject"),
        # approving and rejecting
        "approve_title": Text("批准这个问题", "Approve this question"),
        "wordings": Text("问法（每行一种）", "Wordings (one a line)"),
        "wording_needed": Text("至少要有一种问法。", "At least one wording is needed."),
        "plan_right": Text("正确的含义", "The right meaning"),
        "plan_written": Text("另写一个", "Write another"),
        "plan_text": Text(
            "用一句没有歧义的问题，或 JSON 形式的计划", "A question with one clear meaning, or a plan as JSON"
        ),
        "plan_needed": Text("请写出正确的含义。", "Write down the right meaning."),
        "plan_reads": Text("将会这样回答", "It will be read as"),
        "plan_changed": Text(
            "含义变了。看清楚后再点一次「批准并保存」。", "The meaning has changed. Read it, then approve once more."
        ),
        "note": Text("备注（可不填）", "Note (optional)"),
        "look_first": Text("先看含义", "Show how it reads"),
        "approve_save": Text("批准并保存", "Approve and save"),
        "approved": Text("已批准「{what}」。", "“{what}” was approved."),
        "reject_title": Text("驳回这个问题", "Reject this question"),
        "reject_why": Text("为什么", "Why"),
        "reject_hint": Text("例如：有两种含义，应该反问", "For example: two meanings, it should be asked back"),
        "why_needed": Text("请写明为什么驳回。", "Say why it is rejected."),
        "rejected": Text("已驳回「{what}」。", "“{what}” was rejected."),
        "decision_undone": Text("已撤销，问题回到待审核。", "Undone. The question waits for review again."),
        # reviewed questions
        "no_pairs": Text("还没有批准过的问题", "No question is approved yet"),
        "no_pairs_hint": Text(
            "先提问，评价或纠正回答，再到「待审核」里批准。",
            "Ask, rate or correct an answer, then approve it under “Waiting”.",
        ),
        "set_aside": Text("需要复核", "Needs another look"),
        "set_aside_hint": Text(
            "定义变了，这些问题暂时不用，直到改好或撤回。",
            "The definitions changed: these are not used until they are mended or withdrawn.",
        ),
        "file_faults": Text("文件里的问题", "Faults of the files"),
        "file_faults_hint": Text("改好文件后会自动重新读取。", "Files are read again once they are mended."),
        "in_force": Text("正在使用", "In use"),
        "approved_by": Text("{who} 于 {day} 批准", "approved by {who} on {day}"),
        "withdraw": Text("撤回", "Withdraw"),
        "withdraw_title": Text("撤回这个问题", "Withdraw this question"),
        "withdraw_note": Text(
            "撤回后，这个问题不再直接按批准的含义回答。",
            "The question is then no longer answered in the approved way.",
        ),
        "withdraw_why": Text("为什么（可不填）", "Why (optional)"),
        "withdrawn": Text("已撤回「{what}」。", "“{what}” was withdrawn."),
        # gaps
        "period": Text("时间", "Period"),
        "days": Text("近 {n} 天", "{n} days"),
        "download_csv": Text("下载 CSV", "Download CSV"),
        "gaps_asked": Text("{since} 以来共 {n} 个问题", "{n} questions since {since}"),
        "gaps_asked_one": Text("{since} 以来共 1 个问题", "1 question since {since}"),
        "gaps_found": Text("{n} 项没有答上来", "{n} gaps"),
        "gaps_found_one": Text("1 项没有答上来", "1 gap"),
        "all_served": Text("这段时间的 {n} 个问题都答上来了", "All {n} questions of this time were answered"),
        "all_served_one": Text("这段时间的 1 个问题答上来了", "The one question of this time was answered"),
        "nothing_asked": Text("这段时间没有人提问", "Nobody asked anything in this time"),
        "look_back": Text("看近 {n} 天", "Look at {n} days"),
        "gap_kind": Text("原因", "Why"),
        "gap_text": Text("词或问题", "Word or question"),
        "gap_in": Text("出自「{example}」", "in “{example}”"),
        "gap_example": Text("例子", "Example"),
        "gap_count": Text("次数", "Times"),
        "gap_people": Text("人数", "People"),
        "gap_near": Text("相近的名称", "Names near it"),
        "gap_last": Text("最近", "Last"),
    }
)
