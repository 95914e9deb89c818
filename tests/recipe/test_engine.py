"""What uses the target treats train rows by what other rows taught."""

from __future__ import annotations

import numpy as np
import pandas as pd

from climbdc.data import canonical
from climbdc.recipe import StepSpec, fit_step
from climbdc.registry import registry
from climbdc.sdk import Dataset, Roles
from climbdc_tools.encode_high_cardinality import EncodeHighCardinality


def test_a_tool_that_cross_fits_gives_the_train_rows_itself() -> None:
    rng = np.random.default_rng(0)
    frame = canonical(pd.DataFrame({"code": rng.integers(0, 60, 600).astype(str), "y": rng.integers(0, 2, 600)}))
    data = Dataset(frame, Roles(kind="binary", target="y"), seed=5)
    fitted = fit_step(registry(), data, StepSpec(id="S", tool="encode_high_cardinality", params={"columns": ["code"]}))
    crossed, state = EncodeHighCardinality({"columns": ["code"]}).fit_apply(data)
    plain = EncodeHighCardinality({"columns": ["code"]}).apply(frame, state, data.roles)
    assert fitted.data.train["code_logit"].tolist() == crossed["code_logit"].tolist()
    assert fitted.data.train["code_logit"].tolist() != plain["code_logit"].tolist()
    assert fitted.data.dictionary["code_logit"].meaning.startswith("number in place")
