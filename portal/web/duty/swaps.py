"""Swapping duty: offers that wait for me, offering, taking, refusing and taking back (domain 2.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotFound
from portal.domain.people import Actor, Role
from portal.domain.swaps import Place, SwapState, only_gap, swap_obstacles
from portal.services import swaps
from portal.store.extension import read, write
from portal.store.queries.people import leader_rows
from portal.store.queries.reception_days import day_on
from portal.store.queries.rota import seat_pools
from portal.store.queries.swaps import (
    SORTS,
    ComingTurn,
    SwapRow,
    all_swaps,
    coming_turns,
    offers_to,
    open_offer_on,
    standings,
    swap_row,
)
from portal.store.queries.swaps import swaps as swap_page
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_number, asked_word, choices
from portal.web.calendars import calendar_warning
from portal.web.downloads import xlsx
from portal.web.duty.blueprint import LOOKERS, bp, seat_of
from portal.web.duty.change_forms import (
    AGREED,
    ANYBODY,
    AcceptForm,
    OfficeSwapForm,
    RemarkForm,
    SwapForm,
    key_of,
)
from portal.web.duty.substitutions import turn_held
from portal.web.filters import short_date
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules


@dataclass(frozen=True, slots=True)
class Partner:
    """A turn that might be swapped for another: its key in a form, what keeps it from that, and whether that is all."""

    turn: ComingTurn
    key: str
    why_not: str = ""
    only_gap: bool = False

    @property
    def label(self) -> str:
        """How a form offers it."""
        near = "，间隔不足" if self.only_gap else ""
        return f"{short_date(self.turn.place.day)} {self.turn.place.seat.label} {self.turn.leader}{near}"


@bp.get("/swaps")
@allow(*LOOKERS)
def swap_list() -> Response:
    """Which offers wait for me, and every swap I may see."""
    state, leader_id, actor = asked_word(SwapState, "state"), asked_number("leader"), me()
    wanted = wanted_page(SORTS, default="offered", descending=True)
    page = swap_page(read(), wanted, actor=actor, state=state, leader_id=leader_id)
    serving = leader_rows(read(), clock.today())
    return render(
        "pages/duty/swaps.html",
        "fragments/duty/_swap_list.html",
        page=Listing(page),
        state=state.value if state else "",
        leader_id=leader_id or "",
        states=choices(SwapState),
        leaders=[(it.id, it.titled) for it in serving],
        waiting=offers_to(read(), actor.leader_ids) if actor.role is not Role.OFFICE else (),
        own=coming_turns(read(), clock.today(), of=actor.leader_ids) if actor.role is not Role.OFFICE else (),
        is_office=actor.role is Role.OFFICE,
    )


@bp.get("/swaps.xlsx")
@allow(*LOOKERS)
def swap_export() -> Response:
    """The same list as a spreadsheet."""
    rows = all_swaps(read(), actor=me(), state=asked_word(SwapState, "state"), leader_id=asked_number("leader"))
    columns = [
        Column("提出方", 12), Column("接待日", 14), Column("席位", 10), Column("对方", 12), Column("对方接待日", 14),
        Column("对方席位", 10), Column("理由", 30), Column("状态", 12), Column("提出人", 16), Column("提出日期", 14),
        Column("答复人", 16), Column("说明", 30),
    ]  # fmt: skip
    lines = (
        (
            it.leader, it.place.day, it.place.seat.label, it.other or "公开征求",
            it.other_place.day if it.other_place else None, it.other_place.seat.label if it.other_place else "",
            it.reason, it.state.label, it.offered_by, it.offered_at.date(), it.decided_by, it.remark,
        )
        for it in rows
    )  # fmt: skip
    return xlsx("轮值调换", columns, lines, today=clock.today())


@bp.get("/swaps/<int:swap_id>")
@allow(*LOOKERS)
def swap(swap_id: int) -> Response:
    """One swap: who sits where before and after, why, and what I can do about it."""
    row, actor = swap_row(read(), swap_id, actor=me()), me()
    return render(
        "pages/duty/swap.html",
        swap=row,
        calendar_warning=calendar_warning([row.place.day, row.other_place.day if row.other_place else None], "接待日"),
        states=SwapState,
        may_accept=row.is_open and _may_accept(row, actor),
        may_refuse=row.is_open and not row.to_all and _acts_for(row.other_leader_id, actor),
        may_withdraw=row.is_open and _acts_for(row.leader_id, actor),
    )


def _acts_for(leader_id: int | None, actor: Actor) -> bool:
    return actor.role is Role.OFFICE or leader_id in actor.leader_ids


def _may_accept(row: SwapRow, actor: Actor) -> bool:
    if row.to_all:
        return actor.role is Role.OFFICE or bool(actor.leader_ids - {row.leader_id})
    return _acts_for(row.other_leader_id, actor)


@bp.route("/<date:day>/<seat>/<int:position>/swap", methods=["GET", "POST"])
@allow(*LOOKERS)
def offer_swap(day: date, seat: str, position: int) -> Response:
    """Offer a turn for another one, for next month's in one press, or for whichever somebody puts up."""
    place, row, actor = seat_of(seat), day_on(read(), day), me()
    there = turn_held(day, place, position)
    is_office = actor.role is Role.OFFICE
    if not _acts_for(there.leader_id, actor):
        raise NotFound("这不是您的轮值，不能提出调换。请从“我的轮值”进入。")
    partners = _partners(Place(day, place, position), there.leader_id, but=there.leader_id)
    following = _following(partners, Place(day, place, position))
    kind = OfficeSwapForm if is_office else SwapForm
    form = kind(
        data={
            "mine": key_of(row.id, place, position, there.leader_id),
            "other": following.key if following else "",
            "how": "ask",
        }
    )
    possible = [it for it in partners if not it.why_not or (is_office and it.only_gap)]
    form.offer(
        [(it.key, it.label + ("（下次同席位）" if it is following else "")) for it in possible]
        + [(ANYBODY, "公开征求：谁愿意换都可以")]
    )
    answer = attempt(form, lambda session: _offer(session, form), done=_done(form), onward=url_for("duty.swap_list"))
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/offer_swap.html",
        "fragments/duty/_swap_form.html",
        status=answer,
        form=form,
        day=row,
        turn=there,
        following=following,
        near=any(it.only_gap for it in partners),
        is_office=is_office,
        impossible=[it for it in partners if it not in possible],
        offered=open_offer_on(read(), row.id, place, position),
    )


def _is_direct(form: SwapForm) -> bool:
    return isinstance(form, OfficeSwapForm) and form.how.data == AGREED


def _offer(session: Session, form: SwapForm) -> object:
    if _is_direct(form):
        return swaps.swap_for_both(
            session, form.order(), gap_waived=bool(form["gap_waived"].data), actor=me(), now=clock.now()
        )
    return swaps.offer_swap(session, form.order(), actor=me(), now=clock.now())


def _done(form: SwapForm) -> str:
    return "已调换，并已告知双方。" if _is_direct(form) else "已提出调换。对方同意前轮值不变。"


@bp.route("/swaps/<int:swap_id>/accept", methods=["GET", "POST"])
@allow(*LOOKERS)
def accept_swap(swap_id: int) -> Response:
    """See who would sit where, and take the offer."""
    row, actor = _offered(swap_id), me()
    is_office = actor.role is Role.OFFICE
    if request.method == "GET" and not (row.is_open and _may_accept(row, actor)):
        return go(url_for("duty.swap", swap_id=swap_id))
    form = AcceptForm()
    partners = _partners(row.place, row.leader_id, but=row.leader_id) if row.to_all else []
    mine = [it for it in partners if is_office or it.turn.leader_id in actor.leader_ids]
    possible = [it for it in mine if not it.why_not or (is_office and it.only_gap)]
    form.offer((it.key, it.label) for it in possible)
    answer = attempt(
        form,
        lambda session: swaps.accept_swap(
            session,
            swap_id,
            mine=form.place(),
            remark=form.remark.data or "",
            gap_waived=form.gap_waived.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已调换，并已告知双方。",
        onward=url_for("duty.swap", swap_id=swap_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/accept_swap.html",
        "fragments/duty/_accept_swap_form.html",
        status=answer,
        form=form,
        swap=swap_row(read(), swap_id, actor=me()),
        is_office=is_office,
        min_gap_days=rules().min_gap_days,
        possible=possible,
        impossible=[it for it in mine if it not in possible],
    )


def _offered(swap_id: int) -> SwapRow:
    """The swap somebody answers. Whoever answers one that others settled meanwhile is told so: Conflict."""
    try:
        return swap_row(read(), swap_id, actor=me())
    except NotFound:
        if request.method == "POST":
            write(lambda session: swaps.accept_swap(session, swap_id, actor=me(), now=clock.now()))
        raise


@bp.route("/swaps/<int:swap_id>/refuse", methods=["GET", "POST"])
@allow(*LOOKERS)
def refuse_swap(swap_id: int) -> Response:
    """Say no to an offer."""
    return _end(swap_id, swaps.refuse_swap, "refuse", done="已答复不同意，轮值不变。")


@bp.route("/swaps/<int:swap_id>/withdraw", methods=["GET", "POST"])
@allow(*LOOKERS)
def withdraw_swap(swap_id: int) -> Response:
    """Take an offer back."""
    return _end(swap_id, swaps.withdraw_swap, "withdraw", done="已撤回调换，轮值不变。")


def _end(swap_id: int, act: Callable[..., object], name: str, *, done: str) -> Response:
    row, form = swap_row(read(), swap_id, actor=me()), RemarkForm()
    onward = url_for("duty.swap", swap_id=swap_id)
    if not row.is_open and request.method == "GET":
        return go(onward)
    answer = attempt(
        form,
        lambda session: act(session, swap_id, form.remark.data or "", actor=me(), now=clock.now()),
        done=done,
        onward=onward,
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/end_swap.html", "fragments/duty/_end_swap_form.html", status=answer, form=form, swap=row, act=name
    )


def _partners(gives: Place, leader_id: int, *, but: int) -> list[Partner]:
    """Every coming turn of somebody else, and whether a swap with it would break a rule; six statements in all."""
    turns = coming_turns(read(), clock.today(), but=[but])
    pools = seat_pools(read())
    known = standings(read(), {leader_id, *(it.leader_id for it in turns)}, pools=pools)
    found = []
    for turn in turns:
        broken = swap_obstacles(
            known[leader_id], gives, known[turn.leader_id], turn.place,
            closed=pools.keys(), min_gap_days=rules().min_gap_days,
        )  # fmt: skip
        key = key_of(turn.day_id, turn.place.seat, turn.place.position, turn.leader_id)
        found.append(Partner(turn, key, "".join(it.message for it in broken), only_gap(broken)))
    return found


def _following(partners: Sequence[Partner], place: Place) -> Partner | None:
    """The next turn in the same seat that can be had: 与下月领导调换 (domain 2.1)."""
    later = (it for it in partners if it.turn.place.day > place.day and it.turn.place.seat is place.seat)
    return next((it for it in later if not it.why_not), None)
