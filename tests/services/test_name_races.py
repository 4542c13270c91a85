"""One name, several desks at once: the name is kept once and everybody else is told beside it, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.domain.errors import RuleBroken
from portal.domain.people import Actor, Role
from portal.services.slot_templates import TemplateEntry, add_slot_template
from portal.services.venues import VenueEntry, add_venue
from portal.store.extension import db, read, transaction
from portal.store.models.reception import SlotTemplate, Venue
from tests.conftest import NOW

OFFICE = Actor(0, "办公室", Role.OFFICE)
DESKS = 6


def a_venue(session):
    add_venue(session, VenueEntry("区政务中心三楼"), actor=OFFICE, now=NOW)


def a_template(session):
    add_slot_template(session, TemplateEntry("半天六场", time(9), 40, 6), actor=OFFICE, now=NOW)


@pytest.mark.parametrize("act,model", [(a_venue, Venue), (a_template, SlotTemplate)])
def test_a_name_given_at_several_desks_at_once_is_kept_once(each_app, act, model):
    start = Barrier(DESKS)

    def desk(_):
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    act(session)
            except RuleBroken as refusal:
                return refusal.field
            else:
                return "kept"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(DESKS) as pool:
        came = sorted(pool.map(desk, range(DESKS)))
    assert came == ["kept"] + ["name"] * (DESKS - 1)
    with each_app.app_context():
        assert read().scalar(select(func.count()).select_from(model)) == 1
