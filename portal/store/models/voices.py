"""What enterprises say: asked again after closing (回访), or by themselves through their own window."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.results import AskedHow, Grade, Resolved
from portal.domain.voices import WordKind
from portal.store.base import Base, Instant, words
from portal.store.sealing import Sealed


class CallBack(Base):
    """An enterprise asked again after its matter was closed or settled in the room (回访), or rating it by itself."""

    __tablename__ = "call_back"
    __table_args__ = (
        CheckConstraint("(grade IS NULL) = (resolved IS NULL)", name="rated_whole"),
        CheckConstraint("grade IS NOT NULL OR told <> ''", name="not_reached_says_why"),
        Index("ix_call_back_of_matter", "matter_id", "round", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    round: Mapped[int]
    grade: Mapped[Grade | None] = mapped_column(words(Grade))
    resolved: Mapped[Resolved | None] = mapped_column(words(Resolved))
    told: Mapped[str] = mapped_column(Text, default="")
    how: Mapped[AskedHow] = mapped_column(words(AskedHow))
    by: Mapped[str] = mapped_column(String(40), default="")
    recorded_by: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class EnterpriseWord(Base):
    """What an enterprise wrote in its own window: an objection, a breach, a remark; the office answers (JY-25).

    How to reach whoever wrote it is sealed; a report of a breach is not shown to the unit it speaks of.
    """

    __tablename__ = "enterprise_word"
    __table_args__ = (
        CheckConstraint("told <> ''", name="in_words"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_whole"),
        Index("ix_enterprise_word_open", "answered_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"), index=True)
    kind: Mapped[WordKind] = mapped_column(words(WordKind))
    told: Mapped[str] = mapped_column(Text)
    reach: Mapped[str | None] = mapped_column(Sealed("enterprise_word.reach"))
    at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(40), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class FollowFailure(Base):
    """Wrong digits given on a day by whoever holds the code of a booking, so that a lock holds across processes."""

    __tablename__ = "follow_failure"
    bookkeeping = True

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    on: Mapped[date]
    failures: Mapped[int]
