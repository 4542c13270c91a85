"""The disk runs full under a running server: bookings are refused in words, nothing is lost, and work goes on with room again."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from portal.store.audit_trail import verify
from portal.store.extension import db, read
from portal.store.models.bookings import Booking
from tests.builders import PASSWORD
from tests.live.browsers import Browser
from tests.live.districts import District, a_category_code, booking_fields, enterprise_name, open_days, settle_in

pytestmark = pytest.mark.timeout(900)  # a start of a real server, perhaps beside other tests

MEGABYTES = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that is soon full."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Write until nothing more goes in."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(b"0" * 4096)
    return filler


def test_on_a_full_disk_a_booking_is_refused_in_words_and_can_be_sent_again_when_there_is_room(
    small_disk: Path, migrated: Path
):
    district = District(small_disk / "instance")
    shutil.copytree(migrated, district.folder)
    settle_in(district, migrate=False)
    with district.open():
        (place,) = open_days(db.session(), 1, first=date(2026, 12, 15), slots=1, seats=9)
        category = a_category_code(read())
    with district.served(workers=1) as running, Browser(running.port) as office:
        office.sign_in("office", PASSWORD)
        forms = [booking_fields(number, place.slot_id, category) | {"form_token": f"f{number}"} for number in range(3)]
        assert office.post("/bookings/new", forms[0]).status == 303
        filler = fill(small_disk)
        refused = [office.post("/bookings/new", form) for form in forms[1:]]
        assert {it.status for it in refused} == {503}, refused[0].text[:2000]
        assert all("磁盘已满" in it.text for it in refused)
        assert enterprise_name(1) in refused[0].text
        assert office.get("/bookings/?day=2026-12-15").status == 200, "looking goes on"
        filler.unlink()
        assert [office.post("/bookings/new", form).status for form in forms] == [303, 303, 303]
    with district.open():
        assert read().scalar(select(func.count(Booking.id))) == 3
        assert read().scalars(text("PRAGMA integrity_check")).all() == ["ok"]
        assert verify(read())[1] is None
