"""A stored run can be computed again, years later, from what is stored; the command says so or names what differs."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Run, RunState, Verdict
from assessments.queries import replay
from standards.rules import Tier
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU
from tests.assessments.test_run import Q2, Q3, run_quarter


def command(*arguments):
    out = StringIO()
    call_command("replay_quarter", *arguments, stdout=out)
    return out.getvalue()


def test_every_stored_run_comes_out_the_same(gongshu):
    one, rich = make.demonstration(1), make.demonstration(2)
    make.charity(rich, "大额", received=[(make.date(2026, 2, 1), 2**40)])  # stored wide
    make.facility(3)
    run_quarter(Q2)
    one.sites.update(floor_area_m2=700)
    run_quarter(Q3)
    assert [replay.replay(run) for run in Run.objects.all()] == [[], []]
    assert command("--all").count("一致") == 2


def test_a_verdict_that_somebody_changed_is_found(gongshu):
    one = make.demonstration()
    run = run_quarter()
    Verdict.objects.filter(run=run).update(tier=Tier.UNRATED)
    assert replay.replay(run) == [f"设施 {one.pk} 的 tier:存 0，重算 2"]
    with pytest.raises(CommandError, match="1 处与存档不一致"):
        command("--run", str(run.pk))


def test_a_fact_that_somebody_changed_is_found(gongshu):
    make.demonstration()
    run = run_quarter()
    verdict = Verdict.objects.get(run=run)
    Verdict.objects.filter(run=run).update(values=bytes(verdict.values)[:-1] + b"\x01")
    assert replay.replay(run)[0].startswith("事实哈希不同")


def test_ledgers_corrected_afterwards_do_not_touch_the_result_but_are_reported(gongshu):
    one = make.demonstration()
    run = run_quarter()
    one.sites.update(floor_area_m2=999)
    assert [(d.metric, d.stored, d.now) for d in replay.drift(run)] == [
        ("floor_area_documented", 120000, 99900),
        ("floor_area_declared", 120000, 99900),
    ]
    assert "1 家的 2 个数与测算时不同" in command("--quarter", "2026-Q3")


def test_what_another_reading_would_have_given(gongshu):
    one = make.demonstration()
    one.functions.filter(item_number__gt=11).delete()
    make.functions(one, items=(3, 4, 5))
    run = run_quarter()
    assert [
        (d.facility_id, d.stored, d.replayed) for d in replay.counterfactual(run, readings={"G-1": "domains_7"})
    ] == [(one.pk, Tier.DEMONSTRATION, Tier.UNRATED)]
    assert "示范型 → 未入名录" in command("--run", str(run.pk), "--reading", "G-1=domains_7")
    assert command("--run", str(run.pk), "--under", "hangzhou@2025").count("示范型 → 未入名录") == 1


def test_the_command_runs_a_quarter_and_reruns_it_with_a_reason(gongshu):
    make.demonstration()
    out = StringIO()
    call_command("run_quarter", "2026-Q3", "--district", str(GONGSHU), stdout=out)
    call_command("run_quarter", "2026-Q3", "--district", str(GONGSHU), "--rerun", "--reason", "核对", stdout=out)
    assert out.getvalue().count("已测算，1 家") == 2
    assert list(Run.objects.order_by("revision").values_list("revision", "state", "reason")) == [
        (1, RunState.COMPUTED, ""),
        (2, RunState.COMPUTED, "核对"),
    ]
    with pytest.raises(CommandError, match="2026-Q3 这样的形式"):
        call_command("run_quarter", "2026Q3")
