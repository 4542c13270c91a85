"""What the portal refuses, in sentences a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass


class PortalError(Exception):
    """A refusal shown to the person: what is wrong, why, and what to do next, in Chinese.

    `field` names the form field the sentence belongs to, when there is one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(PortalError):
    """The record asked for does not exist, or this person may not know that it does."""


class NotAllowed(PortalError):
    """The person asking may not do it."""


class RuleBroken(PortalError):
    """One of the office's rules forbids it; `one_by_one` holds the sentences where there are several."""

    one_by_one: "tuple[Problem, ...]" = ()


class Conflict(RuleBroken):
    """Somebody else was first; `alternatives` says what is still possible."""

    def __init__(self, message: str, *, field: str | None = None, alternatives: Sequence[str] = ()) -> None:
        super().__init__(message, field=field)
        self.alternatives = tuple(alternatives)


class CannotKeep(RuleBroken):
    """The portal cannot keep anything at the moment: its disk is full, its database away. Nothing was changed."""


class Busy(CannotKeep):
    """Others were at the same for too long; the same done again may succeed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that stands in the way: the form field it belongs to, and a sentence."""

    field: str
    message: str


def refuse(problems: Sequence[Problem]) -> None:
    """Raise RuleBroken with every sentence if there is any problem; the field is the first one's."""
    if problems:
        refusal = RuleBroken("".join(problem.message for problem in problems), field=problems[0].field)
        refusal.one_by_one = tuple(problems)
        raise refusal
