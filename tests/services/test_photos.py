"""Photos: kept once, captioned, deleted with their bytes."""

import io
from datetime import date

import pytest
from sqlalchemy import func, select

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import photos
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Photo
from portal.store.models.files import StoredFile
from portal.store.queries.photos import photo_row, photos_of_day
from portal.store.uploads import place_of
from tests.booking_orders import OFFICE
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.documents.test_pictures import a_photo
from tests.reception_rooms import ReceptionRoom, day_of


@pytest.fixture
def room(session, now):
    return ReceptionRoom(session, now)


def taken(folder, *sizes):
    return [photos.take_in(folder, f"现场{size}.JPG", io.BytesIO(a_photo((size, 300))), megabytes=1) for size in sizes]


def test_several_are_added_at_once_and_the_same_one_only_once(session, room, tmp_path):
    pictures = taken(tmp_path, 400, 500)
    assert room.do(photos.add_photos, room.day, room.bookings[0], [*pictures, pictures[0]], " 现场 ") == 2
    assert room.do(photos.add_photos, room.day, room.bookings[0], pictures) == 0
    assert room.do(photos.add_photos, room.day, None, pictures[:1]) == 1
    rows = photos_of_day(session, room.day)
    assert [(it.booking_id, it.caption, it.name) for it in rows] == [
        (room.bookings[0], "现场", "现场400.jpg"),
        (room.bookings[0], "现场", "现场500.jpg"),
        (None, "", "现场400.jpg"),
    ]
    assert place_of(tmp_path, rows[0].sha256).exists()
    assert session.scalars(select(AuditLine.act)).all() == ["photo_added"] * 3


def test_what_is_no_picture_or_too_large_or_empty_is_refused_by_name(tmp_path):
    for data, words in ((b"%PDF-1.7", "不是 JPG 或 PNG"), (b"", "是空的"), (a_photo() + b"0" * 2**20, "超过 1 MB")):
        with pytest.raises(RuleBroken, match=f"坏.jpg.*{words}"):
            photos.take_in(tmp_path, "/tmp/坏.jpg", io.BytesIO(data), megabytes=1)
    assert not list(tmp_path.iterdir())


def test_a_photo_belongs_to_an_enterprise_of_that_day(session, room, tmp_path):
    session.info["unaudited"] = True
    other = a_reception_day(day=date(2027, 1, 15))
    booking = a_booking(other, an_enterprise())
    session.add_all([other, booking])
    session.commit()
    with pytest.raises(RuleBroken, match="不在这一天"):
        room.do(photos.add_photos, room.day, booking.id, taken(tmp_path, 400))
    day_of(session, room).state = DayState.PLANNED
    session.commit()
    with pytest.raises(RuleBroken, match="不能上传照片"):
        room.do(photos.add_photos, room.day, None, taken(tmp_path, 400))


def test_a_caption_is_written_and_the_same_again_leaves_no_line(session, room, tmp_path):
    room.do(photos.add_photos, room.day, None, taken(tmp_path, 400))
    [row] = photos_of_day(session, room.day)
    for _ in range(2):
        room.do(photos.caption_photo, row.id, " 座谈现场 ")
    assert session.get_one(Photo, row.id).caption == "座谈现场"
    assert session.scalars(select(AuditLine.act)).all().count("photo_captioned") == 1
    with pytest.raises(RuleBroken, match="最多 120 个字"):
        room.do(photos.caption_photo, row.id, "长" * 121)


def test_a_deleted_photo_names_its_bytes_once_nothing_refers_to_them(session, room, tmp_path):
    for booking_id in (room.bookings[0], None):
        room.do(photos.add_photos, room.day, booking_id, taken(tmp_path, 400))
    first, second = photos_of_day(session, room.day)
    assert room.do(photos.delete_photo, first.id) is None
    assert room.do(photos.delete_photo, second.id) == second.sha256
    assert session.scalar(select(func.count(StoredFile.id))) == 0
    line = session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line.act == "photo_deleted"
    assert second.sha256 in line.details
    with pytest.raises(NotFound):
        room.do(photos.delete_photo, first.id)


def test_the_audit_trail_names_nobody_whom_a_file_or_a_caption_names(session, room, tmp_path):
    named = photos.take_in(tmp_path, "申示例.jpg", io.BytesIO(a_photo()), megabytes=1)
    room.do(photos.add_photos, room.day, None, [named], "申示例发言")
    [row] = photos_of_day(session, room.day)
    room.do(photos.caption_photo, row.id, "申示例和王示例")
    room.do(photos.delete_photo, row.id)
    lines = session.execute(select(AuditLine.summary, AuditLine.details)).all()
    assert len(lines) == 3
    assert "示例" not in " ".join(f"{it.summary}{it.details}" for it in lines)


def test_only_the_office_adds_and_a_leader_of_another_day_sees_none(session, room, tmp_path):
    leader = Actor(7, "领导", Role.LEADER, leader_ids=frozenset({99}))
    with pytest.raises(NotAllowed):
        photos.add_photos(session, room.day, None, [], actor=leader, now=room.now)
    room.do(photos.add_photos, room.day, None, taken(tmp_path, 400))
    [row] = photos_of_day(session, room.day)
    assert photo_row(session, row.id, actor=OFFICE).name == "现场400.jpg"
    with pytest.raises(NotFound):
        photo_row(session, row.id, actor=leader)
