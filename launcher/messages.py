"""What the launcher prints: numbered steps with their time, and errors that say what to do."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class LaunchError(Exception):
    """Something a person has to mend. `remedy` is the command or the action that mends it."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(f"{problem}\n  → {remedy}")
        self.problem, self.remedy = problem, remedy


def say(text: str = "") -> None:
    print(text, flush=True)


def note(text: str) -> None:
    """Say, within a step, what is being done just now."""
    print(f"{text},", end=" ", flush=True)


class Steps:
    """Prints `[2/7] Database … made (1.2 s)` as the steps of a start pass by."""

    def __init__(self, total: int):
        self.total, self.number = total, 0

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """Run one step; what the block appends to the yielded list is shown as its result."""
        self.number += 1
        print(f"[{self.number}/{self.total}] {title} …", end=" ", flush=True)
        result: list[str] = []
        started = time.monotonic()
        try:
            yield result
        except BaseException:
            print("failed", flush=True)
            raise
        print(f"{', '.join(result) or 'done'} ({time.monotonic() - started:.1f} s)", flush=True)


def fail(error: LaunchError) -> int:
    """Print an error with its remedy; returns the exit code."""
    print(f"\nError: {error}", file=sys.stderr, flush=True)
    return 1
