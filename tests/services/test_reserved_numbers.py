"""Numbers set aside with blank paper, used once, and the row of numbers they belong to."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.reserved_numbers import ReservedState
from portal.services import slips
from portal.services.day_slips import draft_slips
from portal.services.paper_numbers import number_for
from portal.services.reserved_numbers import blank_sheets, reserve_numbers, use_reserved, void_reserved
from portal.store.extension import db, read, transaction
from portal.store.models.papers import ReservedNumber
from portal.store.models.slips import SlipVersion
from portal.store.queries.number_rows import number_rows
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene


def reserve(session, count=3):
    made = reserve_numbers(session, count, "停电备用", actor=OFFICE, now=NOW)
    session.commit()
    return made


def number(session, slip, reserved=None):
    reserved_id = reserved.id if reserved else None
    slips.number_slip(session, slip.id, reserved_id=reserved_id, actor=OFFICE, now=NOW)
    session.commit()
    return slip


def test_a_record_takes_the_number_and_the_code_of_its_blank_paper(session):
    scene = a_scene(session)
    first, second, _ = reserve(session)
    slip = number(session, a_draft(session, scene, scene.ids[0]), second)
    assert (slip.number, slip.serial) == (second.number, 2)
    assert session.get(SlipVersion, (slip.id, 1)).verify_code == second.verify_code
    assert (second.state, second.slip_id, first.state) == (ReservedState.USED, slip.id, ReservedState.OPEN)
    after = number(session, a_draft(session, scene, scene.ids[1]))
    assert after.serial == 4, "numbers given afterwards come behind those set aside"


def test_a_number_set_aside_is_used_once(session):
    scene = a_scene(session)
    first, *_ = reserve(session)
    number(session, a_draft(session, scene, scene.ids[0]), first)
    with pytest.raises(RuleBroken, match="已用"):
        number(session, a_draft(session, scene, scene.ids[1]), first)


def test_a_slip_with_a_number_takes_no_other(session):
    slip = a_numbered_slip(session, a_scene(session))
    first, *_ = reserve(session)
    with pytest.raises(RuleBroken, match="已有编号"):
        use_reserved(session, first.id, slip, actor=OFFICE, now=NOW)


def test_a_void_number_is_neither_used_nor_printed(session):
    scene = a_scene(session)
    first, second, _ = reserve(session)
    void_reserved(session, first.id, "空白单写坏", actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="作废"):
        number(session, a_draft(session, scene), first)
    session.rollback()
    sheets = blank_sheets(session, [first.id, second.id], address="http://a", actor=OFFICE, now=NOW)
    assert [it.number for it in sheets] == [second.number]
    assert sheets[0].verify_url == f"HTTP://A/VERIFY/{second.verify_code}"
    with pytest.raises(NotFound):
        blank_sheets(session, [first.id], address="", actor=OFFICE, now=NOW)


def test_somebody_who_saw_an_older_state_is_told(session):
    first, *_ = reserve(session)
    with pytest.raises(Conflict):
        void_reserved(session, first.id, "空白单写坏", version=first.version + 1, actor=OFFICE, now=NOW)


def test_the_row_of_a_year_tells_what_became_of_every_number(session):
    scene = a_scene(session, matters=2)
    first, second, third = reserve(session)
    number(session, a_draft(session, scene, scene.ids[0]), second)
    void_reserved(session, third.id, "空白单写坏", actor=OFFICE, now=NOW)
    slip = number(session, a_draft(session, scene, scene.ids[1]))
    slips.void_slip(session, slip.id, "重复交办，作废", actor=OFFICE, now=NOW)
    session.commit()
    (row,) = number_rows(session, 2026)
    assert (row.kind, row.organ, row.last) == (PaperKind.SLIP, "安民接交", 4)
    assert [it.became for it in row.numbers] == ["预留未用", "待签批", "预留号作废", "作废"]
    assert row.numbers[3].why == "重复交办，作废"
    assert row.check.is_whole
    session.delete(session.get_one(ReservedNumber, first.id))
    session.commit()
    (row,) = number_rows(session, 2026)
    assert row.check.missing == (1,)


@pytest.mark.parametrize(
    "moment,number",
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=ZONE), "民接催〔2026〕1号"),
        (datetime(2027, 1, 1, 0, 1, tzinfo=ZONE), "民接催〔2027〕1号"),
        (datetime.fromisoformat("2026-12-31T15:59:00+00:00"), "民接催〔2026〕1号"),
        (datetime.fromisoformat("2026-12-31T16:01:00+00:00"), "民接催〔2027〕1号"),
    ],
)
def test_a_number_belongs_to_the_year_of_the_offices_own_clock(session, moment, number):
    assert number_for(session, PaperKind.REMINDER, moment).text == number


def test_every_kind_of_paper_has_a_row_of_its_own(session):
    numbers = [number_for(session, kind, NOW).text for kind in (PaperKind.TRANSFER, PaperKind.SUPERVISION)]
    assert numbers == ["民接转〔2026〕1号", "民接督〔2026〕1号"]


def test_all_slips_of_a_day_are_drafted_and_numbered_in_one_press_or_none(session):
    scene = a_scene(session, matters=3)
    made = draft_slips(session, ((scene.ids[0], scene.ids[2]), (scene.ids[1],)), numbered=True, actor=OFFICE, now=NOW)
    session.commit()
    assert [it.serial for it in made] == [1, 2]
    with pytest.raises(RuleBroken):
        draft_slips(session, (), actor=OFFICE, now=NOW)


def test_two_people_cannot_use_one_number_at_once(each_app):
    with each_app.app_context(), transaction() as session:
        session.info["unaudited"] = True
        scene = a_scene(session)
        reserved, *_ = reserve(session, 1)
        ids = [a_draft(session, scene, it).id for it in scene.ids]
        reserved_id = reserved.id

    def take(slip_id):
        with each_app.app_context():
            try:
                with transaction() as session:
                    slips.number_slip(session, slip_id, reserved_id=reserved_id, actor=OFFICE, now=NOW)
            except RuleBroken:
                return False
            finally:
                db.session.remove()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, ids)) == [False, True]
    with each_app.app_context():
        (row,) = number_rows(read(), 2026)
        assert row.check.is_whole
        db.session.remove()
