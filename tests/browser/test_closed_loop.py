"""The closed loop as people live it: one whole story with script, its core without, and everything that goes wrong at a desk."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.closed_loop import again, closing, in_hand
from tests.browser.closed_loop.stage import (
    NOBODY,
    Stage,
    a_file,
    proposes,
    speaks,
    staged,
    stands,
)
from tests.browser.closed_loop.staging import COLLEAGUE, ISSUED, LOOKED_AT_AGAIN, OVERDUE, Scene, set_up
from tests.browser.persons import mark, send
from tests.browser.portals import copy_of, looked_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

STORY, PLAIN, SENT_TWICE, TWO_AT_ONCE, TOO_MUCH = range(5)
LONGEST = 10_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The district, made once and copied for each test."""
    return set_up(tmp_path_factory.mktemp("closed-loop") / "instance")


@pytest.fixture
def folder(made: Scene, tmp_path: Path) -> Path:
    """This test's own copy."""
    return copy_of(made.folder, tmp_path / "instance")


def test_a_matter_goes_round_the_whole_loop_and_a_false_end_is_undone(browser: Browser, made: Scene, folder: Path):
    it = made.matters[STORY]
    with staged(browser, folder, ISSUED, it) as stage:
        in_hand.the_slip_goes_out(stage)
        in_hand.the_clerk_signs_for_it(stage)
        in_hand.the_clerk_reports_and_splits(stage)
        in_hand.more_time_is_asked_for_and_granted(stage)
    with staged(browser, folder, OVERDUE, it) as stage:
        closing.the_supervisor_sends_a_notice(stage)
        closing.a_result_is_not_accepted(stage)
        closing.a_result_is_accepted(stage)
        closing.it_is_reviewed_and_closed(stage)
    with staged(browser, folder, LOOKED_AT_AGAIN, it) as stage:
        again.the_office_calls_back(stage)
        again.the_supervisor_finds_a_false_end(stage)


def test_the_core_of_the_loop_needs_no_script(browser: Browser, made: Scene, folder: Path):
    with staged(browser, folder, ISSUED, made.matters[PLAIN], script=False) as stage:
        proposes(stage, closing.FIRST, "完工照片.pdf")
        stands(stage.window("unit"), "待单位审签")
        closing.the_head_signs(stage)
        window = speaks(stage, "完全解决", "满意")
        window.get_by_role("button", name="确认提交").press("Enter")
        expect(window.get_by_role("main")).to_contain_text("工商联正在审核办理结果")
        closing.it_is_reviewed_and_closed(stage)
        closing.the_enterprise_rates(stage)


def test_going_back_and_sending_again_reports_one_result(browser: Browser, made: Scene, folder: Path):
    it = made.matters[SENT_TWICE]
    with staged(browser, folder, ISSUED, it, script=False) as stage:
        proposes(stage, closing.FIRST, "完工照片.pdf")
        unit = stage.window("unit")
        stands(unit, "待单位审签")
        unit.go_back()
        if unit.get_by_label("办理过程和结果").count():  # the browser kept the page as it was sent
            assert send(unit, "报送办理结果").status in (303, 409, 422)
        else:
            expect(unit.get_by_text("现在不能报送办理结果")).to_be_visible()
    [(rounds,)] = looked_up(folder, f"SELECT COUNT(*) FROM closing WHERE matter_id = {it.id}")
    assert rounds == 1


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_the_second_of_two_is_told_and_keeps_what_was_typed(browser: Browser, made: Scene, folder: Path, script: bool):
    it = made.matters[TWO_AT_ONCE]
    with staged(browser, folder, ISSUED, it, script=script) as stage:
        proposes(stage, closing.FIRST, "完工照片.pdf")
        closing.the_head_signs(stage)
        first, second = (_with_an_opinion(stage, who) for who in ("office", COLLEAGUE))
        send(first, "登记企业意见")
        stands(first, "待审核")
        assert send(second, "登记企业意见").status == 409
        expect(second.get_by_label("企业原话（选填）")).to_have_value("电话里说很满意。")
        expect(second.get_by_role("main")).to_contain_text("已有变化")
        stage.photograph(second, "60-conflict")
        assert stage.opens(NOBODY, it.window).get_by_role("link", name="说说是否认可").count() == 0


def _with_an_opinion(stage: Stage, who: str) -> Page:
    page = stage.does(who, "登记企业意见")
    mark(page.get_by_role("group", name="诉求解决了没有"), "完全解决")
    mark(page.get_by_role("group", name="满意程度"), "满意")
    mark(page.get_by_role("group", name="怎样征求的"), "电话询问")
    page.get_by_label("代表企业表示意见的人").fill("申示例 总经理")
    page.get_by_label("企业原话（选填）").fill("电话里说很满意。")
    return page


def test_a_wrong_file_and_far_too_much_text_are_refused_beside_their_fields(
    browser: Browser, made: Scene, folder: Path
):
    it = made.matters[TOO_MUCH]
    with staged(browser, folder, ISSUED, it) as stage:
        unit = stage.does("unit", "报送办理结果")
        mark(unit.get_by_role("group", name="办理结果"), "已解决")
        told = unit.get_by_label("办理过程和结果")
        told.evaluate("field => field.removeAttribute('maxlength')")  # which would have stopped the typing
        told.fill("长" * LONGEST)
        program = {"name": "批复.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00 no paper at all"}
        unit.get_by_label("佐证材料").set_input_files([program, a_file("批复扫描件.pdf")])
        assert send(unit, "报送办理结果").status == 422
        expect(told).to_have_value("长" * LONGEST)
        expect(told).to_have_attribute("aria-invalid", "true")
        expect(unit.get_by_label("佐证材料")).to_have_attribute("aria-invalid", "true")
        stage.photograph(unit, "61-wrong-file")
        told.fill(closing.FIRST)
        expect(unit.get_by_role("checkbox", name="批复扫描件.pdf")).to_be_checked()
        send(unit, "报送办理结果")
        stands(unit, "待单位审签")
        expect(unit.get_by_role("main")).to_contain_text("批复扫描件.pdf")
