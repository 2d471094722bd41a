"""Map data that comes with the portal: outlines of districts and the grid of the tile map. Read once, from `fixtures/maps`."""

import json
import tomllib
from functools import cache

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
