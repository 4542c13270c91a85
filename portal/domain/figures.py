"""Figures as the office prints them."""

from decimal import ROUND_HALF_UP, Decimal

NOTHING_TO_COUNT = "—"


def share(numerator: int, denominator: int) -> str:
    """A percentage with one decimal, halves up; “—” when there is nothing to divide by (JY-32, domain 10)."""
    if denominator == 0:
        return NOTHING_TO_COUNT
    percent = (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{percent}%"
