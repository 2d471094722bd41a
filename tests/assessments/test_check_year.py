"""A whole year for two districts, from the frame to the published directory, and done again from what is stored."""

import json
import subprocess
import sys

import pytest

from assessments import operations
from assessments.models import DirectoryState, Discrepancy, DocumentKind, PublishedDocument, SampledFacility
from assessments.operations.publishing import canonical
from assessments.queries.year_replay import replay_year
from assessments.rules.sampling import sha256
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU, SHANGCHENG


@pytest.mark.requirement("CHK-1", "CHK-2", "CHK-3", "CHK-4", "DIR-1", "DIR-2")
@pytest.mark.parametrize("district", [GONGSHU, SHANGCHENG])
def test_a_year_from_frame_to_published_directory_replayed_bit_by_bit(standards, district, tmp_path):
    with opened_scope(division_scope(district)):
        year = y.Year(district)
        visits = year.to_assigned()
        smaller = next(v for v in visits if not v.is_second)
        directory, document = y.published(year, {smaller.facility_id: {"floor_area_documented": 60_000}})
        assert directory.state == DirectoryState.PUBLISHED
        assert replay_year(year.round) == []
        assert canonical(operations.directories.content_of(directory)) == document.content
        assert sha256(document.content) == document.sha256
        content = json.loads(document.content)
        tiers = {entry["code"]: entry["tier"] for entry in content["entries"]}
        checked = SampledFacility.objects.filter(sample=year.sample, dropped_at=None)
        assert content["basis"]["draw_sha256"] == year.sample.draw_sha256
        if district == GONGSHU:
            assert tiers[smaller.facility.code] == 1, "600 ㎡ is enough for 普惠型 and not for 示范型"
            assert {e["basis"] for e in content["entries"] if e["code"] == smaller.facility.code} == {"抽检核实"}
            assert sum(entry["basis"] == "抽检核实" for entry in content["entries"]) == checked.count()
        else:
            assert tiers == {}, "no standard of this district gives a tier yet"
    draw = PublishedDocument.objects.get(district=district, kind=DocumentKind.DRAW)
    (tmp_path / "draw.py").write_text(draw.content, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "draw.py"], cwd=tmp_path, env={"PYTHONUTF8": "1"}, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert (ran.returncode, ran.stdout.count(" 一致")) == (0, 4)


def test_one_changed_bit_is_noticed(standards):
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU)
        year.to_assigned()
        y.published(year)
        SampledFacility.objects.filter(sample=year.sample).first().visits.first().findings.filter(
            key="floor_area_documented"
        ).update(value=1)
        assert len(replay_year(year.round)) == 1
        assert Discrepancy.objects.count() == 0
