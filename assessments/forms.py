from django import forms

from assessments.rules.quarters import Quarter

LONGEST_LIST = 12  # quarters offered, newest first


class StartForm(forms.Form):
    """Start the run of a quarter. `based_on`: the revision that the person sees; 0 where there is none yet."""

    quarter = forms.CharField(label="季度", max_length=7, error_messages={"required": "请选择要测算的季度"})
    reason = forms.CharField(
        label="理由",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    based_on = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def clean_quarter(self) -> Quarter:
        try:
            return Quarter.parse(self.cleaned_data["quarter"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_based_on(self) -> int:
        return self.cleaned_data["based_on"] or 0


class RunFilter(forms.Form):
    """The filter bar of the list."""

    quarter = forms.CharField(required=False)
    state = forms.CharField(required=False)
