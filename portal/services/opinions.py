"""Units are asked before the day what they say to a matter, and on which policy it rests (NX-18).

The matter is locked before its opinions, so that two who ask the same unit at once ask it once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.clock import ZONE
from portal.domain.bookings import STANDING_STATES
from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.opinions import (
    LONGEST_QUESTION,
    OPINION_STEPS,
    OpinionState,
    answer_problems,
    due_problems,
    is_late,
    release_problems,
)
from portal.domain.people import Action, Actor, Role, must
from portal.domain.reception_days import ENDED
from portal.domain.workdays import day_text
from portal.services.messages import accounts_in_role, accounts_of_units, tell
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter, Opinion
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.queries.category_units import usual_units

CHANGED = "您打开页面之后，别人已处理了这条征求意见。您填写的内容仍在，请核对最新情况后再提交。"
NAMED_IN_A_MESSAGE = 10


@dataclass(frozen=True, slots=True)
class OpinionWish:
    """What the office wants to know, and by when."""

    due_on: date
    question: str = ""


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """What a unit says: its opinion, the policy it rests on, and who says so."""

    opinion: str
    policy_basis: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: requests sent, those that stood already, matters for whose category no unit is known."""

    sent: int
    stood: int
    unknown: tuple[str, ...] = ()


def ask_opinions(
    session: Session,
    matter_ids: Collection[int],
    unit_ids: Collection[int],
    wish: OpinionWish,
    *,
    actor: Actor,
    now: datetime,
) -> Asked:
    """Ask these units about each of these matters; a request that stands or was answered is left as it is."""
    must(actor, Action.REVIEW_BOOKING)
    if not matter_ids:
        raise RuleBroken("请至少勾选一项诉求。", field="matters")
    if not unit_ids:
        raise RuleBroken("请至少选择一个单位。", field="units")
    matters = _matters(session, matter_ids)
    return _ask(session, [(it, sorted(set(unit_ids))) for it in matters], wish, actor=actor, now=now)


def ask_for_day(session: Session, day_id: int, wish: OpinionWish, *, actor: Actor, now: datetime) -> Asked:
    """Ask about every matter of the day that nobody was asked about yet, the units usual for its category (NX-18)."""
    must(actor, Action.REVIEW_BOOKING)
    asked_about = select(Opinion.matter_id).where(Opinion.state != OpinionState.WITHDRAWN)
    ids = session.scalars(
        select(Matter.id)
        .join(Booking, Booking.id == Matter.booking_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(STANDING_STATES), Matter.id.not_in(asked_about))
    ).all()
    if not ids:
        raise RuleBroken("当日的诉求都已征求意见，没有要补征求的。", field="due_on")
    matters = _matters(session, ids)
    usual = usual_units(session, {it.category_code for it in matters})
    known = [(it, usual[it.category_code]) for it in matters if usual[it.category_code]]
    unknown = tuple(it.title for it in matters if not usual[it.category_code])
    if not known:
        raise RuleBroken(
            "这些诉求的类别都没有设常请单位。请到“设置 → 诉求类别”设置，或逐项选择单位征求。", field="due_on"
        )
    done = _ask(session, known, wish, actor=actor, now=now)
    return Asked(done.sent, done.stood, unknown)


def ask_again(
    session: Session, opinion_id: int, wish: OpinionWish, *, version: int | None = None, actor: Actor, now: datetime
) -> Opinion:
    """Ask a unit once more: after an answer that leaves something open, a release not granted, or a withdrawal."""
    must(actor, Action.REVIEW_BOOKING)
    opinion = _opinion(session, opinion_id, version, now=now)
    _check(wish, opinion.matter, now=now)
    opinion.state = OPINION_STEPS.advance(opinion.state, OpinionState.ASKED)
    _put(opinion, wish, actor=actor, now=now)
    summary = f"再次征求{opinion.unit.short_name}对事项 {opinion.matter.number} 的意见"
    record(session, actor, now, "opinion_asked", opinion, summary=summary)
    session.flush()
    _tell_units(session, [opinion], now=now)
    return opinion


def withdraw_opinion(
    session: Session, opinion_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Opinion:
    """Take a request back that is not needed (any more) or that concerns another unit; the unit is told."""
    must(actor, Action.REVIEW_BOOKING)
    opinion = _opinion(session, opinion_id, version, now=now, whatever_day=True)
    opinion.state = OPINION_STEPS.advance(opinion.state, OpinionState.WITHDRAWN)
    summary = f"撤回向{opinion.unit.short_name}征求的意见：事项 {opinion.matter.number}"
    record(session, actor, now, "opinion_withdrawn", opinion, summary=summary)
    session.flush()
    tell(
        session,
        accounts_of_units(session, [opinion.unit_id]),
        f"opinion-withdrawn:{opinion.id}:{opinion.version}",
        f"不必再回复：{opinion.matter.title}",
        body="工商联办公室已撤回这条征求意见。",
        url=f"/opinions/{opinion.id}",
        now=now,
    )
    return opinion


def answer_opinion(
    session: Session, opinion_id: int, given: AnswerGiven, *, version: int | None = None, actor: Actor, now: datetime
) -> Opinion:
    """A unit says what it thinks of a matter; late answers are taken until the day, and the office is told."""
    must(actor, Action.GIVE_OPINION)
    opinion = _opinion(session, opinion_id, version, actor=actor, now=now)
    _answer(session, opinion, given, recorded_by="", actor=actor, now=now)
    session.flush()
    tell(
        session,
        accounts_in_role(session, Role.OFFICE),
        f"opinion-answered:{opinion.id}:{opinion.version}",
        f"{opinion.unit.short_name}已回复：{opinion.matter.title}",
        url=f"/opinions/{opinion.id}",
        now=now,
    )
    return opinion


def record_answer(
    session: Session, opinion_id: int, given: AnswerGiven, *, version: int | None = None, actor: Actor, now: datetime
) -> Opinion:
    """Write down for a unit what somebody there said on the telephone."""
    must(actor, Action.REVIEW_BOOKING)
    opinion = _opinion(session, opinion_id, version, now=now)
    _answer(session, opinion, given, recorded_by=actor.name[:40], actor=actor, now=now)
    return opinion


def ask_release(
    session: Session, opinion_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Opinion:
    """A unit says that a matter is none of its own; the office is told and asks another unit."""
    must(actor, Action.GIVE_OPINION)
    refuse(release_problems(reason))
    opinion = _opinion(session, opinion_id, version, actor=actor, now=now)
    opinion.state = OPINION_STEPS.advance(opinion.state, OpinionState.DECLINED)
    opinion.release_reason = reason.strip()
    summary = f"{opinion.unit.short_name}请求退回征求意见：事项 {opinion.matter.number}"
    record(session, actor, now, "opinion_declined", opinion, summary=summary)
    session.flush()
    tell(
        session,
        accounts_in_role(session, Role.OFFICE),
        f"opinion-declined:{opinion.id}:{opinion.version}",
        f"{opinion.unit.short_name}请求退回：{opinion.matter.title}",
        body=f"理由：{opinion.release_reason}",
        url=f"/opinions/{opinion.id}",
        now=now,
    )
    return opinion


def _ask(
    session: Session,
    wanted: Iterable[tuple[Matter, Sequence[int]]],
    wish: OpinionWish,
    *,
    actor: Actor,
    now: datetime,
) -> Asked:
    wanted = list(wanted)
    unit_ids = {unit_id for _, ids in wanted for unit_id in ids}
    units = {it.id: it for it in session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}
    if set(units) != unit_ids or not all(it.active for it in units.values()):
        raise RuleBroken("所选单位不存在或已停用，请重新选择。", field="units")
    for matter, _ in wanted:
        _must_be_open(matter, now=now)
        _check(wish, matter, now=now)
    known = {
        (it.matter_id, it.unit_id): it
        for it in session.scalars(select(Opinion).where(Opinion.matter_id.in_([it.id for it, _ in wanted])))
    }
    sent: list[Opinion] = []
    stood = 0
    for matter, ids in wanted:
        for unit_id in ids:
            opinion = known.get((matter.id, unit_id))
            if opinion is not None and opinion.state in (OpinionState.ASKED, OpinionState.ANSWERED):
                stood += 1
                continue
            if opinion is None:
                opinion = Opinion(state=OpinionState.ASKED, unit_id=unit_id)
                session.add(opinion)
            opinion.matter, opinion.unit = matter, units[unit_id]
            opinion.state = OpinionState.ASKED
            _put(opinion, wish, actor=actor, now=now)
            summary = f"征求{units[unit_id].short_name}对事项 {matter.number} 的意见"
            record(session, actor, now, "opinion_asked", opinion, summary=summary)
            sent.append(opinion)
    session.flush()
    _tell_units(session, sent, now=now)
    return Asked(len(sent), stood)


def _put(opinion: Opinion, wish: OpinionWish, *, actor: Actor, now: datetime) -> None:
    opinion.question, opinion.due_on = wish.question.strip(), wish.due_on
    opinion.asked_by, opinion.asked_at = actor.name[:40], now
    opinion.release_reason = ""


def _check(wish: OpinionWish, matter: Matter, *, now: datetime) -> None:
    refuse(due_problems(wish.due_on, _day(matter).day, now.astimezone(ZONE).date()))
    if len(wish.question.strip()) > LONGEST_QUESTION:
        raise RuleBroken(f"问题最多 {LONGEST_QUESTION} 个字，请精简。", field="question")


def _answer(
    session: Session, opinion: Opinion, given: AnswerGiven, *, recorded_by: str, actor: Actor, now: datetime
) -> None:
    refuse(answer_problems(given.opinion, given.policy_basis, given.answered_by))
    opinion.state = OPINION_STEPS.advance(opinion.state, OpinionState.ANSWERED)
    opinion.opinion, opinion.policy_basis = given.opinion.strip(), given.policy_basis.strip()
    opinion.answered_by, opinion.answered_at = given.answered_by.strip()[:40], now
    opinion.recorded_by, opinion.release_reason = recorded_by, ""
    late = is_late(opinion.due_on, now.astimezone(ZONE).date())
    how = "电话答复，代为登记" if recorded_by else "回复意见"
    summary = f"{opinion.unit.short_name}{how}：事项 {opinion.matter.number}{'（逾期）' if late else ''}"
    record(session, actor, now, "opinion_answered", opinion, summary=summary, late=late)


def _tell_units(session: Session, sent: Sequence[Opinion], *, now: datetime) -> None:
    """One message a unit, however many matters it is asked about at once."""
    by_unit: dict[int, list[Opinion]] = {}
    for opinion in sent:
        by_unit.setdefault(opinion.unit_id, []).append(opinion)
    for unit_id, opinions in by_unit.items():
        first, count = opinions[0], len(opinions)
        due = day_text(min(it.due_on for it in opinions), now.astimezone(ZONE).date())
        about = first.matter.title if count == 1 else f"{count} 项诉求"
        titles = [f"{place}. {it.matter.title}" for place, it in enumerate(opinions[:NAMED_IN_A_MESSAGE], start=1)]
        if count > NAMED_IN_A_MESSAGE:
            titles.append(f"另有 {count - NAMED_IN_A_MESSAGE} 项")
        tell(
            session,
            accounts_of_units(session, [unit_id]),
            f"opinion-asked:{first.id}:{first.version}",
            f"请在{due}前回复意见：{about}",
            body="\n".join([*titles, "请写明意见和政策依据（文件名、文号、条款）。"]),
            url=f"/opinions/{first.id}" if count == 1 else "/opinions/?state=asked",
            now=now,
        )


def _matters(session: Session, ids: Collection[int]) -> Sequence[Matter]:
    """The matters with their booking and day, in the order they are locked. Raises NotFound."""
    found = session.scalars(
        select(Matter)
        .where(Matter.id.in_(ids), Matter.booking_id.is_not(None))
        .options(joinedload(Matter.booking, innerjoin=True).joinedload(Booking.reception_day, innerjoin=True))
        .order_by(Matter.id)
        .with_for_update(of=Matter)
    ).all()
    if {it.id for it in found} != set(ids):
        raise NotFound("没有找到所选的诉求，可能已被删去。请从当日的准备页面进入。")
    return found


def _opinion(
    session: Session,
    opinion_id: int,
    version: int | None,
    *,
    actor: Actor | None = None,
    now: datetime,
    whatever_day: bool = False,
) -> Opinion:
    """A request that can still be worked on, of the actor's own unit if one is given. Raises NotFound, Conflict."""
    opinion = session.scalar(
        select(Opinion)
        .where(Opinion.id == opinion_id)
        .options(
            joinedload(Opinion.unit, innerjoin=True),
            joinedload(Opinion.matter, innerjoin=True)
            .joinedload(Matter.booking, innerjoin=True)
            .joinedload(Booking.reception_day, innerjoin=True),
        )
        .with_for_update(of=Opinion)
    )
    if opinion is None or (actor is not None and opinion.unit_id != actor.unit_id):
        raise NotFound("没有找到这条征求意见，或不属于本单位。请从“单位意见”列表进入。")
    if version is not None and opinion.version != version:
        raise Conflict(CHANGED)
    if not whatever_day:
        _must_be_open(opinion.matter, now=now)
    return opinion


def _must_be_open(matter: Matter, *, now: datetime) -> None:
    """An opinion is of use as long as the enterprise is expected on a day that has neither passed nor ended."""
    booking, day = matter.booking, _day(matter)
    if day.state in ENDED or day.day < now.astimezone(ZONE).date():
        ended = day.state.label if day.state in ENDED else "已经过去"
        raise RuleBroken(f"{day_text(day.day)}的接待日{ended}，不再征求或回复意见。", field="state")
    if booking is None or booking.state not in STANDING_STATES:
        label = booking.state.label if booking is not None else "没有预约"
        raise RuleBroken(f"企业的预约{label}，不再征求或回复意见。", field="state")


def _day(matter: Matter) -> ReceptionDay:
    if matter.booking is None:
        raise NotFound("这项诉求不是预约时登记的，没有接待日。")
    return matter.booking.reception_day
