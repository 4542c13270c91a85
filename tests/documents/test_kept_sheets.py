"""Sheets that are kept as text."""

import json
from dataclasses import replace

import pytest

from portal.documents.companion_sheets import SHEETS, ReminderSheet, SupervisionSheet
from portal.documents.kept_sheets import sheet_from_text, sheet_text
from portal.documents.sheets import AssignmentSlipSheet
from portal.domain.paper_kinds import PaperKind, UrgingColour
from tests.documents.companion_sheets import a_blank_companion_sheet, a_companion_sheet
from tests.documents.slip_sheets import a_slip_sheet


@pytest.mark.parametrize("kind", SHEETS)
def test_a_kept_sheet_comes_back_the_same(kind):
    for sheet in (a_companion_sheet(kind, texts=(("body", "一"), ("note", ""))), a_blank_companion_sheet(kind)):
        assert sheet_from_text(SHEETS[kind], sheet_text(sheet)) == sheet


def test_a_kept_slip_comes_back_the_same():
    sheet = a_slip_sheet(signature=(((0.0, 1.5), (2.0, 3.0)), ((4.0, 5.0),)))
    assert sheet_from_text(AssignmentSlipSheet, sheet_text(sheet)) == sheet


def test_a_colour_comes_back_as_a_colour():
    sheet = a_companion_sheet(PaperKind.SUPERVISION, colour=UrgingColour.YELLOW)
    assert sheet_from_text(SupervisionSheet, sheet_text(sheet)).colour is UrgingColour.YELLOW


def test_the_text_does_not_depend_on_the_order_of_anything():
    text = sheet_text(a_companion_sheet(PaperKind.REMINDER))
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_a_text_older_than_a_field_still_prints():
    kept = json.loads(sheet_text(a_companion_sheet(PaperKind.REMINDER)))
    del kept["overdue"], kept["texts"]
    assert sheet_from_text(ReminderSheet, json.dumps(kept)) == a_companion_sheet(PaperKind.REMINDER, overdue="")


@pytest.mark.parametrize("text", ["[]", "3", '{"colour":"blue"}', '{"matters":3}', '{"issued_on":"gestern"}', "{"])
def test_a_text_of_something_else_is_no_sheet(text):
    with pytest.raises(ValueError):
        sheet_from_text(ReminderSheet, text)


def test_a_sheet_cannot_keep_what_has_no_text():
    with pytest.raises(TypeError, match="bytes"):
        sheet_text(replace(a_companion_sheet(PaperKind.REMINDER), contact=b"x"))
