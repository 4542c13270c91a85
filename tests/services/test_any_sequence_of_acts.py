"""Whatever the office does in whatever order: seats, counts, people, the waiting list and the audit chain stay true."""

import os
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.clock import ZONE
from portal.domain.booking_window import offer_deadline
from portal.domain.bookings import STANDING_STATES, BookingState
from portal.domain.errors import RuleBroken
from portal.domain.reception_days import DayState
from portal.services import reception_days
from portal.services.booking_orders import CompanionGiven
from portal.services.places import is_elsewhere, persons_booked
from portal.store.audit_trail import verify
from portal.store.extension import db, read
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.office import OfficeSetting
from portal.store.models.reception import ReceptionDay, Seat
from portal.store.models.slips import Serial
from tests.booking_orders import an_order, the_district
from tests.desks import Desk, Span, a_day_of, must_be_true

SPANS = (
    Span("09:00", "09:40", "一号室"),
    Span("09:20", "10:00", "二号室"),
    Span("10:00", "10:40", "一号室"),
    Span("11:00", "12:00", "大会议室", seats=2),
)
EXAMPLES, STEPS = int(os.environ.get("MACHINE_EXAMPLES", "12")), 40
_days = count()

enterprises, persons = st.integers(1, 6), st.integers(1, 4)
chosen = st.integers(0, 40)
tokens = st.sampled_from(["a" * 32, "b" * 32, None])
reasons = st.sampled_from(["", "", "", "重点项目，领导同意"])


class Desks(RuleBasedStateMachine):
    """Two days, few places, few people: everybody is in everybody's way."""

    came: ClassVar[Counter[str]] = Counter()

    @initialize(
        groups=st.sampled_from([0, 0, 3]),
        matters=st.sampled_from([0, 0, 4]),
        orders=st.lists(st.tuples(enterprises, persons, st.integers(0, 5)), min_size=4, max_size=8),
    )
    def two_days(self, groups, matters, orders):
        first = date(2027, 3, 1) + timedelta(days=30 * next(_days))
        self.desk = Desk(datetime.combine(first - timedelta(days=8), time(9), ZONE))
        session = db.session()
        session.rollback()
        session.info["unaudited"] = True
        days = [
            a_day_of(*SPANS, day=first, most_groups=groups, most_matters=matters),
            a_day_of(Span("09:00", "09:40"), Span("10:00", "10:40"), day=first + timedelta(days=2), most_groups=groups),
        ]
        session.add_all(days)
        session.commit()
        self.day_ids = [day.id for day in days]
        self.slot_ids = [slot.id for day in days for slot in day.slots]
        self.ids, self.offered = [], []
        for enterprise, person, slot in orders:
            self.book(enterprise, person, 0, slot, 1, True, bool(person % 2), None, "", "")

    # --- what the office does ------------------------------------------------------

    @rule(
        enterprise=enterprises, person=persons, companion=st.integers(0, 4), slot=st.integers(0, 5),
        matters=st.integers(1, 2), waits=st.booleans(), any_slot=st.booleans(), token=tokens,
        again=reasons, above=reasons,
    )  # fmt: skip
    def book(self, enterprise, person, companion, slot, matters, waits, any_slot, token, again, above):
        order = an_order(
            self.slot_ids[slot],
            name=f"安澜序列{enterprise}有限公司",
            phone=f"1390000000{person}",
            companions=(CompanionGiven("申示例", phone=f"1390000000{companion}"),) if companion else (),
            matters=an_order(0).matters * matters,
            waits=waits,
            any_slot=any_slot,
            form_token=self.token(token),
            again_reason=again,
            over_limit_reason=above,
        )
        held, before = self.seats_held_by(order.form_token), set(read().scalars(select(Booking.id)))
        came = self.try_to(lambda: self.desk.order(order))
        if came is not None and came.id not in before and came.seat_id is not None and came.seat_id not in held:
            self.nobody_was_overtaken(came)

    @rule(slot=st.integers(0, 5), token=st.sampled_from(["a" * 32, "b" * 32]))
    def hold(self, slot, token):
        self.try_to(lambda: self.desk.hold(self.slot_ids[slot], self.token(token)))

    @rule(minutes=st.sampled_from([3, 9, 45, 200, 600, 1500]))
    def time_passes(self, minutes):
        self.desk.wait(minutes=minutes)

    @precondition(lambda self: self.ids)
    @rule(which=chosen)
    def confirm(self, which):
        self.with_one(which, self.desk.confirm)

    @precondition(lambda self: self.ids)
    @rule(which=chosen)
    def cancel(self, which):
        self.with_one(which, self.desk.cancel)

    @precondition(lambda self: self.ids)
    @rule(which=chosen)
    def refuse(self, which):
        self.with_one(which, self.desk.refuse)

    @precondition(lambda self: self.ids)
    @rule(which=chosen, slot=st.integers(0, 5))
    def move(self, which, slot):
        self.with_one(which, lambda it: self.desk.move(it, self.slot_ids[slot], reason="企业要求改期"))

    @precondition(lambda self: self.ids)
    @rule(which=chosen, person=persons)
    def somebody_else_comes(self, which, person):
        self.with_one(which, lambda it: self.desk.visitor(it, "申示例", f"1390000000{person}"))

    @precondition(lambda self: self.offered)
    @rule(which=chosen)
    def accept(self, which):
        self.try_to(lambda: self.desk.accept(self.offered[which % len(self.offered)]))

    @precondition(lambda self: self.offered)
    @rule(which=chosen)
    def decline(self, which):
        self.try_to(lambda: self.desk.decline(self.offered[which % len(self.offered)]))

    @rule(day=st.integers(0, 1))
    def take_back_lapsed(self, day):
        self.try_to(lambda: self.desk.take_back(self.day_ids[day]))

    @precondition(lambda self: len(self.ids) % 7 == 6)
    @rule(day=st.integers(0, 1))
    def cancel_day_and_take_it_up_again(self, day):
        def off(session, *, actor, now):
            held = reception_days.day_to_change(session, self.day_ids[day], None)
            return reception_days.take_off(session, held, "会议冲突，另行安排", actor=actor, now=now)

        if self.try_to(lambda: self.desk.do(off)) is not None:
            version = read().scalar(select(ReceptionDay.version).where(ReceptionDay.id == self.day_ids[day]))
            self.desk.do(reception_days.restore_day, self.day_ids[day], version=version)

    @rule(day=st.integers(0, 1), hour=st.integers(8, 11))
    def begin_at_another_hour(self, day, hour):
        version = read().scalar(select(ReceptionDay.version).where(ReceptionDay.id == self.day_ids[day]))
        given = {"venue": "区工商联会议室", "starts_at": time(hour), "theme": "", "version": version}
        self.try_to(lambda: self.desk.do(reception_days.change_day, self.day_ids[day], **given))

    # --- what must hold ------------------------------------------------------------

    @invariant()
    def places_counts_and_people_are_true(self):
        if not hasattr(self, "desk"):
            return
        must_be_true(read(), self.desk.now, self.day_ids)
        self.an_enterprise_stands_once_unless_a_reason_says_why()
        ours = select(Booking.id, Booking.state).where(Booking.reception_day_id.in_(self.day_ids)).order_by(Booking.id)
        states = read().execute(ours).all()
        self.ids = [it[0] for it in states if it[1] in STANDING_STATES]
        self.offered = [it[0] for it in states if it[1] is BookingState.OFFERED]
        read().rollback()

    def an_enterprise_stands_once_unless_a_reason_says_why(self):
        standing = select(Booking.reception_day_id, Booking.enterprise_id, Booking.again_reason).where(
            Booking.state.in_(STANDING_STATES), Booking.reception_day_id.in_(self.day_ids)
        )
        plain = Counter((it[0], it[1]) for it in read().execute(standing) if not it[2])
        assert all(times == 1 for times in plain.values())

    def nobody_was_overtaken(self, newcomer):
        """Nobody who was never asked waits for the very place somebody new was just given."""
        session = read()
        session.rollback()
        fresh = select(Booking).where(Booking.id == newcomer.id).execution_options(populate_existing=True)
        given = session.scalars(fresh.options(joinedload(Booking.slot), joinedload(Booking.reception_day))).one()
        waiting = session.scalars(
            select(Booking).where(
                Booking.reception_day_id == given.reception_day_id,
                Booking.state == BookingState.WAITING,
                Booking.offers == 0,
                Booking.id != given.id,
            )
        ).all()
        for it in waiting:
            assert not self.could_have_had(session, it, given), f"{it.id} waits for what {given.id} was given"

    def could_have_had(self, session: Session, waiting: Booking, given: Booking) -> bool:
        day, slot = given.reception_day, given.slot
        if not (waiting.any_slot or waiting.slot_id == slot.id) or day.state not in (
            DayState.PLANNED,
            DayState.PUBLISHED,
        ):
            return False
        if offer_deadline(self.desk.now, 0, day.day, slot.starts_at) is None:
            return False
        if is_elsewhere(session, slot, persons_booked(session, waiting), own_id=given.id):
            return False
        groups = day.groups_booked - given.counted
        matters = day.matters_booked - (given.counted_matters if given.counted else 0)
        if not waiting.counted:
            return True
        within_groups = not day.most_groups or groups < day.most_groups
        return within_groups and (not day.most_matters or matters + waiting.counted_matters <= day.most_matters)

    def teardown(self):
        session = read()
        session.rollback()
        matters = session.scalars(select(Matter.number).order_by(Matter.id)).all()
        last = dict(session.execute(select(Serial.year, Serial.last).where(Serial.paper == "matter")).all())
        counted = Counter(int(number.partition("-")[0]) for number in matters)
        assert counted == last
        assert verify(session)[1] is None
        session.rollback()

    # --- how ------------------------------------------------------------------------

    def try_to(self, act):
        try:
            done = act()
        except RuleBroken as refusal:
            self.came[type(refusal).__name__] += 1
            read().rollback()
            return None
        self.came["done"] += 1
        return done

    def with_one(self, which, act):
        self.try_to(lambda: act(self.ids[which % len(self.ids)]))

    def token(self, sign):
        return f"{sign}{self.day_ids[0]}" if sign else None

    def seats_held_by(self, token):
        if token is None:
            return set()
        found = set(read().scalars(select(Seat.id).where(Seat.held_by == token, Seat.held_until > self.desk.now)))
        read().rollback()
        return found


@pytest.mark.timeout(900)
def test_places_counts_people_and_chain_are_true_after_any_sequence_of_acts(app: Flask):
    with app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        session.add_all([*the_district(), OfficeSetting(name="booking_close_days", value=0)])
        session.commit()
        session.info.pop("unaudited")
        Desks.came.clear()
        run_state_machine_as_test(
            Desks,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
            ),
        )
        acts = set(read().scalars(select(AuditLine.act)))
        assert acts >= {"booked", "put_on_waiting_list", "place_offered", "booking_moved", "booking_cancelled"}
        assert Desks.came["done"] > Desks.came.total() / 5, "the machine must do more than be refused"
        db.session.remove()
