"""The draw: same seed same sample, every street in it, shares by largest remainder, and a verifier that needs no portal."""

import subprocess
import sys
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules import sampling
from assessments.rules.bounds import bounds, of_strata
from assessments.rules.published import DrawRecord, draw_file, drawn_of
from assessments.rules.sampling import SamplingError, Unit

FRAMES = st.lists(
    st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from("012"), st.sampled_from(["集成式", "片区化"])),
    min_size=1,
    max_size=60,
).map(lambda rows: [Unit(f"330105-{i:03d}", *row) for i, row in enumerate(rows)])
RATIOS = st.integers(1, 1000)
SEEDS = st.text("0123456789abcdef", min_size=1, max_size=16)


@given(FRAMES, RATIOS, RATIOS, SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_same_seed_gives_the_same_sample_whatever_the_order(units, permille, double, seed, chance):
    shuffled = list(units)
    chance.shuffle(shuffled)
    one, other = (
        sampling.draw(each, permille=permille, double_permille=double, seed=seed) for each in (units, shuffled)
    )
    assert sampling.result_text(one) == sampling.result_text(other)
    assert sampling.units_of(sampling.frame_text(shuffled)) == sorted(units)


@given(FRAMES, RATIOS, SEEDS)
@settings(max_examples=80, deadline=None)
@pytest.mark.requirement("CHK-1", "CHK-3")
def test_every_street_is_in_it_and_no_facility_twice(units, permille, seed):
    found = sampling.draw(units, permille=permille, double_permille=100, seed=seed)
    codes = [ticket.unit.code for ticket in found.drawn]
    streets = {unit.street for unit in units}
    assert len(codes) == len(set(codes)) == max(-(-len(units) * permille // 1000), len(streets))
    assert {ticket.unit.street for ticket in found.drawn} == streets
    assert all(drawn <= size for size, drawn in found.allocation.values())
    assert sum(drawn for _, drawn in found.allocation.values()) == len(codes)
    for stratum, reserves in found.reserves.items():
        assert not {ticket.unit.code for ticket in reserves} & set(codes)
        assert {ticket.unit.street for ticket in reserves} <= {stratum[0]}
    assert len(found.double) == -(-len(codes) * 100 // 1000)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 50), min_size=1), st.data())
@settings(max_examples=80, deadline=None)
def test_largest_remainders_stay_within_one_of_the_exact_share(sizes, data):
    seats = data.draw(st.integers(0, sum(sizes.values())))
    given_ = sampling.largest_remainder(sizes, seats)
    assert sum(given_.values()) == seats
    for key, count in given_.items():
        assert abs(Fraction(sizes[key] * seats, sum(sizes.values())) - count) < 1
        assert count <= sizes[key]


def test_an_allocation_that_can_be_checked_by_hand():
    """20 + 10 + 1 facilities, a fifth: 7 seats. 甲 4.5, 乙 2.3, 丙 0.2 → 丙 gets its one, 甲 and 乙 share six as 4 and 2."""
    assert sampling.share_among_streets({"甲": 20, "乙": 10, "丙": 1}, 7) == {"甲": 4, "乙": 2, "丙": 1}


def test_without_a_ratio_or_a_frame_nothing_is_drawn():
    unit = Unit("1", "甲", "0", "集成式")
    for units, permille in (([], 100), ([unit], 0), ([unit], 1001)):
        with pytest.raises(SamplingError):
            sampling.allocate(units, permille)
    with pytest.raises(SamplingError, match="编号相同"):
        sampling.frame_text([unit, unit])
    with pytest.raises(SamplingError, match="没有记录"):
        sampling.frame_text([Unit("1", "甲", "0", "")])


def test_substitutes_come_in_their_fixed_order_until_nobody_is_left():
    units = [Unit(f"{i}", "甲", "1" if i < 6 else "2", "集成式") for i in range(8)]
    found = sampling.draw(units, permille=250, double_permille=0, seed="5")
    first = next(t for t in found.drawn if t.unit.tier == "1").unit.code
    used, order = {t.unit.code for t in found.drawn}, []
    while len(used) < len(units):
        order.append(sampling.substitute_for(first, found, used))
        used.add(order[-1].code)
    assert [unit.tier for unit in order] == ["1"] * 4 + ["2"] * 2
    assert [sampling.lot("5", u.code) for u in order[:4]] == sorted(sampling.lot("5", u.code) for u in order[:4])
    with pytest.raises(SamplingError, match="没有可以替补"):
        sampling.substitute_for(first, found, used)


def _record(units, secret="00" * 32, public="2026112") -> DrawRecord:
    seed = sampling.seed_of(secret, public)
    found = sampling.draw(units, permille=300, double_permille=200, seed=seed)
    return DrawRecord(
        "拱墅区 2026 年度抽检抽样", sampling.frame_text(units), secret, public, 300, 200, sampling.result_text(found),
        ("2026-11-01 冻结抽样框", "2026-11-02 公布'承诺'与比例"),
    )  # fmt: skip


def _run(folder, text) -> subprocess.CompletedProcess:
    """Outside the portal: isolated mode, an empty directory, no environment."""
    file = folder / "draw.py"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-S", "draw.py"], cwd=folder, env={"PYTHONUTF8": "1"}, capture_output=True, text=True, timeout=60
    )  # fmt: skip


@given(FRAMES)
@settings(max_examples=8, deadline=None)
def test_the_published_file_verifies_itself_outside_the_portal(tmp_path_factory, units):
    ran = _run(tmp_path_factory.mktemp("draw"), draw_file(_record(units)))
    assert (ran.returncode, ran.stdout.count(" 一致"), ran.stderr) == (0, 4, "")
    drawn = sampling.draw(
        units, permille=300, double_permille=200, seed=sampling.seed_of(_record(units).secret, _record(units).public)
    )
    assert [row["code"] for row in drawn_of(draw_file(_record(units)))] == [ticket.unit.code for ticket in drawn.drawn]


@pytest.mark.requirement("CHK-3")
def test_a_file_that_was_tampered_with_does_not_verify(tmp_path):
    units = [Unit(f"{i:02d}", "甲乙丙"[i % 3], str(i % 2), "集成式") for i in range(30)]
    text = draw_file(_record(units))
    for old, new in (
        ("    '05\\t丙", "    '99\\t丙"),
        ("PERMILLE = 300", "PERMILLE = 301"),
        ("PUBLIC = '2026112'", "PUBLIC = '2026113'"),
        ("SECRET = '00", "SECRET = '01"),
    ):
        assert old in text
        assert _run(tmp_path, text.replace(old, new, 1)).returncode == 1, old


def _enumerated(population, sampled, found, alpha_permille):
    """The same bounds by drawing every possible sample."""
    low, high = [], []
    samples = list(combinations(range(population), sampled))
    for marked in range(found, population - sampled + found + 1):
        counts = [sum(i < marked for i in sample) for sample in samples]
        if Fraction(sum(c <= found for c in counts), len(samples)) > Fraction(alpha_permille, 2000):
            high.append(marked)
        if Fraction(sum(c >= found for c in counts), len(samples)) > Fraction(alpha_permille, 2000):
            low.append(marked)
    return min(low), max(high)


@pytest.mark.parametrize("population", [1, 4, 8])
@pytest.mark.parametrize("alpha", [50, 200])
def test_bounds_are_those_of_drawing_every_sample(population, alpha):
    for sampled in range(population + 1):
        for found in range(sampled + 1):
            exact = bounds(population, sampled, found, alpha_permille=alpha)
            assert (exact.low, exact.high) == _enumerated(population, sampled, found, alpha), (sampled, found)


def test_bounds_known_from_the_tables():
    """400 facilities, 40 drawn, none bad: 95 % bounds; at 33 bad the chance to draw none is 2.6 %, at 34 it is 2.3 %."""
    assert (bounds(400, 40, 0).low, bounds(400, 40, 0).high) == (0, 33)
    assert bounds(10, 10, 3).low == bounds(10, 10, 3).high == 3


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_bounds_of_strata_hold_what_was_found_and_no_more_than_there_is(rows):
    strata = [(n, min(n, s), min(n, s, f)) for n, s, f in rows]
    all_in_all = of_strata(strata)
    assert all_in_all.found <= all_in_all.low <= all_in_all.high <= all_in_all.population
    assert all_in_all.high <= all_in_all.population - (all_in_all.sampled - all_in_all.found)
