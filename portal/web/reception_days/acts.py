"""What the office does with one reception day: publish, change, restore, and its slots."""

from datetime import date

from flask import Response, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import day_caps, reception_days
from portal.store.extension import read
from portal.store.queries.day_furniture import venues
from portal.store.queries.reception_days import DayRow, day_on, slots_of_day
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.calendars import calendar_warning
from portal.web.filters import full_date
from portal.web.htmx import render
from portal.web.office import rules
from portal.web.reception_days.blueprint import bp, press
from portal.web.reception_days.forms import CapsForm, ChangeDayForm, SlotForm, VersionForm


@bp.post("/<date:day>/publish")
@allow(Role.OFFICE)
def publish(day: date) -> Response:
    """Publish the day."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: reception_days.publish_day(
            session, row.id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done=f"{full_date(day)} 接待日已发布。",
        onward=url_for("reception_days.show", day=day),
    )


@bp.post("/<date:day>/withdraw")
@allow(Role.OFFICE)
def withdraw(day: date) -> Response:
    """Take the day back to planning."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: reception_days.withdraw_day(
            session, row.id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已撤回发布，预约和轮值保持不变。",
        onward=url_for("reception_days.show", day=day),
    )


@bp.post("/<date:day>/noticed")
@allow(Role.OFFICE)
def noticed(day: date) -> Response:
    """Note that the notice is public."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: reception_days.mark_noticed(
            session, row.id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已标记通告公布。此后时间、地点、领导如有变动，会提示重新发布。",
        onward=url_for("reception_days.show", day=day),
    )


@bp.post("/<date:day>/restore")
@allow(Role.OFFICE)
def restore(day: date) -> Response:
    """Take a cancelled day up again."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: reception_days.restore_day(
            session, row.id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已恢复为计划。取消时一并取消的预约不会恢复，请重新登记；请核对轮值后再发布。",
        onward=url_for("reception_days.show", day=day),
    )


@bp.route("/<date:day>/change", methods=["GET", "POST"])
@allow(Role.OFFICE)
def change(day: date) -> Response:
    """Change place, beginning or theme, and the slots."""
    row = day_on(read(), day)
    form = ChangeDayForm(
        data={"venue": row.venue, "starts_at": row.starts_at, "theme": row.theme, "version": row.version}
    )
    answer = attempt(
        form,
        lambda session: reception_days.change_day(
            session,
            row.id,
            venue=form.venue.data,
            starts_at=form.starts_at.data,
            theme=form.theme.data or "",
            version=form.version.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已保存。"
        + (
            f"当日已有 {row.booked} 家预约，时间地点如有变动，已列入短信或“电话通知”，请逐一告知。"
            if row.booked
            else ""
        ),
        onward=url_for("reception_days.show", day=day),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/reception_days/change.html",
        "fragments/reception_days/_change_form.html",
        status=answer,
        form=form,
        calendar_warning=calendar_warning([day], "接待日"),
        day=row,
        venues=venues(read()),
        slots=slots_of_day(read(), row.id),
        slot_form=slot_form(row),
        caps_form=caps_form(row),
    )


@bp.route("/<date:day>/caps", methods=["GET", "POST"])
@allow(Role.OFFICE)
def change_caps(day: date) -> Response:
    """How many enterprises and matters the day takes at most."""
    row = day_on(read(), day)
    form = caps_form(row)
    answer = attempt(
        form,
        lambda session: day_caps.change_caps(
            session,
            row.id,
            form.most_groups.data,
            form.most_matters.data,
            version=form.version.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已保存当日的接待上限。",
        onward=url_for("reception_days.change", day=day),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/reception_days/caps.html",
        "fragments/reception_days/_caps_form.html",
        status=answer,
        caps_form=form,
        day=row,
    )


def caps_form(row: DayRow) -> CapsForm:
    """The day's caps as they stand."""
    groups, matters, *_ = day_caps.caps_of(read(), row.id)
    return CapsForm(data={"most_groups": groups, "most_matters": matters, "version": row.version})


@bp.route("/<date:day>/slots", methods=["GET", "POST"])
@allow(Role.OFFICE)
def add_slot(day: date) -> Response:
    """One more slot."""
    row = day_on(read(), day)
    form = slot_form(row)
    answer = attempt(
        form,
        lambda session: reception_days.add_slot(
            session,
            row.id,
            starts_at=form.starts_at.data,
            minutes=form.minutes.data,
            seats=form.seats.data,
            room=form.room.data or "",
            mode=form.mode.data,
            theme=form.theme.data or "",
            version=form.version.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已增加时段。",
        onward=url_for("reception_days.change", day=day),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/reception_days/slot.html",
        "fragments/reception_days/_slot_form.html",
        status=answer,
        slot_form=form,
        day=row,
    )


@bp.post("/<date:day>/slots/<int:slot_id>/remove")
@allow(Role.OFFICE)
def remove_slot(day: date, slot_id: int) -> Response:
    """Take a slot away."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: reception_days.remove_slot(
            session, row.id, slot_id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已删去时段。",
        onward=url_for("reception_days.change", day=day),
    )


def slot_form(row: DayRow) -> SlotForm:
    """A slot as long as the office's usual one, on the day as it is now."""
    held = rules()
    usual = {"minutes": held.slot_minutes, "seats": held.seats_a_slot, "version": row.version}
    return SlotForm(data=usual)
