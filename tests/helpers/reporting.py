"""A small made-up comparison for the tests of results, figures and workbook; no number is a finding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cge.report.budgets import CENTRAL, PROVINCIAL
from cge.report.style import labelled
from cge.study.results import Results
from sam.registry import provinces, sectors

SCENARIOS = ("baseline", "uniform", "differentiated", "trade")
LABELLED = {
    "baseline": {"en": "Baseline", "zh": "基准"}, "uniform": {"en": "Uniform", "zh": "统一减排"},
    "differentiated": {"en": "Differentiated", "zh": "差异化减排"},
    "trade": {"en": "Uniform with trade", "zh": "统一减排加交易"},
}  # fmt: skip
YEARS = (2021, 2030, 2045, 2060)
UNITS = {
    "gdp_change_pct": "%", "gdp_change_base_prices_pct": "%", "gdp_cumulative_loss_pct": "%", "welfare_ev_pct": "%",
    "consumption_change_pct": "%", "permit_price": "CNY/t CO2", "emissions": "Mt CO2", "cap": "Mt CO2",
    "cap_share_2021": "fraction", "permit_trade": "Mt CO2", "gdp": "billion CNY",
}  # fmt: skip


def comparison(seed: int = 7) -> pd.DataFrame:
    """Synthetic tidy results of four scenarios; contributions add up to the GDP change."""
    rng = np.random.default_rng(seed)
    codes = [*(p.code for p in provinces()), "CN"]
    activities = [s.code for s in sectors("cn30") if s.kind != "busbar"]
    rows: list[tuple[object, ...]] = []
    for region in codes:
        depth = float(rng.uniform(0.5, 6.0))
        base = float(rng.uniform(50, 800)) * (15 if region == "CN" else 1)
        for scenario in SCENARIOS:
            pull = {"baseline": 0.0, "uniform": 1.0, "differentiated": float(rng.uniform(0.4, 1.3)), "trade": 0.7}
            for k, year in enumerate(YEARS):
                at = (scenario, region, "all", year)
                fall = 1 - (0.3 * k if scenario != "baseline" else -0.05 * k)
                policy = scenario != "baseline"
                change = -depth * pull[scenario] * k / 3
                values = {
                    "emissions": base * fall, "gdp": base * 10 * (1 + k),
                    **({
                        "gdp_change_pct": change, "gdp_change_base_prices_pct": change * 1.1,
                        "gdp_cumulative_loss_pct": -change / 2, "welfare_ev_pct": change * 0.8,
                        "consumption_change_pct": change * 0.9, "permit_price": 420.0 * k * pull[scenario],
                        "cap": base * fall, "cap_share_2021": fall, "permit_trade": 0.0,
                    } if policy else {}),
                }  # fmt: skip
                rows += [(*at, name, value, UNITS[name]) for name, value in values.items()]
                if region in ("XJ", "CN"):
                    for items in (PROVINCIAL, CENTRAL)[: 1 + (region == "CN")]:
                        parts = rng.normal(0, 100, len(items))
                        parts[-1] = -parts[:-1].sum()
                        rows += [(scenario, region, item, year, "budget", float(v), "1e8 CNY")
                                 for item, v in zip(items, parts, strict=True)]  # fmt: skip
                if not policy or region not in ("XJ", "HL", "CN"):
                    continue
                share = rng.dirichlet(np.ones(len(activities) + 1)) * change
                for code, part in zip([*activities, "product_taxes"], share, strict=True):
                    here = (scenario, region, code, year)
                    rows.append((*here, "gdp_contribution_pp", float(part), "percentage points"))
                    if code != "product_taxes":
                        growth = float(rng.normal(-3, 8)) * k / 3 - (60.0 * k / 3 if code in ("coa", "gco") else 0.0)
                        growth += 260.0 * k / 3 if code == "gso" else 0.0
                        rows.append((*here, "value_added_change_pct", growth, "%"))
                        rows.append((*here, "output_change_pct", growth * 0.9, "%"))
    table = pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"])
    return labelled(table, {"scenario": [{"id": s, "label": label} for s, label in LABELLED.items()]})


def manifest() -> dict[str, Any]:
    """A manifest with the fields that reports read."""
    return {
        "study": "made-up", "question": "asked",
        "parameter_set": "default", "aggregation": "cn30", "numeraire": "consumer price index",
        "checks": {"uniform": {"walras": 1e-12, "residual": 3e-11}, "trade": {"walras": 2e-12, "residual": 4e-11}},
        "version": "0.0.0",
    }  # fmt: skip


def results(rows: pd.DataFrame | None = None, **study: Any) -> Results:
    """The comparison as a run; its first scenario alone is without a policy."""
    rows = comparison() if rows is None else rows
    names = list(dict.fromkeys(rows["scenario"]))
    scenarios = [{"id": s, "label": LABELLED[s], "cap": None if s == "baseline" else {}, "instruments": {}}
                 for s in names]  # fmt: skip
    asked = {"id": "made-up", "title": {"en": "Made up", "zh": "虚构"}, "scenario": scenarios,
             "report": {"focus": "XJ", "pair": None}}  # fmt: skip
    made = manifest() | {
        "years": list(YEARS), "regions": "", "sam": "china31", "commit": "0123456789abcdef", "program": "0.0.0",
        "fitted": {"hardness": 1.0, "energy_base": 0.0}, "changed_parameters": {},
    }  # fmt: skip
    return Results(rows, made, asked | study, {s: [] for s in names})


CAPTION = {"parameter_set": "default", "aggregation": "cn30", "price_base": "2021"}
