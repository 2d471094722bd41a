"""What a file may be called. The name is only ever shown: on disk a file is called by its SHA-256."""

import unicodedata

from facilities.uploads.refusal import UploadRefused

MAX_NAME = 120  # characters
# Inner endings that some program or server would run: 发票.php.jpg
_EXECUTABLE = {
    "asp", "aspx", "bat", "cgi", "cmd", "com", "exe", "hta", "htm", "html", "jar", "js", "jsp", "lnk", "msi", "php",
    "phtml", "pl", "ps1", "py", "scr", "sh", "svg", "vbs", "wsf",
}  # fmt: skip
_RENAME = "改一个简短的文件名再上传"


def checked_name(name: str) -> str:
    """The bare name of an upload in Unicode NFC; raises UploadRefused for names that mislead."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts:
        raise UploadRefused("文件名里有指向别处的路径", _RENAME)
    bare = unicodedata.normalize("NFC", parts[-1]).strip()
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for letter in bare):
        raise UploadRefused("文件名里有看不见的控制字符", _RENAME)
    if len(bare) > MAX_NAME:
        raise UploadRefused(f"文件名超过 {MAX_NAME} 个字", _RENAME)
    *inner, _last = bare.lower().split(".")
    if bare.startswith(".") or not inner or not inner[0].strip():
        raise UploadRefused("文件没有名称或扩展名", _RENAME)
    if {part.strip() for part in inner[1:]} & _EXECUTABLE:
        raise UploadRefused("文件名里有两个扩展名，前一个是程序或网页", _RENAME)
    return bare
