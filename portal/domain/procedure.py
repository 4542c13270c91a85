"""The procedure every matter goes through, and which of its steps one has passed (NX-33: 全部按接待日工作程序办理)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

STEPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("登记诉求", frozenset({"booked", "matter_told"})),
    ("前期核实", frozenset({"matter_checked"})),
    ("领导接待", frozenset({"reception_started"})),
    ("决定处置", frozenset({"matter_disposed"})),
    ("草拟交办单", frozenset({"slip_drafted"})),
    ("编号送签", frozenset({"slip_numbered"})),
    ("领导签批", frozenset({"slip_signed", "slip_signature_recorded"})),
    ("印发", frozenset({"slip_issued"})),
    ("单位签收", frozenset({"slip_received", "slip_receipt_entered"})),
    ("联系企业", frozenset({"contact"})),
    ("报送结果", frozenset({"result_proposed"})),
    ("单位审签", frozenset({"result_signed"})),
    ("企业确认", frozenset({"enterprise_confirmed", "enterprise_contested"})),
    ("审核", frozenset({"review_passed"})),
    ("销号", frozenset({"matter_closed"})),
    ("回访", frozenset({"called_back", "enterprise_rated"})),
    ("回头看", frozenset({"look_back_done"})),
)
DRAFTED, NUMBERED, PROPOSED, CLOSED = 4, 5, 10, 14
AGAIN: Mapping[str, int] = {
    "objection_upheld": DRAFTED,
    "slip_voided": DRAFTED,
    "matter_instructed_anew": NUMBERED,
    "result_proposed": PROPOSED,
    "matter_reopened": PROPOSED,
    "review_failed": PROPOSED,
    "closing_refused": PROPOSED,
    "result_sent_back": PROPOSED,
    "result_taken_back": PROPOSED,
}
"""From which step on the procedure is gone through again after an act; the act itself may be the first step of the new round."""
SKIPPED: Mapping[str, str] = {"head": "单位审签", "enterprise": "企业确认", "no_enterprise": "企业确认"}
"""What a round of closing may leave out by the office's rules, by the word its record uses."""


@dataclass(frozen=True, slots=True)
class PassedStep:
    """A step, and when it was passed; None while it was not."""

    label: str
    at: datetime | None = None
    is_skipped: bool = False


def steps_passed(
    acts: Iterable[tuple[str, datetime, Mapping[str, Any]]],
    *,
    in_hand: bool = False,
    whole: bool = True,
    skipped: Iterable[str] = (),
) -> list[PassedStep]:
    """Which steps were passed, from the acts in the order they were done; what begins again counts no more.

    `whole` begins with the registration, otherwise with the slip, from where units know of a matter. A matter that is `in_hand`
    has no result that counts, whatever was proposed before.
    """
    passed: dict[int, datetime] = {}
    for act, at, details in acts:
        begins = AGAIN.get(act)
        if begins is not None:
            passed = {place: day for place, day in passed.items() if place < begins}
        word = "contact" if act == "progress_reported" and details.get("kind") == "contact" else act
        place = next((number for number, (_, words) in enumerate(STEPS) if word in words), None)
        if place is not None:
            passed.setdefault(place, at)
    if in_hand:
        passed = {place: day for place, day in passed.items() if not PROPOSED <= place <= CLOSED}
    free = set() if in_hand else {SKIPPED[it] for it in skipped if it in SKIPPED}
    first = 0 if whole else DRAFTED
    return [
        PassedStep(label, passed.get(place), label in free and place not in passed)
        for place, (label, _) in enumerate(STEPS)
        if place >= first
    ]
