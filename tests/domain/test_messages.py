"""Mail addresses, and when a mail is tried again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import ZONE
from portal.domain.errors import RuleBroken
from portal.domain.masking import mask_email
from portal.domain.messages import MESSAGE_STEPS, PAUSES, MessageState, email_problems, next_attempt

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


@pytest.mark.parametrize("address", ["", "a@b.cn", "Lian.Luo+1@mail.example.gov.cn", "x_1@example.com"])
def test_an_address_that_can_be_written_to_or_none_at_all_will_do(address):
    assert email_problems(address) == []


@given(st.text(max_size=60))
def test_no_address_carries_a_second_line_a_second_person_or_a_blank(text):
    if not email_problems(text) and text:
        assert not set(text) & set(" \r\n\t,;:<>()\"'\\")
        assert text.count("@") == 1
        assert text.isascii()


def test_a_wrong_address_names_its_field():
    (problem,) = email_problems("联络员@example.cn")
    assert problem.field == "email"
    assert "格式" in problem.message
    assert "最多" in email_problems("a" * 200 + "@example.cn")[0].message


def test_a_mail_is_tried_five_times_with_growing_pauses():
    moments = [next_attempt(attempts, NOW) for attempts in range(1, 6)]
    assert moments == [*(NOW + pause for pause in PAUSES), None]
    assert list(PAUSES) == sorted(PAUSES)
    assert PAUSES[0] >= timedelta(minutes=1)


def test_a_mail_that_was_accepted_is_not_sent_again():
    assert MESSAGE_STEPS.possible(MessageState.SENT) == ()
    with pytest.raises(RuleBroken):
        MESSAGE_STEPS.advance(MessageState.SENT, MessageState.WAITING)


def test_an_address_is_shown_without_its_name():
    assert mask_email("lianluo@example.gov.cn") == "l***@example.gov.cn"
    assert mask_email("") == ""
