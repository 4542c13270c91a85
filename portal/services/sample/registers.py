"""The registers of the sample district: rules, units, leaders, categories, enterprises, accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.matters import starter_categories
from portal.domain.people import Actor, Role
from portal.services.categories import set_usual_units
from portal.services.initials import initials
from portal.services.sample.enterprises import enterprises
from portal.services.sample.matters import MATTERS
from portal.services.sample.people import FEDERATION, LEADERS, UNITS
from portal.services.sign_ins import hasher
from portal.store.audit_trail import record
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Account, AccountLeader, Leader, Portfolio, Post, Unit

RULES = {
    "city": "云山市",
    "district": "安澜区",
    "federation": FEDERATION,
    "office_contact": "0830-4291234",
    "complaint_phone": "0830-4291239",
    "slip_organ": "安民接交",
    "sample": True,
}

ACCOUNTS = (
    ("office", "工商联办公室", Role.OFFICE),
    ("leader", "", Role.LEADER),
    ("secretary", "联络员（示例）", Role.SECRETARY),
    ("unit", "区住建局", Role.UNIT),
    ("unit_head", "区住建局负责人", Role.UNIT),
    ("supervisor", "区政府督查室", Role.SUPERVISOR),
    ("auditor", "审计管理员", Role.AUDITOR),
    ("security", "安全管理员", Role.SECURITY),
    ("system", "系统管理员", Role.SYSTEM),
)
UNIT_ACCOUNT, UNIT_HEAD = "区住建局", "unit_head"
OFFICE = Actor(0, "工商联办公室", Role.OFFICE)


@dataclass(frozen=True, slots=True)
class Registers:
    """What the rest of the sample refers to."""

    leaders: tuple[Leader, ...]
    units: Mapping[str, Unit]
    enterprises: tuple[Enterprise, ...]
    categories: Mapping[str, str]


def set_up_registers(session: Session, *, today: date, now: datetime) -> Registers:
    """Make the registers as they would stand today after a year of keeping them; they were entered at `now`."""
    actor = Actor.system()
    for name, value in RULES.items():
        setting = OfficeSetting(name=name, value=value)
        session.add(setting)
        record(session, actor, now, "setting_changed", setting, summary=f"示例数据：工作设置 {name}")
    units = {}
    for position, (name, short, kind) in enumerate(UNITS, start=1):
        unit = Unit(name=name, short_name=short, kind=kind, initials=initials(short), position=position)
        session.add(unit)
        record(session, actor, now, "unit_added", unit, summary=f"示例数据：单位 {short}")
        units[short] = unit
    leaders = tuple(_leader(session, number, today=today, actor=actor, now=now) for number in range(len(LEADERS)))
    codes = {}
    for position, entry in enumerate(starter_categories(), start=1):
        category = Category(code=entry.code, name=entry.name, parent_code=entry.parent, position=position)
        session.add(category)
        session.flush()
        record(session, actor, now, "category_added", category, summary=f"示例数据：类别 {entry.name}")
        codes[entry.name] = entry.code
    _say_usual_units(session, units, codes, now=now)
    firms = []
    for firm in enterprises():
        enterprise = Enterprise(**firm._asdict(), initials=initials(firm.name), is_private=True)
        session.add(enterprise)
        record(session, actor, now, "enterprise_added", enterprise, summary=f"示例数据：企业 {firm.name}")
        firms.append(enterprise)
    session.flush()
    return Registers(leaders, units, tuple(firms), codes)


def _say_usual_units(session: Session, units: Mapping[str, Unit], codes: Mapping[str, str], *, now: datetime) -> None:
    """For each category that is heard of, the units that handle it (NX-06); two categories are left to the office's own choice."""
    session.flush()
    for it in MATTERS[:-2]:
        names = (it.lead_unit, *it.assisting[:1])
        set_usual_units(session, codes[it.category], [units[name].id for name in names], actor=OFFICE, now=now)


def _leader(session: Session, number: int, *, today: date, actor: Actor, now: datetime) -> Leader:
    """A leader in service for two years; some took up the present post at the start of this year."""
    it = LEADERS[number]
    since, this_year = today.replace(month=1, day=1) - timedelta(days=730), today.replace(month=1, day=1)
    posts = [Post(title=it.post, starts_on=since)]
    if it.earlier_post:
        posts = [
            Post(title=it.earlier_post, starts_on=since, ends_on=this_year - timedelta(days=1)),
            Post(title=it.post, starts_on=this_year),
        ]
    leader = Leader(
        name=it.name,
        initials=initials(it.name, surname_first=True),
        position=number + 1,
        serves_from=since,
        posts=posts,
        portfolios=[Portfolio(field=field, starts_on=since) for field in it.fields],
    )
    session.add(leader)
    record(session, actor, now, "leader_added", leader, summary=f"示例数据：领导 {it.name}")
    return leader


def open_accounts(
    session: Session, registers: Registers, leader_on_duty: Leader, *, password: str, now: datetime, opened: datetime
) -> None:
    """One account a role, and one of the head of the unit, opened a year ago with a password set now.

    The leader's is the one on duty at the next reception day, whom the secretary serves.
    """
    actor, hashed = Actor.system(), hasher.hash(password)
    for username, name, role in ACCOUNTS:
        serves = [AccountLeader(leader_id=leader_on_duty.id)] if role in (Role.LEADER, Role.SECRETARY) else []
        account = Account(
            username=username,
            display_name=name or leader_on_duty.name,
            password_hash=hashed,
            role=role,
            state=AccountState.ACTIVE,
            unit_id=registers.units[UNIT_ACCOUNT].id if role is Role.UNIT else None,
            heads_unit=username == UNIT_HEAD,
            created_at=opened,
            password_changed_at=now,
            serves=serves,
        )
        session.add(account)
        record(session, actor, opened, "account_added", account, summary=f"示例数据：账号 {username}（{role.label}）")
    session.flush()
