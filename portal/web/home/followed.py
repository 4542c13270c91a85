"""What waits after a result was handed in: its closing step by step, calls to enterprises, look-backs, their words."""

from collections.abc import Sequence

from flask import url_for

from portal import clock
from portal.domain.call_backs import CallBackStanding
from portal.domain.clocks import Stage, clock_of, late_from
from portal.domain.people import Actor
from portal.domain.results import ClosingStep
from portal.services.clock_policy import clocks_in_force
from portal.store.extension import read
from portal.store.queries.call_backs import call_backs_waiting
from portal.store.queries.closings import closings_waiting
from portal.store.queries.look_backs import LookBackWanted, look_backs_due
from portal.store.queries.voices import days_of_open_voices
from portal.web.calendars import working_calendar_now
from portal.web.home.todos import Todo
from portal.web.office import rules


def closing_todos(actor: Actor, steps: Sequence[tuple[ClosingStep, str]]) -> list[Todo]:
    """The queues of these steps, each with how many wait in it; one statement."""
    counts = closings_waiting(read(), actor, [step for step, _ in steps], now=clock.now())
    return [
        Todo(count, label, url_for("closings.listing", step=step.value))
        for count, (step, label) in zip(counts, steps, strict=True)
    ]


def call_back_todo(actor: Actor) -> Todo:
    """Enterprises to be called after their matters were closed."""
    count = call_backs_waiting(read(), actor, rules(), today=clock.today())
    waiting = CallBackStanding.WAITING
    return Todo(count, waiting.label, url_for("call_backs.listing", state=waiting.value))


def look_back_todo(actor: Actor) -> Todo:
    """Look-backs whose day has come."""
    count = look_backs_due(read(), actor, today=clock.today())
    return Todo(count, "回头看到期", url_for("look_backs.listing", state=LookBackWanted.DUE.value), tone="wait")


def voice_todo(actor: Actor, label: str) -> Todo:
    """What enterprises wrote and nobody has answered."""
    days, late = days_of_open_voices(read(), actor=actor), 0
    if days:
        clock_ = clock_of(Stage.WORD, clocks_in_force(read(), rules()))
        first_in_time = late_from(clock_, clock.today(), working_calendar_now())
        late = sum(day < first_in_time for day in days)
    note = f"{late} 条已逾期" if late else ""
    return Todo(len(days), label, url_for("voices.listing"), note, tone="late" if late else "wait")
