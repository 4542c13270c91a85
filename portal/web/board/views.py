"""The public calling board: for a television at the door, without sign-in and without anybody's name."""

from datetime import date

from flask import Blueprint, Response

from portal.domain.errors import NotFound
from portal.domain.workdays import day_text
from portal.store.extension import read
from portal.store.queries.receptions import board_of_day
from portal.web.access import anyone
from portal.web.htmx import render

bp = Blueprint("board", __name__, url_prefix="/board")


@bp.get("/<date:day>")
@anyone
def show(day: date) -> Response:
    """Which number is called, which wait, which are done; asks again by itself until the day is over."""
    board = board_of_day(read(), day)
    if board is None:
        raise NotFound(f"{day_text(day)}不是接待日，没有叫号屏。请核对地址中的日期。")
    return render("pages/board/show.html", "fragments/board/_board.html", board=board)
