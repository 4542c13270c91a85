"""The evening: nothing may be forgotten, the day is closed, its summary says exactly what happened."""

import re
import subprocess

from playwright.sync_api import expect

from tests.browser.full_day.before import prints
from tests.browser.full_day.cast import Cast
from tests.browser.full_day.on_the_day import PARTS, Day, a_matter_is_disposed_of, bring_to_the_middle
from tests.browser.full_day.staging import THE_DAY
from tests.browser.persons import plain
from tests.browser.portals import looked_up


def the_evening(day: Day) -> None:
    desk, page = day.desk, day.desk.page
    with desk.step("结束接待日（被拒，列出未办）"):
        desk.follow("结束接待日")
        expect(page.get_by_text(re.compile("还有 1 项诉求没有处置"))).to_be_visible()
    assert page.get_by_role("button", name="结束接待日").count() == 0
    desk.follow("回到现场")
    for firm, said in day.open:
        bring_to_the_middle(day.writer, firm)
        a_matter_is_disposed_of(day.writer, said)
    with desk.step("结束接待日"):
        desk.follow("结束接待日")
        desk.send("结束接待日")
        expect(page.get_by_text("接待日已结束。").first).to_be_visible()
    expect(day.board.get_by_text("今天的接待已经结束")).to_be_visible()
    the_summary_is_exact(day)
    everything_is_kept(day)


def the_summary_is_exact(day: Day) -> None:
    desk, page, wanted = day.desk, day.desk.page, day.cast.figures()
    with desk.step("打印情况小结"):
        desk.follow("打印")
        row = page.get_by_role("row").filter(has_text="情况小结")
        paper = prints(desk, row.get_by_role("link", name="打印"))
    words = subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True).stdout
    said = plain(words.decode())
    for label, unit in (("批次", "批"), ("家次", "家次"), ("人次", "人次"), ("收集诉求", "件"), ("现场办结", "件")):
        assert f"{label}{wanted[label]}{unit}" in said, (label, wanted[label], said)
    page.goto(f"/reception-days/{THE_DAY}/summary")
    shown = {
        it.locator(".figure-label").inner_text(): int(re.sub(r"\D", "", it.locator("strong").inner_text()))
        for it in page.locator(".figure").all()
    }
    assert {label: shown.get(label) for label in wanted} == wanted


def everything_is_kept(day: Day) -> None:
    """What was typed is in the records, the trail is whole, the counters say what there is."""
    folder, cast = day.stage.folder, day.cast
    kept = looked_up(folder, "SELECT inquiry, approach FROM reception")
    assert len(kept) == len(cast.received)
    assert all(PARTS["询问情况"] in str(inquiry) and PARTS["解决思路"] in str(approach) for inquiry, approach in kept)
    everything = "".join(f"{inquiry}{approach}" for inquiry, approach in kept)
    for once in ("签到处补：材料已收。", "记录员补：二期另议。", "断线时写下的一句。"):
        assert everything.count(once) == 1, (once, everything)
    checked = day.portal.command("audit", "verify")
    assert checked.returncode == 0, checked.stderr
    assert counted(cast) == looked_up(
        folder, f"SELECT groups_booked, matters_booked FROM reception_day WHERE day = '{THE_DAY}'"
    )
    numbers = [number for (number,) in looked_up(folder, "SELECT number FROM matter ORDER BY number")]
    assert len(set(numbers)) == len(numbers) == cast.matters + len(cast.cancelled.brought)
    assert looked_up(folder, "SELECT count(*) FROM booking WHERE seat_id IS NOT NULL") == [(cast.enterprises,)]
    assert not re.search(r"Traceback|\b5\d\d\b.*(GET|POST)", day.portal.running.said)


def counted(cast: Cast) -> list[tuple[object, ...]]:
    """Groups and matters that hold a place of the day; what is told in the room takes none."""
    return [(cast.enterprises, sum(len(it.brought) for it in cast.firms))]
