"""Leaders on duty with accounts of their own, for tests of leave, swaps and substitution."""

from datetime import date

from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.people import Actor, Role
from portal.domain.rota import DutySeat
from portal.services.swaps import HeldPlace, SwapOrder
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Account, AccountLeader, Leader
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW, PASSWORD_HASH

NAMES = ("甲示一", "乙示二", "丙示三", "丁示四", "戊示五", "己示六")
DECEMBER, JANUARY, FEBRUARY = date(2026, 12, 15), date(2027, 1, 15), date(2027, 2, 22)
MAIN, ACCOMPANYING, STANDBY = DutySeat


class District:
    """Three published days and six leaders, by name.

    甲示一 is main in December with 丁示四 as standby, 乙示二 in January, 丙示三 in February; 戊示五 and 己示六 are free.
    """

    def __init__(self, session: Session) -> None:
        people = {name: a_leader(name=name, post=f"副区长{number}") for number, name in enumerate(NAMES)}
        days = {
            DECEMBER: a_reception_day(turns=[a_turn(people["甲示一"]), a_turn(people["丁示四"], seat="standby")]),
            JANUARY: a_reception_day(day=JANUARY, turns=[a_turn(people["乙示二"])]),
            FEBRUARY: a_reception_day(day=FEBRUARY, turns=[a_turn(people["丙示三"])]),
        }
        office = Account(**_account("office-duty", Role.OFFICE))
        accounts = {name: Account(**_account(f"l-{name}", Role.LEADER)) for name in NAMES}
        session.add_all([*people.values(), *days.values(), office, *accounts.values()])
        session.flush()
        session.add_all(AccountLeader(account=accounts[name], leader_id=people[name].id) for name in NAMES)
        session.commit()
        self.id = {name: leader.id for name, leader in people.items()}
        self.day_id = {day: record.id for day, record in days.items()}
        self.account = {name: account.id for name, account in accounts.items()} | {"office": office.id}
        self.office = Actor(office.id, "办公室", Role.OFFICE)

    def person(self, name: str) -> Actor:
        """A leader as he or she acts."""
        return Actor(self.account[name], name, Role.LEADER, leader_ids=frozenset({self.id[name]}))

    def held(self, day: date, name: str, seat: DutySeat = MAIN, position: int = 1) -> HeldPlace:
        """A place as seen on a page."""
        return HeldPlace(self.day_id[day], seat, position, self.id[name])

    def order(self, mine: HeldPlace, other: HeldPlace | None = None, reason: str = "与上级会议冲突") -> SwapOrder:
        """An offer of one place for another, or for any."""
        return SwapOrder(mine, other, reason)

    def december_for_january(self) -> SwapOrder:
        """甲示一's main turn for that of 乙示二."""
        return self.order(self.held(DECEMBER, "甲示一"), self.held(JANUARY, "乙示二"))


def _account(username: str, role: Role) -> dict[str, object]:
    return {
        "username": username,
        "display_name": username,
        "password_hash": PASSWORD_HASH,
        "role": role,
        "state": AccountState.ACTIVE,
        "created_at": NOW,
        "password_changed_at": NOW,
    }


def keep_distance(session: Session, days: int) -> None:
    """Let the office want so many days between two turns of a leader."""
    session.add(OfficeSetting(name="min_gap_days", value=days))
    session.commit()


def another_turn(session: Session, leader_id: int, day: date, seat: str = "main") -> int:
    """One more published day with a leader on it; answers its number."""
    record = a_reception_day(day=day, turns=[a_turn(session.get_one(Leader, leader_id), seat=seat)])
    session.add(record)
    session.commit()
    return record.id
