"""Enterprises (一企一档)."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base


class Enterprise(Base):
    """A private enterprise, or another whose exception was given a reason."""

    __tablename__ = "enterprise"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    initials: Mapped[str] = mapped_column(String(120), index=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    registered_place: Mapped[str] = mapped_column(String(200))
    is_private: Mapped[bool] = mapped_column(default=True)
    industry: Mapped[str] = mapped_column(String(60), default="")
    legal_representative: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
