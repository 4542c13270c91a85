"""What somebody can do with a matter now, and why not the rest (look: 只列允许的动作, 不能做的说明为什么).

One table says on which page each act of the course is done. A page whose view does not exist, or is not open to the role, is
left out; whether an act is possible is asked of the course (domain/matter_course) and of nothing else, but for `hindered`,
which names what else stands in the way.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import current_app, url_for

from portal import clock
from portal.domain.clocks import Stage, clock_of, ends_on, last_day_to_ask
from portal.domain.matter_course import MatterAct, Party, is_allowed, rule_of, why_not
from portal.domain.matter_parties import parties_of
from portal.domain.matters import MatterClass, MatterState
from portal.domain.people import Actor, Role
from portal.services.clock_policy import clocks_in_force
from portal.store.extension import read
from portal.store.queries.carrying_slips import CarryingSlip
from portal.store.queries.matter_pages import MatterPage
from portal.store.queries.standing_requests import StandingRequests, standing_requests
from portal.web import access
from portal.web.calendars import working_calendar_now
from portal.web.filters import short_date
from portal.web.office import rules

A = MatterAct


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a matter when its acts are offered; `slip_id` is the slip of its lead unit.

    Until `object_until` that unit may send it back, until `ask_until` it may ask for more time, unless it was given as much of it
    as may be (`extensions_used`); `looked_for` is whether a look-back at it is on the list already.
    """

    matter_id: int
    state: MatterState
    parties: frozenset[Party]
    slip_id: int | None = None
    extension_waits: bool = False
    objected_before: bool = False
    has_answered: bool = False
    object_until: date | None = None
    ask_until: date | None = None
    extensions_used: bool = False
    looked_for: bool = False
    matter_class: MatterClass | None = None


def situation_of(
    matter: MatterPage, carrying: Sequence[CarryingSlip], requests: StandingRequests, actor: Actor
) -> Situation:
    """What has to be known to offer the acts of the course to somebody."""
    issued = [it for it in carrying if it.is_issued]
    slip = issued[0] if issued else None
    own = [it for each in issued for it in each.assisting if it.unit_id == actor.unit_id]
    parties = parties_of(slip, actor, issued[1:])
    if slip is not None and matter.state is MatterState.APPROVING and slip.signer_id in actor.stands_in_for:
        parties |= {Party.SIGNER}  # a mandate lets another leader approve in the signer's place
    leads = matter.state is MatterState.HANDLING and Party.LEAD_UNIT in parties
    object_until, ask_until, used = _limits(matter, requests) if leads else (None, None, False)
    return Situation(
        matter.id,
        matter.state,
        parties,
        slip.id if slip else None,
        extension_waits=requests.extension is not None,
        objected_before=requests.objected,
        has_answered=bool(own) and all(it.answered_at is not None for it in own),
        object_until=object_until,
        ask_until=ask_until,
        extensions_used=used,
        looked_for=requests.looked_for,
        matter_class=matter.matter_class,
    )


def _limits(matter: MatterPage, requests: StandingRequests) -> tuple[date | None, date | None, bool]:
    """The last days to send a matter back and to ask for more time, and whether more time was given as often as may be."""
    policy, calendar = clocks_in_force(read(), rules()), working_calendar_now()
    objecting = clock_of(Stage.OBJECTION, policy, petition=matter.is_petition)
    handling = clock_of(Stage.HANDLING, policy, petition=matter.is_petition)
    return (
        ends_on(objecting, requests.received_on, calendar) if requests.received_on else None,
        last_day_to_ask(handling, matter.due_on, calendar) if matter.due_on else None,
        requests.granted >= handling.extensions,
    )


def requests_on(matter: MatterPage, carrying: Sequence[CarryingSlip]) -> StandingRequests:
    """What waits on a matter, in one statement."""
    slip = next((it for it in carrying if it.is_issued), None)
    return standing_requests(read(), matter.id, slip.id if slip else None)


@dataclass(frozen=True, slots=True)
class ActPage:
    """The page on which some acts are done: its label, its endpoint and what the address needs besides the matter.

    `by_slip` addresses the slip instead of the matter. `leads` marks the step the matter waits for: it is the primary one.
    `hindered` answers why it cannot be done although the course allows it.
    """

    label: str
    endpoint: str
    acts: tuple[MatterAct, ...]
    leads: bool = False
    danger: bool = False
    by_slip: bool = False
    address: Mapping[str, str] = field(default_factory=dict)
    hindered: Callable[[Situation, Actor], str | None] | None = None


def _waits_for_no_extension(it: Situation, _actor: Actor) -> str | None:
    return None if it.extension_waits else "没有等待审批的延期申请。"


def _decides_extension(it: Situation, actor: Actor) -> str | None:
    by_leader = rules().extension_by_leader and it.matter_class is MatterClass.A
    if it.extension_waits and by_leader and actor.role is not Role.LEADER:
        return "A类事项的延期由签批领导或牵头领导审批。"
    return _waits_for_no_extension(it, actor)


def _holds(_it: Situation, actor: Actor) -> str | None:
    by_leader = rules().hold_by_leader and actor.role is not Role.LEADER
    return "挂账由签批领导或牵头领导决定。" if by_leader else None


def _looks_once(it: Situation, _actor: Actor) -> str | None:
    return "已列入回头看，还没有记录，见“回头看”。" if it.looked_for else None


def _asks_once(it: Situation, _actor: Actor) -> str | None:
    if it.extension_waits:
        return "已有一份延期申请等待审批。"
    if it.extensions_used:
        return "这项诉求的延期次数已用完，不能再申请。"
    return _over(it.ask_until, "延期申请")


def _over(last: date | None, what: str) -> str | None:
    return f"{what}须在 {short_date(last)} 前提出，已过期限。" if last is not None and clock.today() > last else None


def _objects_once(it: Situation, _actor: Actor) -> str | None:
    if it.objected_before:
        return "本单位已提出过退回，裁定是最终的，不能再次退回。"
    return _over(it.object_until, "退回")


def _answers_once(it: Situation, _actor: Actor) -> str | None:
    return "本单位已答复牵头单位；有新情况请报告进展。" if it.has_answered else None


def _approves(_it: Situation, actor: Actor) -> str | None:
    if actor.role is not Role.OFFICE or rules().office_approves:
        return None
    return "销号由签批领导或牵头领导批准，本单位没有授权办公室代批。"


ACT_PAGES: tuple[ActPage, ...] = (
    ActPage("签收", "slips.show", (A.RECEIVE,), leads=True, by_slip=True),
    ActPage("裁定退回", "matters.rule", (A.UPHOLD, A.DISMISS), leads=True),
    ActPage("审批延期", "matters.decide_extension", (A.DECIDE_EXTENSION,), leads=True, hindered=_decides_extension),
    ActPage("审签办理结果", "matters.head_sign", (A.HEAD_SIGNS, A.HEAD_SENDS_BACK), leads=True),
    ActPage("登记企业意见", "matters.opinion", (A.CONFIRM, A.CONTEST, A.NOTE_DISSENT), leads=True),
    ActPage("审核", "matters.review", (A.PASS_REVIEW, A.FAIL_REVIEW), leads=True),
    ActPage("销号审批", "matters.approve", (A.APPROVE, A.REFUSE_CLOSING), leads=True, hindered=_approves),
    ActPage("答复牵头单位", "matters.answer_lead", (A.ANSWER_LEAD,), leads=True, hindered=_answers_once),
    ActPage("报告进展", "matters.report", (A.REPORT,)),
    ActPage("报送办理结果", "matters.propose", (A.PROPOSE,), leads=True),
    ActPage("撤回办理结果", "matters.take_back", (A.TAKE_BACK,)),
    ActPage("申请延期", "matters.ask_extension", (A.ASK_EXTENSION,), hindered=_asks_once),
    ActPage("撤回延期申请", "matters.withdraw_extension", (A.ASK_EXTENSION,), hindered=_waits_for_no_extension),
    ActPage("分派经办人", "matters.tasks", (A.REPORT, A.ANSWER_LEAD)),
    ActPage("退回（异议）", "matters.object_to", (A.OBJECT,), hindered=_objects_once),
    ActPage("恢复办理", "matters.resume", (A.RESUME, A.TAKE_OFF_HOLD), leads=True),
    ActPage("中止", "matters.suspend", (A.SUSPEND,)),
    ActPage("挂账", "matters.hold", (A.HOLD,), hindered=_holds),
    ActPage("催办", "slips.new_paper", (A.REMIND,), by_slip=True, address={"kind": "reminder"}),
    ActPage("督办", "slips.new_paper", (A.SUPERVISE,), by_slip=True, address={"kind": "supervision"}),
    ActPage("约谈、挂牌、通报", "matters.measure", (A.SUPERVISE,)),
    ActPage("上报", "matters.escalate", (A.ESCALATE,)),
    ActPage("回头看", "matters.look_back", (A.LOOK_BACK,), hindered=_looks_once),
    ActPage("重新办理", "matters.reopen", (A.REOPEN,)),
    ActPage("再次批示，另行交办", "matters.instruct_anew", (A.INSTRUCT_ANEW,)),
    ActPage("企业撤回", "matters.withdraw", (A.WITHDRAW,), danger=True),
)
"""In the order of the course; what only the enterprise or the portal itself does has no page."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One act as the page shows it: a link, or the reason why it cannot be done."""

    label: str
    url: str = ""
    reason: str | None = None
    primary: bool = False
    danger: bool = False


def offers(it: Situation, actor: Actor) -> tuple[Sequence[Offer], Sequence[Offer]]:
    """The acts of this person now, the next step first, and those that would be his or hers but for the reason given."""
    can, cannot = list[Offer](), list[Offer]()
    for page in ACT_PAGES:
        own = [act for act in page.acts if rule_of(act).by & it.parties]
        if not own or not _is_open(page, actor) or (page.by_slip and it.slip_id is None):
            continue
        reason = _reason(page, own, it, actor)
        if reason is None:
            can.append(Offer(page.label, _url(page, it), primary=page.leads, danger=page.danger))
        else:
            cannot.append(Offer(page.label, reason=reason))
    return _one_primary(can), cannot


def hindrance(endpoint: str, it: Situation, actor: Actor) -> str | None:
    """Why nothing can be done on an act's page now; None when it can, or when the page is of no act."""
    page = next((each for each in ACT_PAGES if each.endpoint == endpoint), None)
    if page is None:
        return None
    own = [act for act in page.acts if rule_of(act).by & it.parties]
    if own:
        return _reason(page, own, it, actor)
    who = "、".join(party.label for party in Party if any(party in rule_of(act).by for act in page.acts))
    return f"“{page.label}”由{who}办理。"


def _reason(page: ActPage, own: Collection[MatterAct], it: Situation, actor: Actor) -> str | None:
    if not any(is_allowed(it.state, act, it.parties) for act in own):
        return why_not(it.state, next(iter(own)))
    return page.hindered(it, actor) if page.hindered else None


def _url(page: ActPage, it: Situation) -> str:
    whose = {"slip_id": it.slip_id} if page.by_slip else {"matter_id": it.matter_id}
    values: dict[str, Any] = {**whose, **page.address}
    return url_for(page.endpoint, **values)


def _is_open(page: ActPage, actor: Actor) -> bool:
    view = current_app.view_functions.get(page.endpoint)
    return view is not None and actor.role in (access.rule_of(view) or ())


def _one_primary(found: Sequence[Offer]) -> Sequence[Offer]:
    """The first step the matter waits for is the primary one, the others are quiet; a dangerous one stands apart at the end."""
    first = next((it for it in found if it.primary), None)
    return [Offer(it.label, it.url, None, it is first, it.danger) for it in sorted(found, key=lambda it: it.danger)]
