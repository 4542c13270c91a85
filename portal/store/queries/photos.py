"""Photos of a reception day, for those who may see its room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.store.models.bookings import Booking, Photo
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.reception import ReceptionDay
from portal.store.queries.bookings import serves_on


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo; one of the day as a whole has no booking and no enterprise."""

    id: int
    day: date
    booking_id: int | None
    enterprise_name: str | None
    caption: str
    name: str
    sha256: str
    added_by: str
    added_at: datetime

    @property
    def words(self) -> str:
        """What it shows, as far as anybody has said."""
        return self.caption or self.enterprise_name or "接待日现场"


_PHOTOS = (
    select(
        Photo.id, ReceptionDay.day, Photo.booking_id, Enterprise.name, Photo.caption, StoredFile.name,
        StoredFile.sha256, Photo.added_by, Photo.added_at,
    )
    .join(ReceptionDay, ReceptionDay.id == Photo.reception_day_id)
    .join(StoredFile, StoredFile.id == Photo.file_id)
    .outerjoin(Booking, Booking.id == Photo.booking_id)
    .outerjoin(Enterprise, Enterprise.id == Booking.enterprise_id)
)  # fmt: skip


def photos_of_day(session: Session, day_id: int) -> Sequence[PhotoRow]:
    """The photos of a day in the order they were added, in one statement."""
    return [
        PhotoRow(*row) for row in session.execute(_PHOTOS.where(Photo.reception_day_id == day_id).order_by(Photo.id))
    ]


def photo_row(session: Session, photo_id: int, *, actor: Actor) -> PhotoRow:
    """One photo, for whoever may see the room of its day. Raises NotFound otherwise."""
    row = session.execute(_PHOTOS.where(Photo.id == photo_id, serves_on(actor))).first()
    if row is None:
        raise NotFound("没有找到这张照片，或不在您可见的范围内。")
    return PhotoRow(*row)
