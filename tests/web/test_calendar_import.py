"""设置 → 工作日历: a year is imported after it was looked at, and what moves with it is shown first."""

import json
import re
from datetime import date, datetime
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.people import Role
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_days import DayState
from portal.domain.workdays import DaySource
from portal.store.models.calendar import AnnouncedDay, Announcement, CalendarDay
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip
from tests.builders import a_reception_day
from tests.documents.test_tables import a_workbook
from tests.notice_texts import NOTICE_2027
from tests.slip_builders import a_draft, a_numbered_slip, a_scene

IMPORT = "/admin/calendar/import"
HTMX = {"HX-Request": "true"}
EXTRA = {"day": "2026-12-01", "kind": "local", "name": "区庆", "source": "安政办发〔2026〕12号"}


def words(answer):
    return unescape(answer.get_data(as_text=True))


def kept(page):
    """The hidden fields with which the preview is applied."""
    form = page[page.index('action="/admin/calendar/import/apply"') :]
    return dict(re.findall(r'name="(\w+)" value="(.*?)">', form[: form.index("</form>")], re.DOTALL))


def hidden(page, name):
    return re.search(rf'name="{name}" type="hidden" value="([^"]*)"', page)[1]


def handed_in(browser, content="", file=None, **given):
    data = {"content": content, "year": "", "source": ""} | given
    if file is not None:
        data["file"] = (BytesIO(file), "安排.xlsx")
    return browser.post(IMPORT, data=data, content_type="multipart/form-data")


def a_planned_day(day, **given):
    return a_reception_day(
        **{"day": day, "state": DayState.PLANNED, "nominal": day, "on_holiday": OnHoliday.NEXT, "make_up_days": True}
        | given
    )


def test_a_pasted_notice_is_previewed_and_then_applied(session, sign_in):
    session.add_all([a_planned_day(date(2027, 2, 8)), a_planned_day(date(2027, 5, 3), state=DayState.PUBLISHED)])
    session.commit()
    browser = sign_in(Role.OFFICE)
    page = words(handed_in(browser, NOTICE_2027))
    assert "预览：2027年放假安排" in page
    assert re.search(r"2027年2月20日 周六.*?新增.*?周末.*?调休上班", page, re.DOTALL)
    session.rollback()
    assert session.scalar(select(Announcement)) is None
    answer = browser.post(f"{IMPORT}/apply", data=kept(page))
    assert answer.headers["Location"] == "/admin/calendar?year=2027"
    shown = words(browser.get("/admin/calendar?year=2027"))
    assert "已导入2027年放假安排" in shown
    assert "国务院办公厅关于2027年部分节假日安排的通知；工商联办公室 11月22日" in shown
    assert re.search(
        r"2月5日 周五.*?2月11日 周四.*?7</td>.*?春节放假.*?法定节假日 4 天，调休放假 3 天", shown, re.DOTALL
    )
    assert "尚未公布" not in shown
    session.rollback()
    assert session.get(Announcement, 2027).origin == "notice"


def test_what_moves_is_shown_before_it_moves(session, sign_in):
    rule = {"rule": "monthday:9", "nominal": date(2027, 2, 9)}
    session.add_all(
        [
            a_planned_day(date(2027, 2, 9), **rule),
            a_planned_day(date(2027, 5, 3), state=DayState.PUBLISHED, rule="monthday:3"),
        ]
    )
    session.commit()
    browser = sign_in(Role.OFFICE)
    page = words(handed_in(browser, NOTICE_2027))
    assert "1 个接待日随之移动，1 个接待日须人工办理" in page
    assert "已发布，须办理改期" in page
    browser.post(f"{IMPORT}/apply", data=kept(page))
    session.rollback()
    assert set(session.scalars(select(ReceptionDay.day))) == {date(2027, 2, 12), date(2027, 5, 3)}


def test_a_preview_that_no_longer_holds_is_shown_again(session, sign_in):
    browser = sign_in(Role.OFFICE)
    first = kept(words(handed_in(browser, NOTICE_2027)))
    session.add(a_planned_day(date(2027, 2, 9), rule="monthday:9"))
    session.commit()
    answer = browser.post(f"{IMPORT}/apply", data=first)
    assert answer.status_code == 409
    page = words(answer)
    assert "请看过新的预览再确认" in page
    assert "1 个接待日随之移动" in page
    assert browser.post(f"{IMPORT}/apply", data=kept(page)).status_code == 303


def test_wrong_places_are_all_named_and_nothing_typed_is_lost(session, sign_in):
    browser = sign_in(Role.OFFICE)
    wrong = NOTICE_2027.replace("1月1日（周五）", "1月1日（周四）").replace("共7天", "共8天")
    answer = handed_in(browser, wrong, source="安政办发〔2026〕30号")
    assert answer.status_code == 422
    page = words(answer)
    assert "第1项（元旦）：2027年1月1日写作“周四”，实际是周五" in page
    assert "第2项（春节）：写明共 8 天" in page
    assert "有 3 处须改正" in page
    assert "（周四）至3日" in page
    assert 'value="安政办发〔2026〕30号"' in page
    assert session.scalars(select(AnnouncedDay)).all() == []


def test_the_wrong_rows_of_a_file_are_named_and_its_text_can_be_corrected(session, sign_in):
    browser = sign_in(Role.OFFICE)
    answer = handed_in(browser, file="日期,名称,安排\n2027-02-30,春节,放假\n".encode("gb18030"))
    assert answer.status_code == 422
    page = words(answer)
    assert "第 2 行：日期“2027-02-30”不存在" in page
    assert re.search(r"2027-02-30,春节,放假\s*</textarea>", page)
    corrected = words(handed_in(browser, "日期,名称,安排\n2027-02-05,春节,放假\n"))
    assert "法定节假日没有放假" in corrected


@pytest.mark.parametrize(
    "file,said",
    [(b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "不是表格"), (b"PK\x03\x04 broken", "打不开"), (None, "请选择文件，或粘贴")],
)
def test_a_wrong_file_is_refused_beside_its_field(sign_in, file, said):
    answer = handed_in(sign_in(Role.OFFICE), file=file)
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_workbook_and_json_are_previewed_too(sign_in):
    browser = sign_in(Role.OFFICE)
    book = a_workbook(
        [["日期", "名称", "安排"], [date(2027, 2, 5), "春节", "放假"], [date(2027, 2, 20), "春节", "上班"]]
    )
    page = words(handed_in(browser, file=book, source="通知"))
    assert "表格" not in kept(page)["source"]
    assert json.loads(kept(page)["content"])["days"][1]["kind"] == "调休上班"
    data = {"year": 2027, "papers": [], "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
    assert "预览：2027年放假安排" in words(handed_in(browser, json.dumps(data)))
    assert "与指定的2028年不同" in words(handed_in(browser, json.dumps(data), year="2028"))


def test_a_notice_within_the_year_leaves_the_other_holidays(session, sign_in):
    browser = sign_in(Role.OFFICE)
    labour = "关于调整2026年劳动节假期安排的通知\n一、劳动节：5月1日至4日放假调休，共4天。5月9日（周六）上班。"
    assert "法定节假日没有放假" in words(handed_in(browser, labour))
    page = words(handed_in(browser, labour, partial="y"))
    assert "1 天与现在不同" in page
    assert "法定节假日没有放假" not in page
    assert browser.post(f"{IMPORT}/apply", data=kept(page)).status_code == 303
    early = handed_in(browser, NOTICE_2027, partial="y")
    assert early.status_code == 422
    assert "请先导入全年安排" in words(early)


def test_htmx_receives_the_part_that_stands_in_the_page(sign_in):
    browser = sign_in(Role.OFFICE)
    fragment = words(browser.get(IMPORT, headers=HTMX))
    assert fragment.strip().startswith('<div id="calendar_import"')
    assert fragment.strip() in words(browser.get(IMPORT))


def test_a_broken_apply_is_refused(sign_in):
    browser = sign_in(Role.OFFICE)
    assert browser.post(f"{IMPORT}/apply", data={}).status_code == 400
    broken = {"content": "{", "source": "通知", "origin": "json", "seen": "x"}
    assert browser.post(f"{IMPORT}/apply", data=broken).status_code == 400


def test_the_year_leaves_as_a_spreadsheet_that_can_come_back(session, sign_in):
    browser = sign_in(Role.OFFICE)
    browser.post(f"{IMPORT}/apply", data=kept(words(handed_in(browser, NOTICE_2027))))
    answer = browser.get("/admin/calendar/2027.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["日期", "星期", "名称", "安排", "来源", "依据"]
    assert rows[1][1:5] == ["周五", "元旦", "法定节假日", "导入的官方安排"]
    page = words(handed_in(browser, file=answer.data))
    assert "0 天与现在不同" in page
    template = browser.get("/admin/calendar/template.xlsx?year=2028")
    assert "2028年放假安排" in words(handed_in(browser, file=template.data))
    assert browser.get("/admin/calendar/1900.xlsx").status_code == 404


def test_a_day_that_moves_something_is_said_first_and_set_with_a_second_press(session, sign_in):
    slip = a_draft(session, a_scene(session))
    browser = sign_in(Role.OFFICE)
    page = words(browser.post("/admin/calendar", data=EXTRA))
    assert "交办单草稿" in page
    assert "12月7日 周一 → 12月8日 周二" in page
    assert "确认保存" in page
    session.rollback()
    assert session.get(CalendarDay, date(2026, 12, 1)) is None
    assert browser.post("/admin/calendar", data=EXTRA | {"seen": hidden(page, "seen")}).status_code == 303
    session.expire_all()
    assert session.get(Slip, slip.id).due_on == date(2026, 12, 8)
    cleared = words(browser.post("/admin/calendar/clear", data={"day": "2026-12-01"}))
    assert "确认清除" in cleared
    done = browser.post("/admin/calendar/clear", data={"day": "2026-12-01", "seen": hidden(cleared, "seen")})
    assert done.status_code == 303
    session.expire_all()
    assert session.get(Slip, slip.id).due_on == date(2026, 12, 7)


def test_moves_other_than_those_shown_are_shown_again(session, sign_in):
    browser = sign_in(Role.OFFICE)
    scene = a_scene(session)
    a_draft(session, scene, scene.ids[0])
    page = words(browser.post("/admin/calendar", data=EXTRA))
    a_draft(session, scene, scene.ids[1])
    again = words(browser.post("/admin/calendar", data=EXTRA | {"seen": hidden(page, "seen")}))
    assert again.count("12月7日 周一 → 12月8日 周二") == 2
    assert session.get(CalendarDay, date(2026, 12, 1)) is None


def test_a_numbered_slip_says_that_its_paper_carries_the_earlier_date(session, sign_in):
    slip = a_numbered_slip(session, a_scene(session))
    browser = sign_in(Role.OFFICE)
    assert "因延期、重新办理或放假安排调整" not in words(browser.get(f"/slips/{slip.id}"))
    page = words(browser.post("/admin/calendar", data=EXTRA))
    browser.post("/admin/calendar", data=EXTRA | {"seen": hidden(page, "seen")})
    shown = words(browser.get(f"/slips/{slip.id}"))
    assert "纸面时限 2026年12月7日 周一，因延期、重新办理或放假安排调整，现为 2026年12月8日 周二。" in shown
    assert "放假安排调整，安民接交〔2026〕1号办结时限由2026年12月7日调整为2026年12月8日" in shown


def test_what_no_longer_fits_the_calendar_is_named_until_it_is_put_right(session, sign_in):
    clock.stand_at(datetime(2026, 1, 5, 9, 0, tzinfo=ZONE))
    session.add(a_planned_day(date(2026, 2, 20), rule="monthday:20"))
    session.commit()
    browser = sign_in(Role.OFFICE)
    assert "按现行日历，1 个接待日随之移动" in words(browser.get("/admin/calendar"))
    page = words(browser.get("/admin/calendar/recount"))
    assert "2月20日 周五是春节（调休放假），顺延至2月24日 周二。" in page
    assert browser.post("/admin/calendar/recount", data={"seen": "old"}).status_code == 409
    assert browser.post("/admin/calendar/recount", data={"seen": hidden(page, "seen")}).status_code == 303
    assert "按现行日历，" not in words(browser.get("/admin/calendar"))
    assert "与现行日历相符" in words(browser.get("/admin/calendar/recount"))


def test_only_the_office_imports(sign_in):
    for role in (Role.LEADER, Role.UNIT, Role.SYSTEM, Role.AUDITOR):
        browser = sign_in(role)
        assert browser.get(IMPORT).status_code == 403
        assert browser.post(f"{IMPORT}/apply", data={}).status_code == 403
        assert browser.get("/admin/calendar/2027.xlsx").status_code == 403


def test_a_year_says_its_dates_without_the_year_and_sources_only_where_there_are_several(sign_in):
    office = sign_in(Role.OFFICE)
    page = words(office.get("/admin/calendar?year=2025"))
    assert (">1月28日 周二<" in page, "2025年1月28日" in page, f"（{DaySource.OFFICIAL.label}）" in page) == (
        True,
        False,
        False,
    )
    several = {
        "year": 2027,
        "days": [
            {"name": "元旦", "date": "2026-12-31", "isOffDay": True},
            {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        ],
    }
    office.post(f"{IMPORT}/apply", data=kept(words(handed_in(office, json.dumps(several)))))
    assert "（导入的官方安排）" in words(office.get("/admin/calendar?year=2026"))
