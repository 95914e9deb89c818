"""Tools and generated code run here and nowhere else: no network, no other files, no secrets, bounded resources.

A `Job` goes in, an `Outcome` comes out; failures are values. The host never unpickles what a job wrote.
"""

from climbdc.sandbox._base import BackendStatus, Sandbox, SandboxUnavailable
from climbdc.sandbox._cancel import Cancellation
from climbdc.sandbox._code import PACKAGES
from climbdc.sandbox._image import BASE, IMAGE, WEB_IMAGE, ImageStatus, build_image, image_status
from climbdc.sandbox._job import Handler, Job, JobLimits, Progress, Reply
from climbdc.sandbox._open import open_sandbox
from climbdc.sandbox._outcome import Cancelled, LimitHit, NotApplicable, Ok, Outcome, SandboxFailed, ToolFailed, Usage
from climbdc.sandbox._record import run_record
from climbdc.sandbox._selftest import Check, SelfTest, self_test
from climbdc.sandbox.answers._documents import pack_documents, unpack_documents
from climbdc.sandbox.backends._backends import available_backends, backend_status
from climbdc.sandbox.backends._engine import connect
from climbdc.sandbox.backends._serve import serve_sandbox

__all__ = [
    "BASE",
    "IMAGE",
    "PACKAGES",
    "WEB_IMAGE",
    "BackendStatus",
    "Cancellation",
    "Cancelled",
    "Check",
    "Handler",
    "ImageStatus",
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
    "backend_status",
    "build_image",
    "connect",
    "image_status",
    "open_sandbox",
    "pack_documents",
    "run_record",
    "self_test",
    "serve_sandbox",
    "unpack_documents",
]
