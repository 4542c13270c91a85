"""A limit in hours is over at its moment on every list, one in days when its day has passed; both databases agree."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from portal.domain.clocks import DEFAULT_CLOCKS, Measure, Stage
from portal.domain.receipts import ReceiptWanted
from portal.domain.unit_todo import TodoKind
from portal.services import results, slip_receipts
from portal.services.clock_policy import set_clock
from portal.services.contact_days import contact_days
from portal.store.extension import db
from portal.store.models.office import OfficeSetting
from portal.store.queries.closings import ClosingFilter, all_closing_rows
from portal.store.queries.matter_filters import MatterFilter
from portal.store.queries.matters import how_many
from portal.store.queries.receipts import ReceiptFilter, all_receipt_rows, receipts_by_unit
from portal.store.queries.unit_todo import TodoFilter, all_todo_rows, contacts_to_make, todo_counts
from tests.handled_matters import SOLVED, a_matter_in_hand
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip, unit_actor

BEFORE, AFTER = NOW + timedelta(hours=1, minutes=59), NOW + timedelta(hours=2, minutes=1)


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def in_two_hours(session, stage):
    set_clock(session, replace(DEFAULT_CLOCKS[stage], length=2, measure=Measure.HOURS), actor=OFFICE, now=NOW)
    session.commit()


def late(session, actor, now, kind):
    rows = all_todo_rows(
        session, actor, TodoFilter(kind=kind, overdue=True), days=contact_days(session, actor), now=now
    )
    counted = todo_counts(session, actor, TodoFilter(), days=contact_days(session, actor), now=now)[kind]
    assert len(rows) == counted[1]
    return len(rows)


def test_a_result_a_head_has_two_hours_to_sign_is_late_in_two_hours(records):
    in_two_hours(records, Stage.HEAD)
    it = a_matter_in_hand(records, matters=1)
    results.propose_result(records, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    records.commit()
    for now, expected in ((BEFORE, 0), (AFTER, 1), (AFTER + timedelta(days=2), 1)):
        assert how_many(records, OFFICE, [MatterFilter(slow=True)], now=now) == [expected]
        assert len(all_closing_rows(records, OFFICE, ClosingFilter(overdue=True), now=now)) == expected
        assert late(records, it.head, now, TodoKind.HEAD) == expected


def test_a_step_in_days_is_late_when_its_day_has_passed_and_not_before(records):
    it = a_matter_in_hand(records, matters=1)
    results.propose_result(records, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    records.commit()
    last = datetime.combine(it.matter.step_due_on, NOW.timetz())
    for now, expected in ((last.replace(hour=23, minute=59), 0), (last + timedelta(days=1), 1)):
        assert how_many(records, OFFICE, [MatterFilter(slow=True)], now=now) == [expected]


def test_a_slip_to_be_signed_for_in_two_hours_is_late_in_two_hours_and_signing_then_is_not_in_time(records):
    in_two_hours(records, Stage.RECEIPT)
    scene = a_scene(records, matters=1)
    slip = an_issued_slip(records, scene)
    lead = unit_actor(scene.units[0])
    year = (NOW.date().replace(month=1, day=1), NOW.date().replace(month=12, day=31))
    for now, expected in ((BEFORE, 0), (AFTER, 1)):
        assert late(records, lead, now, TodoKind.SIGN) == expected
        overdue = ReceiptFilter(wanted=ReceiptWanted.OVERDUE)
        assert len(all_receipt_rows(records, OFFICE, overdue, now=now)) == 2 * expected
        assert {it.overdue for it in receipts_by_unit(records, OFFICE, *year, now=now)} == {expected}
    slip_receipts.receive_slip(records, slip.id, actor=lead, now=AFTER)
    records.commit()
    for wanted, expected in ((ReceiptWanted.LATE, 1), (ReceiptWanted.IN_TIME, 0)):
        assert len(all_receipt_rows(records, OFFICE, ReceiptFilter(wanted=wanted), now=AFTER)) == expected
    rates = {it.unit_id: it.rate for it in receipts_by_unit(records, OFFICE, *year, now=AFTER)}
    assert (rates[lead.unit_id].in_time, rates[lead.unit_id].late) == (0, 1)


@pytest.mark.parametrize("urgent", [True, False])
def test_an_enterprise_to_be_spoken_with_in_two_hours_waits_too_long_after_two(records, urgent):
    if urgent:
        records.add(OfficeSetting(name="urgent_hours", value=2))
    else:
        in_two_hours(records, Stage.CONTACT)
    it = a_matter_in_hand(records, matters=2)
    it.matter.urgent = True
    records.commit()
    waiting = 1 if urgent else 2
    for now, expected in ((BEFORE, 0), (AFTER, waiting)):
        assert late(records, it.handler, now, TodoKind.CONTACT) == expected
        days = contact_days(records, it.handler)
        assert contacts_to_make(records, it.handler, days=days, now=now) == (2, expected)
    rows = all_todo_rows(
        records, it.handler, TodoFilter(kind=TodoKind.CONTACT), days=contact_days(records, it.handler), now=AFTER
    )
    assert [row.due_at for row in rows if row.due_at] == [NOW + timedelta(hours=2)] * waiting
