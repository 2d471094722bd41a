"""Every hostile file: nothing stored, nothing run or fetched, at most 10 s and 512 MiB; the portal answers meanwhile."""

import logging
import threading
import time
from contextlib import suppress

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from facilities.uploads import child, store
from facilities.uploads.refusal import UploadRefused
from tests.facilities import hostile, samples

SECONDS, KIBIBYTES = 10, 512 * 1024
GOOD = {
    "jpeg": ("现场.jpg", lambda: samples.picture("JPEG", (1200, 900)), "image/jpeg"),
    "grey jpeg": ("a.JPEG", lambda: samples.picture("JPEG", mode="L"), "image/jpeg"),
    "print colours": ("a.jpg", lambda: samples.picture("JPEG", mode="CMYK"), "image/jpeg"),
    "png": ("截图 1.png", lambda: samples.picture("PNG", (300, 200)), "image/png"),
    "png with holes": ("a.png", lambda: samples.picture("PNG", mode="RGBA"), "image/png"),
    "png with palette": ("a.png", lambda: samples.picture("PNG", mode="P", transparency=0), "image/png"),
    "webp": ("a.webp", lambda: samples.picture("WEBP", (300, 200)), "image/webp"),
    "pdf": ("权属证 2026.1.pdf", samples.pdf, "application/pdf"),
    "pdf with a web link": (
        "a.pdf",
        lambda: samples.pdf(
            b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://www.gov.cn) >> >>",
            page=b"/Annots [4 0 R]", catalog=b"/OpenAction [3 0 R /Fit]",
        ),
        "application/pdf",
    ),
    "compressed pdf": ("a.pdf", lambda: samples.packed_pdf(b"<< /Title (a) >>"), "application/pdf"),
    "word": ("协议（签字版）.docx", samples.docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "word with picture and link": (
        "a.docx",
        lambda: samples.docx(
            ("word/media/a.png", samples.picture("PNG")),
            ("word/_rels/document.xml.rels", samples.relations("hyperlink", "https://www.gov.cn")),
            document='<w:fldSimple w:instr="PAGE"/>',
        ),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def peaks(caplog):
    """Memory of the children in KiB, each as it measured itself; None for one that could no longer say."""
    caplog.set_level(logging.INFO, logger="facilities.uploads.child")

    def read() -> list[int | None]:
        told = [record.args[-1] for record in caplog.records if record.name == "facilities.uploads.child"]
        return [int(text.removesuffix(" KiB")) if text.endswith(" KiB") else None for text in told]

    return read


@pytest.mark.parametrize("case", hostile.ALL, ids=str)
def test_a_hostile_file_leaves_nothing_behind(case, media, peaks):
    name, make = hostile.ALL[case]
    content = make()
    began = time.monotonic()
    with pytest.raises(UploadRefused) as refused:
        store.receive(ContentFile(content), name)
    assert time.monotonic() - began < SECONDS
    assert refused.value.problem
    assert refused.value.advice
    assert files_in(media) == []
    assert all(peak is not None and peak < KIBIBYTES for peak in peaks())


def test_there_are_more_than_sixty_and_none_called_home():
    assert len(hostile.ALL) >= 60
    hostile.LISTENER.settimeout(0.2)
    with pytest.raises(TimeoutError):
        hostile.LISTENER.accept()


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_file_of_each_kind_is_taken(case, media):
    name, make, media_type = GOOD[case]
    content = make()
    stored = store.receive(ContentFile(content), name)
    assert (stored.name, stored.kind.media_type) == (name, media_type)
    assert files_in(media) == [store.path_of(stored.sha256)]
    kept = store.content_of(stored.sha256)
    assert kept
    assert stored.kind.is_picture or kept == content


def test_a_photo_of_48_million_pixels_fits_in_the_bounds(peaks):
    stored = store.receive(ContentFile(samples.picture("JPEG", (8000, 6000))), "a.jpg")
    assert stored.size
    [peak] = peaks()
    assert 100 * 1024 < peak < KIBIBYTES


def test_the_child_is_measured_without_what_its_parent_holds_and_cannot_outgrow_its_bound(peaks):
    held = bytearray(600 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])  # really in memory: a fork of this process is larger than any bound
    store.receive(ContentFile(samples.pdf()), "a.pdf")
    code, _ = child.run("tests.facilities.greedy", [str(600)], store.BOUNDS)
    assert code == 7  # MemoryError: 512 MiB are all it gets
    small, bounded = peaks()
    assert small < 150 * 1024
    assert 300 * 1024 < bounded < KIBIBYTES
    del held


def test_time_and_place_leave_the_photo_and_what_hid_in_it_is_gone():
    stored = store.receive(ContentFile(samples.photo_with_place()), "a.jpg")
    assert stored.taken_at.isoformat() == "2026-11-20T09:30:00+08:00"
    assert (stored.longitude, stored.latitude) == (120.135, 30.325)
    content = store.content_of(stored.sha256)
    assert not any(word in content for word in (b"canary", b"script", "绝密".encode(), b"2026:11:20"))
    with Image.open(store.path_of(stored.sha256)) as clean:
        assert dict(clean.getexif()) == {0x0112: 6}
        assert clean.size == (200, 150)


def test_the_portal_answers_while_heavy_files_are_examined(db):
    heavy = [samples.picture("JPEG", (8000, 6000)), samples.packed_pdf(b"", packed=samples.zeros(150))]

    def upload(content, name):
        with suppress(UploadRefused):
            store.receive(ContentFile(content), name)

    threads = [
        threading.Thread(target=upload, args=(content, "a.jpg" if content.startswith(b"\xff") else "a.pdf"))
        for content in heavy
    ]
    client, slowest, asked = Client(), 0.0, 0
    client.get("/login/")
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        assert client.get("/login/").status_code == 200
        slowest, asked = max(slowest, time.monotonic() - began), asked + 1
        time.sleep(0.02)
    assert asked > 3
    assert slowest < 1
