from datetime import date, datetime, timedelta, timezone

import pytest

from portal.domain.errors import NotAllowed
from portal.domain.people import (
    ADMINISTRATORS,
    ALLOWED,
    Action,
    Actor,
    Post,
    Role,
    SignInPolicy,
    held_on,
    holds_on,
    locked_until,
    may,
    must,
    password_problems,
    role_problems,
)

ADMINISTRATION = {
    Action.KEEP_ACCOUNTS,
    Action.APPROVE_ACCOUNTS,
    Action.KEEP_UNITS,
    Action.READ_AUDIT,
    Action.REVOKE_KEYS,
    Action.RUN_JOBS,
}
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def an_actor(role):
    return Actor(7, "张某某", role)


def test_every_action_has_somebody_who_may_do_it():
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())


def test_every_role_and_action_has_a_chinese_name():
    assert all(member.label != member.value for kind in (Role, Action) for member in kind)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_may_do_no_business(role):
    assert {action for action in Action if may(an_actor(role), action)} <= ADMINISTRATION


def test_the_three_administrators_share_no_power():
    powers = [{action for action in Action if may(an_actor(role), action)} for role in ADMINISTRATORS]
    assert sum(map(len, powers)) == len(set.union(*powers))


def test_only_a_leader_signs_and_only_a_unit_receives():
    assert ALLOWED[Action.SIGN_SLIP] == {Role.LEADER}
    assert ALLOWED[Action.RECEIVE_SLIP] == {Role.UNIT}


def test_a_secretary_sees_business_but_does_not_sign():
    secretary = an_actor(Role.SECRETARY)
    assert may(secretary, Action.SEE_BUSINESS)
    assert not may(secretary, Action.SIGN_SLIP)


def test_a_refusal_names_who_can_do_it_instead():
    with pytest.raises(NotAllowed) as caught:
        must(an_actor(Role.UNIT), Action.ISSUE_SLIP)
    assert caught.value.message == "您的身份是承办单位，不能印发交办单，请联系工商联办公室办理。"


def test_what_is_allowed_passes_in_silence():
    must(an_actor(Role.OFFICE), Action.ISSUE_SLIP)


def test_the_portal_itself_may_plan_but_never_sign_receive_or_approve():
    portal = Actor.system()
    assert may(portal, Action.PLAN_DAYS)
    assert not any(may(portal, it) for it in (Action.SIGN_SLIP, Action.RECEIVE_SLIP, Action.APPROVE_ACCOUNTS))


def test_a_system_administrator_is_not_the_portal():
    assert not may(an_actor(Role.SYSTEM), Action.PLAN_DAYS)


def test_an_old_paper_keeps_the_post_held_then():
    posts = [Post("副区长", date(2024, 1, 1), date(2026, 3, 31)), Post("常务副区长", date(2026, 4, 1))]
    assert held_on(posts, date(2026, 3, 31)) == posts[0]
    assert held_on(posts, date(2026, 4, 1)) == posts[1]
    assert held_on(posts, date(2023, 12, 31)) is None


def test_of_two_posts_held_at_once_the_later_one_counts():
    posts = [Post("区委常委、常务副区长", date(2025, 6, 1)), Post("副区长", date(2024, 1, 1))]
    assert held_on(posts, date(2026, 1, 1)) == posts[0]


def test_a_term_counts_from_its_first_to_its_last_day():
    post = Post("区长", date(2026, 1, 2), date(2026, 1, 3))
    assert [holds_on(post, date(2026, 1, day)) for day in (1, 2, 3, 4)] == [False, True, True, False]


@pytest.mark.parametrize("text", ["Anlan2026", "anlan-2026", "ANLAN_2026", "Anlan_qu", "安澜Anlan2026"])
def test_a_password_of_three_kinds_and_eight_signs_will_do(text):
    assert password_problems(text) == []


@pytest.mark.parametrize(
    "text,part",
    [
        ("An1-", "现在只有 4 个"),
        ("anlan2026", "至少 3 种"),
        ("ABCDEFGH", "至少 3 种"),
        ("Aa1" * 43, "最多 128 个"),
    ],
)
def test_a_weak_password_is_told_what_is_missing(text, part):
    assert [it for it in password_problems(text) if part in it]


def test_the_office_may_ask_for_longer_passwords():
    assert password_problems("Anlan2026", SignInPolicy(password_length=12))


def test_the_fifth_failure_locks_an_account_for_fifteen_minutes():
    assert locked_until(4, NOON) is None
    assert locked_until(5, NOON) == NOON + timedelta(minutes=15)
    assert locked_until(9, NOON, SignInPolicy(failures=10)) is None


def test_an_account_that_never_failed_is_not_locked():
    assert locked_until(0, None) is None


def test_one_person_is_not_two_of_the_three_administrators():
    assert role_problems({Role.AUDITOR}, Role.SYSTEM) == [
        "同一人不得兼任系统管理员和审计管理员，请换人或先停用原账号。"
    ]


def test_an_administrator_takes_no_business_role_and_the_other_way_round():
    assert role_problems({Role.SECURITY}, Role.OFFICE)
    assert role_problems({Role.OFFICE}, Role.SECURITY)


def test_the_same_role_again_and_two_business_roles_are_no_clash():
    assert role_problems({Role.SYSTEM}, Role.SYSTEM) == []
    assert role_problems({Role.LEADER}, Role.OFFICE) == []
