"""ZIPs of photos: names as Windows writes them, bombs, links, passwords, twice the same name, lies about sizes."""

import io
import stat
import zipfile

import pytest
from PIL import Image

from facilities.uploads import archives
from facilities.uploads.refusal import UploadRefused


def picture(colour="green") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "JPEG")
    return out.getvalue()


def zipped(path, files: dict, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "photos.zip"


def test_photos_are_found_by_their_bare_name_whatever_the_folder_or_case(path):
    found = archives.opened(
        zipped(path, {"照片/Hall.JPG": picture(), "说明.txt": "x", "__MACOSX/._Hall.JPG": b"", "a.html": "x"})
    )
    assert found.names == {"hall.jpg": "Hall.JPG"}
    assert found.others == ("说明.txt", "a.html")
    assert found.photos[archives.folded("hall.jpg")]() == picture()


def test_names_that_windows_wrote_in_gbk_are_read(path):
    in_gbk = "大厅.jpg".encode("gbk")
    zipped(path, {"x" * len(in_gbk): picture()})
    path.write_bytes(path.read_bytes().replace(b"x" * len(in_gbk), in_gbk))
    assert archives.opened(path).names == {"大厅.jpg": "大厅.jpg"}


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.jpg": b"\0" * 30_000_000}, "大得不正常"),
        ({"a.jpg": b"\0" * 3_000_000}, "大得不正常"),
        ({"../a.jpg": b"x"}, "目录不正常"),
        ({"/etc/a.jpg": b"x"}, "目录不正常"),
        ({_link(): b"/etc/passwd"}, "目录不正常"),
        ({"one/a.jpg": b"x", "two/A.JPG": b"y"}, "两张照片都叫"),
        ({f"{n}.jpg": b"x" for n in range(archives.MAX_PHOTOS + 1)}, "一次最多 60 张"),
        ({f"{n}.txt": b"x" for n in range(archives.MAX_ENTRIES + 1)}, "一次最多 60 张"),
    ],
)
def test_what_is_refused(path, files, said):
    zipped(path, files)
    with pytest.raises(UploadRefused) as refusal:
        archives.opened(path)
    assert said in f"{refusal.value.problem}，{refusal.value.advice}"


def test_passwords_broken_files_and_lies_are_refused(path):
    content = zipped(path, {"a.jpg": picture()}).read_bytes()
    with zipfile.ZipFile(path) as package:
        at = package.start_dir
    path.write_bytes(content[:6] + b"\x01" + content[7 : at + 8] + b"\x01" + content[at + 9 :])
    with pytest.raises(UploadRefused, match="加了密码"):
        archives.opened(path)
    for broken in (b"", b"PK", b"not a zip at all", content[:-8]):
        path.write_bytes(broken)
        with pytest.raises(UploadRefused, match="打不开"):
            archives.opened(path)
    middle = at // 2
    path.write_bytes(content[:middle] + bytes(255 - b for b in content[middle : middle + 4]) + content[middle + 4 :])
    with pytest.raises(UploadRefused, match="是坏的"):
        archives.opened(path).photos["a.jpg"]()
