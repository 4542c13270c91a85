"""A person's own messages."""

from flask import Response, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.services import messages
from portal.store.extension import read, write
from portal.store.queries.messages import OWN_SORTS, own_message_rows, own_messages
from portal.web.access import allow, every_role, me, visitor
from portal.web.downloads import xlsx
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.messages import calls, outbox
from portal.web.messages.blueprint import bp

__all__ = ["bp", "calls", "outbox", "own"]


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
    place = write(lambda session: messages.open_message(session, message_id, actor=me(), now=clock.now()))
    return go(request.script_root + place if place else url_for("messages.own"))


@bp.post("/read-all")
@allow(*every_role())
def read_all() -> Response:
    """Take note of all my messages."""
    write(lambda session: messages.read_all(session, actor=me(), now=clock.now()))
    return go(url_for("messages.own"))
