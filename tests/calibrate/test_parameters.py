"""Parameter tables and their loader."""

import numpy as np
import pytest

from cge.calibrate.parameters import ParameterError, load_parameters
from sam.registry import AGGREGATIONS, activity_codes, commodity_codes


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_every_code_is_covered(aggregation):
    acts, coms = activity_codes(aggregation), commodity_codes(aggregation)
    found = load_parameters(aggregation, acts, coms)
    assert found.scalar("frisch") == -2.5
    share = found.array("abatement_max_share", acts)
    assert ((share >= 0) & (share < 1)).all()
    assert (found.array("abatement_half_cost", acts) > 0).all()


def test_cn12_takes_the_simple_mean():
    fine, coarse = load_parameters("cn30"), load_parameters("cn12")
    mean = np.mean([fine.value("armington_import", c) for c in ("irs", "nfm", "mtl")])
    assert coarse.value("armington_import", "mtl") == pytest.approx(mean)
    assert coarse.value("abatement_half_cost", "gco") == 500


def test_province_armington_is_twice_the_import_one():
    found = load_parameters("cn30")
    assert found.value("armington_province", "chm") == pytest.approx(2 * 3.286)
    assert found.value("armington_province", "gas") == 6


def test_missing_codes_and_defaults():
    found = load_parameters("cn30")
    assert found.array("supply_elasticity", ["gwi", "irs"], default=0.0).tolist() == [2.0, 0.0]
    with pytest.raises(ParameterError, match="irs"):
        found.array("supply_elasticity", ["gwi", "irs"])
    with pytest.raises(ParameterError, match="no parameter 'sigma'"):
        found.scalar("sigma")
    with pytest.raises(ParameterError, match="xyz"):
        load_parameters("cn30", ["irs", "xyz"])


def test_changes_are_named_and_leave_the_original():
    found = load_parameters("cn30")
    other = found.with_values({("frisch", "all"): -3.0}, "frisch low")
    assert (found.scalar("frisch"), other.scalar("frisch")) == (-2.5, -3.0)
    assert found.digest() != other.digest()
    with pytest.raises(ParameterError, match=r"frish\[all\]"):
        found.with_values({("frish", "all"): -3.0}, "typo")
    assert found.bounds("frisch") == (-4.0, -1.5)


def test_faults_of_own_tables_come_all_at_once(tmp_path):
    lines = "parameter,item,value,low,high,unit,source,note\nfrisch,all,-9,-4,-1.5,1,me,\nfrisch,all,x,,,1,me,\n"
    (tmp_path / "macro.csv").write_text(lines)
    with pytest.raises(ParameterError, match=r"(?s)stands twice.*has no number.*outside its range"):
        load_parameters("cn30", folder=tmp_path)
