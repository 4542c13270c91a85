"""The same thing entered at several desks at once is kept once, and everybody else is told, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.workdays import DayKind
from portal.services.calendar_days import clear_day, set_day
from portal.services.slot_templates import TemplateEntry, add_slot_template
from portal.services.venues import VenueEntry, add_venue
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.calendar import CalendarDay
from portal.store.models.reception import SlotTemplate, Venue
from tests.conftest import NOW

OFFICE = Actor(0, "办公室", Role.OFFICE)
DAY = date(2026, 12, 25)
DESKS = 6


def a_venue(session):
    add_venue(session, VenueEntry("区政务中心三楼"), actor=OFFICE, now=NOW)


def a_template(session):
    add_slot_template(session, TemplateEntry("半天六场", time(9), 40, 6), actor=OFFICE, now=NOW)


def a_local_holiday(session):
    set_day(session, DAY, DayKind.LOCAL, "区庆", "安政办发〔2026〕12号", actor=Actor.system(), now=NOW)


def no_local_holiday(session):
    clear_day(session, DAY, actor=OFFICE, now=NOW)


def at_every_desk(app, act):
    """Let all desks do something at the same moment; answers, sorted, "done" the field of a refusal, or "gone"."""
    start = Barrier(DESKS)

    def desk(_):
        with app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    act(session)
            except RuleBroken as refusal:
                return str(refusal.field)
            except NotFound:
                return "gone"
            else:
                return "done"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(DESKS) as pool:
        return sorted(pool.map(desk, range(DESKS)))


@pytest.mark.parametrize("act,model", [(a_venue, Venue), (a_template, SlotTemplate)])
def test_a_name_given_at_several_desks_at_once_is_kept_once(each_app, act, model):
    assert at_every_desk(each_app, act) == ["done"] + ["name"] * (DESKS - 1)
    with each_app.app_context():
        assert read().scalar(select(func.count()).select_from(model)) == 1


def test_a_day_said_and_taken_back_at_several_desks_at_once_is_lost_to_nobody_unawares(each_app):
    came = at_every_desk(each_app, a_local_holiday)
    assert set(came) <= {"day", "done"}
    said = came.count("done")
    assert said >= 1  # whoever comes after a word that is kept already replaces it with the same
    with each_app.app_context():
        assert read().scalar(select(func.count()).select_from(CalendarDay)) == 1
        db.session.remove()
    assert at_every_desk(each_app, no_local_holiday) == ["done"] + ["gone"] * (DESKS - 1)
    with each_app.app_context():
        acts = read().execute(select(AuditLine.act, func.count()).group_by(AuditLine.act)).tuples()
        assert dict(acts.all()) == {"calendar_day_set": said, "calendar_day_cleared": 1}
