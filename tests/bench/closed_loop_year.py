"""`./manage bench closed_loop_year`: five hundred matters through a year of random acts, with due work killed again and again."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from random import Random
from statistics import median

from flask_migrate import upgrade

from portal import clock
from portal.app import create_app
from portal.cli.migrating import know_migrations
from portal.clock import ZONE
from portal.config import load_settings
from portal.services.sample.registers import open_accounts, set_up_registers
from portal.store.extension import db, read, transaction
from tests.bench import loop_checks as checks
from tests.bench.loop_chasing import Chase
from tests.bench.loop_days import ONE
from tests.bench.loop_play import EVENING, MORNING, Play
from tests.bench.report import lined_up, machine
from tests.builders import PASSWORD
from tests.live.loop_worker import HELD, READY
from tests.live.processes import ROOT, environment
from tests.postboxes import Postbox, a_postbox
from tests.servers import postgres

MATTERS, SEED = 500, 20250106
FIRST, LAST, AFTERWARDS = date(2025, 1, 6), date(2025, 12, 31), 45
"""A year whose working days and the next year's are published; afterwards so many working days in which nobody does anything."""

RECEPTIONS_UNTIL = date(2025, 10, 20)
CALENDAR_CHANGES = {
    date(2025, 3, 10): (date(2025, 3, 31), date(2025, 3, 29)),
    date(2025, 6, 16): (date(2025, 7, 7), date(2025, 7, 5)),
    date(2025, 9, 1): (date(2025, 9, 19), date(2025, 9, 20)),
}
"""On a Monday the government gives a day off, and makes it up on a Saturday."""

LEASE_OVER = timedelta(minutes=3)
HEAD = ("引擎", "事项", "天", "轮", "断电", "办理", "被拒绝", "提醒应有", "邮件", "重发", "审计行", "不符", "秒")


@dataclass
class YearFigure:
    """What came of a year; `wrong` holds every check that does not hold."""

    engine: str
    matters: int
    seed: int
    days: int = 0
    rounds: int = 0
    kills: int = 0
    acts: int = 0
    refused: int = 0
    reminders: int = 0
    letters: int = 0
    again: int = 0
    audit_lines: int = 0
    cpu_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def years(*, matters: int, seed: int, kills: int, engines: Sequence[str], last: date = LAST) -> list[YearFigure]:
    """A year on each engine, or its beginning up to the `last` day."""
    return [_year(engine, matters, seed, kills, last) for engine in engines]


class _Worker:
    """A process that does due work when told, and is killed in the middle of it when chance says so."""

    def __init__(self, env: dict[str, str], log: Path, chance: Random, kills: int, rounds: int) -> None:
        self._env, self._log, self._chance = env, log, chance
        self._kill_in = set(chance.sample(range(rounds), min(kills, rounds)))
        self._took = 0.1
        self.cpu_ms: list[int] = []
        self._process: subprocess.Popen[str] | None = None
        self.kills = self.rounds = 0
        self.trouble: list[str] = []

    def round(self, now: datetime) -> None:
        """Due work of a moment, begun again after every kill until it is done."""
        running = now
        while True:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{now.isoformat()} {running.isoformat()}\n")
            process.stdin.flush()
            began = time.monotonic()
            if self.rounds in self._kill_in:
                self._kill_in.discard(self.rounds)
                time.sleep(self._chance.uniform(0, 1.3 * self._took))
                self.kill()
                self.kills += 1
                running += LEASE_OVER
                continue
            said = process.stdout.readline()
            self._took = 0.8 * self._took + 0.2 * (time.monotonic() - began)
            if not said.startswith("done"):
                self.trouble.append(f"{now:%Y-%m-%d %H:%M} 到期的工作没有做成：{said.strip() or '进程意外结束'}")
                if said.strip() != HELD:
                    self.kill()
                return
            self.cpu_ms.append(int(said.split()[4]))
            if said.split()[3] != "0":
                self.trouble.append(f"{now:%Y-%m-%d %H:%M} 有任务失败：{said.strip()}")
            self.rounds += 1
            return

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.live.loop_worker"], cwd=ROOT, env=self._env, text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                )  # fmt: skip
            assert self._process.stdout is not None
            said = self._process.stdout.readline().strip()
            assert said == READY, self._log.read_text(encoding="utf-8")[-2000:]
        return self._process


def _year(engine: str, matters: int, seed: int, kills: int, last: date) -> YearFigure:
    figure, begun, chance = YearFigure(engine, matters, seed), time.perf_counter(), Random(seed)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-year-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres(durable=True)) if engine == "postgresql" else None
        url = server.url("postgres") if server else None
        given = {"instance": folder / "instance", "database_url": url, "sample": False, "today": f"{FIRST}T08:00"}
        app = create_app(load_settings(**given))
        know_migrations(app)
        stack.callback(clock.stand_at, None)
        stack.enter_context(app.app_context())
        stack.callback(_close)
        upgrade()
        with transaction() as session:
            registers = set_up_registers(session, today=FIRST, now=clock.now())
            open_accounts(
                session, registers, registers.leaders[0], password=PASSWORD, opened=clock.now(), now=clock.now()
            )
        box = stack.enter_context(a_postbox())
        play = Play(chance, today=FIRST)
        play.settle()
        env = environment(**given | {"sample": 0, "smtp_url": box.url, "mail_from": "portal@example.gov.cn"})
        rounds = round(1.7 * (last - FIRST).days) + AFTERWARDS
        worker = _Worker(env, folder / "worker.log", Random(seed + 1), kills, rounds)
        stack.callback(worker.kill)
        reminded = checks.Reminded()
        _play_year(play, worker, reminded, matters, figure, last)
        _wind_down(play, worker, reminded, figure, last)
        _judge(play, worker, reminded, box, figure)
    figure.seconds = time.perf_counter() - begun
    return figure


def _play_year(
    play: Play, worker: _Worker, reminded: checks.Reminded, matters: int, figure: YearFigure, last: date
) -> None:
    receptions, chase = _receptions(play, last), Chase(play)
    shares = [matters // len(receptions) + (it < matters % len(receptions)) for it in range(len(receptions))]
    day = FIRST
    while day <= last:
        _round(play, worker, reminded, day, MORNING)
        if play.days.works(day):
            play.today = day
            clock.stand_at(datetime.combine(day, MORNING, ZONE))
            if day in CALENDAR_CHANGES:
                play.change_calendar(*CALENDAR_CHANGES[day])
            if day in receptions:
                play.receive(shares[receptions.index(day)])
            if play.chance.random() < 0.05:
                play.go_away()
            play.work()
            chase.work()
            if day.weekday() == 4:
                read().rollback()
                figure.wrong += checks.deadlines(play, day) if not figure.wrong else []
                _tell(figure, day, play, worker)
            _round(play, worker, reminded, day, EVENING)
        figure.days += 1
        day += ONE


def _receptions(play: Play, last: date) -> list[date]:
    """Two a month, on working days."""
    wanted = [date(2025, month, day) for month in range(1, 11) for day in (8, 20)]
    return [it for it in (play.days.first(day) for day in wanted) if FIRST <= it <= min(RECEPTIONS_UNTIL, last)]


def _wind_down(play: Play, worker: _Worker, reminded: checks.Reminded, figure: YearFigure, last: date) -> None:
    """Everything that waits for a slip gets one; then nobody does anything, and every clock runs out in the open."""
    play.winding_down, day = True, play.days.first(last + ONE)
    for _ in range(10):
        play.today = day
        for play.hour in (10, 14):
            for matter_id in list(play.kept):
                if play._state(matter_id).value == "awaiting_assignment":
                    play.act_on(matter_id)
        _round(play, worker, reminded, day, EVENING)
        day = play.days.on(day, 1)
        figure.days += 1
    play.today = day
    for _ in range(AFTERWARDS):
        _round(play, worker, reminded, day, MORNING)
        day = play.days.on(day, 1)
        figure.days += 1
    play.today = day


def _round(play: Play, worker: _Worker, reminded: checks.Reminded, day: date, at: object) -> None:
    read().rollback()
    reminded.note(play, day)
    read().rollback()
    worker.round(datetime.combine(day, at, ZONE))  # type: ignore[arg-type]


def _judge(play: Play, worker: _Worker, reminded: checks.Reminded, box: Postbox, figure: YearFigure) -> None:
    read().rollback()
    figure.states, lost = checks.states(play.today)
    figure.audit_lines, broken = checks.audit()
    figure.wrong += [
        *worker.trouble,
        *play.mistakes,
        *lost,
        *broken,
        *checks.deadlines(play, "年末"),
        *reminded.wrong(),
    ]
    figure.wrong += [
        *checks.closings(),
        *checks.slips_in_step(),
        *checks.doubles(),
        *checks.at_night(),
        *checks.beside(play),
    ]
    figure.letters, figure.again, wrong = _letters(box.taken, worker.kills)
    figure.wrong += wrong
    if len(play.kept) != figure.matters:
        figure.wrong.append(f"只收到 {len(play.kept)} 件事项")
    if left := checks.mails_left():
        figure.wrong.append(f"还有 {left} 封邮件没有发出")
    figure.kills, figure.rounds, figure.reminders = worker.kills, worker.rounds, len(reminded.wanted)
    figure.cpu_ms = _by_quarter(worker.cpu_ms)
    figure.acts, figure.refused = sum(play.done.values()), sum(play.refused.values())
    figure.done, figure.refusals = dict(play.done.most_common()), dict(play.refused.most_common())


def _letters(taken: Sequence[EmailMessage], kills: int) -> tuple[int, int, list[str]]:
    """Letters taken, those taken again after a kill, and what is wrong: more of these than kills, or a message that never came."""
    seen: set[str] = set()
    again = 0
    for letter in taken:
        ids = set(re.findall(r"\d+", letter["Message-ID"].partition("messages-")[2].rpartition("-")[0]))
        again += bool(ids & seen)
        seen |= ids
    return len(taken), again, [f"重发 {again} 封，多于断电次数"] if again > kills else []


def _by_quarter(cpu_ms: Sequence[int]) -> list[float]:
    """The median of what a round cost, in each quarter of the rounds: it must not grow with what has been closed."""
    size = len(cpu_ms) // 4 or 1
    return [median(cpu_ms[start : start + size]) for start in range(0, size * 4, size) if cpu_ms[start:]]


def _tell(figure: YearFigure, day: date, play: Play, worker: _Worker) -> None:
    print(
        f"{figure.engine}：{day} 已办 {sum(play.done.values())} 步，拒绝 {sum(play.refused.values())} 步，"
        f"断电 {worker.kills} 次，近十轮每轮处理器 {median(worker.cpu_ms[-10:]):.0f} 毫秒"
        f"{'，已有不符' if figure.wrong else ''}",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def _close() -> None:
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


def as_json(figures: Sequence[YearFigure]) -> str:
    """Everything, for machines."""
    return json.dumps({"machine": machine(), "years": [asdict(it) for it in figures]}, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[YearFigure]) -> str:
    """One table, where the matters ended, what was done, and below what does not hold."""
    rows = [
        (
            it.engine, str(it.matters), str(it.days), str(it.rounds), str(it.kills), str(it.acts), str(it.refused),
            str(it.reminders), str(it.letters), str(it.again), str(it.audit_lines), str(len(it.wrong)) or "0",
            f"{it.seconds:.0f}",
        )
        for it in figures
    ]  # fmt: skip
    more = []
    for it in figures:
        more += [f"{it.engine} 年末：" + "，".join(f"{state} {number}" for state, number in it.states.items())]
        more += ["  每轮处理器毫秒（中位数，按轮次四等分）：" + "、".join(f"{cost:.0f}" for cost in it.cpu_ms)]
        more += ["  办理：" + "，".join(f"{name} {number}" for name, number in it.done.items())]
        more += ["  拒绝：" + "，".join(f"{name} {number}" for name, number in it.refusals.items())]
        more += [f"  ✗ {wrong}" for wrong in it.wrong] or [
            "  ✓ 时限、提醒、状态、销号程序、交办单、催办督办、配合、回访、回头看、审计链全部相符"
        ]
    return "\n".join([*lined_up([HEAD, *rows], left=(0,)), "", *more, machine()])
