"""The rota: who serves on the coming days and why, filling it, seating by hand, and how fair it is (NX-04, NX-05)."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask import Response, request, url_for

from portal import clock
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services import duty, duty_plans
from portal.services.duty_plans import FairnessRow
from portal.store.extension import read
from portal.store.queries.duty import leader_name, turn_on, turns_of_leader
from portal.store.queries.reception_days import DayRow, day_on, days_between
from portal.web.access import allow, me
from portal.web.duty import leaves, substitutions, swaps
from portal.web.duty.blueprint import LOOKERS, bp, seat_of
from portal.web.duty.forms import AssignForm, FillForm, RemoveForm
from portal.web.filters import full_date
from portal.web.htmx import render
from portal.web.office import rules
from portal.web.reception_days.blueprint import attempt

__all__ = ["bp", "leaves", "substitutions", "swaps"]

CONFLICT = 409
BARS = [("主接待", "main"), ("参加", "accompanying"), ("补位", "standby"), ("已排未到", "planned")]


@bp.get("/")
@allow(*LOOKERS)
def rota() -> Response:
    """Who receives on the coming days and why; for leaders and secretaries their own turns first."""
    today, wanted, actor = clock.today(), rules().seats, me()
    days = [row for row in days_between(read(), today, reasons=True) if row.state is not DayState.CANCELLED]
    rows = duty_plans.fairness(read(), today=today)
    return render(
        "pages/duty/rota.html",
        "fragments/duty/_rota.html",
        days=days,
        own=[(row, turn) for row in days for turn in row.turns if turn.leader_id in actor.leader_ids],
        is_office=actor.role is Role.OFFICE,
        seats=[seat for seat in DutySeat if seat.value in wanted],
        wanted=wanted,
        empty=sum(len(row.empty_places(wanted)) for row in days),
        upcoming=duty_plans.next_turn(read(), today=today),
        rows=rows,
        bars=BARS,
        bar_rows=[_bar(row) for row in rows],
        mean=_mean(rows),
        spreads=_spreads(rows, wanted),
    )


def _bar(row: FairnessRow) -> dict[str, Any]:
    values = [*(row.held.get(seat, 0) for seat in DutySeat), sum(row.planned.values())]
    return {"label": row.leader, "values": values, "url": url_for("duty.leader", leader_id=row.leader_id)}


def _mean(rows: Sequence[FairnessRow]) -> float | None:
    totals = [sum(row.held.values()) + sum(row.planned.values()) for row in rows if row.whole and row.weight > 0]
    return round(sum(totals) / len(totals), 1) if totals else None


def _spreads(rows: Sequence[FairnessRow], wanted: Sequence[str]) -> list[tuple[str, str]]:
    """The spread of each seat and of all, as texts; “—” with nobody to compare."""
    asked: list[tuple[str, DutySeat | None]] = [(seat.label, seat) for seat in DutySeat if seat.value in wanted]
    found = [(label, duty_plans.spread(rows, seat)) for label, seat in [*asked, ("合计", None)]]
    return [(label, "—" if value is None else f"{value:g}") for label, value in found]


@bp.route("/plan", methods=["GET", "POST"])
@allow(Role.OFFICE)
def plan() -> Response:
    """See who would take every empty place and why, and seat them in one act."""
    today = clock.today()
    proposals = duty_plans.proposed_turns(read(), today=today)
    form = FillForm(data={"seen": duty_plans.plan_mark(proposals)})
    answer = attempt(
        form,
        lambda session: duty_plans.fill_rota(session, seen=form.seen.data, actor=me(), now=clock.now()),
        done="已按预览排班。",
        onward=url_for("duty.rota"),
    )
    if isinstance(answer, Response):
        return answer
    form.seen.data = duty_plans.plan_mark(proposals)
    days = [(day, list(turns)) for day, turns in groupby(proposals, key=lambda it: it.day)]
    return render(
        "pages/duty/plan.html",
        "fragments/duty/_plan_form.html",
        status=answer,
        form=form,
        days=days,
        filled=sum(it.leader_id is not None for it in proposals),
        unfilled=[it for it in proposals if it.leader_id is None],
    )


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
    turns = {it.leader_id: it for it in duty_plans.fairness(read(), today=clock.today())}
    offered = []
    for leader, post in duty.free_leaders(read(), row):
        counted = turns.get(leader.id)
        mine = counted.held.get(seat, 0) + counted.planned.get(seat, 0) if counted else 0
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
    if there is None:
        raise NotFound(f"{full_date(day)} {place.label}没有安排领导。")
    form = RemoveForm(data={"turn": there.id})
    answer = attempt(
        form,
        lambda session: duty.remove_turn(session, form.turn.data, form.reason.data, actor=me(), now=clock.now()),
        done=f"已撤下 {full_date(day)} {place.label} {there.leader}。",
        onward=url_for("duty.rota"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/remove.html", "fragments/duty/_remove_form.html", status=answer, form=form, day=row, turn=there
    )


@bp.get("/leaders/<int:leader_id>")
@allow(*LOOKERS)
def leader(leader_id: int) -> Response:
    """Every turn of one leader with its reason."""
    name = leader_name(read(), leader_id)
    return render("pages/duty/leader.html", name=name, turns=turns_of_leader(read(), leader_id))
