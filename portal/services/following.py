"""The enterprise's own window: whose code it is, whether the visitor is who he says, and what he does there (QD-22, JY-25)."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.following import LAST_DIGITS, is_end_of
from portal.domain.people import Action, Actor, must
from portal.domain.results import AskedHow
from portal.services.handling import handling_of
from portal.services.paper_checks import CODE_SIGNS, plain_code
from portal.services.result_opinions import Opinion, give_opinion
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, new_follow_code
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.voices import CallBack, EnterpriseWord, FollowFailure
from portal.store.queries.following import FollowedBooking, booking_followed
from portal.store.queries.office import office_rules

VISITOR = Actor.enterprise("企业（扫码）")
"""Who acts in the window: the code says which enterprise, nothing says which person."""

UNKNOWN = (
    "没有找到这个查询码。请核对纸上的 16 个字符（字母 A 至 Z 和数字 2 至 7）是否输全；"
    "重新领过单子的，以最新一张为准；仍然不行，请与接待单位联系。"
)
ALREADY = "这次办理结果已经有了企业意见，不能重复填写。请重新打开查询页查看最新情况。"
CHANGED = "您打开页面之后，这项诉求的办理已有变化。请返回查询页，看过最新情况再填写。"


def followed(session: Session, typed: str) -> FollowedBooking:
    """The booking a code belongs to, however it was typed. Raises NotFound, in the same words for every code that is none."""
    code = plain_code(typed)
    found = booking_followed(session, code if len(code) == CODE_SIGNS else "")
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def wrong_digits(session: Session, booking_id: int, digits: str, *, now: datetime) -> str:
    """Compare four digits with the end of the visitor's number: what is wrong, nothing when they fit.

    It answers and does not raise, so that a wrong try is counted and kept. After `follow_tries` wrong ones the window takes
    nothing more on that day, not even the right digits.
    """
    rules = office_rules(session)
    if not rules.follow_check:
        return ""
    booking = hold_window(session, booking_id)
    today = now.astimezone(ZONE).date()
    failure = session.get(FollowFailure, booking_id)
    tries = failure.failures if failure is not None and failure.on == today else 0
    if tries >= rules.follow_tries:
        return "今天输错次数太多，本页今天不能再填写，明天可以再试；急需办理的，请致电接待单位。查询不受影响。"
    if is_end_of(booking.visitor_phone, digits):
        return ""
    if failure is None:
        failure = FollowFailure(booking_id=booking_id, on=today, failures=0)
        session.add(failure)
    failure.on, failure.failures = today, tries + 1
    left = rules.follow_tries - failure.failures
    if not left:
        record(session, VISITOR, now, "follow_locked", booking, summary="企业查询页当日输错次数过多，暂停填写")
        return "输错次数太多，本页今天不能再填写，明天可以再试；急需办理的，请致电接待单位。查询不受影响。"
    return f"与预约登记的联系电话后 {LAST_DIGITS} 位不符，请核对；今天还可以试 {left} 次。"


def opinion_by_code(
    session: Session, booking_id: int, closing_id: int, opinion: Opinion, *, version: int, now: datetime
) -> Closing:
    """The enterprise's opinion of the result it saw; sent twice it counts once, and one given meanwhile is not overwritten."""
    closing = session.get(Closing, closing_id)
    if closing is None:
        raise NotFound("没有找到这次办理结果，请从查询页重新进入。")
    own_matter(session, booking_id, closing.matter_id)
    handling = handling_of(session, closing.matter_id, actor=VISITOR)
    session.refresh(closing)
    if closing.opinion_at is not None:
        same = (closing.grade, closing.resolved, closing.opinion, closing.opinion_how)
        if same == (opinion.grade, opinion.resolved, opinion.words.strip(), AskedHow.LINK):
            return closing
        raise Conflict(ALREADY)
    if closing.ended_at is not None or handling.matter.version != version:
        raise Conflict(CHANGED)
    return give_opinion(session, closing.matter_id, opinion, version=version, actor=VISITOR, now=now)


def own_matter(session: Session, booking_id: int, matter_id: int) -> Matter:
    """A matter of this booking. Raises NotFound for everybody else's, as for one that does not exist."""
    matter = session.scalar(select(Matter).where(Matter.id == matter_id, Matter.booking_id == booking_id))
    if matter is None:
        raise NotFound("没有找到这项诉求，请从查询页重新进入。")
    return matter


def hold_window(session: Session, booking_id: int) -> Booking:
    """Let one act at a time happen in a window: sending twice, counting tries and counting words all rest on it."""
    return session.scalars(
        select(Booking).where(Booking.id == booking_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def must_have_room_today(session: Session, booking_id: int, *, now: datetime) -> None:
    """Raise RuleBroken when enough was written in this window today."""
    most = office_rules(session).words_a_day
    since = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    written = session.scalar(
        select(func.count())
        .select_from(EnterpriseWord)
        .where(EnterpriseWord.booking_id == booking_id, EnterpriseWord.at >= since)
    )
    rated = session.scalar(
        select(func.count())
        .select_from(CallBack)
        .join(Matter, Matter.id == CallBack.matter_id)
        .where(Matter.booking_id == booking_id, CallBack.how == AskedHow.LINK, CallBack.at >= since)
    )
    if (written or 0) + (rated or 0) >= most:
        raise RuleBroken(f"今天在本页已经填写 {most} 次，请明天再填写；急需反映的，请致电接待单位。", field="told")


def renew_code(session: Session, booking_id: int, *, actor: Actor, now: datetime) -> Booking:
    """Give a booking a new code because its paper was lost; the old one opens nothing from this moment on."""
    must(actor, Action.BOOK)
    if session.get(Booking, booking_id) is None:
        raise NotFound("没有找到这条预约，或不在您可见的范围内。请从预约列表进入。")
    booking = hold_window(session, booking_id)
    booking.follow_code = new_follow_code()
    failure = session.get(FollowFailure, booking_id)
    if failure is not None:
        session.delete(failure)
    record(session, actor, now, "follow_code_renewed", booking, summary="更换企业查询码，原码失效")
    return booking
