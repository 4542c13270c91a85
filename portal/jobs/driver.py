"""Huey says when due work is looked at; the database says what is due, and whose turn it is (docs/decisions/0025).

Losing one of its tasks loses nothing: the next look finds the same work. It takes long to import, so this module is loaded by the
thread that uses it, after the first pages were answered.
"""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from uuid import uuid4

from huey import Huey, MemoryHuey, RedisHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from redis.exceptions import RedisError

from portal.config import Settings
from portal.jobs.clocks import Clocks, a_holder
from portal.jobs.rounds import Round, due_work, is_waited_for
from portal.store.extension import read, write
from portal.store.leases import lease, take

log = logging.getLogger("portal.jobs")

QUEUE = "reception"
SCHEDULING = "scheduling"
HEALTH_SECONDS = 20.0
STOP_SECONDS = 5.0
NO_ANSWER_SECONDS = 5.0
STALE_SECONDS = 120
"""A task nobody took in so long is worth nothing: newer ones say the same."""

STANDS_IN_AFTER = timedelta(minutes=5)
"""With a Redis, work is the workers'; if they do none for so long, whoever serves pages does it."""

Context = Callable[[], AbstractContextManager[Any]]


class _Plain(Serializer):  # type: ignore[misc]
    """Tasks as JSON: whoever can write to the Redis can make us look for work, and nothing else."""

    def _serialize(self, data: Message) -> bytes:
        kept = {name: getattr(data, name) for name in ("id", "name", "args")}
        due = data.expires_resolved.isoformat() if data.expires_resolved else None
        return json.dumps({**kept, "expires": due}).encode()

    def _deserialize(self, data: bytes) -> Message:
        said = json.loads(data)
        due = datetime.fromisoformat(said["expires"]) if said["expires"] else None
        return Message(said["id"], said["name"], None, 0, 0, None, tuple(said["args"]), {}, None, None, None, due)


class _Consumer(Consumer):  # type: ignore[misc]
    """One worker and one scheduler in threads of their own; signals are left to whoever owns the process."""

    def _create_scheduler(self) -> Any:
        scheduler = super()._create_scheduler()
        scheduler.periodic_task_seconds = self.scheduler_interval
        return scheduler

    def _set_signal_handlers(self) -> None:
        """Only a main thread may, and it has its own."""


def queue_of(settings: Settings) -> Huey:
    """The queue between those who want work done and those who do it: in Redis if there is one, else in this process."""
    given = {"results": False, "serializer": _Plain()}
    if settings.redis_url is None:
        return MemoryHuey(QUEUE, **given)
    return RedisHuey(QUEUE, connection_pool=_pool(settings.redis_url), **given)


def _pool(url: str) -> ConnectionPool:
    """Connections that give up instead of holding up a page; a worker's blocking read ends after a second by itself."""
    patience = {"socket_timeout": NO_ANSWER_SECONDS}
    if not url.startswith("unix:"):
        patience["socket_connect_timeout"] = NO_ANSWER_SECONDS
    return ConnectionPool.from_url(url, **patience)


class Driver:
    """What looks for due work at a beat, and does it when this process is the one to do it."""

    def __init__(
        self,
        context: Context,
        settings: Settings,
        clocks: Clocks,
        *,
        beat: float,
        stop: Event,
        say: Callable[[Round], None] = lambda _: None,
        stands_in: bool = False,
    ) -> None:
        self._context, self._settings, self._clocks, self._stop, self._say = context, settings, clocks, stop, say
        self._patience = STANDS_IN_AFTER if stands_in and settings.redis_url else timedelta()
        self._beat = _factor_of_a_minute(beat)
        self._turn = timedelta(seconds=beat * 0.8)
        self._holder = a_holder()
        away = self._patience and settings.model_copy(update={"redis_url": None})
        self.queue = queue_of(away or settings)
        self.round = self.queue.task(name="round", expires=STALE_SECONDS)(self._round)
        self.queue.periodic_task(lambda _: self._is_my_turn(), name="look", expires=STALE_SECONDS)(self._round)

    def run(self) -> None:
        """Look for work until told to stop, and finish the piece that is under way."""
        consumer = _Consumer(
            self.queue,
            workers=1,
            max_delay=2.0,
            scheduler_interval=self._beat,
            shutdown_timeout=STOP_SECONDS,
        )
        consumer.start()
        while not self._stop.wait(HEALTH_SECONDS):
            consumer.check_worker_health()
        consumer.stop(graceful=True)

    def wake(self) -> None:
        """Look for work at once."""
        self.round()

    def _round(self) -> None:
        if self._stop.is_set():
            return
        try:
            with self._context():
                done = due_work(
                    self._settings, self._holder, self._clocks, is_enough=self._stop.is_set, whose_turn=True
                )
        except Exception:
            log.exception("due work failed; the next round is tried")
        else:
            if done is not None:
                self._say(done)

    def _is_my_turn(self) -> bool:
        """Whether work is waited for and nobody else has asked for it in this beat: one scheduler among all processes."""
        try:
            with self._context():
                at = self._clocks.running()
                if not is_waited_for(read(), at=at, patience=self._patience):
                    return False
                asked = lease(read(), SCHEDULING)
                if asked is not None and at < asked.until <= at + self._turn:
                    return False
                return write(lambda session: take(session, SCHEDULING, uuid4().hex, self._turn, at=at))
        except Exception:
            log.exception("could not look for due work; it is tried again")
            return False


def wake_workers(settings: Settings) -> bool:
    """Let a worker look for work at once, over the Redis they share; False when it cannot be reached."""
    queue = queue_of(settings)
    look = queue.task(name="round", expires=STALE_SECONDS)(Driver._round)  # noqa: SLF001 - only its name goes over
    try:
        look()
    except RedisError as trouble:
        log.warning("could not wake a worker: %s", type(trouble).__name__)
        return False
    return True


def _factor_of_a_minute(seconds: float) -> int:
    """The scheduler's beat: the longest that goes into a minute and is no longer than this."""
    return max(it for it in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60) if it == 1 or it <= seconds)
