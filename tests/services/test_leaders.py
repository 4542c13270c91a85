"""Leaders: posts and portfolios follow one another, and the history stays (domain 11.2)."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.services import leaders
from portal.services.leaders import LeaderEntry
from portal.store.queries.people import leader_file, leader_rows, posts_held
from tests.builders import a_reception_day, a_turn

OFFICE = Actor(1, "办公室", Role.OFFICE)
SINCE = date(2024, 1, 1)


@pytest.fixture
def leader(session, now):
    made = leaders.add_leader(
        session, LeaderEntry("单示安", SINCE), post="副区长", fields=["财政", "金融"], actor=OFFICE, now=now
    )
    session.flush()
    return made


def spans(session, leader):
    return [(it.text, it.since, it.until) for it in leader_file(session, leader.id).posts]


def test_a_new_leader_holds_the_post_and_the_fields_from_the_first_day_on(session, leader):
    (row,) = leader_rows(session, SINCE)
    assert (row.post, row.portfolios, row.initials) == ("副区长", ("财政", "金融"), "ssa")
    assert not leader_rows(session, date(2023, 12, 31))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_keeps_the_leaders(session, now, role):
    with pytest.raises(NotAllowed):
        leaders.add_leader(session, LeaderEntry("某", SINCE), post="副区长", actor=Actor(1, "某人", role), now=now)


def test_a_new_post_ends_the_one_before_on_the_day_before(session, now, leader):
    leaders.take_up_post(session, leader.id, "区长", date(2026, 3, 1), actor=OFFICE, now=now)
    session.flush()
    assert spans(session, leader) == [
        ("区长", date(2026, 3, 1), None),
        ("副区长", SINCE, date(2026, 2, 28)),
    ]
    assert posts_held(session, [leader.id], date(2026, 2, 28)) == {leader.id: "副区长"}
    assert posts_held(session, [leader.id], date(2026, 3, 1)) == {leader.id: "区长"}


@pytest.mark.parametrize("since", [SINCE, date(2023, 12, 31)])
def test_a_new_post_begins_after_the_one_held(session, now, leader, since):
    with pytest.raises(RuleBroken) as refusal:
        leaders.take_up_post(session, leader.id, "区长", since, actor=OFFICE, now=now)
    assert refusal.value.field == "starts_on"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(days=st.lists(st.dates(date(2024, 1, 2), date(2027, 12, 31)), min_size=1, max_size=6, unique=True))
def test_however_posts_follow_a_leader_holds_exactly_one_a_day(session, now, leader, days):
    nested = session.begin_nested()
    for number, since in enumerate(sorted(days)):
        leaders.take_up_post(session, leader.id, f"职务{number}", since, actor=OFFICE, now=now)
    session.flush()
    held = spans(session, leader)
    for day in (SINCE, *days, date(2028, 1, 1)):
        assert sum(since <= day and (until is None or day <= until) for _, since, until in held) == 1
    nested.rollback()
    session.expire_all()


def test_a_post_entered_wrongly_is_put_right_but_never_over_another(session, now, leader):
    leaders.take_up_post(session, leader.id, "区长", date(2026, 3, 1), actor=OFFICE, now=now)
    session.flush()
    present, former = leader_file(session, leader.id).posts
    leaders.correct_post(
        session,
        leader.id,
        former.id,
        title="副区长（挂职）",
        since=SINCE,
        until=date(2026, 2, 1),
        actor=OFFICE,
        now=now,
    )
    session.flush()
    assert spans(session, leader)[1] == ("副区长（挂职）", SINCE, date(2026, 2, 1))
    with pytest.raises(RuleBroken, match="重叠"):
        leaders.correct_post(
            session, leader.id, former.id, title="副区长", since=SINCE, until=None, actor=OFFICE, now=now
        )
    with pytest.raises(RuleBroken, match="不能早于"):
        leaders.correct_post(
            session, leader.id, present.id, title="区长", since=date(2026, 3, 1), until=SINCE, actor=OFFICE, now=now
        )


def test_a_post_of_somebody_else_is_not_found(session, now, leader):
    other = leaders.add_leader(session, LeaderEntry("另一人", SINCE), post="区长", actor=OFFICE, now=now)
    session.flush()
    (post,) = leader_file(session, other.id).posts
    with pytest.raises(NotFound):
        leaders.correct_post(session, leader.id, post.id, title="偷换", since=SINCE, until=None, actor=OFFICE, now=now)


def test_fields_are_held_side_by_side_and_end_on_their_own(session, now, leader):
    leaders.take_up_field(session, leader.id, "科技", date(2026, 5, 1), actor=OFFICE, now=now)
    session.flush()
    money = next(it for it in leader_file(session, leader.id).portfolios if it.text == "财政")
    leaders.give_up_field(session, leader.id, money.id, date(2026, 4, 30), actor=OFFICE, now=now)
    session.flush()
    (row,) = leader_rows(session, date(2026, 5, 1))
    assert row.portfolios == ("金融", "科技")
    with pytest.raises(RuleBroken, match="已分管"):
        leaders.take_up_field(session, leader.id, "科技", date(2026, 6, 1), actor=OFFICE, now=now)
    with pytest.raises(RuleBroken, match="不能早于"):
        leaders.give_up_field(session, leader.id, money.id, date(2023, 1, 1), actor=OFFICE, now=now)


def test_leaving_ends_posts_and_fields_and_keeps_them_for_old_papers(session, now, leader):
    leaders.edit_leader(session, leader.id, LeaderEntry("单示安", SINCE, date(2026, 6, 30)), actor=OFFICE, now=now)
    session.flush()
    assert spans(session, leader) == [("副区长", SINCE, date(2026, 6, 30))]
    assert not leader_rows(session, date(2026, 7, 1))
    assert leader_rows(session, date(2026, 6, 30))[0].post == "副区长"


def test_nobody_leaves_while_a_turn_of_duty_lies_ahead(session, now, leader):
    day = a_reception_day(day=date(2026, 12, 15))
    day.turns.append(a_turn(leader))
    session.add(day)
    session.flush()
    with pytest.raises(RuleBroken, match="2026年12月15日还排有接待轮值") as refusal:
        leaders.edit_leader(session, leader.id, LeaderEntry("单示安", SINCE, date(2026, 12, 14)), actor=OFFICE, now=now)
    assert refusal.value.field == "serves_until"
    leaders.edit_leader(session, leader.id, LeaderEntry("单示安", SINCE, date(2026, 12, 15)), actor=OFFICE, now=now)


@pytest.mark.parametrize(
    "entry, field",
    [
        (LeaderEntry("某", SINCE, date(2023, 12, 31)), "serves_until"),
        (LeaderEntry("某", SINCE, weight=0), "weight"),
        (LeaderEntry("某", SINCE, weight=11), "weight"),
        (LeaderEntry("某\U0001f600", SINCE), "name"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_beside_its_field(session, now, entry, field):
    with pytest.raises(RuleBroken) as refusal:
        leaders.add_leader(session, entry, post="副区长", actor=OFFICE, now=now)
    assert refusal.value.field == field
