"""What measurements are told as: a table for people with the aims beside it, and JSON for machines."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from unicodedata import east_asian_width

from tests.bench.measure import Figure

NAMES = {
    "hello": "hello world（同一服务程序）",
    "month_calendar": "月历页 · 热",
    "month_calendar_cold": "月历页 · 冷（每次先改一次数据）",
    "booking": "登记预约（SQLite）",
    "booking_postgresql": "登记预约（PostgreSQL）",
    "one_slip_cold": "交办单 PDF · 进程首张",
    "one_slip": "交办单 PDF · 之后每张",
    "batch_slips": "当日 6 张交办单合并 PDF",
    "batch_job_pdf": "后台批量打印成一份 PDF",
    "batch_job_zip": "后台批量打印成压缩包",
    "batch_job_pages": "月历页 · 没有打印时",
    "weasyprint_bare": "只有一个词的页面，直接用排版库",
    "race_1_sqlite": "200 人同抢 1 个名额（SQLite）",
    "race_12_sqlite": "200 人同抢 12 个名额（SQLite）",
    "race_1_postgresql": "200 人同抢 1 个名额（PostgreSQL）",
    "race_12_postgresql": "200 人同抢 12 个名额（PostgreSQL）",
    "rota_year": "轮值 12 个月 × 3 席 × 40 人",
    "rota_two_years": "轮值 24 个月 × 3 席 × 60 人",
    "rota_weekly": "轮值 48 周 × 3 席 × 40 人",
    "rota_districts": "轮值 100 个区县 × 24 个月 × 60 人",
    "rota_repair": "一人请假后重排",
}
HEAD = ("项目 work", "次数", "次/秒", "p50 ms", "p95 ms", "CPU ms/次", "CPU÷hello", "速率÷hello", "目标 aim")


_WORDS = {
    "cpu_ms": ("CPU", " ms"),
    "p50_ms": ("p50", " ms"),
    "p95_ms": ("p95", " ms"),
    "per_second": ("", "/s"),
    "rate_to_hello": ("÷hello", ""),
}


@dataclass(frozen=True)
class Aim:
    """A figure to reach: at most or at least so much of a quantity."""

    quantity: str
    limit: float
    at_least: bool = False

    def met(self, it: Figure) -> bool | None:
        """Whether the figure reaches it; None where there is nothing to compare with."""
        value: float | None = getattr(it, self.quantity)
        if value is None:
            return None
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def text(self) -> str:
        """CPU ≤ 2 ms."""
        name, unit = _WORDS[self.quantity]
        return f"{name}{'≥' if self.at_least else '≤'}{self.limit:g}{unit}"


_BOOKING = (Aim("cpu_ms", 4), Aim("per_second", 400, at_least=True), Aim("p95_ms", 50))
AIMS = {
    "month_calendar": (Aim("cpu_ms", 2), Aim("p95_ms", 30), Aim("rate_to_hello", 0.1, at_least=True)),
    "month_calendar_cold": (Aim("cpu_ms", 6),),
    "booking": _BOOKING,
    "booking_postgresql": _BOOKING,
    "batch_job_pdf": (Aim("per_second", 15, at_least=True), Aim("cpu_ms", 66)),
    "rota_year": (Aim("p95_ms", 1000),),
    "rota_two_years": (Aim("cpu_ms", 600),),
    "rota_weekly": (Aim("cpu_ms", 700),),
    "rota_districts": (Aim("cpu_ms", 600),),  # a hundred in a minute
}
"""From the figures to beat. A race has no figure to reach: it has exactly as many winners as places, or it fails."""


def machine() -> str:
    """What was measured on."""
    return f"{os.cpu_count()} 个处理器，负载 {os.getloadavg()[0]:.1f}"


def as_json(figures: Sequence[Figure]) -> str:
    """Every figure with its ratios and whether its aims are met."""
    rows = [
        asdict(replace(it, hello=None))
        | {
            "cpu_to_hello": it.cpu_to_hello,
            "rate_to_hello": it.rate_to_hello,
            "aims": [{"aim": aim.text, "met": aim.met(it)} for aim in AIMS.get(it.name, ())],
        }
        for it in figures
    ]
    return json.dumps({"machine": machine(), "figures": rows}, ensure_ascii=False, indent=1)


def as_table(figures: Sequence[Figure]) -> str:
    """The table; ✓ and ✗ stand beside each aim."""
    lines = lined_up([HEAD, *(_row(it) for it in figures)], left=(0, 8))
    notes = [f"{NAMES.get(it.name, it.name)}：{it.note}" for it in figures if it.note]
    return "\n".join([*lines, "", *notes, machine()])


def lined_up(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> list[str]:
    """The rows of a table, a rule below the first; the columns named by `left` begin at the same sign, the others end there."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_padded(text, widths[at], left=at in left) for at, text in enumerate(row)) for row in rows]
    return [lines[0], "-" * _width(lines[0]), *lines[1:]]


def _row(it: Figure) -> tuple[str, ...]:
    work, _, program = it.name.partition(" · ")
    name = NAMES.get(work, work) + (f" · {program}" if program else "")
    marks = {True: "✓", False: "✗", None: ""}
    aims = "  ".join(f"{aim.text} {marks[aim.met(it)]}" for aim in AIMS.get(work, ()))
    return (
        name,
        str(it.answers),
        f"{it.per_second:.1f}" if it.per_second < 100 else f"{it.per_second:.0f}",
        f"{it.p50_ms:.1f}",
        f"{it.p95_ms:.1f}",
        f"{it.cpu_ms:.2f}",
        f"{it.cpu_to_hello:.1f}×" if it.cpu_to_hello else "",
        f"{it.rate_to_hello:.1%}" if it.rate_to_hello else "",
        aims,
    )


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    blanks = " " * (width - _width(text))
    return text + blanks if left else blanks + text
