"""Accounts: who makes, opens, changes and closes them (domain 7.2)."""

from datetime import timedelta

import pytest

from portal.domain.accounts import AccountState
from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.services import accounts, sign_ins
from portal.services.office_settings import change_sign_in_policy
from portal.store.models.people import Account, AccountLeader, SignInFailure
from portal.store.queries.accounts import account_row, belonging, locked_rows, open_sign_in_count
from portal.store.queries.office import office_rules
from portal.store.queries.sign_ins import signed_in
from tests.builders import PASSWORD, a_leader, a_unit

SYSTEM = Actor(901, "系统管理员", Role.SYSTEM)
SECURITY = Actor(902, "安全管理员", Role.SECURITY)


def an_account(session, now, username="zhang", role=Role.OFFICE, **given):
    given = {"display_name": f"{username}本人", "password": PASSWORD} | given
    account = accounts.add_account(session, username, role=role, **given, actor=SYSTEM, now=now)
    session.flush()
    return account


def test_a_new_account_waits_until_security_opens_it(session, now):
    account = an_account(session, now)
    assert account.state is AccountState.PENDING
    with pytest.raises(RuleBroken):
        sign_ins.start(session, "zhang", address="", browser="", now=now)
    accounts.approve_account(session, account.id, actor=SECURITY, now=now)
    assert sign_ins.start(session, "zhang", address="", browser="", now=now)


def test_whoever_makes_an_account_cannot_open_it(session, now):
    account = an_account(session, now)
    with pytest.raises(NotAllowed, match="安全管理员"):
        accounts.approve_account(session, account.id, actor=SYSTEM, now=now)
    with pytest.raises(NotAllowed, match="系统管理员"):
        accounts.add_account(
            session, "li", display_name="李", password=PASSWORD, role=Role.OFFICE, actor=SECURITY, now=now
        )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_nobody_but_the_system_administrator_keeps_accounts(session, now, role):
    account = an_account(session, now)
    actor = Actor(903, "某人", role)
    for verb in (accounts.disable_account, lambda *a, **k: accounts.reset_password(*a, PASSWORD, **k)):
        with pytest.raises(NotAllowed):
            verb(session, account.id, actor=actor, now=now)


def test_a_user_name_is_taken_once(session, now):
    an_account(session, now)
    with pytest.raises(RuleBroken, match="已被使用") as refusal:
        an_account(session, now)
    assert refusal.value.field == "username"


def test_a_unit_account_needs_a_unit_and_a_leaders_account_a_leader(session, now):
    with pytest.raises(RuleBroken) as refusal:
        an_account(session, now, role=Role.UNIT)
    assert refusal.value.field == "unit_id"
    for role in (Role.LEADER, Role.SECRETARY):
        with pytest.raises(RuleBroken) as refusal:
            an_account(session, now, role=role)
        assert refusal.value.field == "leader_ids"


def test_a_leaders_own_account_belongs_to_one_leader_only(session, now):
    leaders = [a_leader(), a_leader()]
    session.add_all(leaders)
    session.flush()
    with pytest.raises(RuleBroken, match="联络员"):
        an_account(session, now, role=Role.LEADER, leader_ids=[it.id for it in leaders])
    both = an_account(session, now, role=Role.SECRETARY, leader_ids=[it.id for it in leaders])
    assert set(belonging(session, both.id).leader_ids) == {it.id for it in leaders}


def test_a_leader_who_does_not_exist_cannot_be_chosen(session, now):
    with pytest.raises(RuleBroken, match="不存在"):
        an_account(session, now, role=Role.SECRETARY, leader_ids=[4711])


def test_one_person_is_not_two_of_the_three_administrators(session, now):
    an_account(session, now, "sys2", Role.SYSTEM, display_name="尤示达")
    with pytest.raises(RuleBroken, match="不得兼任") as refusal:
        an_account(session, now, "aud2", Role.AUDITOR, display_name="尤示达")
    assert refusal.value.field == "display_name"
    assert an_account(session, now, "aud2", Role.AUDITOR, display_name="尤示达（区财政局）")


def test_a_closed_account_leaves_the_person_free_for_another_role_but_not_for_both(session, now):
    first = an_account(session, now, "sys2", Role.SYSTEM, display_name="尤示达")
    accounts.disable_account(session, first.id, actor=SYSTEM, now=now)
    an_account(session, now, "aud2", Role.AUDITOR, display_name="尤示达")
    with pytest.raises(RuleBroken, match="不得兼任"):
        accounts.approve_account(session, first.id, actor=SECURITY, now=now)


def test_a_closed_account_is_signed_out_at_once(session, now):
    account = an_account(session, now, state=AccountState.ACTIVE)
    token = sign_ins.start(session, "zhang", address="", browser="", now=now)
    accounts.disable_account(session, account.id, actor=SYSTEM, now=now)
    assert signed_in(session, token, now=now, idle_minutes=30) is None
    assert open_sign_in_count(session, account.id, since=now - timedelta(minutes=30)) == 0


def test_nobody_closes_the_account_in_use(session, now):
    account = an_account(session, now, "me", Role.SYSTEM)
    with pytest.raises(RuleBroken, match="自己"):
        accounts.disable_account(session, account.id, actor=Actor(account.id, "我", Role.SYSTEM), now=now)


def test_other_leaders_are_a_new_authority_that_security_approves_again(session, now):
    mine, other = a_leader(), a_leader()
    session.add_all([mine, other])
    session.flush()
    account = an_account(session, now, role=Role.SECRETARY, leader_ids=[mine.id], state=AccountState.ACTIVE)
    token = sign_ins.start(session, "zhang", address="", browser="", now=now)
    accounts.edit_account(session, account.id, display_name="张", leader_ids=[other.id], actor=SYSTEM, now=now)
    session.flush()
    assert account.state is AccountState.DISABLED
    assert signed_in(session, token, now=now, idle_minutes=30) is None
    assert belonging(session, account.id).leader_ids == (other.id,)
    assert account_row(session, account.id).leaders == (other.name,)


def test_a_new_name_alone_keeps_the_account_open(session, now):
    unit = a_unit()
    session.add(unit)
    session.flush()
    account = an_account(session, now, role=Role.UNIT, unit_id=unit.id, state=AccountState.ACTIVE)
    accounts.edit_account(session, account.id, display_name="新名字", unit_id=unit.id, actor=SYSTEM, now=now)
    assert (account.display_name, account.state) == ("新名字", AccountState.ACTIVE)


def test_a_reset_password_ends_every_sign_in_and_lifts_the_lock(session, now):
    account = an_account(session, now, state=AccountState.ACTIVE)
    token = sign_ins.start(session, "zhang", address="", browser="", now=now)
    session.add(SignInFailure(username="zhang", failures=5, last_at=now))
    session.flush()
    accounts.reset_password(session, account.id, "Another-2026", actor=SYSTEM, now=now)
    session.flush()
    assert signed_in(session, token, now=now, idle_minutes=30) is None
    assert session.get(SignInFailure, "zhang") is None
    assert sign_ins.verify_password(account.password_hash, "Another-2026")
    assert not sign_ins.verify_password(account.password_hash, PASSWORD)


def test_passwords_follow_the_policy_that_security_set(session, now):
    policy = office_rules(session).sign_in
    stricter = type(policy)(failures=3, lock_minutes=15, idle_minutes=30, password_length=20, password_classes=4)
    change_sign_in_policy(session, stricter, actor=SECURITY, now=now)
    with pytest.raises(RuleBroken, match="至少 20 个字符") as refusal:
        an_account(session, now)
    assert refusal.value.field == "password"


def test_security_sees_who_is_locked_and_lets_them_try_again(session, now):
    account = an_account(session, now, state=AccountState.ACTIVE)
    policy = office_rules(session).sign_in
    for _ in range(policy.failures):
        sign_ins.note_failure(session, "zhang", policy=policy, now=now)
    sign_ins.note_failure(session, "nobody", policy=policy, now=now)
    session.flush()
    (locked,) = locked_rows(session, policy=policy, now=now)
    assert (locked.username, locked.account_id, locked.failures) == ("zhang", account.id, 5)
    assert not locked_rows(session, policy=policy, now=now + timedelta(minutes=policy.lock_minutes))
    with pytest.raises(NotAllowed):
        accounts.lift_lock(session, account.id, actor=SYSTEM, now=now)
    accounts.lift_lock(session, account.id, actor=SECURITY, now=now)
    session.flush()
    sign_ins.check_lock(session, "zhang", policy=policy, now=now)
    with pytest.raises(RuleBroken, match="没有被锁定"):
        accounts.lift_lock(session, account.id, actor=SECURITY, now=now)


@pytest.mark.parametrize("actor", [SYSTEM, SECURITY])
def test_two_of_the_administrators_may_sign_somebody_out_everywhere(session, now, actor):
    account = an_account(session, now, state=AccountState.ACTIVE)
    token = sign_ins.start(session, "zhang", address="", browser="", now=now)
    accounts.sign_out_everywhere(session, account.id, actor=actor, now=now)
    assert signed_in(session, token, now=now, idle_minutes=30) is None


def test_nobody_else_signs_somebody_out(session, now):
    account = an_account(session, now)
    with pytest.raises(NotAllowed):
        accounts.sign_out_everywhere(session, account.id, actor=Actor(1, "审计", Role.AUDITOR), now=now)


def test_an_account_that_is_not_there_is_not_found(session, now):
    with pytest.raises(NotFound):
        accounts.disable_account(session, 4711, actor=SYSTEM, now=now)


def test_no_account_keeps_the_leaders_of_the_one_before(session, now):
    leader = a_leader()
    session.add(leader)
    session.flush()
    account = an_account(session, now, role=Role.OFFICE, leader_ids=[leader.id])
    assert session.get(AccountLeader, (account.id, leader.id)) is None
    assert session.get(Account, account.id).unit_id is None
