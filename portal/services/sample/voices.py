"""What enterprises of the sample district wrote in their own window: one answered, others that wait (JY-25)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import Grade, Resolved
from portal.domain.voices import WordKind
from portal.services.ratings import Rating, rate_by_code
from portal.services.voices import WordGiven, answer_word, write_word
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
ANSWERED = "情况已转承办单位一并研究，办理结果会显示在本页，也会电话告知。"


def speak(session: Session, *, now: datetime) -> None:
    """A rating, a remark that was answered, and an objection and a report of a breach that wait."""
    settled = _told(session, MatterState.SETTLED, now)
    handled = _told(session, MatterState.HANDLING, now)
    refused = _told(session, MatterState.REFUSED, now)
    for matter in settled[:1]:
        rate_by_code(
            session,
            matter.booking_id or 0,
            matter.id,
            Rating(Grade.CONTENT, Resolved.FULLY),
            now=now - timedelta(hours=2),
        )
    for matter in handled[:1]:
        given = WordGiven(WordKind.REMARK, "厂房图纸已经补齐，可以随时提供。", matter.id)
        word = write_word(session, matter.booking_id or 0, given, now=now - timedelta(days=3))
        answer_word(session, word.id, ANSWERED, actor=OFFICE, now=now - timedelta(days=2))
    for matter in handled[1:2]:
        given = WordGiven(WordKind.BREACH, "窗口工作人员让我们找指定的中介代办，否则不收材料。", matter.id)
        write_word(session, matter.booking_id or 0, given, now=now - timedelta(hours=20))
    for matter in refused[:1]:
        given = WordGiven(WordKind.OBJECTION, "此前的答复针对另一个项目，请再核对一次。", matter.id)
        write_word(session, matter.booking_id or 0, given, now=now - timedelta(hours=3))


def _told(session: Session, state: MatterState, now: datetime) -> list[Matter]:
    """Matters told in the room in the last months that are in a state now, the newest first."""
    statement = (
        select(Matter)
        .join(Booking, Booking.id == Matter.booking_id)
        .where(Matter.state == state, Booking.state == BookingState.FINISHED, Matter.raised_on < now.date())
        .order_by(Matter.raised_on.desc(), Matter.id)
    )
    return list(session.scalars(statement.limit(2)))
