"""What units hear of a matter in their hands when somebody else has decided something about it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.matter_course import MatterAct
from portal.domain.people import Role
from portal.services.messages import accounts_in_role, accounts_of_units, tell
from portal.store.models.matters import Matter

HEARD = frozenset(
    {
        MatterAct.UPHOLD,
        MatterAct.DISMISS,
        MatterAct.SUSPEND,
        MatterAct.RESUME,
        MatterAct.HOLD,
        MatterAct.TAKE_OFF_HOLD,
        MatterAct.CONTEST,
        MatterAct.FAIL_REVIEW,
        MatterAct.APPROVE,
        MatterAct.REFUSE_CLOSING,
        MatterAct.REOPEN,
        MatterAct.INSTRUCT_ANEW,
        MatterAct.WITHDRAW,
    }
)
"""Acts of others that change what the units have to do."""


def act_is_done(session: Session, matter: Matter, units: Collection[int], act: MatterAct, *, now: datetime) -> None:
    """Everybody in the units on the slip is told once of each of these acts."""
    if act in HEARD:
        units_hear(session, matter, units, act.value, f"{act.label}：{matter.title}", now=now)


def units_hear(
    session: Session, matter: Matter, units: Collection[int], word: str, subject: str, body: str = "", *, now: datetime
) -> None:
    """The people of some units get a message with the link to the matter."""
    _tell(session, matter, accounts_of_units(session, units), word, subject, body, now=now)


def office_hears(session: Session, matter: Matter, word: str, subject: str, body: str = "", *, now: datetime) -> None:
    """The office is asked for a decision."""
    _tell(session, matter, accounts_in_role(session, Role.OFFICE), word, subject, body, now=now)


def _tell(
    session: Session, matter: Matter, accounts: list[int], word: str, subject: str, body: str, *, now: datetime
) -> None:
    key = f"matter-{word}:{matter.id}:{matter.version}"
    tell(session, accounts, key, subject[:120], body=body, url=f"/matters/{matter.id}", now=now)
