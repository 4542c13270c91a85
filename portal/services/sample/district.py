"""A whole invented district with a year behind it and a year ahead, made by the very services the office uses."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from portal.services.sample.registers import open_accounts, set_up_registers


def load_district(session: Session, *, now: datetime, password: str | None = None) -> str:
    """Fill an empty database; the same day gives the same district. Answers the password of its accounts."""
    password = password or f"Anlan-{secrets.token_hex(4)}"
    registers = set_up_registers(session, now=now)
    open_accounts(session, registers, registers.leaders[0], password=password, now=now)
    return password
