"""Counted last days on the records that carry them: kept with how they were counted, so that they can be counted again."""

from portal.domain.clocks import Counted
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.recounts import as_counted


def count_due(record: Matter | Slip, limit: Counted | None) -> None:
    """Keep how the handling limit of a matter or slip was counted; None when it was set by hand. The day itself is the caller's."""
    record.due_from = limit.start if limit else None
    record.due_days = limit.days if limit else None
    record.due_measure = limit.measure.value if limit else None
    record.due_rest = limit.on_rest_day.value if limit else None


def set_due(matter: Matter, limit: Counted) -> None:
    """Give a matter a counted last day."""
    matter.due_on = limit.due
    count_due(matter, limit)


def count_step(matter: Matter, limit: Counted | None) -> None:
    """Keep how the last day of the next step was counted; None when it hangs on something else."""
    matter.step_from = limit.start if limit else None
    matter.step_days = limit.days if limit else None
    matter.step_measure = limit.measure.value if limit else None
    matter.step_rest = limit.on_rest_day.value if limit else None


def counted_due(record: Matter | Slip) -> Counted | None:
    """How the handling limit was counted; None when it was set by hand, extended, or is not there."""
    if record.due_on is None or record.due_from is None or record.due_days is None:
        return None
    return as_counted(record.due_from, record.due_days, record.due_on, record.due_measure, record.due_rest)


def counted_step(matter: Matter) -> Counted | None:
    """How the last day of the next step was counted; None when it was not."""
    if matter.step_due_on is None or matter.step_from is None or matter.step_days is None:
        return None
    return as_counted(matter.step_from, matter.step_days, matter.step_due_on, matter.step_measure, matter.step_rest)


def copy_due(slip: Slip, matter: Matter) -> None:
    """A matter is due when its slip is, counted as the slip's date was."""
    matter.due_on, matter.due_from, matter.due_days = slip.due_on, slip.due_from, slip.due_days
    matter.due_measure, matter.due_rest = slip.due_measure, slip.due_rest


def follow_matters(slip: Slip) -> None:
    """A slip is due when the last of its matters is: extended, resumed or handled again; its paper stays as it was signed.

    From then on the slip's date hangs on those of its matters, and is not counted by itself.
    """
    days = [it.matter.due_on for it in slip.entries if it.ended_at is None and it.matter.due_on is not None]
    if days and max(days) != slip.due_on:
        slip.due_on = max(days)
        count_due(slip, None)


def forget_due(matter: Matter) -> None:
    """A matter without a slip has no last day."""
    matter.due_on = matter.step_due_on = matter.step_due_at = None
    count_due(matter, None)
    count_step(matter, None)
