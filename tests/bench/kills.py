"""`./manage bench kill`: the power fails again and again during five hundred bookings, on both engines."""

import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.report import lined_up, machine
from tests.live.districts import District, settle_in
from tests.live.kills import Morning, with_kills
from tests.servers import postgres

BOOKINGS = 500
SLIPS, ACTS = 40, 30
HEAD = ("引擎", "登记", "交办单", "占位、候补等", "断电次数", "断电时未答复", "已答复而丢失", "完整", "秒")


@dataclass
class KillFigure:
    """What came of a morning; `whole` tells whether everything that was confirmed was there after every kill."""

    engine: str
    bookings: int
    slips: int
    acts: int
    kills: int
    unanswered: int = 0
    whole: bool = False
    seconds: float = 0.0
    wrong: str = ""


def kills(*, bookings: int = BOOKINGS, times: int, engines: Sequence[str]) -> list[KillFigure]:
    """A morning on each engine; one that ends wrong does not end the other."""
    return [_morning(engine, bookings, times) for engine in engines]


def _morning(engine: str, bookings: int, times: int) -> KillFigure:
    figure, begun = KillFigure(engine, bookings, SLIPS, ACTS, times), time.perf_counter()
    answers = range(bookings // (2 * times) + 1, bookings // times + 2)

    def told(morning: Morning, kill: int) -> None:
        done, open_ = len(morning.confirmed), len(morning.open())
        print(f"{engine}：第 {kill} 次断电后完好，已确认 {done} 件，还有 {open_} 件", file=sys.stderr, flush=True)

    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-kill-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres(durable=True)) if engine == "postgresql" else None
        district = District(folder / "instance", server.url("postgres") if server else None)
        settle_in(district)
        chance = random.Random(20261122)
        try:
            morning = with_kills(
                district, each=bookings, slips=SLIPS, acts=ACTS, kills=times, answers=answers, chance=chance, told=told
            )
        except AssertionError as wrong:
            figure.wrong = str(wrong)[:2000]
        else:
            figure.unanswered, figure.whole = len(morning.unanswered), True
    figure.seconds = time.perf_counter() - begun
    return figure


def as_json(figures: Sequence[KillFigure]) -> str:
    """Everything, for machines."""
    return json.dumps({"machine": machine(), "kills": [asdict(it) for it in figures]}, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[KillFigure]) -> str:
    """One table, and below it what went wrong."""
    rows = [
        (
            it.engine, str(it.bookings), str(it.slips), str(it.acts * 3), str(it.kills), str(it.unanswered),
            "0" if it.whole else "?", "✓" if it.whole else "✗", f"{it.seconds:.0f}",
        )
        for it in figures
    ]  # fmt: skip
    return "\n".join([*lined_up([HEAD, *rows], left=(0,)), "", *(it.wrong for it in figures if it.wrong), machine()])
