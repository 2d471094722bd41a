"""Starting, computing and publishing the run of a quarter."""

from assessments.operations.runs.compute import compute_many, compute_run
from assessments.operations.runs.start import (
    RunFailedError,
    RunRefusedError,
    districts_with_facilities,
    requeue_stuck_runs,
    start_due_quarters,
    start_quarter,
)

__all__ = [
    "RunFailedError",
    "RunRefusedError",
    "compute_many",
    "compute_run",
    "districts_with_facilities",
    "requeue_stuck_runs",
    "start_due_quarters",
    "start_quarter",
]
