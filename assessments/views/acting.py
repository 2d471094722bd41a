"""How the pages of the year's end do what a form asks: one operation, a message, back to where it was asked."""

from collections.abc import Callable

from django.contrib import messages
from django.shortcuts import redirect

from assessments.operations.checks import CheckRefusedError
from facilities.uploads.refusal import UploadRefused


class Unreadable(ValueError):
    """Something in a form cannot be read. The message is for the person who filled it in."""


def done(request, back: str, act: Callable[[], str]):
    """Run an operation; say what it did, or why not, and go back."""
    try:
        messages.success(request, act())
    except (CheckRefusedError, Unreadable) as refusal:
        messages.error(request, str(refusal))
    except UploadRefused as refusal:
        messages.error(request, f"{refusal.problem}。{refusal.advice}。")
    return redirect(back)


def number(request, name: str, label: str, *, low: int = 0, high: int = 1000, scale: int = 1) -> int | None:
    """A number of a form, None where it was left empty. scale: 10 for a percentage that is kept in ‰."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        value = round(float(text) * scale, 6)
        whole = int(value)  # of what is no number, or endless, there is none
    except (ValueError, OverflowError):
        raise Unreadable(f"{label}请填数字，例如 20。") from None
    if value != whole or not low <= value <= high:
        raise Unreadable(f"{label}应在 {low / scale:g} 到 {high / scale:g} 之间，最多一位小数。")
    return whole


def text(request, name: str, label: str, *, longest: int) -> str:
    value = request.POST.get(name, "").strip()
    if not value:
        raise Unreadable(f"请填写{label}。")
    if len(value) > longest:
        raise Unreadable(f"{label}最多 {longest} 个字，现在有 {len(value)} 个。")
    return value
