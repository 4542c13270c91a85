"""How long something has been open, in the steps the office speaks of (domain 11, backlog age)."""

from datetime import date, timedelta

from portal.domain.labelled import Labelled


class Age(Labelled):
    """Calendar days since the matter's day; what is still ahead counts as new.

    A week, half a month and a month are how enterprises count how long they have waited; limits are counted in working days
    and shown beside.
    """

    WEEK = "week", "7天以内"
    HALF = "half", "8—15天"
    MONTH = "month", "16—30天"
    OLDER = "older", "30天以上"

    @property
    def days(self) -> tuple[int | None, int | None]:
        """From how many days to how many, both included; None where there is no end."""
        return _DAYS[self]

    def span(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last day of what is so old today; None where there is no end."""
        youngest, oldest = self.days
        first = None if oldest is None else today - timedelta(days=oldest)
        return first, None if youngest is None else today - timedelta(days=youngest)


_DAYS: dict[Age, tuple[int | None, int | None]] = {
    Age.WEEK: (None, 7),
    Age.HALF: (8, 15),
    Age.MONTH: (16, 30),
    Age.OLDER: (31, None),
}
