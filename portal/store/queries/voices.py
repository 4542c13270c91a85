"""What enterprises wrote in their own window, for those who answer it: breaches for supervision too, nothing for units (JY-25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.voices import WordKind
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay
from portal.store.models.voices import EnterpriseWord
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.overdue import day_at

ON_ONE_LIST = 5_000
VOICE_SORTS = ("at", "enterprise", "kind")


@dataclass(frozen=True, slots=True)
class VoiceFilter:
    """Which words are asked for: still open or answered (None: both), of one kind, with a text in enterprise or matter."""

    is_open: bool | None = True
    kind: WordKind | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """One word as a list shows it; `may_be_reached` says that somebody left how."""

    id: int
    kind: WordKind
    at: datetime
    enterprise: str
    day: date
    booking_id: int
    matter_id: int | None
    matter_number: str
    matter_title: str
    matter_state: MatterState | None
    told: str
    may_be_reached: bool
    answer: str
    answered_by: str
    answered_at: datetime | None
    version: int


def voice_page(session: Session, wanted: Wanted, asked: VoiceFilter, *, actor: Actor) -> Page[VoiceRow]:
    """One page of words, in two statements."""
    keys: dict[str, ColumnElement[Any]] = {
        "at": EnterpriseWord.at.expression,
        "enterprise": Enterprise.name.expression,
        "kind": EnterpriseWord.kind.expression,
    }
    page = page_of(session, _voices(asked, actor), wanted, keys=keys, identity=EnterpriseWord.id.expression)
    return Page([VoiceRow(*row) for row in page.rows], page.wanted, page.next_key, page.previous_key, page.total)


def voice_rows(session: Session, asked: VoiceFilter, *, actor: Actor) -> Sequence[VoiceRow]:
    """The words of one exported list, the oldest first."""
    statement = _voices(asked, actor).order_by(EnterpriseWord.at, EnterpriseWord.id).limit(ON_ONE_LIST)
    return [VoiceRow(*row) for row in session.execute(statement)]


def voice(session: Session, word_id: int, *, actor: Actor) -> VoiceRow:
    """One word. Raises NotFound when there is none or this person may not know of it."""
    row = session.execute(_voices(VoiceFilter(None), actor).where(EnterpriseWord.id == word_id)).one_or_none()
    if row is None:
        raise NotFound("没有找到这条企业来言，或不在您可见的范围内。请从列表重新进入。")
    return VoiceRow(*row)


def open_voices(session: Session, *, actor: Actor) -> int:
    """How many words wait for an answer by this person's room."""
    waiting = (EnterpriseWord.answered_at.is_(None), _visible(actor))
    return session.scalar(select(func.count()).select_from(EnterpriseWord).where(*waiting)) or 0


def days_of_open_voices(session: Session, *, actor: Actor) -> Sequence[date]:
    """The days on which the words were written that wait for an answer by this person's room."""
    waiting = select(EnterpriseWord.at).where(EnterpriseWord.answered_at.is_(None), _visible(actor))
    return [day_at(at) for at in session.scalars(waiting)]


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.OFFICE:
        return true()
    return EnterpriseWord.kind == WordKind.BREACH if actor.role is Role.SUPERVISOR else false()


def _voices(asked: VoiceFilter, actor: Actor) -> Select[Any]:
    statement = (
        select(
            EnterpriseWord.id, EnterpriseWord.kind, EnterpriseWord.at, Enterprise.name, ReceptionDay.day,
            EnterpriseWord.booking_id, EnterpriseWord.matter_id, func.coalesce(Matter.number, ""),
            func.coalesce(Matter.title, ""), Matter.state, EnterpriseWord.told,
            EnterpriseWord.reach.is_not(None), EnterpriseWord.answer, EnterpriseWord.answered_by,
            EnterpriseWord.answered_at, EnterpriseWord.version,
        )
        .join(Booking, Booking.id == EnterpriseWord.booking_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .outerjoin(Matter, Matter.id == EnterpriseWord.matter_id)
        .where(_visible(actor))
    )  # fmt: skip
    if asked.is_open is not None:
        answered = EnterpriseWord.answered_at
        statement = statement.where(answered.is_(None) if asked.is_open else answered.is_not(None))
    if asked.kind is not None:
        statement = statement.where(EnterpriseWord.kind == asked.kind)
    if asked.q:
        places = (Enterprise.name, Matter.number, Matter.title)
        statement = statement.where(or_(*(it.icontains(asked.q, autoescape=True) for it in places)))
    return statement
