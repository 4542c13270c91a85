"""The audit trail's tables; triggers of the first migration refuse to change or delete a line."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Instant


class AuditLine(Base):
    """One act: who, when, what, on which record, sealed to the line before."""

    __tablename__ = "audit_line"
    __table_args__ = (Index("ix_audit_line_target", "target_kind", "target_id"),)
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    account_id: Mapped[int] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(32))
    act: Mapped[str] = mapped_column(String(48), index=True)
    target_kind: Mapped[str] = mapped_column(String(48))
    target_id: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(String(400))
    details: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain; its line number is also the version of all data, by which pages are cached."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_id: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
