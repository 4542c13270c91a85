from datetime import date

import pytest

from portal.domain.bookings import BookingState
from portal.domain.matters import WITH_A_UNIT, MatterKind, MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import slip_receipts, slips
from portal.store.models.bookings import Companion
from portal.store.queries.statistics import held_days, statistics
from tests.builders import a_category, a_turn
from tests.handled_ledger import a_handled_ledger
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip, unit_actor

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
TODAY = date(2026, 11, 22)


def text_of(answer):
    return answer.get_data(as_text=True)


def test_every_figure_is_exact(session):
    top, below = a_category(code="09", name="科技"), a_category(code="0901", name="数字化", parent_code="09")
    session.add(top)
    session.flush()
    scene = a_scene(session, matters=3, category=below)
    later = a_scene(session, matters=2, category=below, day=date(2026, 10, 16))
    a_scene(session, matters=1, category=below, day=date(2025, 12, 31))
    planned = a_scene(session, matters=1, category=below, day=date(2026, 12, 15), state=DayState.PUBLISHED)
    planned.booking.state = BookingState.CONFIRMED
    later.booking.enterprise_id = scene.booking.enterprise_id
    scene.matters[0].kind = MatterKind.SUGGESTION
    later.matters[0].state, later.matters[0].on_site_answer = MatterState.SETTLED, "已答复"
    later.matters[1].state, later.matters[1].ended_reason = MatterState.REFUSED, "应走诉讼"
    session.commit()
    scene.booking.persons_came = 4
    session.add(Companion(booking_id=later.booking.id, position=2, name="郑示和"))
    session.commit()
    slip = an_issued_slip(session, scene, scene.ids[0])
    void = an_issued_slip(session, scene, scene.ids[1])
    slips.void_slip(session, void.id, "重新交办", actor=OFFICE, now=NOW)
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)
    session.commit()
    found = statistics(session, OFFICE, *YEAR, today=date(2026, 12, 20))
    assert (found.days, found.batches, found.visits, found.enterprises, found.persons) == (2, 2, 2, 1, 6)
    assert [it.persons for it in held_days(session, OFFICE, *YEAR)] == [2, 4]
    assert (found.kinds[MatterKind.PROBLEM], found.kinds[MatterKind.SUGGESTION], found.matters) == (4, 1, 5)
    assert {state.value: number for state, number in found.states.items() if number} == {
        "settled": 1,
        "refused": 1,
        "handling": 1,
        "awaiting_assignment": 2,
    }
    assert (found.handled, found.overdue) == (3, 1)
    assert (found.numbered, found.issued, found.slips[slip.state]) == (1, 1, 1)
    assert [(it.name, it.matters) for it in found.categories] == [("科技", 5)]
    assert [(it.month, it.problems, it.others) for it in found.months] == [(10, 2, 0), (11, 2, 1)]


def test_the_days_behind_the_figures_add_up_to_them(session, sign_in):
    category = a_category()
    for number, matters in ((2, 1), (9, 3), (16, 2)):
        a_scene(session, matters=matters, category=category, day=date(2026, 11, number))
    days, found = held_days(session, OFFICE, *YEAR), statistics(session, OFFICE, *YEAR, today=TODAY)
    assert [(it.day.day, it.matters) for it in days] == [(2, 1), (9, 3), (16, 2)]
    assert (len(days), sum(it.batches for it in days), sum(it.visits for it in days)) == (
        found.days,
        found.batches,
        found.visits,
    )
    assert sum(it.matters for it in days) == found.matters
    assert 'href="/reception-days/2026-11-09"' in text_of(sign_in(Role.OFFICE).get("/statistics/"))


def test_figures_of_an_empty_span_are_noughts_and_rates_are_dashes(session, sign_in):
    page = text_of(sign_in(Role.OFFICE).get("/statistics/?year=2020"))
    assert "<strong>—</strong>" in page
    assert "0.0%" not in page
    assert "这段时间没有已到访企业提出的诉求" in page


def test_a_rate_stands_with_numerator_denominator_and_formula(session, sign_in):
    scene = a_scene(session, matters=3)
    an_issued_slip(session, scene, scene.ids[0])
    page = text_of(sign_in(Role.OFFICE).get("/statistics/"))
    assert "<strong>33.3%</strong>" in page
    assert "（现场办结 0 + 已交办 1 + 不予受理 0）÷ 3" in page
    assert "不等于办结、解决或企业满意" in page


def test_every_link_leads_to_the_rows_that_were_counted(session, sign_in):
    scene = a_scene(session, matters=3)
    scene.matters[0].kind = MatterKind.SUGGESTION
    an_issued_slip(session, scene, scene.ids[0])
    office = sign_in(Role.OFFICE)
    span = "received=1&from=2026-01-01&until=2026-12-31"
    for words, count in (
        ("", 3),
        ("&kind=problem", 2),
        ("&kind=suggestion", 1),
        ("&state=assigned", 1),
        ("&overdue=1", 0),
    ):
        assert f"共 {count} 条" in text_of(office.get(f"/matters/?{span}{words}")), words
    page = text_of(office.get("/statistics/"))
    assert "kind=suggestion" in page


def test_a_leader_counts_what_a_leader_sees(session):
    scene = a_scene(session)
    other = a_scene(session, category=scene.matters[0].category, day=date(2026, 10, 16))
    leader = Actor(5, "领导", Role.LEADER, leader_ids=frozenset({scene.receiver.id}))
    found = statistics(session, leader, *YEAR, today=TODAY)
    assert (found.days, found.visits, found.matters) == (1, 1, 2)
    session.add(a_turn(scene.receiver, reception_day=other.day, seat="accompanying"))
    session.commit()
    assert statistics(session, leader, *YEAR, today=TODAY).days == 2


@pytest.mark.parametrize(
    "role,status",
    [
        (Role.OFFICE, 200),
        (Role.SUPERVISOR, 200),
        (Role.UNIT, 403),
        (Role.AUDITOR, 403),
        (Role.SECURITY, 403),
        (Role.SYSTEM, 403),
    ],
)
def test_who_reads_the_statistics(session, sign_in, role, status):
    assert sign_in(role).get("/statistics/").status_code == status


@pytest.mark.parametrize(
    "query", ["from=2026-12-31&until=2026-01-01", "year=nonsense", "from=x", "until=1999-01-01", "year=99999"]
)
def test_any_span_can_be_asked_for(session, sign_in, query):
    assert sign_in(Role.OFFICE).get(f"/statistics/?{query}").status_code == 200


def test_the_fragment_is_part_of_the_page_and_costs_stay_the_same(session, sign_in, statements):
    scene = a_scene(session)
    an_issued_slip(session, scene)
    office = sign_in(Role.OFFICE)
    fragment = text_of(office.get("/statistics/", headers={"HX-Request": "true"})).strip()
    assert fragment.startswith('<div id="figures"')
    statements.clear()
    assert fragment in text_of(office.get("/statistics/"))
    assert len(statements) <= 13


@pytest.mark.parametrize("state", WITH_A_UNIT)
def test_a_matter_in_hand_or_closed_still_counts_as_assigned(session, state):
    it = a_matter_in_hand(session, matters=1)
    it.matter.state, it.matter.closed_at = state, NOW if state is MatterState.CLOSED else None
    session.commit()
    found = statistics(session, OFFICE, *YEAR, today=date(2026, 12, 20))
    assert (found.assigned, found.handled, found.matters) == (1, 1, 1)


def test_slips_that_were_closed_still_count_as_signed_for(session, sign_in):
    it = a_matter_in_hand(session, matters=1)
    unsigned = a_scene(session, matters=1, day=date(2026, 11, 9))
    an_issued_slip(session, unsigned)
    closed(session, it)
    session.commit()
    found = statistics(session, OFFICE, *YEAR, today=date(2026, 12, 20))
    assert (found.signed_for, found.issued, found.numbered, found.overdue) == (1, 2, 2, 1)
    office = sign_in(Role.OFFICE)
    page = text_of(office.get("/statistics/"))
    assert "50.0%" in page
    assert "共 1 条" in text_of(office.get("/slips/?received=1&from=2026-01-01&until=2026-12-31"))


def test_states_of_matters_add_up_to_all_of_them(session):
    a_handled_ledger(session, 120, today=TODAY)
    found = statistics(session, OFFICE, date(2020, 1, 1), TODAY, today=TODAY)
    shown = (MatterState.SETTLED, MatterState.AWAITING_ASSIGNMENT, MatterState.REFUSED, MatterState.REGISTERED)
    assert found.assigned + sum(found.states[it] for it in (*shown, MatterState.WITHDRAWN)) == found.matters == 120
