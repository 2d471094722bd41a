"""Files on a facility's page: upload, download, removal, who sees what, the virus scanner's seam and the sweep."""

import os
import socket
import struct
import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from facilities.models import Attachment, ImportBatch, Operator, Site
from facilities.operations import attachments, import_batch
from facilities.queries.attachments import of_facility, subjects
from facilities.tasks import sweep_attachments
from facilities.uploads import store
from facilities.uploads.refusal import UploadRefused
from tenants.models import Act, RowChange
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities import samples
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, signed_in
from tests.structure.rows import facility_in

CODE = COMMUNITY_OF[GONGCHENQIAO]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def facility(db):
    with opened_scope(division_scope(GONGSHU)):
        facility = facility_in(CODE, name="云橹幸福家园")
        Site.objects.create(facility=facility, division_code=CODE, name="桥西点位", starts_on=DAY)
        return facility


def attached(facility, content=None, name="现场.jpg", **options) -> Attachment:
    options = {"kind": "photo", "by": None, **options}
    with opened_scope(division_scope(GONGSHU)):
        return attachments.attach(
            facility=facility, upload=ContentFile(content or samples.photo_with_place()), name=name, **options
        )


def rows() -> list[Attachment]:
    with opened_scope(division_scope(GONGSHU)):
        return list(Attachment.objects.all())


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def upload(client, facility, *files, **options):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(reverse("facilities:attach", args=[facility.uuid]), {"kind": "photo", "files": sent}, **options)


def test_one_refused_file_does_not_lose_the_others(facility, media):
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    files = [("a.jpg", samples.picture("JPEG")), ("b.svg", b"<svg/>"), ("c.pdf", samples.pdf())]
    answer = upload(client, facility, *files)
    page = client.get(answer["Location"]).content.decode()
    assert {row.name for row in rows()} == {"a.jpg", "c.pdf"}
    assert "b.svg：没有保存。只收照片（JPEG、PNG、WebP）、PDF 和 Word 文档（.docx）。另存为 PNG 再上传。" in page
    assert "a.jpg：已保存。" in page
    assert len(files_in(media)) == 2


def test_the_script_of_the_page_gets_an_answer_for_each_file(facility):
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    answer = upload(client, facility, ("a.png", samples.picture("PNG")), headers={"accept": "application/json"})
    assert answer.json() == {"files": [{"name": "a.png", "ok": True, "message": "已保存。"}]}
    answer = client.post(reverse("facilities:attach", args=[facility.uuid]), headers={"accept": "application/json"})
    assert answer.json()["files"][0]["message"] == "先选要上传的文件。"


def test_a_download_cannot_run_in_the_browser(facility):
    row = attached(facility, samples.pdf(), "权属证.pdf", kind="area")
    answer = signed_in(Role.DISTRICT_REVIEWER, GONGSHU).get(reverse("facilities:attachment", args=[row.uuid]))
    assert answer.content == samples.pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%9D%83")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(samples.pdf() + b" ")])
def test_a_missing_or_altered_file_is_said_and_not_served(facility, damage):
    row = attached(facility, samples.pdf(), "a.pdf")
    damage(store.path_of(row.sha256))
    answer = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(reverse("facilities:attachment", args=[row.uuid]))
    assert answer.status_code == 410
    assert "服务器上的文件不见了，或和上传时不一样。" in answer.content.decode()
    assert b"%PDF" not in answer.content


def test_time_and_place_are_shown_to_editors_only_and_kept_out_of_the_history(facility):
    attached(facility)
    address = reverse("portal:facility_tab", args=[facility.uuid, "papers"])
    assert "120.135000，30.325000" in signed_in(Role.STREET_CLERK, GONGCHENQIAO).get(address).content.decode()
    shown = signed_in(Role.DISTRICT_REVIEWER, GONGSHU).get(address).content.decode()
    assert "现场.jpg" in shown
    assert "120.135" not in shown
    assert "09:30" not in shown
    assert "data-uploads" not in shown
    with opened_scope(division_scope(GONGSHU)):
        assert [(line.taken_at, line.place) for line in of_facility(facility, {}, may_edit=False)] == [(None, None)]
        [change] = RowChange.objects.filter(table_name="facilities_attachment")
        assert not {"taken_at", "longitude", "latitude"} & change.after.keys()


def test_removal_asks_for_a_reason_and_stays_in_the_history(facility):
    row = attached(facility)
    client = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    address = reverse("facilities:attachment_remove", args=[row.uuid])
    client.post(address, {"reason": " "})
    assert rows()[0].removed_at is None
    client.post(address, {"reason": "传错了设施"})
    assert rows()[0].removed_reason == "传错了设施"
    assert store.path_of(row.sha256).exists()
    assert client.get(reverse("facilities:attachment", args=[row.uuid])).status_code == 404
    with opened_scope(division_scope(GONGSHU)):
        change = RowChange.objects.filter(table_name="facilities_attachment", operation="U").get()
        assert (change.reason, change.after["removed_reason"]) == ("传错了设施", "传错了设施")
        assert set(Act.objects.values_list("verb", flat=True)) >= {"上传资料", "移除资料"}
        with pytest.raises(attachments.AttachmentRefused, match="已经移除"):
            attachments.remove(attachment=row, by=rows()[0].removed_by, reason="再移除一次", now=NOW)


@pytest.mark.parametrize("role", [Role.DISTRICT_REVIEWER, Role.DEPARTMENT_LIAISON, Role.CITY_OBSERVER, Role.ASSESSOR])
def test_who_may_not_edit_may_not_upload(role, facility):
    assert upload(signed_in(role, GONGSHU), facility, ("a.jpg", samples.picture("JPEG"))).status_code == 403
    assert rows() == []


def test_a_file_is_about_something_of_the_same_facility(facility):
    with opened_scope(division_scope(GONGSHU)):
        other = facility_in(CODE, name="别处")
        elsewhere = Operator.objects.create(
            facility=other, division_code=CODE, name="某公司", kind="person", starts_on=DAY
        )
        [(key, label)] = subjects(facility).items()
    row = attached(facility, about=key)
    assert (label, f"site-{row.site_id}") == ("点位：桥西点位", key)
    with pytest.raises(attachments.AttachmentRefused):
        attached(facility, about=f"operator-{elsewhere.pk}")
    with opened_scope(division_scope(GONGSHU)), pytest.raises(DatabaseError), transaction.atomic():
        Attachment.objects.filter(pk=row.pk).update(operator=elsewhere)


def test_the_sweep_removes_what_belongs_to_nobody_and_reports_what_is_gone(facility):
    kept, gone = attached(facility), attached(facility, samples.pdf(), "a.pdf")
    store.path_of(gone.sha256).unlink()
    orphan, fresh = store.path_of("ab" + "0" * 62), store.path_of("cd" + "0" * 62)
    half = store.staging() / "tmphalf"
    for path in (orphan, fresh, half / "received"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    old = (NOW - timedelta(days=2)).timestamp()
    for path in (orphan, half, store.path_of(kept.sha256)):
        os.utime(path, (old, old))
    sweep_attachments()
    assert not orphan.exists()
    assert not half.exists()
    assert fresh.exists()
    assert store.path_of(kept.sha256).exists()
    assert {row.name: row.lost_at is not None for row in rows()} == {"现场.jpg": False, "a.pdf": True}
    page = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(reverse("portal:facility_tab", args=[facility.uuid, "papers"]))
    assert "文件缺失" in page.content.decode()
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb="资料文件缺失", subject="a.pdf").count() == 1
        store.path_of(gone.sha256).write_bytes(samples.pdf())
        assert attachments.sweep(now=NOW) == {"leftovers": 0, "orphans": 0, "lost": 0}
    assert all(row.lost_at is None for row in rows())


def test_a_workbook_without_an_import_goes_after_a_day(facility, officer, media):
    sheet = ContentFile("设施编号,设施名称\n".encode())
    with opened_scope(division_scope(GONGSHU)):
        kept = import_batch.receive(upload=sheet, name="a.csv", by=officer, division_code=GONGSHU).path
    lost = ImportBatch(sha256=import_batch.keep(upload=ContentFile(b"1,2\n"), name="b.csv").sha256).path
    half, fresh = media / "imports/incoming-x", media / "imports/ab" / ("ab" + "0" * 62)
    for path in (half, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    old = (NOW - timedelta(days=2)).timestamp()
    for path in (kept, lost, half):
        os.utime(path, (old, old))
    sweep_attachments()
    assert [path.exists() for path in (kept, lost, half, fresh)] == [True, False, False, True]


class Scanner:
    """A stand-in for clamd: speaks INSTREAM, finds `virus` in what it is sent, and remembers it."""

    def __init__(self, family, address):
        self.server = socket.socket(family, socket.SOCK_STREAM)
        self.server.bind(address)
        self.server.listen()
        self.seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!I", stream.read(4))[0]:
                    content += stream.read(length)
                self.seen.append(content)
                found = b"virus" in content
                connection.sendall(b"stream: Test.Virus FOUND\0" if found else b"stream: OK\0")


@pytest.fixture(params=["unix", "tcp"])
def scanner(request, settings, tmp_path_factory):
    if request.param == "unix":
        address = str(tmp_path_factory.mktemp("s") / "c")
        scanner, settings.ANTIVIRUS = Scanner(socket.AF_UNIX, address), f"unix:{address}"
    else:
        scanner = Scanner(socket.AF_INET, ("127.0.0.1", 0))
        settings.ANTIVIRUS = f"tcp:127.0.0.1:{scanner.server.getsockname()[1]}"
    yield scanner
    scanner.server.close()


def test_the_scanner_is_asked_about_every_file_and_heeded(scanner, media, officer, scope_of_gongshu):
    store.receive(ContentFile(samples.pdf()), "a.pdf")
    assert scanner.seen == [samples.pdf()]
    with pytest.raises(UploadRefused, match="查出了病毒"):
        store.receive(ContentFile(samples.pdf(page=b"/Note (virus)")), "b.pdf")
    with pytest.raises(UploadRefused, match="查出了病毒"):
        import_batch.receive(upload=ContentFile("编号,virus".encode()), name="a.csv", by=officer, division_code=GONGSHU)
    assert len(scanner.seen) == 3
    assert len(files_in(media)) == 1


def test_without_an_answer_of_the_scanner_nothing_is_taken(settings, media):
    settings.ANTIVIRUS = f"unix:{media}/nobody"
    with pytest.raises(UploadRefused, match="病毒查杀服务没有应答，没有保存"):
        store.receive(ContentFile(samples.pdf()), "a.pdf")
    assert files_in(media) == []
