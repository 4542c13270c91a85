"""Announced years as they were imported, and the office's own days laid over them."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, String
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


class Announcement(Base):
    """The official arrangement of a year as it was imported; a later import of the year replaces its days (domain 6)."""

    __tablename__ = "announcement"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(200))
    papers: Mapped[list[str]] = mapped_column(JSON, default=list)
    origin: Mapped[str] = mapped_column(String(16))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)


class AnnouncedDay(Base):
    """A day on which an announced year differs from Monday to Friday; it may lie in the December before."""

    __tablename__ = "announced_day"

    year: Mapped[int] = mapped_column(ForeignKey("announcement.year"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    kind: Mapped[DayKind] = mapped_column(words(DayKind))
    name: Mapped[str] = mapped_column(String(40))
