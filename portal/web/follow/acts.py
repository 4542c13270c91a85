"""What an enterprise does in its own window: its opinion of a result, a rating, an objection, a breach, a remark."""

from collections.abc import Callable

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.matter_course import MatterAct
from portal.domain.voices import WordKind
from portal.services import ratings, voices
from portal.services.following import followed, opinion_by_code
from portal.services.paper_checks import plain_code
from portal.services.result_opinions import opinion_leads_to
from portal.store.extension import read, rehearsal
from portal.store.queries.following import FollowedBooking, matter_of_result
from portal.web.access import anyone
from portal.web.acting import OK, tried
from portal.web.errors import status_of
from portal.web.follow.blueprint import bp
from portal.web.follow.forms import CheckedForm, OpinionForm, ProveForm, RateForm, WordForm
from portal.web.follow.proving import is_proved, proves
from portal.web.follow.showing import MatterShown, matters_shown
from portal.web.htmx import go, render
from portal.web.limits import FOLLOW, FOLLOW_ACT, limiter
from portal.web.office import rules

GONE = "没有找到这一项，可能情况已有变化。请回到查询页重新进入。"

FOLLOWS = {
    MatterAct.CONFIRM: ("工商联审核办理结果，再由领导批准办结。", "办结以后仍然可以评价、提出异议。"),
    MatterAct.CONTEST: ("这件事退回承办单位重新办理，另定期限。", "重新办理后，会再请您表示意见。"),
    MatterAct.NOTE_DISSENT: (
        "您此前已经不认可过，这次的意见如实记录，不再退回承办单位。",
        "工商联审核办理结果，再由领导决定是否办结；办结以后会有人回头看。",
    ),
}
"""What each opinion brings about, said before it is given."""


@bp.route("/follow/<code>/prove", methods=["GET", "POST"])
@limiter.limit(FOLLOW)
@limiter.limit(FOLLOW_ACT, methods=["POST"])
@anyone
def prove(code: str) -> Response:
    """Give the digits in order to read what was written in confidence."""
    booking, form = followed(read(), code), ProveForm()
    status = 200
    if request.method == "POST":
        if form.validate_on_submit() and proves(form, code, booking):
            return go(_page(code))
        status = 422
    return render("pages/follow/prove.html", status=status, form=form, code=plain_code(code))


@bp.route("/follow/<code>/opinion/<int:closing_id>", methods=["GET", "POST"])
@limiter.limit(FOLLOW)
@limiter.limit(FOLLOW_ACT, methods=["POST"])
@anyone
def opinion(code: str, closing_id: int) -> Response:
    """Say whether the result is accepted; before it counts, a page of its own says what will follow."""
    booking = followed(read(), code)
    form = OpinionForm()
    its = _its(booking, matter_of_result(read(), booking.id, closing_id))
    if request.method == "GET":
        if not its.opinion_waits or its.result is None or its.result.closing_id != closing_id:
            flash("这次办理结果已经有了企业意见，或者已有变化。最新情况见下。", "warning")
            return go(_page(code))
        form.version.data = its.matter.version
    status = 200
    if request.method == "POST" and "back" not in request.form:
        status = 422
        if form.validate_on_submit() and proves(form, code, booking):
            if "sure" in request.form:
                status = tried(form, lambda session: _give(session, booking, closing_id, form))
                if status == OK:
                    flash("已经收到您的意见，谢谢。", "success")
                    return go(_page(code))
            else:
                status = _weighed(form, booking, closing_id)
                if status == OK:
                    return _confirm(code, form, its, closing_id)
    return render(
        "pages/follow/opinion.html",
        status=status,
        form=form,
        its=its,
        code=plain_code(code),
        proved=is_proved(code),
        closing_id=closing_id,
    )


def _give(session: Session, booking: FollowedBooking, closing_id: int, form: OpinionForm) -> object:
    return opinion_by_code(
        session, booking.id, closing_id, form.opinion(), version=form.version.data or 0, now=clock.now()
    )


def _weighed(form: OpinionForm, booking: FollowedBooking, closing_id: int) -> int:
    """Find out by doing it whether the opinion could be given, and undo it."""
    try:
        with rehearsal() as session:
            _give(session, booking, closing_id, form)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    return OK


def _confirm(code: str, form: OpinionForm, its: MatterShown, closing_id: int) -> Response:
    given = form.opinion()
    kept = [(it.name, it.data) for it in (form.resolved, form.grade, form.words, form.by, form.version)]
    return render(
        "pages/follow/confirm.html",
        form=form,
        its=its,
        given=given,
        kept=kept,
        code=plain_code(code),
        closing_id=closing_id,
        follows=FOLLOWS[opinion_leads_to(read(), its.matter.id, given)],
    )


@bp.route("/follow/<code>/rate/<int:matter_id>", methods=["GET", "POST"])
@limiter.limit(FOLLOW)
@limiter.limit(FOLLOW_ACT, methods=["POST"])
@anyone
def rate(code: str, matter_id: int) -> Response:
    """Rate what was settled in the room or closed."""
    booking, form = followed(read(), code), RateForm()
    its = _its(booking, matter_id)
    if request.method == "GET" and not its.may_rate:
        flash("这项诉求现在不能评价，或者已经评价过。最新情况见下。", "warning")
        return go(_page(code))

    def act(session: Session) -> object:
        return ratings.rate_by_code(session, booking.id, matter_id, form.rating(), now=clock.now())

    status = _acted(form, code, booking, act)
    if status == OK and request.method == "POST":
        flash("已经收到您的评价，谢谢。", "success")
        return go(_page(code))
    return render(
        "pages/follow/rate.html", status=status, form=form, its=its, code=plain_code(code), proved=is_proved(code)
    )


@bp.route("/follow/<code>/say/<kind>", methods=["GET", "POST"])
@limiter.limit(FOLLOW)
@limiter.limit(FOLLOW_ACT, methods=["POST"])
@anyone
def say(code: str, kind: str) -> Response:
    """Object, report a breach, or add a remark."""
    if kind not in set(WordKind):
        raise NotFound(GONE)
    word, booking, form = WordKind(kind), followed(read(), code), WordForm()
    is_objection = word is WordKind.OBJECTION
    shown = matters_shown(read(), booking, clock.today())
    offered = [(it.matter.id, it.title) for it in shown if it.may_object or not is_objection]
    if is_objection and not offered:
        flash("现在没有可以提出异议的事项。还没有接待的，可以补充说明。", "warning")
        return go(_page(code))
    form.offer(offered, whole=not is_objection)
    if request.method == "GET":
        form.matter_id.data = request.args.get("matter", "")

    def act(session: Session) -> object:
        return voices.write_word(session, booking.id, form.word(word), now=clock.now())

    status = _acted(form, code, booking, act)
    if status == OK and request.method == "POST":
        flash("已经收到。答复会显示在本页“您写过的话”里。", "success")
        return go(_page(code))
    return render(
        "pages/follow/say.html",
        status=status,
        form=form,
        kind=word,
        kinds=WordKind,
        code=plain_code(code),
        proved=is_proved(code),
        complaint_phone=rules().complaint_phone,
        supervision=rules().supervision_office,
    )


def _acted(form: CheckedForm, code: str, booking: FollowedBooking, act: Callable[[Session], object]) -> int:
    """Carry out a form that is in order and whose digits fit; the status with which to show it otherwise."""
    if request.method != "POST":
        return OK
    if not form.validate_on_submit() or not proves(form, code, booking):
        return 422
    return tried(form, act)


def _its(booking: FollowedBooking, matter_id: int | None) -> MatterShown:
    """A matter of this booking. Raises NotFound for any other."""
    shown = matters_shown(read(), booking, clock.today())
    found = next((it for it in shown if it.matter.id == matter_id), None)
    if found is None:
        raise NotFound(GONE)
    return found


def _page(code: str) -> str:
    return url_for("follow.show", code=plain_code(code))
