"""200 people at one place, through the very entrance they use: HTTP, to two worker processes."""

from collections.abc import Iterator
from datetime import date
from itertools import count

import pytest
from sqlalchemy import func, select

from portal.store.audit_trail import verify
from portal.store.extension import db, read
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import Seat
from tests.builders import PASSWORD
from tests.live.browsers import Browser
from tests.live.districts import District, a_category_code, enterprise_name, open_days
from tests.live.races import race_over_http

pytestmark = pytest.mark.timeout(900)  # a start of real servers, perhaps beside other tests

ATTEMPTS = 200
ELSEWHERE = "12月30日"
_numbers = count(1)


@pytest.fixture(scope="module")
def category(district: District) -> str:
    """Something a matter may be about; and a day on which there is always a place."""
    with district.open():
        open_days(db.session(), 1, first=date(2026, 12, 30), slots=1, seats=1)
        return a_category_code(read())


@pytest.fixture(scope="module")
def office(district: District, category: str) -> Iterator[Browser]:
    """The office, signed in at a server with two worker processes."""
    with district.served(workers=2) as running, Browser(running.port) as browser:
        yield browser.sign_in("office", PASSWORD)


@pytest.mark.parametrize("places", [1, 12])
def test_two_hundred_at_once_over_http_get_exactly_the_places_there_are(
    district: District, office: Browser, category: str, places: int
):
    with district.open():
        (slot,) = open_days(db.session(), 1, first=date(2026, 12, places), slots=1, seats=places)
    outcome = race_over_http(office, slot.slot_id, category, attempts=ATTEMPTS, numbers=_numbers)
    outcome.must_have_given(places)
    with district.open():
        standing = select(Seat.number).join(Booking, Booking.seat_id == Seat.id).where(Booking.slot_id == slot.slot_id)
        assert read().scalars(standing.order_by(Seat.number)).all() == list(range(1, places + 1))
        booked = select(Booking.id).where(Booking.slot_id == slot.slot_id)
        assert read().scalar(select(func.count(Matter.id)).where(Matter.booking_id.in_(booked))) == places
        assert verify(read())[1] is None


def test_whoever_comes_too_late_is_told_so_keeps_what_was_typed_and_sees_what_is_free(
    district: District, office: Browser, category: str
):
    with district.open():
        (slot,) = open_days(db.session(), 1, first=date(2026, 12, 20), slots=1, seats=1)
    numbers = list(range(900_001, 900_009))
    outcome = race_over_http(office, slot.slot_id, category, attempts=len(numbers), numbers=iter(numbers))
    outcome.must_have_given(1)
    late = [page for number in numbers for page in outcome.refusals if enterprise_name(number) in page]
    assert len(late) == len(numbers) - 1, "a refused form must come back with the enterprise's name in it"
    assert all("约满" in page and ELSEWHERE in page for page in late)


def test_losing_a_race_leaves_no_enterprise_behind(district: District, office: Browser, category: str):
    with district.open():
        (slot,) = open_days(db.session(), 1, first=date(2026, 12, 25), slots=1, seats=2)
        before = _enterprises()
    race_over_http(office, slot.slot_id, category, attempts=24, numbers=_numbers).must_have_given(2)
    with district.open():
        assert _enterprises() == before + 2


def _enterprises() -> int:
    return read().scalar(select(func.count(Enterprise.id))) or 0
