"""Records made up in the database for `bench.vitality`, and the 13 indicators counted from them by a plain loop over the ORM."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

from django.db import connection
from django.db.models import Sum

YEAR, FIRST, LAST = date(2026, 1, 1), date(2026, 7, 1), date(2026, 9, 30)
ITEMS = (1, 2, 7, 11, 13, 18, 22, 24, 26)
_SINCE = date(2025, 1, 1)


def registry(district: int, size: int) -> list:
    """Facilities with sites, spaces, functions, partners, charity and three quarters of records. Call it in a scope."""
    from facilities.models import Facility, FacilityState, OfferedFunction, Site, Space
    from partners.models import CharityProject, CharityReceipt, Partner, ResidentProject

    code = district + 1001
    own = {"division_code": code}
    made = Facility.objects.bulk_create(
        [Facility(code=f"bench-{n:06d}", name=f"测试设施{n}", **own) for n in range(size)], batch_size=5000
    )

    def each(model, *variants: dict, **fields) -> list:
        rows = [model(facility=one, **own, **fields, **more) for one in made for more in variants or ({},)]
        return model.objects.bulk_create(rows, batch_size=5000)

    each(FacilityState, construction_type="integrated", lifecycle="open", starts_on=_SINCE)
    sites = each(Site, name="主点位", floor_area_m2=1200, area_document="有", starts_on=_SINCE)
    Space.objects.bulk_create(
        [
            Space(facility_id=site.facility_id, site=site, name=str(n), usable_area_m2=300, used_by="public",
                  is_multifunction=n == 0, starts_on=_SINCE, **own)
            for site in sites for n in range(3)
        ], batch_size=5000,
    )  # fmt: skip
    each(OfferedFunction, *({"item_number": item} for item in ITEMS), starts_on=_SINCE)
    partners = [Partner.objects.create(division_code=district, name=f"伙伴{n}", kind="market") for n in range(4)]
    each(ResidentProject, *({"name": one.name, "partner": one} for one in partners), run_by="market", starts_on=_SINCE)
    projects = each(CharityProject, {"name": "甲"}, {"name": "乙"}, year=2026, kind="charity", contract_fen=6_000_000)
    CharityReceipt.objects.bulk_create(
        [
            CharityReceipt(facility_id=p.facility_id, project=p, received_on=date(2026, 3, 1), amount_fen=5_000_000,
                           voucher=str(p.pk), **own)
            for p in projects
        ], batch_size=5000,
    )  # fmt: skip
    _records(code, [one.pk for one in partners], made[0].pk)
    return made


def _records(code: int, partners: list[int], lowest: int) -> None:
    """Everything that grows with the days, by INSERT … SELECT. `v` is a number of the facility that makes them differ."""
    inside = "FROM (SELECT id, division_code, (id - %(lowest)s)::int AS v FROM facilities_facility WHERE division_code = %(code)s) f"
    days = "generate_series(DATE '2026-01-01', DATE '2026-09-30', INTERVAL '1 day') AS d(day)"
    months = "generate_series(DATE '2026-04-01', DATE '2026-09-01', INTERVAL '1 month') AS m(month)"
    statements = (
        f"""INSERT INTO engagement_visitcount (division_code, facility_id, starts_on, period, source, visits)
        SELECT division_code, id, day, 1, 1, 60 + v %% 97 {inside}, {days} WHERE day >= DATE '2026-07-01'""",
        f"""INSERT INTO engagement_activity (division_code, facility_id, held_on, name, kind, target_group, sessions,
            head_count, partner_id, remark)
        SELECT division_code, id, day, '活动', (ARRAY['culture', 'health_talk', 'sports', 'employment'])[1 + (v + g) %% 4],
            'everybody', 1 + g %% 4, 20, (%(partners)s::bigint[])[1 + (v + g) %% 3], ''
        {inside}, LATERAL (SELECT day, (day::date - DATE '2026-01-01')::int AS g FROM
            generate_series(DATE '2026-01-05', DATE '2026-09-30', INTERVAL '9 days') AS d(day)) days""",
        f"""INSERT INTO engagement_round (division_code, facility_id, day, kind, found_problem)
        SELECT division_code, id, day, 2, false {inside}, {days} WHERE v %% 7 <> 0 AND extract(isodow FROM day) = 1""",
        f"""INSERT INTO engagement_catchment (division_code, facility_id, residents, elders, children, low_income, disabled,
            starts_on, origin)
        SELECT division_code, id, 20000 + v * 13 %% 9000, 4800, 2200, CASE v %% 11 WHEN 0 THEN NULL ELSE 200 END, 0,
            DATE '2025-01-01', '' {inside}""",
        f"""INSERT INTO engagement_openinghours (division_code, facility_id, item_number, weekday, opens_minute, closes_minute,
            starts_on)
        SELECT division_code, id, 0, w, 510, 900 + v %% 3 * 60, DATE '2025-01-01' {inside}, generate_series(1, 6) w
        WHERE w < 5 + v %% 3""",
        f"""INSERT INTO engagement_monthlyfigure (division_code, facility_id, month, figure, subject, amount)
        SELECT division_code, id, month, figure, subject, amount * (50 + v %% 50) / 100 {inside}, {months},
            (VALUES (1, 0, 9000), (1, 1, 3000), (1, 2, 900), (1, 3, 150), (1, 4, 60), (2, 0, 800), (3, 0, 300),
                    (5, 0, 27000), (6, 0, 16000), (7, 0, 1500000), (8, 0, 1600000), (4, 1, 30), (4, 11, 90), (4, 18, 3))
            AS n(figure, subject, amount)
        WHERE NOT (v %% 13 = 0 AND extract(month FROM month) = 8)""",
        f"""INSERT INTO engagement_survey (division_code, facility_id, title, first_day, last_day, paper_valid, paper_satisfied)
        SELECT division_code, id, '调查', DATE '2026-08-01', DATE '2026-08-31', CASE v %% 9 WHEN 0 THEN 20 ELSE 100 END,
            20 + v %% 9 * 8 %% 80 - CASE v %% 9 WHEN 0 THEN 5 ELSE 0 END {inside}""",
        f"""INSERT INTO engagement_complaint (division_code, facility_id, received_on, kind, subject, due_on, closed_on, outcome)
        SELECT division_code, id, DATE '2026-08-01', 'complaint', '事', DATE '2026-08-15',
            DATE '2026-08-01' + (v %% 30), '已办' {inside} WHERE v %% 3 = 0""",
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, {"code": code, "partners": partners, "lowest": lowest})


# --- the loop that somebody would write first: queries for one facility after the other -----------------------------------


def thirteen(facility, params: dict[str, int]) -> dict[str, Fraction | None]:
    """Metric → its value in its unit, None where nobody recorded one."""
    from engagement.models import Catchment, Figure

    people = Catchment.objects.filter(facility=facility, starts_on__lte=LAST).order_by("-starts_on").first()
    figures = _Figures(facility)
    visits = _visits(facility)
    held = _held(facility, params["sessions_a_day"])
    return {
        "gathering": Fraction(visits * 100, people.residents * 3) if visits is not None else None,
        "reach": _share(figures.last(Figure.PERSONS_12M), people.residents),
        "group_reach": _groups(figures, people),
        "supply": _share(held, params["sessions_inclusive"] * 3),
        "room_use": _share(figures.total(Figure.ROOM_USED_MINUTES, 3), figures.total(Figure.ROOM_OPEN_MINUTES, 3)),
        "hours_kept": _hours_kept(facility),
        "functions_alive": _alive(facility, params["services_per_month"] * 3),
        "returning": _share(figures.last(Figure.RETURNING_30D), figures.last(Figure.PERSONS_30D)),
        "satisfaction": _satisfaction(facility, params["least_sample"]),
        "closed_in_time": _closed(facility),
        "partners_active": _partners(facility) if held is not None else None,
        "charity": _charity(facility, params),
        "space_and_balance": _space(facility, figures),
    }


def _share(above: int | None, below: int | None) -> Fraction | None:
    return None if above is None or not below else Fraction(min(above, below) * 100, below)


class _Figures:
    def __init__(self, facility):
        self.facility = facility

    def last(self, figure: int, subject: int = 0) -> int | None:
        from engagement.models import MonthlyFigure

        rows = MonthlyFigure.objects.filter(
            facility=self.facility, month=LAST.replace(day=1), figure=figure, subject=subject
        )
        return rows.values_list("amount", flat=True).first()

    def total(self, figure: int, months: int) -> int | None:
        from engagement.models import MonthlyFigure

        first = date(2026, 10 - months, 1)
        rows = list(
            MonthlyFigure.objects.filter(facility=self.facility, month__range=(first, LAST), figure=figure, subject=0)
        )
        return sum(row.amount for row in rows) if len(rows) == months else None


def _visits(facility) -> int | None:
    from engagement.models import VisitCount

    return VisitCount.objects.filter(facility=facility, starts_on__range=(FIRST, LAST)).aggregate(n=Sum("visits"))["n"]


def _held(facility, a_day: int) -> int | None:
    from engagement.models import Activity

    days: dict[tuple, int] = {}
    for one in Activity.objects.filter(facility=facility, held_on__range=(FIRST, LAST)):
        days[one.held_on, one.kind] = days.get((one.held_on, one.kind), 0) + one.sessions
    return sum(min(count, a_day) for count in days.values()) if days else None


def _groups(figures: _Figures, people) -> Fraction | None:
    shares = []
    for group, population in enumerate((people.elders, people.children, people.low_income, people.disabled), 1):
        if population == 0:
            continue
        served = figures.last(1, group)
        if population is None or served is None:
            return None
        shares.append(min(served * 10_000 // population, 10_000))
    return Fraction(sum(shares), len(shares) * 100) if shares else None


def _hours_kept(facility) -> Fraction | None:
    """The clinic on five days and culture for 28 hours in every whole week that ends in the quarter."""
    from engagement.models import OpeningHours
    from standards.queries import crosswalk

    offered = set(facility.functions.in_force(LAST).values_list("item_number", flat=True))
    across = crosswalk(LAST)
    cities = {city for item in offered for city in across.get(item, ())}
    rules: dict[int, Callable[[list], bool]] = {
        110: lambda rows: len({row.weekday for row in rows}) >= 5,
        112: lambda rows: sum(row.closes_minute - row.opens_minute for row in rows) >= 28 * 60,
    }
    kept = due = 0
    for city, holds in rules.items():
        if city not in cities:
            continue
        weeks = [FIRST + timedelta(days=n) for n in range(92) if (FIRST + timedelta(days=n)).isoweekday() == 7]
        due += 1
        kept += all(
            holds(list(OpeningHours.objects.filter(facility=facility, item_number=0, starts_on__lte=week)))
            for week in weeks
        )
    return Fraction(kept * 100, due) if due else None


def _alive(facility, least: int) -> Fraction | None:
    from engagement.models import Figure, MonthlyFigure

    offered = set(facility.functions.in_force(LAST).values_list("item_number", flat=True))
    served: dict[int, int] = {}
    for row in MonthlyFigure.objects.filter(facility=facility, figure=Figure.SERVICES, month__range=(FIRST, LAST)):
        served[row.subject] = served.get(row.subject, 0) + row.amount
    if not served or not offered:
        return None
    return Fraction(sum(served.get(item, 0) >= least and item in served for item in offered) * 100, len(offered))


def _satisfaction(facility, least: int) -> Fraction | None:
    from engagement.models import Survey

    satisfied = valid = 0
    for survey in Survey.objects.filter(facility=facility, first_day__lte=LAST, last_day__gte=FIRST):
        choices = list(survey.answers.values_list("choice", flat=True))
        satisfied += survey.paper_satisfied + sum(choice >= 4 for choice in choices)
        valid += survey.paper_valid + len(choices)
    return Fraction(satisfied * 100, valid) if valid >= least else None


def _closed(facility) -> Fraction | None:
    from engagement.models import Complaint, Round

    due = list(Complaint.objects.filter(facility=facility, due_on__range=(FIRST, LAST)))
    if due:
        return Fraction(sum(one.closed_on is not None and one.closed_on <= one.due_on for one in due) * 100, len(due))
    looked = Round.objects.filter(facility=facility, kind=2, day__range=(FIRST, LAST)).exists()
    received = Complaint.objects.filter(facility=facility, received_on__range=(FIRST, LAST)).exists()
    return Fraction(100) if looked or received else None


def _partners(facility) -> Fraction | None:
    from engagement.models import Activity

    running = set(facility.projects.in_force(LAST).exclude(partner=None).values_list("partner_id", flat=True))
    active = {
        one for one in running
        if Activity.objects.filter(facility=facility, partner_id=one, held_on__range=(FIRST, LAST)).exists()
    }  # fmt: skip
    return Fraction(len(active) * 100, len(running)) if running else None


def _charity(facility, params: dict[str, int]) -> Fraction:
    from partners.models import CharityProject, CharityReceipt

    projects = CharityProject.objects.filter(facility=facility, year=2026).count()
    received = CharityReceipt.objects.filter(facility=facility, received_on__range=(YEAR, LAST)).aggregate(
        n=Sum("amount_fen")
    )
    parts = []
    for found, year in ((projects, params["charity_projects_year"]), (received["n"] or 0, params["charity_fen_year"])):
        parts.append(min(found * 4, year * 3) * 10_000 // (year * 3))
    return Fraction(sum(parts), 200)


def _space(facility, figures: _Figures) -> Fraction | None:
    from engagement.models import Figure
    from facilities.models import Space

    spaces = list(Space.objects.filter(facility=facility).in_force(LAST))
    usable = sum(int(space.usable_area_m2 * 100) for space in spaces)
    shared = sum(int(space.usable_area_m2 * 100) for space in spaces if space.is_multifunction)
    income, cost = figures.total(Figure.INCOME_FEN, 6), figures.total(Figure.COST_FEN, 6)
    if not usable or income is None or not cost:
        return None
    return Fraction(60 * min(shared * 20_000 // usable, 10_000) + 40 * min(income * 10_000 // cost, 10_000), 10_000)
