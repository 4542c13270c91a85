"""The print fonts that come with the project, and what they can and cannot print.

仿宋, 小标宋, 宋, 黑 and 楷 after GB/T 9704-2012 5.2.2 and 7.3; `static/fonts/README.md` says where each is from.
"""

import ctypes
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path

from portal.domain.errors import RuleBroken

FOLDER = Path(__file__).resolve().parents[2] / "static" / "fonts"
FACES = ("fangsong", "xiaobiaosong", "song", "hei", "kai", "rare")
COVERAGE = FOLDER / "coverage.txt"
SUBSETTER = "libharfbuzz-subset.so.0"
INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})
BREAKS = frozenset("\t\n\r")
VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def font_file(face: str) -> Path:
    """Where the face is kept."""
    return FOLDER / f"{face}.ttf"


@cache
def _covered() -> tuple[list[int], list[int]]:
    """First and last code of every printable range, in order."""
    ranges = [line.split("-") for line in COVERAGE.read_text(encoding="ascii").split()]
    return [int(first, 16) for first, _ in ranges], [int(last, 16) for _, last in ranges]


@lru_cache(maxsize=2**16)
def _is_printable(character: str) -> bool:
    if character in BREAKS:
        return True
    code = ord(character)
    firsts, lasts = _covered()
    place = bisect_right(firsts, code) - 1
    if place >= 0 and code <= lasts[place]:
        return True
    return unicodedata.category(character) in INVISIBLE or any(code in selectors for selectors in VARIATION_SELECTORS)


def missing_characters(text: str) -> set[str]:
    """Answer the characters no face has; on paper each would be an empty box."""
    return {character for character in set(text) if not _is_printable(character)}


def must_be_printable(text: str, *, field: str | None = None) -> None:
    """Raise RuleBroken naming every character that no face has (the paper would show an empty box)."""
    told = not_printable(text)
    if told:
        raise RuleBroken(told, field=field)


def not_printable(text: str) -> str:
    """A sentence that names every character no face has; blank when all can be printed."""
    missing = missing_characters(text)
    if not missing:
        return ""
    # a control character has no shape to show
    names = "、".join(
        (f"“{character}”" if character.isprintable() else "") + f"（U+{ord(character):04X}）"
        for character in sorted(missing)
    )
    return f"打印字体中没有这些字：{names}。请核对是否录入有误，或改用通用规范汉字后再打印。"


def font_troubles() -> list[str]:
    """Say in Chinese what stands in the way of printing: a missing font file, a missing system library."""
    wanted = [*(font_file(face) for face in FACES), COVERAGE]
    troubles = [f"缺少打印字体文件 {file.name}，请重新部署 static/fonts。" for file in wanted if not file.is_file()]
    if not _loads(SUBSETTER):
        troubles.append("缺少系统库 libharfbuzz-subset0，请安装后再启动，否则每张单据要打印数秒。")
    return troubles


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
