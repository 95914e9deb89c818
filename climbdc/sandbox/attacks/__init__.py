"""Attacks on the sandbox: what hostile code would try, made harmlessly, and whether it was contained."""

from climbdc.sandbox.attacks._catalogue import AttackSpec, attack_names, attack_specs
from climbdc.sandbox.attacks._check import BackendReport, Latency, attack_backend, measure_latency, report_json
from climbdc.sandbox.attacks._inside import ATTACK_VERB, attack
from climbdc.sandbox.attacks._judge import AttackResult
from climbdc.sandbox.attacks._page import page_attacks, renew_page, verdict
from climbdc.sandbox.attacks._suite import run_suite

__all__ = [
    "ATTACK_VERB",
    "AttackResult",
    "AttackSpec",
    "BackendReport",
    "Latency",
    "attack",
    "attack_backend",
    "attack_names",
    "attack_specs",
    "measure_latency",
    "page_attacks",
    "renew_page",
    "report_json",
    "run_suite",
    "verdict",
]
