"""What people hear at once when something was done with a matter: whoever owes the next step, and whom it concerns.

One table for every act of the course; `handling.move` asks it, so that no way of doing an act forgets to tell. Steps that keep a
matter's state, and papers to the level above, have a function of their own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.extensions import ExtensionState
from portal.domain.labelled import Labelled
from portal.domain.matter_course import MatterAct, Party
from portal.domain.matters import MatterClass
from portal.domain.people import Role
from portal.domain.workdays import day_text
from portal.services.messages import accounts_in_role, accounts_of_leaders, accounts_of_units, tell
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.handling import Extension, Progress
from portal.store.models.matters import Matter
from portal.store.models.people import Account, Unit
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules


class To(Labelled):
    """Who hears of an act."""

    UNITS = "units", "牵头单位和配合单位"
    HEAD = "head", "牵头单位负责人"
    OFFICE = "office", "工商联办公室"
    LEADERS = "leaders", "签批领导和牵头领导"


@dataclass(frozen=True, slots=True)
class News:
    """The words for some of those an act concerns."""

    to: To
    words: str


A, T = MatterAct, To
NEWS: Mapping[MatterAct, tuple[News, ...]] = {
    A.OBJECT: (News(T.OFFICE, "单位提出退回，请裁定"),),
    A.UPHOLD: (News(T.UNITS, "同意退回，重新交办，不必再办理"),),
    A.DISMISS: (News(T.UNITS, "维持原交办，请继续办理"),),
    A.SUSPEND: (News(T.UNITS, "已中止，办理时限停止计算"),),
    A.RESUME: (News(T.UNITS, "恢复办理，时限接着计算"),),
    A.HOLD: (News(T.UNITS, "已挂账，到复核日期再看"),),
    A.TAKE_OFF_HOLD: (News(T.UNITS, "取消挂账，请继续办理"),),
    A.PROPOSE: (News(T.HEAD, "请审签办理结果"),),
    A.HEAD_SIGNS: (News(T.OFFICE, "单位已报送办理结果，请征求企业意见"),),
    A.HEAD_SENDS_BACK: (News(T.UNITS, "单位负责人没有签字，请继续办理"),),
    A.CONFIRM: (News(T.OFFICE, "企业认可办理结果，请审核"), News(T.UNITS, "企业认可办理结果，等待审核")),
    A.CONTEST: (
        News(T.UNITS, "企业不认可办理结果，请在新的时限内重新办理"),
        News(T.OFFICE, "企业不认可办理结果，已由单位重新办理"),
    ),
    A.NOTE_DISSENT: (News(T.OFFICE, "企业仍不认可办理结果，请审核"), News(T.UNITS, "企业仍不认可办理结果，等待审核")),
    A.PASS_REVIEW: (News(T.LEADERS, "审核通过，请批准销号"),),
    A.FAIL_REVIEW: (News(T.UNITS, "审核退回，请在新的时限内重新办理"),),
    A.APPROVE: (News(T.UNITS, "已批准销号"), News(T.OFFICE, "已批准销号，请回访企业")),
    A.REFUSE_CLOSING: (
        News(T.UNITS, "领导不予销号，请在新的时限内重新办理"),
        News(T.OFFICE, "领导不予销号，已由单位重新办理"),
    ),
    A.REOPEN: (
        News(T.LEADERS, "已销号的事项重新办理"),
        News(T.OFFICE, "已销号的事项重新办理"),
    ),
    A.INSTRUCT_ANEW: (News(T.OFFICE, "领导再次批示，请另行交办"), News(T.UNITS, "领导再次批示，将另行交办")),
    A.WITHDRAW: (News(T.UNITS, "企业撤回诉求，不必再办理"),),
}
"""Acts that are not named here tell nobody."""

OWN: Mapping[Party, To] = {Party.OFFICE: To.OFFICE, Party.UNIT_HEAD: To.HEAD}
"""Whoever acts need not be told."""


def act_is_done(
    session: Session,
    act: MatterAct,
    matter: Matter,
    slip: Slip,
    *,
    units: Collection[int],
    parties: Collection[Party],
    now: datetime,
) -> None:
    """Tell those whom an act concerns, once, in the transaction that does it; `units` are all that are on its slips."""
    rules, wanted = office_rules(session), NEWS.get(act, ())
    if act is A.PROPOSE and not rules.head_signs:
        act, wanted = A.HEAD_SIGNS, NEWS[A.HEAD_SIGNS]
    if act is A.HEAD_SIGNS and (not rules.enterprise_confirms or matter.enterprise_id is None):
        wanted = (News(To.OFFICE, "单位已报送办理结果，请审核"),)
    if act is A.PASS_REVIEW and rules.office_approves:
        wanted = (*wanted, News(To.OFFICE, "审核通过，请批准销号"))
    own = {OWN[it] for it in parties if it in OWN} - ({To.OFFICE} if act is A.PASS_REVIEW else set())
    for news in wanted:
        if news.to not in own:
            told = _accounts(session, news.to, slip, units)
            _tell(session, matter, told, act.value, f"{news.words}：{_named(matter)}", now=now)


def matter_is_reopened(session: Session, matter: Matter, units: Collection[int], why: str, *, now: datetime) -> None:
    """All its units hear that a closed matter is handled again, why, and until when."""
    due = f"，请于{day_text(matter.due_on, now.date())}前办结" if matter.due_on else ""
    _tell(
        session, matter, accounts_of_units(session, units), "reopened", f"重新办理{due}：{_named(matter)}",
        why.strip()[:200], now=now,
    )  # fmt: skip


def extension_is_asked(session: Session, extension: Extension, matter: Matter, slip: Slip, *, now: datetime) -> None:
    """Whoever may decide hears of it: the leaders for class A where the rules say so, else the office."""
    by_leader = office_rules(session).extension_by_leader and matter.matter_class is MatterClass.A
    told = _accounts(session, To.LEADERS if by_leader else To.OFFICE, slip)
    subject = f"申请延期至{day_text(extension.until_on, now.date())}，请审批：{_named(matter)}"
    tell(session, told, f"extension-asked:{extension.id}", subject, url=f"/matters/{matter.id}", now=now)


def extension_is_decided(session: Session, extension: Extension, matter: Matter, *, now: datetime) -> None:
    """The unit that asked hears the answer."""
    granted = extension.state is ExtensionState.GRANTED
    words = f"同意延期至{day_text(extension.until_on, now.date())}" if granted else "不同意延期，仍按原时限办理"
    tell(
        session, accounts_of_units(session, [extension.unit_id]), f"extension-decided:{extension.id}",
        f"{words}：{_named(matter)}", body=extension.remark, url=f"/matters/{matter.id}", now=now,
    )  # fmt: skip


def helper_has_answered(session: Session, progress: Progress, matter: Matter, slip: Slip, *, now: datetime) -> None:
    """The lead unit hears that a unit which assists has answered."""
    name = session.get_one(Unit, progress.unit_id).short_name
    tell(
        session, accounts_of_units(session, _lead(slip)), f"helper-answered:{progress.id}", f"{name}已答复：{_named(matter)}",
        url=f"/matters/{matter.id}", now=now,
    )  # fmt: skip


def matter_is_escalated(session: Session, escalation: Escalation, matter: Matter, slip: Slip, *, now: datetime) -> None:
    """The leader a matter is taken to hears of it, and the units that handle it."""
    by = f"，请于{day_text(escalation.answer_by, now.date())}前答复" if escalation.answer_by else ""
    url = f"/chasing/escalations/{escalation.id}"
    if escalation.leader_id is not None:
        told = accounts_of_leaders(session, [escalation.leader_id])
        tell(session, told, f"escalated:{escalation.id}", f"上报事项{by}：{_named(matter)}", url=url, now=now)
    tell(
        session, accounts_of_units(session, _lead(slip)), f"escalated-of-unit:{escalation.id}",
        f"已上报{escalation.to.label}：{_named(matter)}", url=f"/matters/{matter.id}", now=now,
    )  # fmt: skip


def escalation_is_answered(session: Session, escalation: Escalation, matter: Matter, *, now: datetime) -> None:
    """Office, supervision and the lead unit hear what the level above says."""
    subject = f"{escalation.to.label}已答复上报事项：{_named(matter)}"
    told = accounts_in_role(session, Role.OFFICE, Role.SUPERVISOR)
    url = f"/chasing/escalations/{escalation.id}"
    tell(session, told, f"escalation-answered:{escalation.id}", subject, url=url, now=now)
    if matter.lead_unit_id is not None:
        tell(
            session, accounts_of_units(session, [matter.lead_unit_id]), f"escalation-answered-of-unit:{escalation.id}",
            subject, body=escalation.answer, url=f"/matters/{matter.id}", now=now,
        )  # fmt: skip


def measure_is_taken(session: Session, measure: Measure, matter: Matter, *, now: datetime) -> None:
    """The unit hears what the supervision office does, and by when it has to put things right."""
    by = f"，请于{day_text(measure.due_on, now.date())}前整改" if measure.due_on else ""
    tell(
        session, accounts_of_units(session, [measure.unit_id]), f"measure-taken:{measure.id}",
        f"{measure.kind.label}{by}：{_named(matter)}", body=measure.why, url=f"/matters/{matter.id}", now=now,
    )  # fmt: skip


def measure_has_ended(session: Session, measure: Measure, matter: Matter, *, now: datetime) -> None:
    """The unit hears that it is over."""
    tell(
        session, accounts_of_units(session, [measure.unit_id]), f"measure-ended:{measure.id}",
        f"{measure.kind.label}已解除：{_named(matter)}", body=measure.outcome, url=f"/matters/{matter.id}", now=now,
    )  # fmt: skip


def _lead(slip: Slip) -> Collection[int]:
    return [slip.lead_unit_id] if slip.lead_unit_id is not None else []


def _named(matter: Matter) -> str:
    return f"{matter.number} {matter.title}"


def _tell(
    session: Session,
    matter: Matter,
    accounts: Collection[int],
    word: str,
    subject: str,
    body: str = "",
    *,
    now: datetime,
) -> None:
    key = f"matter-{word}:{matter.id}:{matter.round}.{matter.version}"
    tell(session, accounts, key, subject, body=body, url=f"/matters/{matter.id}", now=now)


def _accounts(session: Session, to: To, slip: Slip, units: Collection[int] = ()) -> Collection[int]:
    if to is To.OFFICE:
        return accounts_in_role(session, Role.OFFICE)
    if to is To.LEADERS:
        return accounts_of_leaders(session, [it for it in (slip.signer_id, slip.lead_official_id) if it is not None])
    if to is To.HEAD and slip.lead_unit_id is not None:
        heads = select(Account.id).where(
            Account.unit_id == slip.lead_unit_id, Account.heads_unit, Account.state == AccountState.ACTIVE
        )
        return session.scalars(heads).all() or accounts_of_units(session, [slip.lead_unit_id])
    return accounts_of_units(session, units)
