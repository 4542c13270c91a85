"""Keys that sign: how a key stands, and what makes a PIN (签名口令) strong enough."""

import itertools
from datetime import datetime, timedelta

from portal.domain.labelled import Labelled

SHORTEST_PIN, LONGEST_PIN = 6, 64
FEWEST_SIGNS = 4
"""A PIN of six signs of which fewer are different is tried first by whoever guesses."""

WARNED_BEFORE = timedelta(days=30)
"""From then on the holder is told that the certificate ends, and the portal renews its own keys."""

ABOUT_CERTIFICATES = (
    "本系统签发的证书用来发现改动、记录由谁的密钥签名；不是依法取得许可的电子认证机构签发的证书，"
    "本系统不主张其具有与手写签名或盖章同等的法律效力。"
)
"""What every page about keys says, in these words (domain 7.3, 11.15)."""


class KeyState(Labelled):
    """How a key stands at a moment."""

    STANDING = "standing", "有效"
    EXPIRING = "expiring", "即将到期"
    EXPIRED = "expired", "已过期"
    ENDED = "ended", "已停用"
    REVOKED = "revoked", "已吊销"


USABLE = frozenset({KeyState.STANDING, KeyState.EXPIRING})


def key_state(*, not_after: datetime, ended_at: datetime | None, revoked: bool, now: datetime) -> KeyState:
    """How a key stands at this moment; a revoked one stays revoked after its certificate has run out."""
    if ended_at is not None:
        return KeyState.REVOKED if revoked else KeyState.ENDED
    if not_after <= now:
        return KeyState.EXPIRED
    return KeyState.EXPIRING if not_after <= now + WARNED_BEFORE else KeyState.STANDING


def pin_problems(pin: str) -> list[str]:
    """What is wrong with a new PIN, in sentences; empty when it will do."""
    if len(pin) < SHORTEST_PIN:
        return [f"签名口令至少 {SHORTEST_PIN} 位，现在只有 {len(pin)} 位。"]
    if len(pin) > LONGEST_PIN:
        return [f"签名口令最多 {LONGEST_PIN} 位，请缩短。"]
    if len(set(pin)) < FEWEST_SIGNS:
        return [f"签名口令太简单，至少要有 {FEWEST_SIGNS} 个不同的数字、字母或符号。"]
    if _is_a_run(pin) or _repeats(pin):
        return ["签名口令是连续或重复的排列（如 123456、121212），容易被猜中，请换一个。"]
    return []


def _is_a_run(pin: str) -> bool:
    """123456, fedcba: each sign is the next or the one before."""
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(pin)}
    return steps in ({1}, {-1})


def _repeats(pin: str) -> bool:
    """One piece, written twice or more and nothing else."""
    return any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1) if not len(pin) % size)
