"""The only map from what went wrong to an HTTP status and a page in Chinese."""

import logging

from flask import Flask, Response, make_response, render_template, request, send_from_directory
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from portal.domain.errors import CannotKeep, Conflict, NotAllowed, NotFound, PortalError, RuleBroken
from portal.store.extension import db
from portal.store.giving_up import BUSY, gave_up
from portal.web.htmx import is_htmx

log = logging.getLogger("portal")

STATUS: dict[type[PortalError], int] = {NotFound: 404, NotAllowed: 403, Conflict: 409, CannotKeep: 503, RuleBroken: 422}

TOO_OLD = "这个页面停留太久，安全校验已过期。请重新打开页面再提交；浏览器“后退”可找回刚才填写的内容。"
CHANGED_MEANWHILE = "您打开页面之后，别人已修改了同一条记录。请重新打开查看最新内容，再作修改。"
SOMEBODY_WAS_FIRST = "本次操作与别人刚刚的操作冲突，没有生效，数据没有改变。请重新打开页面查看最新内容，再作修改。"

WORDS = {
    400: ("请求不完整", "提交的内容不完整或格式不对。请返回上一页检查后重新提交。"),
    401: ("请先登录", "请登录后再打开这个页面。"),
    403: ("没有权限", "您的账号没有打开这个页面或执行这项操作的权限。如工作需要，请联系安全管理员。"),
    404: ("没有找到", "没有找到这个页面或记录，可能地址有误，或不在您可见的范围内。"),
    405: ("不支持的操作", "这个地址不支持该操作。请从页面上的按钮进入。"),
    409: ("与别人的操作冲突", CHANGED_MEANWHILE),
    413: ("文件太大", "上传的文件超过大小限制。请压缩或拆分后再传，其余内容请用浏览器“后退”找回。"),
    422: ("不能这样办理", "提交的内容不符合规定，请按提示修改。"),
    429: ("操作太频繁", "短时间内请求过多。请等一分钟再试。"),
    500: (
        "系统出错了",
        "系统出现意外错误，本次操作没有生效，数据没有改变。请稍后再试；如仍出现，请把时间告诉系统管理员。",
    ),
    503: ("系统繁忙", BUSY),
}


def status_of(problem: PortalError) -> int:
    """The HTTP status of a refusal: the most exact kind wins."""
    return next(status for kind, status in STATUS.items() if isinstance(problem, kind))


def answer(status: int, message: str | None = None) -> Response:
    """A refusal: a whole page for a browser, a small message for htmx."""
    title, explanation = WORDS.get(status, WORDS[500])
    text = message or explanation
    if is_htmx():
        refusal = make_response(render_template("fragments/_message.html", tone="stop", text=text), status)
        refusal.headers["HX-Retarget"] = "#messages"
        refusal.headers["HX-Reswap"] = "innerHTML"
    else:
        page = f"errors/{status}.html" if status in WORDS else "errors/500.html"
        refusal = make_response(render_template([page, "errors/500.html"], title=title, message=text), status)
    refusal.vary.add("HX-Request")
    return refusal


def answer_what_the_database_refuses(app: Flask) -> None:
    """What the tables, the database or the disk under it refuse, in words of the office."""

    @app.errorhandler(StaleDataError)
    def changed_meanwhile(problem: StaleDataError) -> Response:
        db.session.rollback()
        return answer(409, CHANGED_MEANWHILE)

    @app.errorhandler(IntegrityError)
    def somebody_was_first(problem: IntegrityError) -> Response:
        db.session.rollback()
        log.exception("a rule of the tables refused", exc_info=problem)
        return answer(409, SOMEBODY_WAS_FIRST)

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def no_value(problem: Exception) -> Response:
        db.session.rollback()
        log.exception("the database cannot hold a value", exc_info=problem)
        return answer(400)

    @app.errorhandler(OperationalError)
    def busy(problem: OperationalError) -> Response:
        db.session.rollback()
        log.exception("database refused", exc_info=problem)
        told = gave_up(problem)
        return answer(503, told.message if told else BUSY)

    @app.errorhandler(OSError)
    def disk(problem: OSError) -> Response:
        told = gave_up(problem)
        if told is None:
            raise problem
        log.exception("the disk refused at %s", request.path, exc_info=problem)
        return answer(503, told.message)


def answer_errors(app: Flask) -> None:
    """Answer every error a person can meet in Chinese, with what to do next."""
    answer_what_the_database_refuses(app)

    @app.errorhandler(PortalError)
    def refused(problem: PortalError) -> Response:
        return answer(status_of(problem), problem.message)

    @app.errorhandler(CSRFError)
    def too_old(problem: CSRFError) -> Response:
        return answer(400, TOO_OLD)

    @app.errorhandler(HTTPException)
    def http(problem: HTTPException) -> Response:
        code = problem.code or 500
        if code < 400 or problem.response is not None:
            return make_response(problem.get_response())
        return answer(code)

    @app.errorhandler(Exception)
    def unexpected(problem: Exception) -> Response:
        log.exception("unexpected error at %s", request.path, exc_info=problem)
        db.session.rollback()
        if app.testing or app.debug:
            raise problem
        try:
            return answer(500)
        except Exception:  # the frame of the page may itself be what fails
            log.exception("the error page failed too")
            return make_response(send_from_directory(str(app.static_folder), "500.html"), 500)
