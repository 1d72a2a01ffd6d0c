"""An economy of one's own with electricity by technology: China's eight regions, as if nobody had published them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cge
from cge.calibrate.power import TWH_PER_GW
from cge.runs.dynamics import run_benchmark
from cge.solve.system import System
from cge.study.economy import economy_for
from cge.study.posed import pose_study
from cge.study.scenario import load_study
from cge.theory.chapters import THEORY
from cgebase.errors import CalibrationError, SAMError, ScenarioError
from sam.choices import Choices
from sam.economy import Economy, load_economy
from sam.folder import LINES, MANIFEST, POTENTIALS, write_folder
from sam.own import FILES
from sam.registry import TECHNOLOGIES
from sam.tables import read_mapping
from sam.validate import check_economy

LIKE = read_mapping("cn30_to_cn12").drop_duplicates("cn12").set_index("cn12")["cn30"].to_dict() | {"crg": "gas"}
HEAD = """
schema = 1
code = "eight"
title = { en = "Eight regions", zh = "八大区" }
year = 2021
last_year = 2060
unit = "1e8 CNY"
sources = ["made of the shipped economy"]
[currency]
cny = 1.0
source = "its own"
[growth]
gdp = 0.04
emissions = 0.01
"""
STUDY = """
schema = 1
id = "trial"
title = { en = "Trial", zh = "试验" }
[base]
sam = "eight"
[time]
years = [2021, 2030]
[[scenario]]
id = "baseline"
label = { en = "Baseline", zh = "基准" }
[[scenario]]
id = "policy"
label = { en = "Policy", zh = "政策" }
"""


@pytest.fixture(scope="module")
def china() -> Economy:
    return economy_for("cn12", None, Choices(), regions="region8")


def written(folder: Path, e: Economy, like: dict[str, str] = LIKE, **more: pd.DataFrame) -> Path:
    """The folder of an economy of one's own, with further files by name."""
    named = [("regions", r, "") for r in e.regions] + [("households", h, "") for h in e.households]
    named += [("sectors", c, f'like = "{like.get(c, c)}"\n') for c in e.commodities if c != "elb"]
    text = HEAD + "".join(f'[{kind}.{code}]\nen = "{code}"\nzh = "{code}"\n{rest}' for kind, code, rest in named)
    kept = ("emissions", "generation", "electricity_use", "network", "margins", "energy")
    tables = {f"{n}.csv": getattr(e, n) for n in kept}
    write_folder(folder, {MANIFEST: text, "sam.csv": e.sam.cells, **tables, **more})
    return folder


def study(folder: Path, keys: str) -> Any:
    (folder / "trial.toml").write_text(STUDY + keys, encoding="utf-8")
    return load_study(folder / "trial.toml")


def test_it_passes_every_check_and_its_base_year_solves_itself(tmp_path: Path, china: Economy) -> None:
    economy = load_economy("", folder=written(tmp_path / "eight", china))
    assert check_economy(economy) == []
    assert economy.activities[-len(TECHNOLOGIES) :] == tuple(TECHNOLOGIES) and economy.commodities[-1] == "elb"
    benchmark = pose_study(study(tmp_path, "cap = { final_share = 0.9 }\n")).benchmark
    solution = run_benchmark(System(THEORY, benchmark.sets), benchmark)
    assert solution.iterations == 0 and solution.max_residual < 1e-9
    assert solution.values["QB"].sum() == pytest.approx(china.generation["twh"].sum(), rel=1e-9)


def test_lines_and_potentials_are_what_their_files_say(tmp_path: Path, china: Economy) -> None:
    flow = china.network.iloc[0]
    lines = pd.DataFrame([(flow["origin"], flow["destination"], 1e3, "drawn")], columns=list(FILES[LINES]))
    offered = pd.DataFrame(
        [("NW", "gwi", 5e3, "TWh", "drawn"), ("NW", "storage", 50.0, "Mt CO2", "drawn")],
        columns=list(FILES[POTENTIALS]),
    )
    written(tmp_path / "eight", china)
    before = pose_study(study(tmp_path, "cap = { final_share = 0.9 }\n")).benchmark
    at = tuple(before.sets["r"].index(flow[k]) for k in ("origin", "destination"))
    assert before.parameters["lmax"][at] == pytest.approx(flow["twh"])
    assert np.isinf(before.potential).all()
    written(tmp_path / "second" / "eight", china, **{LINES: lines, POTENTIALS: offered})
    after = pose_study(study(tmp_path / "second", "cap = { final_share = 0.9 }\n")).benchmark
    used = after.parameters["lmax"][at] / (1e3 * TWH_PER_GW)
    assert 0.3 < used < 1
    wind, place = after.sets["a"].index("gwi"), after.sets["r"].index("NW")
    assert after.potential[wind, place] == 5e3 and np.isinf(after.potential).sum() == after.potential.size - 1
    assert after.parameters["stmax"][place] == pytest.approx(50.0 / 100)  # a hundred years of it


@pytest.mark.slow
def test_policies_act_on_its_power(tmp_path: Path, china: Economy) -> None:
    written(tmp_path / "eight", china)
    cap = 'cap = { final_share = 0.8, end_year = 2030, trade = "national" }\n'
    study(tmp_path, cap + "renewables = { share = 0.45, end_year = 2030 }\n")
    results = cge.run(tmp_path / "trial.toml", tmp_path / "out")
    assert all(v < 1e-8 for s in results.checks.values() for v in s.values())
    made = results["generation"].sel(region="CN", year=2030)
    green = made.sel(sector=["ghy", "gwi", "gso", "gbi"]).sum("sector") / made.sum("sector")
    assert float(green.sel(scenario="policy")) > float(green.sel(scenario="baseline"))
    base = results["generation"].sel(scenario="baseline", region=list(china.regions))
    mix = base / base.sum("sector")
    np.testing.assert_allclose(mix.sel(year=2030), mix.sel(year=2021), atol=1e-6)  # nothing is said of the mix


def test_what_cannot_be_is_refused_in_words(tmp_path: Path, china: Economy) -> None:
    written(tmp_path / "eight", china)
    with pytest.raises(ScenarioError, match="ceilings of capture"):
        pose_study(study(tmp_path, 'cap = {}\nclosure = { abatement = "fuel-switching" }\n'))
    burnt = written(tmp_path / "crude" / "eight", china, LIKE | {"crg": "cru"})
    with pytest.raises(CalibrationError, match="households burn .*crg in BT"):
        pose_study(study(burnt.parent, "cap = { final_share = 0.9 }\n"))
    line = pd.DataFrame([("NW", "XX", 1.0, "drawn"), ("NW", "SW", -1.0, "drawn")], columns=list(FILES[LINES]))
    with pytest.raises(SAMError, match=r"lines.csv, line 2(.|\n)*lines.csv, line 3"):
        load_economy("", folder=written(tmp_path / "wrong", china, **{LINES: line}))
    what = pd.DataFrame([("NW", "gwi", 1.0, "GW", "drawn")], columns=list(FILES[POTENTIALS]))
    with pytest.raises(SAMError, match=r"potentials.csv, line 2(.|\n)*gwi \(TWh\)"):
        load_economy("", folder=written(tmp_path / "unit", china, **{POTENTIALS: what}))
