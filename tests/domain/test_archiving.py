from datetime import date

import pytest

from portal.domain.archiving import (
    UNACCOUNTED,
    CatalogueLine,
    FileFacts,
    Missing,
    NumberUse,
    missing_in,
    totals,
    whole_row,
)
from portal.domain.retention import Retention
from portal.domain.signing import SignedHow
from portal.domain.slips import SlipState


def facts(**given):
    whole = {"state": SlipState.RECEIVED, "signed_how": SignedHow.TABLET, "has_kept": True, "units": 2, "receipts": 2}
    return FileFacts(**whole | given)


@pytest.mark.parametrize(
    "given, missing",
    [
        ({}, ()),
        ({"state": SlipState.AWAITING_SIGNATURE, "signed_how": None}, (Missing.SIGNATURE,)),
        ({"state": SlipState.DRAFT, "signed_how": None}, (Missing.SIGNATURE,)),
        ({"state": SlipState.SIGNED}, (Missing.ISSUE,)),
        ({"state": SlipState.ISSUED, "receipts": 1}, (Missing.RECEIPT,)),
        ({"signed_how": SignedHow.HAND}, (Missing.SCAN,)),
        ({"signed_how": SignedHow.HAND, "has_scan": True}, ()),
        ({"has_kept": False}, (Missing.KEPT,)),
        ({"state": SlipState.SIGNED, "signed_how": SignedHow.HAND, "has_kept": False},
         (Missing.ISSUE, Missing.SCAN, Missing.KEPT)),
        ({"state": SlipState.VOID, "signed_how": None, "has_kept": False}, ()),
    ],
)  # fmt: skip
def test_what_a_file_lacks_depends_on_how_far_the_slip_came(given, missing):
    assert missing_in(facts(**given)) == missing


def test_a_number_nobody_accounts_for_is_shown_in_its_place():
    uses = [NumberUse("甲", 3, "甲3", "预留号，已作废"), NumberUse("甲", 1, "甲1", "交办单（已签收）")]
    row = list(whole_row(uses, [("甲", 4), ("乙", 1)]))
    assert [(it.organ, it.serial, it.use) for it in row] == [
        ("乙", 1, UNACCOUNTED),
        ("甲", 1, "交办单（已签收）"),
        ("甲", 2, UNACCOUNTED),
        ("甲", 3, "预留号，已作废"),
        ("甲", 4, UNACCOUNTED),
    ]


def test_a_row_whose_counter_is_unknown_ends_at_its_last_number():
    assert [it.serial for it in whole_row([NumberUse("甲", 2, "甲2", "x")], [])] == [1, 2]


def test_totals_name_every_class_also_the_empty_one():
    line = CatalogueLine(1, "n", "t", "a", date(2026, 1, 1), 3, Retention.TEN_YEARS, "", "f")
    assert [(it.retention, it.items, it.pages) for it in totals([line, line])] == [
        (Retention.PERMANENT, 0, 0),
        (Retention.THIRTY_YEARS, 0, 0),
        (Retention.TEN_YEARS, 2, 6),
    ]
