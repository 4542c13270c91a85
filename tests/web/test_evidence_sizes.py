"""Evidence comes in several files: the forms that bring it take more at once than other forms do."""

from datetime import timedelta
from io import BytesIO

import pytest

from portal import clock
from portal.domain.people import Role
from portal.services import look_backs
from portal.web.matters.files import WITH_FILES
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import OFFICE

NINE_MEGABYTES = 9 * 2**20


def photos(count):
    return [(BytesIO(b"%PDF-1.7\n" + b"0" * NINE_MEGABYTES), f"照片{n}.pdf") for n in range(count)]


@pytest.mark.parametrize("endpoint", sorted(WITH_FILES))
def test_every_form_that_may_bring_more_is_there(app, endpoint):
    assert "POST" in {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods}


def test_four_large_photos_of_a_look_back_come_together_and_a_form_without_files_takes_no_more_than_others(
    session, sign_in
):
    it = a_matter_in_hand(session, matters=1, now=clock.now())
    closed(session, it, now=clock.now())
    planned = look_backs.order_look_back(
        session, it.matter.id, clock.today() + timedelta(days=3), actor=OFFICE, now=clock.now()
    )
    session.commit()
    browser = sign_in(Role.OFFICE)
    assert browser.post(f"/look-backs/{planned.id}/record", data={"files": photos(4)}).status_code == 422
    assert browser.post(f"/look-backs/{planned.id}/assign", data={"files": photos(4)}).status_code == 413
