"""Map data that comes with the portal: outlines of districts and the grid of the tile map. Read once, from `fixtures/maps`."""

import json
import tomllib
from functools import cache
from itertools import pairwise

from django.conf import settings

from tenants.rules import CodeRange

_FOLDER = settings.BASE_DIR / "fixtures" / "maps"


@cache
def _outlines() -> tuple[dict, ...]:
    return tuple(json.loads((_FOLDER / "districts.geojson").read_text(encoding="utf-8"))["features"])


@cache
def _grids() -> dict[int, tuple[tuple[int, ...], ...]]:
    found = tomllib.loads((_FOLDER / "tiles.toml").read_text(encoding="utf-8"))["district"]
    return {grid["code"]: tuple(map(tuple, grid["rows"])) for grid in found}


def outlines(codes: CodeRange) -> dict:
    """Districts as a GeoJSON FeatureCollection; `inside` says whether one lies in the range or holds it."""
    features = []
    for outline in _outlines():
        code = outline["properties"]["code"]
        inside = code in codes or code in codes.ancestors
        features.append({**outline, "properties": {**outline["properties"], "inside": inside}})
    return {"type": "FeatureCollection", "features": features}


def lies_in_district(district: int, longitude: float, latitude: float) -> bool | None:
    """Whether a point lies within the outline of a district; None where its outline is not known."""
    known = [outline for outline in _outlines() if outline["properties"]["code"] == district]
    return any(_holds(outline["geometry"], longitude, latitude) for outline in known) if known else None


def _holds(geometry: dict, x: float, y: float) -> bool:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return any(_inside(rings[0], x, y) and not any(_inside(hole, x, y) for hole in rings[1:]) for rings in polygons)


def _inside(ring: list, x: float, y: float) -> bool:
    """Ray casting: a point is inside if a ray to the east crosses the ring an odd number of times."""
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        crossings += (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    return crossings % 2 == 1


def has_grid(district: int) -> bool:
    """Whether the tile map of a district stands by bearings, and not just by code."""
    return district in _grids()


def grid(district: int, streets: list[int]) -> list[list[int]]:
    """Rows of street codes for a tile map, 0 for a gap; streets without a place follow in rows of four."""
    rows = [list(row) for row in _grids().get(district, ())]
    placed = {code for row in rows for code in row}
    rest = [code for code in streets if code not in placed]
    width = max((len(row) for row in rows), default=4)
    return rows + [rest[i : i + width] for i in range(0, len(rest), width)]
