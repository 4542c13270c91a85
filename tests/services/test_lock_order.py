"""Whoever changes a booking or reopens a matter holds the day first, so nobody waits in a circle or acts on what was (docs/decisions/0017)."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from time import sleep

import pytest
from sqlalchemy import select, update

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matters import Disposition, MatterKind, MatterState
from portal.domain.messages import MessageState
from portal.domain.reception_days import DayState
from portal.domain.visitor_news import Occasion
from portal.services import bookings, dispositions, receptions, records, slip_drafts, told_matters, withdrawals
from portal.services.booking_orders import MatterTold
from portal.services.dispositions import Decision
from portal.services.places import lock_days
from portal.services.records import RecordText, fingerprint
from portal.services.visit_reminders import remind_visitors
from portal.store.extension import transaction
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message
from portal.store.models.reception import ReceptionDay
from tests.held_receptions import ZHANG, Held

A_MOMENT = 0.4
"""Long enough for the other one to come as far as it can."""


@pytest.fixture
def held(postgres_app):
    return Held(postgres_app)


@contextmanager
def meanwhile(act) -> Future:
    """Somebody else at work in another thread, as far as the locks let him."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(act)
        sleep(A_MOMENT)
        yield other


def test_whoever_tells_a_matter_waits_for_the_day_before_it_holds_the_booking(held):
    told = MatterTold(MatterKind.SUGGESTION, "0301", "当场提出")
    with held.inside(), transaction() as session:
        lock_days(session, held.day)
        with meanwhile(lambda: held.do(told_matters.add_matter, held.booking, told)) as other:
            session.execute(update(Booking).where(Booking.id == held.booking).values(calls=1))
            session.commit()
            assert other.result().number == "2026-0001"


def test_a_closed_day_is_sealed_over_what_is_saved_at_this_moment(held):
    held.do(dispositions.dispose_matter, held.matter, Decision(Disposition.SETTLE, "本月内拨付到位"))
    held.finish()
    with held.inside(), transaction() as session:
        text = RecordText(inquiry="最后一句")
        records.save_record(session, held.booking, text, actor=ZHANG, now=held.now)
        session.flush()
        with meanwhile(lambda: held.do(receptions.close_day, held.day)) as closing:
            session.commit()
            closing.result()
    assert fingerprint(RecordText.of(held.stands())) in held.details()[-1]


def test_nobody_is_told_to_come_whose_booking_is_cancelled_at_this_moment(held):
    held.change(ReceptionDay, held.day, state=DayState.PUBLISHED)
    held.change(Booking, held.booking, state=BookingState.CONFIRMED)
    evening_before = datetime(2026, 12, 14, 16, tzinfo=ZONE)

    def remind():
        with held.inside(), transaction() as session:
            return remind_visitors(session, now=evening_before)

    with held.inside(), transaction() as session:
        bookings.cancel_booking(session, held.booking, "企业来电说明情况", actor=ZHANG, now=evening_before)
        with meanwhile(remind) as reminding:
            session.commit()
            assert reminding.result() == 0
        (call,) = session.scalars(select(Message)).all()
        assert call.subject.startswith(Occasion.CANCELLED.label)
        assert call.state is MessageState.WAITING


def test_a_day_is_not_closed_over_a_matter_that_is_taken_up_again_at_this_moment(held):
    held.do(dispositions.dispose_matter, held.matter, Decision(Disposition.SETTLE, "本月内拨付到位"))
    held.finish()
    with held.inside(), transaction() as session:
        dispositions.reopen_matter(session, held.matter, actor=ZHANG, now=held.now)
        with meanwhile(lambda: held.do(receptions.close_day, held.day)) as closing:
            session.commit()
            with pytest.raises(RuleBroken, match="没有处置"):
                closing.result()
    with held.inside(), transaction() as session:
        assert session.scalars(select(ReceptionDay.state)).one() is DayState.ONGOING
    assert held.the_matter().state is MatterState.REGISTERED


def test_a_matter_is_not_withdrawn_over_the_slip_that_is_drafted_for_it_at_this_moment(held):
    held.do(dispositions.dispose_matter, held.matter, Decision(Disposition.ASSIGN))
    withdraw = partial(withdrawals.withdraw_matter, matter_id=held.matter, why="企业来电说明已自行解决")
    with held.inside(), transaction() as session:
        slip_drafts.draft_slip(session, [held.matter], actor=ZHANG, now=held.now)
        with meanwhile(lambda: held.do(withdraw)) as withdrawing:
            session.commit()
            with pytest.raises(Conflict, match="已有变化"):
                withdrawing.result()
    assert held.the_matter().state is MatterState.AWAITING_ASSIGNMENT
