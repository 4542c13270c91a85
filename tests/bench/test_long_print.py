"""The look into what a long print gave: a file with everything in order passes, one that lacks or swaps a slip is found."""

import io
import json
import zipfile
from dataclasses import asdict, replace
from hashlib import sha256

import pytest

from portal.documents.assignment_slip import assignment_slips
from portal.documents.batch_lists import Line
from portal.jobs.press_orders import LINES, pack
from tests.bench.long_print import LongPrint, _pdf_is_whole, _zip_is_whole, as_json, as_table
from tests.documents.slip_sheets import a_slip_sheet


def number(place):
    return f"民接交〔2025〕{place}号"


def bound(*places):
    return assignment_slips([replace(a_slip_sheet(), number=number(it)) for it in places], title="测量")


@pytest.mark.parametrize("places, whole", [((1, 2, 3), True), ((1, 3, 2), False), ((1, 2), False), ((1, 1, 2), False)])
def test_slips_that_are_lacking_or_out_of_order_are_found(places, whole):
    figure = LongPrint("一份 PDF", 3)
    wrong = _pdf_is_whole(bound(*places), figure)
    assert (wrong == []) is whole
    assert figure.pages >= len(places)


def test_a_file_that_no_program_can_read_is_found():
    assert _pdf_is_whole(b"%PDF-1.7 cut off", LongPrint("一份 PDF", 3))


def packed(lines, files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        pack(zipped, [*files, (LINES, json.dumps(lines).encode())], "测量")
    return out.getvalue()


@pytest.mark.parametrize(
    "spoilt, said", [(None, []), ("file", ["清单与文件不符"]), ("order", ["清单的顺序或张数不对"])]
)
def test_a_zip_is_held_against_its_own_lists(spoilt, said):
    files = [(f"{place}.pdf", b"%d" % place) for place in (1, 2)]
    sums = [sha256(data).hexdigest() for _, data in files]
    lines = [asdict(Line(number(it), f"{it}.pdf", sums[it - 1], pages=1)) for it in (1, 2)]
    if spoilt == "file":
        files[0] = ("1.pdf", b"another")
    if spoilt == "order":
        files, lines = files[::-1], lines[::-1]
    assert _zip_is_whole(packed(lines, files), LongPrint("逐张打包", 2)) == said


def test_prints_are_told_to_people_and_to_machines():
    figure = LongPrint("取消", 500, a_second=12.5, wrong=["取消的任务还能下载"])
    assert "12.5" in as_table([figure])
    assert "✗ 取消的任务还能下载" in as_table([figure])
    assert json.loads(as_json([figure]))["prints"][0]["slips"] == 500
