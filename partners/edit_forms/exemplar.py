"""The form of an exemplar."""

from django import forms

from facilities.models import Facility
from partners.models import Exemplar, Partner
from tenants.editing import EditForm


class ExemplarForm(EditForm):
    model = Exemplar
    sections = (
        ("讲谁的事", ("title", "facility", "partner")),
        ("写什么", ("practice", "effect", "lesson")),
    )

    title = forms.CharField(label="标题", max_length=80)
    facility = forms.ModelChoiceField(
        label="设施", queryset=Facility.objects.none(), required=False, empty_label="不涉及"
    )
    partner = forms.ModelChoiceField(
        label="合伙人", queryset=Partner.objects.none(), required=False, empty_label="不涉及"
    )
    practice = forms.CharField(label="做法", max_length=2000, widget=forms.Textarea(attrs={"rows": 8}))
    effect = forms.CharField(
        label="成效",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写数字，并写明来自哪里、哪段时间。",
    )
    lesson = forms.CharField(label="可推广的经验", max_length=400, required=False)

    def __init__(self, *args, appointment, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facility"].queryset = Facility.objects.visible_to(appointment).order_by("code")
        self.fields["facility"].label_from_instance = lambda facility: f"{facility.name}（{facility.code}）"
        partners = Partner.objects.visible_to(appointment).filter(merged_into=None)
        self.fields["partner"].queryset = partners.order_by("name_sort", "pk")

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("facility") and not cleaned.get("partner"):
            self.add_error("facility", "选一座设施或一个合伙人，典型总要落在谁身上。")
        return cleaned
