"""The page of a form: opened, autosaved, continued, discarded, saved, and merged when somebody else was faster.

All of it happens at the form's own address, so what the route demands of a person holds for each step. The button says which
(`act`). Every form carries a `token` of its window: it names the draft and makes the submission count once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from tenants.draft_models import Draft
from tenants.editing.conflicts import author, changes_since, conflict_of
from tenants.editing.drafts import DraftTooLong, drafts_of, forget_draft, save_draft
from tenants.editing.forms import EditForm
from tenants.editing.rows import Editable
from tenants.editing.writing import EditConflict, EditRefused
from tenants.operations.answers import KeyInUseError, answered_once


@dataclass(frozen=True)
class Subject:
    """What a form is about.

    key, uuid: name the form and its object (the owner, for a new row). form(data, initial) makes the form;
    save(form, version) writes and answers what to tell the person; "" where the next page says it.
    """

    key: str
    uuid: UUID
    division_code: int
    title: str
    form: Callable[[Any, Any], EditForm]
    save: Callable[[EditForm, int], str]
    back: str
    crumbs: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    action: str = ""  # what the button says, where it is not 保存…
    onward: str = ""  # where saving leads, where it is not back
    promise: str = ""  # what happens when it is pressed
    template: str = "tenants/edit.html"
    row: Editable | None = field(default=None)

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    def blank(self) -> EditForm:
        form = self.form(None, None)
        return self.form(None, form.values_of(self.row) if self.row else None)


@dataclass(frozen=True)
class Sent:
    """What a window sent: the texts of the form's fields, the version they are based on, and the window's token."""

    data: QueryDict
    version: int
    token: UUID
    draft: UUID | None  # that was continued in this window


def edit_page(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Answer one step of a form."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    if request.method != "POST":
        response = _opened(request, subject)
    else:
        steps = {"autosave": _autosaved, "discard": _discarded, "merge": _merged, "reopen": _reopened}
        response = steps.get(request.POST.get("act", ""), _saved)(request, subject, _sent(request))
    add_never_cache_headers(response)  # the back button asks again, and nobody after me reads it from this machine
    return response


# --- opening ---


def _opened(request, subject: Subject) -> HttpResponse:
    drafts = _offered(request, subject)
    chosen = _chosen(request.GET.get("draft", ""), drafts)
    if drafts and chosen is None:
        return _offer(request, subject, drafts)
    if chosen is None:
        return _form(request, subject, subject.blank(), version=subject.version, token=uuid4())
    return _form(
        request,
        subject,
        subject.form(None, _typed(subject, chosen.data)),
        version=chosen.base_version,
        token=uuid4(),
        draft=chosen.uuid,
        continued=chosen,
        since=_authors_since(subject, chosen.base_version),
    )


def _offered(request, subject: Subject) -> list[Draft]:
    """Drafts that say something else than the registry does."""
    blank = subject.blank()
    known = blank.raw(blank.initial or {})
    found = drafts_of(user=request.user, form=subject.key, object_uuid=subject.uuid)
    return [draft for draft in found if _texts(draft.data, known) != _texts(known, known)]


def _texts(data: dict[str, list[str]], known: dict) -> dict[str, list[str]]:
    return {name: [text for text in data.get(name, []) if text != ""] for name in known}


def _chosen(wanted: str, drafts: list[Draft]) -> Draft | None:
    if wanted == "latest":
        return drafts[0] if drafts else None
    return next((draft for draft in drafts if str(draft.uuid) == wanted), None)


def _offer(request, subject: Subject, drafts: list[Draft]) -> HttpResponse:
    blank = subject.blank()
    known = blank.raw(blank.initial or {})
    offers = [(draft, _against(blank, known, draft)) for draft in drafts]
    return render(request, "tenants/edit_drafts.html", {"subject": subject, "offers": offers})


def _against(form: EditForm, known: dict, draft: Draft) -> list[tuple[str, str, str]]:
    """(label, registered, in the draft) of the fields that differ."""
    rows = []
    for name, bound in form.fields.items():
        texts = [text for text in draft.data.get(name, []) if text]
        if texts != [text for text in known[name] if text]:
            rows.append((str(bound.label), _words(form, name, known[name]), _words(form, name, texts)))
    return rows


def _words(form: EditForm, name: str, texts: list[str]) -> str:
    choices = {str(value): str(label) for value, label in getattr(form.fields[name], "choices", ())}
    if texts == ["on"]:
        return "是"
    return "、".join(choices.get(text, text) for text in texts if text) or "空"


def _typed(subject: Subject, data: dict[str, list[str]]) -> dict[str, Any]:
    """The texts of a draft as initial values: shown as they are, without complaints about what is not finished."""
    form = subject.form(None, None)
    initial: dict[str, Any] = {}
    for name, bound in form.fields.items():
        texts = data.get(name, [])
        if hasattr(bound.widget, "allow_multiple_selected") and bound.widget.allow_multiple_selected:
            initial[name] = texts
        else:
            initial[name] = texts[0] if texts else ""
    return initial


def _authors_since(subject: Subject, version: int) -> list[str]:
    if subject.row is None or version >= subject.version:
        return []
    return list(dict.fromkeys(author(change) for change in changes_since(subject.row, version)))


# --- steps ---


def _sent(request) -> Sent:
    version = request.POST.get("version", "")
    return Sent(
        data=request.POST,
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
        token=_uuid(request.POST.get("token", "")) or uuid4(),
        draft=_uuid(request.POST.get("draft", "")),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _autosaved(request, subject: Subject, sent: Sent) -> HttpResponse:
    now = timezone.now()
    try:
        _keep(request, subject, sent, sent.data, now)
    except DraftTooLong:
        return JsonResponse({"problem": "内容太长，没有存上。请删短一些。"}, status=413)
    if sent.draft:  # this window's own draft has taken its place
        forget_draft(user=request.user, uuid=sent.draft)
    others = [d for d in _offered(request, subject) if d.token != sent.token]
    return JsonResponse(
        {
            "at": f"{timezone.localtime(now):%H:%M}",
            "elsewhere": f"{timezone.localtime(others[0].updated_at):%H:%M}" if others else "",
        }
    )


def _keep(request, subject: Subject, sent: Sent, data: QueryDict, now) -> None:
    save_draft(
        user=request.user,
        division_code=subject.division_code,
        form=subject.key,
        object_uuid=subject.uuid,
        token=sent.token,
        data={name: data.getlist(name) for name in subject.form(None, None).fields},
        base_version=sent.version,
        now=now,
    )


def _discarded(request, subject: Subject, sent: Sent) -> HttpResponse:
    if sent.draft:
        forget_draft(user=request.user, uuid=sent.draft)
    return redirect(request.path)


def _saved(request, subject: Subject, sent: Sent) -> HttpResponse:
    form = subject.form(sent.data, None)
    if not form.is_valid():
        return _again(request, subject, form, sent)
    try:
        message = _once(request, subject, sent, form)
    except EditConflict as conflict:
        return _conflict(request, subject, form, sent, conflict)
    except EditRefused as refused:
        form.add_error(None, str(refused))
        return _again(request, subject, form, sent)
    forget_draft(user=request.user, token=sent.token)
    if sent.draft:
        forget_draft(user=request.user, uuid=sent.draft)
    if message:
        messages.success(request, message)
    return redirect(subject.onward or subject.back)


def _once(request, subject: Subject, sent: Sent, form: EditForm) -> str:
    """Save under the window's token: a second click gets the first one's answer. Returns what to tell the person."""

    def saved(key: UUID) -> str:
        with transaction.atomic():  # a refusal leaves no answer behind
            _, body, _ = answered_once(
                user=request.user,
                division_code=subject.division_code,
                key=str(key),
                request_digest=_digest(request, sent, form),
                act=lambda: (303, {"message": subject.save(form, sent.version)}),
            )
        return body["message"]

    try:
        return saved(sent.token)
    except KeyInUseError:  # the same page was brought back with the back button, and says something else now
        return saved(uuid4())


def _digest(request, sent: Sent, form: EditForm) -> str:
    texts = {name: sent.data.getlist(name) for name in sorted(form.fields)}
    return sha256(json.dumps([request.path, sent.version, texts]).encode()).hexdigest()


def _again(request, subject: Subject, form: EditForm, sent: Sent) -> HttpResponse:
    return _form(request, subject, form, version=sent.version, token=sent.token, draft=sent.draft, status=422)


def _form(request, subject: Subject, form: EditForm, *, version, token, draft=None, status=200, **more) -> HttpResponse:
    context = {"subject": subject, "form": form, "version": version, "token": token, "draft": draft, **more}
    return render(request, subject.template, context, status=status)


# --- conflicts ---


def _conflict(request, subject: Subject, form: EditForm, sent: Sent, conflict: EditConflict) -> HttpResponse:
    """Nothing was written. The text is kept as a draft at once, in case the answer is never read."""
    _keep(request, subject, sent, sent.data, timezone.now())
    context = {
        "subject": subject,
        "conflict": conflict_of(form, conflict.row, conflict.version),
        "token": sent.token,
        "draft": sent.draft,
    }
    return render(request, "tenants/edit_conflict.html", context, status=409)


def _merged(request, subject: Subject, sent: Sent) -> HttpResponse:
    return _saved(request, subject, _with(sent, _choices(request, subject)))


def _reopened(request, subject: Subject, sent: Sent) -> HttpResponse:
    """Back to the form with the choices made so far, to go on typing."""
    chosen = _choices(request, subject)
    texts = {name: chosen.getlist(name) for name in chosen}
    form = subject.form(None, _typed(subject, texts))
    return _form(request, subject, form, version=sent.version, token=sent.token, draft=sent.draft, is_merge=True)


def _choices(request, subject: Subject) -> QueryDict:
    """The texts that the radio buttons of the conflict page chose, field by field."""
    chosen = QueryDict(mutable=True)
    for name in subject.form(None, None).fields:
        pick = request.POST.get(f"pick-{name}")
        source = f"{pick}-{name}" if pick in {"mine", "theirs"} else name
        chosen.setlist(name, request.POST.getlist(source))
    return chosen


def _with(sent: Sent, data: QueryDict) -> Sent:
    return Sent(data=data, version=sent.version, token=sent.token, draft=sent.draft)
