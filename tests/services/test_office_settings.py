"""The office's rules: only differences are kept, and what cannot work is refused."""

from datetime import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.office import OfficeRules
from portal.domain.people import Actor, Role, SignInPolicy
from portal.services.office_settings import (
    DEFAULTS,
    LIMITS,
    POLICY_LIMITS,
    change_rules,
    change_sign_in_policy,
    fingerprint,
)
from portal.store.models.office import OfficeSetting
from portal.store.queries.office import office_rules

OFFICE = Actor(1, "办公室", Role.OFFICE)
SECURITY = Actor(2, "安全", Role.SECURITY)


def test_only_what_differs_from_the_default_is_kept(session, now):
    change_rules(session, {"slot_minutes": 30, "gap_minutes": 0}, actor=OFFICE, now=now)
    assert [(it.name, it.value) for it in session.query(OfficeSetting)] == [("slot_minutes", 30)]
    change_rules(session, {"slot_minutes": DEFAULTS.slot_minutes}, actor=OFFICE, now=now)
    session.flush()
    assert session.query(OfficeSetting).count() == 0


WANTED = st.fixed_dictionaries(
    {},
    optional={
        "default_start": st.times(time(6), time(20)).map(lambda it: it.replace(second=0, microsecond=0)),
        "seats": st.lists(st.sampled_from(["accompanying", "standby"]), unique=True).map(lambda it: ("main", *it)),
        "instruction_phrases": st.lists(st.sampled_from(["请{牵头领导}办理。", "请抓紧。"]), min_size=1).map(tuple),
        "screening": st.booleans(),
        "slip_organ": st.sampled_from(["安民接交", "民接交"]),
        **{name: st.integers(least, most) for name, (least, most, _) in LIMITS.items() if name != "least_turns"},
    },
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wanted=WANTED)
def test_whatever_is_saved_is_read_back_the_same(session, now, wanted):
    nested = session.begin_nested()
    changed = change_rules(session, wanted, actor=OFFICE, now=now)
    session.flush()
    session.expire_all()
    assert office_rules(session) == changed
    assert all(getattr(changed, name) == value for name, value in wanted.items())
    nested.rollback()


@pytest.mark.parametrize(
    "wanted, field",
    [
        ({"district": " "}, "district"),
        ({"slip_organ": "安民[交]"}, "slip_organ"),
        ({"slip_organ": "第1号"}, "slip_organ"),
        ({"seats": ("accompanying",)}, "seats"),
        ({"seats": ("main", "balcony")}, "seats"),
        ({"instruction_phrases": ()}, "instruction_phrases"),
        ({"instruction_phrases": ("请{某某}办理",)}, "instruction_phrases"),
        ({"instruction_phrases": ("请{牵头领导办理",)}, "instruction_phrases"),
        ({"instruction_phrases": ("请{}办理",)}, "instruction_phrases"),
        ({"supervision_office": "督查室\U0001f600"}, "supervision_office"),
        ({"most_turns": 2, "least_turns": 3}, "least_turns"),
        ({"remind_days": (0,)}, "remind_days"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_beside_its_field(session, now, wanted, field):
    with pytest.raises(RuleBroken) as refusal:
        change_rules(session, wanted, actor=OFFICE, now=now)
    assert refusal.value.field == field
    assert office_rules(session) == OfficeRules()


def test_every_number_has_bounds_and_both_ends_are_allowed(session, now):
    for name, (least, most, _) in LIMITS.items():
        for value in (least - 1, most + 1):
            with pytest.raises(RuleBroken) as refusal:
                change_rules(session, {name: value}, actor=OFFICE, now=now)
            assert refusal.value.field == name
        for value in (least, most):
            assert getattr(change_rules(session, {name: value}, actor=OFFICE, now=now), name) == value


@pytest.mark.parametrize("name", ["sign_in", "sample", "colour"])
def test_what_is_not_the_offices_cannot_be_set_here(session, now, name):
    with pytest.raises(RuleBroken, match=name):
        change_rules(session, {name: True}, actor=OFFICE, now=now)


def test_two_people_at_the_same_form_do_not_overwrite_one_another(session, now):
    seen = fingerprint(office_rules(session))
    change_rules(session, {"slot_minutes": 30}, seen=seen, actor=OFFICE, now=now)
    session.flush()
    with pytest.raises(Conflict):
        change_rules(session, {"slot_minutes": 60}, seen=seen, actor=OFFICE, now=now)
    assert office_rules(session).slot_minutes == 30


def test_the_sign_in_policy_is_the_security_administrators(session, now):
    with pytest.raises(NotAllowed):
        change_sign_in_policy(session, SignInPolicy(), actor=OFFICE, now=now)
    with pytest.raises(NotAllowed):
        change_rules(session, {"slot_minutes": 30}, actor=SECURITY, now=now)
    change_sign_in_policy(session, SignInPolicy(idle_minutes=10), actor=SECURITY, now=now)
    session.flush()
    assert office_rules(session).sign_in == SignInPolicy(idle_minutes=10)


def test_a_policy_out_of_bounds_is_refused(session, now):
    for name, (least, most, _) in POLICY_LIMITS.items():
        for value in (least - 1, most + 1):
            with pytest.raises(RuleBroken) as refusal:
                change_sign_in_policy(session, SignInPolicy(**{name: value}), actor=SECURITY, now=now)
            assert refusal.value.field == name
