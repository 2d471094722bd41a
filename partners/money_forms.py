"""Forms of the money pages. Amounts are written in yuan and kept in 分; what a form does else is in `tenants.editing`."""

from datetime import date
from decimal import Decimal

from django import forms

from facilities.edit_forms import LAST_DAY, day
from facilities.models import Facility, Space
from facilities.queries.listing import facilities_on
from partners.models import (
    Agreement,
    CharityProject,
    Exchange,
    ExchangeEntry,
    FeeNature,
    Fund,
    FundEntry,
    FundKind,
    Fundraiser,
    FundraiserKind,
    OperatingFigure,
    Partner,
    Payment,
    Price,
    ReferenceRent,
    Source,
    Subsidy,
    SubsidyBasis,
    Terms,
)
from partners.models.operating import Item
from partners.queries.exchanges import agreements_in_service
from partners.queries.settings import money_settings
from partners.wording import permille_text
from tenants.editing import EditForm
from tenants.rules import district_of

_MONEY = {
    "invalid": "请填数字，如 1200 或 1200.50。",
    "min_value": "要大于 0。",
    "max_decimal_places": "最多两位小数，到分。",
}


def money(label: str, *, required: bool = True, low: str = "0.01", help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label}（元）", required=required, min_value=Decimal(low), max_digits=13, decimal_places=2, help_text=help_text,
        error_messages=dict(_MONEY), widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip


def line(label: str, length: int, *, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text)


def choice(label: str, choices, *, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", "请选择"), *choices], help_text=help_text)


def whole(label: str, *, required: bool = False, high: int = 1_000_000, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=required, min_value=0, max_value=high, help_text=help_text,
        error_messages={"invalid": "请填整数。"}, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip


class MoneyForm(EditForm):
    """`amounts`: fields in yuan, and the columns in 分 that they are kept in."""

    amounts: dict[str, str] = {"amount": "amount_fen"}

    def __init__(self, *args, appointment, place=None, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.appointment, self.place, self.today = appointment, place, today
        self.fill()

    def fill(self) -> None:
        """Choices that depend on who asks."""

    @classmethod
    def values_of(cls, row):
        values = super().values_of(row)
        shown = {field: getattr(row, column) for field, column in cls.amounts.items() if field in values}
        return values | {field: None if fen is None else Decimal(fen) / 100 for field, fen in shown.items()}

    def column(self, name: str) -> str:
        return self.amounts.get(name) or super().column(name)

    def record(self):
        values = super().record()
        for field, column in self.amounts.items():
            if field in values:
                yuan = values.pop(field)
                values[column] = None if yuan is None else int(yuan * 100)
        return values

    def _facilities(self):
        seen = facilities_on(self.today).visible_to(self.appointment)
        return seen.exclude(lifecycle="withdrawn").order_by("code")

    def _facility_field(self, name: str = "facility") -> None:
        self.fields[name].queryset = self._facilities()
        self.fields[name].label_from_instance = lambda one: f"{one.code} {one.name}"

    def _partner_field(self, code: int) -> None:
        partners = Partner.objects.visible_to(self.appointment).filter(district_code=district_of(code))
        self.fields["partner"].queryset = partners.order_by("name_sort", "pk")


class FundForm(MoneyForm):
    model = Fund
    attributes = {"last_day": "ends_on"}
    sections = (("基金", ("name", "kind", "manager", "purpose", "rules_document")), ("起止", ("starts_on", "last_day")))
    name = line("名称", 80)
    kind = choice("类别", FundKind.choices)
    manager = line("管理单位", 80)
    purpose = line("资金用途", 300, help_text="按管理制度写，放款时逐笔核对。")
    rules_document = line("管理制度", 120, required=False, help_text="制度文件的名称和文号。")
    starts_on = day("设立日期")
    last_day = day("最后一天", required=False, help_text=LAST_DAY)


class ReceiptForm(MoneyForm):
    model = FundEntry
    sections = (("到账", ("day", "amount", "source", "counterparty")), ("凭据", ("voucher", "summary")))
    day = day("到账日期")
    amount = money("金额")
    source = choice("资金来源", Source.choices)
    counterparty = line("付款方", 80)
    voucher = line("外部凭证号", 60, help_text="银行回单或捐赠票据的号。同一个号全区只记一次。")
    summary = line("摘要", 200)


class GoodsForm(ReceiptForm):
    sections = (("收到物资", ("day", "amount", "counterparty")), ("凭据", ("voucher", "summary")))
    source = None
    amount = money("估价", help_text="按捐赠票据上的价值。")
    counterparty = line("捐赠方", 80)
    summary = line("物资名称和数量", 200)


class HandOutForm(MoneyForm):
    model = FundEntry
    sections = (("发放物资", ("day", "amount", "counterparty", "summary", "facility")),)
    day = day("发放日期")
    amount = money("价值", help_text="按入账时的价值。")
    counterparty = line("发给谁", 80, help_text="写人群或单位，不写个人姓名。")
    summary = line("物资名称和数量", 200)
    facility = forms.ModelChoiceField(
        label="设施", queryset=Facility.objects.none(), required=False, empty_label="不针对设施"
    )

    def fill(self):
        self._facility_field()


class TransferForm(MoneyForm):
    model = FundEntry
    sections = (("划转", ("taking", "day", "amount", "summary")),)
    taking = forms.ModelChoiceField(label="划入基金", queryset=Fund.objects.none(), empty_label="请选择")
    day = day("划转日期")
    amount = money("金额")
    summary = line("摘要", 200)

    def fill(self):
        others = Fund.objects.visible_to(self.appointment).filter(ends_on=None)
        self.fields["taking"].queryset = others.exclude(pk=self.place.pk).order_by("name")


class PaymentForm(MoneyForm):
    model = Payment
    sections = (
        ("放款", ("amount", "payee", "source")),
        ("用途和佐证", ("purpose", "evidence", "project", "facility")),
    )
    amount = money("金额")
    payee = line("收款方", 80)
    source = choice("项目来源", Source.choices, help_text="政策补助、公益创投、政府购买服务、慈善资金，四类之一。")
    purpose = line("用途", 200, help_text="对照基金的资金用途写。")
    evidence = line("佐证", 200, help_text="协议、审批单、发票的名称和编号。")
    project = forms.ModelChoiceField(
        label="创投项目", queryset=CharityProject.objects.none(), required=False, empty_label="不是创投项目",
        help_text="选了项目，放款后就是这座设施的到账，计入 3 个项目、15 万元。",
    )  # fmt: skip
    facility = forms.ModelChoiceField(
        label="设施", queryset=Facility.objects.none(), required=False, empty_label="不针对设施"
    )

    def fill(self):
        self._facility_field()
        projects = CharityProject.objects.visible_to(self.appointment).filter(year=self.today.year)
        self.fields["project"].queryset = projects.select_related("facility").order_by("facility__code", "name")
        self.fields["project"].label_from_instance = lambda one: f"{one.facility.name}：{one.name}"


class FundraiserForm(MoneyForm):
    model = Fundraiser
    sections = (
        ("募资活动", ("facility", "kind", "name", "held_on", "partner")),
        ("结果", ("amount", "voucher", "volunteers")),
    )
    facility = forms.ModelChoiceField(label="在哪座设施", queryset=Facility.objects.none(), empty_label="请选择")
    kind = choice("形式", FundraiserKind.choices)
    name = line("活动名称", 80)
    held_on = day("日期")
    partner = forms.ModelChoiceField(
        label="合伙人", queryset=Partner.objects.none(), required=False, empty_label="未填"
    )
    amount = money("募得")
    voucher = line("外部凭证号", 60, help_text="入账的银行回单号。")
    volunteers = whole("转为志愿者的受益人数", help_text="没有数就留空。")

    def fill(self):
        self._facility_field()
        self._partner_field(self.place.division_code)


class ExchangeForm(MoneyForm):
    model = Exchange
    amounts = {"hour": "hour_fen", "head": "head_fen", "rent": "rent_fen"}
    attributes = {"last_day": "ends_on"}
    sections = (
        ("协议", ("number", "partner", "agreement", "terms", "spaces")),
        ("起止", ("starts_on", "last_day")),
        ("约定", ("hour", "head", "tolerance", "rent")),
    )
    number = line("协议编号", 60)
    partner = forms.ModelChoiceField(label="合伙人", queryset=Partner.objects.none(), empty_label="请选择")
    agreement = forms.ModelChoiceField(
        label="合伙协议", queryset=Agreement.objects.none(), required=False, empty_label="没有另签合伙协议",
        help_text="这个合伙人在这座设施的、在服务的协议。",
    )  # fmt: skip
    terms = choice("方式", Terms.choices, help_text="空间换服务和租金减免分别记账，同一空间同一个月只能选一种。")
    spaces = forms.ModelMultipleChoiceField(
        label="空间", queryset=Space.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    starts_on = day("从哪天起")
    last_day = day("最后一天")
    hour = money("服务每小时单价", required=False, low="0", help_text="按区定指导单价，或协议约定。")
    head = money("服务每人次单价", required=False, low="0")
    tolerance = whole("等值容差（‰）", high=500, help_text="相差在这个比例以内算等值。")
    rent = money("实收月租", required=False, low="0", help_text="租金减免才填。")

    def fill(self):
        self._partner_field(self.place.division_code)
        self.fields["spaces"].queryset = Space.objects.in_force(self.today).filter(facility=self.place).order_by("name")
        self.fields["spaces"].label_from_instance = lambda one: (
            f"{one.name} {one.usable_area_m2 or '未填面积'}\N{NO-BREAK SPACE}㎡"
        )
        self.fields["agreement"].queryset = agreements_in_service(self.place, self.appointment)
        self.fields["agreement"].label_from_instance = lambda one: f"{one.number} {one.partner.name}"
        self.fields[
            "tolerance"
        ].help_text = f"相差在这个比例以内算等值。不填按起始那天区里的设定，{self._tolerance_now()}。"

    def _tolerance_now(self) -> str:
        held = money_settings(self.place.division_code, self.today)
        waits = "" if held.is_official else "，待区民政局确认"
        return f"今天是 {permille_text(held['tolerance_permille'])}（{held.source}{waits}）"

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("terms") == Terms.REDUCTION and cleaned.get("rent") is None:
            self.add_error("rent", "租金减免请填实收月租，免收填 0。")
        agreement, partner = cleaned.get("agreement"), cleaned.get("partner")
        if agreement and partner and agreement.partner_id != partner.pk:
            self.add_error("agreement", "这份合伙协议是另一个合伙人的，请选同一个合伙人的协议。")
        if cleaned.get("terms") == Terms.EXCHANGE and cleaned.get("rent") is not None:
            self.add_error("rent", "空间换服务不收租金，这一项留空。")
        return cleaned

    def record(self):
        values = super().record()
        tolerance = values.pop("tolerance")
        none = {"hour_fen": values["hour_fen"] or 0, "head_fen": values["head_fen"] or 0}
        return {**values, **none, "tolerance_permille": tolerance}


class ServiceForm(MoneyForm):
    model = ExchangeEntry
    amounts: dict[str, str] = {}
    sections = (("服务", ("day", "summary", "hours", "heads")),)
    day = day("服务日期")
    summary = line("做了什么", 200)
    hours = forms.DecimalField(
        label="服务小时", required=False, min_value=Decimal(0), max_value=Decimal(2000), max_digits=6, decimal_places=2,
        error_messages={"invalid": "请填数字，如 1.5。"}, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    heads = whole("服务人次", high=100_000)


class SettleForm(MoneyForm):
    model = Exchange
    amounts: dict[str, str] = {}
    sections = (("结清", ("on", "how")),)
    on = day("从哪天起不再使用", help_text="最后一个月按天折算。结清后台账不能再记。")
    how = line("差额怎么办", 200, help_text="如：补做服务 20 小时；折价缴入街道基金，回单号；区里核销，文号。")


class RentForm(MoneyForm):
    model = ReferenceRent
    amounts = {"rent": "rent_fen"}
    sections = (("参考租金", ("rent", "starts_on", "source")),)
    rent = money("每平方米每月")
    starts_on = day("从哪天起")
    source = line("依据", 200, help_text="文件名称和文号。")


class FigureForm(MoneyForm):
    model = OperatingFigure
    sections = (("运营收支", ("month", "item", "amount")), ("细分", ("partner", "heads")))
    month = day("月份", help_text="选当月任意一天。")
    item = choice("项目", Item.choices, help_text="前五项是收入，后五项是支出。")
    amount = money("金额", low="0")
    partner = forms.ModelChoiceField(
        label="运营方", queryset=Partner.objects.none(), required=False, empty_label="整座设施"
    )
    heads = whole("服务人次", help_text="有数就填，用来算每人次成本。")

    def fill(self):
        self._partner_field(self.place.division_code)

    def clean_month(self):
        return self.cleaned_data["month"].replace(day=1)


class PriceForm(MoneyForm):
    model = Price
    amounts = {"price": "price_fen"}
    attributes = {"last_day": "ends_on"}
    sections = (("价目", ("service", "fee_nature", "price", "unit")), ("起止", ("starts_on", "last_day")))
    service = line("服务", 60)
    fee_nature = choice("收费", FeeNature.choices, help_text="对群众写：免费、低收费、市场价。")
    price = money("价格", low="0", help_text="免费的填 0。")
    unit = line("单位", 16, help_text="如：次、小时、份。")
    starts_on = day("从哪天起")
    last_day = day("最后一天", required=False, help_text=LAST_DAY)

    def clean(self):
        cleaned = super().clean()
        price = cleaned.get("price")
        if price is not None and (cleaned.get("fee_nature") == FeeNature.FREE) != (price == 0):
            self.add_error("price", "免费的价格填 0；低收费、市场价要大于 0。")
        return cleaned


class SubsidyForm(MoneyForm):
    model = Subsidy
    amounts = {"applied": "applied_fen"}
    sections = (("建设补助", ("basis", "document", "applied_on", "applied")),)
    basis = choice("依据", SubsidyBasis.choices, help_text="两种之一（拱墅 四(二)）。")
    document = line("认定文件", 120, help_text="名称和文号。")
    applied_on = day("申请日期")
    applied = money("申请金额")
