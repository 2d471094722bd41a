"""Forms of plans: the plan, its items with a target for each year, and what was done where no ledger counts it."""

from decimal import Decimal
from typing import Any

from django import forms

from facilities.edit_forms import day
from facilities.models import ConstructionType
from partners.models import Measure, Plan, PlanItem, PlanRecord
from partners.models.plan import MONEY_MEASURES, MOST_YEARS, UNITS
from partners.money_forms import MoneyForm, choice, line, whole
from partners.operations.plans import unfit
from tenants.editing import EditForm

_NUMBER = {"invalid": "请填数字，如 12。", "min_value": "不能小于 0。", "max_decimal_places": "最多两位小数，到分。"}
TARGETS = tuple(f"target_{place}" for place in range(1, MOST_YEARS + 1))


def year(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=2015, max_value=2100, widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
        error_messages={"invalid": "请填四位年份，如 2026。", "min_value": "请填 2015 年以后。", "max_value": "请填 2100 年以前。"},
    )  # fmt: skip


_TARGET = "设施、项目、协议写年底累计数；钱和当年的事写当年数。没有目标就空着。"


def _target(promised: int, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{promised} 年目标", required=False, min_value=0, max_digits=13, decimal_places=2, error_messages=dict(_NUMBER),
        help_text=help_text, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip


class PlanForm(MoneyForm):
    model = Plan
    amounts: dict[str, str] = {}
    sections = (("规划", ("title", "first_year", "last_year")), ("依据", ("basis", "wider_plan")))
    title = line("名称", 80, help_text="如：拱墅区民生服务综合体建设“一次规划”。")
    first_year = year("第一年")
    last_year = year("最后一年")
    basis = line("依据", 200, help_text="文件名称和文号。")
    wider_plan = line(
        "纳入的上位规划",
        200,
        required=False,
        help_text="已经纳入国民经济和社会发展规划的，写规划名称（杭州 二(四)10）。没有就空着。",
    )

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first_year"), cleaned.get("last_year")
        if first and last and not first <= last < first + MOST_YEARS:
            self.add_error("last_year", f"最后一年要在 {first} 到 {first + MOST_YEARS - 1} 年之间。")
        return cleaned


class PlanItemForm(EditForm):
    """Targets are written in the unit of what is counted: yuan for money, else whole numbers."""

    model = PlanItem
    sections = (
        ("事项", ("number", "title", "measure", "unit", "construction", "item_number")),
        ("责任", ("street_code", "department", "due_month")),
        ("目标", ("baseline", *TARGETS)),
        ("说明", ("remark",)),
    )
    number = whole("序号", required=True, high=9999)
    title = line("事项", 80, help_text="做什么，如：新建社区食堂、示范型设施。")
    measure = choice("从哪里数", Measure.choices, help_text="平台有台账的自动算；没有的选最后一项，逐笔登记。")
    unit = line("单位", 8, required=False, help_text="自动算的不用填；逐笔登记的写单位，如：场、座、人。")
    construction = forms.ChoiceField(
        label="建设类型",
        required=False,
        choices=[("", "不分类型"), *ConstructionType.choices],
        help_text="只对设施有用。",
    )
    item_number = forms.TypedChoiceField(label="功能", required=False, coerce=int, empty_value=None)
    street_code = forms.TypedChoiceField(
        label="责任街道", required=False, coerce=int, empty_value=None, help_text="选了街道，只数这个街道的。"
    )
    department = line("责任部门", 40, required=False, help_text="街道和部门至少写一个。")
    due_month = whole("每年截止月份", required=True, high=12, help_text="到这个月的最后一天要完成当年目标，1 到 12。")
    baseline = whole("现状数", high=10_000_000, help_text="规划第一年年初已经有多少，设施、项目、协议才填。")
    remark = line("说明", 200, required=False)

    def __init__(self, *args, plan: Plan, streets: list[tuple[str, str]], items: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.plan, self.shown = plan, TARGETS[: len(plan.years)]
        for promised, name in zip(plan.years, self.shown, strict=True):
            self.fields[name] = _target(promised, "" if promised > plan.first_year else _TARGET)
        choices: dict[str, Any] = self.fields
        choices["street_code"].choices = [("", "全区"), *streets]
        choices["item_number"].choices = [
            ("", "不针对功能"),
            *((n, f"{n} {name}") for n, name in sorted(items.items())),
        ]

    def told_sections(self):
        for heading, names in self.sections:
            yield heading, [self[name] for name in names if name in self.fields]

    @classmethod
    def values_of(cls, row):
        scale = 100 if row.is_money else 1
        targets = [None if one is None else Decimal(one) / scale for one in row.targets]
        values = {name: getattr(row, name, None) for _, names in cls.sections for name in names if name not in TARGETS}
        return values | dict(zip(TARGETS, targets, strict=False))

    def column(self, name: str) -> str:
        return "targets" if name in TARGETS else super().column(name)

    def record(self) -> dict[str, Any]:
        values = super().record()
        scale = 100 if values["measure"] in MONEY_MEASURES else 1
        targets = [values.pop(name) for name in self.shown]
        values["targets"] = [None if one is None else int(one * scale) for one in targets]
        values["unit"] = UNITS.get(values["measure"], values["unit"])
        values["baseline"] = values["baseline"] or 0
        return values

    def clean_due_month(self):
        month = self.cleaned_data["due_month"]
        if not 1 <= month <= 12:
            raise forms.ValidationError("请填 1 到 12。")
        return month

    def clean(self):
        cleaned = super().clean()
        measure = cleaned.get("measure", "")
        targets = {name: cleaned.get(name) for name in self.shown}
        for name, problem in unfit({**cleaned, "targets": list(targets.values())}).items():
            self.add_error(self.shown[0] if name == "targets" else name, problem)
        if measure not in MONEY_MEASURES:
            for name, value in targets.items():
                if value is not None and value != int(value):
                    self.add_error(name, "请填整数。")
        return cleaned


class PlanRecordForm(MoneyForm):
    model = PlanRecord
    amounts: dict[str, str] = {}
    sections = (("完成情况", ("day", "amount", "summary", "evidence")),)
    day = day("完成日期")
    amount = forms.IntegerField(
        label="完成数", min_value=-1_000_000, max_value=10_000_000, help_text="填错了，再登记一笔负数冲掉。",
        error_messages={"invalid": "请填整数。"}, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    summary = line("做了什么", 200)
    evidence = line("佐证", 200, help_text="文件、照片、验收单的名称和编号。")

    def clean_amount(self):
        if self.cleaned_data["amount"] == 0:
            raise forms.ValidationError("完成数不能是 0。")
        return self.cleaned_data["amount"]
