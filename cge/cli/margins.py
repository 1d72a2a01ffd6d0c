"""Commands about margins: exact derivatives, and marginal abatement cost curves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cge.cli.failures import while_at
from cge.cli.options import (
    DRAWN,
    DRAWN_AS,
    FORCE,
    JSON,
    OUT,
    QUIET,
    SCENARIO,
    SECTORS,
    SETTINGS,
    STUDY,
    WORKERS,
    YEARS,
    scenario_of,
)  # fmt: skip
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.columns import columns
from cgebase.messages import Message, listed, message, numeral
from cgebase.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd


NUMBERS = {"gdp": "gdp_change_pct", "gdp-base-prices": "gdp_change_base_prices_pct", "welfare": "welfare_ev_pct",
           "cumulative": "gdp_cumulative_loss_pct"}  # fmt: skip
"""What can be differentiated, by what it is called here."""
REGION = click.option(
    "--region", metavar="NAME",
    help="province (code, Chinese or English name) or CN for the nation; default: the study's focus",
)  # fmt: skip
NUMBER = click.option(
    "--number", type=click.Choice([*NUMBERS]), default="gdp", show_default=True,
    help="gdp, gdp-base-prices or welfare in the last year, or the cumulative loss of GDP",
)  # fmt: skip


@command()
@click.argument("number", type=click.Choice([*NUMBERS]))
@STUDY
@REGION
@SCENARIO
@click.option("--against", metavar="ID", help="take the number of this scenario off")
@SECTORS
@YEARS
@SETTINGS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def gradient(
    number: str, study: Path | None, region: str | None, scenario: str | None, against: str | None,
    aggregation: str | None, years: tuple[int, ...] | None, settings: tuple[str, ...], out: Path,
    languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Say exactly what moves a number: its derivative by every assumption, backwards through years and calibration.

    NUMBER is gdp, the change of real GDP in the last year (gdp-base-prices: at base-year prices), welfare in that year
    or the cumulative loss of GDP. The ten assumptions that move it most per one per cent are shown and drawn; all
    others are in the table.
    """
    from cge.analysis.gradient import Asked, folder_name, movers
    from cge.analysis.gradient import gradient as differentiate
    from cge.analysis.sensitivity import title
    from cge.calibrate.parameters.register import words
    from cge.report.gradient import draw_gradient
    from cge.report.gradient import number as said
    from cge.report.style import labelled
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    wanted = load_study(study or default_study_path(), settings)
    scenario = scenario_of(wanted, scenario)
    code = wanted.report.focus if region is None else wanted.base.region(region)
    asked = Asked(code, scenario, against, NUMBERS[number])
    folder = out / folder_name(wanted, aggregation, years, asked)
    with held(folder) as place:
        key = question(wanted, aggregation, years, "gradient", number, code, scenario, against)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            found = differentiate(wanted, asked, aggregation=aggregation, years=years, folder=folder,
                                  log=progress(quiet))  # fmt: skip
        whole, entries = movers(labelled(found.table, wanted.model_dump(by_alias=True)))
        caption = {"number": asked.number, "scenario": scenario, "against": against or "", "region": code,
                   "value": numeral(found.value, "+.2f"), "year": str(found.model.paths.years[-1]),
                   "parameter_set": found.model.parameter_set,
                   "aggregation": aggregation or wanted.base.sectors}  # fmt: skip
        with while_at("CGE704.drawing"):
            write_whole(folder / "gradient.csv", found.table.to_csv(index=False, float_format="%.10g"), lasting=True)
            write_whole(folder / "derivatives.npz", found.arrays(), lasting=True)
            titles = {p: title(p, words()) for p in (*whole["parameter"], *entries["parameter"])}
            draw_gradient(whole, entries, folder / "figures", languages=languages, titles=titles, caption=caption,
                          formats=formats)  # fmt: skip
        place.save(key, ["gradient.csv", "derivatives.npz"], complete=True)
    cells = [f"{run} {year} {name} [{', '.join(labels)}]" for run, year, name, labels in found.chain.kinks]
    if as_json:
        object_of({"value": found.value, "table": found.table.to_dict("records"), "kinks": cells,
                   "uncovered": list(found.uncovered), "out": folder})  # fmt: skip
        return
    tell(Message(said(caption, whole, "en"), said(caption, whole, "zh")))
    head = [message(f"gradient_head.{k}") for k in ("what", "item", "value", "moves")]
    rows = [(row["parameter"], "", "", numeral(row['per_pct'], "+.5f")) for row in whole.to_dict("records")]
    rows += [("", "", "", "")]
    rows += [(row["parameter"], row["item"], f"{row['value']:.4g}", numeral(row['per_pct'], "+.5f"))
             for row in entries.to_dict("records")]  # fmt: skip
    click.echo("\n".join(columns(head, rows, spoken(), "llrr")))
    tell(message("gradient.uncovered", names=listed(found.uncovered)))
    if cells:
        tell(message("gradient.kinks", count=len(cells), cells=listed([*cells[:5], *(["…"] if cells[5:] else [])])))
    tell(message("results_in", folder=folder))


@command()
@STUDY
@SCENARIO
@SECTORS
@YEARS
@SETTINGS
@WORKERS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def macc(
    study: Path | None, scenario: str | None, aggregation: str | None, years: tuple[int, ...] | None,
    settings: tuple[str, ...], workers: int, out: Path, languages: tuple[str, ...], formats: tuple[str, ...],
    as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Marginal abatement cost curves by province and nation: the permit price at 90 to 10 % of base-year emissions.

    Every point is a full solve. An interrupted set goes on with the same command: solved years are kept.
    """
    from cge.analysis.macc import curves
    from cge.report.macc import draw_macc
    from cge.report.style import labelled
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    wanted = load_study(study or default_study_path(), settings)
    scenario = scenario_of(wanted, scenario)
    folder = out / wanted.folder(aggregation, years, "macc", scenario)
    with held(folder) as place:
        key = question(wanted, aggregation, years, "macc", scenario)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            table, model = curves(wanted, scenario, aggregation=aggregation, years=years, folder=folder,
                                  workers=workers, log=progress(quiet))  # fmt: skip
        write_whole(folder / "macc.csv", table.to_csv(index=False, float_format="%.6g"), lasting=True)
        caption = {"year": str(model.paths.years[-1]), "parameter_set": model.parameter_set,
                   "aggregation": aggregation or wanted.base.sectors}  # fmt: skip
        with while_at("CGE704.drawing"):
            drawn = labelled(table, wanted.model_dump(by_alias=True))
            draw_macc(drawn, folder / "figures", languages=languages, focus=wanted.report.focus, caption=caption,
                      formats=formats)  # fmt: skip
        place.save(key, ["macc.csv"], complete=True)
    if as_json:
        object_of({"table": table.to_dict("records"), "out": folder})
        return
    _curves(table, wanted.report.focus)
    tell(message("results_in", folder=folder))


def _curves(table: pd.DataFrame, focus: str) -> None:
    """Prices of the last year on the screen: nation, focus province, and the provinces between which all others lie."""
    last = table[table["year"] == table["year"].max()]
    head = [message("macc_head.share"), message("macc_head.nation"), message("macc_head.focus", region=focus),
            message("macc_head.low"), message("macc_head.high")]  # fmt: skip
    rows = []
    for share, of in last.groupby("share", sort=False):
        alone = of[of["trade"] == "none"].set_index("region")["permit_price"].dropna()
        price = of[of["trade"] == "national"]["permit_price"].iloc[0]
        ends = [f"{r} {alone[r]:,.0f}" for r in (alone.idxmin(), alone.idxmax())] if len(alone) else ["", ""]
        own = f"{alone[focus]:,.0f}" if focus in alone else ""
        rows.append((f"{100 * float(str(share)):.0f}", f"{price:,.0f}" if price == price else "", own, *ends))
    click.echo("\n".join(columns(head, rows, spoken(), "rrrrr")))
