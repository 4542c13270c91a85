"""Processes that carry out commands of the portal: started once, so that many commands can race at the same moment."""

import multiprocessing
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from portal.app import create_app
from portal.cli.migrating import know_migrations
from portal.documents.spreadsheets import Column, spreadsheet
from tests.live.districts import District

BROKE = 500
"""Instead of a status when a command ended in a traceback."""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    text: str
    seconds: float


@dataclass(frozen=True)
class Clerks:
    """Processes waiting for commands, each with the line to it."""

    lines: Sequence[tuple[BaseProcess, Connection]]

    def import_at_once(self, day: date, tables: Sequence[Sequence[Sequence[str]]]) -> list[Said]:
        """Import each table on a day; the processes share them out and begin together."""
        with tempfile.TemporaryDirectory() as folder:
            words = []
            for number, (head, *rows) in enumerate(tables):
                file = Path(folder) / f"{number}.xlsx"
                file.write_bytes(spreadsheet("预约导入", [Column(it, 12) for it in head], rows))
                words.append(["bookings", "import", str(file), "--day", day.isoformat(), "--yes"])
            for place, (_, line) in enumerate(self.lines):
                line.send(words[place :: len(self.lines)])
            return [said for _, line in self.lines for said in line.recv()]


@contextmanager
def clerks(district: District, count: int) -> Iterator[Clerks]:
    """So many processes for as long as the block lasts."""
    fresh = multiprocessing.get_context("spawn")
    started = []
    for _ in range(count):
        here, there = fresh.Pipe()
        process = fresh.Process(target=_work, args=(district, there), daemon=True)
        process.start()
        started.append((process, here))
    try:
        for _, line in started:
            line.recv()
        yield Clerks(started)
    finally:
        for process, line in started:
            line.close()
            process.kill()
            process.join()


def _work(district: District, line: Connection) -> None:
    app = create_app(district.settings())
    know_migrations(app)
    runner = app.test_cli_runner()
    line.send("ready")
    while True:
        try:
            words = line.recv()
        except EOFError:
            return
        said = []
        for each in words:
            with app.app_context():
                said.append(_carried_out(runner, each))
        line.send(said)


def _carried_out(runner: object, words: list[str]) -> Said:
    begun = time.perf_counter()
    ended = runner.invoke(args=words)  # type: ignore[attr-defined]
    took, broke = time.perf_counter() - begun, ended.exception
    if broke is not None and not isinstance(broke, SystemExit):
        return Said(BROKE, "".join(traceback.format_exception(broke)), took)
    return Said(ended.exit_code, ended.output + ended.stderr, took)
