"""An economist's look at one province of the SAM."""

from __future__ import annotations

from sam.economy import Economy
from sam.registry import province


def province_accounts(economy: Economy, code: str) -> str:
    """Text with GDP, its uses, trade, emissions and power of one province."""
    cells = economy.sam.cells
    row, column = cells["row"], cells["column"]

    def total(r: str, c: str) -> float:
        return float(cells[row.str.match(r) & column.str.match(c)]["value"].sum())

    here = f".*:{code}$"
    gdp = total(r"(fac|tax:production)", f"act:.*:{code}$")
    sold = total(f"com:.*:{code}$", f"com:.*:(?!{code}$)")
    bought = total(f"com:.*:(?!{code}$)", f"com:.*:{code}$")
    lines = [
        f"{province(code).name_en} {province(code).name_zh} "
        f"({economy.aggregation}, {economy.sam.year}, {economy.sam.unit})",
        f"  GDP                       {gdp:14,.1f}",
        f"  household consumption     {total(f'com:{here}', f'hh:{here}'):14,.1f}",
        f"  government consumption    {total(f'com:{here}', f'gov:{code}$'):14,.1f}",
        f"  investment                {total(f'com:{here}', f'inv:{code}$'):14,.1f}",
        f"  exports abroad            {total(f'com:{here}', 'row$'):14,.1f}",
        f"  imports from abroad       {total('row$', f'com:{here}'):14,.1f}",
        f"  sales to provinces        {sold:14,.1f}",
        f"  purchases from provinces  {bought:14,.1f}",
        f"  central transfers         {total(f'gov:{code}$', 'gov:central$'):14,.1f}",
    ]
    em = economy.emissions[economy.emissions["region"] == code]
    lines.append(f"  emissions, Mt CO2         {em['mt'].sum():14,.1f}")
    for user, mt in em.groupby("user")["mt"].sum().sort_values(ascending=False).head(8).items():
        lines.append(f"    {user:24}{mt:14,.2f}")
    power = economy.generation[economy.generation["region"] == code]
    lines += [f"  {t.technology} TWh{'':20}{t.twh:12,.1f}" for t in power.itertuples()]
    return "\n".join(lines)
