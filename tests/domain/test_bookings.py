from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bookings import (
    ACTIVE_STATES,
    BOOKING_ACTS,
    STANDING_STATES,
    BookingState,
    Identity,
    advance,
    eligibility_problems,
    normalise_phone,
    phone_problems,
)
from portal.domain.errors import RuleBroken

OWN = "云山市安澜区"


def problems(
    place="安澜区人民路1号",
    *,
    is_private=True,
    identity=Identity.LEGAL_REPRESENTATIVE,
    has_letter=False,
    reason=None,
):
    found = eligibility_problems(
        place, OWN, is_private=is_private, identity=identity, has_letter=has_letter, override_reason=reason
    )
    return [it.field for it in found]


# --- who may be received ---


def test_the_legal_representative_of_a_private_enterprise_in_the_district_is_received():
    assert problems() == []


def test_an_authorised_representative_needs_the_letter():
    assert problems(identity=Identity.AUTHORISED_REPRESENTATIVE) == ["letter"]
    assert problems(identity=Identity.AUTHORISED_REPRESENTATIVE, has_letter=True) == []


def test_an_enterprise_of_another_district_or_not_private_is_not_received():
    assert problems("云山市临江区") == ["registered_place"]
    assert problems(is_private=False) == ["is_private"]
    assert problems("云山市临江区", is_private=False) == ["registered_place", "is_private"]


def test_the_refusal_names_the_place_and_the_way_out():
    refusal = eligibility_problems(
        "云山市临江区", OWN, is_private=True, identity=Identity.LEGAL_REPRESENTATIVE, has_letter=False
    )
    assert refusal[0].message == "企业注册地为“云山市临江区”，不在云山市安澜区内；如确需接待，请填写理由后继续。"


def test_the_office_may_receive_others_with_a_reason():
    assert problems("云山市临江区", is_private=False, reason="重点招商项目") == []


@pytest.mark.parametrize("reason", ["", "   ", "确需 "])
def test_a_reason_of_less_than_four_signs_is_none(reason):
    assert problems("云山市临江区", reason=reason) == ["override_reason"]


def test_no_reason_is_asked_of_those_who_are_received_anyway():
    assert problems(reason="") == []


def test_a_reason_never_stands_in_for_the_letter():
    found = problems("云山市临江区", identity=Identity.AUTHORISED_REPRESENTATIVE, reason="重点招商项目")
    assert found == ["letter"]


# --- phone numbers ---


@pytest.mark.parametrize(
    "text,number",
    [
        ("13800005678", "13800005678"),
        (" 138 0000 5678 ", "13800005678"),
        ("138-0000-5678", "13800005678"),
        ("+86 13800005678", "13800005678"),
        ("008613800005678", "13800005678"),
        ("１３８００００５６７８", "13800005678"),
        ("0830-4291234", "0830-4291234"),
        ("（0830）4291234", "0830-4291234"),
        ("08304291234", "0830-4291234"),
        ("010 6529 1234", "010-65291234"),
        ("02165291234", "021-65291234"),
        ("4291234", "4291234"),
        ("0830-4291234转12", "0830-4291234-12"),
        ("0830-4291234-12", "0830-4291234-12"),
        ("400-800-1234", "4008001234"),
    ],
)
def test_a_phone_number_is_written_one_way(text, number):
    assert normalise_phone(text) == number
    assert normalise_phone(number) == number


@pytest.mark.parametrize(
    "text,part",
    [
        ("", "请填写联系电话"),
        (" - ", "请填写联系电话"),
        ("1380000567", "应为 11 位，以 13 至 19 开头，现为 10 位"),
        ("12800005678", "以 13 至 19 开头"),
        ("0830-429", "区号加 7 至 8 位"),
        ("123", "手机号码应为 11 位"),
        ("找张经理", "只能包含数字"),
        ("13800005678a", "只能包含数字"),
        ("୧୩୮", "只能包含数字"),
    ],
)
def test_a_wrong_phone_number_is_told_what_is_wrong(text, part):
    [problem] = phone_problems(text)
    assert problem.field == "phone"
    assert part in problem.message


def test_a_right_phone_number_has_no_problem():
    assert phone_problems("13800005678") == []


@given(st.text("0123456789+-()（）转 ", max_size=20))
def test_writing_a_number_again_changes_nothing(text):
    if not phone_problems(text):
        assert normalise_phone(normalise_phone(text)) == normalise_phone(text)


# --- states ---


def test_a_booking_goes_from_review_to_the_end_of_the_reception():
    way = [BookingState.PENDING, BookingState.CONFIRMED, BookingState.ARRIVED, BookingState.FINISHED]
    assert [advance(state, target) for state, target in pairwise(way)] == way[1:]


def test_a_latecomer_taken_for_a_no_show_may_still_check_in():
    assert advance(BookingState.NO_SHOW, BookingState.ARRIVED) is BookingState.ARRIVED


def test_a_mistaken_check_in_can_be_taken_back():
    assert advance(BookingState.ARRIVED, BookingState.CONFIRMED) is BookingState.CONFIRMED


@pytest.mark.parametrize("target", [BookingState.CANCELLED, BookingState.NO_SHOW, BookingState.PENDING])
def test_who_has_been_received_is_neither_cancelled_nor_a_no_show(target):
    with pytest.raises(RuleBroken, match="预约现为“接待完毕”，不能变更为"):
        advance(BookingState.FINISHED, target)


@pytest.mark.parametrize("state", [BookingState.CANCELLED, BookingState.REFUSED, BookingState.FINISHED])
def test_an_ended_booking_offers_no_further_step(state):
    assert BOOKING_ACTS.possible(state) == ()


def test_waiting_cancelled_and_refused_bookings_hold_no_seat():
    ended = {BookingState.CANCELLED, BookingState.REFUSED}
    assert set(BookingState) - ACTIVE_STATES == ended | {BookingState.WAITING}
    assert set(BookingState) - STANDING_STATES == ended
