"""Benchmarks: what the product takes, measured on its own command line."""

from climbdc.bench._cases import CASES, Case, Place
from climbdc.bench._measure import Measured, measure
from climbdc.bench._share import Share, share_of
from climbdc.bench._speed import run_speed
from climbdc.bench._suites import SUITES, results_table
from climbdc.bench._synthetic import clinical_table, write_clinical_table

__all__ = [
    "CASES", "SUITES", "Case", "Measured", "Place", "Share", "clinical_table", "measure", "results_table", "run_speed",
    "share_of", "write_clinical_table",
]  # fmt: skip
