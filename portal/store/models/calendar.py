"""The office's own days, laid over the official arrangement."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.workdays import DayKind
from portal.store.base import Base, Instant, words


class CalendarDay(Base):
    """What the office says of a day: statutory, exchanged, made up or local (domain 6)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind] = mapped_column(words(DayKind))
    name: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(200))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)
