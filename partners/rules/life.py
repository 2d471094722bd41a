"""The life of a partner from application to exit, read as data: which step leads where, and who may take it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One transition. days: name of the rule that sets the deadline of what follows. form: it has a page of its own."""

    key: str
    of: str
    origins: frozenset[str]
    to: str
    label: str
    act: str
    permission: str
    needs_reason: bool = False
    days: str = ""
    not_by: str = ""
    has_form: bool = False


class Life:
    """All steps of all kinds of things."""

    def __init__(self, steps: Iterable[Step]):
        self.steps = tuple(steps)
        self._by_key = {(step.of, step.key): step for step in self.steps}

    def step(self, of: str, key: str) -> Step | None:
        return self._by_key.get((of, key))

    def next(self, of: str, state: str) -> tuple[Step, ...]:
        """The steps that lead away from a state, in the order of the data."""
        return tuple(step for step in self.steps if step.of == of and state in step.origins)

    def reachable(self, of: str, start: str) -> frozenset[str]:
        """Every state that can be reached from one."""
        seen, open_states = {start}, [start]
        while open_states:
            for step in self.next(of, open_states.pop()):
                if step.to not in seen:
                    seen.add(step.to)
                    open_states.append(step.to)
        return frozenset(seen)


def life_of(data: Mapping[str, Any]) -> Life:
    """The life that a parsed fixtures/partners/life.toml describes."""
    return Life(
        Step(
            key=one["key"],
            of=one["of"],
            origins=frozenset(one["from"]),
            to=one["to"],
            label=one["label"],
            act=one["act"],
            permission=one["permission"],
            needs_reason=one.get("reason", False),
            days=one.get("days", ""),
            not_by=one.get("not_by", ""),
            has_form=one.get("form", False),
        )
        for one in data["step"]
    )
