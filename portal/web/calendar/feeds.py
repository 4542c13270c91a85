"""Calendar feeds: the page on which a person keeps the secret addresses, and the feeds themselves (domain 7.1)."""

import hashlib
from contextlib import suppress

import segno
from flask import Response, current_app, make_response, request, url_for
from markupsafe import Markup

from portal import clock
from portal.config import Settings
from portal.documents.calendar_feed import calendar_feed
from portal.domain.errors import NotFound
from portal.domain.feeds import FeedScope, scopes_of
from portal.services import feeds as keeping
from portal.services.feed_sheets import feed_sheet
from portal.store.extension import read
from portal.store.queries.feeds import FeedHolder, feed_holder, feeds_of_account
from portal.web.access import allow, anyone, me
from portal.web.acting import press
from portal.web.calendar.blueprint import LOOKERS, bp
from portal.web.calendar.kept import kept_feeds
from portal.web.htmx import go, render
from portal.web.limits import FEED, limiter
from portal.web.office import rules, version

CLOSED = "没有这个日历订阅，或地址已经更换、停止。请登录门户，在“轮值日历”的“订阅”页面复制现在的地址。"
RENEWED = "已更换地址，原地址即刻失效。请在日历软件里删去旧订阅，用新地址重新添加。"

HOLDS = {
    FeedScope.WHOLE: "每一个接待日的时间、地点和轮值领导，不含来访企业和来访人。",
    FeedScope.PERSONAL: "您本人（或您服务的领导）轮到的接待日；调换、请假后不再轮到的自动标为取消。",
}


@bp.get("/feed")
@allow(*LOOKERS)
def feeds() -> Response:
    """The feeds a person holds or may open, with their addresses."""
    held = feeds_of_account(read(), me().account_id)
    offers = [
        {
            "scope": scope,
            "holds": HOLDS[scope],
            "feed": held.get(scope),
            "address": _address(held[scope].token) if scope in held else "",
            "code": _code(_address(held[scope].token)) if scope in held else "",
        }
        for scope in FeedScope
        if scope in scopes_of(me()) or scope in held
    ]
    return render("pages/calendar/feeds.html", offers=offers)


@bp.post("/feed/<scope>/make")
@allow(*LOOKERS)
def make_feed(scope: str) -> Response:
    """Open a feed."""
    wanted = _scope(scope)
    return press(
        lambda session: keeping.make_feed(session, wanted, actor=me(), now=clock.now()),
        done="已开通。请复制下面的地址，添加到您的日历软件。",
        onward=url_for("calendar.feeds"),
    )


@bp.route("/feed/<scope>/renew", methods=["GET", "POST"])
@allow(*LOOKERS)
def renew_feed(scope: str) -> Response:
    """Give a feed a new address, after saying what that means."""
    wanted = _scope(scope)
    if request.method == "GET":
        return _confirm("pages/calendar/renew_feed.html", wanted)
    return press(
        lambda session: keeping.renew_feed(session, wanted, actor=me(), now=clock.now()),
        done=RENEWED,
        onward=url_for("calendar.feeds"),
    )


@bp.route("/feed/<scope>/close", methods=["GET", "POST"])
@allow(*LOOKERS)
def close_feed(scope: str) -> Response:
    """Close a feed, after saying what that means."""
    wanted = _scope(scope)
    if request.method == "GET":
        return _confirm("pages/calendar/close_feed.html", wanted)
    return press(
        lambda session: keeping.close_feed(session, wanted, actor=me(), now=clock.now()),
        done="已停止订阅，原地址不再有效。",
        onward=url_for("calendar.feeds"),
    )


@bp.get("/feed/<token>.ics")
@limiter.limit(FEED)
@anyone
def feed(token: str) -> Response:
    """A feed for calendar programs: who knows the secret address reads it, nobody else learns that it exists."""
    holder = feed_holder(read(), token)
    if holder is None or holder.scope not in scopes_of(holder.actor):
        raise NotFound(CLOSED)
    key = (version(), clock.today().replace(day=1), holder, token)
    data = kept_feeds().drawn(key, lambda: _written(holder, token))
    answer = make_response(data)
    answer.content_type = "text/calendar; charset=utf-8"
    answer.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    answer.headers["Content-Disposition"] = 'inline; filename="reception-days.ics"'
    answer.set_etag(hashlib.sha256(data).hexdigest())
    answer.make_conditional(request)
    return answer


def _written(holder: FeedHolder, token: str) -> bytes:
    return calendar_feed(
        feed_sheet(read(), holder, source=_address(token), district=rules().district, today=clock.today())
    )


def _address(token: str) -> str:
    """Where calendar programs find a feed: the portal's public address, whatever this request came in by."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.address}{url_for('calendar.feed', token=token)}"


def _code(address: str) -> Markup:
    """The address as a QR code for telephones."""
    svg = segno.make_qr(address, error="m").svg_inline(scale=3, border=2, svgclass=None, lineclass=None)
    return Markup(svg)  # noqa: S704 - segno draws modules only, the address is not in the markup


def _scope(word: str) -> FeedScope:
    with suppress(ValueError):
        return FeedScope(word)
    raise NotFound("没有这种日历订阅。请从订阅页面进入。")


def _confirm(page: str, scope: FeedScope) -> Response:
    if scope not in feeds_of_account(read(), me().account_id):
        return go(url_for("calendar.feeds"))
    return render(page, scope=scope)
