"""A whole invented district with a year behind it and a year ahead, made by the very services the office uses."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.services.sample.closings import close_matters
from portal.services.sample.duty_life import change_duty, let_another_sign
from portal.services.sample.furniture import furnish
from portal.services.sample.handling import work_on_matters
from portal.services.sample.history import beginning, live_two_years
from portal.services.sample.issuing import main_receiver_id
from portal.services.sample.meetings import meet
from portal.services.sample.papers import urge_units
from portal.services.sample.registers import UNIT_ACCOUNT, open_accounts, set_up_registers
from portal.services.sample.studies import join, study
from portal.services.sample.voices import speak
from portal.services.signing_keys import make_office_keys
from portal.store.audit_trail import tell_in_order
from portal.store.models.messages import Message
from portal.store.models.people import Account, Leader, Unit

NEWS = timedelta(days=7)
"""What was told before has been read by everybody."""


def load_district(session: Session, uploads: Path, *, now: datetime, password: str | None = None) -> str:
    """Fill an empty database; the same day gives the same district. Answers the password of its accounts.

    `uploads` is where files that people handed in lie.
    The story is told day by day and person by person; the audit trail has its acts in the order of their time.

    Raises RuleBroken when anything is there already: sample data never mix with real ones.
    """
    if session.scalar(select(Account.id).limit(1)) or session.scalar(select(Unit.id).limit(1)):
        raise RuleBroken("数据库里已有数据，示例数据只能载入空的数据库。")
    password = password or f"Anlan-{secrets.token_hex(4)}"
    opened = beginning(now.date()) - timedelta(hours=1)
    registers = set_up_registers(session, today=now.date(), now=opened)
    furnish(session, registers, now=opened)
    make_office_keys(session, now=opened)
    coming = live_two_years(session, registers, now=now)
    on_duty = session.get_one(Leader, main_receiver_id(session, coming))
    open_accounts(session, registers, on_duty, password=password, now=now, opened=opened)
    change_duty(session, now=now)
    let_another_sign(session, registers, on_duty, now=now)
    urge_units(session, registers.units[UNIT_ACCOUNT].id, on_duty.id, now=now)
    work_on_matters(session, registers.units[UNIT_ACCOUNT].id, on_duty.id, now=now)
    close_matters(session, uploads, registers.units[UNIT_ACCOUNT].id, on_duty.id, now=now)
    meet(session, registers.units[UNIT_ACCOUNT].id, on_duty.id, now=now)
    speak(session, now=now)
    study(session, registers.units[UNIT_ACCOUNT].id, now=now)
    join(session, registers.units[UNIT_ACCOUNT].id, now=now)
    session.execute(
        update(Message).where(Message.made_at < now - NEWS, Message.read_at.is_(None)).values(read_at=now - NEWS)
    )
    tell_in_order(session)
    return password
