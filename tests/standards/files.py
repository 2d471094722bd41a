"""The data files as tests read them: standards, documents, and the clause tests that an official can read."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from standards.rules import MISSING, Construction, Outcome, Tier
from standards.rules.amounts import amount_of

ROOT = Path(__file__).resolve().parents[2]
CLAUSES = Path(__file__).parent / "clauses"
OUTCOMES = {"未达": Outcome.NOT_MET, "达标": Outcome.MET, "待确认": Outcome.UNKNOWN}
TIERS = {"未入名录": Tier.UNRATED, "普惠型": Tier.INCLUSIVE, "示范型": Tier.DEMONSTRATION}
TYPES = {
    "集成式": Construction.INTEGRATED,
    "片区化": Construction.AREA,
    "街区化": Construction.STREETBLOCK,
    "类型不明": Construction.UNKNOWN,
}


@cache
def standard(name: str) -> dict:
    return tomllib.loads((ROOT / "fixtures" / "standards" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def metrics_by_name() -> dict[str, dict]:
    return {metric["name"]: metric for metric in standard("metrics")["metric"]}


def amount(text: str) -> int:
    """What a clause test writes, in base units: "有" 1, "没有" 0, "缺" MISSING, else an amount with its unit."""
    words = {"有": 1, "没有": 0, "缺": MISSING}
    return words[text] if text in words else amount_of(text)


@cache
def baseline() -> dict[str, str]:
    return tomllib.loads((CLAUSES / "baseline.toml").read_text(encoding="utf-8"))["facts"]


def columns(*facilities: dict[str, str]) -> dict[str, np.ndarray]:
    """Columns of facts for some facilities, each written as differences from the baseline."""
    rows = [{**baseline(), **facility} for facility in facilities]
    names = sorted({name for row in rows for name in row})
    by_name = metrics_by_name()
    return {by_name[name]["key"]: np.array([amount(row.get(name, "缺")) for row in rows], np.int64) for name in names}


@cache
def clause_files() -> tuple[dict, ...]:
    paths = sorted(path for path in CLAUSES.glob("*.toml") if path.name != "baseline.toml")
    return tuple(tomllib.loads(path.read_text(encoding="utf-8")) for path in paths)


def cases():
    """(clause entry, construction type, case) of every clause test, one for each construction type it names."""
    for file in clause_files():
        for entry in file["clause"]:
            for case in entry["case"]:
                for kind in case["type"]:
                    yield entry, kind, case
