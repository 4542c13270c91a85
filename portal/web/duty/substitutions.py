"""Stepping in: who takes a turn whose leader cannot come, and who in the end did not come (domain 2.1)."""

from datetime import date

from flask import Response, url_for

from portal import clock
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.rota import DutySeat
from portal.services import substitutions
from portal.services.substitutions import SteppingIn, Substitute
from portal.store.extension import read
from portal.store.queries.duty import TurnRow, turn_on
from portal.store.queries.reception_days import day_on
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.duty.blueprint import bp, seat_of
from portal.web.duty.change_forms import AbsenceForm, AttendedForm, SubstituteForm, key_of, must_place
from portal.web.filters import full_date
from portal.web.htmx import render
from portal.web.reception_days.blueprint import press

CONFLICT = 409


@bp.route("/<date:day>/<seat>/<int:position>/substitute", methods=["GET", "POST"])
@allow(Role.OFFICE)
def substitute(day: date, seat: str, position: int) -> Response:
    """See who can step in for a leader and why, and let one of them."""
    place, row = seat_of(seat), day_on(read(), day)
    there = turn_held(day, place, position)
    possible = substitutions.substitutes(read(), row.id, day, there)
    form = SubstituteForm(data={"held": _key(there)})
    form.offer(_choices(possible))
    answer = attempt(
        form,
        lambda session: substitutions.substitute(
            session,
            SteppingIn(must_place(form.held.data), form.leader_id, form.reason.data, form.gap_waived.data),
            actor=me(),
            now=clock.now(),
        ),
        done=f"已补位：{full_date(day)} {place.label}。补位席位因此空出的，可在下面另行指定。",
        onward=url_for("reception_days.show", day=day) + "#duty",
    )
    if isinstance(answer, Response):
        return answer
    if answer == CONFLICT:  # the next press is made knowing who sits there now
        form.held.data = _key(turn_held(day, place, position))
    return render(
        "pages/duty/substitute.html",
        "fragments/duty/_substitute_form.html",
        status=answer,
        form=form,
        day=row,
        turn=there,
        possible=possible,
        near=any(it.only_gap for it in possible),
    )


def _choices(possible: list[Substitute]) -> list[tuple[int, str]]:
    """Who may be chosen: those who can, then those whom only the distance between turns keeps off."""
    able = [it for it in possible if it.can or it.only_gap]
    return [
        (
            it.leader_id,
            f"{it.leader}（{it.post or '未任职务'}）"
            + ("，当日补位领导" if it.standby else "")
            + ("" if it.can else "，间隔不足"),
        )
        for it in able
    ]


@bp.route("/<date:day>/<seat>/<int:position>/absence", methods=["GET", "POST"])
@allow(Role.OFFICE)
def absence(day: date, seat: str, position: int) -> Response:
    """Say what it means that a leader did not come, and write it down."""
    place, row = seat_of(seat), day_on(read(), day)
    there = turn_held(day, place, position)
    form = AbsenceForm(data={"held": _key(there)})
    answer = attempt(
        form,
        lambda session: substitutions.note_absence(
            session, must_place(form.held.data), form.reason.data, actor=me(), now=clock.now()
        ),
        done=f"已登记{there.leader}未到场，这一次不计入轮值次数。",
        onward=url_for("reception_days.show", day=day) + "#duty",
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/absence.html", "fragments/duty/_absence_form.html", status=answer, form=form, day=row, turn=there
    )


@bp.post("/<date:day>/<seat>/<int:position>/attended")
@allow(Role.OFFICE)
def attended(day: date, seat: str, position: int) -> Response:
    """Correct an absence written down by mistake."""
    there, form = turn_held(day, seat_of(seat), position), AttendedForm()
    return press(
        form,
        lambda session: substitutions.undo_absence(session, must_place(form.held.data), actor=me(), now=clock.now()),
        done=f"已更正：{there.leader}当日到场，计入轮值次数。",
        onward=url_for("reception_days.show", day=day) + "#duty",
    )


def turn_held(day: date, seat: DutySeat, position: int) -> TurnRow:
    """Who holds a place. Raises NotFound when nobody does."""
    there = turn_on(read(), day, seat, position)
    if there is None:
        raise NotFound(f"{full_date(day)} {seat.label}没有安排领导。")
    return there


def _key(turn: TurnRow) -> str:
    return key_of(turn.day_id, turn.seat, turn.position, turn.leader_id)
