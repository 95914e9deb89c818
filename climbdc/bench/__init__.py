"""Benchmarks: what the product takes, measured on its own command line."""

from climbdc.bench._cases import CASES, Case, Place, Skipped
from climbdc.bench._latency import Latency, latency
from climbdc.bench._latency_table import latency_table, renew_latencies
from climbdc.bench._measure import Measured, measure
from climbdc.bench._page_speed import Doings, run_page
from climbdc.bench._page_table import page_table, renew_page
from climbdc.bench._sandbox_speed import Calls, run_sandbox
from climbdc.bench._share import Share, share_of
from climbdc.bench._speed import run_speed
from climbdc.bench._suites import SUITES, results_table
from climbdc.bench._synthetic import clinical_table, write_clinical_table

__all__ = [
    "CASES", "SUITES", "Calls", "Case", "Doings", "Latency", "Measured", "Place", "Share", "Skipped", "clinical_table",
    "latency", "latency_table", "measure", "page_table", "renew_latencies", "renew_page", "results_table", "run_page",
    "run_sandbox", "run_speed", "share_of", "write_clinical_table",
]  # fmt: skip
