"""The virus scanner, if one is set up: clamd over its socket (settings.ANTIVIRUS, `unix:/path` or `tcp:host:port`)."""

import logging
import socket
import struct
from pathlib import Path

from django.conf import settings

from facilities.uploads.refusal import UploadRefused

TIMEOUT = 20  # seconds
_CHUNK = 64 * 1024
_logger = logging.getLogger(__name__)


def scan(path: Path) -> None:
    """Raises UploadRefused for a find, and also when the scanner does not answer: nothing goes in unscanned."""
    if not settings.ANTIVIRUS:
        return
    try:
        answer = _ask(path)
    except OSError as gone:
        _logger.error("virus scanner: %s", gone)
        answer = ""
    if answer.endswith("FOUND"):
        _logger.warning("virus scanner: %s", answer)
        raise UploadRefused("查出了病毒，没有保存", "不要再打开这份文件，请联系信息安全人员")
    if not answer.endswith(": OK"):
        raise UploadRefused("病毒查杀服务没有应答，没有保存", "过几分钟再上传；一直这样就告诉系统管理员")


def _ask(path: Path) -> str:
    """The answer of clamd to INSTREAM: chunks with their length in front, an empty one at the end."""
    with _connection() as connection, path.open("rb") as file:
        connection.sendall(b"zINSTREAM\0")
        while chunk := file.read(_CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(4096)):
            answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connection() -> socket.socket:
    kind, _, address = settings.ANTIVIRUS.partition(":")
    if kind == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)
