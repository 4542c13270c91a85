"""Build the print fonts of this folder from Debian packages: subset, renamed, TrueType outlines.

    python build.py [--sources FOLDER] [--only NAME ...]

Needs fonttools 4.x, and `apt-get` and `dpkg-deb` when a package is not yet in the sources folder. Run by hand when the
character list or a face changes; the built files are kept with the project, so paper is the same on every machine.
The same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

HERE = Path(__file__).resolve().parent
SIMPLIFIED_CHINESE = 2  # index inside the Noto collections
UNITS_PER_EM = 1000
ASCENT, DESCENT = 880, -120  # the Chinese em box; the same for every face, so a fallback never moves a line
BUILT_AT = 3_850_000_000  # seconds since 1904; fixed, so that two builds are equal
NOTO = "usr/share/fonts/opentype/noto"


@dataclass(frozen=True)
class Face:
    """One file to build: where it comes from and what it is called afterwards."""

    name: str
    family: str
    package: str
    path: str
    number: int = -1
    largest_error: float = 2.0  # of the quadratic outline, in thousandths of the em: 0.01 mm at 15 pt
    without: str = ""  # left to the next face in the style sheet's list
    rare: bool = False


FACES = (
    Face(
        "fangsong",
        "Portal FangSong",
        "texlive-lang-chinese",
        "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/FandolFang-Regular.otf",
    ),
    Face("song", "Portal Song", "fonts-noto-cjk", f"{NOTO}/NotoSerifCJK-Regular.ttc", SIMPLIFIED_CHINESE),
    Face("xiaobiaosong", "Portal XiaoBiaoSong", "fonts-noto-cjk", f"{NOTO}/NotoSerifCJK-Bold.ttc", SIMPLIFIED_CHINESE),
    Face("hei", "Portal Hei", "fonts-noto-cjk", f"{NOTO}/NotoSansCJK-Regular.ttc", SIMPLIFIED_CHINESE),
    Face(
        "kai",
        "Portal Kai",
        "fonts-lxgw-wenkai",
        "usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
        without="“”‘’·",
    ),
    Face(
        "rare",
        "Portal Rare",
        "fonts-noto-cjk-extra",
        f"{NOTO}/NotoSerifCJK-Light.ttc",
        SIMPLIFIED_CHINESE,
        rare=True,
    ),
)

SYMBOL_RANGES = (
    (0x20, 0x7E),  # Latin
    (0xA0, 0xFF),
    (0x2010, 0x2027),  # dashes, quotation marks, dots
    (0x2030, 0x203B),
    (0x2070, 0x208E),
    (0x20AC, 0x20AC),
    (0x2100, 0x2126),
    (0x2150, 0x2189),  # fractions and Roman numerals
    (0x2190, 0x2199),
    (0x2200, 0x22A5),
    (0x2460, 0x24FF),  # ①
    (0x2500, 0x257F),  # boxes
    (0x25A0, 0x25EF),
    (0x2605, 0x2642),
    (0x2702, 0x27BF),
    (0x3000, 0x303F),  # Chinese punctuation, 〇, 〔〕
    (0x30FB, 0x30FC),
    (0x3105, 0x312F),
    (0x3200, 0x33FF),
    (0xFE10, 0xFE6B),
    (0xFF01, 0xFF5E),  # full-width Latin
    (0xFFE0, 0xFFE6),
)


def two_byte_set(encoding: str) -> set[str]:
    """Every character of a two-byte Chinese encoding."""
    pairs = (bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF))
    return {text for pair in pairs if len(text := pair.decode(encoding, "ignore")) == 1}


def standard_characters() -> set[str]:
    """The 8,105 characters of 通用规范汉字表."""
    lines = (HERE / "characters.txt").read_text(encoding="utf-8").splitlines()
    return {character for line in lines if not line.startswith("#") for character in line}


def everyday_characters() -> set[str]:
    """What every face carries: 通用规范汉字表, GB 2312 and the symbols of office paper."""
    symbols = {chr(code) for first, last in SYMBOL_RANGES for code in range(first, last + 1)}
    return standard_characters() | two_byte_set("gb2312") | symbols


def rare_characters(fangsong: Path) -> set[str]:
    """What the last face adds: every character of the everyday set and of GBK that 仿宋 lacks.

    It carries the symbols too: the space after a rare character is set in the rare character's face.
    """
    has = {chr(code) for code in TTFont(fangsong, lazy=True).getBestCmap() if 0x3400 <= code <= 0x9FFF}
    return (everyday_characters() | two_byte_set("gbk")) - has


def to_truetype(font: TTFont, largest_error: float) -> None:
    """Turn cubic outlines into quadratic ones; TrueType makes smaller PDF files than CFF."""
    glyphs = font.getGlyphSet()
    order = font.getGlyphOrder()
    outlines = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, largest_error, reverse_direction=True))
        outlines[name] = pen.glyph(dropImpliedOnCurves=True)
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder = order
    glyf.glyphs = outlines
    for tag in ("CFF ", "VORG"):
        if tag in font:
            del font[tag]
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    maxp.maxZones = 1
    for field in (
        "maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions "
        "maxComponentElements maxPoints maxContours maxCompositePoints maxCompositeContours maxComponentDepth"
    ).split():
        setattr(maxp, field, 0)
    font.sfntVersion = "\000\001\000\000"


def rename(font: TTFont, face: Face) -> None:
    """Give the face its own family name, as its licence asks, and keep whose work it is."""
    names = font["name"]
    original = names.getDebugName(4)
    kept = {number: names.getDebugName(number) for number in (0, 8, 9, 11, 13, 14)}
    names.names = []
    post_script = face.family.replace(" ", "")
    wanted = kept | {
        1: face.family,
        2: "Regular",
        3: f"1.0;{post_script}",
        4: face.family,
        5: "Version 1.0",
        6: post_script,
        10: f"Modified version of {original}: subset, outlines converted, renamed. Built by static/fonts/build.py.",
    }
    for number, text in sorted(wanted.items()):
        if text and text.strip():
            names.setName(text, number, 3, 1, 0x409)


def even_out(font: TTFont) -> None:
    """Same vertical metrics and no style bits, so that each family is one plain face."""
    hhea, os2, head = font["hhea"], font["OS/2"], font["head"]
    scale = head.unitsPerEm / UNITS_PER_EM
    hhea.ascent, hhea.descent, hhea.lineGap = round(ASCENT * scale), round(DESCENT * scale), 0
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = hhea.ascent, hhea.descent, 0
    os2.usWinAscent, os2.usWinDescent = hhea.ascent, -hhea.descent
    os2.usWeightClass, os2.fsSelection, head.macStyle = 400, 0x40, 0
    os2.fsType = 0
    head.created = head.modified = BUILT_AT


def build(face: Face, sources: Path, out: Path) -> Path:
    """Build one face into `out` and return its file."""
    font = TTFont(sources / face.package / face.path, fontNumber=face.number, recalcTimestamp=False)
    wanted = rare_characters(out / "fangsong.ttf") if face.rare else everyday_characters() - set(face.without)
    options = Options(
        hinting=False,
        layout_features=[],
        name_IDs=["*"],
        notdef_outline=True,
        glyph_names=False,
        recalc_timestamp=False,
        drop_tables=["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "DSIG", "gasp", "meta", "STAT", "FFTM"],
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in wanted])
    subsetter.subset(font)
    if "CFF " in font:
        to_truetype(font, face.largest_error)
    rename(font, face)
    even_out(font)
    font["post"].formatType = 3.0
    target = out / f"{face.name}.ttf"
    font.save(target)
    return target


def write_coverage(out: Path) -> Path:
    """List what the faces can print together, as ranges, so that text can be checked without opening a font."""
    codes = sorted({code for face in FACES for code in TTFont(out / f"{face.name}.ttf", lazy=True).getBestCmap()})
    known = set(codes)
    starts = [code for code in codes if code - 1 not in known]
    ends = [code for code in codes if code + 1 not in known]
    target = out / "coverage.txt"
    lines = [f"{first:X}-{last:X}" for first, last in zip(starts, ends, strict=True)]
    target.write_text("\n".join(lines) + "\n", encoding="ascii")
    return target


def fetch(package: str, sources: Path) -> None:
    """Download and unpack one Debian package without installing it."""
    if (sources / package).is_dir():
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
        archive = next(Path(folder).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(archive), str(sources / package)], check=True)


def main() -> None:
    """Fetch what is missing, then build 仿宋 first, because the rare face holds what it lacks."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sources", type=Path, default=Path(tempfile.gettempdir()) / "print-font-sources")
    arguments.add_argument("--out", type=Path, default=HERE)
    arguments.add_argument("--only", nargs="*", default=[])
    chosen = arguments.parse_args()
    chosen.sources.mkdir(parents=True, exist_ok=True)
    faces = [face for face in FACES if not chosen.only or face.name in chosen.only]
    for package in sorted({face.package for face in faces}):
        fetch(package, chosen.sources)
    first = [face for face in faces if not face.rare and face.name == "fangsong"]
    rest = [face for face in faces if face not in first]
    for face in first:
        print(build(face, chosen.sources, chosen.out))
    with multiprocessing.Pool(2) as pool:
        for built in pool.starmap(build, [(face, chosen.sources, chosen.out) for face in rest], chunksize=1):
            print(built)
    print(write_coverage(chosen.out))


if __name__ == "__main__":
    main()
