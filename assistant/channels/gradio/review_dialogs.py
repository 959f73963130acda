"""What opens above the page to correct an answer, or to approve, reject and withdraw a question."""

from __future__ import annotations

from assistant.channels.gradio.frames import frame
from assistant.channels.gradio.markup import Child, Html, element, lang_of
from assistant.channels.gradio.opinions import offered
from assistant.channels.gradio.plans import in_words, render_votes, seen_plans
from assistant.channels.gradio.remarks import LONGEST
from assistant.channels.gradio.review_state import WRITTEN, ApproveDialog, CorrectDialog, RejectDialog, WithdrawDialog
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language


def render_correct(correct: CorrectDialog, session: Session) -> Html:
    """What is right instead, in words or as one of the meanings that were near."""
    language = session.language
    turn = session.turn(correct.turn)
    readings = offered(turn, session) if turn is not None else ()
    body: list[Child] = [
        element("p", turn.asked.in_(language), class_="quiet") if turn is not None else None,
        _area("words", say(language, "correct_words"), "", hint=say(language, "correct_hint"), focus=True),
    ]
    if readings and turn is not None:
        choices = [_radio("reading", str(i), one.label, chosen=False) for i, one in enumerate(readings)]
        none = _radio("reading", "", say(language, "correct_none"), chosen=True)
        legend = element("legend", say(language, "correct_pick"))
        shown = element("div", none, choices, class_="stack choices", lang=lang_of(turn.language))
        body.append(element("fieldset", legend, shown))
    body.append(element("p", say(language, "correct_note"), class_="quiet"))
    return frame(
        "correct", say(language, "correct_title"), body, say(language, "correct_send"), correct.fault, language
    )


def render_approve(approve: ApproveDialog, session: Session) -> Html:
    """Wordings, the plan, and how it reads: only what was shown in words can be saved."""
    language = session.language
    plans = seen_plans(session.assistant.memory.proposal(approve.item, session.user))
    choices = [
        _radio(
            "choice",
            str(position),
            in_words(one.plan, session),
            render_votes(one, language),
            chosen=approve.choice == str(position),
        )
        for position, one in enumerate(plans)
    ]
    choices.append(_radio("choice", WRITTEN, say(language, "plan_written"), chosen=approve.choice == WRITTEN))
    body: list[Child] = [
        _area("wordings", say(language, "wordings"), approve.wordings, focus=True),
        element(
            "fieldset", element("legend", say(language, "plan_right")), element("div", choices, class_="stack choices")
        ),
        element(
            "div",
            _area("written", say(language, "plan_text"), approve.written, code=True),
            data_when=f"choice={WRITTEN}",
            hidden=approve.choice != WRITTEN,
        ),
        element(
            "label",
            say(language, "note"),
            element("input", type="text", name="note", value=approve.note, maxlength="300"),
        ),
        _reads(approve, session),
    ]
    look = element(
        "button", say(language, "look_first"), type="submit", name="step", value="look", class_="button", id="look"
    )
    title = say(language, "approve_title")
    return frame("approve", title, body, say(language, "approve_save"), approve.fault, language, other=look)


def _reads(approve: ApproveDialog, session: Session) -> Html | None:
    """The dry run: what the plan means in words."""
    if approve.seen is None:
        return None
    language = session.language
    return element(
        "div",
        element("span", say(language, "plan_reads"), class_="label"),
        element("p", in_words(approve.seen, session), class_="words"),
        element("p", say(language, "plan_changed"), class_="quiet") if approve.changed else None,
        class_="reads",
        role="status",
        data_when=f"choice={approve.choice}",  # another choice reads otherwise
    )


def render_reject(reject: RejectDialog, language: Language) -> Html:
    body = [
        element("p", reject.question, class_="quiet"),
        _area("why", say(language, "reject_why"), reject.why, hint=say(language, "reject_hint"), focus=True),
    ]
    return frame("reject", say(language, "reject_title"), body, say(language, "reject"), reject.fault, language)


def render_withdraw(withdraw: WithdrawDialog, language: Language) -> Html:
    body = [
        element("p", withdraw.question, class_="quiet"),
        element("p", say(language, "withdraw_note")),
        _area("why", say(language, "withdraw_why"), withdraw.why, focus=True),
    ]
    title = say(language, "withdraw_title")
    return frame("withdraw", title, body, say(language, "withdraw"), withdraw.fault, language)


def _area(name: str, label: str, value: str, *, hint: str = "", focus: bool = False, code: bool = False) -> Html:
    return element(
        "label",
        label,
        element(
            "textarea",
            value,
            name=name,
            rows="8" if code else "2",
            maxlength="20000" if code else LONGEST,
            placeholder=hint or None,
            autofocus=focus,
            spellcheck="false" if code else None,
            class_="written json" if code else "written",
        ),
    )


def _radio(name: str, value: str, label: str, mark: Html | None = None, *, chosen: bool) -> Html:
    return element(
        "label",
        element("input", type="radio", name=name, value=value, checked=chosen),
        element("span", label, class_="words"),
        mark,
        class_="check",
    )
