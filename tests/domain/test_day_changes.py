from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.day_changes import ApprovalNeeded, needs_approval
from portal.domain.duty_clashes import Clash, OnDuty, clashes
from portal.domain.rota import DutySeat

DAY = date(2026, 12, 22)


def a_leader(**given):
    return OnDuty(**{"leader_id": 1, "name": "吴示宁", "seat": DutySeat.MAIN, "from_": date(2025, 1, 1)} | given)


def why(day=DAY, gap=45, **given):
    return [it.why for it in clashes([a_leader(**given)], day, min_gap_days=gap)]


@pytest.mark.parametrize(
    "setting,published,needed",
    [
        (ApprovalNeeded.ALWAYS, False, True),
        (ApprovalNeeded.ALWAYS, True, True),
        (ApprovalNeeded.PUBLISHED, False, False),
        (ApprovalNeeded.PUBLISHED, True, True),
        (ApprovalNeeded.NEVER, True, False),
    ],
)
def test_what_must_be_approved_is_the_offices_own_setting(setting, published, needed):
    assert needs_approval(setting, is_published=published) is needed


def test_a_leader_whom_nothing_keeps_has_no_clash():
    assert why() == []


@pytest.mark.parametrize(
    "given,said",
    [
        ({"until": date(2026, 12, 21)}, "12月22日 周二不在任期内"),
        ({"from_": date(2026, 12, 23)}, "12月22日 周二不在任期内"),
        (
            {"leaves": ((date(2026, 12, 20), date(2026, 12, 22)),)},
            "12月20日 周日至12月22日 周二已批准请假",
        ),
        (
            {"other_turns": (date(2027, 1, 15), date(2026, 12, 1))},
            "与12月1日 周二的轮值只隔 21 天，少于规定的 45 天",
        ),
    ],
)
def test_each_clash_says_why(given, said):
    assert why(**given) == [said]


def test_the_last_day_of_a_term_and_the_day_after_a_leave_suit():
    assert why(until=DAY, leaves=((date(2026, 12, 1), DAY - timedelta(days=1)),)) == []


def test_only_those_who_clash_are_named():
    away = a_leader(leader_id=2, name="郑示和", seat=DutySeat.STANDBY, until=date(2026, 1, 1))
    assert clashes([a_leader(), away], DAY, min_gap_days=0) == (
        Clash(2, "郑示和", DutySeat.STANDBY, "12月22日 周二不在任期内"),
    )


@given(st.integers(0, 120), st.integers(-200, 200).filter(bool))
def test_a_turn_closer_than_the_gap_clashes_and_no_other(gap, apart):
    assert bool(why(gap=gap, other_turns=(DAY + timedelta(days=apart),))) is (abs(apart) < gap)
