"""The first half of 2026 self-evaluated by the streets of the demonstration, in every state. All of it is made up (演示数据)."""

import io
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from assessments.demo.people import at
from assessments.models import EvaluatedFacility, SelfEvaluation
from assessments.operations.evaluations import filing, filling, nightly, opening
from assessments.queries.evaluations.values import recorded
from assessments.rules.quarters import Quarter
from facilities.models import AttachmentKind
from facilities.operations.attachments import record
from facilities.uploads import store
from tenants.models import Message, User
from tenants.operations.messages import mark_all_read

QUARTER, OPENED = Quarter(2026, 2), date(2026, 7, 2)
GONGCHENQIAO, HUSHU = 330105005000, 330105002000
STAGES = ("registered", "registered", "received", "filed", "registered", "amended", "begun", "late")
# What is corrected, in turns: indicator, hundredths that are added, reason.
_CORRECTIONS = (
    ("C1", 450, "补录 6 月在老年食堂收的纸质问卷，汇总表见佐证（演示）"),
    ("A1", 260, "门口计数器 5 月停用 9 天，按签到登记本补计（演示）"),
    ("B2", 900, "多功能厅 6 月改由物业登记，补上 42 场次的使用记录（演示）"),
)


def load_evaluations(*, district: int) -> int:
    """Open and work on them; how many there are. Call it in an open scope of the district. A second time does nothing."""
    if SelfEvaluation.objects.filter(division_code__gte=district, division_code__lt=district + 10**6).exists():
        return 0
    opening.open_period(district=district, quarter=QUARTER, today=OPENED, now=at(OPENED, 8))
    made = list(SelfEvaluation.objects.filter(quarter=str(QUARTER)).order_by("division_code"))
    people = _people(district)
    if people is None:
        return len(made)
    paper = _paper()
    for number, evaluation in enumerate(made):
        _Street(evaluation, paper, *people).work(number)
    late = OPENED + timedelta(days=40)
    nightly.remind(district=district, today=late, now=at(late, 7))
    mark_all_read(
        messages=Message.objects.filter(key__startswith="evaluation:", created_at__lte=at(late, 23)), now=at(late, 23)
    )
    return len(made)


def _paper() -> store.Stored:
    """One picture for all: that it is made up is written on it."""
    picture = Image.new("RGB", (800, 600), (251, 246, 234))
    ImageDraw.Draw(picture).text((70, 70), "DEMO 2026-06 register", fill=(90, 60, 10))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return store.receive(SimpleUploadedFile("登记本.jpg", out.getvalue(), "image/jpeg"), "登记本.jpg")


def _people(district: int) -> tuple[User, User, User] | None:
    """Clerk, person in charge, officer: only two streets have accounts, so theirs act for the others of the demonstration."""
    found = {
        user.username: user
        for user in User.objects.filter(username__in=["gongchenqiao", "gongchenqiao-reviewer", "gongshu-reviewer"])
    }
    if district != 330105000000 or len(found) < 3:
        return None
    return found["gongchenqiao"], found["gongchenqiao-reviewer"], found["gongshu-reviewer"]


class _Street:
    """One street's self-evaluation and the people who work on it. 拱宸桥 waits for its signature, 湖墅 has been sent back."""

    def __init__(self, evaluation: SelfEvaluation, paper: store.Stored, clerk: User, chief: User, officer: User):
        self.evaluation, self.paper = evaluation, paper
        self.clerk, self.chief, self.officer = clerk, chief, officer
        self.rows = list(
            EvaluatedFacility.objects.filter(evaluation=evaluation).select_related("facility").order_by("pk")
        )

    def work(self, number: int) -> None:
        stage = {GONGCHENQIAO: "complete", HUSHU: "returned"}.get(
            self.evaluation.division_code, STAGES[number % len(STAGES)]
        )
        if stage == "late":
            return
        day = OPENED + timedelta(days=5 + number)
        for place, row in enumerate(self.rows[: 1 + number % 3]):
            key, added, reason = _CORRECTIONS[(number + place) % 3]
            self.correct(row, key, added * (1 + number % 4), reason, at(day, 10, place))
        if stage == "begun":
            filling.confirm_rest(evaluation=self.evaluation, by=self.clerk, evaluated=self.rows[0])
            return
        filling.confirm_rest(evaluation=self.evaluation, by=self.clerk)
        if stage == "complete":
            return
        self.file(day + timedelta(days=1))
        if stage == "filed":
            return
        filing.receive(evaluation=self.evaluation, by=self.officer, now=at(day + timedelta(days=2), 9))
        if stage == "returned":
            filing.send_back(
                evaluation=self.evaluation, by=self.officer, now=at(day + timedelta(days=3), 11),
                reason="满意度更正后没有附汇总表的签名页，请补上再报（演示）",
            )  # fmt: skip
        elif stage != "received":
            filing.register(evaluation=self.evaluation, by=self.officer, now=at(day + timedelta(days=3), 15))
        if stage == "amended":
            self.amend(day + timedelta(days=20))

    def amend(self, day: date) -> None:
        """A second version of what was registered."""
        filing.reopen(
            evaluation=self.evaluation, by=self.chief, now=at(day, 9), reason="到访人次重复计了一周，更正（演示）"
        )
        self.correct(self.rows[-1], "A1", -200, "扣除 6 月第二周重复计的到访（演示）", at(day, 10))
        self.file(day)
        filing.receive(evaluation=self.evaluation, by=self.officer, now=at(day + timedelta(days=1), 9))
        filing.register(evaluation=self.evaluation, by=self.officer, now=at(day + timedelta(days=1), 15))

    def file(self, day: date) -> None:
        filing.sign_and_file(
            evaluation=self.evaluation,
            by=self.chief,
            signed_name=self.chief.display_name,
            declared=True,
            now=at(day, 16),
        )

    def correct(self, row: EvaluatedFacility, key: str, added: int, reason: str, now: datetime) -> None:
        """`added` hundredths more than the records say."""
        found = recorded(self.evaluation, [row.facility_id])
        indicator = next(each for each in found.scale.indicators if each.key == key)
        before = 0
        if found.has_value(0, indicator):
            ratio = found.values[indicator.metric]
            before = int(ratio.numerator[0]) * 100 // int(ratio.denominator[0])
        value = max(min(before + added, 9_900), 0)
        evidence = record(facility=row.facility, kind=AttachmentKind.EVIDENCE, stored=self.paper, by=self.clerk)
        filling.correct(
            evaluation=self.evaluation, evaluated=row, key=key, value=f"{value / 100:.2f}", reason=reason,
            attachment=evidence, by=self.clerk, now=now,
        )  # fmt: skip
