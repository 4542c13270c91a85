"""What came of the messages of one round over one channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted in messages; `dropped` had no way to go over this channel, `put_off` is tried again."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    dropped: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.sent + other.sent,
            self.put_off + other.put_off,
            self.failed + other.failed,
            self.dropped + other.dropped,
        )

    @property
    def line(self) -> str:
        """In words."""
        return f"送出 {self.sent} 条，待重试 {self.put_off} 条，失败 {self.failed} 条，不再发送 {self.dropped} 条"


NOTHING = Tally()
"""Where nothing waited."""
