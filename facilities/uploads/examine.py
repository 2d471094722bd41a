"""What happens to a file in the child: parsed as its kind, refused, or found good; a picture is written anew."""

import json
import sys
from dataclasses import asdict, dataclass

from facilities.uploads.refusal import UploadRefused

REFUSED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """rewritten: a clean copy lies at the target. taken_at: ISO time, without zone if the camera wrote none. Degrees."""

    rewritten: bool = False
    taken_at: str = ""
    longitude: float | None = None
    latitude: float | None = None


def main(source: str, kind: str, target: str) -> int:
    """Prints a Finding, or problem and advice of a refusal, as JSON. Imports only what the kind needs."""
    try:
        if kind == "pdf":
            from facilities.uploads.pdfs import examine_pdf

            examine_pdf(source)
            finding = Finding()
        elif kind == "docx":
            from facilities.uploads.word import examine_word

            examine_word(source)
            finding = Finding()
        else:
            from facilities.uploads.pictures import rewrite

            finding = Finding(rewritten=True, **rewrite(source, kind, target))
    except UploadRefused as refused:
        json.dump([refused.problem, refused.advice], sys.stdout)
        return REFUSED
    json.dump(asdict(finding), sys.stdout)
    return 0
