"""The district the story is played in: signed slips, and accounts for everybody who has a part in them."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.matters import MatterClass, MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import slip_drafts, slip_receipts, slip_signing, slips
from portal.services.sign_ins import hasher
from portal.services.slip_orders import Helper, SlipOrder
from portal.store.extension import db
from portal.store.models.bookings import Booking
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Unit
from tests.builders import PASSWORD, a_booking, a_matter, a_reception_day, a_turn, an_account, an_enterprise
from tests.live.districts import OFFICE, District, settle_in

RECEIVED_ON = date(2026, 11, 16)
SIGNED_AT = datetime(2026, 11, 23, 8, 40, tzinfo=ZONE)
DUE_ON = date(2026, 12, 7)
ISSUED = "2026-11-23T09:30"
OVERDUE = "2026-12-14T09:00"
LOOKED_AT_AGAIN = "2026-12-28T09:00"

LEAD, HELPER, STRANGER = "区住建局", "区财政局", "区市监局"
HEAD, ASSISTANT, OUTSIDER, COLLEAGUE = "head", "assistant", "outsider", "colleague"
DIGITS = "5678"
TITLES = (
    "厂区门前排水管网雨季返水，请协调改造",
    "兑现二期厂房建设补贴",
    "加快一期项目竣工验收",
    "高峰时段供电不稳定",
    "园区公交站点太远，职工上下班不便",
)


@dataclass(frozen=True)
class Told:
    """One matter of the story: where its pages are, and the code on its enterprise's own paper."""

    id: int
    number: str
    title: str
    enterprise: str
    slip_id: int
    slip_number: str
    code: str

    @property
    def page(self) -> str:
        return f"/matters/{self.id}"

    @property
    def slip(self) -> str:
        return f"/slips/{self.slip_id}"

    @property
    def window(self) -> str:
        return f"/follow/{self.code}"


@dataclass(frozen=True)
class Scene:
    """An instance folder with signed slips; the first is not issued, what follows its lead unit has signed for."""

    folder: Path
    matters: tuple[Told, ...]


def set_up(folder: Path) -> Scene:
    """Make the district in an instance folder."""
    district = District(folder)
    settle_in(district)
    with district.open():
        session = db.session()
        session.info["unaudited"] = True
        units = {name: session.scalars(select(Unit).where(Unit.short_name == name)).one() for name in UNITS}
        for username, name, unit in (
            (HEAD, "汪示局", LEAD),
            (ASSISTANT, "钱示助", HELPER),
            (OUTSIDER, "郑示旁", STRANGER),
        ):
            session.add(_account(Role.UNIT, username, name, unit_id=units[unit].id, heads_unit=username == HEAD))
        session.add(_account(Role.OFFICE, COLLEAGUE, "李示例"))
        leaders = session.scalars(select(Leader).order_by(Leader.position)).all()
        category = session.scalars(select(Category).where(Category.parent_code.is_not(None)).limit(1)).one()
        day = a_reception_day(
            day=RECEIVED_ON,
            state=DayState.CLOSED,
            slots=1,
            seats=len(TITLES),
            turns=[a_turn(leaders[0], post="区委书记")],
        )
        matters = [_matter(day, category, place) for place in range(len(TITLES))]
        session.add_all(matters)
        session.commit()
        told = tuple(_signed(session, it, leaders, units) for it in matters)
        clerk = Actor(0, "承办人", Role.UNIT, unit_id=units[LEAD].id)
        for it in told[1:]:
            slips.issue_slip(session, it.slip_id, actor=OFFICE, now=SIGNED_AT)
            slip_receipts.receive_slip(session, it.slip_id, actor=clerk, now=SIGNED_AT)
            session.commit()
        session.info.pop("unaudited")
    return Scene(folder, told)


UNITS = (LEAD, HELPER, STRANGER)


def _account(role: Role, username: str, name: str, **given: object) -> object:
    return an_account(role, username=username, display_name=name, password_hash=hasher.hash(PASSWORD), **given)


def _matter(day: object, category: Category, place: int) -> Matter:
    firm = an_enterprise(name=f"云山市安澜区{'甲乙丙丁戊'[place]}源示例新材料科技股份有限公司", credit_code=None)
    booking = a_booking(day, firm, seat=place, state=BookingState.FINISHED)  # type: ignore[arg-type]
    return a_matter(
        booking,
        category,
        number=f"2026-W{place:04}",
        state=MatterState.AWAITING_ASSIGNMENT,
        matter_class=MatterClass.A,
        title=TITLES[place],
        detail="雨天积水约三十厘米，货车不能进出，已影响交货。恳请协调有关部门尽快解决。",
    )


def _signed(session: Session, matter: Matter, leaders: list[Leader], units: dict[str, Unit]) -> Told:
    slip = slip_drafts.draft_slip(session, [matter.id], actor=OFFICE, now=SIGNED_AT)
    slips.number_slip(session, slip.id, actor=OFFICE, now=SIGNED_AT)
    order = SlipOrder(
        "请住建局牵头，财政局配合，限期解决，结果报我。",
        leaders[1].id,
        units[LEAD].id,
        (Helper(units[HELPER].id, date(2026, 11, 30)),),
        DUE_ON,
    )
    signer = Actor(0, leaders[0].name, Role.LEADER, leader_ids=frozenset({leaders[0].id}))
    slip_signing.sign_slip(session, slip.id, order, actor=signer, now=SIGNED_AT)
    session.commit()
    booking = session.get_one(Booking, matter.booking_id)
    assert booking.follow_code is not None
    assert slip.number is not None
    firm = matter.enterprise
    assert firm is not None
    return Told(matter.id, matter.number, matter.title, firm.name, slip.id, slip.number, booking.follow_code)
