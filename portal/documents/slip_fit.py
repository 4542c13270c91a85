"""How large the type of a slip can be so that it stays on one page, reckoned before anything is set.

Chinese type is square, so lines can be counted without setting them. The reckoning is a little generous on purpose: a
slip that seems to fit does fit, and most of the room left over goes to the instruction box. The measures are those of
`templates/print/assignment_slip.css`; a test sets many slips and holds the two against each other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from portal.documents.sheets import AssignmentSlipSheet, ReceiptLine
from portal.documents.words import official_text, ordinal, short_day, tags

MM_A_POINT = 25.4 / 72
PAGE_MM = 297 - 12 - 13
FULL_MM, WIDE_MM, NARROW_MM = 154.0, 75.0, 60.0
OFFICIAL_MM, UNIT_MM, DUE_MM = 44.0, 40.0, 32.0
LINE, PADDING, RULE_MM = 1.3, 0.44, 0.25
WRITTEN_PT, WRITTEN_LINE = 15, 1.5
SMALLEST_INSTRUCTION_MM, LARGEST_INSTRUCTION_MM = 60.1, 100.0
LARGEST_BLANK_MM = 16.0
LARGEST_MATTERS_MM, LARGEST_INSTRUCTION_BESIDE_MM, LARGEST_BLANK_BESIDE_MM = 40.0, 66.0, 22.0
PEN_ROW_MM, PEN_RECEIPT_MM = 9.5, 8.0
"""On a slip without a matter everything is still to be written, so the instruction leaves more to the other rows."""
SPARE_USED = 0.95
SIGNATURE_MM = 13.0
HAND_ROW_MM, COUNTER_BOX_MM, COUNTER_GAP_MM, COUNTER_TEXT_MM, COUNTER_TYPE = 15.0, 13.0, 1.0, 45.0, 0.85
SEALED_FOOTER_MM, SEALED_LINE_MM, LEAST_ISSUE_MM, MOST_ISSUE_MM = 26.0, 168.0, 46.0, 92.0
RECEIPT_ROW_MM, RECEIPT_BLOCK_MM, RECEIPT_UNIT_MM = 6.2, 31.0, 60.0
HEADER_MM = 10.9
FOOTER_PT, FOOTER_TEXT_MM = 11.0, 118.0
OPENING, CLOSING = "（《〈〔【“‘「『", "，。、；：？！）》〉〕】”’」』·…—％℃"
UNBREAKABLE = re.compile(rf"[{OPENING}]*(?:[!-~]+|.)[{CLOSING}]*\s*")
TYPE_SIZES = (12.0, 11.5, 11.0, 10.5, 10.0)
LARGEST_HEADING_PT, HEADING_MM, HEADING_SPACING_PT = 24.0, 171.0, 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Type size in points; least height of the instruction box, an empty row, a receipt row and matters not yet written."""

    type_size: float
    instruction_mm: float
    blank_mm: float
    receipt_mm: float
    matters_mm: float


def em_width(text: str) -> float:
    """How wide a text is in its own type size; a Chinese character is one wide."""
    return sum(map(_character_width, text))


def _character_width(character: str) -> float:
    """The width in 仿宋, whose Latin letters are not all of one width."""
    if not character.isascii() or character in "#%&+<=>@_^~MW":
        return 1.0
    if character in " !'(),-./:;[]|":
        return 0.4
    return 0.52 if character.isdigit() else 0.8 if character.isupper() else 0.57


def line_count(text: str, room: float, *, indent: float = 0) -> int:
    """Break a text into lines of `room` ems as the typesetter does, and count them.

    A Latin word or a figure stays whole if it can, closing punctuation never starts a line, opening never ends one.
    """
    return sum(_lines_of_pieces(UNBREAKABLE.findall(part), room, indent) for part in paragraphs(text))


def _lines_of_pieces(pieces: Iterable[str], room: float, indent: float = 0) -> int:
    count, used = 1, indent
    for piece in pieces:
        width = em_width(piece)
        if used + width > room and used > 0:
            count, used = count + 1, 0.0
        count += floor(width / room)
        used += width % room
    return count


def heading_size(heading: str) -> float:
    """The largest type in which the heading stays on one line, in points."""
    room = HEADING_MM / MM_A_POINT - HEADING_SPACING_PT * len(heading)
    return min(LARGEST_HEADING_PT, floor(2 * room / max(em_width(heading), 1)) / 2)


def is_formal(sheet: AssignmentSlipSheet) -> bool:
    """Whether the signature has a row of its own: for a deputy, for countersigners, or for what is set in later."""
    return bool(sheet.for_signing or sheet.signed_for or sheet.countersigners)


def issue_mm(organ: str) -> float:
    """How wide the place of organ, date and seal is: the organ's name on one line, with a little room around."""
    return round(min(MOST_ISSUE_MM, max(LEAST_ISSUE_MM, em_width(organ) * FOOTER_PT * MM_A_POINT + 4)), 1)


def receipts_of(sheet: AssignmentSlipSheet) -> tuple[ReceiptLine, ...]:
    """One line a unit that has to sign; blank lines while the units are still to be named (NX-12)."""
    if sheet.receipts:
        return sheet.receipts
    units = [sheet.lead_unit, *(unit.name for unit in sheet.assisting_units)]
    return tuple(ReceiptLine(unit=unit) for unit in units if unit) or (ReceiptLine(unit=""),) * 4


def fit(sheet: AssignmentSlipSheet) -> Fit:
    """Choose the largest type that keeps the slip on as few pages as it can be."""
    reckonings = [Reckoning(sheet, size) for size in TYPE_SIZES]
    fewest = reckonings[-1].pages()
    chosen = next(reckoning for reckoning in reckonings if reckoning.pages() == fewest)
    return chosen.fit(PAGE_MM - chosen.height() if fewest == 1 else 0)


class Reckoning:
    """The heights of one slip's rows in one type size, in millimetres."""

    def __init__(self, sheet: AssignmentSlipSheet, size: float) -> None:
        self.sheet = sheet
        self.size = size
        self.em = size * MM_A_POINT
        self.line = LINE * self.em
        self.row = PADDING * self.em + RULE_MM

    def fit(self, spare: float) -> Fit:
        """Give the instruction box most of the spare height, then the rows that wait for the pen."""
        box, blank, matters = self.instruction(), self.line + self.row, 0.0
        rest, most, most_blank = SPARE_USED * spare, LARGEST_INSTRUCTION_MM, LARGEST_BLANK_MM
        if not self.sheet.matters:
            most, most_blank = LARGEST_INSTRUCTION_BESIDE_MM, LARGEST_BLANK_BESIDE_MM
            matters = min(LARGEST_MATTERS_MM, blank + rest)
            rest -= matters - blank
        grown = max(box, min(most, box + rest))
        rest -= grown - box
        if waiting := self.blank_rows():
            blank = max(blank, min(most_blank, blank + rest / waiting))
        return Fit(
            self.size, round(grown, 1), round(blank, 1), round(self.receipt_row(), 2), round(max(matters - 0.1, 0), 1)
        )

    def blank_rows(self) -> int:
        """How many rows have nothing printed in them yet."""
        sheet = self.sheet
        texts = (sheet.prior_check, sheet.proposal, sheet.requirements, sheet.lead_unit, sheet.assisting_units)
        return sum(not text for text in texts)

    def pages(self) -> int:
        """How many pages the slip takes with the smallest instruction box."""
        return ceil(self.height() / PAGE_MM)

    def height(self) -> float:
        """The whole slip with the instruction box as small as it may be."""
        sheet = self.sheet
        return sum(
            (
                heading_size(sheet.heading) * 1.2 * MM_A_POINT + HEADER_MM,
                self.facts_of_the_visit(),
                self.matters(),
                self.long(sheet.prior_check),
                self.proposal(),
                self.instruction() + self.row,
                self.who_handles(),
                self.long(sheet.requirements),
                self.receipts(),
                self.footer(),
                0.9,
            )
        )

    def facts_of_the_visit(self) -> float:
        """Enterprise and code, visitor and telephone, receivers and time."""
        sheet = self.sheet
        visitor = "　".join((sheet.visitor_name, sheet.visitor_post, sheet.visitor_identity))
        receivers = self.lines_of((official_text(person) for person in sheet.receivers), WIDE_MM)
        return (
            self.pen(
                sheet.enterprise_name,
                self.pair(self.lines(sheet.enterprise_name, WIDE_MM), self.lines(sheet.credit_code, NARROW_MM)),
            )
            + self.pen(
                sheet.visitor_name,
                self.pair(self.lines(visitor, WIDE_MM), self.lines(sheet.visitor_phone, NARROW_MM)),
            )
            + self.pair(receivers, max(2, 1 + self.lines(sheet.venue, NARROW_MM)))
        )

    def matters(self) -> float:
        """Title and detail of every matter."""
        count = sum(
            self.lines(f"{ordinal(matter.ordinal)}、{matter.title}（{'·'.join(tags(matter))}）", FULL_MM)
            + self.lines(matter.detail, FULL_MM, indent=2)
            for matter in self.sheet.matters
        )
        return max(count, 1) * self.line + self.row + 0.15 * self.em * len(self.sheet.matters)

    def proposal(self) -> float:
        """The proposed handling and the line of those who answer for it."""
        signers = self.line + 0.3 * self.em
        return self.long(self.sheet.proposal) + signers if self.sheet.proposal else signers + self.row

    def instruction(self) -> float:
        """The box for the instruction: never under 60 mm, more if the text and the signature need it."""
        em = WRITTEN_PT * MM_A_POINT
        count = line_count(self.sheet.instruction, (FULL_MM - self.em) / em, indent=2)
        written = count * WRITTEN_LINE * em + self.foot() + self.line
        pen = 0 if self.sheet.for_signing else self.countersigners()
        return max(SMALLEST_INSTRUCTION_MM + pen, written)

    def foot(self) -> float:
        """Who signs, and the line to sign on; with a deputy, countersigners or room for a seal, rows of their own."""
        sheet = self.sheet
        if not is_formal(sheet):
            return SIGNATURE_MM if sheet.signature else 2 * self.line
        who = f"签批领导：{official_text(sheet.signer)}"
        if sheet.signed_for:
            who += f"　　{official_text(sheet.signed_for)}（代）"
        return self.lines(who, FULL_MM) * self.line + HAND_ROW_MM + self.countersigners()

    def countersigners(self) -> float:
        """The row of those who sign as well, each with a name and a box."""
        people = self.sheet.countersigners
        if not people:
            return 0.0
        room = COUNTER_TEXT_MM / (self.em * COUNTER_TYPE)
        most = max(line_count(official_text(person), room) for person in people)
        return most * self.line * COUNTER_TYPE + COUNTER_BOX_MM + COUNTER_GAP_MM

    def who_handles(self) -> float:
        """Lead official, lead unit and due date in one row, assisting units in the next."""
        sheet = self.sheet
        official = sheet.lead_official
        lead = self.lines_of((official.name, official.post), OFFICIAL_MM) if official else 1
        handlers = max(
            lead,
            self.lines(sheet.lead_unit, UNIT_MM),
            bool(sheet.due_on) + self.lines(sheet.due_note, DUE_MM),
        )
        return self.pair(handlers, 1) + self.pair(self.assisting(), 1)

    def assisting(self) -> int:
        """Units stand one after another; a name is not broken unless it is wider than the line."""
        units = [
            f"{unit.name}（{short_day(unit.due_on)}前）、" if unit.due_on else f"{unit.name}、"
            for unit in self.sheet.assisting_units
        ]
        return _lines_of_pieces(units, FULL_MM / self.em - 1)

    def receipts(self) -> float:
        """A line for each unit, or as much as the code beside them needs."""
        rows = sum(
            max(self.receipt_row(), self.lines(line.unit, RECEIPT_UNIT_MM) * self.line + self.row)
            for line in receipts_of(self.sheet)
        )
        return max(rows + self.line + self.row, RECEIPT_BLOCK_MM if self.sheet.verify_url else 0) + RULE_MM

    def receipt_row(self) -> float:
        """The least height of one line to sign on."""
        block = (RECEIPT_BLOCK_MM - self.line - self.row) if self.sheet.verify_url else 0
        least = RECEIPT_ROW_MM if any(line.unit for line in receipts_of(self.sheet)) else PEN_RECEIPT_MM
        return max(least, block / len(receipts_of(self.sheet)))

    def footer(self) -> float:
        """Copies and note at the left, organ and date at the right."""
        em = FOOTER_PT * MM_A_POINT
        copies = f"抄送：{'，'.join(self.sheet.copies_to)}。" if self.sheet.copies_to else ""
        sealed = self.sheet.for_signing
        room = SEALED_LINE_MM - issue_mm(self.sheet.issuing_organ) if sealed else FOOTER_TEXT_MM
        least = SEALED_FOOTER_MM if sealed else 0.0
        left = line_count(f"{copies}\n{self.sheet.note}", room / em)
        return max(max(left, 2) * LINE * em, least) + 1.8

    def pen(self, text: str, height: float) -> float:
        """A row whose first value may still have to be written."""
        return height if text else max(height, PEN_ROW_MM)

    def pair(self, left: int, right: int) -> float:
        """A row of two label and value pairs, as high as its higher value."""
        return max(left, right, 1) * self.line + self.row

    def long(self, text: str) -> float:
        """A row of running text."""
        return max(self.lines(text, FULL_MM, indent=2), 1) * self.line + self.row

    def lines(self, text: str, width: float, *, indent: float = 0) -> int:
        """How many lines a text takes in a cell of that width in millimetres."""
        return line_count(text, width / self.em - 1, indent=indent)

    def lines_of(self, texts: Iterable[str], width: float) -> int:
        """The same for texts that start a line each."""
        return sum(self.lines(text, width) for text in texts)


def paragraphs(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [part.strip() for part in text.splitlines() if part.strip()]
