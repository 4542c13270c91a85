"""Every way in to a place: many at once through each of them, and afterwards exactly as many are seated as there are places."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.bookings import ACTIVE_STATES, BookingState, Identity, Origin
from portal.services.booking_sheets import COLUMNS
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction
from portal.store.models.bookings import Booking
from portal.store.models.reception import ReceptionDay, Seat, Slot
from tests.builders import PASSWORD, a_reception_day, an_enterprise
from tests.live.browsers import Answer, Browser, Heard, crowd
from tests.live.commands import Clerks, clerks
from tests.live.districts import TODAY, District, a_category_code, booking_fields, enterprise_name, open_days

HTMX = {"HX-Request": "true"}
FIRST_DAY = date(2027, 1, 4)
WALK_IN_DAY = datetime.fromisoformat(TODAY).date()
HEADINGS = [column.label for column in COLUMNS]


@dataclass(frozen=True)
class Outcome:
    """What came of one round: how many got a place, how many were refused, what else was answered, and how long it took."""

    booked: int
    refused: int
    others: Counter[str]
    seconds: list[float]
    pages: list[str]

    @property
    def broken(self) -> int:
        """Answers that are the portal's own fault."""
        return sum(times for status, times in self.others.items() if status.startswith("5"))


@dataclass
class Scene:
    """A district with its server and a signed-in office; days and enterprises are used once."""

    district: District
    office: Browser
    category: str
    clerks: Clerks
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    days: Iterator[date] = field(default_factory=lambda: (FIRST_DAY + timedelta(days=it) for it in itertools.count()))

    def slot(self, places: int) -> int:
        """A slot with so many places on a day of its own."""
        with transaction() as session:
            (made,) = open_days(session, 1, first=next(self.days), slots=1, seats=places)
        return made.slot_id

    def form(self, slot_id: int, **more: str) -> bytes:
        """A booking form of another enterprise each time."""
        return self.office.bytes_of_post("/bookings/new", self.fields(slot_id, **more))

    def fields(self, slot_id: int, **more: str) -> dict[str, str]:
        """What such a form says; everybody is somebody else."""
        number = next(self.numbers)
        phone = {"visitor_phone": f"139{number:08d}"}
        return booking_fields(number, slot_id, self.category) | phone | more

    def at_once(self, requests: list[bytes]) -> list[Answer]:
        """All leave at once, each on a connection of its own; the answers in the order of the requests."""
        heard: list[Heard] = crowd(self.office.port, requests, connections=len(requests))
        return [it.answer for it in sorted(heard, key=lambda it: it.number)]


@contextmanager
def scene(district: District, *, workers: int = 2, commands: int = 0) -> Iterator[Scene]:
    """The server, the office, and so many processes that carry out commands."""
    with ExitStack() as stack:
        stack.enter_context(district.open())
        category = a_category_code(read())
        running = stack.enter_context(district.served(workers=workers))
        office = stack.enter_context(Browser(running.port)).sign_in("office", PASSWORD)
        yield Scene(district, office, category, stack.enter_context(clerks(district, commands)))


def tally(
    answers: list[Answer], *, booked: frozenset[int] = frozenset({303}), too_late: frozenset[int] = frozenset({409})
) -> Outcome:
    """Count the answers."""
    refused = [it for it in answers if it.status in too_late]
    others = Counter(str(it.status) for it in answers if it.status not in booked | too_late)
    return Outcome(
        sum(it.status in booked for it in answers),
        len(refused),
        others,
        [it.seconds for it in answers],
        [it.text for it in refused],
    )


# --- the entrances -----------------------------------------------------------------


def through_the_page(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Everybody sends the booking form."""
    slot_id = it.slot(places)
    return slot_id, tally(it.at_once([it.form(slot_id) for _ in range(attempts)]))


def through_a_hold(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Half of them hold a place first, all at once; then everybody sends the form: whoever held a place must get it."""
    slot_id = it.slot(places)
    forms = [it.fields(slot_id, form_token=f"hold-{slot_id}-{turn}") for turn in range(attempts)]
    first = forms[: max(attempts // 2, places)]
    asked = [it.office.bytes_of_post("/bookings/hold", form, headers=HTMX) for form in first]
    holds = it.at_once(asked)
    kept = [turn for turn, answer in enumerate(holds) if answer.status == 200]
    assert len(kept) == min(places, len(first)), f"{len(kept)} forms hold {places} places: {holds[0].text[:500]}"
    answers = it.at_once([it.office.bytes_of_post("/bookings/new", form) for form in forms])
    assert all(answers[turn].status == 303 for turn in kept), "who held a place did not get it"
    return slot_id, tally(answers)


def through_an_offer(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Every place is offered to somebody whose time is over: some still accept, others send the form, at once."""
    slot_id = it.slot(places)
    offered = _offered(slot_id)
    accepts = [it.office.bytes_of_post(f"/bookings/{each}/accept", {}, headers=HTMX) for each in offered]
    forms = [it.form(slot_id) for _ in range(max(attempts - len(accepts), places))]
    mixed = [it for pair in itertools.zip_longest(accepts, forms) for it in pair if it]
    return slot_id, tally(it.at_once(mixed), booked=frozenset({303, 204}), too_late=frozenset({409, 422}))


def through_a_move(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Everybody is booked for another day and wants to come to this one."""
    there, slot_id = it.slot(attempts), it.slot(places)
    booked = _booked(there, next(it.numbers))
    fields = {"slot": str(slot_id), "version": "1"}
    return slot_id, tally(it.at_once([it.office.bytes_of_post(f"/bookings/{one}/move", fields) for one in booked]))


def through_the_door(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Everybody walks in on the day itself."""
    slot_id = _slot_today(places, f"第{next(it.numbers)}室")
    return slot_id, tally(it.at_once([it.form(slot_id, origin="walk_in") for _ in range(attempts)]))


def through_an_import(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Everybody hands in a table with one enterprise."""
    slot_id = it.slot(places)
    path = f"/bookings/import/apply?day={_day_of(db.session(), slot_id)}"
    return slot_id, tally(it.at_once([it.office.bytes_of_post(path, {"rows": _table(it)}) for _ in range(attempts)]))


def through_the_command(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Several processes carry out `bookings import` at once, again and again."""
    slot_id = it.slot(places)
    tables = [[HEADINGS, _row(it)] for _ in range(attempts)]
    said = it.clerks.import_at_once(_day_of(db.session(), slot_id), tables)
    booked, refused = [each for each in said if each.code == 0], [each for each in said if each.code == 1]
    others = Counter(str(each.code) for each in said if each.code not in (0, 1))
    pages = [each.text for each in said if each.code != 0]
    return slot_id, Outcome(len(booked), len(refused), others, [each.seconds for each in said], pages)


def through_all_of_them(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """Forms, moves and tables for the same places at the same moment."""
    slot_id, third = it.slot(places), max(attempts // 3, 1)
    booked = _booked(it.slot(third), next(it.numbers))
    moves = [it.office.bytes_of_post(f"/bookings/{one}/move", {"slot": str(slot_id), "version": "1"}) for one in booked]
    path = f"/bookings/import/apply?day={_day_of(db.session(), slot_id)}"
    tables = [it.office.bytes_of_post(path, {"rows": _table(it)}) for _ in range(third)]
    forms = [it.form(slot_id) for _ in range(third)]
    return slot_id, tally(it.at_once([each for some in zip(forms, moves, tables, strict=True) for each in some]))


ENTRANCES: Mapping[str, Callable[[Scene, int, int], tuple[int, Outcome]]] = {
    "page": through_the_page,
    "hold": through_a_hold,
    "offer": through_an_offer,
    "move": through_a_move,
    "walk_in": through_the_door,
    "import": through_an_import,
    "command": through_the_command,
    "all": through_all_of_them,
}


def one_form(it: Scene, attempts: int, places: int) -> tuple[int, Outcome]:
    """One form, sent by everybody: double clicks, Back and resend, on all connections and processes at once."""
    slot_id = it.slot(places + 1)
    form = it.fields(slot_id, form_token=f"same-{slot_id}")
    answers = it.at_once([it.office.bytes_of_post("/bookings/new", form)] * attempts)
    assert len({answer.place for answer in answers}) == 1, "the same form led to different bookings"
    again = it.at_once([it.office.bytes_of_post("/bookings/new", form | {"visitor_name": "申另例"})])
    assert again[0].place == answers[0].place, "Back and resend led to another booking"
    return slot_id, tally([*answers, *again])


# --- what is checked ---------------------------------------------------------------


def must_be_exactly(slot_id: int, places: int, outcome: Outcome) -> None:
    """Raise AssertionError unless exactly so many were seated and everybody else was refused politely."""
    told = f"{outcome.booked} booked, {outcome.refused} refused, {dict(outcome.others)} for {places} places"
    assert outcome.booked == places, f"{told}: {outcome.pages[:1]}"
    assert not outcome.others, f"{told}: {outcome.pages[:1]}"
    session = db.session()
    session.rollback()
    assert seated(session, slot_id) == list(range(1, places + 1)), told
    counted = session.execute(
        select(ReceptionDay.groups_booked, func.count(Booking.id))
        .join(Slot, Slot.reception_day_id == ReceptionDay.id)
        .outerjoin(Booking, (Booking.reception_day_id == ReceptionDay.id) & Booking.state.in_(ACTIVE_STATES))
        .where(Slot.id == slot_id)
        .group_by(ReceptionDay.id, ReceptionDay.groups_booked)
    ).one()
    assert counted[0] == counted[1], f"{counted[0]} counted, {counted[1]} seated"
    session.rollback()


def seated(session: Session, slot_id: int) -> list[int]:
    """The numbers of the seats of a slot that are taken."""
    numbers = select(Seat.number).join(Booking, Booking.seat_id == Seat.id).where(Booking.slot_id == slot_id)
    return list(session.scalars(numbers.order_by(Seat.number)))


def must_have_a_whole_chain() -> None:
    """Raise AssertionError for a broken audit trail."""
    session = db.session()
    session.rollback()
    assert verify(session)[1] is None
    session.rollback()


# --- what is prepared --------------------------------------------------------------


def _table(it: Scene) -> str:
    """One enterprise, as the page that tried its table out sends it on."""
    return json.dumps([[1, HEADINGS], [2, _row(it)]], ensure_ascii=False)


def _row(it: Scene) -> list[str]:
    number = next(it.numbers)
    told = {
        "企业名称": enterprise_name(number),
        "注册地": f"云山市安澜区示例路{number}号",
        "来访人": "申示例",
        "联系电话": f"139{number:08d}",
        "性质": "问题",
        "类别": it.category,
        "诉求标题": "厂区门前道路积水",
    }
    return [told.get(column.label, "") for column in COLUMNS]


def _day_of(session: Session, slot_id: int) -> date:
    session.rollback()
    of_slot = select(ReceptionDay.day).join(Slot, Slot.reception_day_id == ReceptionDay.id).where(Slot.id == slot_id)
    return session.scalars(of_slot).one()


@contextmanager
def preparing() -> Iterator[Session]:
    """A transaction that needs no audit lines."""
    with transaction() as session:
        session.info["unaudited"] = True
        yield session
        session.commit()
        session.info.pop("unaudited")


def _booked(slot_id: int, salt: int) -> list[int]:
    """Book every place of a slot without ceremony; answers the bookings."""
    with preparing() as session:
        return _prepared(session, slot_id, BookingState.CONFIRMED, salt)


def _offered(slot_id: int) -> list[int]:
    """Offer every place of a slot to somebody, until yesterday; answers the bookings."""
    over = datetime.combine(WALK_IN_DAY - timedelta(days=1), datetime.min.time(), ZONE)
    times = {"offered_until": over, "waiting_since": over - timedelta(hours=4), "offers": 1}
    with preparing() as session:
        return _prepared(session, slot_id, BookingState.OFFERED, slot_id, **times)


def _prepared(session: Session, slot_id: int, state: BookingState, salt: int, **more: object) -> list[int]:
    day_id = session.scalars(select(Slot.reception_day_id).where(Slot.id == slot_id)).one()
    seats = session.scalars(select(Seat.id).where(Seat.slot_id == slot_id).order_by(Seat.number)).all()
    made = []
    for turn, seat_id in enumerate(seats):
        enterprise = an_enterprise(name=f"安澜等候{salt}之{turn}有限公司")
        session.add(enterprise)
        session.flush()
        booking = _plain(day_id, slot_id, seat_id, enterprise.id, state, f"138{salt % 10_000:04d}{turn:04d}", more)
        session.add(booking)
        made.append(booking)
    session.get_one(ReceptionDay, day_id, populate_existing=True).groups_booked += len(made)
    session.flush()
    return [it.id for it in made]


def _plain(
    day_id: int,
    slot_id: int,
    seat_id: int,
    enterprise_id: int,
    state: BookingState,
    phone: str,
    more: Mapping[str, object],
) -> Booking:
    return Booking(
        reception_day_id=day_id,
        slot_id=slot_id,
        seat_id=seat_id,
        enterprise_id=enterprise_id,
        state=state,
        origin=Origin.APPLIED,
        identity=Identity.LEGAL_REPRESENTATIVE,
        visitor_name="申示例",
        visitor_phone=phone,
        booked_at=datetime.combine(WALK_IN_DAY, datetime.min.time(), ZONE),
        **more,
    )


def _slot_today(places: int, room: str) -> int:
    starts = datetime.combine(WALK_IN_DAY, datetime.min.time()) + timedelta(hours=10)
    with preparing() as session:
        day = session.scalar(select(ReceptionDay).where(ReceptionDay.day == WALK_IN_DAY))
        if day is None:
            day = a_reception_day(day=WALK_IN_DAY, slots=0)
            session.add(day)
            session.flush()
        slot = Slot(
            reception_day_id=day.id,
            starts_at=starts.time(),
            ends_at=(starts + timedelta(minutes=40)).time(),
            room=room,
            seats=[Seat(number=number + 1) for number in range(places)],
        )
        session.add(slot)
        session.flush()
        return slot.id
