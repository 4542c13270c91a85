"""Photos of a reception day or of one reception: taken in without what the camera wrote into them, and kept until deleted.

Names of files and captions may name people, so the audit trail holds neither: it tells a photo by its checksum.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import IO

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.documents.pictures import PictureRefused, tidy_picture
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services.uploads import MEGABYTE, AcceptedFile, keep, stored_file, tidy_name
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, Photo
from portal.store.models.files import StoredFile
from portal.store.models.reception import ReceptionDay

LONGEST_CAPTION = 120
WITH_PHOTOS = frozenset({DayState.PUBLISHED, DayState.ONGOING, DayState.CLOSED})


def take_in(folder: Path, name: str, stream: IO[bytes], *, megabytes: int) -> AcceptedFile:
    """Draw a JPG or PNG anew and keep that; the file as it was handed in is not kept.

    Raises RuleBroken for anything else; what it is, its bytes say and not its name.
    """
    data, shown = stream.read(megabytes * MEGABYTE + 1), tidy_name(name)
    if not data:
        raise RuleBroken(f"“{shown}”是空的，请重新选择。", field="photos")
    if len(data) > megabytes * MEGABYTE:
        raise RuleBroken(f"“{shown}”超过 {megabytes} MB，请缩小后再传。", field="photos")
    try:
        drawn = tidy_picture(data)
    except PictureRefused as refusal:
        raise RuleBroken(f"“{shown}”{refusal}", field="photos") from None
    return AcceptedFile(
        keep(folder, drawn, "photos"), f"{PurePath(shown).stem or '照片'}.jpg", "image/jpeg", len(drawn)
    )


def add_photos(
    session: Session,
    day_id: int,
    booking_id: int | None,
    pictures: Sequence[AcceptedFile],
    caption: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Put pictures to a day or to one of its receptions; one that is there already is not put there twice.

    Answers how many were added.
    """
    must(actor, Action.RECORD_RECEPTION)
    day = _day(session, day_id)
    if booking_id is not None and session.scalar(_of_day(booking_id, day_id)) is None:
        raise RuleBroken("所选企业不在这一天的名单上，请重新选择。", field="booking")
    there = {it.file.sha256 for it in session.scalars(_photos(day_id, booking_id))}
    new = [it for it in {it.sha256: it for it in pictures}.values() if it.sha256 not in there]
    for picture in new:
        file = stored_file(picture, now=now)
        session.add(file)
        session.flush()
        photo = Photo(
            reception_day_id=day.id, booking_id=booking_id, file_id=file.id, caption=caption.strip()[:LONGEST_CAPTION],
            added_by=actor.name, added_at=now,
        )  # fmt: skip
        session.add(photo)
        session.flush()
        record(session, actor, now, "photo_added", photo, summary="上传照片", sha256=picture.sha256)
    return len(new)


def caption_photo(session: Session, photo_id: int, caption: str, *, actor: Actor, now: datetime) -> Photo:
    """Write below a photo what it shows."""
    must(actor, Action.RECORD_RECEPTION)
    photo = _photo(session, photo_id)
    wanted = caption.strip()
    if len(wanted) > LONGEST_CAPTION:
        raise RuleBroken(f"照片说明最多 {LONGEST_CAPTION} 个字，请精简。", field="caption")
    if photo.caption != wanted:
        photo.caption = wanted
        record(session, actor, now, "photo_captioned", photo, summary="修改照片说明")
    return photo


def delete_photo(session: Session, photo_id: int, *, actor: Actor, now: datetime) -> str | None:
    """Delete a photo for good. Answers the checksum of bytes nothing refers to any more, to be wiped after the commit."""
    must(actor, Action.RECORD_RECEPTION)
    photo = _photo(session, photo_id)
    file = photo.file
    record(session, actor, now, "photo_deleted", photo, summary="删除照片", sha256=file.sha256)
    session.delete(photo)
    session.flush()
    session.delete(file)
    session.flush()
    others = session.scalar(select(func.count(StoredFile.id)).where(StoredFile.sha256 == file.sha256))
    return None if others else file.sha256


def _day(session: Session, day_id: int) -> ReceptionDay:
    day = session.get(ReceptionDay, day_id)
    if day is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    if day.state not in WITH_PHOTOS:
        raise RuleBroken(f"{day_text(day.day)}接待日{day.state.label}，不能上传照片。", field="photos")
    return day


def _photo(session: Session, photo_id: int) -> Photo:
    photo = session.scalar(select(Photo).where(Photo.id == photo_id).options(joinedload(Photo.file)))
    if photo is None:
        raise NotFound("没有找到这张照片，可能已被删除。")
    return photo


def _of_day(booking_id: int, day_id: int) -> Select[tuple[int]]:
    return select(Booking.id).where(Booking.id == booking_id, Booking.reception_day_id == day_id)


def _photos(day_id: int, booking_id: int | None) -> Select[tuple[Photo]]:
    at = Photo.booking_id.is_(None) if booking_id is None else Photo.booking_id == booking_id
    return select(Photo).where(Photo.reception_day_id == day_id, at).options(joinedload(Photo.file))
