"""Calendar feeds: the whole rota, or one person's own turns, behind a secret address."""

from portal.domain.labelled import Labelled


class FeedScope(Labelled):
    """What a feed holds."""

    WHOLE = "whole", "全部接待日"
    PERSONAL = "personal", "我的轮值"
