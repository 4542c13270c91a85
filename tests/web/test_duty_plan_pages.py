from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.leaves import LeaveState
from portal.domain.people import ADMINISTRATORS, Role
from portal.domain.reception_days import DayState
from portal.store.models.duty import DutyPlan, Leave, UnsuitableDay
from portal.store.models.office import OfficeSetting
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty_plans import open_plan, plan_file, plans_made
from portal.store.queries.reception_days import days_between
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW

READERS = (Role.LEADER, Role.SECRETARY)
SPAN = {"first": "2026-12-01", "last": "2027-12-31", "mode": "fill"}
NAMES = ("甲示一", "乙示二", "丙示三", "丁示四")


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:3000]
    return page


@pytest.fixture
def people(session):
    """Four leaders and three days that nobody is seated on yet."""
    leaders = [a_leader(name=name, post="副区长") for name in NAMES]
    days = [date(2026, 12, 15), date(2027, 1, 15), date(2027, 2, 22)]
    session.add_all([*leaders, *(a_reception_day(day=day, state=DayState.PLANNED) for day in days)])
    session.commit()
    return leaders


@pytest.fixture
def office(sign_in, people):
    return sign_in(Role.OFFICE)


@pytest.fixture
def plan(session, office):
    """A draft, by its id."""
    answer = office.post("/duty/plans/new", data=SPAN)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(answer.location.rpartition("/")[2])


def version(session, plan):
    session.rollback()
    return plan_file(session, plan).row.version


def press(client, session, plan, act, **more):
    return client.post(f"/duty/plans/{plan}/{act}", data={"version": version(session, plan), **more})


def sheet_of(client, address):
    with client.get(address) as answer:
        return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


# --- drafting ---


def test_the_form_offers_the_days_that_lack_somebody(office):
    page = text(office.get("/duty/plans/new"))
    assert ('value="2026-12-15"' in page, 'value="2027-02-22"' in page, "算出草案" in page) == (True, True, True)


def test_a_draft_is_worked_out_and_seats_nobody(session, office, plan):
    page = text(office.get(f"/duty/plans/{plan}"))
    for words in ("排班方案", "草案", "征求意见", "已证明是最公平的安排", "极差", *NAMES):
        assert words in page
    assert session.scalars(select(DutyTurn)).all() == []
    rota = text(office.get("/duty/"))
    assert ("排班方案草案" in rota, f"/duty/plans/{plan}" in rota) == (True, True)


def test_a_second_plan_is_a_conflict_that_leads_to_the_open_one(office, plan):
    page = text(office.post("/duty/plans/new", data=SPAN), 409)
    assert ("已有一个排班方案正在进行" in page, f'href="/duty/plans/{plan}"' in page) == (True, True)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"first": ""}, "请填写开始日期"),
        ({"first": "2027-12-31", "last": "2026-12-01"}, "不能早于开始日期"),
        ({"first": "2029-01-01", "last": "2029-12-31"}, "没有可以排班的接待日"),
        ({"mode": "sideways"}, "怎么排"),
    ],
)
def test_what_cannot_be_planned_comes_back_with_what_was_typed(office, change, said):
    page = text(office.post("/duty/plans/new", data=SPAN | change), 422)
    assert said in page
    assert (SPAN | change)["last"] in page


def test_the_rules_that_gave_way_are_said_in_words(session, office):
    session.add(OfficeSetting(name="min_gap_days", value=300))
    session.commit()
    answer = office.post("/duty/plans/new", data=SPAN)
    page = text(office.get(answer.location))
    assert "有规则放宽" in page
    assert "“两次轮值至少间隔 300 天”放宽" in page


# --- reading ---


def test_every_place_says_why_and_why_not_the_others(session, office, plan):
    turn = plan_file(session, plan).turns[0]
    page = text(office.get(f"/duty/plans/{plan}/places/{turn.id}"))
    assert f"这一席为什么是{turn.leader}" in page
    assert all(name in page for name in NAMES)


@pytest.mark.parametrize("role", READERS)
def test_leaders_see_a_plan_once_they_are_asked_their_own_places_first(session, sign_in, people, office, plan, role):
    client = sign_in(role, leader_id=people[0].id)
    assert client.get(f"/duty/plans/{plan}").status_code == 404
    assert press(office, session, plan, "consult").status_code == 303
    page = text(client.get(f"/duty/plans/{plan}"))
    assert ("我的席位" if role is Role.LEADER else "我服务的领导的席位") in page
    assert "标记不便的日期" in page
    for button in ("重新计算", "退回草案", "放弃方案"):
        assert button not in page
    turn = plan_file(session, plan).turns[0]
    assert "改由别人" not in text(client.get(f"/duty/plans/{plan}/places/{turn.id}"))
    assert "排班方案征求意见" in text(client.get("/duty/"))


@pytest.mark.parametrize("role", [*READERS, Role.UNIT, Role.SUPERVISOR, *sorted(ADMINISTRATORS)])
def test_only_the_office_changes_a_plan(session, sign_in, people, plan, role):
    client = sign_in(role, leader_id=people[0].id if role in READERS else None)
    for act in ("consult", "take-back", "publish", "discard", "rework", "places/1/release"):
        assert client.post(f"/duty/plans/{plan}/{act}").status_code == 403
    assert (client.get("/duty/plans/").status_code, client.get("/duty/repair").status_code) == (403, 403)


@pytest.mark.parametrize("role", [Role.UNIT, Role.SUPERVISOR, *sorted(ADMINISTRATORS)])
def test_nobody_else_reads_plans_dates_or_counts(sign_in, people, plan, role):
    client = sign_in(role)
    for page in (
        f"/duty/plans/{plan}",
        f"/duty/plans/{plan}.xlsx",
        "/duty/unsuitable",
        "/duty/fairness",
        "/duty/fairness.xlsx",
    ):
        assert client.get(page).status_code == 403


def test_the_plan_and_the_counts_leave_as_spreadsheets(office, plan):
    rows = sheet_of(office, f"/duty/plans/{plan}.xlsx")
    assert len(rows) >= 10
    counts = sheet_of(office, "/duty/fairness.xlsx?from=2026-01-01&until=2027-12-31")
    assert "甲示一" in {cell for row in counts for cell in row}


# --- changing ---


def test_a_place_is_chosen_by_hand_and_the_page_asks_to_work_it_out_again(session, office, plan):
    file = plan_file(session, plan)
    turn = file.turns[0]
    free = next(name for name in NAMES if name not in {it.leader for it in file.turns[:3]})
    address = f"/duty/plans/{plan}/places/{turn.id}"
    page = text(office.post(address, data={"version": file.row.version, "leader": "", "reason": ""}), 422)
    assert ("请选择领导" in page, "请写明理由" in page) == (True, True)
    chosen = next(it for it in page.split("<option")[1:] if f">{free}" in it).split('value="')[1].split('"')[0]
    data = {"version": file.row.version, "leader": chosen, "reason": "分管当日诉求"}
    assert office.post(address, data=data).status_code == 303
    page = text(office.get(f"/duty/plans/{plan}"))
    assert ("手工固定" in page, "手工改过席位" in page) == (True, True)
    assert press(office, session, plan, "rework").status_code == 303
    page = text(office.get(f"/duty/plans/{plan}"))
    assert ("手工固定" in page, "手工改过席位" in page, "与上一稿相比" in page) == (True, False, True)
    turn = plan_file(session, plan).turns[0]
    assert press(office, session, plan, f"places/{turn.id}/release").status_code == 303


def test_dates_that_do_not_suit_are_marked_counted_and_avoided(session, sign_in, people, office, plan):
    press(office, session, plan, "consult")
    turn = plan_file(session, plan).turns[0]
    client = sign_in(Role.SECRETARY, leader_id=turn.leader_id)
    page = text(client.get("/duty/unsuitable"))
    assert ("2026年12月15日" in page, "请在" in page) == (True, True)
    assert client.post("/duty/unsuitable", data={"leader": turn.leader_id}).status_code == 422
    data = {"leader": turn.leader_id, "days": [turn.day_id], "reason": "市里会议"}
    assert client.post("/duty/unsuitable", data=data).status_code == 303
    assert "市里会议" in text(client.get("/duty/unsuitable"))
    assert "有 1 个席位的领导标记了当日不便" in text(office.get(f"/duty/plans/{plan}"))
    answer = office.post(f"/duty/plans/{plan}/publish", data={"version": version(session, plan)})
    assert "已标记当日不便" in text(answer, 409)
    press(office, session, plan, "rework")
    again = plan_file(session, plan)
    assert turn.leader not in {it.leader for it in again.turns if it.day == turn.day}
    mark = session.scalar(select(UnsuitableDay.id))
    assert client.post(f"/duty/unsuitable/{mark}/unmark").status_code == 303
    assert "还没有标记" in text(client.get("/duty/unsuitable"))


def test_nobody_marks_a_date_for_a_leader_who_is_not_theirs(session, sign_in, people, plan):
    client = sign_in(Role.SECRETARY, leader_id=people[0].id)
    day_id = plan_file(session, plan).turns[0].day_id
    assert client.post("/duty/unsuitable", data={"leader": people[1].id, "days": [day_id]}).status_code == 422
    assert session.scalars(select(UnsuitableDay)).all() == []


def test_publishing_says_first_what_it_does_and_seats_everybody(session, office, plan):
    page = text(office.get(f"/duty/plans/{plan}/publish"))
    assert ("排定 9 个席位" in page, "席位全部排满" in page) == (True, True)
    assert press(office, session, plan, "publish").status_code == 303
    assert [len(day.turns) for day in days_between(session, NOW.date())] == [3, 3, 3]
    page = text(office.get(f"/duty/plans/{plan}"))
    assert ("已发布" in page, "重新计算" in page) == (True, False)
    assert press(office, session, plan, "publish").status_code == 409


def test_a_place_taken_by_hand_meanwhile_keeps_the_plan_from_being_published(session, office, plan):
    other = plan_file(session, plan).turns[4]
    data = {"leader": str(other.leader_id), "holder": "", "reason": "统战部商定"}
    assert office.post("/duty/2026-12-15/main/1", data=data).status_code == 303
    assert "主接待已由" in text(office.get(f"/duty/plans/{plan}"))
    page = text(press(office, session, plan, "publish"), 409)
    assert "请重新计算后再发布" in page


def test_giving_a_plan_up_says_first_what_it_does(session, office, plan):
    assert "现行轮值不变" in text(office.get(f"/duty/plans/{plan}/discard"))
    assert press(office, session, plan, "discard").status_code == 303
    session.rollback()
    assert open_plan(session) is None
    assert "已放弃" in text(office.get("/duty/plans/"))


def test_the_steps_lead_to_and_fro(session, office, plan):
    assert press(office, session, plan, "consult").status_code == 303
    assert press(office, session, plan, "consult").status_code == 303  # said on the page, changes nothing
    assert press(office, session, plan, "take-back").status_code == 303
    session.rollback()
    assert plans_made(session)[0].state == "draft"


def test_planning_anew_shows_before_and_after(session, office, plan):
    press(office, session, plan, "publish")
    leave = plan_file(session, plan).turns[0]
    session.add(
        Leave(leader_id=leave.leader_id, starts_on=leave.day, ends_on=leave.day, reason="外出", state=LeaveState.APPROVED,
              asked_by="他", asked_at=NOW)
    )  # fmt: skip
    session.commit()
    answer = office.post("/duty/plans/new", data=SPAN | {"mode": "replan"})
    page = text(office.get(answer.location))
    assert ("与现行安排相比" in page, f"原 {leave.leader}" in page) == (True, True)


@pytest.mark.parametrize("address", ["/duty/plans/99", "/duty/plans/99/places/1", "/duty/plans/99.xlsx"])
def test_a_plan_that_is_none_is_not_found(office, address):
    assert office.get(address).status_code == 404


# --- repair ---


def test_a_repair_shows_before_and_after_and_does_it_in_one_act(session, office, plan):
    assert "没有冲突" in text(office.get("/duty/repair"))
    press(office, session, plan, "publish")
    turn = plan_file(session, plan).turns[0]
    session.add(
        Leave(leader_id=turn.leader_id, starts_on=turn.day, ends_on=turn.day, reason="外出", state=LeaveState.APPROVED,
              asked_by="他", asked_at=NOW)
    )  # fmt: skip
    session.commit()
    page = text(office.get("/duty/repair"))
    assert ("当日请假已批准" in page, "改前" in page, turn.leader in page) == (True, True, True)
    assert "有了变化" in text(office.post("/duty/repair", data={"seen": "0" * 16}), 409)
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    assert office.post("/duty/repair", data={"seen": seen}).status_code == 303
    assert "没有冲突" in text(office.get("/duty/repair"))


def test_a_leader_who_leaves_is_led_to_the_repair(session, office, people, plan):
    press(office, session, plan, "publish")
    leader = people[0]
    data = {
        "name": leader.name, "serves_from": "2025-01-01", "serves_until": "2026-12-01", "position": "1", "weight": "1",
    }  # fmt: skip
    page = text(office.post(f"/admin/leaders/{leader.id}/edit", data=data), 422)
    assert f"/duty/repair?leader={leader.id}&amp;from=2026-12-02" in page
    page = text(office.get(f"/duty/repair?leader={leader.id}&from=2026-12-02"))
    assert f"{leader.name}自2026年12月2日起不再轮值" in page
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    answer = office.post(f"/duty/repair?leader={leader.id}&from=2026-12-02", data={"seen": seen})
    assert answer.status_code == 303
    assert office.post(f"/admin/leaders/{leader.id}/edit", data=data).status_code == 303


def test_chiefs_and_lists_are_kept_with_the_leader(session, office, people):
    leader = people[0]
    data = {
        "name": leader.name, "serves_from": "2025-01-01", "position": "1", "weight": "1", "is_chief": "y",
        "pools": ["main", "accompanying"],
    }  # fmt: skip
    assert office.post(f"/admin/leaders/{leader.id}/edit", data=data).status_code == 303
    page = text(office.get(f"/admin/leaders/{leader.id}"))
    assert "主接待、参加" in page
    form = text(office.get(f"/admin/leaders/{leader.id}/edit"))
    assert form.count(" checked") == 3
    assert office.post(f"/admin/leaders/{leader.id}/edit", data=data | {"pools": []}).status_code == 303
    assert "未限定" in text(office.get(f"/admin/leaders/{leader.id}"))


# --- fairness ---


@pytest.mark.parametrize("role", [Role.OFFICE, *READERS])
def test_the_fairness_page_counts_compares_and_says_who_is_next(session, sign_in, people, role):
    turn = a_turn(people[0])
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[turn]),
            a_leader(name="新示五", since=date(2026, 11, 1)),
        ]
    )
    session.commit()
    client = sign_in(role, leader_id=people[0].id if role in READERS else None)
    page = text(client.get("/duty/fairness"))
    for words in (
        "轮得是否公平",
        "主接待极差",
        "最多者的折算次数",
        "平均",
        "下一位主接待",
        "下一位补位",
        "中途到任或离任，不计极差",
    ):
        assert words in page
    address = f"/duty/leaders/{people[0].id}?from=2026-01-01&amp;until=2026-12-31"
    assert address in page
    assert "甲示一的轮值 1" in text(client.get(address.replace("&amp;", "&")))
    assert "甲示一的轮值 0" in text(client.get(f"/duty/leaders/{people[0].id}?from=2025-01-01&until=2025-12-31"))


def test_a_span_without_days_says_so(office):
    assert "这段时间没有接待日" in text(office.get("/duty/fairness?from=2020-01-01&until=2020-12-31"))
    assert "轮得是否公平" in text(office.get("/duty/fairness?from=9999-12-31&until=0001-01-01"))


@pytest.mark.parametrize("address", ["/duty/fairness", "/duty/unsuitable", "/duty/repair", "/duty/plans/new"])
def test_htmx_gets_the_very_fragment_of_the_page(office, address):
    fragment = text(office.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text(office.get(address))


def test_a_plan_page_costs_the_same_number_of_statements_however_long(session, office, plan, statements):
    def cost(number):
        office.get(f"/duty/plans/{number}")
        statements.clear()
        office.get(f"/duty/plans/{number}")
        return sum(it.startswith("SELECT") for it in statements)

    before = cost(plan)
    press(office, session, plan, "discard")
    session.add_all(a_reception_day(day=date(2027, 3, day), state=DayState.PLANNED) for day in range(1, 20))
    session.commit()
    answer = office.post("/duty/plans/new", data=SPAN)
    assert cost(int(answer.location.rpartition("/")[2])) == before
    assert session.get(DutyPlan, plan) is not None


def test_turns_that_do_not_fit_any_more_are_said_on_the_rota(session, office, plan):
    press(office, session, plan, "publish")
    assert "席位不合适" not in text(office.get("/duty/"))
    turn = plan_file(session, plan).turns[0]
    session.add(
        Leave(leader_id=turn.leader_id, starts_on=turn.day, ends_on=turn.day, reason="外出", state=LeaveState.APPROVED,
              asked_by="他", asked_at=NOW)
    )  # fmt: skip
    session.commit()
    assert "1 个席位不合适" in text(office.get("/duty/"))


def test_the_office_chooses_for_whom_a_date_is_marked(session, office, people, plan):
    page = text(office.get("/duty/unsuitable"))
    assert '<option selected value="">请选择</option>' in page
    day_id = plan_file(session, plan).turns[0].day_id
    assert "请选择领导" in text(office.post("/duty/unsuitable", data={"leader": "", "days": [day_id]}), 422)
    assert office.post("/duty/unsuitable", data={"leader": people[1].id, "days": [day_id]}).status_code == 303
    assert "乙示二" in text(office.get(f"/duty/plans/{plan}")).split('id="marks"')[1]


def test_the_workbenches_lead_to_an_open_plan(session, sign_in, people, office, plan):
    assert (f"/duty/plans/{plan}" in text(office.get("/"))) is True
    leader = sign_in(Role.LEADER, leader_id=people[0].id)
    assert "征求意见的排班方案" not in text(leader.get("/"))
    press(office, session, plan, "consult")
    assert "征求意见的排班方案" in text(leader.get("/"))
    assert "征求意见至11月27日 周五" in text(office.get("/"))
    press(office, session, plan, "publish")
    assert f"/duty/plans/{plan}" not in text(office.get("/"))


def test_all_time_runs_from_the_first_day_to_the_last(office):
    page = text(office.get("/duty/fairness"))
    assert "/duty/fairness?from=2026-12-15&amp;until=2027-02-22" in page
    assert 'aria-current="true">全部' in text(office.get("/duty/fairness?from=2026-12-15&until=2027-02-22"))


def test_a_date_marked_twice_is_no_mistake_and_one_not_offered_is_refused_in_chinese(session, office, people):
    day = session.scalar(select(ReceptionDay.id).order_by(ReceptionDay.day))
    leader = people[0].id
    for _ in range(2):
        assert office.post("/duty/unsuitable", data={"leader": leader, "days": [day]}).status_code == 303
    page = text(office.post("/duty/unsuitable", data={"leader": leader, "days": [9999]}), 422)
    assert "请按下面的名单重新勾选" in page
    assert "not a valid choice" not in page


def test_before_publishing_the_office_reads_whose_date_does_not_suit(session, office, people):
    day = session.scalar(select(ReceptionDay).order_by(ReceptionDay.day))
    session.add(a_turn(people[0], reception_day_id=day.id, seat="main"))
    session.commit()
    plan = office.post("/duty/plans/new", data=SPAN).location.rpartition("/")[2]
    assert "当日不便" not in text(office.get(f"/duty/plans/{plan}/publish"))
    assert office.post("/duty/unsuitable", data={"leader": people[0].id, "days": [day.id]}).status_code == 303
    page = text(office.get(f"/duty/plans/{plan}/publish"))
    assert "1 个席位的领导当日不便" in page
    assert "2026年12月15日 周二 主接待 甲示一" in page
