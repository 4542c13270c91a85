"""One sample district, one server for those who only look, and a server of one's own for those who change things."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.portals import (
    ARGUMENTS,
    BEFORE,
    Portal,
    browser_program,
    copy_of,
    served,
)

expect.set_options(timeout=20_000)

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A page that a busy machine drew too late is looked at once more; the closing line counts every second look."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's headless Chromium; without it these tests fail in CI and say loudly elsewhere that they did not run."""
    program = browser_program()
    if program is None:
        missing = "chromium-headless-shell is not installed: run ./manage test, which installs it"
        if os.environ.get("CI"):
            raise RuntimeError(missing)
        pytest.skip(f"NOT TESTED IN A BROWSER: {missing}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _looked_at(browser: Browser, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with served(browser, copy_of(sample, tmp_path_factory.mktemp("looked-at") / "instance")) as portal:
        yield portal


@pytest.fixture
def portal(_looked_at: Portal) -> Iterator[Portal]:
    """The sample district three weeks before a reception day, for tests that leave the records as they are."""
    yield _looked_at
    _looked_at.close_windows()


@pytest.fixture(scope="module")
def _written_to(browser: Browser, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with served(browser, copy_of(sample, tmp_path_factory.mktemp("written-to") / "instance")) as portal:
        yield portal


@pytest.fixture
def own_portal(_written_to: Portal) -> Iterator[Portal]:
    """The same for tests that write; the tests of one file share it, each with records of its own."""
    yield _written_to
    _written_to.close_windows()


@pytest.fixture
def serve(browser: Browser, sample: Path, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    """`serve(at)`: this test's own instance, served by one server after the other, each with its own clock."""
    folder = copy_of(sample, tmp_path / "instance")
    with ExitStack() as at_work:

        def next_server(at: str = BEFORE) -> Portal:
            at_work.close()
            return at_work.enter_context(served(browser, folder, at=at))

        yield next_server
