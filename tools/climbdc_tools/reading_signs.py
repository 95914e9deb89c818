"""Words and patterns of `reading_signs.yaml`."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import yaml

__all__ = ["GARBLED", "SUMS", "UNNAMED"]

_READ: Final = yaml.safe_load((files("climbdc_tools") / "reading_signs.yaml").read_text("utf-8"))
SUMS: Final = frozenset(_READ["sums"])
UNNAMED: Final[tuple[str, ...]] = tuple(_READ["unnamed"])
GARBLED: Final = re.sub(r"\\x\{(\w+)\}", lambda found: chr(int(found[1], 16)), _READ["garbled"])
