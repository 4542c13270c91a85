"""The rota: who serves on the coming days and why, filling it, seating by hand, and how fair it is (NX-04, NX-05)."""

from datetime import date

from flask import Response, request, url_for

from portal import clock
from portal.domain.duty_plans import PlanState
from portal.domain.errors import Conflict, NotFound
from portal.domain.office import OfficeRules
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services import duty
from portal.services.duty_repairs import rota_troubles
from portal.services.fairness import fairness
from portal.services.next_turns import next_turns
from portal.store.extension import read
from portal.store.queries.duty import leader_name, turn_on, turns_of_leader
from portal.store.queries.duty_plans import open_plan
from portal.store.queries.reception_days import DayRow, day_on, days_between
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_day
from portal.web.calendars import calendar_warning
from portal.web.duty import leaves, plans, repairs, substitutions, swaps, unsuitable
from portal.web.duty.blueprint import LOOKERS, bp, seat_of
from portal.web.duty.fairness import spread_texts
from portal.web.duty.forms import AssignForm, RemoveForm
from portal.web.filters import full_date
from portal.web.htmx import render
from portal.web.office import rules

__all__ = ["bp", "leaves", "plans", "repairs", "substitutions", "swaps", "unsuitable"]

CONFLICT = 409


@bp.get("/")
@allow(*LOOKERS)
def rota() -> Response:
    """Who receives on the coming days and why; for leaders and secretaries their own turns first."""
    today, held, actor = clock.today(), rules(), me()
    days = [row for row in days_between(read(), today, reasons=True) if row.state is not DayState.CANCELLED]
    found = fairness(read(), date(today.year, 1, 1), date(today.year, 12, 31), today=today)
    plan, is_office = open_plan(read()), actor.role is Role.OFFICE
    return render(
        "pages/duty/rota.html",
        "fragments/duty/_rota.html",
        calendar_warning=calendar_warning((row.day for row in days), "接待日"),
        days=days,
        own=[(row, turn) for row in days for turn in row.turns if turn.leader_id in actor.leader_ids],
        is_office=is_office,
        seats=[seat for seat in DutySeat if seat.value in held.seats],
        wanted=held.seats,
        empty=sum(len(row.empty_places(held.seats)) for row in days),
        upcoming=next_turns(read(), today=today)[0],
        troubles=len(rota_troubles(read(), today=today)) if is_office else 0,
        plan=plan if plan is not None and (is_office or plan.state is PlanState.CONSULTING) else None,
        rules_told=rule_lines(held),
        spreads=spread_texts(found),
    )


def rule_lines(held: OfficeRules) -> list[tuple[str, str]]:
    """The office's rules of the rota in words, for the page beside it."""
    seats = [f"{seat.label} {list(held.seats).count(seat.value)} 人" for seat in DutySeat if seat.value in held.seats]
    return [
        ("每日席位", "、".join(seats)),
        ("两次轮值至少间隔", f"{held.min_gap_days} 天" if held.min_gap_days else "不限"),
        ("主要负责人", f"每 {held.chief_every_days} 天至少一次" if held.chief_every_days else "不另作要求"),
        ("每人至少", f"{held.least_turns} 次" if held.least_turns else "不限"),
        ("每人至多", f"{held.most_turns} 次" if held.most_turns else "不限"),
        ("无企业预约的接待日", "计入轮值次数" if held.empty_day_counts else "不计入轮值次数"),
    ]


@bp.route("/<date:day>/<seat>/<int:position>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def assign(day: date, seat: str, position: int) -> Response:
    """Seat a leader by hand, on an empty place or instead of the one who sits there."""
    place, row = seat_of(seat), day_on(read(), day)
    there = turn_on(read(), day, place, position)
    form = AssignForm(data={"holder": str(there.leader_id) if there else ""})
    form.offer(_choices(row, place))
    answer = attempt(
        form,
        lambda session: duty.assign_turn(
            session,
            row.id,
            place,
            position,
            int(form.leader.data),
            form.reason.data,
            holder=form.holder_id,
            actor=me(),
            now=clock.now(),
        ),
        done=f"已安排 {full_date(day)} {place.label}。",
        onward=url_for("duty.rota"),
    )
    if isinstance(answer, Response):
        return answer
    if answer == CONFLICT:  # the next press is made knowing who sits there now
        there = turn_on(read(), day, place, position)
        form.holder.data = str(there.leader_id) if there else ""
    return render(
        "pages/duty/assign.html",
        "fragments/duty/_assign_form.html",
        status=answer,
        form=form,
        day=row,
        seat=place,
        position=position,
        there=there,
    )


def _choices(row: DayRow, seat: DutySeat) -> list[tuple[int, str]]:
    """Leaders who are free that day with their turns so far; after a post request also those who just took a seat."""
    today = clock.today()
    counted = fairness(read(), date(today.year, 1, 1), max(row.day, date(today.year, 12, 31)), today=today)
    tallies = {it.leader_id: it.tally for it in counted.rows}
    offered = []
    for leader, post in duty.free_leaders(read(), row):
        mine = tallies[leader.id].turns(seat) if leader.id in tallies else 0
        offered.append((leader.id, f"{leader.name}（{post or '未任职务'}）{seat.label} {mine} 次"))
    if request.method == "POST":
        offered += [(turn.leader_id, f"{turn.leader}（当日已是{turn.seat.label}）") for turn in row.turns]
    return offered


@bp.route("/<date:day>/<seat>/<int:position>/remove", methods=["GET", "POST"])
@allow(Role.OFFICE)
def remove(day: date, seat: str, position: int) -> Response:
    """Say what taking a leader off does, and do it with a reason."""
    place, row = seat_of(seat), day_on(read(), day)
    there = turn_on(read(), day, place, position)
    if there is None and request.method == "GET":
        raise NotFound(f"{full_date(day)} {place.label}没有安排领导。")
    form = RemoveForm(data={"holder": str(there.leader_id) if there else ""})
    answer = attempt(
        form,
        lambda session: duty.remove_turn(
            session, row.id, place, position, form.reason.data, holder=form.holder_id, actor=me(), now=clock.now()
        ),
        done=f"已撤下 {full_date(day)} {place.label}{f' {there.leader}' if there else ''}。",
        onward=url_for("duty.rota"),
    )
    if isinstance(answer, Response):
        return answer
    there = turn_on(read(), day, place, position)
    if there is None:
        raise Conflict(f"{full_date(day)} {place.label}已没有安排领导，可能已由别人撤下。")
    if answer == CONFLICT:  # the next press is made knowing who sits there now
        form.holder.data = str(there.leader_id)
    return render(
        "pages/duty/remove.html", "fragments/duty/_remove_form.html", status=answer, form=form, day=row, turn=there
    )


@bp.get("/leaders/<int:leader_id>")
@allow(*LOOKERS)
def leader(leader_id: int) -> Response:
    """Every turn of one leader with its reason."""
    name = leader_name(read(), leader_id)
    first, last = asked_day("from"), asked_day("until")
    turns = [
        it
        for it in turns_of_leader(read(), leader_id)
        if (first is None or it.day >= first) and (last is None or it.day <= last)
    ]
    return render("pages/duty/leader.html", name=name, leader_id=leader_id, turns=turns, first=first, last=last)
