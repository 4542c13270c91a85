"""Thousands of slips at once, as they lie there years later: signed, issued, frozen; put straight into the tables."""

from base64 import b32encode
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.sheets import AssignmentSlipSheet
from portal.domain.signing import SignedHow
from portal.domain.slips import SlipState
from portal.services import slip_drafts, slips
from portal.services.slip_sheets import canonical, fingerprint, sheet_from
from portal.store.extension import transaction
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip, SlipMatter, SlipVersion
from tests.live.districts import OFFICE, credit_code, enterprise_name, waiting_matters

DAY = date(2026, 11, 16)
YEAR = 2025


def frozen_slips(session: Session, count: int) -> list[int]:
    """So many slips of one day. Their papers differ as real ones do: number, enterprise, length of the text."""
    pattern_matter, *matters = waiting_matters(session, count + 1, day=DAY)
    with transaction() as writing:
        pattern = slip_drafts.draft_slip(writing, [pattern_matter], actor=OFFICE, now=clock.now())
        slips.number_slip(writing, pattern.id, actor=OFFICE, now=clock.now())
    sheet = sheet_from(session.get_one(SlipVersion, (pattern.id, 1)).sheet)
    received = select(Matter.id, Matter.booking_id).where(Matter.reception_day_id == pattern.reception_day_id)
    booking_of = dict(session.execute(received).tuples().all())
    made: list[dict[str, Any]] = []
    papers: list[dict[str, Any]] = []
    for place in range(1, count + 1):
        text = canonical(_said(sheet, place))
        made.append(_slip(pattern, place) | {"booking_id": booking_of[matters[place - 1]]})
        papers.append(
            {"slip_id": pattern.id + place, "version": 1, "sheet": text, "sha256": fingerprint(text)}
            | {"verify_code": _code(place), "why": "送签", "made_at": clock.now()}
        )
    carried = [{"slip_id": pattern.id + place, "matter_id": it, "position": 1} for place, it in enumerate(matters, 1)]
    session.info["unaudited"] = True
    for model, rows in ((Slip, made), (SlipVersion, papers), (SlipMatter, carried)):
        session.execute(insert(model), rows)
    session.commit()
    session.info.pop("unaudited")
    return [it["id"] for it in made]


def _slip(pattern: Slip, place: int) -> dict[str, Any]:
    now = clock.now()
    numbered = {"organ": pattern.organ, "year": YEAR, "serial": place, "number": _number(place), "numbered_at": now}
    signed = {"state": SlipState.ISSUED, "signed_on": DAY, "signed_how": SignedHow.SCREEN, "issued_at": now}
    people = {"receiver_id": pattern.receiver_id, "signer_id": pattern.signer_id, "drafted_by": pattern.drafted_by}
    held = {"reception_day_id": pattern.reception_day_id, "drafted_at": now, "paper_version": 1}
    return {"id": pattern.id + place} | numbered | signed | people | held


def _number(place: int) -> str:
    return f"民接交〔{YEAR}〕{place}号"


def _code(place: int) -> str:
    return b32encode(place.to_bytes(10, "big")).decode()


def _said(sheet: AssignmentSlipSheet, place: int) -> AssignmentSlipSheet:
    (matter,) = sheet.matters
    detail = matter.detail + "企业已多次向有关部门反映，尚未得到答复。" * (place % 5)
    return replace(
        sheet,
        number=_number(place),
        verify_code=_code(place),
        assigned_on=DAY,
        enterprise_name=enterprise_name(place),
        credit_code=credit_code(place),
        matters=(replace(matter, detail=detail),),
        instruction="请牵头领导召集住建、城管、自然资源等部门，迅速落实到位，结果报我。",
        lead_unit="安澜区住房和城乡建设局",
    )
