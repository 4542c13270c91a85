"""The lists of what follows a slip: each under headings with their counts, sorted, narrowed, paged by key, saved whole."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import count

import pytest
from python_calamine import CalamineWorkbook

from portal import clock
from portal.clock import ZONE
from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.domain.people import Role
from portal.domain.voices import WordKind
from portal.services import studies
from portal.services.studies import StudyOrder
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.voices import EnterpriseWord
from portal.store.paging import PAGE_ROWS
from tests.builders import a_booking, a_reception_day, a_unit, an_enterprise
from tests.handled_matters import a_matter_in_hand
from tests.house.page_reader import Page
from tests.slip_builders import OFFICE

NOW = datetime(2026, 12, 14, 9, 0, tzinfo=ZONE)
TODAY = NOW.date()
HTMX = {"HX-Request": "true"}
LISTS = (
    "/chasing/escalations",
    "/chasing/measures",
    "/closings/",
    "/call-backs/",
    "/look-backs/",
    "/voices/",
    "/meetings/",
    "/studies/",
    "/common-tasks/",
)
NONSENSE = "?state=x&to=x&kind=x&unit=x&overdue=x&sort=x&direction=x&after=%FF&before=x&from=x&q=%00%25_"


@pytest.fixture(autouse=True)
def in_december(app):
    clock.stand_at(NOW)


@pytest.fixture
def it(session):
    return a_matter_in_hand(session, matters=1)


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


def text(client, address, **more):
    answer = client.get(address, **more)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


def saved(client, address):
    return CalamineWorkbook.from_filelike(BytesIO(client.get(address).data)).get_sheet_by_index(0).to_python()


_organs = count(1)


def taken_up(session, it, number=1, **given):
    """Escalations of one matter, as many as asked, each to another organ and a minute after the other."""
    return [
        Escalation(
            **{
                "matter_id": it.matter.id, "to": EscalatedTo.UPPER_LEVEL, "organ": f"市工商联第{next(_organs)}处", "leader_id": None,
                "why": "单位之间职责不清，请协调。", "answer_by": TODAY + timedelta(days=place), "by": "工商联",
                "at": NOW + timedelta(minutes=place),
            }
            | given
        )
        for place in range(number)
    ]  # fmt: skip


def taken(session, it, number=1, **given):
    """Measures against the lead unit and, where more are asked, as many other units."""
    others = [a_unit() for _ in range(number - 1)]
    session.add_all(others)
    session.flush()
    unit_ids = [it.scene.units[0].id, *(unit.id for unit in others)]
    return [
        Measure(
            **{
                "matter_id": it.matter.id, "unit_id": unit_ids[place], "kind": MeasureKind.TALK,
                "why": "三次督办仍未办结。", "due_on": TODAY + timedelta(days=place), "by": "督查室",
                "at": NOW + timedelta(minutes=place),
            }
            | given
        )
        for place in range(number)
    ]  # fmt: skip


ANSWERED = {"answer": "请一周内办结。", "answered_by": "市工商联", "answered_at": NOW}
ENDED = {"outcome": "已作出检讨并办结。", "ended_by": "督查室", "ended_at": NOW}


@pytest.mark.parametrize("address", LISTS)
def test_every_list_bears_what_makes_no_sense_and_says_what_comes_next_when_it_is_empty(office, address):
    empty = text(office, address)
    assert Page.of(empty).troubles == []
    assert 'class="empty"' in empty
    assert 'class="states"' in empty
    assert "全部 0" in empty
    assert ".xlsx" in empty
    assert "没有符合条件" in text(office, address + NONSENSE)
    fragment = text(office, address, headers=HTMX)
    assert "<html" not in fragment


@pytest.mark.parametrize("address", LISTS)
def test_a_heading_stays_when_the_filter_line_is_sent(office, address):
    word = "step" if address == "/closings/" else "state"
    assert f'type="hidden" name="{word}" value="all"' in text(office, f"{address}?{word}=all")


def test_escalations_are_counted_under_their_headings_with_the_other_filters(session, it, office):
    late = taken_up(session, it, answer_by=TODAY - timedelta(days=1))
    to_signer = taken_up(session, it, to=EscalatedTo.SIGNER, organ="", leader_id=it.scene.receiver.id)
    session.add_all([*late, *to_signer, *taken_up(session, it, **ANSWERED), *taken_up(session, it, answer_by=None)])
    session.commit()
    shown = text(office, "/chasing/escalations")
    for heading in ("等待答复 3", "逾期未答复 1", "已答复 1", "全部 4"):
        assert heading in shown, heading
    assert "等待答复的上报事项 3" in shown
    assert "等待答复的上报事项 1" in text(office, "/chasing/escalations?to=signer")
    assert "等待答复 1" in text(office, "/chasing/escalations?to=signer")
    assert "逾期未答复的上报事项 1" in text(office, "/chasing/escalations?state=late")
    assert "请一周内办结。" in text(office, "/chasing/escalations?state=answered")
    assert "等待答复的上报事项 3" in text(office, f"/chasing/escalations?unit={it.scene.units[0].id}")
    assert "没有符合条件" in text(office, f"/chasing/escalations?unit={it.scene.units[1].id}")
    assert "等待答复的上报事项 3" in text(office, f"/chasing/escalations?q={it.matter.number}")
    rows = saved(office, "/chasing/escalations.xlsx?state=all")
    assert [row[10] for row in rows[-4:]].count("逾期未答复") == 1
    assert len(saved(office, "/chasing/escalations.xlsx?state=answered")) == len(rows) - 3


def test_a_leader_reads_and_saves_only_what_came_to_him_or_her(session, it, sign_in):
    session.add_all(
        [
            *taken_up(session, it),
            *taken_up(session, it, to=EscalatedTo.SIGNER, organ="", leader_id=it.scene.receiver.id),
        ]
    )
    session.commit()
    leader = sign_in(Role.LEADER, leader_id=it.scene.receiver.id)
    shown = text(leader, "/chasing/escalations")
    assert "报我的事项 1" in shown
    assert "全部 1" in shown
    assert "市工商联" not in str(saved(leader, "/chasing/escalations.xlsx?state=all"))
    assert sign_in(Role.UNIT).get("/chasing/escalations.xlsx").status_code == 403
    assert leader.get("/chasing/measures.xlsx").status_code == 403


@pytest.mark.parametrize(
    "address, made", [("/chasing/escalations", taken_up), ("/chasing/measures", taken)], ids=["escalations", "measures"]
)
def test_more_than_a_page_is_turned_by_key_in_every_order(session, it, office, address, made):
    session.add_all(made(session, it, PAGE_ROWS + 10))
    session.commit()
    links = [it for it in Page.of(text(office, address)).links if "sort=" in it]
    assert len(links) == 6
    for link in ["?", *links]:
        first = text(office, link if link != "?" else address)
        assert first.count('class="row-link"') == PAGE_ROWS
        onward = next(it for it in Page.of(first).links if "after=" in it)
        assert text(office, onward).count('class="row-link"') == 10
    assert len(saved(office, f"{address}.xlsx")) >= PAGE_ROWS + 11


def test_measures_are_counted_and_narrowed(session, it, office):
    late = taken(session, it, due_on=TODAY - timedelta(days=3), kind=MeasureKind.LISTED)
    session.add_all([*late, *taken(session, it), *taken(session, it, kind=MeasureKind.BULLETIN, **ENDED)])
    session.commit()
    shown = text(office, "/chasing/measures")
    for heading in ("正在整改 2", "逾期未整改 1", "已结束 1", "全部 3"):
        assert heading in shown, heading
    assert "正在整改的约谈、挂牌、通报 1" in text(office, "/chasing/measures?kind=talk")
    assert "已作出检讨并办结。" in text(office, "/chasing/measures?state=ended")
    assert "没有符合条件" in text(office, f"/chasing/measures?unit={it.scene.units[2].id}")
    kinds = [row[0] for row in saved(office, "/chasing/measures.xlsx?state=all")]
    assert {"约谈", "挂牌督办", "通报"} <= set(kinds)


def test_the_list_of_what_is_late_counts_what_it_links_to(session, it, office):
    session.add_all([*taken_up(session, it, 3), *taken(session, it, 2)])
    session.commit()
    shown = text(office, "/chasing/")
    assert 'href="/chasing/measures">正在整改的约谈、挂牌、通报</a> <b class="count">2</b>' in shown
    assert 'href="/chasing/escalations">等待答复的上报事项</a> <b class="count">3</b>' in shown


def test_words_of_enterprises_are_found_by_every_word_and_saved_without_an_end(session, office):
    day = a_reception_day()
    names = ("示例甲机械有限公司", "示例乙食品有限公司")
    bookings = [a_booking(day, an_enterprise(name=name), slot=place) for place, name in enumerate(names)]
    session.add_all(bookings)
    session.flush()
    session.add_all(
        EnterpriseWord(booking_id=it.id, kind=WordKind.BREACH, told="窗口态度不好。", at=NOW.astimezone(UTC))
        for it in bookings
    )
    session.commit()
    assert "待答复 2" in text(office, "/voices/")
    assert "待答复 1" in text(office, "/voices/?q=示例 机械")
    assert "示例乙" not in text(office, "/voices/?q=示例 机械")
    assert len(saved(office, "/voices/voices.xlsx?q=机械")) == len(saved(office, "/voices/voices.xlsx")) - 1


def test_lists_cost_the_same_however_long_they_are(session, it, office, statements):
    session.add_all(taken_up(session, it, 2))
    session.commit()
    text(office, "/chasing/escalations")
    statements.clear()
    text(office, "/chasing/escalations")
    few = len(statements)
    session.add_all(taken_up(session, it, 30))
    session.commit()
    text(office, "/chasing/escalations")
    statements.clear()
    text(office, "/chasing/escalations")
    assert len(statements) == few


def test_a_late_study_is_counted_and_can_be_asked_for(session, office):
    unit = a_unit()
    session.add(unit)
    session.commit()
    for title, due in (("早该研究完的题目", date(2026, 12, 10)), ("还有时间的题目", date(2027, 3, 1))):
        order = StudyOrder(title, "反映集中，需要研究。", unit.id, due)
        studies.start_study(session, order, actor=OFFICE, now=NOW - timedelta(days=30))
    session.commit()
    shown = text(office, "/studies/")
    assert "逾期 1" in shown
    assert "研究中 2" in shown
    assert "还有时间的题目" not in text(office, "/studies/?overdue=1").split("concentration")[0]
