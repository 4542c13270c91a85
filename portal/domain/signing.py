"""How a slip came to be signed; each way is recorded for what it is and claims no more (domain 7.3, 11.15)."""

from portal.domain.labelled import Labelled
from portal.domain.slips import SlipState


class SignedHow(Labelled):
    """The way a leader signed."""

    HAND = "hand", "纸面手写"
    SCREEN = "screen", "系统内签批"


SIGNED_STATES = (SlipState.SIGNED, SlipState.ISSUED, SlipState.RECEIVED)
ISSUED_STATES = (SlipState.ISSUED, SlipState.RECEIVED)
NUMBERED_STATES = (SlipState.AWAITING_SIGNATURE, *SIGNED_STATES)
