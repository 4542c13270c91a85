"""`./manage bench handling_pages`: the pages of handling over 100,000 matters in every state: processor time and statements each."""

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select, update

from portal import clock
from portal.domain.people import Role
from portal.store.extension import db
from portal.store.models.matters import Matter
from portal.store.models.people import Account, AccountLeader
from tests.bench.report import lined_up, machine
from tests.builders import PASSWORD
from tests.handled_ledger import a_handled_ledger
from tests.live.districts import District, settle_in
from tests.servers import postgres

MATTERS, DAYS, UNITS = 100_000, 300, 40
ROUNDS = 5
HEAD = ("引擎", "页面", "地址", "状态", "语句", "CPU 毫秒（中位）", "最多", "KB")
YEAR = "from=2026-01-01&until=2026-12-31"
EVERYTHING = "from=2000-01-01&until=2099-12-31"


@dataclass(frozen=True)
class PageFigure:
    """What one page cost."""

    engine: str
    page: str
    address: str
    status: int
    statements: int
    cpu_ms: float
    most_ms: float
    kilobytes: float


def handling_pages(*, matters: int = MATTERS, engines: Sequence[str]) -> list[PageFigure]:
    """Every page on each engine, in one process: the program's own time, with SQLite the database's too."""
    return [figure for engine in engines for figure in _on(engine, matters)]


def _on(engine: str, matters: int) -> list[PageFigure]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-handling-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres()) if engine == "postgresql" else None
        district = District(folder / "instance", server.url("postgres") if server else None)
        settle_in(district)
        app = stack.enter_context(district.open())
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        session = db.session()
        session.info["unaudited"] = True
        ledger = a_handled_ledger(session, matters, today=clock.today(), days=DAYS, units=UNITS)
        _put_in_charge(ledger.units[0], ledger.officials[0])
        session.connection().exec_driver_sql("ANALYZE")  # as the portal does every day, and PostgreSQL by itself
        session.commit()
        print(f"{engine}：{matters} 项已备好", file=sys.stderr, flush=True)
        one = session.scalar(
            select(func.max(Matter.id)).where(Matter.lead_unit_id == ledger.units[0], Matter.state == "handling")
        )
        db.session.remove()
        return [_measured(app, engine, role, page, address) for role, page, address in _pages(one or 0)]


def _put_in_charge(unit_id: int, leader_id: int) -> None:
    """The accounts of unit and leader are those of somebody who has much to do."""
    session = db.session()
    session.execute(update(Account).where(Account.role == Role.UNIT).values(unit_id=unit_id, heads_unit=True))
    for account in session.scalars(select(Account).where(Account.role == Role.LEADER)):
        session.add(AccountLeader(account_id=account.id, leader_id=leader_id))
    session.commit()


def _pages(one: int) -> list[tuple[Role, str, str]]:
    return [
        (Role.OFFICE, "工作台（办公室）", "/"),
        (Role.LEADER, "工作台（领导）", "/"),
        (Role.UNIT, "工作台（单位）", "/"),
        (Role.SUPERVISOR, "工作台（督查室）", "/"),
        (Role.UNIT, "单位待办", "/matters/mine"),
        (Role.UNIT, "事项", f"/matters/{one}"),
        (Role.OFFICE, "诉求列表", "/matters/"),
        (Role.UNIT, "诉求列表（单位）", "/matters/"),
        (Role.LEADER, "诉求列表（领导）", "/matters/"),
        (Role.OFFICE, "逾期的诉求", "/matters/?overdue=1"),
        (Role.OFFICE, "台账", "/ledger/"),
        (Role.OFFICE, "交办单列表", "/slips/"),
        (Role.OFFICE, "办理情况（一年）", f"/statistics/handling?{YEAR}"),
        (Role.UNIT, "办理情况（一年，单位）", f"/statistics/handling?{YEAR}"),
        (Role.OFFICE, "办理情况（全部年份）", f"/statistics/handling?{EVERYTHING}"),
        (Role.OFFICE, "按时办结的一年", "/matters/?due_from=2026-01-01&due_until=2026-12-31&counted=handed_in_time"),
        (Role.OFFICE, "统计（一年）", f"/statistics/?{YEAR}"),
    ]


def _measured(app: Flask, engine: str, role: Role, page: str, address: str) -> PageFigure:
    browser = _signed_in(app, role)
    answer = browser.get(address)
    spent, statements = [], 0
    for _ in range(ROUNDS):
        with _counted() as seen:
            begun = time.process_time()
            answer = browser.get(address)
            spent.append((time.process_time() - begun) * 1000)
        statements = len(seen)
    size = len(answer.data) / 1024
    return PageFigure(
        engine, page, address, answer.status_code, statements, statistics.median(spent), max(spent), size
    )  # fmt: skip


def _signed_in(app: Flask, role: Role) -> FlaskClient:
    browser = app.test_client()
    browser.post("/login", data={"username": role.value, "password": PASSWORD})
    return browser


@contextmanager
def _counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def as_json(figures: Sequence[PageFigure]) -> str:
    """Everything, for machines."""
    told = {"machine": machine(), "handling_pages": [asdict(it) for it in figures]}
    return json.dumps(told, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[PageFigure]) -> str:
    """One line a page."""
    rows = [
        (it.engine, it.page, it.address, str(it.status), str(it.statements), f"{it.cpu_ms:.0f}", f"{it.most_ms:.0f}",
         f"{it.kilobytes:.0f}")
        for it in figures
    ]  # fmt: skip
    return "\n".join([*lined_up([HEAD, *rows], left=(0, 1, 2)), "", machine()])
