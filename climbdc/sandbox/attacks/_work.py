"""Honest work, which must go well where all attacks are refused."""

from __future__ import annotations

from climbdc.sandbox.attacks._attempt import Attempts, Inside


def _work(inside: Inside) -> str:
    from sklearn.linear_model import LogisticRegression

    frame = inside.tables["input"].to_pandas()
    means = frame.groupby("group", observed=True)["value"].mean()
    model = LogisticRegression().fit(frame[["value"]], frame["value"] > 0.5)
    score = float(model.score(frame[["value"]], frame["value"] > 0.5))
    if len(means) != 4 or score < 0.9:
        raise ArithmeticError(f"{len(means)} groups and a score of {score}")
    return "pandas and scikit-learn worked on the input"


def legit_work(inside: Inside, attempts: Attempts) -> None:
    attempts.look("work", lambda: _work(inside))
