"""One row of any scoped model, with the parents that it needs in the same division."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.apps import apps
from django.db import models
from model_bakery import baker

from facilities.models import Facility
from tenants.models import User
from tenants.scoped import ScopedModel
from tests.structure.money_rows import VALUES as MONEY

# Values that a model's own constraints ask for; everything else is made up. `n` is a number that grows.
VALUES = {
    "Facility": lambda n: {"name": f"设施{n}", "nil_ledgers": []},
    "OfferedFunction": lambda n: {"item_number": 1 + n % 33, "local_name": "", "starts_on": _day(n)},
    "FacilityState": lambda n: {"starts_on": _day(n), "ends_on": _day(n) + timedelta(days=1)},
    "CharityReceipt": lambda n: {"amount_fen": 100},
    "Export": lambda n: {"kind": "facilities", "format": "xlsx", "state": "failed"},
    "Run": lambda n: {"quarter": "2026-Q3", "standard": f"gongshu@{n}", "state": "failed"},
    "SecurityRules": lambda n: {
        "second_factor_roles": [],
        "starts_on": _day(n),
        "ends_on": _day(n) + timedelta(days=1),
        "password_max_age_days": 90,
        "idle_minutes": 15,
    },
    "ActivityPlan": lambda n: {"month": _month(n)},
    "Activity": lambda n: {"kind": "other", "sessions": 1, "head_count": 20},
    "VisitCount": lambda n: {"starts_on": _day(n), "period": 1, "visits": 10},
    "MonthlyFigure": lambda n: {"month": _month(n), "figure": 4, "subject": 1, "amount": 10},
    "Catchment": lambda n: {"residents": 30_000, "starts_on": _day(n)},
    "OpeningHours": lambda n: {"weekday": 1, "opens_minute": 540, "closes_minute": 1020, "starts_on": _day(n)},
    "Closure": lambda n: {"starts_on": _day(n), "ends_on": _day(n) + timedelta(days=1)},
    "Opening": lambda n: {"day": _day(n), "minutes": 480},
    "HomeVisit": lambda n: {"households": 1},
    "Round": lambda n: {"day": _day(n), "kind": 1},
    "Certificate": lambda n: {"issued_on": _day(n), "valid_until": _day(n)},
    "Complaint": lambda n: {"received_on": _day(n), "due_on": _day(n), "closed_on": _day(n), "outcome": "已办"},
    "Survey": lambda n: {"first_day": _day(n), "last_day": _day(n), "paper_valid": 40, "paper_satisfied": 38},
    "SurveyAnswer": lambda n: {"choice": 5, "day": _day(n)},
    "VitalityScore": lambda n: {"score": 7000, "coverage": 100, "grade": 2, "prev_score": -1},
    "SampledFacility": lambda n: {
        "dropped_reason": "停业",
        "dropped_at": datetime(2026, 11, 1, tzinfo=UTC),
        "claims": {"values": {}, "construction": 0, "items": []},
    },
    "CheckRound": lambda n: {"year": 2100 + n % 900},
    "Commission": lambda n: {"first_day": _day(n), "last_day": _day(n)},
    "Directory": lambda n: {
        "state": "proposed",
        "year": 2026,
        "revision": n,
        "approved_by": None,
        "confirmed_by": None,
    },
    "DirectoryEntry": lambda n: {"tier": 1, "tier_computed": 2, "construction": 0, "movement": "entry"},
    "Discrepancy": lambda n: {"tier_claimed": 2, "tier_found": 1, "claimed": 1, "found": 0},
    "VisitOperation": lambda n: {"value": 1},
    "FollowUpRules": lambda n: {
        "starts_on": _day(n),
        "ends_on": _day(n) + timedelta(days=1),
        **dict.fromkeys(("check_days", "plan_days", "mend_days", "failures", "failure_months"), 5),
    },
    "FollowUp": lambda n: {
        "half": f"{2000 + n}-H1",
        "state": "done",
        "conclusion": "已看台账",
        "concluded_at": datetime(2026, 7, 9, tzinfo=UTC),
        "findings": {},
    },
    "Rectification": lambda n: {
        "half": f"{2000 + n}-H1",
        "state": "void",
        "ended_at": datetime(2026, 7, 9, tzinfo=UTC),
        "satisfied": 1,
        "valid": 2,
        "line_value": 4,
        "line_parts": 5,
        "item_number": 0,
    },
    "RectificationStep": lambda n: {"kind": "opened", "mark": ""},
    "ItemDecision": lambda n: {
        "state": "kept",
        "item_number": 0,
        "failures": 2,
        "reason": "再看一次",
        "decided_at": datetime(2026, 7, 9, tzinfo=UTC),
        "ends_on": None,
    },
    "VisitFinding": lambda n: {"value": 1},
    "ReturnRules": lambda n: {
        "starts_on": _day(n),
        "ends_on": _day(n) + timedelta(days=1),
        "due_offset_days": 0,
        "jump_percent": 5,
        "remind_days": [7, 0],
    },
    "QuarterlyReturn": lambda n: {"quarter": f"{2000 + n}-Q1", "state": "open", "checked_by": None},
    "ReturnComment": lambda n: {"settled_by": None},
    "ReturnEvent": lambda n: {"mark": ""},
    "ServiceFigures": lambda n: {"quarter": f"{2000 + n}-Q1", "surveyed": None, "satisfied": None},
    "Credential": lambda n: {"kind": "licence", "issued_on": _day(n), "valid_until": _day(n)},
    "BrandMember": lambda n: {"starts_on": _day(n), "ends_on": _day(n) + timedelta(days=1)},
    "EntryRules": lambda n: {
        "starts_on": _day(n),
        "ends_on": _day(n) + timedelta(days=1),
        "pass_points": 60,
        "satisfaction_percent": 80,
        "panel_size": 3,
    },
    "Call": lambda n: {"opens_on": _day(n), "closes_on": _day(n), "state": "open"},
    "Application": lambda n: {"points": None, "state": "admitted"},
    "Score": lambda n: {"is_recused": False, "points": [1]},
    "Agreement": lambda n: {"starts_on": _day(n), "ends_on": _day(n) + timedelta(days=1), "state": "running"},
    "AgreementPrice": lambda n: {"fee_nature": "free", "price_fen": 0},
    "AgreementCheck": lambda n: {"surveyed": None, "satisfied": None, "points": []},
    "SelectionRound": lambda n: {"opens_on": _day(n), "closes_on": _day(n), "state": "open", "valid_to": None},
    "Nomination": lambda n: {"points": []},
    "Exemplar": lambda n: {"state": "released", "released_at": datetime(2026, 11, 1, tzinfo=UTC)},
    "EvaluationRules": lambda n: {
        "starts_on": _day(n),
        "ends_on": _day(n) + timedelta(days=1),
        "fill_days": 31,
        "frequency": "half_yearly",
    },
    "SelfEvaluation": lambda n: {
        "quarter": f"{2000 + n}-Q2",
        "state": "open",
        "frequency": "half_yearly",
        "version": 0,
    },
    "EvaluationVersion": lambda n: {"number": 1 + n % 30_000, "reason": "补数", "content": {"facilities": []}},
    "Filing": lambda n: {"district_code": 330105000000, "year": 2026, "serial": n},
    "EvaluationEvent": lambda n: {"mark": ""},
    **MONEY,
    "ScopeSummary": lambda n: {"failed_by_criterion": [], "unknown_by_criterion": []},
}
MADE_WITH_THEIR_FACILITY = {"FacilityFact"}  # by a trigger; the row that a test wants takes its place
# One row of them goes with one parent (or one parent and facility), so each gets a parent of its own.
ALONE_WITH = {
    "Sample": "round",
    "SampledFacility": "sample",
    "Assessor": "commission",
    "Visit": "sampled",
    "DirectoryEntry": "directory",
    "PartnerMerge": "gone",
    "EvaluatedFacility": "evaluation",
    "Filing": "version",
    "Rectification": "survey",
    "Nomination": "round",
    "PlanRecord": "item",
}
# References that may be empty, of which a row needs this one.
ALSO_NEEDED = {("PartnerFile", "partner"), ("Exemplar", "facility"), ("MoneyFile", "payment")}
_numbers = count(1)


def scoped_models() -> list[type[ScopedModel]]:
    return [model for model in apps.get_models() if issubclass(model, ScopedModel)]


def make_row(model: type[models.Model], code: int, parents: dict | None = None, **values) -> models.Model:
    """Save one row of `model` in the division `code`. Parents are shared through `parents`, so siblings fit together."""
    parents = {} if parents is None else parents
    number = next(_numbers)
    values = {"division_code": code, **VALUES.get(model.__name__, lambda n: {})(number), **values}
    for field in model._meta.fields:
        needed = not field.null or field.related_model is User or field.attname == model.facility_path
        needed = needed or (model.__name__, field.name) in ALSO_NEEDED
        if field.name in values or not field.is_relation or not needed:
            continue
        if ALONE_WITH.get(model.__name__) == field.name:
            values[field.name] = make_row(field.related_model, code, parents)
        else:
            values[field.name] = _parent(field.related_model, code, parents)
    if any(field.name == "starts_on" for field in model._meta.fields):
        values.setdefault("starts_on", date(2026, 1, 1))
    if model.__name__ in MADE_WITH_THEIR_FACILITY:
        made = model._base_manager.filter(facility=values["facility"])
        made._raw_delete(made.db)
    row = baker.prepare(model, **values)
    row.save(force_insert=True)
    return row


def _parent(model, code: int, parents: dict):
    if (model, code) not in parents:
        if issubclass(model, ScopedModel):
            parents[model, code] = make_row(model, code, parents)
        else:
            parents[model, code] = baker.make(model)
    return parents[model, code]


def _day(number: int) -> date:
    return date(1950, 1, 1) + timedelta(days=number)  # long before anything of the world, however many rows there are


def _month(number: int) -> date:
    return date(2020 + number // 12 % 60, 1 + number % 12, 1)


def facility_in(code: int, **values) -> Facility:
    return make_row(Facility, code, **values)
