"""The district the day is played in: registers, accounts for two of the office, a published day with two rooms."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from portal.domain.people import Role
from portal.services.sign_ins import hasher
from portal.store.extension import db
from portal.store.models.people import Leader
from portal.store.models.reception import Seat, Slot
from tests.browser.full_day.cast import Cast, Firm
from tests.browser.full_day.hands import Hands, Tally
from tests.browser.portals import Portal, looked_up, served
from tests.builders import PASSWORD, a_reception_day, a_turn, an_account
from tests.live.districts import District, settle_in

THE_DAY = date(2026, 12, 15)
BEFORE_IT = "2026-12-10T09:00"
ON_IT = f"{THE_DAY}T08:50"
SECOND = "office2"
LENGTH = timedelta(minutes=40)


@dataclass
class Stage:
    """Where the play goes on; `pictures` is a folder for pictures of the screens, if somebody wants to look at them."""

    browser: Browser
    folder: Path
    cast: Cast
    tally: Tally = field(default_factory=Tally)
    pictures: Path | None = None

    @contextmanager
    def served(self, at: str) -> Iterator[Portal]:
        """The portal at a moment; at the end no browser may have complained."""
        with served(self.browser, self.folder, at=at) as portal:
            yield portal

    def hands(self, portal: Portal, who: str | None) -> Hands:
        """Somebody at a screen of their own."""
        return Hands(portal.page(who), self.tally)

    def learn_codes(self) -> None:
        """What stands on the slips the enterprises bring along."""
        rows = looked_up(
            self.folder,
            "SELECT enterprise.name, booking.code, booking.id FROM booking"
            " JOIN enterprise ON enterprise.id = booking.enterprise_id",
        )
        known = {name: (code, booking_id) for name, code, booking_id in rows}
        for firm in self.cast.firms:
            if firm.name in known:
                code, booking_id = known[firm.name]
                firm.code, firm.booking_id = str(code), int(str(booking_id))

    def photograph(self, page: Page, name: str) -> None:
        """Keep a picture of a screen."""
        if self.pictures:
            page.screenshot(path=self.pictures / f"{name}.png")


def set_up(folder: Path, cast: Cast) -> None:
    """Make the district in an instance folder."""
    district = District(folder)
    settle_in(district)
    with district.open():
        session = db.session()
        session.info["unaudited"] = True
        leader = session.scalars(select(Leader).order_by(Leader.position)).first()
        assert leader is not None
        day = a_reception_day(day=THE_DAY, slots=0, turns=[a_turn(leader)], venue="区工商联")
        day.slots = [_slot(firm) for firm in cast.firms]
        session.add(day)
        session.add(
            an_account(Role.OFFICE, username=SECOND, display_name="记录员", password_hash=hasher.hash(PASSWORD))
        )
        session.commit()
        session.info.pop("unaudited")


def _slot(firm: Firm) -> Slot:
    begins = datetime.combine(THE_DAY, time.fromisoformat(firm.starts_at))
    return Slot(starts_at=begins.time(), ends_at=(begins + LENGTH).time(), room=firm.room, seats=[Seat(number=1)])
