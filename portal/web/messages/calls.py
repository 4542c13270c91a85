"""Calls to make: by day and enterprise, ticked off with one press, or printed and ticked with a pen."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Response, request, send_file, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.call_list import CallLine, CallListSheet, call_list
from portal.documents.spreadsheets import Column
from portal.domain.errors import RuleBroken
from portal.domain.messages import MessageState
from portal.domain.people import Role
from portal.services import calls as services
from portal.store.extension import read, write
from portal.store.queries.calls import CALL_SORTS, CallFilter, CallRow, call_rows, calls, calls_to_make, days_of_calls
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_day, asked_text, asked_word
from portal.web.downloads import xlsx
from portal.web.filters import short_date
from portal.web.forms import trimmed
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page
from portal.web.messages.blueprint import bp
from portal.web.office import rules

STATES = (("waiting", "待通知"), ("sent", "已通知"), ("dropped", "不再通知"), ("all", "全部"))


def _asked() -> CallFilter:
    """Without a word about it, those still to be made."""
    every = request.args.get("state") == "all"
    state = None if every else asked_word(MessageState, "state") or MessageState.WAITING
    return CallFilter(state, asked_day("day"), asked_text("q"))


def _in_address(asked: CallFilter) -> dict[str, Any]:
    state = "all" if asked.state is None else None if asked.state is MessageState.WAITING else asked.state.value
    return {"state": state, "day": asked.day.isoformat() if asked.day else None, "q": asked.q or None}


@bp.get("/calls", endpoint="calls")
@allow(Role.OFFICE)
def call_listing() -> Response:
    """Whom to call, and what to say."""
    return _listing()


def _listing(shown: dict[int, str] | None = None) -> Response:
    asked = _asked()
    kept = _in_address(asked)
    wanted = wanted_page(CALL_SORTS, default="day", descending=asked.state is not MessageState.WAITING)
    return render(
        "pages/messages/calls.html",
        "fragments/messages/_call_list.html",
        page=Listing(calls(read(), wanted, asked)),
        waiting=calls_to_make(read()),
        days=[(day.isoformat(), short_date(day)) for day in _days(asked)],
        states=STATES,
        asked=asked,
        kept=kept,
        shown=shown or {},
        export_url=url_for("messages.calls_xlsx", **kept),
        print_url=url_for("messages.calls_pdf", **kept),
    )


def _days(asked: CallFilter) -> list[Any]:
    """What the filter offers: the days with calls to make, and the one that is asked for."""
    return sorted({*days_of_calls(read()), *([asked.day] if asked.day else [])})


@bp.post("/calls/<int:message_id>/called")
@allow(Role.OFFICE)
def called(message_id: int) -> Response:
    """The enterprise was told."""
    return _note(services.note_called, message_id, "已登记：已通知。")


@bp.post("/calls/<int:message_id>/missed")
@allow(Role.OFFICE)
def missed(message_id: int) -> Response:
    """Nobody answered."""
    return _note(services.note_missed, message_id, "已登记：未接通，仍在待通知里。")


def _note(act: Callable[..., object], message_id: int, done: str) -> Response:
    remark = str(trimmed(request.form.get("remark", "")))

    def noted(session: Session) -> object:
        return act(session, message_id, remark, actor=me(), now=clock.now())

    return press(noted, done=done, onward=url_for("messages.calls", **_in_address(_asked())))


@bp.post("/calls/<int:message_id>/undo")
@allow(Role.OFFICE)
def undo(message_id: int) -> Response:
    """Take the last note back."""
    return press(
        lambda session: services.undo_call(session, message_id, actor=me(), now=clock.now()),
        done="已撤销。",
        onward=url_for("messages.calls", **_in_address(_asked())),
    )


@bp.post("/calls/<int:message_id>/number")
@allow(Role.OFFICE)
def number(message_id: int) -> Response:
    """Show one full number, and write down that it was looked at."""
    phone = write(lambda session: services.see_number(session, message_id, actor=me(), now=clock.now()))
    return _listing({message_id: phone})


@bp.get("/calls.xlsx")
@allow(Role.OFFICE)
def calls_xlsx() -> Response:
    """The calls as a spreadsheet; numbers stay masked."""
    columns = [Column("接待日", 14), Column("时间", 8), Column("企业", 36), Column("来访人", 12), Column("电话", 16)]
    columns += [Column("事由", 30), Column("内容", 60), Column("结果", 10), Column("未接通次数", 10)]
    columns += [Column("通知时间", 20), Column("通知人", 12), Column("备注", 30)]
    words = dict(STATES)
    rows = (
        (
            it.day, f"{it.starts_at:%H:%M}", it.enterprise, it.visitor, it.phone, it.subject, it.body,
            words.get(it.state.value, it.state.label), it.attempts, it.sent_at, it.done_by, it.remark or it.error,
        )
        for it in call_rows(read(), _asked())
    )  # fmt: skip
    return xlsx("电话通知", columns, rows, today=clock.today())


@bp.post("/calls.pdf")
@allow(Role.OFFICE)
def calls_pdf() -> Response:
    """The list with full numbers, to be called and ticked by hand; who printed it is written down."""
    found = call_rows(read(), _asked())
    if not found:
        raise RuleBroken("没有符合条件的电话通知，不必打印。")
    ids, what = {it.booking_id for it in found}, "联系电话（打印电话通知单）"
    phones = write(lambda session: services.see_numbers(session, ids, what, actor=me(), now=clock.now()))
    sheet = CallListSheet(
        heading=f"{rules().issuing_organ}电话通知单",
        lines=tuple(_line(it, phones.get(it.booking_id, "")) for it in found),
        printed_at=clock.now(),
        printed_by=me().name,
        is_sample=rules().sample,
    )
    name = f"电话通知单{clock.today():%Y%m%d}.pdf"
    return send_file(BytesIO(call_list(sheet)), mimetype="application/pdf", download_name=name)


def _line(it: CallRow, phone: str) -> CallLine:
    done = f"{it.done_by} {it.sent_at:%m-%d %H:%M}" if it.sent_at else f"已拨 {it.attempts} 次" if it.attempts else ""
    when = f"{it.day.month}月{it.day.day}日 {it.starts_at:%H:%M}"
    return CallLine(when=when, enterprise=it.enterprise, visitor=it.visitor, phone=phone, text=it.body, note=done)
