"""Dates on which a leader cannot come: marked by the leader, a secretary, or the office for them (domain 2.1)."""

from collections.abc import Sequence

from flask import Response, request, url_for

from portal import clock
from portal.domain.people import Role
from portal.services.unsuitable_days import MARKABLE, mark_unsuitable, unmark
from portal.store.extension import read
from portal.store.queries.duty import RotaLeader, rota_leaders
from portal.store.queries.duty_plans import open_plan
from portal.store.queries.reception_days import days_between
from portal.store.queries.rota import unsuitable_marks
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_number
from portal.web.duty.blueprint import LOOKERS, bp
from portal.web.duty.plan_forms import UnsuitableForm
from portal.web.filters import full_date
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.reception_days.blueprint import press


@bp.route("/unsuitable", methods=["GET", "POST"])
@allow(*LOOKERS)
def unsuitable() -> Response:
    """Mark the coming reception days on which a leader cannot come, and see what is marked."""
    today, actor = clock.today(), me()
    leaders = _leaders()
    own = None if actor.role is Role.OFFICE else actor.leader_ids
    marks = unsuitable_marks(read(), today, leader_ids=own)
    asked = asked_number("leader")
    chosen = next((it.id for it in leaders if it.id == asked), leaders[0].id if len(leaders) == 1 else None)
    done = {(it.leader_id, it.day_id) for it in marks}
    days = [
        (row.id, f"{full_date(row.day)}{_seat_text(row.turns, leaders)}")
        for row in days_between(read(), today)
        if row.state in MARKABLE and (chosen is None or (chosen, row.id) not in done or request.method == "POST")
    ]
    form = UnsuitableForm(data={"leader": str(chosen or "")})
    form.offer([(it.id, it.name) for it in leaders], days)
    plan = open_plan(read())
    answer = attempt(
        form,
        lambda session: mark_unsuitable(
            session,
            int(form.leader.data),
            [int(it) for it in form.days.data],
            form.reason.data or "",
            actor=actor,
            now=clock.now(),
        ),
        done="已标记。办公室调整方案时会避开这些日期。",
        onward=url_for("duty.unsuitable", leader=form.leader.data or None),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/unsuitable.html",
        "fragments/duty/_unsuitable_form.html",
        status=answer,
        form=form,
        marks=marks,
        days=days,
        leaders=leaders,
        plan=plan,
        is_office=actor.role is Role.OFFICE,
    )


@bp.post("/unsuitable/<int:mark_id>/unmark")
@allow(*LOOKERS)
def unmark_day(mark_id: int) -> Response:
    """Take a mark back."""
    return press(
        PortalForm(),
        lambda session: unmark(session, mark_id, actor=me(), now=clock.now()),
        done="已撤销标记。",
        onward=url_for("duty.unsuitable"),
    )


def _leaders() -> list[RotaLeader]:
    """For whom somebody may speak: the office for everybody."""
    actor, today = me(), clock.today()
    return [it for it in rota_leaders(read(), today) if actor.role is Role.OFFICE or it.id in actor.leader_ids]


def _seat_text(turns: Sequence[object], leaders: Sequence[RotaLeader]) -> str:
    """What the only leader concerned is down for that day."""
    if len(leaders) != 1:
        return ""
    seats = [turn.seat.label for turn in turns if getattr(turn, "leader_id", None) == leaders[0].id]  # type: ignore[attr-defined]
    return f"（已排{seats[0]}）" if seats else ""
