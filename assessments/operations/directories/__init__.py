"""The yearly directory: from a proposal through the public notice to what is published, corrected and reissued."""

from assessments.operations.directories.proposing import approve, confirm, confirm_entries, propose, rehearse, send_back
from assessments.operations.directories.showing import (
    content_of,
    correct,
    decide_appeal,
    file_appeal,
    publish,
    start_correction_run,
    start_notice,
)

__all__ = [
    "approve",
    "confirm",
    "confirm_entries",
    "content_of",
    "correct",
    "decide_appeal",
    "file_appeal",
    "propose",
    "publish",
    "rehearse",
    "send_back",
    "start_correction_run",
    "start_notice",
]
