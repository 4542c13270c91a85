"""What enterprises wrote in their own window, for those who answer it: breaches for supervision too, nothing for units (JY-25)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.labelled import Labelled
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


class VoiceWanted(Labelled):
    """Which words a list shows."""

    OPEN = "open", "待答复"
    ANSWERED = "answered", "已答复"


@dataclass(frozen=True, slots=True)
class VoiceFilter:
    """Which words are asked for: still open or answered (None: both), of one kind, with every text in enterprise or matter."""

    wanted: VoiceWanted | None = VoiceWanted.OPEN
    kind: WordKind | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but how far they have got is asked for."""
        return self != VoiceFilter(self.wanted)


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


VOICE_SORTS: Mapping[str, ColumnElement[Any]] = {
    "at": EnterpriseWord.at.expression,
    "enterprise": Enterprise.name.expression,
    "kind": EnterpriseWord.kind.expression,
    "matter": func.coalesce(Matter.number, ""),
    "answered": func.coalesce(EnterpriseWord.answered_at, EnterpriseWord.at),
}


def voice_rows(session: Session, actor: Actor, asked: VoiceFilter, wanted: Wanted) -> Page[VoiceRow]:
    """One page of words, in two statements."""
    statement = _listed(actor, asked)
    page = page_of(session, statement, wanted, keys=VOICE_SORTS, identity=EnterpriseWord.id.expression)
    return replace(page, rows=[VoiceRow(*row) for row in page.rows])


def all_voices(session: Session, actor: Actor, asked: VoiceFilter) -> Iterator[VoiceRow]:
    """The whole list under the same filters, the oldest first: for export."""
    for row in session.execute(_listed(actor, asked).order_by(EnterpriseWord.at, EnterpriseWord.id)):
        yield VoiceRow(*row)


def voice_counts(session: Session, actor: Actor, asked: VoiceFilter) -> Mapping[VoiceWanted, int]:
    """How many wait and how many are answered under the other filters; one statement."""
    columns = [func.count().filter(_of(it)).label(it.value) for it in VoiceWanted]
    statement = _narrowed(select(*columns).select_from(EnterpriseWord), actor, replace(asked, wanted=None))
    return dict(zip(VoiceWanted, session.execute(statement).one(), strict=True))


def voice(session: Session, word_id: int, *, actor: Actor) -> VoiceRow:
    """One word. Raises NotFound when there is none or this person may not know of it."""
    row = session.execute(_listed(actor, VoiceFilter(None)).where(EnterpriseWord.id == word_id)).one_or_none()
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


def _of(wanted: VoiceWanted) -> ColumnElement[bool]:
    waits = EnterpriseWord.answered_at.is_(None)
    return waits if wanted is VoiceWanted.OPEN else ~waits


def _listed(actor: Actor, asked: VoiceFilter) -> Select[Any]:
    return _narrowed(
        select(
            EnterpriseWord.id, EnterpriseWord.kind, EnterpriseWord.at, Enterprise.name, ReceptionDay.day,
            EnterpriseWord.booking_id, EnterpriseWord.matter_id, func.coalesce(Matter.number, ""),
            func.coalesce(Matter.title, ""), Matter.state, EnterpriseWord.told,
            EnterpriseWord.reach.is_not(None), EnterpriseWord.answer, EnterpriseWord.answered_by,
            EnterpriseWord.answered_at, EnterpriseWord.version,
        ).select_from(EnterpriseWord),
        actor,
        asked,
    )  # fmt: skip


def _narrowed(statement: Select[Any], actor: Actor, asked: VoiceFilter) -> Select[Any]:
    statement = (
        statement.join(Booking, Booking.id == EnterpriseWord.booking_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .outerjoin(Matter, Matter.id == EnterpriseWord.matter_id)
        .where(_visible(actor))
    )
    if asked.wanted is not None:
        statement = statement.where(_of(asked.wanted))
    if asked.kind is not None:
        statement = statement.where(EnterpriseWord.kind == asked.kind)
    for word in asked.words.split():
        places = (Enterprise.name, Matter.number, Matter.title)
        statement = statement.where(or_(*(it.icontains(word, autoescape=True) for it in places)))
    return statement
