"""What somebody does at the screen, with every press counted and every step timed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import FilePayload, Locator, Page, expect


@dataclass
class Effort:
    """What something cost: presses of the mouse, single keys, scans, characters of content, seconds until it was done."""

    clicks: int = 0
    keys: int = 0
    scans: int = 0
    characters: int = 0
    seconds: float = 0.0


@dataclass
class Tally:
    """Every step anybody took, by its name, in the order of the first of each."""

    steps: dict[str, list[Effort]] = field(default_factory=dict)

    @property
    def whole(self) -> Effort:
        """Everything together."""
        found = [it for efforts in self.steps.values() for it in efforts]
        return Effort(
            sum(it.clicks for it in found),
            sum(it.keys for it in found),
            sum(it.scans for it in found),
            sum(it.characters for it in found),
            sum(it.seconds for it in found),
        )

    def most(self, name: str) -> Effort:
        """The most a step of this name ever cost of each."""
        found = self.steps[name]
        return Effort(
            max(it.clicks for it in found),
            max(it.keys for it in found),
            max(it.scans for it in found),
            max(it.characters for it in found),
            max(it.seconds for it in found),
        )

    def usual(self, name: str) -> Effort:
        """The median of each."""
        found = self.steps[name]
        return Effort(
            int(median(it.clicks for it in found)),
            int(median(it.keys for it in found)),
            int(median(it.scans for it in found)),
            int(median(it.characters for it in found)),
            median(it.seconds for it in found),
        )


class Hands:
    """One person at one screen."""

    def __init__(self, page: Page, tally: Tally) -> None:
        self.page = page
        self._tally = tally
        self._effort = Effort()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count and time what is done in the block as one step of this name."""
        before, self._effort, begun = self._effort, Effort(), time.perf_counter()
        yield
        self._effort.seconds = time.perf_counter() - begun
        self._tally.steps.setdefault(name, []).append(self._effort)
        self._effort = before

    def press(self, place: Locator) -> None:
        """Press what can be pressed."""
        self._effort.clicks += 1
        place.click()

    def send(self, name: str, *, inside: Locator | None = None) -> int:
        """Press the button that sends something; answers the status the server gave."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            self.press((inside or self.page).get_by_role("button", name=name, exact=True).first)
        return answered.value.status

    def follow(self, name: str, *, inside: Locator | None = None) -> None:
        """Press a link."""
        self.press((inside or self.page).get_by_role("link", name=name).first)

    def mark(self, group: Locator, answer: str) -> None:
        """Mark one of several answers."""
        self.press(group.get_by_text(answer, exact=True))
        expect(group.get_by_role("radio", name=answer, exact=True)).to_be_checked()

    def choose(self, place: Locator, label: str) -> None:
        """Open a list and take one of it."""
        self._effort.clicks += 2
        place.select_option(label=label)

    def write(self, place: Locator, text: str) -> None:
        """Write into a field, which has to be pressed first unless the screen is there already."""
        if not place.evaluate("(it) => it === document.activeElement"):
            self.press(place)
        self._effort.characters += len(text)
        place.fill(text)

    def add(self, place: Locator, text: str) -> None:
        """Write on at the end of what stands in a field."""
        if not place.evaluate("(it) => it === document.activeElement"):
            self.press(place)
        self.key("Control+End")
        self._effort.characters += len(text)
        self.page.keyboard.insert_text(text)

    def key(self, name: str) -> None:
        """Press one key."""
        self._effort.keys += 1
        self.page.keyboard.press(name)

    def scan(self, code: str) -> None:
        """Hold the hand scanner over a code: it types wherever the screen is, and presses Enter."""
        self._effort.scans += 1
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def hand_over(self, place: Locator, file: FilePayload) -> None:
        """Choose a file: the button, the file, and 打开."""
        self._effort.clicks += 3
        place.set_input_files(file)
