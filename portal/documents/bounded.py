"""Programs of ours that read what strangers hand in: each in a process of its own, within bounds.

A few kilobytes can keep a reader busy for ever, unpack to any size, or end the process of the library that reads them. So that
process is never the one that serves pages. Nothing is written to disk: the file goes to the program's standard input.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_START = Path(__file__).with_name("bounded_start.py")


class TooMuch(Exception):
    """The program met a bound, or was ended by what it read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a program may take: seconds of waiting and of processor time, bytes of memory; how far it steps back."""

    seconds: float
    processor_seconds: int
    memory: int
    niceness: int = 0


def run_bounded(program: str, arguments: Sequence[str], data: bytes, bounds: Bounds) -> tuple[int, bytes]:
    """Run a module of ours as a program; answers its exit status and what it wrote.

    Raises TooMuch when it takes longer than it may. A program that meets any other bound ends with a status of its own
    for that, or with the number of a signal below 0.
    """
    numbers = (bounds.processor_seconds, bounds.memory, bounds.niceness)
    command = [sys.executable, "-I", str(_START), *map(str, numbers), program, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, the file goes to its standard input
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries complain of may be as long as the file likes
            timeout=bounds.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooMuch from None
    return done.returncode, done.stdout
