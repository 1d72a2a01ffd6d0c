"""Results of a study or a question: every number as a labelled table, explained, drawn, saved and exported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from cge.api import tables
from cge.api.files import write
from cge.api.solved import InFolder, Solved
from cge.explain.cells import Explainer, Explanation
from cge.explain.statements import said
from cge.explain.view import as_text, explain_cell
from cge.measure.indicators import INDICATORS
from cge.policies.table import Table
from cge.runs.place import held
from cge.study import results as of_study
from cge.study.base import Base
from cge.study.baseline import Baseline
from cge.study.results import SHOWN
from cge.study.scenario import Study
from cge.theory.chapters import THEORY
from cgebase.brief import LINES
from cgebase.digest import digest
from cgebase.errors import ScenarioError
from cgebase.messages import LANGUAGES, Message, listed, message, near

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sam.economy import Economy

SAME = ("sam", "sam_choices", "aggregation", "years", "baseline", "parameter_digest", "fitted")
"""What results must share to stand beside each other."""


@dataclass(frozen=True, repr=False)
class Results(of_study.Results):
    """Results of scenarios beside their baseline.

    Parameters
    ----------
    data : DataFrame
        Every indicator in tidy rows.
    manifest, study, equations
        How they were made, what was asked, and the equations that held in each scenario.
    solved : mapping by scenario
        Where the solved years are.

    Examples
    --------
    >>> import cge
    >>> results = cge.baseline("cn12", years=[2021, 2030]).solve(cge.cap("uniform", final_share=0.2))
    >>> results["PQ"].dims
    ('scenario', 'region', 'sector', 'year')
    >>> results.sel("PQ", region="新疆", sector="Delivered electricity", year=2030, change=True).attrs["unit"]
    '%'
    """

    solved: Mapping[str, Solved]

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read a results folder, see :func:`cge.load_results`."""
        of = of_study.Results.load(folder)
        where = InFolder(Path(folder), Study.model_validate(_as_asked(of.study)), of.manifest)
        asked = of.equations
        return cls(of.data, of.manifest, of.study, asked, dict.fromkeys(asked, where), countries=of.countries)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Every scenario, in the order of the study."""
        return tuple(s["id"] for s in self.study["scenario"])

    @property
    def names(self) -> pd.DataFrame:
        """Everything that can be asked for by name: indicators, variables and accounts, with unit and meaning."""
        there = set(self.data["indicator"])
        rows = [(n, message("kind.indicator"), said(i.unit), i.what) for n, i in INDICATORS.items() if n in there]
        families = (f for f in THEORY.families.values() if f.kind != "parameter")
        rows += [(f.name, message(f"kind.{f.kind}"), said(f.unit), said(f.description)) for f in families]
        columns = ["name", "kind", "unit", "description"]
        return pd.DataFrame(rows, columns=columns, dtype=object).set_index("name")

    def __getitem__(self, name: str) -> xr.DataArray:
        """An indicator, variable or account in every scenario, province and year."""
        return self.sel(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names.index)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names.index)

    def sel(self, name: str, *, change: bool = False, **labels: Any) -> xr.DataArray:
        """Part of an indicator, variable or account.

        Parameters
        ----------
        name : str
            One of :attr:`names`.
        change : bool
            Per cent change against the baseline of the same year instead of levels.
        **labels
            Code or name (English, Chinese, any usual spelling of a province) by dimension: ``scenario``, ``region``,
            ``sector``, ``household``, ``commodity``, ``activity``, ``destination``, ``year``. A list keeps several.

        Returns
        -------
        DataArray
            Labels are codes with their names beside them; ``attrs`` hold ``unit`` and ``description``, in Chinese too.

        Raises
        ------
        ScenarioError
            No such name, dimension or label; or a change of what has no baseline.
        """
        table = self._table(name)
        if change:
            there = [s for s in self.baselines if s in table["scenario"]]
            if not there:
                raise ScenarioError(message("CGE353", name=name))
            table = tables.change(table, there)
        return tables.chosen(table, labels)

    def dataset(self, *names: str, change: bool = False, **labels: Any) -> xr.Dataset:
        """Several tables as one, with what was asked and how it was made in ``attrs``; see :meth:`sel`."""
        every = self._several(names, change, labels)
        bare = [t.drop_vars([c for c in t.coords if str(c).endswith(("_en", "_zh"))]) for t in every]
        merged = xr.merge(bare, join="outer", compat="no_conflicts")
        merged = tables.in_order(merged, [t.coords for t in bare])
        about = {k: str(self.manifest[k] or "") for k in ("study", "aggregation", "parameter_set", "commit")}
        return tables.named(merged, self._labels, self.manifest["aggregation"]).assign_attrs(about)

    def export(
        self, path: str | Path, *names: str, change: bool = False, force: bool = False, **labels: Any
    ) -> Path:
        """Write tables to a file: CSV, Excel, netCDF or Parquet by its ending; see :meth:`sel`.

        Raises
        ------
        OutputError
            The file is there and ``force`` is off, or its format cannot be written here.
        """
        shaped = Path(path).suffix == ".nc"
        what = self.dataset(*names, change=change, **labels) if shaped else self._several(names, change, labels)
        return write(what, Path(path), force=force)

    def _several(self, names: Sequence[str], change: bool, labels: Mapping[str, Any]) -> list[xr.DataArray]:
        if not names:
            raise ScenarioError(message("CGE363"))
        return [self.sel(name, change=change, **labels) for name in names]

    def explain(
        self, name: str, *, scenario: str | None = None, year: int | None = None, region: str | None = None,
        sector: str | None = None, household: str | None = None,
    ) -> Explained:  # fmt: skip
        """Say why a cell has its value: its terms, the numbers in them and what moves it.

        Parameters
        ----------
        name : str
            A variable, account or equation.
        scenario, year : optional
            The last policy and the last year if not given.
        region, sector, household : str, optional
            Code or name.
        """
        state, when = self._state(scenario, year)
        explainer = Explainer(THEORY, self._benchmark.sets, state.parameters, state.values)
        asked = {"region": region, "sector": sector, "household": household}
        active = self.equations[scenario or self.scenarios[-1]]
        return Explained(explain_cell(explainer, name, asked, self.manifest["aggregation"], active), when)

    def attribute(
        self, scenario: str | None = None, *, of: str | None = None, sector: str | None = None,
        household: str | None = None, points: int | None = None, workers: int = 1,
    ) -> pd.DataFrame:  # fmt: skip
        """Who pays because of whom, and through what, as `cge attribute`; solves the path of the caps.

        Parameters
        ----------
        scenario : str, optional
            A policy with caps; the last one if not given.
        of : str, optional
            A variable or account by province to split as well, such as ``W``.
        sector, household : str, optional
            Codes, where that variable has them.
        points : int, optional
            Points of the path that may be taken.
        workers : int
            Processes.

        Returns
        -------
        DataFrame
            ``measure, channel, cause, region, value``: adds up over channels and causes to the effect on each region.
        """
        from cge.analysis.attribution import MOST, attribute_study

        labels = {k: v for k, v in {"c": sector, "a": sector, "h": household}.items() if v}
        asked = Study.model_validate(_as_asked(self.study))
        return attribute_study(
            asked, scenario or self.policies[-1], aggregation=self.manifest["aggregation"],
            years=self.manifest["years"], points=points or MOST, log=lambda _: None, of=of, labels=labels,
            workers=workers,
        )[0]  # fmt: skip

    def figure(self, name: str = "regions", *, lang: str = "en", year: int | None = None) -> Figure:
        """One figure, which a notebook shows: regions, sectors, paths, matrix, power or energy; in ``en`` or ``zh``."""
        from cge.report import figure_of

        return figure_of(self, name, language=lang, year=year)

    def workbook(self, path: str | Path, *, languages: Sequence[str] = LANGUAGES, force: bool = False) -> Path:
        """Write the workbook of the comparison."""
        from cge.report.style import labelled
        from cge.report.workbook import write_workbook

        data = labelled(self.data, self.study)
        return write_workbook(data, Path(path), languages=languages, focus=self.focus, manifest=self.manifest,
                              force=force)  # fmt: skip

    def page(
        self, path: str | Path, *, lang: str = "en", ranges: str | Path | None = None,
        causes: Sequence[str | Path] = (), force: bool = False,
    ) -> Path:  # fmt: skip
        """Write one interactive HTML page, which needs no server and no network.

        Parameters
        ----------
        lang : {"en", "zh"}
            In which it opens; it has both.
        ranges : str or Path, optional
            Folder of `cge ensemble` of the same study, for ranges.
        causes : sequence of str or Path
            Folders of `cge attribute` of the same study, for causes and channels.
        force : bool
            Replace a page that is there.

        Raises
        ------
        OutputError
            The file is there and ``force`` is off.
        ReportError
            An ensemble or attribution is not of these results, or a page of 5 MB cannot hold them.
        """
        from cge.report.brief import evidence_of
        from cge.report.page import write_page

        evidence = evidence_of(self, None if ranges is None else Path(ranges), [Path(c) for c in causes])
        return write_page(self, Path(path), language=lang, evidence=evidence, force=force)

    def economy(self, scenario: str | None = None, year: int | None = None) -> Economy:
        """The economy of a solved year: its social accounting matrix at the prices of that year, with satellites.

        Parameters
        ----------
        scenario, year : optional
            The last scenario and the last year if not given.

        Returns
        -------
        Economy
            ``.sam`` holds the accounts, 1e8 yuan; ``.save(folder)`` writes what `cge sam check` reads.

        Raises
        ------
        ScenarioError
            No such scenario or year.
        MatrixError
            A cell would be negative that may not be.
        """
        from cge.measure.matrix import economy_after

        name = scenario or self.scenarios[-1]
        state, _ = self._state(name, year)
        of, at = self.manifest, self.manifest["years"][-1] if year is None else year
        version = f"{of['program']} {(of['commit'] or '')[:12]}".strip()
        made = f"scenario {name} of study {of['study']} in {at}, parameters {of['parameter_set']}, " \
               f"question {self.question[:12]}, provincial-cge {version}; prices of {at}, emissions after abatement, " \
               "no tonnes of coal, crude and gas"  # fmt: skip
        return economy_after(self._benchmark, state, at, made)

    def report(self, folder: str | Path, *, languages: Sequence[str] = ("zh", "en"), workers: int = 1) -> Path:
        """Write every figure, page and workbook that `cge run` writes."""
        from cge.report import write_reports

        write_reports(self, Path(folder), languages=languages, say=lambda _: None, workers=workers)
        return Path(folder)

    def brief(
        self, folder: str | Path, *, languages: Sequence[str] = ("zh", "en"), ranges: str | Path | None = None,
        causes: Sequence[str | Path] = (),
    ) -> list[Path]:  # fmt: skip
        """Write a brief of two pages in Word, and ``brief.csv``, which binds each of its numbers to a cell.

        Parameters
        ----------
        folder : str or Path
            Where ``brief_zh.docx``, ``brief_en.docx`` and ``brief.csv`` go.
        ranges : str or Path, optional
            Folder of `cge ensemble` of the same study, for ranges.
        causes : sequence of str or Path
            Folders of `cge attribute` of the same study, for causes and channels.

        Raises
        ------
        ReportError
            The results have no policy, or an ensemble or attribution is not of these results.
        OutputError
            The extra ``brief`` is not installed.
        """
        from cge.report.brief import evidence_of
        from cge.report.brief_word import write_brief

        evidence = evidence_of(self, None if ranges is None else Path(ranges), [Path(c) for c in causes])
        return write_brief(self, evidence, Path(folder), languages)

    def save(self, folder: str | Path, *, force: bool = False, complete: bool = True) -> Path:
        """Write a results folder that `cge explain --run`, `cge export` and :func:`cge.load_results` read.

        Parameters
        ----------
        force : bool
            Save over a complete run.
        complete : bool
            Nothing else follows, such as reports.

        Raises
        ------
        CompleteError
            A complete run is there already.
        """
        with held(Path(folder)) as place:
            if place.holds(self.question) and any(place.folder == of.folder for of in self._read):
                return place.folder
            super().save(folder, force=force, complete=complete)
            for where in dict.fromkeys(self.solved.values()):
                where.write(place.folder)
        return place.folder

    def beside(self, *others: Results) -> Results:
        """These results with the policies of others that share the baseline.

        Raises
        ------
        ScenarioError
            Data, sectors, years, parameters or baseline differ, or a scenario is there twice.
        """
        data, countries, scenarios = [self.data], [self.countries], list(self.study["scenario"])
        equations, solved, checks = dict(self.equations), dict(self.solved), self.checks
        for other in others:
            unlike = [k for k in SAME if self.manifest[k] != other.manifest[k]]
            twice = [s for s in other.policies if s in equations]
            if unlike or twice:
                raise ScenarioError(message("CGE358" if unlike else "CGE358.twice", names=listed(unlike or twice)))
            for all_rows, own in ((data, other.data), (countries, other.countries)):
                all_rows.append(own[own["scenario"].isin(other.policies)])
            scenarios += [s for s in other.study["scenario"] if s["id"] in other.policies]
            for s in other.policies:
                equations[s], solved[s], checks[s] = other.equations[s], other.solved[s], other.checks[s]
        asked = digest(*(of.question for of in (self, *others)))
        return Results(
            pd.concat(data, ignore_index=True), self.manifest | {"checks": checks, "question": asked},
            self.study | {"scenario": scenarios}, equations, solved,
            countries=pd.concat(countries, ignore_index=True),
        )  # fmt: skip

    @property
    def headline(self) -> pd.DataFrame:
        """Last year of every policy: the nation and the province that reports dwell on."""
        rows = pd.DataFrame(self.table).set_index(["scenario", "region", "year"])
        rows = rows.loc[[s for s in self.scenarios if s in rows.index]]
        return rows[[c for c in SHOWN if c in rows]].rename(columns=SHOWN)

    def __repr__(self) -> str:
        years = self.manifest["years"]
        head = f"Results of {self.study['id']}: {', '.join(self.scenarios)}; {years[0]}-{years[-1]}, " \
               f"{self.manifest['aggregation']}, parameters {self.manifest['parameter_set']}"  # fmt: skip
        lines = self.headline.to_string(float_format="{:,.2f}".format).splitlines()
        more = [f"and {len(lines) - LINES + 2} more rows in .headline"] if len(lines) > LINES - 1 else []
        return "\n".join([head, *lines[: LINES - 1 - len(more)], *more])

    def _repr_html_(self) -> str:
        head, table = repr(self).splitlines()[0], self.headline.to_html(float_format="{:,.2f}".format)
        return f"<p>{escape(head)}</p>{table}"

    @property
    def _read(self) -> list[InFolder]:
        """Folders in which solved years are read."""
        return [of for of in self.solved.values() if isinstance(of, InFolder)]

    @property
    def _labels(self) -> dict[str, dict[str, str]]:
        return {s["id"]: s["label"] for s in self.study["scenario"]}

    @property
    def _benchmark(self) -> Any:
        return next(iter(self.solved.values())).benchmark

    def _state(self, scenario: str | None, year: int | None) -> tuple[Any, str]:
        name = scenario or self.scenarios[-1]
        at = self.manifest["years"][-1] if year is None else year
        for dim, label, known in (("scenario", name, self.scenarios), ("year", at, self.manifest["years"])):
            if label not in known:
                facts = {"dim": dim, "label": label, "near": near(str(label), map(str, known)), "known": listed(known)}
                raise ScenarioError(message("CGE351", name=self.study["id"], **facts))
        return self.solved[name].at(name, at), f"{name} {at}"

    def _table(self, name: str) -> xr.DataArray:
        if name in INDICATORS and self.data["indicator"].eq(name).any():
            table = tables.of_indicator(name, self.data)
        elif name in THEORY.families and THEORY.families[name].kind != "parameter":
            table = tables.of_symbol(name, self.solved, self.equations, self.manifest["years"])
        else:
            raise ScenarioError(message("CGE350", name=name, near=near(name, self.names.index)))
        return tables.named(table, self._labels, self.manifest["aggregation"])


@dataclass(frozen=True, repr=False)
class Explained:
    """A cell taken apart: print it for the whole text.

    Parameters
    ----------
    cell : Explanation
        Its value, unit, terms and what they are made of.
    when : str
        Scenario and year.
    """

    cell: Explanation
    when: str

    @property
    def terms(self) -> pd.DataFrame:
        """Terms, largest first, with their share."""
        return pd.DataFrame([(t.text, t.value, t.share) for t in self.cell.terms], columns=["term", "value", "share"])

    @property
    def drivers(self) -> pd.DataFrame:
        """Variables in it by the per cent that the cell moves with one per cent of each."""
        rows = [(u.cell, u.value, u.elasticity, u.derivative, u.unit, u.description) for u in self.cell.drivers]
        return pd.DataFrame(rows, columns=["cell", "value", "elasticity", "derivative", "unit", "description"])

    def __str__(self) -> str:
        return "\n".join(as_text(self.cell, "en", Message(self.when, self.when)))

    def __repr__(self) -> str:
        return "\n".join(str(self).splitlines()[:LINES])


def load_results(folder: str | Path) -> Results:
    """Read a results folder of `cge run`, `cge compare`, :func:`cge.run` or :meth:`Results.save`.

    Raises
    ------
    ResultsError
        A file is missing or cannot be read.

    Examples
    --------
    >>> import cge
    >>> results = cge.baseline("cn12", years=[2021, 2030]).solve(cge.tax(price=200), id="levy")
    >>> folder = results.save("results/levy")
    >>> cge.load_results(folder).explain("TAU", region="Gansu").cell.value
    0.2857142857142857
    """
    return Results.load(folder)


def _as_asked(study: Mapping[str, Any]) -> dict[str, Any]:
    """A study as its file has it: tables of instruments stand in the scenario, choices not made stand nowhere."""
    scenarios = [{k: v for k, v in s.items() if k != "instruments"} | s["instruments"] for s in study["scenario"]]
    usual: dict[str, type[Table]] = {"base": Base, "baseline": Baseline}
    tables = {key: {k: v for k, v in study[key].items() if v != table.model_fields[k].default}
              for key, table in usual.items()}  # fmt: skip
    return {**study, **tables, "scenario": scenarios}
