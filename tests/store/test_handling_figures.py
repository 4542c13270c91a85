from collections import Counter
from datetime import date

import pytest

from portal.clock import ZONE
from portal.domain.handling_figures import OF_SLIPS, RATES, Basis, Counted, Fact, Grouping, total_of
from portal.domain.people import Actor, Role
from portal.services.calendars import calendar_now
from portal.services.contact_limits import contact_limits
from portal.store.paging import Wanted
from portal.store.queries.handling_figures import Asked, handling_figures
from portal.store.queries.matter_filters import MatterFilter
from portal.store.queries.matters import matter_rows
from portal.store.queries.overdue import start_of
from tests.handled_ledger import a_handled_ledger
from tests.handling_recount import Records, facts_of
from tests.slip_builders import OFFICE

TODAY = date(2026, 11, 22)
SPANS = {
    Basis.DUE: (date(2026, 6, 1), date(2026, 11, 30)),
    Basis.CLOSED: (date(2026, 5, 1), date(2026, 10, 31)),
    Basis.RAISED: (date(2026, 3, 1), date(2026, 10, 31)),
}


def figures(session, basis=Basis.RAISED, grouping=Grouping.UNIT, actor=OFFICE, span=None):
    first, last = span or SPANS[basis]
    return handling_figures(
        session, actor, Asked(first, last, basis, grouping), today=TODAY, calendar=calendar_now(session),
        limits=contact_limits(session),
    )  # fmt: skip


def in_span(records, matter, basis, due):
    first, last = SPANS[basis]
    day = {
        Basis.DUE: due,
        Basis.CLOSED: matter.closed_at and matter.closed_at.astimezone(ZONE).date(),
        Basis.RAISED: records.day(matter),
    }[basis]
    return day is not None and first <= day <= last


def key_of(records, matter, grouping, unit_id, official_id):
    day = records.day(matter)
    return {
        Grouping.UNIT: str(unit_id),
        Grouping.CATEGORY: records.parents[matter.category_code],
        Grouping.OFFICIAL: "" if official_id is None else str(official_id),
        Grouping.DAY: day.isoformat(),
        Grouping.MONTH: str(day.year * 100 + day.month),
    }[grouping]


def recounted(session, basis, grouping):
    records, calendar = Records(session), calendar_now(session)
    counts = {}
    for matter in records.matters:
        facts = facts_of(records, matter, TODAY, calendar)
        if facts and in_span(records, matter, basis, matter.due_on):
            key = key_of(records, matter, grouping, matter.lead_unit_id, records.standing(matter).lead_official_id)
            counts.setdefault(key, Counter()).update(facts)
    behind = {}
    by_id = {it.id: it for it in records.matters}
    for it in records.entries:
        slip, matter = records.slips[it.slip_id], by_id[it.matter_id]
        due = matter.due_on if it.ended_at is None else slip.due_on
        if slip.issued_at is None or not in_span(records, matter, basis, due):
            continue
        key = key_of(records, matter, grouping, slip.lead_unit_id, slip.lead_official_id)
        objected = {
            fact
            for each in records.objections
            if (each.slip_id, each.matter_id) == (it.slip_id, it.matter_id)
            for fact in (Fact.OBJECTED, Fact.UPHELD if each.ruling == "upheld" else Fact.OBJECTED)
        }
        behind.setdefault((key, matter.id), set()).update({Fact.GIVEN} | objected)
    for (key, _), facts in behind.items():
        counts.setdefault(key, Counter()).update(facts)
    return counts


@pytest.mark.parametrize("basis", Basis)
def test_every_figure_of_every_group_is_what_a_slow_recount_finds(session, basis):
    a_handled_ledger(session, 260, today=TODAY)
    for grouping in Grouping:
        found = figures(session, basis, grouping)
        told = {it.key: {fact: number for fact, number in it.tally.counts.items() if number} for it in found}
        assert told == {key: dict(each) for key, each in recounted(session, basis, grouping).items()}, grouping


def test_every_fact_occurs_in_the_ledger_that_is_recounted(session):
    a_handled_ledger(session, 260, today=TODAY)
    total = total_of(it.tally for it in figures(session, span=(date(2020, 1, 1), TODAY)))
    assert [fact for fact in Fact if not total[fact]] == []
    assert all(0 < total[it.numerator] < total[it.denominator] for it in RATES)


@pytest.mark.parametrize("basis", Basis)
def test_every_number_leads_to_exactly_as_many_rows(session, basis):
    ledger = a_handled_ledger(session, 200, today=TODAY)
    first, last = SPANS[basis]
    limits = contact_limits(session)
    words = {
        Basis.DUE: {"due_first": first, "due_last": last},
        Basis.CLOSED: {"closed_first": first, "closed_last": last},
        Basis.RAISED: {"first": first, "last": last},
    }[basis]
    seen = 0
    for group in figures(session, basis):
        for fact in Fact:
            asked = MatterFilter(lead_id=int(group.key), counted=Counted(fact, limits), **words)
            page = matter_rows(session, OFFICE, asked, Wanted("raised", size=500), now=start_of(TODAY))
            assert len({row.id for row in page.rows}) == len(page.rows) == page.total == group.tally[fact], fact
            seen += page.total
    assert seen > 300
    assert len(ledger.units) == len(figures(session, Basis.RAISED))


def test_the_units_add_up_to_the_categories_and_to_the_days(session):
    a_handled_ledger(session, 150, today=TODAY)
    totals = [total_of(it.tally for it in figures(session, grouping=each)) for each in Grouping]
    for fact in Fact:
        if fact not in OF_SLIPS:
            assert len({it[fact] for it in totals}) == 1, fact
    assert len({it.average_days for it in totals}) == 1


def test_a_unit_gets_its_own_row_alone(session):
    ledger = a_handled_ledger(session, 120, today=TODAY)
    everybody = {it.key: it for it in figures(session)}
    for unit in ledger.units:
        own = figures(session, actor=Actor(9, "单位", Role.UNIT, unit_id=unit))
        assert [it.key for it in own] == [str(unit)]
        assert own[0] == everybody[str(unit)]


def test_a_leader_counts_what_he_or_she_serves(session):
    ledger = a_handled_ledger(session, 120, today=TODAY)
    leader = Actor(9, "领导", Role.LEADER, leader_ids=frozenset({ledger.officials[0]}))
    own = total_of(it.tally for it in figures(session, actor=leader))
    every = total_of(it.tally for it in figures(session))
    assert 0 < own[Fact.ASSIGNED] < every[Fact.ASSIGNED]


def test_an_empty_span_has_no_groups(session):
    a_handled_ledger(session, 20, today=TODAY)
    assert figures(session, span=(date(2001, 1, 1), date(2001, 12, 31))) == []


def test_the_figures_cost_two_statements_however_many_units_there_are(session, statements):
    a_handled_ledger(session, 60, today=TODAY, units=9)
    limits, calendar = contact_limits(session), calendar_now(session)
    statements.clear()
    handling_figures(
        session, OFFICE, Asked(date(2026, 1, 1), TODAY, Basis.RAISED, Grouping.UNIT), today=TODAY, calendar=calendar,
        limits=limits,
    )  # fmt: skip
    assert len(statements) == 2
