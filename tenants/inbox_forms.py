"""Filters of the inbox, and what a person chooses about being told outside of it."""

from django import forms
from django.db.models import Q

from tenants.message_models import MessageKind

UNREAD, READ = "unread", "read"


class InboxFilter(forms.Form):
    """What cannot be read is left out."""

    q = forms.CharField(label="查找", required=False, max_length=60)
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *MessageKind.choices])
    state = forms.ChoiceField(label="读没读", required=False, choices=[("", "全部"), (UNREAD, "未读"), (READ, "已读")])
    sort = forms.ChoiceField(label="顺序", required=False, choices=[("", "新的在前"), ("old", "旧的在前")])

    def narrow(self, found):
        self.is_valid()
        wanted = self.cleaned_data
        if text := wanted.get("q"):
            found = found.filter(Q(title__icontains=text) | Q(text__icontains=text))
        if kind := wanted.get("kind"):
            found = found.filter(kind=kind)
        if state := wanted.get("state"):
            found = found.filter(read_at__isnull=state == UNREAD)
        return found.order_by("created_at", "pk") if wanted.get("sort") else found.order_by("-created_at", "-pk")


class DigestForm(forms.Form):
    email = forms.EmailField(
        label="工作邮箱", required=False, max_length=120, help_text="只用来收消息摘要，不填就不发邮件。",
        error_messages={"invalid": "请写成 name@example.gov.cn 这样的邮箱。"},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    wants_digest = forms.BooleanField(label="有未读消息时，每天早上发一次摘要", required=False)
