"""What became of every message, over all channels, for the office."""

from typing import Any

from flask import Response, flash, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.errors import RuleBroken
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.services import outbox
from portal.store.extension import read, write
from portal.store.queries.messages import FATE_SORTS, FateFilter, fate_rows, fates, fates_that_can, unsent
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_day, asked_text, asked_word, choices
from portal.web.downloads import xlsx
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.messages.blueprint import bp

ACTS = {"retry": (outbox.retry, MessageState.WAITING), "drop": (outbox.drop, MessageState.DROPPED)}


def _asked() -> FateFilter:
    channel, state = asked_word(Channel, "channel"), asked_word(MessageState, "state")
    return FateFilter(channel, state, asked_day("day"), asked_text("q"))


def _in_address(asked: FateFilter) -> dict[str, Any]:
    """The filter as the address carries it, so that a press leads back to the same list."""
    day = asked.day.isoformat() if asked.day else None
    return {"channel": asked.channel, "state": asked.state, "day": day, "q": asked.q or None}


@bp.get("/outbox")
@allow(Role.OFFICE)
def every_fate() -> Response:
    """What became of every message."""
    asked = _asked()
    wanted = wanted_page(FATE_SORTS, default="at", descending=True)
    kept = _in_address(asked)
    return render(
        "pages/messages/outbox.html",
        "fragments/messages/_fate_list.html",
        page=Listing(fates(read(), wanted, asked)),
        channels=choices(Channel),
        states=choices(MessageState),
        asked=asked,
        kept=kept,
        now=clock.now(),
        unsent=unsent(read()),
        export_url=url_for("messages.fates_xlsx", **kept),
    )


@bp.get("/outbox.xlsx")
@allow(Role.OFFICE)
def fates_xlsx() -> Response:
    """What became of the messages, as a list on paper."""
    columns = [Column("时间", 20), Column("收件人", 30), Column("类别"), Column("方式", 10), Column("消息", 50)]
    columns += [Column("结果", 10), Column("送达时间", 20), Column("读过", 20), Column("次数", 8), Column("办理人", 12)]
    columns += [Column("说明", 40)]
    rows = (
        (
            it.made_at, it.to, it.kind, it.channel.label, it.subject, it.state_label, it.sent_at, it.read_at,
            it.attempts, it.done_by, "；".join(part for part in (it.error, it.remark) if part),
        )
        for it in fate_rows(read(), _asked())
    )  # fmt: skip
    return xlsx("消息发送情况", columns, rows, today=clock.today())


@bp.post("/outbox/<int:message_id>/retry")
@allow(Role.OFFICE)
def retry(message_id: int) -> Response:
    """Send a message again that failed or was given up."""
    return press(
        lambda session: outbox.retry(session, message_id, actor=me(), now=clock.now()),
        done="已重新排队，几分钟内再次发送；电话通知已重新列入待通知。",
        onward=url_for("messages.every_fate", **_in_address(_asked())),
    )


@bp.post("/outbox/<int:message_id>/drop")
@allow(Role.OFFICE)
def drop(message_id: int) -> Response:
    """Give up a message."""
    return press(
        lambda session: outbox.drop(session, message_id, actor=me(), now=clock.now()),
        done="这条消息不再发送。",
        onward=url_for("messages.every_fate", **_in_address(_asked())),
    )


@bp.post("/outbox/many")
@allow(Role.OFFICE)
def many() -> Response:
    """Send again, or give up, the messages that were ticked, or all that the filter finds."""
    asked, word = _asked(), request.form.get("act", "")
    if word not in ACTS:
        raise RuleBroken("请按“重新发送”或“不再发送”。")
    act, target = ACTS[word]
    all_found = request.form.get("all") == "1"
    ids = fates_that_can(read(), asked, target) if all_found else request.form.getlist("message", type=int)
    if ids:
        done = write(lambda session: outbox.each_of(session, ids, act, actor=me(), now=clock.now()))
        rest = len(ids) - done
        more = f"；另有 {rest} 条不能这样办理，或一次办不完，没有改动" if rest else ""
        what = "重新排队" if target is MessageState.WAITING else "不再发送"
        flash(f"{done} 条消息已{what}{more}。", "success" if done else "error")
    elif all_found:
        flash("筛选出的消息里没有可以这样办理的。", "error")
    else:
        flash("还没有勾选消息。请先勾选，或勾选“筛选出的全部”。", "error")
    return go(url_for("messages.every_fate", **_in_address(asked)))
