"""The office's rules as it has changed them."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base


class OfficeSetting(Base):
    """One rule of `domain.office.OfficeRules` that differs from its default."""

    __tablename__ = "office_setting"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)
