"""How the units of the sample district sign for their slips: most at once, some late, some on paper, some not at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.people import Actor, Role
from portal.domain.receipts import PaperReceipt
from portal.services import paper_receipts, slip_receipts
from portal.services.sample.people import person
from portal.services.slip_receipts import Handler
from portal.store.models.people import Unit
from portal.store.models.slips import Slip

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
LATE, ON_PAPER, ONLY_READ = 5, 6, 3
"""Every so many slips: signed for days later, on paper, or only read so far."""

LATELY = timedelta(days=100)
"""What is older was signed for in the end, whoever had to be asked for it."""


def sign_for(session: Session, slip: Slip, units: Sequence[Unit], *, issued: datetime, now: datetime) -> None:
    """Let each unit do what it does with a slip that was issued some time ago."""
    morning = (issued + timedelta(days=1)).replace(hour=9, minute=0)
    for place, unit in enumerate(units):
        clerk = Actor(0, unit.short_name, Role.UNIT, unit_id=unit.id)
        at = min(morning + timedelta(minutes=11 * place), now - timedelta(minutes=30))
        number = slip.id + place
        if number % ON_PAPER == 0:
            given = PaperReceipt(slip.id, unit.id, person(number), issued.date())
            paper_receipts.enter_receipts(session, [given], actor=OFFICE, now=max(at, issued))
            continue
        slip_receipts.read_slip(session, slip.id, actor=clerk, now=at - timedelta(minutes=5))
        if number % ONLY_READ == 0 and now - issued < LATELY:
            continue
        if number % LATE == 0:
            at = min(at + timedelta(days=6), now - timedelta(minutes=20))
        slip_receipts.receive_slip(session, slip.id, actor=clerk, now=at)
        if number % 2 == 0:
            later = min(at + timedelta(minutes=25), now - timedelta(minutes=10))
            slip_receipts.hand_on(session, slip.id, Handler(person(number + 40)), actor=clerk, now=later)
