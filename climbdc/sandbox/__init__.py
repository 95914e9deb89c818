"""Tools and generated code run here and nowhere else: no network, no other files, no secrets, bounded resources.

A `Job` goes in, an `Outcome` comes out; failures are values. The host never unpickles what a job wrote.
"""

from climbdc.sandbox._base import BackendStatus, Sandbox, SandboxUnavailable
from climbdc.sandbox._cancel import Cancellation
from climbdc.sandbox._job import Handler, Job, JobLimits, Progress, Reply
from climbdc.sandbox._open import available_backends, open_sandbox
from climbdc.sandbox._outcome import Cancelled, LimitHit, NotApplicable, Ok, Outcome, SandboxFailed, ToolFailed, Usage
from climbdc.sandbox._record import run_record
from climbdc.sandbox._selftest import Check, SelfTest, self_test

__all__ = [
    "BackendStatus",
    "Cancellation",
    "Cancelled",
    "Check",
    "Handler",
    "Job",
    "JobLimits",
    "LimitHit",
    "NotApplicable",
    "Ok",
    "Outcome",
    "Progress",
    "Reply",
    "Sandbox",
    "SandboxFailed",
    "SandboxUnavailable",
    "SelfTest",
    "ToolFailed",
    "Usage",
    "available_backends",
    "open_sandbox",
    "run_record",
    "self_test",
]
