"""One list of rows to look at, ranked, with reasons; nothing is changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_gbsg2
from sklearn.datasets import load_breast_cancer, load_diabetes

from climbdc.data import canonical
from climbdc.sdk import Dataset, NotApplicable, Roles
from climbdc_tools.apply_review import ApplyReview
from climbdc_tools.review_labels import ReviewLabels


@pytest.fixture(scope="module")
def planted() -> tuple[Dataset, set[int]]:
    """Breast cancer, shuffled and without every third row, with a tenth of the labels turned round."""
    frame = canonical(load_breast_cancer(as_frame=True).frame)
    frame = frame[frame.index % 3 != 0].sample(frac=1, random_state=4)
    wrong = frame.sample(frac=0.1, random_state=241).index
    frame.loc[wrong, "target"] = 1 - frame.loc[wrong, "target"]
    return Dataset(frame, Roles(kind="binary", target="target")), set(wrong)


def test_planted_errors_are_on_the_list_with_number_label_and_reason(planted: tuple[Dataset, set[int]]) -> None:
    data, wrong = planted
    before = data.train.copy()
    (found,) = ReviewLabels().look(data)  # type: ignore[misc]
    assert found.rows is not None and found.challenge == "labels/label-noise" and found.columns == ("target",)
    on_list = found.rows.tolist()
    assert len(wrong & set(on_list)) > 0.6 * len(wrong)
    assert np.mean([row in wrong for row in on_list]) > 0.7  # by chance 0.1
    for row, recorded, said, score, why in found.figures[0].data["rows"]:
        assert recorded == str(data.train["target"].loc[row]) and said in {"0", "1"}
        assert 0 <= score <= 1 and why
    count = [len(line[-1].split(", ")) for line in found.figures[0].data["rows"]]
    assert count == sorted(count, reverse=True)
    assert found.severity == "info" and found.suggestions == ()
    pd.testing.assert_frame_equal(data.train, before)


def test_answers_are_carried_out_by_apply_review(planted: tuple[Dataset, set[int]]) -> None:
    data, _ = planted
    (found,) = ReviewLabels().look(data)  # type: ignore[misc]
    row, recorded, said, *_ = found.figures[0].data["rows"][0]
    tool = ApplyReview({"cells": [{"row": row, "column": "target", "value": said, "why": "chart"}]})
    after = tool.apply(data.train, tool.fit(data), data.roles)
    assert str(after["target"].loc[row]) == said != recorded
    assert (after["target"] != data.train["target"]).sum() == 1


def test_the_list_is_as_long_as_wanted(planted: tuple[Dataset, set[int]]) -> None:
    (found,) = ReviewLabels({"most": 5}).look(planted[0])  # type: ignore[misc]
    assert found.rows is not None and len(found.rows) == 5 < found.evidence["found"]


def test_numbers_and_times() -> None:
    frame = canonical(load_diabetes(as_frame=True).frame)
    frame.loc[[7, 70], "target"] = [2500.0, 1900.0]
    (found,) = ReviewLabels().look(Dataset(frame, Roles(kind="numeric", target="target")))  # type: ignore[misc]
    assert found.rows is not None and {7, 70} <= set(found.rows.tolist()[:4])
    roles = Roles(kind="survival", target="cens", event="cens", duration="time")
    (found,) = ReviewLabels().look(Dataset(canonical(load_gbsg2()), roles))  # type: ignore[misc]
    assert found.kind == "queue"


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_too_few_rows(planted: tuple[Dataset, set[int]], rows: int) -> None:
    data = dataclasses.replace(planted[0], train=planted[0].train.head(rows))
    assert isinstance(ReviewLabels().look(data), NotApplicable)
    assert isinstance(ReviewLabels().look(dataclasses.replace(data, roles=Roles())), NotApplicable)
