"""The power fails in the middle of the morning: what was confirmed is kept, what was not can simply be sent again."""

import random

import pytest

from tests.live.districts import District
from tests.live.kills import must_be_whole, with_kills

pytestmark = pytest.mark.timeout(900)  # several starts of real servers, perhaps beside other tests

EACH = 50
ACTS = 8
KILLS = 3


def test_after_every_kill_what_was_confirmed_is_there_and_everything_is_whole(district: District):
    """Bookings and slips, while places are held, given up, offered, accepted and declined."""
    morning = with_kills(
        district, each=EACH, slips=EACH, acts=ACTS, kills=KILLS, answers=range(8, 25), chance=random.Random(20261122)
    )
    prepared = 4 * ACTS + ACTS
    assert must_be_whole(district, morning) == (prepared + EACH + ACTS, EACH)
