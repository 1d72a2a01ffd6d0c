"""Published totals the SAM is held to; the build imposes them and the checks read them again."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sam.choices import Choices
from sam.classification import NBS42, Classification
from sam.registry import PROVINCE_CODES
from sam.tables import TABLES, read_table

#: Carrier and user where most of the fuel is feedstock, so that only the lower end of the price band binds.
FEEDSTOCK = frozenset(
    {("coa", "cok"), ("coa", "oil"), ("coa", "chm"), ("oil", "chm"), ("oil", "oil"), ("gas", "chm"), ("nga", "gsu")}
)  # fmt: skip
#: Commodity that carries goods between provinces.
MARGIN = "trn"
#: Nine industries of the provincial accounts and their NBS 42 sectors.
INDUSTRIES: dict[str, tuple[str, ...]] = {
    "va_agri_incl_services": ("01",),
    "va_industry": NBS42[1:26],
    "va_construction": ("27",),
    "va_wholesale_retail": ("28",),
    "va_transport_post": ("29",),
    "va_accommodation_catering": ("30",),
    "va_finance": ("32",),
    "va_real_estate": ("33",),
    "va_other_services": ("31", *NBS42[33:]),
}
#: Names of industries as the checks show them.
NAMES = {
    "va_agri_incl_services": "agriculture", "va_industry": "industry", "va_construction": "construction",
    "va_wholesale_retail": "trade", "va_transport_post": "transport", "va_accommodation_catering": "catering",
}  # fmt: skip
SERVICES = ("va_finance", "va_real_estate", "va_other_services")

PUBLISHED = Choices()
"""Choices of the shipped economies."""


def is_feedstock(carrier: str, user: str, parent: Mapping[str, str]) -> bool:
    """Whether most of a fuel is feedstock in its user; codes of any list with their cn30 parents."""
    return bool({(carrier, user), (parent.get(carrier, carrier), parent.get(user, user))} & FEEDSTOCK)


def provincial_gdp(choices: Choices = PUBLISHED) -> pd.Series:
    """GDP of 2021 by province in the chosen vintage, 1e8 yuan."""
    return read_table("gdp_2021").set_index("region").loc[list(PROVINCE_CODES), choices.gdp_column]


def industry_of(sectors: Classification) -> dict[str, str]:
    """Published industry of each code that a SAM of this list keeps apart; services as one where they mix."""
    of_nbs = {n: name for name, codes in INDUSTRIES.items() for n in codes}
    out: dict[str, str] = {}
    apart = all(len({of_nbs[n] for n in sectors.nbs(c)}) == 1 for c in sectors.sectors)
    for code in sectors.sectors:
        name = of_nbs[sectors.nbs(code)[0]]
        out[code] = "services" if name in SERVICES and not apart else NAMES.get(name, name.removeprefix("va_"))
    return out


def provincial_value_added(sectors: Classification, choices: Choices = PUBLISHED) -> pd.DataFrame:
    """Published value added of 2021 by province and industry, 1e8 yuan, adding up to GDP of the chosen vintage."""
    table = read_table("gdp_industry_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    kept = industry_of(sectors)
    of_nbs = {n: kept[sectors.parts[n][0]] for n in NBS42}
    names = {name: of_nbs[codes[0]] for name, codes in INDUSTRIES.items()}
    parts = table[list(INDUSTRIES)].T.groupby(names, sort=False).sum().T
    return parts.mul(provincial_gdp(choices) / parts.sum(axis=1), axis=0)


def national_ratios() -> dict[str, float]:
    """Final demand over GDP in the national table of 2020: household, government, investment, exports."""
    t = pd.read_csv(TABLES / "io_national_2020.csv.gz", dtype={"row_code": str}).set_index("row_code")
    rows = list(NBS42)
    gdp = float(t.loc["TVA", [f"s{k}" for k in rows]].sum())
    part = t.loc[rows].sum(numeric_only=True)
    sums = {
        "household": float(part["cons_rural"] + part["cons_urban"]),
        "cons_government": float(part["cons_government"]),
        "investment": float(part["gfcf"] + part["inventory_change"]),
        "exports": float(part["exports"]),
    }
    return {k: v / gdp for k, v in sums.items()}
