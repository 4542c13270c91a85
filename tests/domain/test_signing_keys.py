"""A PIN is strong enough, and a key stands as its dates say."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.signing_keys import KeyState, key_state, pin_problems

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize("pin", ["cun-2026", "730519", "山河2026年", "a1b2c3"])
def test_a_pin_that_is_not_the_first_guess_will_do(pin):
    assert pin_problems(pin) == []


@pytest.mark.parametrize(
    "pin", ["", "12345", "123456", "654321", "abcdefg", "111111", "112211", "123123", "abab12" * 11, "12341234"]
)
def test_a_pin_that_is_short_or_guessed_first_is_refused_in_words(pin):
    assert all(said.endswith(("。", "换一个。")) for said in pin_problems(pin))
    assert pin_problems(pin)


@pytest.mark.parametrize(
    "left, ended, revoked, state",
    [
        (timedelta(days=31), None, False, KeyState.STANDING),
        (timedelta(days=30), None, False, KeyState.EXPIRING),
        (timedelta(), None, False, KeyState.EXPIRED),
        (timedelta(days=31), NOW, False, KeyState.ENDED),
        (timedelta(days=-5), NOW, True, KeyState.REVOKED),
    ],
)
def test_how_a_key_stands(left, ended, revoked, state):
    assert key_state(not_after=NOW + left, ended_at=ended, revoked=revoked, now=NOW) is state
