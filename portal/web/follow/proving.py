"""The second check of whoever acts in the window: once the digits fitted, they are not asked again for half an hour."""

import hashlib
from datetime import datetime, timedelta

from flask import session as browser

from portal import clock
from portal.services.following import wrong_digits
from portal.services.paper_checks import plain_code
from portal.store.extension import write
from portal.store.queries.following import FollowedBooking
from portal.web.follow.forms import CheckedForm
from portal.web.office import rules

PROVED, HOLDS_FOR = "window_proved", timedelta(minutes=30)


def is_proved(code: str) -> bool:
    """Whether whoever sits at this browser has given the digits for this code, or the office asks for none."""
    if not rules().follow_check:
        return True
    mark, until = (*browser.get(PROVED, ()), "", "")[:2]
    return mark == _mark(code) and bool(until) and clock.now() < datetime.fromisoformat(until)


def proves(form: CheckedForm, code: str, booking: FollowedBooking) -> bool:
    """Check the digits on a form that is otherwise in order; a wrong try is kept before it is refused."""
    if is_proved(code):
        return True
    digits = form.digits.data or ""
    if not digits:
        form.digits.errors = ["请填写预约时登记的联系电话后 4 位。"]
        return False
    problem = write(lambda session: wrong_digits(session, booking.id, digits, now=clock.now()))
    if problem:
        form.digits.errors = [problem]
        return False
    browser[PROVED] = [_mark(code), (clock.now() + HOLDS_FOR).isoformat()]
    return True


def _mark(code: str) -> str:
    return hashlib.sha256(plain_code(code).encode()).hexdigest()[:32]
