"""The steps of closing, each on a page that shows everything decided so far: result, signature, opinion, review, approval."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.clocks import Stage
from portal.domain.people import Role
from portal.services import closing, look_backs, result_opinions, results
from portal.services.clock_policy import stage_ends
from portal.services.result_opinions import WhatFollows, what_follows
from portal.store.extension import read
from portal.store.queries.carrying_slips import carrying_slips
from portal.store.queries.closings import closing_rounds, four_words, matter_in_closing
from portal.store.queries.matter_pages import matter_page
from portal.store.queries.satisfaction import ratings_of
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.filters import full_date
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.matters.blueprint import bp
from portal.web.matters.closing_forms import (
    NO,
    YES,
    ApprovalForm,
    HeadForm,
    LookBackOrderForm,
    OpinionForm,
    PaperHeadForm,
    ProposeForm,
    ReviewForm,
    WhyForm,
)
from portal.web.matters.due import MATTER_TONES, time_left
from portal.web.matters.offered import hindrance, requests_on, situation_of
from portal.web.office import rules


@dataclass(frozen=True, slots=True)
class Step:
    """A page on which a step is done: its form's fragment, its title, what is said when it is done."""

    name: str
    title: str
    done: str
    onward: str = ""


@bp.route("/<int:matter_id>/propose", methods=["GET", "POST"])
@allow(Role.UNIT)
def propose(matter_id: int) -> Response:
    """The lead unit reports its result, with evidence."""
    form = ProposeForm(version=_version(matter_id))

    def act(session: Session) -> None:
        files = form.evidence.files
        results.propose_result(
            session, matter_id, form.proposed(files, form.token), version=form.seen, actor=me(), now=clock.now()
        )

    def follows(it: WhatFollows) -> list[str]:
        first = f"由单位负责人审签，最迟{full_date(it.head_until)}。" if rules().head_signs else "直接征求企业意见。"
        return [first, "报送以后，本单位的办理时限不再计算；被退回重办的，另有新的时限。"]

    before = (lambda: bool(form.take_files().problems)) if request.method == "POST" else None
    return _step(matter_id, form, act, Step("propose", "报送办理结果", "已报送办理结果。"), follows, before)


@bp.route("/<int:matter_id>/take-back", methods=["GET", "POST"])
@allow(Role.UNIT)
def take_back(matter_id: int) -> Response:
    """The unit takes its result back before its head has signed."""
    form = WhyForm(version=_version(matter_id))

    def act(session: Session) -> None:
        results.take_back(session, matter_id, form.why.data or "", actor=me(), now=clock.now())

    step = Step("why", "撤回办理结果", "已撤回，请继续办理。")
    return _step(matter_id, form, act, step, lambda _: ["事项回到“在办”，原办理时限不变。"])


@bp.route("/<int:matter_id>/head-sign", methods=["GET", "POST"])
@allow(Role.UNIT, Role.OFFICE)
def head_sign(matter_id: int) -> Response:
    """The head of the unit signs the result or sends it back; the office enters a signature given on paper."""
    on_paper = me().role is Role.OFFICE
    form = PaperHeadForm(version=_version(matter_id)) if on_paper else HeadForm(version=_version(matter_id))

    def act(session: Session) -> None:
        if isinstance(form, PaperHeadForm):
            results.head_signs(
                session, matter_id, form.signed_by.data or "", version=form.seen, actor=me(), now=clock.now()
            )
        elif form.decision.data == YES:
            results.head_signs(session, matter_id, version=form.seen, actor=me(), now=clock.now())
        else:
            results.head_sends_back(
                session, matter_id, form.why.data or "", version=form.seen, actor=me(), now=clock.now()
            )

    done = "已退回承办人。" if isinstance(form, HeadForm) and form.decision.data == NO else "已审签办理结果。"
    title = "登记纸面审签" if on_paper else "审签办理结果"
    name = "paper_head" if on_paper else "head"
    return _step(
        matter_id, form, act, Step(name, title, done),
        lambda it: [
            f"签字：征求企业意见，最迟{full_date(it.confirm_until)}。" if rules().enterprise_confirms
            else f"签字：转工商联审核，最迟{full_date(it.review_until)}。",
            *([] if on_paper else ["退回：事项回到“在办”，原办理时限不变。"]),
        ],
    )  # fmt: skip


@bp.route("/<int:matter_id>/opinion", methods=["GET", "POST"])
@allow(Role.OFFICE)
def opinion(matter_id: int) -> Response:
    """Enter what the enterprise says of the result."""
    form = OpinionForm(version=_version(matter_id))

    def act(session: Session) -> None:
        result_opinions.give_opinion(session, matter_id, form.opinion(), version=form.seen, actor=me(), now=clock.now())

    def follows(it: WhatFollows) -> list[str]:
        contested = (
            f"没有解决，或不满意：事项重新办理，新的办结时限为{full_date(it.again_until)}"
            f"（还可以这样重办 {it.contests_left} 次）。"
            if it.contests_left
            else f"没有解决，或不满意：企业已不认可过，这次如实记录，转工商联审核，最迟{full_date(it.review_until)}。"
        )
        return [f"认可：转工商联审核，最迟{full_date(it.review_until)}。", contested, "意见登记以后不能修改。"]

    step = Step("opinion", "登记企业意见", "已登记企业意见。")
    return _step(matter_id, form, act, step, follows)


@bp.route("/<int:matter_id>/review", methods=["GET", "POST"])
@allow(Role.OFFICE)
def review(matter_id: int) -> Response:
    """The federation's office checks facts, result, law and form."""
    form = ReviewForm(version=_version(matter_id))

    def act(session: Session) -> None:
        closing.review(
            session, matter_id, passed=form.decision.data == YES, points=form.ticked(), remark=form.remark.data or "",
            version=form.seen, actor=me(), now=clock.now(),
        )  # fmt: skip

    done = "审核通过，已报请销号。" if form.decision.data == YES else "已退回重办。"
    return _step(
        matter_id, form, act, Step("review", "审核办理结果", done),
        lambda it: [
            f"通过：报签批领导或牵头领导审批销号，最迟{full_date(it.approval_until)}。",
            f"退回重办：新的办结时限为{full_date(it.again_until)}。",
        ],
    )  # fmt: skip


@bp.route("/<int:matter_id>/approve", methods=["GET", "POST"])
@allow(Role.LEADER, Role.OFFICE)
def approve(matter_id: int) -> Response:
    """The leader approves or refuses the closing; the office where its rules let it."""
    form = ApprovalForm(version=_version(matter_id))

    def act(session: Session) -> None:
        closing.approve_closing(
            session, matter_id, approved=form.decision.data == YES, remark=form.remark.data or "",
            version=form.seen, actor=me(), now=clock.now(),
        )  # fmt: skip

    done = "已批准销号。" if form.decision.data == YES else "已不予销号，重新办理。"
    called = stage_ends(read(), Stage.CALL_BACK, clock.today())
    step = Step("approval", "销号审批", done, url_for("closings.listing", step="approval"))
    return _step(
        matter_id, form, act, step,
        lambda it: [
            f"同意：事项销号，工商联最迟{full_date(called)}回访企业。",
            f"不予销号：重新办理，新的办结时限为{full_date(it.again_until)}。",
        ],
    )  # fmt: skip


@bp.route("/<int:matter_id>/reopen", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.SUPERVISOR, Role.LEADER)
def reopen(matter_id: int) -> Response:
    """Take a closed matter up again."""
    form = WhyForm(version=_version(matter_id))

    def act(session: Session) -> None:
        look_backs.reopen(session, matter_id, form.why.data or "", version=form.seen, actor=me(), now=clock.now())

    step = Step("why", "重新办理", "已重新办理，单位会收到消息。")
    return _step(
        matter_id, form, act, step,
        lambda it: [f"销号撤销，由原牵头单位重新办理，新的办结时限为{full_date(it.again_until)}。", "原来各轮的办理结果和意见都保留。"],
    )  # fmt: skip


@bp.route("/<int:matter_id>/look-back", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.SUPERVISOR)
def look_back(matter_id: int) -> Response:
    """Put a closed matter on the list of what is looked at again."""
    form = LookBackOrderForm(version=_version(matter_id), planned_on=stage_ends(read(), Stage.APPROVAL, clock.today()))

    def act(session: Session) -> None:
        look_backs.order_look_back(session, matter_id, form.planned_on.data or date.min, actor=me(), now=clock.now())

    step = Step("look_back_order", "指定回头看", "已列入回头看，请安排人员。", url_for("look_backs.listing"))
    return _step(matter_id, form, act, step, lambda _: ["列入回头看清单，由没有经办这件事的人去看。"])


def _step(
    matter_id: int,
    form: PortalForm,
    act: Callable[[Session], object],
    step: Step,
    follows: Callable[[WhatFollows], list[str]],
    before: Callable[[], bool] | None = None,
) -> Response:
    """Show the form below what was decided so far, or carry it out; what is typed stays when it is refused."""
    stopped = before is not None and before()
    onward = step.onward or url_for("matters.show", matter_id=matter_id)
    answer = _refused(form) if stopped else attempt(form, act, done=step.done, onward=onward)
    if isinstance(answer, Response):
        return answer
    matter = matter_in_closing(read(), me(), matter_id)
    if answer == CONFLICT:
        form.has_seen(matter.version)
    fragment = f"fragments/matters/_{step.name}_form.html"
    rounds = closing_rounds(read(), me(), matter_id)
    return render(
        "pages/matters/closing_act.html",
        fragment,
        status=answer,
        matter=matter,
        rounds=rounds,
        words=four_words(matter, rounds, ratings_of(read(), [matter_id]).get(matter_id)),
        form=form,
        address=request.path,
        fragment=fragment,
        title=step.title,
        hindered=_hindered(matter_id) if request.method == "GET" else None,
        follows=follows(what_follows(read(), matter_id, clock.today())),
        tones=MATTER_TONES,
        left=time_left(matter.step_due_on, at=matter.step_due_at, runs=matter.step is not None),
        megabytes=rules().upload_megabytes,
    )


CONFLICT = 409


def _refused(form: PortalForm) -> int:
    """A form whose files cannot be taken: what else is wrong with it is said as well."""
    errors = {field.name: list(field.errors) for field in form}
    form.validate_on_submit()
    for field in form:
        field.errors = [*field.errors, *(it for it in errors[field.name] if it not in field.errors)]
    return 422


def _hindered(matter_id: int) -> str | None:
    """Why nothing can be done on this page now by who looks; None when something can."""
    page = matter_page(read(), me(), matter_id)
    carrying = carrying_slips(read(), matter_id, page.lead_unit_id)
    situation = situation_of(page, carrying, requests_on(page, carrying), me())
    return hindrance(request.endpoint or "", situation, me())


def _version(matter_id: int) -> int:
    return matter_in_closing(read(), me(), matter_id).version
