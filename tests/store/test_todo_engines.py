"""The to-do list and the course of a matter ask both databases for the same."""

from datetime import date

import pytest

from portal.services.contact_days import contact_days
from portal.store.extension import db
from portal.store.paging import Wanted
from portal.store.queries.course_of_matter import course_of_matter
from portal.store.queries.overdue import start_of
from portal.store.queries.unit_todo import SORTS, TodoFilter, todo_counts, todo_rows
from tests.handled_matters import a_matter_in_hand
from tests.slip_builders import OFFICE

TODAY = date(2026, 11, 30)
BY_NEW_YEAR = TodoFilter(words="事项", due_until=date(2027, 1, 1))

pytestmark = pytest.mark.postgresql


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def test_both_databases_sort_page_and_count_a_units_list_and_tell_a_course(records):
    session = records
    it = a_matter_in_hand(session, matters=1)
    days = contact_days(session, it.head)
    for sort in SORTS:
        first = todo_rows(session, it.head, BY_NEW_YEAR, Wanted(sort, size=1), days=days, now=start_of(TODAY))
        then = Wanted(sort, size=1, after=first.next_key)
        second = todo_rows(session, it.head, BY_NEW_YEAR, then, days=days, now=start_of(TODAY))
        assert {row.kind for row in (*first.rows, *second.rows)} == {"contact", "handle"}, sort
    counts = todo_counts(session, it.head, TodoFilter(), days=days, now=start_of(TODAY))
    assert sum(number for number, _ in counts.values()) == 2
    for actor in (it.head, it.signer, OFFICE):
        assert course_of_matter(session, actor, it.matter.id, it.matter.booking_id).lines, actor.role
