"""Requests counted by endpoint, cheaply, and put together over all worker processes.

Each process counts in its own memory and now and then writes its counts into the instance folder; whichever process
is asked for the figures adds up the files. So no request waits for another, and no scrape sees one worker only.
"""

import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds in seconds; the last bucket is everything slower."""

WRITE_EVERY = 5.0
"""Seconds between two writings of a process's counts."""

Counts = dict[str, list[float]]
"""By "endpoint status": requests in each bucket, those slower than all, and the seconds together."""


class Requests:
    """The counts of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts = self._left_by_a_namesake()
        self._lock = Lock()
        self._written = monotonic()

    def _left_by_a_namesake(self) -> Counts:
        """What an ended process of the same number had counted: the sum over all must never fall."""
        try:
            held: Counts = json.loads(self._own_file().read_text())
        except (OSError, ValueError):
            return {}
        return held

    def _own_file(self) -> Path:
        return self._folder / f"{os.getpid()}.json"

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """Add one answered request; a few microseconds, and a small file every few seconds."""
        key = f"{endpoint} {status}"
        with self._lock:
            row = self._counts.get(key)
            if row is None:
                row = self._counts[key] = [0] * (len(BUCKETS) + 2)
            row[bisect_left(BUCKETS, seconds)] += 1
            row[-1] += seconds
            due = monotonic() - self._written > WRITE_EVERY
        if due:
            self.write()

    def write(self) -> None:
        """Put this process's counts where the others find them; a full disk costs figures, not an answer."""
        with self._lock:
            text = json.dumps(self._counts)
            self._written = monotonic()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            draft = self._folder / f".{os.getpid()}"
            draft.write_text(text)
            draft.replace(self._own_file())

    def together(self) -> Counts:
        """The counts of all processes, those that have ended included."""
        self.write()
        total: Counts = {}
        for file in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError):
                for key, row in json.loads(file.read_text()).items():
                    held = total.setdefault(key, [0] * (len(BUCKETS) + 2))
                    total[key] = [one + other for one, other in zip(held, row, strict=True)]
        return total


class Figures:
    """One scrape, in the shape Prometheus's client wants."""

    def __init__(self, requests: Counts, gauges: Iterable[tuple[str, str, str, dict[str, int]]]) -> None:
        self._requests = requests
        self._gauges = tuple(gauges)

    def collect(self) -> Iterator[Metric]:
        """The figures, in order."""
        latency = HistogramMetricFamily(
            "portal_request_seconds", "Time to answer a request, by endpoint", labels=["endpoint"]
        )
        answered = CounterMetricFamily(
            "portal_requests", "Requests answered, by endpoint and status", labels=["endpoint", "status"]
        )
        by_endpoint: Counts = {}
        for key, row in self._requests.items():
            endpoint, _, status = key.rpartition(" ")
            answered.add_metric([endpoint, status], sum(row[:-1]))
            held = by_endpoint.setdefault(endpoint, [0] * len(row))
            by_endpoint[endpoint] = [one + other for one, other in zip(held, row, strict=True)]
        for endpoint, row in by_endpoint.items():
            latency.add_metric([endpoint], buckets=list(_cumulated(row)), sum_value=row[-1])
        yield answered
        yield latency
        for name, words, label, values in self._gauges:
            gauge = GaugeMetricFamily(name, words, labels=[label] if label else [])
            for value, number in values.items():
                gauge.add_metric([value] if label else [], number)
            yield gauge


def _cumulated(row: list[float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for bound, number in zip((*map(str, BUCKETS), "+Inf"), row[:-1], strict=True):
        total += number
        yield bound, total
