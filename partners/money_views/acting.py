"""How the buttons of the money pages do what they say: one operation, a message, back to the page."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.shortcuts import redirect

from tenants.editing import EditRefused


def done(request, back: str, act: Callable[[], str]):
    """Run an operation; say what it did, or why not, and go back."""
    try:
        messages.success(request, act())
    except EditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(back)


def reason_in(request, label: str, *, longest: int = 150) -> str:
    """A text of the form that must be there."""
    text = request.POST.get("reason", "").strip()
    if not text or len(text) > longest:
        raise EditRefused(f"请写{label}，最多 {longest} 个字。")
    return text


def yuan_in(request, name: str, label: str) -> int:
    """An amount of the form in 分."""
    try:
        fen = Decimal(request.POST.get(name, "").strip().replace(",", "")) * 100
    except InvalidOperation:
        raise EditRefused(f"{label}请填数字，如 1200.50。") from None
    if not fen.is_finite() or fen != int(fen) or not 0 < fen < 10**13:
        raise EditRefused(f"{label}要大于 0，最多两位小数。")
    return int(fen)
