"""What must hold on both engines: numbers without gap, and every list, page and figure answers the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from portal.domain.errors import Conflict
from portal.domain.people import Actor, Role
from portal.services import slip_drafts, slips
from portal.services.slip_sheets import print_papers
from portal.store.extension import db, transaction
from portal.store.paging import Wanted
from portal.store.queries.awaiting_matters import awaiting_matters
from portal.store.queries.course_of_matter import course_of_matter
from portal.store.queries.ledger import ledger_page, ledger_rows
from portal.store.queries.list_figures import matter_figures, slip_figures
from portal.store.queries.matter_filters import MatterFilter, Urgency
from portal.store.queries.matter_pages import matter_page
from portal.store.queries.matters import MATTER_SORTS
from portal.store.queries.overdue import start_of
from portal.store.queries.paper_codes import version_with_code
from portal.store.queries.slip_pages import slip_page
from portal.store.queries.slips import SLIP_SORTS, SlipFilter, slip_rows, slips_of_matter
from portal.store.queries.statistics import statistics
from portal.store.queries.timeline import slip_timeline
from tests.builders import a_category
from tests.slip_builders import NOW, OFFICE, a_draft, a_scene, an_issued_slip, unit_actor

TODAY = date(2026, 11, 22)

pytestmark = pytest.mark.postgresql


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def test_forty_desks_numbering_at_once_leave_no_gap_also_at_the_first_number_of_a_year(each_app, records):
    category = a_category()
    drafts = [
        a_draft(
            records, a_scene(records, matters=1, category=category, day=date(2026, 1, 1) + timedelta(days=place))
        ).id
        for place in range(40)
    ]
    records.rollback()
    db.session.remove()

    def number(slip_id):
        with each_app.app_context():
            try:
                with transaction() as own:
                    slip = slips.number_slip(own, slip_id, actor=OFFICE, now=NOW)
                    return kept_unless_fourth(slip_id, slip.number)
            except LookupError:
                return None
            finally:
                db.session.remove()

    def kept_unless_fourth(slip_id, text):
        if slip_id % 4 == 0:
            raise LookupError
        return text

    with ThreadPoolExecutor(40) as pool:
        numbers = [text for text in pool.map(number, drafts) if text]
    assert sorted(numbers) == sorted(f"安民接交〔2026〕{serial}号" for serial in range(1, len(numbers) + 1))
    assert len(numbers) == 30


def test_two_desks_drafting_the_same_matter_make_one_slip(each_app, records):
    ids = a_scene(records, matters=1).ids
    records.rollback()
    db.session.remove()

    def draft(_place):
        with each_app.app_context():
            try:
                with transaction() as own:
                    slip_drafts.draft_slip(own, ids, actor=OFFICE, now=NOW)
            except Conflict:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(draft, range(8))) == [False] * 7 + [True]


def test_every_question_about_slips_and_matters_is_answered(records):
    scene = a_scene(records, matters=3)
    slip = an_issued_slip(records, scene, *scene.ids[:2])
    people = [
        OFFICE,
        Actor(5, "领导", Role.LEADER, leader_ids=frozenset({scene.receiver.id})),
        unit_actor(scene.units[1]),
        Actor(6, "审计", Role.AUDITOR),
    ]
    everything = MatterFilter(
        kind=scene.matters[0].kind,
        category=scene.matters[0].category_code,
        unit_id=scene.units[1].id,
        enterprise_id=scene.booking.enterprise_id,
        first=date(2026, 1, 1),
        last=TODAY,
        received=True,
        words="事项",
    )
    expected = {OFFICE.account_id: (3, 2, 1), 5: (3, 2, 1), 3: (2, 2, 1), 6: (0, 0, 0)}
    for actor in people:
        everybody, narrowed, papers = expected[actor.account_id]
        for sort in MATTER_SORTS:
            page = ledger_page(records, actor, MatterFilter(), Wanted(sort, descending=True), now=start_of(TODAY))
            assert page.total == len(page.rows) == everybody
        assert len(list(ledger_rows(records, actor, everything, now=start_of(TODAY)))) == narrowed
        assert (
            sum(matter_figures(records, actor, MatterFilter(urgency=Urgency.HARD), now=start_of(TODAY)).states.values())
            == 0
        )
        for sort in SLIP_SORTS:
            asked = SlipFilter(day=date(2026, 11, 16), unit_id=scene.units[0].id, words="〔2026〕1号")
            assert slip_rows(records, actor, asked, Wanted(sort)).total == papers
        assert sum(slip_figures(records, actor, SlipFilter(), today=TODAY).states.values()) == papers
        assert len(slips_of_matter(records, actor, scene.ids[0])) == papers
        assert bool(slip_timeline(records, actor, slip.id)) == bool(papers)
        assert bool(course_of_matter(records, actor, scene.ids[0], scene.booking.id).lines) == bool(papers)
    found = slip_page(records, OFFICE, slip.id)
    assert version_with_code(records, found.versions[0].verify_code).number == slip.number
    assert matter_page(records, OFFICE, scene.ids[0]).number == scene.matters[0].number
    assert [it.id for it in awaiting_matters(records, matter_id=scene.ids[2])] == [scene.ids[2]]
    assert print_papers(records, [slip.id], address="http://x", actor=OFFICE, now=NOW)[0].number == slip.number
    figures = statistics(records, OFFICE, date(2026, 1, 1), date(2026, 12, 31), today=TODAY)
    assert (figures.days, figures.matters, figures.months[0].month) == (1, 3, 11)
