"""Commands of the planning study: accounts of a province, pathways, change points and plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cge.cli.options import DRAWN, DRAWN_AS, FORCE, JSON, OUT, free, writable
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import LANGUAGES, Message, listed, message
from cgebase.whole import write_whole


@command()
@click.option("--region", default="XJ", show_default=True, help="province by code or name")
@OUT
@DRAWN
@DRAWN_AS
@JSON
@FORCE
def accounts(
    region: str, out: Path, languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, force: bool
) -> None:
    """People, GDP by industry and CO2 of a province year by year, what grows and turns, and the distance to the nation.

    For Xinjiang the numbers of the planning study, with its own statements held against them.
    """
    from cge.planning import accounts as of
    from cge.planning.statements import statements
    from cge.report.province_accounts import draw_accounts
    from sam.registry import resolve

    code = resolve(region)
    table, nation = of.accounts(code), of.accounts("CN")
    tables = {"accounts": table, "growth": of.growth(table), "gaps": of.gaps(table, nation)}
    if code == of.STUDIED:
        tables["statements"] = statements()
    lost = of.missing(table)
    folder = _write(out / f"accounts.{code}", tables, force=force)
    draw_accounts(table, nation, of.bounds(code), lost, folder / "figures", languages=languages, formats=formats)
    if as_json:
        object_of({k: v.to_dict("records") for k, v in tables.items()} | {"missing": lost, "out": folder})
        return
    _show_accounts(tables, code, lost)
    tell(message("results_in", folder=folder))


def _write(folder: Path, tables: dict[str, Any], *, force: bool) -> Path:
    """Write tables as CSV into a folder of their own."""
    free(*(folder / f"{name}.csv" for name in tables), force=force)
    writable(folder)
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", table.to_csv(index=False))
    return folder


def _show_accounts(tables: dict[str, Any], code: str, lost: dict[str, list[int]]) -> None:
    from cge.report.names import KINDS, name
    from cge.report.province_accounts import spans
    from cge.report.style import region_name

    said, rows = spoken(), []
    for indicator, of in tables["accounts"].groupby("indicator", sort=False):
        first, last = of.iloc[0], of.iloc[-1]
        digits = 2 if abs(last["value"]) < 100 else 0
        years = max(last["year"] - first["year"], 1)
        turns = tables["growth"].query("indicator == @indicator and turn != ''")
        rows.append((
            f"{name('account', indicator, said)}, {name('unit', first['unit'], said)}", first["year"],
            f"{first['value']:,.{digits}f}", last["year"], f"{last['value']:,.{digits}f}",
            f"{100 * ((last['value'] / first['value']) ** (1 / years) - 1):+.1f}",
            listed(f"{row.end} {name('turn', row.turn, said)}" for row in turns.itertuples()),
        ))  # fmt: skip
    head = [message(f"accounts.{k}") for k in ("indicator", "first", "value", "last", "value", "growth", "turns")]
    click.echo("\n".join(columns(head, rows, said, "lrrrrrl")))
    for indicator, of in tables["gaps"].groupby("indicator", sort=False):
        what = Message(*(KINDS["account"][str(indicator)].text(x) for x in LANGUAGES))
        region = Message(*(region_name(code, x) for x in LANGUAGES))
        cells = listed(f"{row.year} {row.multiple:.2f}" for row in of.itertuples())
        tell(message("accounts.multiple", what=what, region=region, cells=cells))
    for indicator, years in lost.items():
        if years:
            what = Message(*(KINDS["account"][indicator].text(x) for x in LANGUAGES))
            tell(message("accounts.missing", what=what, years=listed(spans(years))))
    if "statements" in tables:
        _show_statements(tables["statements"])


def _show_statements(table: Any) -> None:
    from cge.report.names import name

    said = spoken()
    counts = {k: int((table["verdict"] == k).sum()) for k in ("holds", "rounding", "fails")}
    tell(message("accounts.statements", **counts))
    rows = [
        (row.section, row.zh if said == "zh" else row.en, _claim(row), f"{row.found:.2f}", name("unit", row.unit, said),
         name("agrees", row.verdict, said))
        for row in table[table["verdict"] != "holds"].itertuples()
    ]  # fmt: skip
    head = [message(f"accounts.{k}") for k in ("section", "statement", "stated", "found")]
    click.echo("\n".join(columns([*head, "", message("accounts.verdict")], rows, said, "llrrl")))


def _claim(row: Any) -> str:
    """What is stated: a number, a bound or a range."""
    if row.high == row.high:
        return f"{row.stated:g} … {row.high:g}"
    return f"{row.stated:g}" if row.sense == "=" else f"{row.sense} {row.stated:g}"
