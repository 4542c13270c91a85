"""One of several processes that issue slips: `python -m tests.live.number_worker SHARE OF`; told its portal by PORTAL_ settings.

It takes the slips of its share one act after another, each act a transaction, and goes on where a killed one stopped.
"""

import random
import sys
import time

from sqlalchemy import select

from portal import clock
from portal.app import create_app
from portal.config import load_settings
from portal.domain.errors import Busy
from portal.domain.people import Actor, Role
from portal.domain.slips import SlipState
from portal.services import slip_signing, slips
from portal.services.slip_orders import SlipOrder
from portal.store.extension import db, read, transaction
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from tests.live.districts import OFFICE

BUSY, READY = "busy", "ready {}"
OPEN = (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.SIGNED)


def main(share: int, of: int) -> None:
    """Number, sign and issue every slip of the share."""
    app = create_app(load_settings())
    with app.app_context():
        print(READY.format(share), flush=True)
        unit = read().scalars(select(Unit.id).order_by(Unit.id).limit(1)).one()
        mine = read().execute(
            select(Slip.id, Slip.signer_id).where(Slip.id % of == share, Slip.state.in_(OPEN)).order_by(Slip.id)
        )
        for slip_id, signer_id in mine.all():
            db.session.remove()
            while _tried(slip_id, signer_id, unit):
                pass


def _tried(slip_id: int, signer_id: int, unit: int) -> bool:
    """One act, and the same again when the portal says that it is busy, as a person would press once more."""
    while True:
        try:
            return _next_act(slip_id, signer_id, unit)
        except Busy:
            print(BUSY, flush=True)
            time.sleep(random.uniform(0.05, 0.5))


def _next_act(slip_id: int, signer_id: int, unit: int) -> bool:
    """Carry a slip one step on; False when it is issued."""
    with transaction() as session:
        slip, now = session.get_one(Slip, slip_id), clock.now()
        if slip.state is SlipState.DRAFT:
            slips.number_slip(session, slip_id, actor=OFFICE, now=now)
        elif slip.state is SlipState.AWAITING_SIGNATURE:
            leader = Actor(2, "主接待", Role.LEADER, leader_ids=frozenset({signer_id}))
            order = SlipOrder("请抓紧办理。", signer_id, unit, due_on=slip.due_on)
            slip_signing.sign_slip(session, slip_id, order, actor=leader, now=now)
        elif slip.state is SlipState.SIGNED:
            slips.issue_slip(session, slip_id, actor=OFFICE, now=now)
        else:
            return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
