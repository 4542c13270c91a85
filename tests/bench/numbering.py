"""`./manage bench numbering`: eight processes issue a thousand slips and are killed at random, on both engines."""

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
from tests.live.numbering import drafts, issue_with_kills
from tests.servers import postgres

SLIPS, PROCESSES, KILLS = 1_000, 8, 20
EVERY = (2.0, 8.0)
"""Seconds between two kills, at least and at most."""
HEAD = ("引擎", "交办单", "进程", "强制结束", "繁忙后重试", "连号且审计完整", "秒", "每秒（编号+签批+印发）")


@dataclass
class NumberingFigure:
    """What came of it on one engine; `whole` tells whether numbers, papers and trail were whole at the end."""

    engine: str
    slips: int
    processes: int
    kills: int = 0
    busy: int = 0
    whole: bool = False
    seconds: float = 0.0
    wrong: str = ""


def numbering(*, slips: int = SLIPS, kills: int = KILLS, engines: Sequence[str]) -> list[NumberingFigure]:
    """The same on each engine; one that ends wrong does not end the other."""
    return [_on(engine, slips, kills) for engine in engines]


def _on(engine: str, slips: int, kills: int) -> NumberingFigure:
    figure = NumberingFigure(engine, slips, PROCESSES)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-numbering-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(postgres(durable=True)) if engine == "postgresql" else None
        district = District(folder / "instance", server.url("postgres") if server else None)
        settle_in(district)
        drafts(district, slips)
        print(f"{engine}：{slips} 张草稿已备好", file=sys.stderr, flush=True)
        begun = time.perf_counter()
        try:
            run = issue_with_kills(
                district, processes=PROCESSES, kills=kills, chance=random.Random(20261122), every=EVERY
            )
        except AssertionError as wrong:
            figure.wrong, figure.seconds = str(wrong)[:2000], time.perf_counter() - begun
        else:
            figure.kills, figure.busy, figure.seconds, figure.whole = run.kills, run.busy, run.seconds, True
    return figure


def as_json(figures: Sequence[NumberingFigure]) -> str:
    """Everything, for machines."""
    return json.dumps({"machine": machine(), "numbering": [asdict(it) for it in figures]}, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[NumberingFigure]) -> str:
    """One table, and below it what went wrong."""
    rows = [
        (
            it.engine, str(it.slips), str(it.processes), str(it.kills), str(it.busy), "✓" if it.whole else "✗", f"{it.seconds:.0f}",
            f"{it.slips / it.seconds:.1f}" if it.seconds else "",
        )
        for it in figures
    ]  # fmt: skip
    return "\n".join([*lined_up([HEAD, *rows], left=(0,)), "", *(it.wrong for it in figures if it.wrong), machine()])
