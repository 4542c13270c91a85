"""What enterprises write in their own window, and what they are answered (JY-25, QD-22)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.following import may_say
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.domain.voices import WordKind, may_answer
from portal.services.closing_rounds import reopen_round
from portal.services.following import VISITOR, hold_window, must_have_room_today, own_matter
from portal.services.handling import handling_of
from portal.services.messages import accounts_in_role, tell
from portal.store.audit_trail import record
from portal.store.models.voices import EnterpriseWord

SHORTEST, LONGEST = 4, 2_000
UNSEEN = "没有找到这条企业来言，或不在您可见的范围内。请从列表重新进入。"


@dataclass(frozen=True, slots=True)
class WordGiven:
    """What somebody wrote: which kind, about which matter if about one, and how to reach him if he says so."""

    kind: WordKind
    told: str
    matter_id: int | None = None
    reach: str = ""
    form_token: str | None = None


def write_word(session: Session, booking_id: int, given: WordGiven, *, now: datetime) -> EnterpriseWord:
    """Keep a word from an enterprise's own window; the same form sent twice is one word.

    A breach is told to supervision and the office and written into the trail without the matter, so no timeline a unit reads
    names it.
    """
    must(VISITOR, Action.RATE)
    hold_window(session, booking_id)
    if given.form_token:
        earlier = session.scalar(select(EnterpriseWord).where(EnterpriseWord.form_token == given.form_token))
        if earlier is not None:
            return earlier
    matter = own_matter(session, booking_id, given.matter_id) if given.matter_id is not None else None
    if not may_say(given.kind, matter.state if matter else None):
        state = f"现为“{matter.state.label}”，" if matter else ""
        raise Conflict(f"这项诉求{state}现在不能提出异议。请重新打开查询页，按页面上的按钮填写。")
    told = given.told.strip()
    if not SHORTEST <= len(told) <= LONGEST:
        raise RuleBroken(f"请写明情况，{SHORTEST} 至 {LONGEST} 个字。", field="told")
    must_be_printable(told, field="told")
    must_have_room_today(session, booking_id, now=now)
    word = EnterpriseWord(
        booking_id=booking_id,
        matter_id=given.matter_id,
        kind=given.kind,
        told=told,
        reach=given.reach.strip()[:100] or None,
        at=now,
        form_token=given.form_token,
    )
    session.add(word)
    session.flush()
    is_breach = given.kind is WordKind.BREACH
    target = word if is_breach or matter is None else matter
    record(session, VISITOR, now, "enterprise_wrote", target, summary=f"企业来言：{given.kind.label}", word=word.id)
    roles = (Role.OFFICE, Role.SUPERVISOR) if is_breach else (Role.OFFICE,)
    tell(
        session, accounts_in_role(session, *roles), f"enterprise-word:{word.id}", f"企业来言：{given.kind.label}，请处理并答复",
        url=f"/voices/{word.id}", now=now,
    )  # fmt: skip
    return word


def answer_word(
    session: Session, word_id: int, answer: str, *, version: int | None = None, actor: Actor, now: datetime
) -> EnterpriseWord:
    """Answer an enterprise; what is answered shows in its window, and a word is answered once."""
    word = _word(session, word_id, actor)
    if word.answered_at is not None:
        if word.answer == answer.strip() and word.answered_by == actor.name:
            return word
        raise Conflict(f"{word.answered_by}已经答复了这条来言。您填写的内容仍在，请核对。")
    if version is not None and version != word.version:
        raise Conflict("您打开页面之后，这条来言已有变化。您填写的内容仍在，请核对后再提交。")
    _answer(word, answer, actor, now)
    record(session, actor, now, "enterprise_answered", word, summary=f"答复企业来言：{word.kind.label}")
    return word


def reopen_for_word(
    session: Session, word_id: int, answer: str, *, version: int | None = None, actor: Actor, now: datetime
) -> EnterpriseWord:
    """An objection to what was closed is right: the matter is handled again with a new last day, and the enterprise is told so."""
    must(actor, Action.OVERSEE_MATTER)
    word = _word(session, word_id, actor)
    if word.kind is not WordKind.OBJECTION or word.matter_id is None:
        raise RuleBroken("只有对事项提出的异议可以重新办理。", field="answer")
    if word.answered_at is not None or (version is not None and version != word.version):
        raise Conflict("您打开页面之后，这条来言已有变化。您填写的内容仍在，请核对后再提交。")
    handling = handling_of(session, word.matter_id, actor=actor)
    if handling.matter.state is not MatterState.CLOSED:
        raise Conflict(f"这项诉求现为“{handling.matter.state.label}”，没有销号，不必重新办理。请直接答复。")
    _answer(word, answer, actor, now)
    reopen_round(session, handling, "企业提出异议", now=now)
    record(session, actor, now, "matter_reopened", handling.matter, summary="企业提出异议，重新办理", word=word.id)
    record(session, actor, now, "enterprise_answered", word, summary="答复企业来言：异议成立，重新办理")
    return word


def see_reach(session: Session, word_id: int, *, actor: Actor, now: datetime) -> str:
    """How to reach whoever wrote, in full; that it was looked at is written down."""
    word = _word(session, word_id, actor)
    record(session, actor, now, "personal_data_seen", word, summary="查看企业来言的联系方式")
    return word.reach or ""


def _word(session: Session, word_id: int, actor: Actor) -> EnterpriseWord:
    word = session.scalars(
        select(EnterpriseWord)
        .where(EnterpriseWord.id == word_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if word is None or actor.role not in (Role.OFFICE, Role.SUPERVISOR):
        raise NotFound(UNSEEN)
    if not may_answer(actor.role, word.kind):
        raise NotAllowed("异议和补充说明由工商联办公室答复；督查室答复作风问题的举报。")
    return word


def _answer(word: EnterpriseWord, answer: str, actor: Actor, now: datetime) -> None:
    text = answer.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        raise RuleBroken(f"请写明怎样处理、怎样答复企业，{SHORTEST} 至 {LONGEST} 个字。", field="answer")
    must_be_printable(text, field="answer")
    word.answer, word.answered_by, word.answered_at = text, actor.name, now
