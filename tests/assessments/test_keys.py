"""Verdicts are keyed like rows with composite foreign keys, although their keys are checked once per statement."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from assessments.models import FacilityFact, Run, Verdict
from assessments.queries.replay import replay
from facilities.models import Facility
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU, SHANGCHENG
from tests.assessments.test_run import run_quarter


def copy_of(verdict, **changes):
    fields = {f.attname: getattr(verdict, f.attname) for f in Verdict._meta.concrete_fields}
    return Verdict(**{**fields, **changes})


def refused(text, work):
    with pytest.raises(IntegrityError, match=text), transaction.atomic():
        work()


def test_a_verdict_needs_its_facility_its_division_and_its_run(gongshu):
    make.demonstration(1)
    other = make.facility(2, code=330105002051, lifecycle="planned")
    verdict = Verdict.objects.get(run=run_quarter())
    refused("no facility", lambda: copy_of(verdict, facility_id=10**9).save(force_insert=True))
    refused("no facility", lambda: copy_of(verdict, facility_id=other.pk).save(force_insert=True))
    refused("stays with its run", lambda: Verdict.objects.update(division_code=330105002051))
    absent = {"facility_id": other.pk, "division_code": other.division_code}
    refused("outside the district", lambda: copy_of(verdict, run_id=10**9, **absent).save(force_insert=True))


def test_a_verdict_cannot_hang_on_another_districts_run(standards):
    with opened_scope(division_scope(330100000000)):
        foreign = make.facility(1, code=330102901001)
        run = Run.objects.create(
            division_code=GONGSHU, quarter="2026-Q3", standard="gongshu@2025-draft", state="failed"
        )
        assert run.division_code != SHANGCHENG
        row = Verdict(
            run=run,
            facility=foreign,
            division_code=330102901001,
            failed=0,
            unknown=0,
            tier=0,
            construction=0,
            values=b"",
        )
        refused("outside the district", lambda: row.save(force_insert=True))


def test_a_facility_that_has_been_judged_cannot_be_deleted(gongshu):
    make.demonstration(1)
    run_quarter()
    with pytest.raises(ProtectedError):
        Facility.objects.all().delete()
    for ledger in (
        "sites",
        "functions",
        "operators",
        "projects",
        "charity_receipts",
        "charity_projects",
        "states",
        "coverages",
    ):
        getattr(Facility.objects.get(), ledger).all().delete()
    FacilityFact.objects.all().delete()
    refused("cannot be deleted", lambda: Facility.objects.all()._raw_delete("default"))


def test_a_recoded_facility_leaves_its_verdicts_as_they_were_published_and_the_replay_still_holds(gongshu):
    one = make.demonstration(1)
    run = run_quarter()
    with transaction.atomic():
        Facility.objects.filter(pk=one.pk).update(division_code=330105002051)
    assert Verdict.objects.get(run=run).division_code == one.division_code
    assert replay(run) == []
