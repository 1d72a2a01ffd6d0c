"""Commands of the planning study: accounts of a province, pathways, change points and plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cge.cli.options import DRAWN, DRAWN_AS, FORCE, JSON, OUT, QUIET, SECTORS, YEARS, free, writable
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import LANGUAGES, Message, listed, message, numeral
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
        tables |= {"statements": statements(), "stated": of.stated()}
    lost = of.missing(table)
    folder = _write(out / f"accounts.{code}", tables, force=force)
    draw_accounts(table, nation, of.bounds(code), lost, folder / "figures", languages=languages, formats=formats)
    if as_json:
        object_of({k: v.to_dict("records") for k, v in tables.items()} | {"missing": lost, "out": folder})
        return
    _show_accounts(tables, code, lost)
    tell(message("results_in", folder=folder))


@command()
@click.argument("series", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--events", type=click.Path(path_type=Path, dir_okay=False), help="events: date, name, sector, kind")
@click.option("--column", metavar="NAME", help="column of the values")
@click.option("--account", metavar="NAME", help="a carried account instead of SERIES, such as gdp or population")
@click.option("--region", default="XJ", show_default=True, help="province by code or name")
@click.option("--sector", default="all", show_default=True, help="sector of the series; its events come first")
@click.option("--window", type=click.FloatRange(0, 60), default=6.0, show_default=True,
              help="months between a change and an event")
@click.option("--log", "logarithm", is_flag=True, help="look at the logarithm, for what grows by a rate")
@OUT
@DRAWN
@DRAWN_AS
@JSON
@FORCE
def changepoints(
    series: Path | None, events: Path | None, column: str | None, account: str | None, region: str, sector: str,
    window: float, logarithm: bool, out: Path, languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool,
    force: bool,
) -> None:  # fmt: skip
    """Where the trend or the seasons of SERIES change, and which dated policies and events lie near.

    SERIES is a CSV with a column of dates (years, quarters or months) and one of values. Without it the change points
    that the planning text states for the industry of Xinjiang, with the events it attaches to them.
    """
    from cge.planning import examined
    from cge.report.changepoints import Seen, draw_changepoints, lines, page
    from sam.registry import resolve

    if series is not None and account is not None:
        raise click.UsageError(message("CGE809"))
    options = examined.Options(events, sector, window, logarithm)
    if series is not None:
        tables, facts = examined.of_file(series, column, options)
    elif account is not None:
        tables, facts = examined.of_account(resolve(region), account, options)
    else:
        tables, facts = examined.of_study(options)
    seen = Seen(**facts)
    folder = _write(out / f"changepoints.{seen.name}", tables, force=force)
    for language in languages:
        write_whole(folder / f"changepoints_{language}.md", page(seen, language))
    draw_changepoints(seen, folder / "figures", languages=languages, formats=formats)
    if as_json:
        object_of({k: v.to_dict("records") for k, v in tables.items()} | {"facts": seen.facts["en"], "out": folder})
        return
    tell(message("change_points", name=Message(*(seen.title[x][0] for x in LANGUAGES)), count=len(seen.points)))
    click.echo("\n".join([*("  ".join(row) for row in lines(seen, spoken())), *seen.facts[spoken()]]))
    tell(message("results_in", folder=folder))


@command()
@click.option("--results", type=click.Path(path_type=Path), metavar="RUN", help="a run of the paths to compare")
@OUT
@DRAWN
@DRAWN_AS
@JSON
@FORCE
def pathways(
    results: Path | None, out: Path, languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, force: bool
) -> None:
    """The five emission pathways of the planning study and its targets: data, identities, chart, and a run compared.

    `cge run experiments/pathways/scenarios.toml` runs each path as the cap of Xinjiang; with --results its losses,
    prices and power are compared.
    """
    from cge.planning import pathways as of
    from cge.report.pathways import draw_pathways

    tables = {"pathways": of.pathways(), "targets": of.targets(), "deviations": of.deviations()}
    if results is not None:
        tables["compared"] = of.compared(results)
    folder = _write(out / "pathways.study", tables, force=force)
    draw_pathways(of.beside(tables["pathways"]), folder / "figures", languages=languages, formats=formats)
    if as_json:
        object_of({k: v.to_dict("records") for k, v in tables.items()} | {"out": folder})
        return
    _show_pathways(tables)
    tell(message("results_in", folder=folder))


def _show_pathways(tables: dict[str, Any]) -> None:
    from cge.planning.pathways import COMPARED
    from cge.report.names import name

    said = spoken()
    paths = tables["pathways"]
    wide = paths.pivot(index="path", columns="year", values="value").reindex(paths["path"].unique())
    rows = [(name("path", path, said), *("" if v != v else f"{v:.0f}" for v in of)) for path, *of in wide.itertuples()]
    click.echo("\n".join(columns([message("pathways.path"), *wide.columns], rows, said)))
    tell(message("pathways.targets"))
    rows = [
        (row.year, name("identity", row.identity, said), _claim(row.sense, row.stated), f"{row.found:.2f}",
         name("unit", row.unit, said), numeral(row.deviation_pct, "+.1f"), name("agrees", row.verdict, said))
        for row in tables["targets"].itertuples()
    ]  # fmt: skip
    head = [message("pathways.year"), message("pathways.identity"), message("accounts.stated"),
            message("accounts.found"), "", message("pathways.deviation"), message("accounts.verdict")]  # fmt: skip
    click.echo("\n".join(columns(head, rows, said, "rlrrlrl")))
    tell(message("pathways.baseline"))
    rows = [
        (name("choice", row.rule, said), row.year, name("account", row.indicator, said), f"{row.target:g}",
         f"{row.found:.2f}", name("unit", row.unit, said), numeral(row.deviation_pct, "+.1f"))
        for row in tables["deviations"].itertuples()
    ]  # fmt: skip
    head = [message("pathways.rule"), message("pathways.year"), message("pathways.target"), message("accounts.stated"),
            message("accounts.found"), "", message("pathways.deviation")]  # fmt: skip
    click.echo("\n".join(columns(head, rows, said, "lrlrrlr")))
    if "compared" not in tables:
        tell(message("pathways.run", study="experiments/pathways/scenarios.toml"))
        return
    there = [c for c in COMPARED if c in tables["compared"]]
    rows = [
        (row["scenario"], row["region"], row["year"], *("" if row[c] != row[c] else f"{row[c]:,.2f}" for c in there))
        for row in tables["compared"].to_dict("records")
    ]
    head = [message("pathways.scenario"), message("pathways.region"), message("pathways.year"),
            *(Message(*(name("indicator", c, x) for x in LANGUAGES)) for c in there)]  # fmt: skip
    click.echo("\n".join(columns(head, rows, said, "llr")))


@command()
@click.argument("name")
@click.option("--check", is_flag=True, help="check and list the measures; solves nothing")
@SECTORS
@YEARS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def plan(
    name: str, check: bool, aggregation: str | None, years: tuple[int, ...] | None, out: Path,
    languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """A plan as a policy: its measures line by line, and what those that can run cost, save and move.

    NAME is xinjiang, karamay, inner_mongolia, or a folder of your own with measures.csv and plan.toml. Each scenario
    runs alone, all together, and under the uniform cap; measures that no scenario carries are listed with the reason.
    """
    from cge.cli.runs import solved_and_drawn
    from cge.planning import plans
    from cge.planning.codes import WRITTEN

    found = plans.read_plan(name)
    study = found.study(aggregation or WRITTEN, years or plans.YEARS)
    for run, codes in found.left_out(aggregation or WRITTEN).items():
        tell(message("plan.left_out", run=run, codes=listed(codes), aggregation=aggregation), err=True)
    listed_ = {"measures": found.measures, "assumptions": _assumptions(found)}
    if check:
        if as_json:
            object_of({k: v.to_dict("records") for k, v in listed_.items()})
        else:
            _show_measures(found)
        return
    folder = out / study.folder(aggregation, years)
    results = solved_and_drawn(study, folder, languages, formats, aggregation=aggregation, years=years, force=force,
                               quiet=quiet)  # fmt: skip
    table = plans.compared(results, found.file.region)
    _write(folder / "plan", {**listed_, "compared": table}, force=True)
    if as_json:
        object_of({"compared": table.to_dict("records"), **{k: v.to_dict("records") for k, v in listed_.items()},
                   "out": folder})  # fmt: skip
        return
    _show_measures(found)
    _show_plan(found, table)
    tell(message("results_in", folder=folder))


def _assumptions(found: Any) -> Any:
    import pandas as pd

    rows = [{"name": name, **of.model_dump()} for name, of in found.file.assumptions.items()]
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "en", "zh"])


def _show_measures(found: Any) -> None:
    from cge.report.names import name

    said, table = spoken(), found.measures
    counts = {k: int((table["representable"] == k).sum()) for k in ("yes", "partly", "no")}
    title = Message(found.file.title.en, found.file.title.zh)
    tell(message("plan.measures", title=title, count=len(table), runs=int((table["run"] != "").sum()),
                 elsewhere=int(((table["run"] == "") & (table["elsewhere"] != "")).sum()),
                 quantified=int(table["value"].notna().sum()), **counts))  # fmt: skip
    rows = [
        (row.id, row.zh if said == "zh" else row.en,
         "" if row.value != row.value else f"{row.comparator} {row.value:g} {name('unit', row.unit, said)}".strip(),
         row.year,
         name("lever", row.lever, said), name("representable", row.representable, said),
         row.run or row.elsewhere or (row.why_zh if said == "zh" else row.why))
        for row in table.itertuples()
    ]  # fmt: skip
    head = [message(f"plan.{k}") for k in ("id", "measure", "value", "year", "lever", "representable", "run")]
    click.echo("\n".join(columns(head, rows, said, "llrllll")))
    for label, of in found.file.assumptions.items():
        tell(message("plan.assumption", name=label, value=of.value, low=of.low, high=of.high,
                     what=Message(of.en, of.zh)))  # fmt: skip
    for run in found.file.run:
        click.echo(f"{run.id}: {run.zh if said == 'zh' else run.en}")
    for of in found.file.elsewhere:
        click.echo(f"{of.by}: {of.zh if said == 'zh' else of.en}")


def _show_plan(found: Any, table: Any) -> None:
    from cge.report.style import region_name, sector_name

    said, code = spoken(), found.file.region
    region = Message(*(region_name(code, x) for x in LANGUAGES))
    tell(message("plan.against", year=int(table["year"].max())))
    if found.file.place is not None:
        tell(message("plan.of", region=region, place=Message(found.file.place.en, found.file.place.zh)))
    rows = [
        (row.scenario, *("" if v != v else numeral(v, form) for v, form in (
            (row.gdp_pct, "+.3f"), (row.gdp_beyond_cap_pp, "+.3f"), (row.gdp_nation_pct, "+.3f"),
            (row.emissions, ",.1f"), (row.emissions_nation, ",.0f"), (row.permit_price, ",.0f"))),
         listed(f"{sector_name(k, said)} {numeral(v, '+.2f')}" for k, v in row.sectors.items()),
         listed(f"{region_name(k, said)} {numeral(v, '+.2f')}" for k, v in row.neighbours.items()))
        for row in table.itertuples()
    ]  # fmt: skip
    head = [message("plan.scenario"), message("plan.gdp", region=region), message("plan.beyond"),
            message("plan.gdp_nation"), message("plan.emissions", region=region), message("plan.emissions_nation"),
            message("plan.price"), message("plan.sectors"), message("plan.neighbours")]  # fmt: skip
    click.echo("\n".join(columns(head, rows, said, "lrrrrrrll")))


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
            numeral(100 * ((last['value'] / first['value']) ** (1 / years) - 1), "+.1f"),
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
        (row.section, row.zh if said == "zh" else row.en, _claim(row.sense, row.stated, row.high), f"{row.found:.2f}",
         name("unit", row.unit, said), name("agrees", row.verdict, said))
        for row in table[table["verdict"] != "holds"].itertuples()
    ]  # fmt: skip
    head = [message(f"accounts.{k}") for k in ("section", "statement", "stated", "found")]
    click.echo("\n".join(columns([*head, "", message("accounts.verdict")], rows, said, "llrrl")))


def _claim(sense: str, stated: float, high: float = float("nan")) -> str:
    """What is stated: a number, a bound or a range."""
    if high == high:
        return f"{stated:g} … {high:g}"
    return f"{stated:g}" if sense == "=" else f"{sense} {stated:g}"
