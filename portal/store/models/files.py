"""Files people hand in; the bytes lie in the instance folder under their checksum."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Base, Instant


class StoredFile(Base):
    """An uploaded paper: what it is called, what it really is, and which bytes."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
