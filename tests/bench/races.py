"""`./manage bench races`: many at once through every entrance, on both engines, over HTTP to two processes and by command."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.measure import p95
from tests.bench.report import lined_up, machine
from tests.live.districts import District, settle_in
from tests.live.entrances import (
    ENTRANCES,
    Outcome,
    Scene,
    must_be_exactly,
    must_have_a_whole_chain,
    one_form,
    scene,
)
from tests.servers import postgres

ENGINES = ("sqlite", "postgresql")
PLACES = (1, 4)
"""How many places there are, in turn."""

COMMANDS = 3
WORDS = {
    "page": "预约页", "hold": "先占位再登记", "offer": "候补名额：接受与登记同抢", "move": "改约", "walk_in": "现场",
    "import": "表格导入", "command": "命令导入", "all": "登记、改约、导入同抢", "one_form": "同一张表单反复提交",
}  # fmt: skip
HEAD = (
    "入口 entrance",
    "引擎",
    "轮",
    "每轮人数",
    "得到",
    "被拒",
    "5xx",
    "其他",
    "恰好的轮",
    "次/秒",
    "p50 ms",
    "p95 ms",
)


@dataclass
class RaceFigure:
    """What came of all rounds through one entrance on one engine; `exact` counts the rounds that ended as they must."""

    entrance: str
    engine: str
    attempts: int
    rounds: int = 0
    booked: int = 0
    refused: int = 0
    broken: int = 0
    other: int = 0
    exact: int = 0
    per_second: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    wrong: list[str] = field(default_factory=list)


def races(
    *, rounds: int, attempts: int = 12, entrances: Sequence[str] = (), engines: Sequence[str] = ENGINES
) -> list[RaceFigure]:
    """Run every race so many rounds; wrong rounds are counted, told, and do not end the rest."""
    names = list(entrances) or [*ENTRANCES, "one_form"]
    figures = []
    for engine in engines:
        with _scene(engine) as there:
            for name in names:
                print(f"{WORDS[name]}（{engine}）……", file=sys.stderr, flush=True)
                figures.append(_through(there, name, engine, rounds, attempts))
            must_have_a_whole_chain()
    return figures


@contextmanager
def _scene(engine: str) -> Iterator[Scene]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-races-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres(durable=True)) if engine == "postgresql" else None
        district = District(folder / "instance", server.url("postgres") if server else None)
        settle_in(district)
        yield stack.enter_context(scene(district, commands=COMMANDS))


def _through(there: Scene, name: str, engine: str, rounds: int, attempts: int) -> RaceFigure:
    figure, times, took = RaceFigure(name, engine, attempts), list[float](), 0.0
    for turn in range(rounds):
        begun = time.perf_counter()
        try:
            outcome, wrong = _round(there, name, attempts, PLACES[turn % len(PLACES)])
        except AssertionError as trouble:
            outcome, wrong = None, str(trouble)
        figure.rounds += 1
        if wrong is None:
            figure.exact += 1
        else:
            figure.wrong.append(f"{name}, {engine}, round {turn}: {wrong[:2000]}")
        if outcome is not None:
            took += time.perf_counter() - begun
            times += [it * 1000 for it in outcome.seconds]
            figure.booked += outcome.booked
            figure.refused += outcome.refused
            figure.broken += outcome.broken
            figure.other += outcome.others.total() - outcome.broken
    if times:
        figure.per_second, figure.p50_ms, figure.p95_ms = len(times) / took, median(times), p95(times)
    return figure


def _round(there: Scene, name: str, attempts: int, places: int) -> tuple[Outcome, str | None]:
    """What came of a round, and what was wrong with it."""
    if name == "one_form":
        _, outcome = one_form(there, attempts, places)
        wrong = f"{outcome.refused} refused, {dict(outcome.others)}: {outcome.pages[:1]}"
        return outcome, wrong if outcome.refused or outcome.others else None
    slot_id, outcome = ENTRANCES[name](there, attempts, places)
    try:
        must_be_exactly(slot_id, places, outcome)
    except AssertionError as trouble:
        return outcome, str(trouble)
    return outcome, None


def as_json(figures: Sequence[RaceFigure]) -> str:
    """Everything, for machines."""
    return json.dumps({"machine": machine(), "races": [asdict(it) for it in figures]}, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[RaceFigure]) -> str:
    """One table, and below it every round that went wrong."""
    rows = [
        (
            WORDS[it.entrance], it.engine, str(it.rounds), str(it.attempts), str(it.booked), str(it.refused),
            str(it.broken), str(it.other), f"{it.exact}/{it.rounds}" + (" ✓" if it.exact == it.rounds else " ✗"),
            f"{it.per_second:.0f}", f"{it.p50_ms:.0f}", f"{it.p95_ms:.0f}",
        )
        for it in figures
    ]  # fmt: skip
    wrong = [line for it in figures for line in it.wrong]
    return "\n".join([*lined_up([HEAD, *rows], left=(0, 1)), "", *wrong, machine()])
