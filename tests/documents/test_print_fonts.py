import struct
from pathlib import Path

import pytest

from portal.documents.fonts import (
    COVERAGE,
    FACES,
    FOLDER,
    font_file,
    font_troubles,
    missing_characters,
    must_be_printable,
)
from portal.domain.errors import RuleBroken


def codes_of(file: Path) -> set[int]:
    """Read a TrueType character map (formats 4 and 12)."""
    data = file.read_bytes()
    tables = {data[at : at + 4]: struct.unpack(">L", data[at + 8 : at + 12])[0] for at in range(12, 12 + 16 * 32, 16)}
    start = tables[b"cmap"]
    codes: set[int] = set()
    for number in range(struct.unpack(">H", data[start + 2 : start + 4])[0]):
        at = start + struct.unpack(">L", data[start + 8 + 8 * number : start + 12 + 8 * number])[0]
        kind = struct.unpack(">H", data[at : at + 2])[0]
        if kind == 12:
            groups = struct.unpack(">L", data[at + 12 : at + 16])[0]
            for first, last, _ in struct.iter_unpack(">3L", data[at + 16 : at + 16 + 12 * groups]):
                codes.update(range(first, last + 1))
        elif kind == 4:
            half = struct.unpack(">H", data[at + 6 : at + 8])[0]
            lasts = struct.unpack(f">{half // 2}H", data[at + 14 : at + 14 + half])
            firsts = struct.unpack(f">{half // 2}H", data[at + 16 + half : at + 16 + 2 * half])
            for first, last in zip(firsts, lasts, strict=True):
                codes.update(range(first, min(last, 0xFFFE) + 1) if first != 0xFFFF else ())
    return codes


def test_every_font_file_and_the_subsetting_library_are_there():
    assert font_troubles() == []


def test_the_list_of_printable_characters_is_what_the_faces_have():
    ranges = [[int(end, 16) for end in line.split("-")] for line in COVERAGE.read_text().split()]
    listed = {code for first, last in ranges for code in range(first, last + 1)}
    assert listed == set().union(*(codes_of(font_file(face)) for face in FACES))


def test_the_last_face_has_all_that_fangsong_lacks_and_the_space_that_follows_it():
    standard = {
        ord(sign) for line in (FOLDER / "characters.txt").read_text().splitlines() if line[0] != "#" for sign in line
    }
    assert len(standard) == 8105
    rare = codes_of(font_file("rare"))
    assert standard <= codes_of(font_file("fangsong")) | rare
    assert {ord(" "), ord("，"), ord("曌"), ord("䶮"), ord("𬭎")} <= rare


@pytest.mark.parametrize("face", ["song", "xiaobiaosong", "hei", "kai"])
def test_every_face_but_fangsong_has_all_8105_standard_characters(face):
    lines = (FOLDER / "characters.txt").read_text().splitlines()
    assert {ord(sign) for line in lines if line[0] != "#" for sign in line} <= codes_of(font_file(face))


@pytest.mark.parametrize(
    "text", ["堃玥珺喆祎旸赟曌䶮㛃𬭎𠅤", "陳俊傑臺灣", "①⑳〔2026〕※√□§㎡℃№％", "一 二\n三\t四", "é×±", ""]
)
def test_names_and_symbols_of_office_paper_can_be_printed(text):
    assert missing_characters(text) == set()


def test_a_character_no_face_has_is_found():
    assert missing_characters("张\U0002a6a5三😀") == {"\U0002a6a5", "😀"}


def test_a_character_no_face_has_is_refused_by_name():
    with pytest.raises(RuleBroken) as refusal:
        must_be_printable("张\U0002a6a5", field="visitor_name")
    assert "\U0002a6a5" in refusal.value.message
    assert "U+2A6A5" in refusal.value.message
    assert refusal.value.field == "visitor_name"


def test_a_control_character_is_named_by_its_number_only():
    with pytest.raises(RuleBroken) as refusal:
        must_be_printable("张\x07三")
    assert "U+0007" in refusal.value.message
    assert "\x07" not in refusal.value.message
