"""What a reception day brought: every figure with its formula, every enterprise, every matter (NX-22, QD-11, domain 11.7)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents.day_sheets import SummaryEnterprise, SummaryFigure, SummaryMatter, SummarySheet
from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState, Origin
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.masking import mask_name
from portal.domain.matters import WITH_A_UNIT, MatterKind, MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.workdays import day_text
from portal.services.paper_heads import around, hours_of, leaders_on, must_stand, serves_on_day
from portal.store.queries.day_papers import (
    DayMatter,
    PlacedBooking,
    UnitToCome,
    matters_brought,
    placed_bookings,
    units_to_come,
)
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow
from portal.store.queries.visibility import sees_the_visitor

RECEIVERS = (DutySeat.MAIN, DutySeat.ACCOMPANYING)
NOT_YET = "接待还没有开始，没有小结可看。请在接待结束后再来。"
ORIGIN = "已到访并接待的企业提出的诉求。"
_ENDS = {
    MatterState.SETTLED: "接待当场答复并办结的诉求。",
    MatterState.AWAITING_ASSIGNMENT: "已决定交办、领导尚未签批交办单的诉求。",
    MatterState.ASSIGNED: "已由领导签批、列入交办单的诉求，包括以后在办、已销号的。",
    MatterState.REFUSED: "说明理由、告知渠道后不予受理的诉求。",
    MatterState.REGISTERED: "还没有确定处置方式的诉求；为 0 才能结束接待日。",
    MatterState.WITHDRAWN: "企业自己撤回、不再办理的诉求。",
}


def may_read_summary(actor: Actor, day: DayRow) -> bool:
    """Whether a day's summary is this person's business: of those who serve that day, and of supervision."""
    return actor.role is Role.SUPERVISOR or serves_on_day(actor, day)


def summary_sheet(session: Session, day: DayRow, *, actor: Actor, now: datetime) -> SummarySheet:
    """The summary of a day as it stands; before the day is closed it says that it is not over.

    Raises NotAllowed for whoever neither serves that day nor supervises, RuleBroken for a day that was cancelled or has not
    begun.
    """
    must(actor, Action.SEE_BUSINESS)
    if not may_read_summary(actor, day):
        raise NotAllowed(f"小结只供{day_text(day.day)}当班的领导、其联络员、督查室和工商联办公室查看。")
    must_stand(day, "小结")
    if day.state not in (DayState.ONGOING, DayState.CLOSED):
        raise RuleBroken(NOT_YET)
    placed = [it for it in placed_bookings(session, day.id) if it.number]
    matters, units = matters_brought(session, actor, day.day), units_to_come(session, day.id)
    came = _names(units, Attendance.ATTENDED)
    missing = tuple(name for name in _names(units, Attendance.ABSENT) if name not in came)
    leaders = leaders_on(session, day, tuple(turn for turn in day.turns if turn.seat in RECEIVERS and turn.attended))
    return SummarySheet(
        theme=day.theme,
        leaders=leaders,
        units_came=came,
        units_missing=missing,
        groups=(
            ("接待", _visits(placed)),
            ("参加", _attendants(len(leaders), len(came), len(missing))),
            ("诉求", _kinds(matters)),
            ("处置", _dispositions(matters)),
        ),
        enterprises=tuple(_enterprise(it, named=sees_the_visitor(actor)) for it in placed),
        matters=_listed(matters, placed),
        unfinished="" if day.state is DayState.CLOSED else "接待日尚未结束，以下为当前数字，结束后以小结为准。",
        **around(day, office_rules(session), now),
    )


def _figure(key: str, label: str, value: int, unit: str, formula: str) -> SummaryFigure:
    return SummaryFigure(key=key, label=label, value=str(value), unit=unit, formula=formula)


def _visits(placed: Sequence[PlacedBooking]) -> tuple[SummaryFigure, ...]:
    received = [it for it in placed if it.was_received]

    def counted(state: BookingState) -> int:
        return sum(it.state is state for it in placed)

    walked_in = sum(it.origin is Origin.WALK_IN for it in received)
    return (
        _figure("batches", "批次", len({it.slot_id for it in received}), "批",
                "接待了企业的时段数；同一时段接待多家算一批。"),
        _figure("visits", "家次", len(received), "家次", "已到访并接待的预约数，同一家企业来几次算几次。"),
        _figure("persons", "人次", sum(it.persons for it in received), "人次",
                "已接待企业的到场人数之和：签到时点过人数的按实到，没有点的按来访人 1 名加登记的随行人员。"),
        _figure("walk_ins", "其中现场来访", walked_in, "家次", "没有预约、当天到场并接待的企业数，已计入家次。"),
        _figure("no_shows", "爽约", counted(BookingState.NO_SHOW), "家", "已确认、当天没有来的预约数，不计入家次。"),
        _figure("left", "未接待离开", counted(BookingState.LEFT), "家", "签到后没有等到接待就离开的预约数，不计入家次。"),
    )  # fmt: skip


def _attendants(leaders: int, came: int, missing: int) -> tuple[SummaryFigure, ...]:
    return (
        _figure("leaders", "接待领导", leaders, "人", "当天到场的主接待和参加领导；补位领导替补后计入。"),
        _figure("units_came", "到场单位", came, "个", "登记为已到场的单位；一个单位参加几家的接待只算一个。"),
        _figure("units_missing", "未到场单位", missing, "个", "受邀、登记为未到场，且当天一次也没有到场的单位。"),
    )


def _kinds(matters: Sequence[DayMatter]) -> tuple[SummaryFigure, ...]:
    units = {MatterKind.PROBLEM: "个", MatterKind.SUGGESTION: "条"}
    return (
        _figure("matters", "收集诉求", len(matters), "件", ORIGIN),
        *(
            _figure(f"kind_{kind.value}", kind.label, sum(it.kind is kind for it in matters), units.get(kind, "件"),
                    f"性质为“{kind.label}”的诉求。")
            for kind in MatterKind
        ),
    )  # fmt: skip


def _dispositions(matters: Sequence[DayMatter]) -> tuple[SummaryFigure, ...]:
    return tuple(
        _figure(
            f"state_{state.value}", "未处置" if state is MatterState.REGISTERED else state.label,
            sum(_end(it) is state for it in matters), "件", formula,
        )
        for state, formula in _ENDS.items()
    )  # fmt: skip


def _end(it: DayMatter) -> MatterState:
    """How a matter left the room; what a unit has done with it since does not change that."""
    return MatterState.ASSIGNED if it.state in WITH_A_UNIT else it.state


def _names(units: Iterable[UnitToCome], attendance: Attendance) -> tuple[str, ...]:
    return tuple(dict.fromkeys(it.name for it in units if it.attendance is attendance))


def _enterprise(it: PlacedBooking, *, named: bool) -> SummaryEnterprise:
    return SummaryEnterprise(
        id=it.id,
        number=str(it.number),
        hours=hours_of(it),
        name=it.enterprise,
        visitor=it.visitor_name if named else mask_name(it.visitor_name),
        persons=str(it.persons) if it.was_received else "—",
        state=f"{it.state.label}（{it.origin.label}）" if it.origin is Origin.WALK_IN else it.state.label,
    )


def _listed(matters: Sequence[DayMatter], placed: Sequence[PlacedBooking]) -> tuple[SummaryMatter, ...]:
    """The matters in the order of the places, and as they were told; those without a place last."""
    places = {it.id: it.number or 0 for it in placed}
    last = len(places) + max(places.values(), default=0)
    ordered = sorted(matters, key=lambda it: (places.get(it.booking_id or 0, last), it.position, it.id))
    return tuple(
        SummaryMatter(
            id=it.id,
            number=it.number,
            enterprise=it.enterprise,
            title=it.title,
            kind=it.kind.label,
            category=it.category,
            disposition="未处置" if it.state is MatterState.REGISTERED else it.state.label,
            answer=_answer(it),
        )
        for it in ordered
    )


def _answer(it: DayMatter) -> str:
    if it.state is MatterState.SETTLED:
        return f"{it.on_site_answer}（{it.answered_by}答复）" if it.answered_by else it.on_site_answer
    if it.state is MatterState.REFUSED:
        return it.ended_reason
    due = f"，{it.due_on.year}年{it.due_on.month}月{it.due_on.day}日前办结" if it.due_on else ""
    handled = f"{it.lead_unit}牵头{due}" if it.lead_unit else ""
    return "；".join(filter(None, (it.on_site_answer, handled)))
