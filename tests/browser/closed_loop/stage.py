"""Who stands on the stage: one window for each person, and what they do and look for in it, in the words of the screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Locator, Page, Response, expect

from tests.browser.closed_loop.staging import DIGITS, Told
from tests.browser.persons import letter, mark, send
from tests.browser.portals import TELEPHONE, Portal, served

NOBODY = ""
"""The enterprise has no account."""


@dataclass
class Stage:
    """A portal at a moment, and the windows in front of it; `pictures` is a folder for those who want to look at the screens."""

    portal: Portal
    it: Told
    script: bool = True
    pictures: Path | None = None
    _windows: dict[str, Page] = field(default_factory=dict)

    def window(self, who: str) -> Page:
        """The one window of somebody."""
        if who not in self._windows:
            self._windows[who] = self.portal.page(who or None, script=self.script)
        return self._windows[who]

    def opens(self, who: str, address: str) -> Page:
        """Somebody opens a page that is there for him or her."""
        page = self.window(who)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{who} at {address}: {answer.status}"
        return page

    def is_kept_from(self, who: str, *addresses: str) -> None:
        """These pages do not exist for somebody, or are none of his or her business."""
        for address in addresses:
            answer = self.window(who).goto(address)
            assert answer is not None
            assert answer.status in (403, 404), f"{who} at {address}: {answer.status}"

    def does(self, who: str, act: str) -> Page:
        """Somebody opens the matter and presses one of the acts offered there."""
        page = self.opens(who, self.it.page)
        offered(page).get_by_role("link", name=act, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    def photograph(self, page: Page, name: str) -> None:
        """Keep pictures of a screen, on a desk and on a telephone."""
        if self.pictures is None:
            return
        page.screenshot(path=self.pictures / f"{name}.png", full_page=True)
        desk = page.viewport_size
        page.set_viewport_size(TELEPHONE)
        page.screenshot(path=self.pictures / f"{name}-360.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{name}: wider than a telephone"
        if desk is not None:
            page.set_viewport_size(desk)


@contextmanager
def staged(
    browser: Browser, folder: Path, at: str, it: Told, *, script: bool = True, pictures: Path | None = None
) -> Iterator[Stage]:
    """The portal at a moment; at the end no browser may have complained."""
    with served(browser, folder, at=at) as portal:
        yield Stage(portal, it, script, pictures)


def offered(page: Page) -> Locator:
    """What somebody can do with a matter now."""
    return page.locator("#offers")


def leads_with(page: Page, act: str) -> None:
    """The next step is the one primary button of the page."""
    expect(page.locator("#offers .button.primary")).to_have_text([act])


def offers_nothing(page: Page) -> None:
    """The next step is somebody else's: no act leads on, and the slip may be opened."""
    expect(offered(page)).to_be_visible()
    expect(page.locator("#offers .button.primary")).to_have_count(0)
    for act in ("报送办理结果", "报告进展", "申请延期", "撤回办理结果"):
        expect(offered(page).get_by_role("link", name=act, exact=True)).to_have_count(0)


def stands(page: Page, state: str) -> None:
    """The state of a matter stands beside its title."""
    expect(page.get_by_role("list", name="本页要点")).to_contain_text(state)


def course(page: Page) -> Locator:
    """The acts on a matter, the latest first."""
    return page.get_by_role("region", name="办理过程").locator(".timeline > li")


def latest(page: Page, *words: str) -> None:
    """The latest entry of the time line says so."""
    for each in words:
        expect(course(page).first).to_contain_text(each)


def never_says(page: Page, *words: str) -> None:
    """Nothing of this stands anywhere on the page."""
    for each in words:
        expect(page.locator("body")).not_to_contain_text(each)


def a_file(name: str, kind: str = "pdf") -> FilePayload:
    """Some evidence with a name of its own."""
    return {**letter("png" if kind == "png" else "pdf"), "name": name}


def proposes(stage: Stage, told: str, evidence: str) -> Response:
    """The clerk reports a result with its evidence."""
    unit = stage.does("unit", "报送办理结果")
    mark(unit.get_by_role("group", name="办理结果"), "已解决")
    unit.get_by_label("办理过程和结果").fill(told)
    unit.get_by_label("佐证材料").set_input_files(a_file(evidence))
    return send(unit, "报送办理结果")


def speaks(stage: Stage, resolved: str, grade: str, words: str = "") -> Page:
    """The enterprise says in its window what it thinks of the result, up to the page that asks whether it is sure."""
    page = stage.opens(NOBODY, stage.it.window)
    page.get_by_role("link", name="说说是否认可").click()
    mark(page.get_by_role("group", name="这件事解决了吗"), resolved)
    mark(page.get_by_role("group", name="对办理满意吗"), grade)
    page.get_by_label("意见（选填）").fill(words)
    digits = page.get_by_label("联系电话后四位")
    if digits.count():
        digits.fill(DIGITS)
    send(page, "下一步")
    expect(page.get_by_role("heading", level=1)).to_have_text("确认您的意见")
    return page
