"""Whether a treatment changed what a quick model gets out of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from climbdc.sdk import Difference
from climbdc_tools.outcome import Array
from climbdc_tools.scores import Score, interval, scores

__all__ = ["compare"]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The paired difference of each measure over the rows that both predicted.

    Both are `Metric.detail` of `quick_models` with `keep_predictions`. Each row's influences on the two measures are
    subtracted before they are squared, so what the two have in common cancels; for the area under the ROC curve this
    is the paired test of DeLong et al. (Biometrics 1988;44:837). Nothing is drawn, so nothing depends on a seed.

    Args:
        before: Predictions from the table as it was.
        after: Predictions from the treated table.

    Returns:
        One difference a measure; empty where fewer than two rows are common.
    """
    rows, left, right = np.intersect1d(before["rows"], after["rows"], return_indices=True)
    if len(rows) < 2:
        return []
    clusters = _clusters(before, left)
    found = []
    for old, new in zip(_scores(before, left), _scores(after, right), strict=True):
        change = interval(new.value - old.value, new.influence - old.influence, clusters, -np.inf, np.inf)
        old_value, new_value, middle, low, high = (round(float(x), 6) for x in (old.value, new.value, *change))
        found.append(Difference(new.name, old_value, new_value, middle, low, high, len(rows), new.better))
    return found


def _scores(detail: Mapping[str, Any], chosen: Array) -> list[Score]:
    event = np.asarray(detail["event"])[chosen] if "event" in detail else None
    return scores(str(detail["kind"]), np.asarray(detail["y"])[chosen], np.asarray(detail["p"])[chosen], event)


def _clusters(detail: Mapping[str, Any], chosen: Array) -> Array | None:
    if "clusters" not in detail:
        return None
    return np.asarray(np.unique(np.asarray(detail["clusters"])[chosen], return_inverse=True)[1])
