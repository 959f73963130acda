"""Every word of the pages of this room, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from semantic_layer.errors import Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "brand": Text("群像", "Qunxiang"),
        "other_language": Text("English", "中文"),
        # signing in
        "sign_in": Text("登录", "Sign in"),
        "sign_in_failed": Text("登录失败", "Not signed in"),
        "welcome": Text("用您的账号继续。", "Continue with your account."),
        "login": Text("登录名", "Login"),
        "password": Text("密码", "Password"),
        "no_account": Text(
            "没有账号或忘了密码？请找您的管理员。", "No account, or no password? Ask your administrator."
        ),
        "or": Text("或者", "or"),
        "with_provider": Text("用{name}登录", "Sign in with {name}"),
        "provider": Text("单位账号", "your organisation"),
        "both_needed": Text("请填写登录名和密码。", "Fill in the login and the password."),
        "way_lost": Text(
            "登录没有在这个浏览器里开始，或者已超过十分钟。请重新开始。",
            "This sign-in did not begin in this browser, or more than ten minutes ago. Please start again.",
        ),
        # signing out
        "sign_out": Text("退出登录", "Sign out"),
        "sign_out_question": Text("要退出登录吗？", "Sign out?"),
        "signed_in_as": Text("当前账号：{name}", "Signed in as {name}"),
        "back": Text("返回", "Back"),
        # the password
        "change_password": Text("修改密码", "Change password"),
        "new_password_needed": Text("请设一个新密码", "Choose a new password"),
        "first_password": Text(
            "这是首次登录，或者管理员重设了密码。设好只有您知道的新密码后即可继续。",
            "This is your first sign-in, or an administrator reset the password. Choose one that only you know to go on.",
        ),
        "ends_elsewhere": Text(
            "改好后，您在其他浏览器上的登录都会结束。", "Changing it ends your sign-ins in every other browser."
        ),
        "at_least": Text("新密码至少 {shortest} 个字符。", "The new password needs at least {shortest} characters."),
        "old_password": Text("现在的密码", "Current password"),
        "new_password": Text("新密码", "New password"),
        "new_password_again": Text("再输入一次新密码", "New password again"),
        "not_the_same": Text("两次输入的新密码不一样。", "The two new passwords are not the same."),
        "all_needed": Text("三项都要填写。", "Fill in all three fields."),
        "save_password": Text("保存新密码", "Save the new password"),
        "no_password_here": Text(
            "这个账号没有密码，通过外部身份登录；请在那里修改。",
            "This account has no password here: it signs in with an outside identity. Change it there.",
        ),
        # pages that say no
        "to_the_beginning": Text("回到首页", "To the start page"),
        "try_again": Text("再试一次", "Try again"),
        "stale_form": Text(
            "这个表单已经过期，什么都没有改。请再试一次。",
            "This form is out of date. Nothing was changed; please try again.",
        ),
        "not_found": Text(
            "没有这个页面。请检查网址，或回到首页。",
            "There is no such page. Check the address, or go to the start page.",
        ),
        "wrong_method": Text("这个地址不接受这种请求。", "This address does not take this kind of request."),
        "sign_in_first": Text("请先登录。", "Sign in first."),
        "password_first": Text("请先设一个新密码。", "Choose a new password first."),
        "foreign_form": Text(
            "这个请求来自另一个网站，已拒绝。请直接在本页面操作。",
            "This request came from another web site and was refused. Use this page itself.",
        ),
        "foreign_host": Text(
            "此服务器不以这个名称提供服务。请用管理员给您的网址。",
            "This server is not served under this name. Use the address that your administrator gave you.",
        ),
        "foreign_host_local": Text(
            "没有账号时，页面只能用 http://127.0.0.1 或 http://localhost 打开。要让别人使用，请先用 qunxiang users add 建立账号。",
            "Without accounts, the page opens only as http://127.0.0.1 or http://localhost. To let others in, make accounts first: qunxiang users add.",
        ),
        "too_large": Text(
            "请求太大：最多 {kilobytes} KB。", "The request is too large: at most {kilobytes} KB are taken."
        ),
        "too_slow": Text(
            "请求在 {seconds} 秒内没有传完，已停止等待。", "The request did not arrive within {seconds} seconds."
        ),
        "too_many": Text("现在使用的人太多。请过几秒再试。", "Too many requests at once. Try again in a few seconds."),
        "too_many_streams": Text(
            "正在进行的回答太多（最多 {most} 个）。请过几秒再试。",
            "Too many answers are under way (at most {most}). Try again in a few seconds.",
        ),
        "too_many_listeners": Text(
            "打开的页面和连接太多（最多 {most} 个）。请关掉不用的，过几秒再试。",
            "Too many open pages and connections (at most {most}). Close some, and try again in a few seconds.",
        ),
        "not_offered": Text(
            "这个接口不对外开放。程序请用 /v1。",
            "This address is not offered. Programs use /v1.",
        ),
        "not_yours": Text("这属于另一个登录的人。", "This belongs to somebody else's sign-in."),
        "no_session": Text("请求里缺少 session_hash。", "The request lacks a session_hash."),
        "json_only": Text("请求内容须为 JSON。", "The body must be JSON."),
        "failed": Text(
            "出了意外，已记录。编号 {number}；请把编号告诉管理员。",
            "Something went wrong and was recorded. Number {number}: tell it to your administrator.",
        ),
        "stopping": Text("服务正在重启。请稍后再试。", "The server is restarting. Try again in a moment."),
        "not_answered": Text("{seconds} 秒内没有回应。", "No answer within {seconds} seconds."),
    }
)


def said(key: str, /, **values: str | int) -> Text:
    """The text of `key` with `values` filled in."""
    text = WORDS[key]
    return Text(text.zh.format(**values), text.en.format(**values))
