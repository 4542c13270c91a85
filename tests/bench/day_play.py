"""A whole reception day played in a browser by two people at once: what every step costs in presses and in seconds."""

import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

from tests.bench.report import lined_up, machine
from tests.browser.full_day.cast import Cast
from tests.browser.full_day.hands import Effort, Tally
from tests.browser.full_day.play import play
from tests.browser.portals import ARGUMENTS, browser_program
from tests.live.processes import DidNotStart

ENTERPRISES, MATTERS = 12, 30
HEAD = ("步骤 step", "次数", "点击", "按键", "扫码", "录入字数", "中位 s", "最长 s")


def measure_day(*, as_json_text: bool = False) -> int:
    """Play the day and print what it cost; the status to end with."""
    print("正在浏览器里演一整天……", file=sys.stderr, flush=True)
    try:
        tally, seconds = day_play()
    except (AssertionError, DidNotStart, Error) as trouble:
        print(f"day_play 没有演完：{trouble}", file=sys.stderr)
        return 1
    print(day_json(tally, seconds) if as_json_text else day_table(tally, seconds))
    return 0


def day_play(*, enterprises: int = ENTERPRISES, matters: int = MATTERS) -> tuple[Tally, float]:
    """Play the day; answers what the steps cost and the seconds of the whole play. Raises AssertionError when it goes wrong."""
    program = browser_program()
    if program is None:
        raise DidNotStart("没有安装 chromium-headless-shell，请先运行 ./manage test")
    expect.set_options(timeout=20_000)
    folder, begun = Path(tempfile.mkdtemp(prefix="portal-day-")), time.perf_counter()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            return play(browser, folder / "instance", Cast(enterprises, matters)), time.perf_counter() - begun
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def day_table(tally: Tally, seconds: float) -> str:
    """The table for people: medians of every step, in the order of the day."""
    lines = lined_up([HEAD, *(_row(name, tally) for name in tally.steps)], left=(0,))
    whole = tally.whole
    told = (
        f"共 {sum(map(len, tally.steps.values()))} 步：点击 {whole.clicks} 次，按键 {whole.keys} 次，扫码 {whole.scans} 次，"
        f"录入 {whole.characters} 字，各步合计 {whole.seconds:.0f} 秒；含启动、准备和核对共 {seconds:.0f} 秒"
    )
    return "\n".join([*lines, "", told, machine()])


def day_json(tally: Tally, seconds: float) -> str:
    """The same for machines, every single step."""
    steps = {name: [asdict(it) for it in efforts] for name, efforts in tally.steps.items()}
    return json.dumps({"machine": machine(), "seconds": seconds, "steps": steps}, ensure_ascii=False, indent=1)


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    usual: Effort = tally.usual(name)
    numbers = (len(tally.steps[name]), usual.clicks, usual.keys, usual.scans, usual.characters)
    return (name, *map(str, numbers), f"{usual.seconds:.2f}", f"{tally.most(name).seconds:.2f}")
