"""Making and changing accounts: what is checked, what is written, and what the second of two administrators is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from assistant.accounts.book import Actor, Book, What
from assistant.accounts.logins import checked_email, login_key, new_login, storable
from assistant.accounts.passwords import Passwords
from assistant.accounts.store import AccountStore, Written
from assistant.accounts.tokens import RandomBytes, new_password
from assistant.accounts.types import EVERY_DATA_SET, Account, ChangedMeanwhileError, Grant
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.model.nearest import nearest
from semantic_layer.query.codec import Json
from tools.ledger import Entry

KnownRoles = Callable[[str], tuple[str, ...]]
"""The names of the roles of a data set; of all data sets for `*`."""

_ACCOUNT: Final = Text("账号", "account")
_LONGEST_NAME: Final = 100
_LONGEST_IDENTITY: Final = 300
_CHANGEABLE: Final = ("name", "grants", "email", "identities", "administrator", "active", "must_change_password")


class Administration:
    """Changes accounts. Whether `by` may is decided before it gets here."""

    def __init__(
        self,
        store: AccountStore,
        book: Book,
        passwords: Passwords,
        *,
        clock: Callable[[], datetime],
        random_bytes: RandomBytes,
        known_roles: KnownRoles | None,
    ) -> None:
        self._store = store
        self._book = book
        self._passwords = passwords
        self._clock = clock
        self._random_bytes = random_bytes
        self._known_roles = known_roles

    def named(self, login: str) -> Account:
        """Open or closed; raises `UnknownNameError` with the nearest logins."""
        found = self._store.account(login_key(login))
        if found is None:
            raise UnknownNameError(
                _ACCOUNT, login[:_LONGEST_NAME], nearest(login, (one.login for one in self._store.accounts()))
            )
        return found

    def create(self, wanted: Account, password: str | None, *, by: Actor, first: bool = False) -> tuple[Account, str]:
        """The account as it was written, and its password; an empty one comes in by an identity or e-mail address."""
        account = self._checked(replace(wanted, login=new_login(wanted.login)), before=None)
        given = new_password(self._random_bytes) if password is None else password
        if not given and not (account.identities or account.email):
            raise InvalidPlanError(
                Text(
                    "没有密码的账号需要一个外部身份或电子邮箱，否则无法登录。",
                    "An account without a password needs an outside identity or an e-mail address, or nobody can come in with it.",
                )
            )
        account = replace(account, has_password=bool(given), must_change_password=bool(given) and not first)
        kept = self._passwords.digest(given, login=account.login) if given else ""
        written = self._store.write(account, password=kept, first=first)
        if written is not Written.DONE:
            raise self._refused(written, account)
        self._book.write(What.CREATED, by=by, login=account.login, revision=1, **_told(account))
        return account, given

    def update(self, wanted: Account, *, by: Actor) -> Account:
        before = self._store.account(wanted.login)
        if before is None:
            raise UnknownNameError(_ACCOUNT, wanted.login[:_LONGEST_NAME])
        if wanted.revision != before.revision:
            raise self._changed_meanwhile(wanted)
        if wanted.has_password and not before.has_password:
            raise InvalidPlanError(
                Text(
                    "这个账号没有密码。请用「重设密码」给它一个。",
                    "This account has no password. Reset it to give it one.",
                )
            )
        changes = {name: getattr(wanted, name) for name in (*_CHANGEABLE, "has_password")}
        account = self._checked(replace(before, **changes), before=before)
        account = replace(account, must_change_password=account.must_change_password and account.has_password)
        if account == before:
            return before
        account = replace(account, revision=before.revision + 1, updated_at=self._clock())
        drops = before.has_password and not account.has_password
        written = self._store.write(account, password="" if drops else None)
        if written is not Written.DONE:
            raise self._refused(written, wanted)
        self._book.write(
            What.CHANGED,
            by=by,
            login=account.login,
            revision=account.revision,
            changed=_difference(before, account),
        )
        return account

    def set_password(self, account: Account, password: str, what: What, *, by: Actor) -> Account:
        """Ends every session. A password that an administrator set is to be changed at the next sign-in."""
        kept = self._passwords.digest(password, login=account.login)
        changed = replace(
            account,
            has_password=True,
            must_change_password=what is What.PASSWORD_RESET,
            revision=account.revision + 1,
            updated_at=self._clock(),
        )
        written = self._store.write(changed, password=kept)
        if written is not Written.DONE:
            raise self._refused(written, account)
        self._book.write(what, by=by, login=account.login, revision=changed.revision)
        return changed

    def reset_password(self, login: str, *, by: Actor) -> str:
        password = new_password(self._random_bytes)
        self.set_password(self.named(login), password, What.PASSWORD_RESET, by=by)
        return password

    def _checked(self, account: Account, *, before: Account | None) -> Account:
        """The account in the form in which it is kept. A grant that it had before stays, even of a role that is gone."""
        name = " ".join(storable(account.name).split())
        if not 0 < len(name) <= _LONGEST_NAME:
            raise InvalidPlanError(
                Text(f"姓名要有 1 到 {_LONGEST_NAME} 个字符。", f"A name takes 1 to {_LONGEST_NAME} characters.")
            )
        grants = tuple(dict.fromkeys(account.grants))
        for grant in grants:
            if before is None or grant not in before.grants:
                self._check_grant(grant)
        identities = tuple(dict.fromkeys(storable(identity).strip() for identity in account.identities))
        if not all(0 < len(identity) <= _LONGEST_IDENTITY for identity in identities):
            raise InvalidPlanError(
                Text(
                    "外部身份要写成 slack:TEAM:USER 或 oidc:ISSUER|SUBJECT 的样子。",
                    "An outside identity is written like slack:TEAM:USER or oidc:ISSUER|SUBJECT.",
                )
            )
        return replace(account, name=name, grants=grants, identities=identities, email=checked_email(account.email))

    def _check_grant(self, grant: Grant) -> None:
        if self._known_roles is None:
            return
        roles = self._known_roles(grant.data_set)
        if grant.role in roles:
            return
        shown = ", ".join(roles) or "–"
        where = (
            Text("所有数据集", "every data set") if grant.data_set == EVERY_DATA_SET else Text(*[grant.data_set] * 2)
        )
        kind = Text(f"角色（{where.zh}有：{shown}）", f"role ({where.en} has: {shown})")
        raise UnknownNameError(kind, grant.role[:_LONGEST_NAME], nearest(grant.role, roles))

    def _refused(self, written: Written, wanted: Account) -> UserError:
        match written:
            case Written.TAKEN:
                return InvalidPlanError(
                    Text(
                        f"登录名「{wanted.login}」已经有了。请换一个，或修改那个账号。",
                        f"The login {wanted.login!r} is taken. Choose another, or change that account.",
                    )
                )
            case Written.NOT_FIRST:
                return NotAllowedError(
                    Text(
                        "已经有账号了，第一个管理员只能建立一次。请用管理员登录后添加账号。",
                        "There are accounts already, and the first administrator is made only once. Sign in as an administrator to add accounts.",
                    )
                )
            case Written.CHANGED:
                return self._changed_meanwhile(wanted)
            case Written.IDENTITY_TAKEN:
                return self._identity_taken(wanted)
            case Written.LAST_ADMINISTRATOR:
                return NotAllowedError(
                    Text(
                        f"「{wanted.login}」是最后一个可用的管理员，不能停用或取消管理权限。请先让别人成为管理员。",
                        f"{wanted.login!r} is the last active administrator and cannot be closed or lose the right. Make somebody else an administrator first.",
                    )
                )
            case Written.DONE:
                raise AssertionError(written)
            case _:
                assert_never(written)

    def _identity_taken(self, wanted: Account) -> UserError:
        holders = ((one, self._store.by_identity(one)) for one in wanted.identities)
        taken = [(one, holder.login) for one, holder in holders if holder is not None and holder.login != wanted.login]
        what, whose = taken[0] if taken else ("", "")
        return InvalidPlanError(
            Text(
                f"外部身份「{what}」已属于账号「{whose}」。请先从那里去掉。",
                f"The outside identity {what!r} belongs to the account {whose!r}. Take it away there first.",
            )
        )

    def _changed_meanwhile(self, wanted: Account) -> ChangedMeanwhileError:
        """Says who changed what since, as the ledger has it."""
        changes = self._book.changes_since(wanted)
        told_zh = "；".join(_change_in_words(entry, zh=True) for entry in changes)
        told_en = "; ".join(_change_in_words(entry, zh=False) for entry in changes)
        return ChangedMeanwhileError(
            Text(
                f"账号「{wanted.login}」在您打开之后被改过，您的修改没有保存。{told_zh and told_zh + '。'}请重新打开后再改。",
                f"The account {wanted.login!r} was changed since you opened it, and your change was not saved. "
                f"{told_en and told_en + '. '}Open it again and repeat your change.",
            )
        )


def _told(account: Account) -> dict[str, Json]:
    """The fields of an account as the ledger keeps them."""
    return {name: _as_json(account, name) for name in ("name", "grants", "email", "identities", "administrator")}


def _difference(before: Account, after: Account) -> dict[str, Json]:
    """Fields that differ, with what stood there before and what stands there now."""
    names = (*_CHANGEABLE, "has_password")
    pairs = {name: (_as_json(before, name), _as_json(after, name)) for name in names}
    return {name: [was, now] for name, (was, now) in pairs.items() if was != now}


def _as_json(account: Account, name: str) -> Json:
    match name:
        case "grants":
            return [grant_text(grant) for grant in account.grants]
        case "identities":
            return list(account.identities)
        case _:
            value: Json = getattr(account, name)
            return value


def grant_text(grant: Grant) -> str:
    """A grant as it is written: `marketer` for every data set, `marketer@retail` for one."""
    return grant.role if grant.data_set == EVERY_DATA_SET else f"{grant.role}@{grant.data_set}"


def grant_from(text: str) -> Grant:
    """The grant that `grant_text` writes so."""
    role, _, data_set = text.strip().partition("@")
    return Grant(role.strip(), data_set.strip() or EVERY_DATA_SET)


def _change_in_words(entry: Entry, *, zh: bool) -> str:
    body = entry.read()
    changed = body.get("changed")
    what = str(body["what"])
    if isinstance(changed, dict):
        what = ", ".join(f"{name}: {_shown(pair)}" for name, pair in changed.items())
    when = entry.at.isoformat(sep=" ", timespec="minutes")
    return f"{entry.who}（{when}）改了 {what}" if zh else f"{entry.who} ({when}) changed {what}"


def _shown(pair: Json) -> str:
    was, now = pair if isinstance(pair, list) and len(pair) == 2 else ("", pair)
    return f"{_value(was)} → {_value(now)}"


def _value(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "–"
    return "–" if value in ("", None) else str(value)
