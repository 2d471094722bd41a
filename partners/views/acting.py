"""What a form of these pages asks for: one operation, a message, back to where it was asked; and reading what was filled in."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.dateparse import parse_date

from facilities.uploads.refusal import UploadRefused
from partners.operations.steps import PartnerRefused


class Unreadable(ValueError):
    """Something in a form cannot be read. The message is for the person who filled it in."""


def done(request, back: str, act: Callable[[], str]):
    """Run an operation; say what it did, or why not, and go back."""
    try:
        messages.success(request, act())
    except (PartnerRefused, Unreadable) as refusal:
        messages.error(request, str(refusal))
    except UploadRefused as refusal:
        messages.error(request, f"{refusal.problem}。{refusal.advice}。")
    return redirect(back)


def chosen(acts: dict[str, Callable], request) -> Callable:
    """The act that a button names; for any other a refusal in words."""
    return acts.get(request.POST.get("act", ""), _unknown)


def _unknown(*_arguments) -> str:
    raise Unreadable("没有收到要办的是哪一步，什么也没改。请再点一次按钮。")


def elsewhere(request, back: str, why: str):
    """Back to what can be seen and not written, with the reason."""
    messages.error(request, why)
    return redirect(back)


ABOVE = "这一条由别的单位登记，这里只能看。要改请联系登记的单位。"


def words(request, name: str, label: str, *, longest: int, least: int = 1) -> str:
    value = request.POST.get(name, "").strip()
    if len(value) < least:
        raise Unreadable(f"请填写{label}。" if least == 1 else f"请写明{label}，至少 {least} 个字。")
    if len(value) > longest:
        raise Unreadable(f"{label}最多 {longest} 个字，现在有 {len(value)} 个。")
    return value


def whole(request, name: str, label: str, *, most: int = 10**9) -> int:
    text = request.POST.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > most:
        raise Unreadable(f"{label}请填 0 到 {most} 的整数。")
    return int(text)


def day(request, name: str, label: str) -> date:
    try:
        found = parse_date(request.POST.get(name, "").strip())
    except ValueError:
        found = None
    if found is None:
        raise Unreadable(f"{label}请填日期，例如 2026-11-30。")
    return found
