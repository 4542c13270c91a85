"""What a booking must say, what it costs the next one, and what becomes of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState, Identity
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.matters import Check, MatterKind, MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.refusals import RefusalGround
from portal.services import bookings, preparations
from portal.services.booking_orders import MatterTold, VisitorGiven, order_problems
from portal.services.bookings import AlreadyBooked
from portal.services.preparations import PriorCheck
from portal.services.uploads import AcceptedFile
from portal.store.extension import transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.queries.office import office_rules
from tests.booking_orders import OFFICE, an_order, the_district
from tests.builders import a_reception_day, a_unit, an_enterprise

LETTER = AcceptedFile("0" * 64, "委托书.pdf", "application/pdf", 10)


@pytest.fixture
def day(session):
    session.add_all(the_district())
    day = a_reception_day(slots=2)
    session.add(day)
    session.commit()
    return day


@pytest.fixture
def slots(day):
    return [slot.id for slot in day.slots]


@pytest.fixture
def seats(day):
    """The id of the only seat of each slot."""
    return [slot.seats[0].id for slot in day.slots]


@pytest.fixture
def book(session, slots, now):
    """Book with the audit trail on, as a page does."""

    def booked(**given):
        session.info.pop("unaudited", None)
        with transaction() as writing:
            return bookings.book(writing, an_order(given.pop("slot_id", slots[0]), **given), actor=OFFICE, now=now)

    return booked


def problems(session, **given):
    rules = office_rules(session)
    return {it.field: it.message for it in order_problems(session, an_order(1, **given), rules)}


def test_a_booking_takes_a_seat_numbers_its_matters_and_leaves_a_line(session, book, seats):
    matters = tuple(MatterTold(MatterKind.PROBLEM, "0301", title) for title in ("一", "二"))
    booking = book(matters=matters)
    assert booking.seat_id == seats[0]
    numbers = session.scalars(select(Matter.number).where(Matter.booking_id == booking.id).order_by(Matter.position))
    assert list(numbers) == ["2026-0001", "2026-0002"]
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()
    assert acts == ["enterprise_added", "booked"]


@pytest.mark.parametrize("screens, state", [(True, BookingState.PENDING), (False, BookingState.CONFIRMED)])
def test_a_booking_waits_for_review_only_where_the_office_screens(session, now, screens, state):
    day = a_reception_day()
    session.add_all([day, *the_district(screening=screens)])
    session.commit()
    assert bookings.book(session, an_order(day.slots[0].id), actor=OFFICE, now=now).state is state


def test_only_the_office_books(session, now, slots):
    unit = Actor(2, "区住建局", Role.UNIT, unit_id=1)
    with pytest.raises(NotAllowed):
        bookings.book(session, an_order(slots[0]), actor=unit, now=now)


def test_a_full_slot_is_refused_with_what_is_still_free_that_day_and_after(session, book):
    later = a_reception_day(day=date(2027, 1, 15), slots=1)
    session.add(later)
    session.commit()
    book()
    with pytest.raises(Conflict) as refused:
        book()
    assert refused.value.field == "slot"
    assert list(refused.value.alternatives) == [
        "12月15日 周二 10:00–10:40（余 1 个）",
        "2027年1月15日 周五 09:00–09:40（余 1 个）",
    ]


def test_a_second_booking_of_an_enterprise_that_day_is_refused_with_the_first_one_named(book, slots):
    first = book(name="安澜甲有限公司")
    with pytest.raises(AlreadyBooked, match="09:00") as refused:
        book(name="安澜甲有限公司", slot_id=slots[1])
    assert refused.value.booking_id == first.id


def test_an_enterprise_may_book_again_that_day_once_its_booking_is_cancelled(session, book, now):
    first = book(name="安澜甲有限公司")
    with transaction() as writing:
        bookings.cancel_booking(writing, first.id, "企业来电说明不能到场", actor=OFFICE, now=now)
    assert book(name="安澜甲有限公司").id != first.id


def test_the_same_form_sent_twice_is_one_booking(session, book):
    first = book(name="安澜甲有限公司", form_token="t" * 32)
    again = book(name="安澜甲有限公司", form_token="t" * 32)
    assert again.id == first.id
    assert len(session.scalars(select(Booking.id)).all()) == 1


@pytest.mark.parametrize("state", [DayState.CLOSED, DayState.CANCELLED])
def test_a_day_that_is_over_takes_no_booking(session, day, book, state):
    day.state = state
    session.commit()
    with pytest.raises(RuleBroken, match=state.label):
        book()


def test_a_past_day_takes_no_booking(session, day, book):
    day.day = date(2026, 11, 21)
    session.commit()
    with pytest.raises(RuleBroken, match="已经过去"):
        book()


def test_an_enterprise_registered_elsewhere_needs_a_reason(session, book):
    assert "不在云山市安澜区内" in problems(session, registered_place="云山市临江区江边路1号")["registered_place"]
    booking = book(registered_place="云山市临江区江边路1号", override_reason="总部拟迁入本区，区领导同意")
    assert booking.override_reason == "总部拟迁入本区，区领导同意"


@pytest.mark.usefixtures("day")
def test_a_reason_of_two_signs_is_no_reason(session):
    found = problems(session, registered_place="云山市临江区江边路1号", override_reason="同意")
    assert list(found) == ["override_reason"]


def test_an_authorised_representative_needs_a_letter_and_no_reason_replaces_it(session, book):
    given = {"identity": Identity.AUTHORISED_REPRESENTATIVE, "override_reason": "情况特殊确需接待"}
    assert list(problems(session, **given)) == ["authorisation"]
    assert book(**given, letter=LETTER).authorisation_id is not None


@pytest.mark.usefixtures("day")
def test_an_enterprise_that_is_not_private_needs_a_reason(session):
    assert list(problems(session, is_private=False)) == ["is_private"]


@pytest.mark.usefixtures("day")
def test_a_wrong_telephone_number_is_said_beside_its_field(session):
    assert "11 位" in problems(session, phone="138000")["visitor_phone"]


@pytest.mark.usefixtures("day")
def test_at_least_one_matter_and_at_most_fifteen(session):
    assert list(problems(session, matters=())) == ["matters"]
    many = tuple(MatterTold(MatterKind.PROBLEM, "0301", f"第{number}条") for number in range(16))
    assert "最多 15 条" in problems(session, matters=many)["matters"]


@pytest.mark.usefixtures("day")
def test_a_matter_needs_a_category_that_is_in_use(session):
    unknown = (MatterTold(MatterKind.PROBLEM, "9999", "标题"),)
    assert "类别" in problems(session, matters=unknown)["matters"]


def test_until_the_office_has_named_its_district_no_place_is_another_ones(session):
    session.add_all(the_district(city="", district="本区"))
    session.commit()
    assert problems(session, registered_place="云山市临江区江边路1号") == {}


def test_what_was_refused_takes_no_number(session, book, slots):
    book()
    with pytest.raises(Conflict):
        book()
    book(slot_id=slots[1])
    assert session.scalars(select(Matter.number).order_by(Matter.id)).all() == ["2026-0001", "2026-0002"]


def test_moving_gives_the_old_place_up_and_takes_the_new_one(session, book, now, slots, seats):
    booking = book()
    with transaction() as writing:
        moved = bookings.move_booking(writing, booking.id, slots[1], version=1, actor=OFFICE, now=now)
    assert moved.seat_id == seats[1]
    assert moved.version == 2
    assert book(slot_id=slots[0]).seat_id == seats[0]


def test_moving_to_another_day_takes_the_matters_along(session, book, now, slots):
    booking = book()
    other = a_reception_day(day=date(2027, 1, 15))
    session.info["unaudited"] = True
    session.add(other)
    session.commit()
    with transaction() as writing:
        bookings.move_booking(writing, booking.id, other.slots[0].id, actor=OFFICE, now=now)
    matter = session.scalars(select(Matter)).one()
    assert matter.reception_day_id == other.id


def test_moving_to_a_full_slot_changes_nothing(session, book, now, slots, seats):
    booking, _ = book(), book(slot_id=slots[1])
    with pytest.raises(Conflict, match="约满"), transaction() as writing:
        bookings.move_booking(writing, booking.id, slots[1], actor=OFFICE, now=now)
    session.expire_all()
    assert session.get_one(Booking, booking.id).seat_id == seats[0]


def test_moving_to_a_day_where_the_enterprise_is_booked_is_refused(session, book, now, slots):
    other = a_reception_day(day=date(2027, 1, 15))
    session.add(other)
    session.commit()
    booking = book(name="安澜甲有限公司")
    there = book(name="安澜甲有限公司", slot_id=other.slots[0].id)
    with pytest.raises(AlreadyBooked) as refused, transaction() as writing:
        bookings.move_booking(writing, booking.id, other.slots[1].id, actor=OFFICE, now=now)
    assert refused.value.booking_id == there.id


def test_refusing_says_why_and_where_to_turn_and_frees_the_place(session, book, now, seats):
    booking = book()
    with transaction() as writing:
        bookings.refuse_booking(writing, booking.id, "已进入诉讼程序", "诉讼", actor=OFFICE, now=now)
    assert booking.state is BookingState.REFUSED
    assert booking.seat_id is None
    matter = session.scalars(select(Matter)).one()
    assert (matter.state, matter.ended_reason) == (MatterState.REFUSED, "已进入诉讼程序。应走渠道：诉讼。")
    assert book().seat_id == seats[0]


def test_a_ground_of_refusal_goes_to_every_matter_and_brings_its_channel(session, book, now):
    booking = book()
    with transaction() as writing:
        bookings.refuse_booking(writing, booking.id, "", "", ground=RefusalGround.PETITION, actor=OFFICE, now=now)
    matter = session.scalars(select(Matter)).one()
    assert (booking.refusal_ground, matter.refusal_ground) == (RefusalGround.PETITION, RefusalGround.PETITION)
    assert (
        booking.ended_reason
        == matter.ended_reason
        == ("信访部门已受理，尚在办理期限内。应走渠道：向受理该事项的信访部门查询办理进展。")
    )


@pytest.mark.parametrize("ground", RefusalGround)
def test_the_longest_words_of_every_ground_can_be_kept(session, book, now, ground):
    booking = book()
    with transaction() as writing:
        bookings.refuse_booking(writing, booking.id, "长" * 120, "长" * 40, ground=ground, actor=OFFICE, now=now)
    assert len(booking.ended_reason) <= Booking.ended_reason.type.length


@pytest.mark.parametrize("reason, channel, field", [("", "信访", "reason"), ("已进入诉讼程序", "", "channel")])
def test_refusing_without_reason_or_channel_is_not_possible(session, book, now, reason, channel, field):
    booking = book()
    with pytest.raises(RuleBroken) as refused:
        bookings.refuse_booking(session, booking.id, reason, channel, actor=OFFICE, now=now)
    assert refused.value.field == field


def test_a_page_opened_before_somebody_elses_change_cannot_overwrite_it(session, book, now):
    booking = book()
    with transaction() as writing:
        bookings.confirm_booking(writing, booking.id, version=1, actor=OFFICE, now=now)
    with pytest.raises(Conflict, match="别人已修改"):
        bookings.cancel_booking(session, booking.id, "企业来电取消", version=1, actor=OFFICE, now=now)


def test_a_new_visitor_keeps_the_number_and_letter_that_are_not_given_again(session, book, now):
    booking = book(identity=Identity.AUTHORISED_REPRESENTATIVE, letter=LETTER)
    visitor = VisitorGiven("李示例", "", Identity.AUTHORISED_REPRESENTATIVE)
    with transaction() as writing:
        changed = bookings.change_visitor(writing, booking.id, visitor, actor=OFFICE, now=now)
    assert (changed.visitor_name, changed.visitor_phone) == ("李示例", "13800005678")
    assert changed.authorisation_id is not None


def test_looking_at_personal_data_leaves_a_line_without_the_data(session, book, now):
    booking = book()
    with transaction() as writing:
        bookings.see_personal_data(writing, booking.id, "联系电话", actor=OFFICE, now=now)
    line = session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line.act == "personal_data_seen"
    assert "13800005678" not in line.summary + line.details


def test_a_leader_may_not_look_at_full_numbers(session, book, now):
    booking = book()
    leader = Actor(3, "领导", Role.LEADER, leader_ids=frozenset({1}))
    with pytest.raises(NotAllowed):
        bookings.see_personal_data(session, booking.id, "联系电话", actor=leader, now=now)


def test_the_telephone_number_is_unreadable_in_the_database(session, book):
    book()
    kept = session.connection().exec_driver_sql("select visitor_phone from booking").scalar_one()
    assert "13800005678" not in kept


def test_a_booking_of_an_enterprise_on_file_brings_its_file_up_to_date(session, book):
    known = an_enterprise(name="安澜甲有限公司", registered_place="云山市安澜区旧址")
    session.add(known)
    session.commit()
    book(name=" 安澜甲有限公司 ", registered_place="云山市安澜区新址", credit_code="91510503MA00000X3K")
    assert session.scalars(select(Enterprise)).one().registered_place == "云山市安澜区新址"


def test_a_blank_place_is_taken_from_the_file(session, book):
    known = an_enterprise(name="安澜甲有限公司", registered_place="云山市安澜区旧址")
    session.add(known)
    session.commit()
    booking = book(name="安澜甲有限公司", registered_place="")
    assert session.get_one(Enterprise, booking.enterprise_id).registered_place == "云山市安澜区旧址"


def test_the_pre_check_keeps_three_answers_and_how_pressing_a_matter_is(session, book, now):
    booking = book()
    matter = session.scalars(select(Matter).where(Matter.booking_id == booking.id)).one()
    check = PriorCheck(Check.YES, Check.YES, Check.NO, "已实地核实", urgent=True)
    with transaction() as writing:
        preparations.check_matter(writing, matter.id, check, version=1, actor=OFFICE, now=now)
    assert (matter.is_true, matter.is_reasonable, matter.urgent, matter.hard) == (Check.YES, Check.NO, True, False)
    with pytest.raises(Conflict):
        preparations.check_matter(session, matter.id, PriorCheck(), version=1, actor=OFFICE, now=now)


def test_units_are_invited_and_uninvited_as_chosen(session, book, now):
    booking, first, second = book(), a_unit(), a_unit()
    session.info["unaudited"] = True
    session.add_all([first, second])
    session.commit()
    invited = preparations.invite_units(session, booking.id, [first.id, second.id], actor=OFFICE, now=now).invited
    assert {it.unit_id for it in invited} == {first.id, second.id}
    session.commit()
    invited = preparations.invite_units(session, booking.id, [second.id], actor=OFFICE, now=now).invited
    assert [it.unit_id for it in invited] == [second.id]


def test_numbers_begin_again_with_the_year(session, day, now, slots):
    new_year = now.replace(year=2027, month=1, day=2)
    day.day = date(2027, 1, 15)
    session.commit()
    booking = bookings.book(session, an_order(slots[0]), actor=OFFICE, now=new_year)
    assert session.scalars(select(Matter.number).where(Matter.booking_id == booking.id)).one() == "2027-0001"
    assert booking.booked_at - now > timedelta(days=30)
