from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from portal.domain.bookings import BookingState
from portal.domain.matters import MatterKind, MatterState
from portal.domain.results import AskedHow, Grade, Resolved, ResultCode
from portal.services import closing, slips
from portal.store.models.matters import Matter
from portal.store.models.voices import CallBack
from portal.store.paging import Wanted
from portal.store.queries.ledger import ledger_rows
from portal.store.queries.matter_filters import MatterFilter, Urgency
from portal.store.queries.matter_pages import matter_page
from portal.store.queries.matters import MATTER_SORTS, matter_rows
from portal.store.queries.overdue import start_of
from tests.builders import a_category, a_matter
from tests.handled_matters import SOLVED, a_matter_in_hand, closed, to_review
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip

TODAY = date(2026, 11, 22)


def found(session, today=TODAY, **asked):
    page = matter_rows(session, OFFICE, MatterFilter(**asked), Wanted("raised"), now=start_of(today))
    return {row.id for row in page.rows}


def test_each_filter_narrows_to_what_it_says(session):
    parent = a_category(code="01", name="用地规划")
    session.add(parent)
    session.flush()
    scene = a_scene(session, matters=2, category=a_category(code="0101", name="厂房空间", parent_code="01"))
    later = a_scene(session, matters=1, category=a_category(), day=date(2026, 12, 1))
    first, second, third = *scene.matters, later.matters[0]
    first.kind, first.urgent, second.hard = MatterKind.SUGGESTION, True, True
    third.state, third.on_site_answer = MatterState.SETTLED, "已答复"
    an_issued_slip(session, scene, first.id)
    assert found(session) == {first.id, second.id, third.id}
    assert found(session, state=MatterState.ASSIGNED) == {first.id}
    assert found(session, kind=MatterKind.SUGGESTION) == {first.id}
    assert found(session, category="01") == found(session, category="0101") == {first.id, second.id}
    assert found(session, category="none") == set()
    assert found(session, unit_id=scene.units[0].id) == found(session, unit_id=scene.units[1].id) == {first.id}
    assert found(session, unit_id=scene.units[2].id) == set()
    assert found(session, enterprise_id=later.booking.enterprise_id) == {third.id}
    assert found(session, first=date(2026, 11, 17)) == {third.id}
    assert found(session, last=date(2026, 11, 16)) == {first.id, second.id}
    assert found(session, urgency=Urgency.URGENT) == {first.id}
    assert found(session, urgency=Urgency.HARD) == {second.id}
    assert found(session, overdue=True) == set()
    assert found(session, overdue=True, today=date(2026, 12, 8)) == {first.id}


def test_received_leaves_out_matters_of_enterprises_that_did_not_come(session):
    scene = a_scene(session, matters=1)
    alone = a_matter(None, scene.matters[0].category)
    session.add(alone)
    scene.booking.state = BookingState.NO_SHOW
    session.commit()
    assert found(session, received=True) == {alone.id}


def test_a_voided_slip_no_longer_makes_a_matter_its_units(session):
    scene = a_scene(session, matters=1)
    slip = an_issued_slip(session, scene)
    slips.void_slip(session, slip.id, "重新交办", actor=OFFICE, now=NOW)
    session.commit()
    assert found(session, unit_id=scene.units[0].id) == found(session, unit_id=scene.units[1].id) == set()
    row = next(ledger_rows(session, OFFICE, MatterFilter(), now=start_of(TODAY)))
    assert (row.slip_number, row.lead_unit, row.assisting_units) == (None, None, None)


@pytest.mark.parametrize("words", ["厂房", "厂房 办证", "2026-9", "示例企业", "〔2026〕1号", "细节里的话"])
def test_search_finds_number_title_detail_enterprise_and_slip(session, words):
    scene = a_scene(session, matters=2)
    wanted = scene.matters[0]
    wanted.title, wanted.number, wanted.detail = "二期厂房产权办证", "2026-9999", "细节里的话"
    an_issued_slip(session, scene, wanted.id)
    assert wanted.id in found(session, words=words)


@pytest.mark.parametrize("words", ["%", "_", "\\", "厂房 没有", "'; drop table matter; --"])
def test_search_takes_every_sign_as_it_is(session, words):
    a_scene(session)
    assert found(session, words=words) == set()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dues=st.lists(st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 5))), min_size=1, max_size=12),
    sort=st.sampled_from(sorted(MATTER_SORTS)),
    descending=st.booleans(),
    size=st.integers(1, 5),
)
def test_leafing_through_shows_every_matter_once_and_back_again(session, dues, sort, descending, size):
    session.rollback()
    session.execute(delete(Matter))
    category = session.get(type(a_category()), "leaf") or a_category(code="leaf")
    session.add_all([a_matter(None, category, due_on=due) for due in dues])
    session.commit()
    pages, after = [], None
    while True:
        page = matter_rows(
            session, OFFICE, MatterFilter(), Wanted(sort, descending, after=after, size=size), now=start_of(TODAY)
        )
        pages.append([row.id for row in page.rows])
        if page.next_key is None:
            break
        after = page.next_key
    seen = [it for page in pages for it in page]
    assert len(seen) == len(set(seen)) == len(dues)
    before = page.previous_key
    for expected in reversed(pages[:-1]):
        page = matter_rows(
            session, OFFICE, MatterFilter(), Wanted(sort, descending, before=before, size=size), now=start_of(TODAY)
        )
        assert [row.id for row in page.rows] == expected
        before = page.previous_key


def asked_of_the_database(statements):
    return [it for it in statements if it.startswith("SELECT")]


def test_the_list_and_the_ledger_cost_two_statements_and_one(session, statements):
    an_issued_slip(session, a_scene(session, matters=5))
    statements.clear()
    matter_rows(session, OFFICE, MatterFilter(), Wanted("raised"), now=start_of(TODAY))
    assert len(asked_of_the_database(statements)) == 2
    statements.clear()
    assert len(list(ledger_rows(session, OFFICE, MatterFilter(), now=start_of(TODAY)))) == 5
    assert len(asked_of_the_database(statements)) == 1


def test_the_ledger_tells_the_four_responsible_apart(session):
    scene = a_scene(session, matters=1)
    an_issued_slip(session, scene)
    (row,) = ledger_rows(session, OFFICE, MatterFilter(), now=start_of(TODAY))
    assert (row.receiver, row.lead_official) == (scene.receiver.name, scene.official.name)
    assert (row.lead_unit, row.assisting_units) == (scene.units[0].name, scene.units[1].short_name)
    assert row.state_label == "已交办（已印发）"
    assert row.answer.startswith("请牵头领导")


def test_the_ledger_tells_result_solved_content_and_closed_apart_and_counts_what_came_between(session):
    it = a_matter_in_hand(session, matters=1)
    to_review(session, it)
    closing.review(session, it.matter.id, passed=False, remark="佐证材料不全", actor=OFFICE, now=NOW)
    session.commit()
    (row,) = ledger_rows(session, OFFICE, MatterFilter(), now=start_of(date(2027, 3, 1)))
    assert (row.result, row.grade, row.closed_at, row.redone, row.overdue) == (None, None, None, 1, True)
    closed(session, it)
    session.commit()
    (row,) = ledger_rows(session, OFFICE, MatterFilter(), now=start_of(date(2027, 3, 1)))
    assert (row.result, row.resolved, row.grade) == (ResultCode.SOLVED, Resolved.FULLY, Grade.CONTENT)
    assert (row.closed_at.date(), row.redone, row.extended, row.objected, row.overdue) == (NOW.date(), 1, 0, 0, False)
    assert (row.result_told, row.times) == (SOLVED.told, "重办1")
    said_again = {"matter_id": it.matter.id, "round": it.matter.round, "how": AskedHow.PHONE, "at": NOW}
    session.add(CallBack(grade=Grade.DISCONTENT, resolved=Resolved.PARTLY, **said_again))
    session.commit()
    (row,) = ledger_rows(session, OFFICE, MatterFilter(), now=start_of(date(2027, 3, 1)))
    assert (row.result, row.resolved, row.grade) == (ResultCode.SOLVED, Resolved.PARTLY, Grade.DISCONTENT)


def test_before_there_is_a_slip_the_ledger_names_the_main_leader_of_the_day(session):
    scene = a_scene(session, matters=1)
    (row,) = ledger_rows(session, OFFICE, MatterFilter(), now=start_of(TODAY))
    assert row.receiver == scene.receiver.name


def test_one_matters_page_costs_a_fixed_number_of_statements(session, statements):
    scene = a_scene(session)
    statements.clear()
    matter_page(session, OFFICE, scene.ids[0])
    assert len(asked_of_the_database(statements)) <= 3
