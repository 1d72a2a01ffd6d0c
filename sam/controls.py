"""Published totals the SAM is held to; the build imposes them and the checks read them again."""

from __future__ import annotations

import pandas as pd

from sam.registry import PROVINCE_CODES
from sam.tables import TABLES, read_table

#: Carrier and user where most of the fuel is feedstock, so that only the lower end of the price band binds.
FEEDSTOCK = frozenset({("coa", "cok"), ("coa", "oil"), ("oil", "chm"), ("oil", "oil"), ("gas", "chm")})
#: Commodity that carries goods between provinces.
MARGIN = "trn"
#: Activities of the published industries that a cn30 SAM keeps apart; the rest is industry.
INDUSTRY_OF = {
    "agr": "agriculture", "con": "construction", "trd": "trade", "trn": "transport", "hot": "catering",
    "ifi": "services", "bus": "services", "pub": "services",
}  # fmt: skip
_COLUMNS = {
    "agriculture": ("va_agri_incl_services",), "industry": ("va_industry",), "construction": ("va_construction",),
    "trade": ("va_wholesale_retail",), "transport": ("va_transport_post",),
    "catering": ("va_accommodation_catering",),
    "services": ("va_finance", "va_real_estate", "va_other_services"),
}  # fmt: skip


def provincial_value_added() -> pd.DataFrame:
    """Published value added of 2021 by province and industry, 1e8 yuan, adding up to GDP after the census."""
    table = read_table("gdp_industry_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    parts = pd.DataFrame({k: table[list(v)].sum(axis=1) for k, v in _COLUMNS.items()})
    return parts.mul(table["gdp_post_5th_census"] / parts.sum(axis=1), axis=0)


def national_ratios() -> dict[str, float]:
    """Final demand over GDP in the national table of 2020: household, government, investment, exports."""
    t = pd.read_csv(TABLES / "io_national_2020.csv.gz", dtype={"row_code": str}).set_index("row_code")
    rows = [f"{k:02d}" for k in range(1, 43)]
    gdp = float(t.loc["TVA", [f"s{k}" for k in rows]].sum())
    part = t.loc[rows].sum(numeric_only=True)
    sums = {
        "household": float(part["cons_rural"] + part["cons_urban"]),
        "cons_government": float(part["cons_government"]),
        "investment": float(part["gfcf"] + part["inventory_change"]),
        "exports": float(part["exports"]),
    }
    return {k: v / gdp for k, v in sums.items()}
