"""The public calling board: for a television at the door, without sign-in and without anybody's name."""

from datetime import date, datetime

from flask import Blueprint, Response, current_app, make_response, url_for
from markupsafe import Markup

from portal import clock
from portal.domain.errors import NotFound
from portal.domain.workdays import day_text
from portal.store.extension import read
from portal.store.queries.receptions import board_of_day
from portal.web.access import anyone
from portal.web.board.rooms import rooms_of
from portal.web.calendar.kept import kept_boards
from portal.web.htmx import is_htmx, render
from portal.web.office import version

bp = Blueprint("board", __name__, url_prefix="/board")


@bp.get("/<date:day>")
@anyone
def show(day: date) -> Response:
    """Which number is called, which wait, which are done; asks again by itself until the day is over.

    Drawn once a minute and a change of the data, however many televisions ask.
    """
    now = clock.now()
    drawn, is_live = kept_boards().drawn((version(), day, f"{now:%H%M}"), lambda: _draw(day, now))
    if not is_htmx():
        return render("pages/board/show.html", day=day, drawn=drawn, is_live=is_live)
    answer = make_response(drawn)
    answer.vary.add("HX-Request")
    return answer


def _draw(day: date, now: datetime) -> tuple[Markup, bool]:
    """The board, and whether anything may still change on it; without the frame's context, for it is kept for everybody."""
    board = board_of_day(read(), day)
    if board is None:
        raise NotFound(f"{day_text(day)}不是接待日，没有叫号屏。请核对地址中的日期。")
    template = current_app.jinja_env.get_template("fragments/board/_board.html")
    drawn = template.render(board=board, rooms=rooms_of(board), now=now, url_for=url_for)
    return Markup(drawn), board.is_live  # noqa: S704 - our own autoescaped template
