"""What may stand in a study file: as a JSON schema for editors, and as the page ``docs/study.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pydantic import create_model

from cge.calibrate.parameters import load_parameters
from cge.calibrate.parameters.changes import Entries, entries_of, settable
from cge.calibrate.parameters.register import shown
from cge.explain.schema_words import prose, short, table
from cge.policies import instruments
from cge.policies.allocation import EQUAL_LOSS, EXPONENTS
from cge.policies.table import Table
from cge.study import scenario as study
from cge.theory.closures import SWAPS
from cgebase.messages import message
from sam.registry import AGGREGATIONS, provinces, sectors

EXAMPLES = Path(study.__file__).with_name("examples")
FACTORS = {
    "emissions": "CO2 of the base year", "population": "people of the base year", "gdp": "GDP of the base year",
    "stage": "people over GDP, the inverse of GDP per head", "thrift": "GDP over emissions",
    "role": "electricity generated over electricity used",
    "energy_base": "exponential of net energy exports per GDP, as a standard score",
}  # fmt: skip
HEADINGS = {
    "[base]": "Base", "[base.choices]": "DataChoices", "[model]": "ModelChoice", "[time]": "Time",
    "[baseline]": "Baseline", "[report]": "Report", "[[scenario]]": "Scenario",
}  # fmt: skip
ORDER = ("first", "own_question", "nodes")
"""The examples, simple ones first."""
INTRODUCTION = """\
# Study files

A study file says what is compared: data, years, parameters, baseline, scenarios. It is TOML. This page is written by
`cge schema --page docs/study.md` from the classes that read the file; `cge schema --json` prints them for editors (JSON
Schema). Every fault of a file is named at once, with what was expected, before anything is solved.

```
cge check mine.toml                                   # solves nothing
cge run mine.toml
cge run mine.toml --set parameters.gamma_technology=3 --set scenario.uniform.cap.final_share=0.2
cge run mine.toml --set base.choices.inventory=541 --set baseline.gdp=SSP2 --set 'time.years=[2021,2030,2040]'
```

`--set KEY=VALUE` puts a value where the file has another or none, keys dotted, scenarios by id: the same keys, the same
checks, in every command that takes a study. Scenarios that extend the one it names take it over. What is set
differently has its own folder of results: other data, parameters, another baseline and every other `--set` are part of
its name. `cge compare` runs the study `cge/study/cap_comparison.toml`.

Numbers are numbers (no text, no `true`), finite, and inside the range of their key. What would change nothing is
refused, unless the scenario says `expect = "baseline"`. Provinces go by code, Chinese or English name.

## Three studies

"""
PARAMETERS = """\
### `[parameters]`

Values instead of those of the parameter tables, by name: for every item, `sigma_household_energy = 0.7`; by item,
`sigma_kle = { irs = 0.6 }`; nodes of a path by code and year, `generation_cost = { gso_2060 = 0.15 }`, straight in
between. A value outside the range of its item is refused unless the table says `beyond = true`; the sign, and 0 to 1
for fractions, hold in any case. Items are sector or technology codes of the aggregation (below); `cge parameters NAME`
prints each item with value, range and source, `docs/parameters.md` has all of them. Shares of a mix
(`generation_share`) are brought to a sum of 1. What is set stands in captions, tables, manifest and folder name. How
data are built is no parameter: `[base.choices]` has its choices; for all else build a folder of your own, name it in
`[base]`.

| parameter | items | values at cn30 | ranges at cn30 | unit | meaning |
|---|---|---|---|---|---|
| `beyond` | none | `false` | `true` or `false` | | whether values may lie outside their range |
"""
RULES = """\
Rules: caps of the end year are proportional to the product of these factors, each to its exponent, within `bounds`,
and add up to `final_share` of the nation.

| allocation | factors with exponents |
|---|---|
"""

FILES = """\
Caps in a file, CSV or Excel, seen from the study file: `path = "my_caps.csv"`. Long, a line for each cap, or wide, a
column for each year, where an empty cell is no node:

```
region,year,value,unit            region,unit,2030,2060
全国,2030,1.29,share              全国,share,1.29,0.1
全国,2060,0.10,share              新疆+甘肃,share,,0.2
新疆+甘肃,2060,0.20,share         内蒙古,share,0.8,0.2
```

A region is the nation (`CN`, `全国`), a province or a region of `[base] regions` in any usual spelling, or several that
share one cap. `unit` is `share` or `Mt`, one in a file; without it the `unit` of the table holds. Heads may be Chinese
(`地区`, `年份`, `数值`, `单位`); columns `note` and `source` are passed over. The file stands for `path` and
`provinces`; of a province that the table names itself, also in a scenario that extends this one, the table counts.
Wrong cells are named, each with its address.

"""
PARTS = {"introduction": INTRODUCTION, "parameters": PARAMETERS, "rules": RULES, "files": FILES}
SEE = "The table `[{key}]` below."
ALIKE = "none: every province loses the same share of GDP, found by solving"
SECTORS = "Sectors (`power` in `sectors` stands for every generation technology):"


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """The form of a study file as JSON Schema, parameters by name; editors check and complete with it."""
    tables: dict[str, Any] = {name: (kind | None, None) for name, kind in instruments().items()}
    own: dict[str, Any] = {n: (f.annotation, f) for n, f in study.Scenario.model_fields.items() if n != study.TABLES}
    one = create_model("Scenario", __base__=Table, __doc__=study.Scenario.__doc__, **own, **tables)
    keys: dict[str, Any] = {n: (f.annotation, f) for n, f in study.Study.model_fields.items()}
    keys["scenarios"] = (tuple[one, ...], keys["scenarios"][1])  # type: ignore[valid-type]
    whole = create_model("Study", __base__=Table, __doc__=study.Study.__doc__, **keys).model_json_schema(by_alias=True)
    whole["$defs"]["Parameters"]["properties"] |= {name: _parameter(name) for name in settable()}
    whole["$defs"]["Parameters"]["additionalProperties"] = False
    return whole


def _parameter(name: str) -> dict[str, Any]:
    values = [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}]
    return {"anyOf": values, "description": settable()[name]}


def page(language: str = "en") -> str:
    """The page ``docs/study.md``, in English, or the same in Chinese."""
    lines = part("introduction", language).splitlines()
    for path in sorted(EXAMPLES.glob("*.toml"), key=lambda p: ORDER.index(p.stem)):
        first, _, rest = path.read_text(encoding="utf-8").partition("\n")
        lines += [prose(first.removeprefix("# "), language), "", "```toml"]
        lines += [*(_commented(line, language) for line in rest.strip().splitlines()), "```", ""]
    schema = json_schema()
    tables = partial(_table, language=language)
    lines += [f"## {prose('Keys', language)}", "", *tables("", schema), *_parameters(language)]
    for heading, name in HEADINGS.items():
        lines += tables(heading, schema["$defs"][name])
    lines += [*tables("[scenario.cap]", schema["$defs"]["Cap"]), *part("files", language).splitlines()]
    lines += [*_rules(language), *tables("[scenario.closure]", _with_meanings(schema["$defs"]["Closure"], language))]
    for name, kind in sorted(instruments().items()):
        lines += tables(f"[scenario.{name}]", schema["$defs"][kind.__name__])
    return "\n".join([*lines, *_codes(language)]) + "\n"


def _commented(line: str, language: str) -> str:
    """A line of an example with its comment in a language."""
    code, mark, said = line.partition("# ")
    return f"{code}{mark}{prose(said, language)}"


def part(name: str, language: str) -> str:
    """One of the longer parts of the page."""
    return PARTS[name] if language == "en" else table()[name]


def _table(heading: str, schema: Mapping[str, Any], language: str) -> list[str]:
    """A table of the file: what it is, and its keys."""
    lines = [f"### `{heading}`", ""] if heading else []
    lines += [*_prose(schema.get("description", ""), language), ""]
    lines += [prose("| key | value | default | unit | range | meaning |", language), "|---|---|---|---|---|---|"]
    required = schema.get("required", ())
    for key, given in schema["properties"].items():
        if heading == "[[scenario]]" and "$ref" in str(given) and key != "label":
            continue
        default = prose("needed", language) if key in required else _value(given.get("default"))
        parts = list(_numbers(given))
        units = dict.fromkeys(prose(p["unit"], language) for p in parts if "unit" in p and p["unit"] != "year")
        ranges = dict.fromkeys(short(_range(p), language) for p in parts)
        about = prose(" ".join(given.get("description", "").split()), language) or _see(key, language)
        cells = (f"`{key}`", short(_kind(given), language), default, "; ".join(units), "; ".join(ranges),
                 about.replace("|", "\\|"))  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _with_meanings(closure: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The axes with the meaning of each option."""
    keys = dict(closure["properties"])
    for axis, options in SWAPS.items():
        told = [(option, message(f"closure.{axis}.{option}").text(language)) for option in options]
        about = prose(keys[axis]["description"], language)
        if language == "zh":
            about += "；".join(f"`{option}`：{what}" for option, what in told) + "。"
        else:
            about += f" {'; '.join(f'`{option}`: {what}' for option, what in told)}."
        keys[axis] = {**keys[axis], "description": about}
    return {**closure, "properties": keys}


def _prose(text: str, language: str) -> list[str]:
    """The description of a class without its numpydoc notes' underlines."""
    if language != "en":
        return [prose(text, language)]
    return [line for line in text.replace("``", "`").splitlines() if line.strip() != "-----" and line != "Notes"]


def _see(key: str, language: str) -> str:
    return prose("Runs, see below." if key == "scenario" else SEE, language).replace("{key}", key)


def _kind(given: Mapping[str, Any]) -> str:
    """What a value looks like."""
    if "enum" in given or "const" in given:
        return ", ".join(_value(v) for v in given.get("enum", [given.get("const")]))
    if "$ref" in given:
        return "table"
    options = [o for o in given.get("anyOf", given.get("oneOf", ())) if o.get("type") != "null"]
    if options:
        return " or ".join(_kind(o) for o in options)
    if given["type"] == "array":
        return "two numbers" if "prefixItems" in given else f"list of {_kind(given['items'])}"
    if given["type"] == "object":
        inner = given.get("additionalProperties", {})
        named = given.get("propertyNames", {}).get("enum")
        by = f" by {', '.join(f'`{n}`' for n in named)}" if named else ""
        return f"table of {_kind(inner)}{by}"
    words = {"number": "number", "integer": "whole number", "boolean": "`true` or `false`", "string": "text"}
    return str(given.get("format") or words[given["type"]])


def _numbers(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Numbers inside a value, each with its range and unit."""
    if given.get("type") in ("number", "integer") and "const" not in given:
        yield given
    for key in ("anyOf", "oneOf", "prefixItems"):
        for part in given.get(key, ()):
            yield from _numbers(part)
    for key in ("items", "additionalProperties"):
        if isinstance(given.get(key), dict):
            yield from _numbers(given[key])


def _range(given: Mapping[str, Any]) -> str:
    low = given.get("minimum", given.get("exclusiveMinimum"))
    high = given.get("maximum", given.get("exclusiveMaximum"))
    if low is None:
        return ""
    lower = "above " if "exclusiveMinimum" in given else ""
    upper = "below " if "exclusiveMaximum" in given else ""
    digits = ("{:d}" if given["type"] == "integer" else "{:,g}").format
    return f"{lower}{digits(low)} to {upper}{digits(high)}"


def _value(value: Any) -> str:
    """A default as it would be written in the file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | tuple):
        return f"`[{', '.join(_value(v).strip('`') for v in value)}]`"
    if isinstance(value, dict):
        return "" if any(isinstance(v, dict | list | str) for v in value.values()) else "`{}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _parameters(language: str) -> list[str]:
    """The table of parameters: every name with its span at cn30."""
    chosen, lines = load_parameters("cn30"), part("parameters", language).splitlines()
    for name, what in settable().items():
        entries = entries_of(chosen, name)
        assert isinstance(entries, Entries)
        values, ends = list(entries.values.values()), [x for pair in entries.ranges.values() for x in pair if x == x]
        span = f"{shown(min(values))} to {shown(max(values))}" if min(values) < max(values) else shown(values[0])
        within = f"{shown(min(ends))} to {shown(max(ends))}" if ends else "none: a definition"
        codes = ", ".join(f"`{i}`" for i in entries.values) if entries.path else f"{len(entries.values)} codes"
        many = "national" if list(entries.values) == ["all"] else codes
        cells = (f"`{name}`", *(short(x, language) for x in (many, span, within)), prose(entries.unit, language),
                 prose(what, language))  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _rules(language: str) -> list[str]:
    """Rules of allocation as products of factors."""
    lines = part("rules", language).splitlines()
    for name, product in EXPONENTS.items():
        lines.append(f"| `{name}` | {', '.join(f'`{f}` {power:g}' for f, power in product.items())} |")
    lines.append(f"| `{EQUAL_LOSS}` | {prose(ALIKE, language)} |")
    factors = (f"| `{name}` | {prose(what, language)} |" for name, what in FACTORS.items())
    return [*lines, "", f"| {prose('factor', language)} | {prose('what it is', language)} |", "|---|---|", *factors, ""]


def _codes(language: str) -> Iterator[str]:
    """Codes that values are written in."""
    mark = "、" if language == "zh" else ", "
    yield from (f"## {prose('Codes', language)}", "", prose(SECTORS, language), "")
    for aggregation in AGGREGATIONS:
        kinds = [s for s in sectors(aggregation) if s.kind != "busbar"]
        names = (f"`{s.code}` {s.name_zh if language == 'zh' else s.name_en}" for s in kinds)
        yield f"- `{aggregation}`: {mark.join(names)}"
    listed = mark.join(f"`{p.code}` {p.name_en} {p.name_zh}" for p in provinces())
    yield from ("", f"{prose('Provinces: ', language)}{listed}")
