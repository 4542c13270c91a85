"""A person's own messages, and for the office what became of every one."""

from flask import Blueprint, Response, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.services import messages, outbox
from portal.store.extension import read, transaction
from portal.store.queries.messages import (
    FATE_SORTS,
    OWN_SORTS,
    fate_rows,
    fates,
    own_message_rows,
    own_messages,
    unsent_mail,
)
from portal.web.access import allow, every_role, me, visitor
from portal.web.acting import press
from portal.web.asked import asked_text, asked_word, choices
from portal.web.downloads import xlsx
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page

bp = Blueprint("messages", __name__, url_prefix="/messages")


def _only_unread() -> bool:
    return request.args.get("show") == "unread"


@bp.get("/")
@allow(*every_role())
def own() -> Response:
    """My messages, those unread first."""
    unread, here = _only_unread(), visitor()
    wanted = wanted_page(OWN_SORTS, default="unread", descending=True)
    return render(
        "pages/messages/own.html",
        "fragments/messages/_message_list.html",
        page=Listing(own_messages(read(), me().account_id, wanted, unread=unread, now=clock.now())),
        unread=unread,
        waiting=here.signed.unread if here else 0,
        keeps=me().role is Role.OFFICE,
        export_url=url_for("messages.own_xlsx", show="unread" if unread else None),
    )


@bp.get("/messages.xlsx")
@allow(*every_role())
def own_xlsx() -> Response:
    """My messages as a list on paper."""
    columns = [Column("时间", 20), Column("消息", 50), Column("内容", 60), Column("读过", 20)]
    found = own_message_rows(read(), me().account_id, unread=_only_unread(), now=clock.now())
    return xlsx("消息", columns, ((it.at, it.subject, it.body, it.read_at) for it in found), today=clock.today())


@bp.post("/<int:message_id>/open")
@allow(*every_role())
def open_one(message_id: int) -> Response:
    """Take note of a message and go where it leads."""
    with transaction() as session:
        place = messages.open_message(session, message_id, actor=me(), now=clock.now())
    return go(request.script_root + place if place else url_for("messages.own"))


@bp.post("/read-all")
@allow(*every_role())
def read_all() -> Response:
    """Take note of all my messages."""
    with transaction() as session:
        messages.read_all(session, actor=me(), now=clock.now())
    return go(url_for("messages.own"))


@bp.get("/outbox")
@allow(Role.OFFICE)
def every_fate() -> Response:
    """What became of every message."""
    channel, state, q = asked_word(Channel, "channel"), asked_word(MessageState, "state"), asked_text("q")
    wanted = wanted_page(FATE_SORTS, default="at", descending=True)
    return render(
        "pages/messages/outbox.html",
        "fragments/messages/_fate_list.html",
        page=Listing(fates(read(), wanted, channel=channel, state=state, q=q)),
        channels=choices(Channel),
        states=choices(MessageState),
        channel=channel,
        state=state,
        q=q,
        now=clock.now(),
        unsent=unsent_mail(read()),
        export_url=url_for("messages.fates_xlsx", channel=channel, state=state, q=q or None),
    )


@bp.get("/outbox.xlsx")
@allow(Role.OFFICE)
def fates_xlsx() -> Response:
    """What became of the messages, as a list on paper."""
    columns = [Column("时间", 20), Column("收件人"), Column("角色"), Column("方式", 8), Column("消息", 50)]
    columns += [Column("结果", 10), Column("送达时间", 20), Column("读过", 20), Column("次数", 8), Column("说明", 40)]
    found = fate_rows(
        read(), channel=asked_word(Channel, "channel"), state=asked_word(MessageState, "state"), q=asked_text("q")
    )
    rows = (
        (
            it.made_at, it.person, it.role.label, it.channel.label, it.subject,
            it.state.label, it.sent_at, it.read_at, it.attempts, it.error,
        )
        for it in found
    )  # fmt: skip
    return xlsx("消息发送情况", columns, rows, today=clock.today())


@bp.post("/outbox/<int:message_id>/retry")
@allow(Role.OFFICE)
def retry(message_id: int) -> Response:
    """Send a mail again that failed or was given up."""
    return press(
        lambda session: outbox.retry(session, message_id, actor=me(), now=clock.now()),
        done="已重新排队，几分钟内再次发送。",
        onward=_fates_as_filtered(),
    )


@bp.post("/outbox/<int:message_id>/drop")
@allow(Role.OFFICE)
def drop(message_id: int) -> Response:
    """Give up a mail."""
    return press(
        lambda session: outbox.drop(session, message_id, actor=me(), now=clock.now()),
        done="这封邮件不再发送，站内消息不受影响。",
        onward=_fates_as_filtered(),
    )


def _fates_as_filtered() -> str:
    return url_for("messages.every_fate", state=request.form.get("state") or None)
