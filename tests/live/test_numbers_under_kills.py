"""Processes that number slips are killed: no number is lost and none is given twice, on either engine."""

import random

import pytest

from tests.live.districts import District
from tests.live.numbering import drafts, issue_with_kills

pytestmark = pytest.mark.timeout(900)  # several starts of real processes, perhaps beside other tests


def test_numbers_stay_whole_when_processes_are_killed_and_started_again(district: District):
    drafts(district, 40)
    run = issue_with_kills(district, processes=3, kills=4, chance=random.Random(5), every=(1.0, 3.0))
    assert run.slips == 40
    assert run.kills > 0
