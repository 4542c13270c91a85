"""The register of units."""

import pytest

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.units import UnitKind
from portal.services import accounts, units
from portal.services.units import UnitEntry
from portal.store.paging import Wanted
from portal.store.queries.people import unit_page, unit_rows
from tests.builders import PASSWORD

SYSTEM = Actor(901, "系统管理员", Role.SYSTEM)
FINANCE = UnitEntry("安澜区财政局", "区财政局", UnitKind.DEPARTMENT, 2)


@pytest.fixture
def finance(session, now):
    unit = units.add_unit(session, FINANCE, actor=SYSTEM, now=now)
    session.flush()
    return unit


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_only_the_system_administrator_keeps_the_register(session, now, role):
    with pytest.raises(NotAllowed):
        units.add_unit(session, FINANCE, actor=Actor(1, "某人", role), now=now)


@pytest.mark.parametrize(
    "entry, field",
    [
        (UnitEntry("安澜区财政局", "另一简称", UnitKind.DEPARTMENT), "name"),
        (UnitEntry("另一全称", "区财政局", UnitKind.DEPARTMENT), "short_name"),
        (UnitEntry(" ", "简称", UnitKind.DEPARTMENT), "name"),
        (UnitEntry("全称", "", UnitKind.DEPARTMENT), "short_name"),
        (UnitEntry("安澜区\U0001f600局", "局", UnitKind.DEPARTMENT), "name"),
    ],
)
def test_a_name_must_be_free_filled_in_and_printable(session, now, finance, entry, field):
    with pytest.raises(RuleBroken) as refusal:
        units.add_unit(session, entry, actor=SYSTEM, now=now)
    assert refusal.value.field == field


def test_a_unit_may_be_saved_under_its_own_name_again(session, now, finance):
    kept = units.edit_unit(session, finance.id, FINANCE, actor=SYSTEM, now=now)
    assert kept.name == "安澜区财政局"


def test_a_unit_is_found_by_the_initials_of_either_name(session, now, finance):
    for words in ("alqczj", "QCZJ", "财政"):
        assert [it.id for it in unit_page(session, Wanted("position"), q=words).rows] == [finance.id], words
    assert not unit_page(session, Wanted("position"), q="%").rows


def test_a_unit_with_open_accounts_is_not_retired(session, now, finance):
    account = accounts.add_account(
        session, "cz", display_name="财", password=PASSWORD, role=Role.UNIT, unit_id=finance.id, actor=SYSTEM, now=now
    )
    session.flush()
    with pytest.raises(RuleBroken, match="1 个可用的账号"):
        units.retire_unit(session, finance.id, actor=SYSTEM, now=now)
    accounts.disable_account(session, account.id, actor=SYSTEM, now=now)
    session.flush()
    units.retire_unit(session, finance.id, actor=SYSTEM, now=now)
    assert [it.id for it in unit_rows(session)] == []
    units.restore_unit(session, finance.id, actor=SYSTEM, now=now)
    assert [it.id for it in unit_rows(session)] == [finance.id]


def test_a_unit_that_is_not_there_is_not_found(session, now):
    with pytest.raises(NotFound):
        units.edit_unit(session, 4711, FINANCE, actor=SYSTEM, now=now)
