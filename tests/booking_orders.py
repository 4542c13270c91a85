"""What a booking form would hand over, with sensible defaults; a test names only what matters to it."""

from itertools import count
from typing import Any

from portal.domain.bookings import Identity
from portal.domain.matters import MatterKind
from portal.domain.people import Actor, Role
from portal.services.booking_orders import BookingOrder, MatterTold, VisitorGiven
from portal.services.enterprises import EnterpriseGiven
from portal.store.models.matters import Category
from portal.store.models.office import OfficeSetting

OFFICE = Actor(1, "工商联办公室", Role.OFFICE)
_numbers = count(1)


def the_district(**changed: Any) -> list[Any]:
    """An office that has entered where it is, and one category."""
    rules = {"city": "云山市", "district": "安澜区"} | changed
    return [
        *(OfficeSetting(name=name, value=value) for name, value in rules.items()),
        Category(code="0301", name="奖补资金"),
    ]


def an_order(slot_id: int, **given: Any) -> BookingOrder:
    """A new enterprise with one matter, told by its legal representative."""
    number = next(_numbers)
    enterprise = {"name": f"安澜预约企业{number}有限公司", "registered_place": "云山市安澜区人民路1号"}
    enterprise |= {key: given.pop(key) for key in ("credit_code", "registered_place", "is_private") if key in given}
    enterprise["name"] = given.pop("name", enterprise["name"])
    visitor = {"name": "申示例", "phone": "13800005678", "identity": Identity.LEGAL_REPRESENTATIVE}
    visitor |= {key: given.pop(key) for key in ("phone", "identity", "letter") if key in given}
    return BookingOrder(
        **{
            "slot_id": slot_id,
            "enterprise": EnterpriseGiven(**enterprise),
            "visitor": VisitorGiven(**visitor),
            "matters": (MatterTold(MatterKind.PROBLEM, "0301", "二期厂房补贴尚未兑现"),),
        }
        | given
    )
