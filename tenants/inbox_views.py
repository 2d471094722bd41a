"""The inbox of whoever is signed in: their messages, which are read, and how they hear of new ones."""

from django.contrib import messages as notes
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.access import requires
from tenants.export_views import hand_out
from tenants.inbox_forms import DigestForm, InboxFilter
from tenants.message_models import Message
from tenants.operations.messages import mark_all_read, mark_read
from tenants.rules import Permission

PAGE_SIZE = 30

for_oneself = requires(Permission.SIGNED_IN)


def _mine(request):
    return Message.objects.visible_to(request.appointment)


@for_oneself
@never_cache
@require_GET
def inbox(request):
    """Messages to this person, new ones first."""
    form = InboxFilter(request.GET)
    page = Paginator(form.narrow(_mine(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    wanted = request.GET.copy()
    wanted.pop("page", None)
    context = {"form": form, "page": page, "query": wanted.urlencode(), "is_filtered": any(wanted.values())}
    return render(request, "tenants/inbox.html", context)


@for_oneself
@require_GET
def export(request):
    """The list as it is filtered: a short one at once, a long one by a task."""
    return hand_out(request, "messages")


@for_oneself
@never_cache
@require_GET
def message(request, uuid):
    """One message; opening it is reading it."""
    found = get_object_or_404(_mine(request), uuid=uuid)
    if found.read_at is None:
        mark_read(message=found, now=timezone.now())
        request.appointment.unread -= 1
    return render(request, "tenants/message.html", {"message": found})


@for_oneself
@require_POST
def read_all(request):
    """Mark as read what the filters show, or everything."""
    number = mark_all_read(messages=InboxFilter(request.POST).narrow(_mine(request)), now=timezone.now())
    notes.success(request, f"{number} 条消息已标为读过。" if number else "没有未读消息。")
    return redirect("tenants:inbox")


@for_oneself
@never_cache
@require_http_methods(["GET", "POST"])
def settings(request):
    """Where the daily digest goes, and whether it is wanted."""
    user = request.user
    known = {"email": user.email, "wants_digest": user.wants_digest}
    form = DigestForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        user.email, user.wants_digest = form.cleaned_data["email"], form.cleaned_data["wants_digest"]
        user.save(update_fields=["email", "wants_digest"])
        notes.success(request, "消息摘要的设置已保存。")
        return redirect("tenants:inbox")
    return render(request, "tenants/inbox_settings.html", {"form": form}, status=422 if form.errors else 200)
