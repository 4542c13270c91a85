"""The numbers of papers: one row without gaps for every kind, organ code and year (domain 3.2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.numbering import NumberRule, number_text
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import PaperKind
from portal.services.serials import next_numbers
from portal.store.queries.office import office_rules


@dataclass(frozen=True, slots=True)
class GivenNumber:
    """A number that was given out, whole and in its parts."""

    organ: str
    year: int
    serial: int
    text: str


def number_rule(rules: OfficeRules, kind: PaperKind) -> NumberRule:
    """How the office numbers a kind of paper now; only the kinds that carry numbers of their own have a rule."""
    return NumberRule(
        {
            PaperKind.SLIP: rules.slip_organ,
            PaperKind.TRANSFER: rules.transfer_organ,
            PaperKind.REMINDER: rules.reminder_organ,
            PaperKind.SUPERVISION: rules.supervision_organ,
        }[kind],
        rules.number_pattern,
    )


def number_for(session: Session, kind: PaperKind, now: datetime) -> GivenNumber:
    """The next number of a kind of paper, of the year in which it is numbered by the office's own clock.

    The row of numbers stays locked until the transaction ends, so ask for it right before the paper is written down.
    """
    return numbers_for(session, kind, 1, now)[0]


def numbers_for(session: Session, kind: PaperKind, count: int, now: datetime) -> list[GivenNumber]:
    """The next so many numbers of a kind of paper, in one piece."""
    rule, year = number_rule(office_rules(session), kind), now.astimezone(ZONE).year
    serials = next_numbers(session, kind.value, rule.organ, year, count)
    return [GivenNumber(rule.organ, year, serial, number_text(rule, year, serial)) for serial in serials]
