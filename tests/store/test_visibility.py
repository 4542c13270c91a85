from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.domain.people import Actor, Role
from portal.services import slips
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.paging import Wanted
from portal.store.queries.course_of_matter import course_of_matter
from portal.store.queries.ledger import ledger_rows
from portal.store.queries.list_figures import matter_figures, slip_figures
from portal.store.queries.matter_filters import MatterFilter
from portal.store.queries.matters import matter_rows
from portal.store.queries.overdue import start_of
from portal.store.queries.slips import SlipFilter, all_slip_rows, paper_slips, slip_rows
from portal.store.queries.timeline import slip_timeline
from portal.store.queries.visibility import visible_matters, visible_slips
from tests.builders import a_category, a_leader, a_turn, a_unit
from tests.slip_builders import (
    NOW,
    OFFICE,
    a_draft,
    a_numbered_slip,
    a_scene,
    a_signed_slip,
    an_issued_slip,
    unit_actor,
)

TODAY = date(2026, 11, 22)


def seen_slips(session, actor):
    found = set(session.scalars(select(Slip.id).where(visible_slips(actor))))
    assert found == set(session.scalars(select(Slip.id).where(visible_slips(actor, counted=True))))
    return found


def seen_matters(session, actor):
    found = set(session.scalars(select(Matter.id).where(visible_matters(actor))))
    assert found == set(session.scalars(select(Matter.id).where(visible_matters(actor, counted=True))))
    return found


def leader_actor(leader, role=Role.LEADER):
    return Actor(5, "领导", role, leader_ids=frozenset({leader.id}))


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SUPERVISOR])
def test_office_and_supervision_see_everything(session, role):
    scene = a_scene(session)
    slip = a_draft(session, scene, scene.ids[0])
    actor = Actor(5, "人", role)
    assert seen_slips(session, actor) == {slip.id}
    assert seen_matters(session, actor) == set(scene.ids)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY, Role.SYSTEM])
def test_administrators_see_nothing_even_if_they_carry_a_unit_or_a_leader(session, role):
    scene = a_scene(session)
    an_issued_slip(session, scene)
    actor = Actor(5, "人", role, unit_id=scene.units[0].id, leader_ids=frozenset({scene.receiver.id}))
    assert seen_slips(session, actor) == set()
    assert seen_matters(session, actor) == set()


def test_a_unit_sees_slips_and_matters_from_the_issue_on_if_it_leads_or_assists(session):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    lead, helper, stranger = (unit_actor(unit) for unit in scene.units)
    assert seen_slips(session, lead) == seen_matters(session, lead) == set()
    slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.commit()
    for actor in (lead, helper):
        assert seen_slips(session, actor) == {slip.id}
        assert seen_matters(session, actor) == set(scene.ids)
    assert seen_slips(session, stranger) == seen_matters(session, stranger) == set()


def test_a_unit_still_sees_that_a_slip_became_void_but_not_what_becomes_of_the_matters(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    slips.void_slip(session, slip.id, "牵头单位有误", actor=OFFICE, now=NOW)
    session.commit()
    lead = unit_actor(scene.units[0])
    assert seen_slips(session, lead) == {slip.id}
    assert seen_matters(session, lead) == set()


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY])
def test_a_leader_sees_what_he_received_signs_leads_or_was_on_duty_for(session, role):
    scene = a_scene(session)
    beside, stranger = a_leader(), a_leader()
    session.add_all([beside, stranger, a_turn(beside, reception_day=scene.day, seat="accompanying")])
    slip = a_signed_slip(session, scene, scene.ids[0])
    for leader in (scene.receiver, beside):
        assert seen_slips(session, leader_actor(leader, role)) == {slip.id}
        assert seen_matters(session, leader_actor(leader, role)) == set(scene.ids)
    assert seen_slips(session, leader_actor(scene.official, role)) == {slip.id}
    assert seen_matters(session, leader_actor(scene.official, role)) == {scene.ids[0]}
    assert (
        seen_slips(session, leader_actor(stranger, role))
        == seen_matters(session, leader_actor(stranger, role))
        == set()
    )


def test_a_leader_account_without_a_leader_and_a_unit_account_without_a_unit_see_nothing(session):
    an_issued_slip(session, a_scene(session))
    for role in (Role.LEADER, Role.SECRETARY, Role.UNIT):
        assert seen_slips(session, Actor(5, "人", role)) == set()
        assert seen_matters(session, Actor(5, "人", role)) == set()


def test_a_units_timeline_tells_of_its_slip_but_not_of_the_booking_nor_who_saw_the_telephone(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    unit, stranger = unit_actor(scene.units[0]), unit_actor(scene.units[2])
    matter, booking = scene.ids[0], scene.booking.id
    told = [it.act for it in course_of_matter(session, unit, matter, booking).lines]
    assert told == ["slip_issued", "slip_signed", "slip_decided", "slip_numbered", "slip_drafted"]
    assert slip_timeline(session, stranger, slip.id) == []
    assert not course_of_matter(session, stranger, matter, booking).lines


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_door_shows_what_another_hides(session, data):
    """Lists, counts, exports, papers and pages agree, whoever looks and whatever state the slips are in."""
    session.rollback()
    category = a_category()
    makers = (a_draft, a_numbered_slip, a_signed_slip, an_issued_slip)
    start = session.scalar(select(Matter.id).order_by(Matter.id.desc()).limit(1)) or 0
    scenes = [
        a_scene(session, matters=2, category=category, day=date(2000, 1, 1).replace(year=2001 + (start + place) % 900))
        for place in range(data.draw(st.integers(1, 3)))
    ]
    for scene in scenes:
        data.draw(st.sampled_from(makers))(session, scene, *scene.ids[: data.draw(st.integers(1, 2))])
    people = [it for scene in scenes for it in (scene.receiver, scene.official, scene.other)]
    units = [*(it for scene in scenes for it in scene.units), a_unit()]
    session.add_all(units)
    session.flush()
    actor = Actor(
        9,
        "任何人",
        data.draw(st.sampled_from(Role)),
        unit_id=data.draw(st.sampled_from(units)).id,
        leader_ids=frozenset({data.draw(st.sampled_from(people)).id}),
    )
    allowed, matters = seen_slips(session, actor), seen_matters(session, actor)
    page = slip_rows(session, actor, SlipFilter(), Wanted("newest", size=500))
    assert {row.id for row in page.rows} == allowed
    assert page.total == sum(slip_figures(session, actor, SlipFilter(), today=TODAY).states.values()) == len(allowed)
    assert {row.id for row in all_slip_rows(session, actor, SlipFilter())} == allowed
    assert set(paper_slips(session, actor)) == allowed
    listed = matter_rows(session, actor, MatterFilter(), Wanted("raised", size=500), now=start_of(TODAY))
    assert {row.id for row in listed.rows} == matters
    assert {row.id for row in ledger_rows(session, actor, MatterFilter(), now=start_of(TODAY))} == matters
    assert sum(matter_figures(session, actor, MatterFilter(), now=start_of(TODAY)).states.values()) == len(matters)
