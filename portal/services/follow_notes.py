"""What papers say of the enterprise's own window: the code, the address, where to complain (QD-22, JY-25)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.documents.sheets import FollowNote
from portal.store.queries.following import follow_codes_of
from portal.store.queries.office import office_rules

GROUP = 4
"""A code is printed in groups of so many signs."""


def follow_notes(session: Session, booking_ids: Sequence[int], address: str) -> dict[int, FollowNote]:
    """How each of some bookings is followed; `address` is where the portal is reached."""
    phone = office_rules(session).complaint_phone
    return {
        booking_id: FollowNote(
            code=" ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP)),
            address=f"{address}/follow/",
            url=f"{address.upper()}/FOLLOW/{code}",
            complaint_phone=phone,
        )
        for booking_id, code in follow_codes_of(session, booking_ids).items()
        if code and address
    }
