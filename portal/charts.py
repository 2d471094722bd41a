"""Geometry of charts drawn as SVG by the templates. Pure: numbers in, coordinates out; no colours, no text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a stacked bar: its class, left edge, width and value."""

    css: str
    x: float
    width: float
    value: int

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    y: int
    total: int
    segments: tuple[Segment, ...]


def stacked_bars(
    rows: Iterable[tuple[str, Sequence[tuple[str, int]]]], *, left: int = 74, width: int = 250, step: int = 34
) -> list[Bar]:
    """Horizontal stacked bars on a common scale from zero. rows: (label, ((class, value), …)) from top to bottom."""
    rows = list(rows)
    largest = max((sum(value for _, value in parts) for _, parts in rows), default=0) or 1
    bars = []
    for number, (label, parts) in enumerate(rows):
        x, segments = float(left), []
        for css, value in parts:
            if value:
                w = width * value / largest
                segments.append(Segment(css, round(x, 1), round(w, 1), value))
                x += w
        bars.append(Bar(label, number * step, sum(value for _, value in parts), tuple(segments)))
    return bars
