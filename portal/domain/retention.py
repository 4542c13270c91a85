"""How long a paper is kept: the three classes of 国家档案局令第8号 art. 6 (domain 2.5)."""

from portal.domain.labelled import Labelled


class Retention(Labelled):
    """The retention class of a slip and everything that belongs to it."""

    PERMANENT = "permanent", "永久"
    THIRTY_YEARS = "thirty_years", "30年"
    TEN_YEARS = "ten_years", "10年"
