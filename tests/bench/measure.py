"""How a work is measured: warmed up, in several rounds that alternate with hello world, told as medians."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles

from tests.live.browsers import Heard, crowd
from tests.live.processes import Running, cpu_seconds

CONNECTIONS = 8
ROUNDS = 5
SECONDS = 2.0
WARM_UP_SECONDS = 1.0


class WrongAnswer(RuntimeError):
    """The server did not do the work, so there is nothing to measure."""


@dataclass(frozen=True)
class Round:
    """One round: answers a second, milliseconds a person waits, processor milliseconds an answer costs."""

    answers: int
    per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float


@dataclass(frozen=True)
class Figure:
    """The medians of a work's rounds."""

    name: str
    answers: int
    per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    rounds: int
    hello: "Figure | None" = None
    note: str = ""

    @property
    def cpu_to_hello(self) -> float | None:
        """How many times the processor time of hello world in the same server and run."""
        return self.cpu_ms / self.hello.cpu_ms if self.hello else None

    @property
    def rate_to_hello(self) -> float | None:
        """Answers a second, as a part of what hello world reaches."""
        return self.per_second / self.hello.per_second if self.hello else None


@dataclass(frozen=True)
class Work:
    """Something to measure: what is asked of which server, which status says that it was done.

    `requests` is called once a round and may end by itself. `costing` are the first processes of everything whose
    processor time counts: the server, and the database server if there is one.
    """

    name: str
    server: Running
    requests: Callable[[], Iterable[bytes]]
    status: int = 200
    connections: int = CONNECTIONS
    costing: tuple[int, ...] = ()

    def round(self, seconds: float) -> Round:
        """Measure once. Raises WrongAnswer."""
        roots = (self.server.process.pid, *self.costing)
        before, begun = cpu_seconds(roots), time.perf_counter()
        heard = crowd(self.server.port, self.requests(), connections=self.connections, seconds=seconds)
        took, used = time.perf_counter() - begun, cpu_seconds(roots) - before
        self._check(heard)
        times = [it.answer.seconds * 1000 for it in heard]
        return Round(len(heard), len(heard) / took, median(times), p95(times), used * 1000 / len(heard))

    def _check(self, heard: Sequence[Heard]) -> None:
        if not heard:
            raise WrongAnswer(f"{self.name}: nothing was answered")
        for it in heard:
            if it.answer.status != self.status:
                said = self.server.said[-4000:] if it.answer.status >= 500 else it.answer.text[:4000]
                raise WrongAnswer(f"{self.name}: {it.answer.status} instead of {self.status}: {said}")


def p95(times: Sequence[float]) -> float:
    """The time within which 95 of 100 answers came."""
    return quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def measure(works: Sequence[Work], *, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Figure]:
    """Measure works of one server; the first one is hello world, and the others are told as ratios to it."""
    hello, *others = measured(works, rounds=rounds, seconds=seconds)
    return [hello, *(replace(it, hello=hello) for it in others)]


def measured(works: Sequence[Work], *, rounds: int, seconds: float) -> list[Figure]:
    """Measure works in turn, round by round, so that whatever else the machine does falls on all of them alike."""
    for work in works:
        work.round(WARM_UP_SECONDS)
    taken: list[list[Round]] = [[] for _ in works]
    for _ in range(rounds):
        for work, its in zip(works, taken, strict=True):
            its.append(work.round(seconds))
    return [figure(work.name, its) for work, its in zip(works, taken, strict=True)]


def figure(name: str, rounds: Sequence[Round], hello: Figure | None = None) -> Figure:
    """The medians of some rounds."""
    return Figure(
        name,
        sum(it.answers for it in rounds),
        median(it.per_second for it in rounds),
        median(it.p50_ms for it in rounds),
        median(it.p95_ms for it in rounds),
        median(it.cpu_ms for it in rounds),
        len(rounds),
        hello,
    )
