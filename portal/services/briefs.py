"""From what is known before a reception day to the leader's brief (NX-17 to NX-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.documents.day_sheets import BriefEnterprise, BriefMatter, BriefOpinion, BriefSheet
from portal.domain.bookings import BookingState
from portal.domain.errors import RuleBroken
from portal.domain.masking import mask_phone
from portal.domain.matters import WITH_A_UNIT, Check
from portal.domain.opinions import OpinionState
from portal.domain.people import Actor
from portal.domain.receiving import ReceptionMode
from portal.services.day_papers import spans_of
from portal.services.paper_heads import around, hours_of, leaders_on, must_serve, must_stand
from portal.store.queries.day_papers import (
    EarlierMatter,
    PlacedBooking,
    earlier_matters,
    earlier_visits,
    placed_bookings,
    units_to_come,
)
from portal.store.queries.office import office_rules
from portal.store.queries.opinions import Answer, answers_about
from portal.store.queries.reception_days import DayRow, slots_of_day
from portal.store.queries.told_matters import ToldMatter, matters_of_bookings

TO_BE_RECEIVED = (BookingState.PENDING, BookingState.CONFIRMED, BookingState.ARRIVED, BookingState.FINISHED)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of all enterprises of a day together."""

    matters: Mapping[int, Sequence[ToldMatter]]
    answers: Mapping[int, Sequence[Answer]]
    units: Mapping[int, Sequence[str]]
    visits: Mapping[int, tuple[int, date]]
    earlier: Mapping[int, Sequence[EarlierMatter]]
    screens: bool


def brief_sheet(session: Session, day: DayRow, *, actor: Actor, now: datetime) -> BriefSheet:
    """What the leaders on duty read before a day, enterprises in the order of their places, telephone numbers masked.

    Raises NotAllowed for whoever does not serve that day, RuleBroken for a cancelled day and one without a booking.
    """
    must_serve(actor, day)
    must_stand(day, "接待简报")
    found = placed_bookings(session, day.id)
    coming = [it for it in found if it.number and it.state in TO_BE_RECEIVED]
    if not coming:
        raise RuleBroken("当日还没有企业预约，没有简报可打。请先登记预约，再打印接待简报。")
    rules = office_rules(session)
    known = _known(session, day, coming, screens=rules.screening)
    waiting = sum(it.state is BookingState.WAITING for it in found)
    spans = spans_of([slot for slot in slots_of_day(session, day.id) if slot.seats])
    return BriefSheet(
        theme=day.theme,
        hours="，".join(f"{a.hour}:{a:%M}至{b.hour}:{b:%M}" for a, b in spans),
        leaders=leaders_on(session, day),
        enterprises=tuple(_enterprise(it, known) for it in coming),
        note=f"另有候补{waiting}家，未列入。" if waiting else "",
        **around(day, rules, now),
    )


def _known(session: Session, day: DayRow, coming: Sequence[PlacedBooking], *, screens: bool) -> _Known:
    enterprise_ids = [it.enterprise_id for it in coming]
    matters = matters_of_bookings(session, [it.id for it in coming])
    units: dict[int, list[str]] = {}
    for row in units_to_come(session, day.id):
        units.setdefault(row.booking_id, []).append(row.name)
    return _Known(
        matters=matters,
        answers=answers_about(session, [matter.id for told in matters.values() for matter in told]),
        units=units,
        visits=earlier_visits(session, enterprise_ids, day.day),
        earlier=earlier_matters(session, enterprise_ids, day.day),
        screens=screens,
    )


def _enterprise(it: PlacedBooking, known: _Known) -> BriefEnterprise:
    earlier = known.earlier.get(it.enterprise_id, ())
    return BriefEnterprise(
        number=it.number or 0,
        hours=hours_of(it),
        mode=it.mode.label if it.mode is ReceptionMode.GROUP else "",
        name=it.enterprise,
        credit_code=it.credit_code,
        place=it.registered_place,
        industry=it.industry,
        legal_representative=it.legal_representative,
        origin=it.origin.label,
        state=it.state.label if it.state is BookingState.PENDING else "",
        visitor="　".join(filter(None, (it.visitor_name, it.visitor_post))),
        identity=it.identity.label,
        phone=mask_phone(it.visitor_phone),
        companions=tuple(f"{who.name}（{who.post}）" if who.post else who.name for who in it.companions),
        units=tuple(known.units.get(it.id, ())),
        earlier=_history(known.visits.get(it.enterprise_id), earlier),
        earlier_matters=tuple(_in_short(matter) for matter in earlier),
        matters=tuple(
            _matter(place, matter, known) for place, matter in enumerate(known.matters.get(it.id, ()), start=1)
        ),
    )


def _history(visits: tuple[int, date] | None, earlier: Sequence[EarlierMatter]) -> str:
    if visits is None and not earlier:
        return "首次来访，此前没有提出过诉求。"
    came = f"此前接待{visits[0]}次，最近一次{_dated(visits[1])}" if visits else "此前没有来访"
    raised = f"；提出诉求{earlier[0].raised}件" if earlier else ""
    listed = f"，最近{len(earlier)}件：" if earlier and earlier[0].raised > len(earlier) else "：" if earlier else "。"
    return came + raised + listed


def _in_short(it: EarlierMatter) -> str:
    by = f"，{it.lead_unit}承办" if it.lead_unit and it.state in WITH_A_UNIT else ""
    return f"{_dated(it.day)}　{it.title}（{it.state.label}{by}）"


def _matter(place: int, it: ToldMatter, known: _Known) -> BriefMatter:
    checks = (("真实", it.is_true), ("合法", it.is_lawful), ("合理", it.is_reasonable))
    shown = known.screens or any(answer is not Check.UNKNOWN for _, answer in checks)
    return BriefMatter(
        ordinal=place,
        title=it.title,
        kind=it.kind.label,
        category=it.category,
        flags=it.pressing,
        detail=it.detail if it.detail.strip() != it.title.strip() else "",
        checked=tuple(f"{name}：{answer.label}" for name, answer in checks) if shown else (),
        finding=it.check_note,
        opinions=tuple(_opinion(answer) for answer in known.answers.get(it.id, ())),
    )


def _opinion(it: Answer) -> BriefOpinion:
    said = it.state is OpinionState.ANSWERED
    return BriefOpinion(
        unit=it.unit,
        due_on=it.due_on,
        text=it.opinion if said else "",
        policy_basis=it.policy_basis if said else "",
        declined=it.release_reason if it.state is OpinionState.DECLINED else "",
    )


def _dated(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
