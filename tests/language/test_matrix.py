"""A matrix of accounts: by label in any order, and every fault of it named before anything is calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cge.language.matrix import read_matrix
from cgebase.errors import CalibrationError
from cgebase.messages import both

GOOD = "account, bread, wage ,home\nbread,2,,5\nwage,3,0,0\nhome,2,3,0\n"


def _written(folder: Path, text: str) -> Path:
    file = folder / "sam.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_rows_and_columns_are_read_by_label_whatever_their_order(tmp_path):
    table = read_matrix(_written(tmp_path, GOOD), ["home"])
    assert table.at["bread", "home"] == 5 and table.at["bread", "wage"] == 0
    turned = pd.read_csv(tmp_path / "sam.csv", index_col=0, skipinitialspace=True).iloc[::-1, [1, 2, 0]]
    again = read_matrix(_written(tmp_path, turned.to_csv()))
    assert list(again.index) == list(again.columns) == ["home", "wage", "bread"]
    pd.testing.assert_frame_equal(again.loc[table.index, table.columns], table)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("3,0,0", "3,0,1"), ["wage receives 4 and pays 3", "home receives 5 and pays 6"]),
        (GOOD.replace("2,,5", "2,x,5"), ["row bread, column wage: expected a number, found 'x'"]),
        (GOOD.replace("2,,5", "2,inf,5"), ["expected a number, found 'inf'"]),
        (GOOD.replace(", bread", ", bred"), ["bread is a row or a column", "bred is a row or a column"]),
        (GOOD.replace("wage,3", "home,3"), ["accounts given twice: home", "wage is a row or a column"]),
        (GOOD.replace("home", "house"), ["no account 'home'", "the model needs it"]),
        ("", ["cannot be read"]),
    ],
)
def test_every_fault_is_named(tmp_path, text, said):
    with pytest.raises(CalibrationError) as caught:
        read_matrix(_written(tmp_path, text), ["home"])
    words = both(caught.value)
    assert all(part in words for part in said) and words.code == "CGE490"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CalibrationError, match="none.csv"):
        read_matrix(tmp_path / "none.csv")


@pytest.mark.slow
@settings(deadline=None)
@given(scale=st.floats(1e-12, 1e12), seed=st.integers(0, 99))
def test_balance_is_judged_in_any_unit(tmp_path_factory, scale, seed):
    """Flows of a ring of accounts balance up to rounding; one cell a thousandth off does not."""
    names = [f"a{k}" for k in range(5)]
    rng = np.random.default_rng(seed)
    flows = sum(np.roll(np.eye(5), shift, 1) * rng.uniform(0.1, 9) for shift in range(1, 5)) * scale
    folder = tmp_path_factory.mktemp("ring")
    table = pd.DataFrame(flows, names, names)
    pd.testing.assert_frame_equal(read_matrix(_written(folder, table.to_csv())), table)
    table.iat[1, 3] *= 1.001
    with pytest.raises(CalibrationError, match="a1 receives"):
        read_matrix(_written(folder, table.to_csv()))
