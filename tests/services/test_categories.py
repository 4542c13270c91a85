"""Categories: two levels, named, ordered and retired by the office."""

import pytest

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.services import categories
from portal.store.models.matters import Category
from portal.store.queries.categories import category_rows, matters_by_category
from tests.builders import a_matter

OFFICE = Actor(1, "办公室", Role.OFFICE)


def names(session, **given):
    return [it.full_name for it in category_rows(session, **given)]


def test_the_starter_categories_come_in_once_parents_first(session, now):
    first = categories.adopt_starter_categories(session, actor=OFFICE, now=now)
    assert first == len(category_rows(session)) > 12
    assert categories.adopt_starter_categories(session, actor=OFFICE, now=now) == 0
    assert names(session)[:3] == ["用地规划", "用地规划 / 用地保障", "用地规划 / 规划调整"]


def test_an_offices_own_category_survives_the_starter_ones(session, now):
    mine = categories.add_category(session, "用地规划", actor=OFFICE, now=now)
    session.flush()
    categories.adopt_starter_categories(session, actor=OFFICE, now=now)
    session.flush()
    assert session.get(Category, mine.code).name == "用地规划"
    assert len(set(names(session))) == len(names(session))


def test_codes_follow_the_level_and_names_are_taken_once(session, now):
    upper = categories.add_category(session, "甲", actor=OFFICE, now=now)
    session.flush()
    lower = categories.add_category(session, "乙", parent_code=upper.code, actor=OFFICE, now=now)
    session.flush()
    assert (upper.code, lower.code) == ("01", "0101")
    with pytest.raises(RuleBroken, match="已有名为") as refusal:
        categories.add_category(session, "乙", actor=OFFICE, now=now)
    assert refusal.value.field == "name"
    with pytest.raises(RuleBroken, match="只分两级"):
        categories.add_category(session, "丙", parent_code=lower.code, actor=OFFICE, now=now)


def test_neighbours_change_places_and_the_ends_stay(session, now):
    codes = [
        categories.add_category(session, name, actor=OFFICE, now=now).code for name in "甲乙丙" if not session.flush()
    ]
    categories.move_category(session, codes[2], up=True, actor=OFFICE, now=now)
    session.flush()
    assert names(session) == ["甲", "丙", "乙"]
    categories.move_category(session, codes[0], up=True, actor=OFFICE, now=now)
    categories.move_category(session, codes[1], up=False, actor=OFFICE, now=now)
    session.flush()
    assert names(session) == ["甲", "丙", "乙"]


def test_a_retired_category_is_offered_no_more_and_stays_on_old_matters(session, now):
    categories.adopt_starter_categories(session, actor=OFFICE, now=now)
    session.flush()
    session.add(a_matter(category=session.get(Category, "0101")))
    session.flush()
    categories.retire_category(session, "01", actor=OFFICE, now=now)
    session.flush()
    assert not [name for name in names(session) if name.startswith("用地规划")]
    assert "用地规划 / 用地保障" in names(session, active_only=False)
    assert matters_by_category(session) == {"0101": 1}
    with pytest.raises(RuleBroken, match="先恢复一级类别"):
        categories.restore_category(session, "0101", actor=OFFICE, now=now)
    categories.restore_category(session, "01", actor=OFFICE, now=now)
    categories.restore_category(session, "0101", actor=OFFICE, now=now)
    session.flush()
    assert "用地规划 / 用地保障" in names(session)


def test_another_name_reaches_old_matters_and_keeps_the_code(session, now):
    code = categories.add_category(session, "甲", actor=OFFICE, now=now).code
    session.flush()
    categories.rename_category(session, code, "乙", actor=OFFICE, now=now)
    categories.rename_category(session, code, "乙", actor=OFFICE, now=now)
    session.flush()
    assert [(it.code, it.name) for it in category_rows(session)] == [(code, "乙")]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_keeps_the_categories(session, now, role):
    with pytest.raises(NotAllowed):
        categories.add_category(session, "甲", actor=Actor(1, "某人", role), now=now)


def test_a_category_that_is_not_there_is_not_found(session, now):
    with pytest.raises(NotFound):
        categories.rename_category(session, "99", "乙", actor=OFFICE, now=now)
