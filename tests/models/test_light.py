"""What is imported with the models: nothing that opens a database or a connection."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("alembic", "climbdc.store", "gradio", "httpx2", "langgraph", "matplotlib", "openai", "sklearn", "sqlalchemy")
"""A half of a second and more, together, before anything is asked of a model."""


def test_importing_the_models_opens_neither_store_nor_wire() -> None:
    code = "import sys, climbdc.models; print(*sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted({*told.stdout.split()} & {*HEAVY}) == []
