"""Pictures are decoded and written anew: whatever was hidden in or behind them is gone. Time and place are taken out."""

import math
import warnings
from contextlib import suppress
from datetime import datetime
from typing import Any

from PIL import Image

from facilities.uploads.refusal import UploadRefused

MAX_PIXELS = 50_000_000
_SMALLER = "缩小到 5000 万像素以内再上传"
_EXIF_IFD, _GPS_IFD, _ORIENTATION = 0x8769, 0x8825, 0x0112
_TAKEN, _TAKEN_OFFSET = 0x9003, 0x9011
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_SAVED: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 88},
    "png": {"compress_level": 3},
    "webp": {"quality": 85, "method": 0},
}


def rewrite(source: str, kind: str, target: str) -> dict[str, Any]:
    """Write the clean picture to `target`; returns taken_at, longitude and latitude as far as the camera noted them.

    Only the orientation stays in the file: turning 50 million pixels would need them twice in memory.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=[kind.upper()]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            found = _noted(picture)
            orientation = picture.getexif().get(_ORIENTATION, 1)
            picture.load()
            _save(picture, kind, target, orientation)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UploadRefused("照片超过 5000 万像素", _SMALLER) from None
    except MemoryError:
        raise UploadRefused("照片太大，读不了", _SMALLER) from None
    except UploadRefused:
        raise
    except Exception as broken:
        raise UploadRefused("照片坏了，打不开", "重新拍一张，或从原处另存一份再上传") from broken
    return found


def _save(picture: Image.Image, kind: str, target: str, orientation: Any) -> None:
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    wanted = "RGBA" if has_alpha and kind != "jpeg" else "L" if picture.mode in {"1", "L"} else "RGB"
    clean = picture if picture.mode == wanted else picture.convert(wanted)
    clean.info = {}
    options = dict(_SAVED[kind])
    if orientation in range(2, 9):
        exif = Image.Exif()
        exif[_ORIENTATION] = orientation
        options["exif"] = exif.tobytes()
    clean.save(target, format=kind.upper(), **options)


def _noted(picture: Image.Image) -> dict[str, Any]:
    """Damaged notes count as none: they are no reason to refuse a photo."""
    found: dict[str, Any] = {"taken_at": "", "longitude": None, "latitude": None}
    with suppress(Exception):
        exif = picture.getexif()
        details = exif.get_ifd(_EXIF_IFD)
        if taken := str(details.get(_TAKEN, "")).strip("\x00 "):
            moment = datetime.strptime(taken, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 the zone follows, if noted
            found["taken_at"] = moment.isoformat() + str(details.get(_TAKEN_OFFSET, "")).strip("\x00 ")
        place = exif.get_ifd(_GPS_IFD)
        latitude = _degrees(place[_LATITUDE], place[_LATITUDE_REF] == "S", 90)
        longitude = _degrees(place[_LONGITUDE], place[_LONGITUDE_REF] == "W", 180)
        found |= {"latitude": latitude, "longitude": longitude}
    return found


def _degrees(parts: Any, is_negative: bool, most: int) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    if not (math.isfinite(value) and 0 <= value <= most):
        raise ValueError(value)
    return -value if is_negative else value
