"""The office's own rules: real life differs from place to place, so each is a setting with a sensible default."""

from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any

from portal.domain.bookings import Unheard
from portal.domain.day_changes import ApprovalNeeded
from portal.domain.deadlines import HandlingTimes
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterClass, MatterLevel
from portal.domain.people import SignInPolicy
from portal.domain.receiving import AskIdNumber, WalkIns
from portal.domain.retention import Retention
from portal.domain.rota import DutySeat
from portal.domain.signing import TimeStamps
from portal.domain.turns import SubstituteFrom

SEATS = {seat.value: seat.label for seat in DutySeat}
"""Seats of a reception day, in the order they are filled (domain 9; the office's words)."""


def _as_the(default: object, value: Any) -> Any:
    """A stored value in the kind of its default: JSON knows neither times nor tuples nor words."""
    if isinstance(default, time):
        return time.fromisoformat(value)
    if isinstance(default, tuple):
        return tuple(value)
    if isinstance(default, Labelled):
        return type(default)(value)
    return SignInPolicy(**value) if isinstance(default, SignInPolicy) else value


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """Everything the office may decide for itself; times are local, lengths in minutes, limits in working days.

    `min_gap_days` and `chief_every_days` are calendar days (0: no such rule); `most_turns` and `least_turns` are turns of one
    leader within one rota plan (0: no such rule); `empty_day_counts` says whether a day nobody booked uses up the
    turn; `remind_days` are the working days before a reception day on which those on duty are told (domain 2.1),
    `remind_visitor_days` those on which the enterprises are; `call_also` lists them for a telephone call even where text
    messages are sent.

    `office_contact` says on papers how the office is reached: telephone, room.

    Of bookings (domain 2.2): `booking_open_days` are the calendar days before a day from which one can book (0: as soon as it
    is planned), `booking_close_days` the working days before it on which booking closes at `booking_close_at` (0: no limit);
    after that `urgent_bookings` lets the office book with a reason. `groups_a_day` and `matters_a_day` cap what is booked on a
    new day (0: no cap). A place is held `hold_minutes` while its form is filled in and offered to the waiting list for
    `offer_minutes`. `unheard` says what becomes of the matters of whoever did not come or left before being received; those that
    are kept for the next booking end after `unheard_days` calendar days. Units answer `opinion_days` working days before the
    day; the list is locked `list_lock_days` working days before it at `list_lock_at` (0: only by hand). What was said is
    entered until `entry_until`, `entry_days` working days after the day, later only with a reason; `call_after_minutes` after
    a slot's beginning whoever is missing is asked for.

    Of the closed loop: `head_signs`, `enterprise_confirms` say whether that step of closing is needed, `office_approves` whether the
    office may approve in the leader's place, `evidence_needed` whether a result needs files (JY-26); an enterprise may contest a
    result `contests` times before its dissent is noted and the result reviewed all the same. `hold_by_leader` and
    `extension_by_leader` (class A only) keep these decisions to leaders. Units are reminded when `remind_percent` of the time has
    gone and `remind_due_days` working days before the last day; nobody is urged about the same matter twice within
    `urge_every_days` working days; `escalate_days` working days over time it goes to the leader. A slip with an urgent
    matter is signed for, and its enterprise told, within `urgent_hours` (0: as any other). Of what was closed,
    `look_back_percent` and everything an enterprise was not content with is looked at again after `look_back_months`;
    `study_from` matters of one category within `study_months` propose a study (QD-25). Nothing is sent between `quiet_from` and
    `quiet_until`. Whoever acts in an enterprise's own window gives the end of the visitor's telephone number (`follow_check`), wrongly
    at most `follow_tries` times a day, and writes at most `words_a_day` words and ratings a day.

    Of slips: `number_pattern` says how every numbered paper writes its number, the `*_organ` fields which organ code (代字) each
    kind has. A matter's class, else its level, gives the working days to handle it (0: `handling_days`; domain 2.3, JY-22);
    assisting units answer the lead unit `assisting_lead_days` working days earlier, units sign for a slip within
    `receipt_days` working days. `signing_ways` are the ways a leader may sign (values of `SignedHow`). More slips than
    `print_job_from` are printed in the background, and what was printed so is kept `print_result_days` calendar days.
    Of the papers that go with a slip: `supervision_office` is who signs for a supervision notice (督办单), as the federation has no power
    over departments (domain 11.12); the `*_reply_days` are the working days within which an answer is proposed.
    `verify_shows_signer` lets the public verify page name who signed; otherwise it says the post alone.
    """

    district: str = "本区"
    city: str = ""
    federation: str = "区工商业联合会"
    office_contact: str = ""
    slip_organ: str = "民接交"
    transfer_organ: str = "民接转"
    reminder_organ: str = "民接催"
    supervision_organ: str = "民接督"
    supervision_office: str = "区委督查室"
    transfer_reply_days: int = 15
    reminder_reply_days: int = 3
    supervision_reply_days: int = 5
    number_pattern: str = "{代字}〔{年份}〕{序号}号"
    slip_copies_to: str = "区委督查室，区政府督查室"
    instruction_phrases: tuple[str, ...] = (
        "请{牵头领导}同志牵头，召集相关部门，迅速落实到位。",
        "请{牵头单位}牵头办理，依法依规尽快解决，结果报我。",
        "请{牵头单位}会同有关单位研究，提出意见后报我。",
    )
    seats: tuple[str, ...] = ("main", "accompanying", "standby")
    min_gap_days: int = 0
    chief_every_days: int = 92
    most_turns: int = 0
    least_turns: int = 0
    empty_day_counts: bool = True
    substitutes: SubstituteFrom = SubstituteFrom.STANDBY
    leave_lead_days: int = 5
    consult_days: int = 5
    notice_days: int = 3
    notice_form: str = "定点接待，企业与接待领导面对面交流，逐家进行。"
    notice_booking: str = "请向本会办公室预约登记，说明企业基本情况、来访人和反映事项。"
    notice_bring: str = "法定代表人携带本人有效身份证件。\n授权代表另须携带加盖公章的授权委托书和本人有效身份证件。\n反映事项的书面材料一式两份。"
    booking_open_days: int = 0
    booking_close_days: int = 2
    booking_close_at: time = time(17, 0)
    urgent_bookings: bool = True
    persons_a_booking: int = 5
    groups_a_day: int = 0
    matters_a_day: int = 0
    hold_minutes: int = 10
    waiting_list: bool = True
    offer_minutes: int = 240
    walk_ins: WalkIns = WalkIns.IF_FREE
    id_number: AskIdNumber = AskIdNumber.NEVER
    unheard: Unheard = Unheard.END
    unheard_days: int = 90
    opinion_days: int = 1
    list_lock_days: int = 1
    list_lock_at: time = time(17, 0)
    entry_until: time = time(16, 0)
    entry_days: int = 0
    call_after_minutes: int = 15
    remind_days: tuple[int, ...] = (5, 1)
    remind_visitor_days: tuple[int, ...] = (1,)
    call_also: bool = False
    day_change_approval: ApprovalNeeded = ApprovalNeeded.PUBLISHED
    chiefs_approve: bool = False
    default_start: time = time(9, 0)
    slot_minutes: int = 40
    gap_minutes: int = 0
    slots_a_day: int = 6
    seats_a_slot: int = 1
    screening: bool = True
    matters_a_booking: int = 15
    handling_days: int = 15
    class_a_days: int = 30
    class_b_days: int = 15
    class_c_days: int = 5
    class_d_days: int = 0
    level_unit_days: int = 0
    level_leader_days: int = 0
    assisting_lead_days: int = 3
    signing_days: int = 3
    signing_ways: tuple[str, ...] = ("hand", "tablet", "certificate", "screen")
    time_stamps: TimeStamps = TimeStamps.NONE
    certificate_years: int = 3
    receipt_days: int = 1
    retention: Retention = Retention.THIRTY_YEARS
    verify_shows_signer: bool = False
    print_job_from: int = 200
    print_result_days: int = 7
    head_signs: bool = True
    enterprise_confirms: bool = True
    office_approves: bool = False
    evidence_needed: bool = True
    contests: int = 1
    hold_by_leader: bool = True
    extension_by_leader: bool = True
    remind_percent: int = 50
    remind_due_days: tuple[int, ...] = (3, 1, 0)
    urge_every_days: int = 3
    urgent_hours: int = 0
    escalate_days: int = 5
    look_back_months: int = 3
    look_back_percent: int = 10
    call_back_attempts: int = 3
    call_back_within_days: int = 90
    study_from: int = 5
    study_months: int = 6
    complaint_phone: str = ""
    follow_check: bool = True
    follow_tries: int = 5
    words_a_day: int = 5
    quiet_from: time = time(20, 0)
    quiet_until: time = time(7, 30)
    upload_megabytes: int = 10
    sample: bool = False
    sign_in: SignInPolicy = field(default_factory=SignInPolicy)

    @property
    def handling_times(self) -> HandlingTimes:
        """How many working days a matter of each class and level has."""
        by_class = dict(
            zip(MatterClass, (self.class_a_days, self.class_b_days, self.class_c_days, self.class_d_days), strict=True)
        )
        by_level = {MatterLevel.UNIT: self.level_unit_days, MatterLevel.LEADER: self.level_leader_days}
        return HandlingTimes(self.handling_days, by_class, by_level)

    @property
    def issuing_organ(self) -> str:
        """安澜区工商业联合会, whether the office wrote its federation's name with the district's or without."""
        name = self.federation
        if self.district in name or not name.startswith(self.district[-1:]):
            return name
        return self.district + name.removeprefix(self.district[-1:])

    @property
    def place_names(self) -> tuple[str, ...]:
        """The names under which a registered place counts as inside the district (NX-03)."""
        return tuple(name for name in (self.city + self.district, self.district) if name)

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> "OfficeRules":
        """The rules with what the office has changed laid over the defaults; unknown names are left aside."""
        defaults = cls()
        known = {each.name for each in fields(cls)} & set(stored)
        given = {name: _as_the(getattr(defaults, name), stored[name]) for name in known}
        return cls(**given)
