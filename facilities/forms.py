from django import forms

from facilities.models import BatchState


class UploadForm(forms.Form):
    file = forms.FileField(
        label="填好的表",
        error_messages={
            "required": "先选一份填好的表，再点“上传并检查”。",
            "empty": "文件是空的（0 字节）。核对选的是不是填好的那一份。",
        },
    )


class BatchFilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=[("", "全部状态"), *BatchState.choices])
