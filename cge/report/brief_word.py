"""A brief as a Word document of two pages, and the table that binds its numbers to the results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from cge.report.brief import PRICE, SECTIONS, Brief, bindings, brief_of
from cge.report.brief_figures import maps, sectors
from cge.report.sentences import Evidence
from cge.report.style import labelled, phrases, region_name, scenario_name, title_of
from cge.study.results import Results
from cgebase.errors import OutputError
from cgebase.messages import message
from cgebase.whole import whole, write_whole

LATIN, CHINESE = "Arial", "Microsoft YaHei"
"""Fonts that are asked for; Word puts a face of its own in place of one that a machine lacks."""
BODY, SMALL, TINY = 9.0, 7.5, 6.5
"""Points."""
MARGIN, PAGE = 1.5, (21.0, 29.7)
"""Centimetres."""
BLOCKS_FROM = 12
"""Regions from which the table stands in two blocks beside each other."""
NAME, FOCUS = 1.75, "F2F2F2"
"""Width of the column of names, and shade of the rows in bold."""
PRICED, WIDEST = 1.45, 1.6
"""Width of a column of prices over that of one of changes, and the most of a column."""


def write_brief(results: Results, evidence: Evidence, folder: Path, languages: Sequence[str]) -> list[Path]:
    """Write ``brief_<language>.docx`` in each language and ``brief.csv``, which says where each number stands.

    Raises
    ------
    ReportError
        The results have no policy.
    OutputError
        The extra ``brief`` is not installed.
    """
    try:
        import docx  # noqa: F401
    except ImportError as error:
        raise OutputError(message("CGE627", path=folder)) from error
    brief, data = brief_of(results, evidence), labelled(results.data, results.study)
    made = [folder / f"brief_{language}.docx" for language in dict.fromkeys(languages)]
    for path, language in zip(made, dict.fromkeys(languages), strict=True):
        content = BytesIO()
        _document(results, data, brief, language).save(content)
        write_whole(path, content.getvalue())
    table = folder / "brief.csv"
    with whole(table) as part:
        bindings(brief).to_csv(part, index=False)
    return [*made, table]


def unbroken(text: str) -> str:
    """A text whose numbers no line end takes apart: minus signs for hyphens, fixed spaces before per cent signs."""
    return re.sub(r"(?<=[\d!]) %", "\u00a0%", re.sub(r"(?<!\w)-(?=\d)", "\u2212", text))


def _document(results: Results, data: pd.DataFrame, brief: Brief, language: str) -> Any:
    from docx import Document
    from docx.shared import Cm, Pt

    words, document = phrases("brief", language), Document()
    page = document.sections[0]
    page.page_width, page.page_height = (Cm(x) for x in PAGE)
    page.left_margin = page.right_margin = page.top_margin = Cm(MARGIN)
    page.bottom_margin, page.footer_distance = Cm(1.3), Cm(0.6)
    for style, points in {"Normal": BODY, "Title": 15.0, "Heading 1": 10.5, "Caption": SMALL}.items():
        _style(document.styles[style], points)
    title = title_of(data, language) or str(results.manifest["study"])
    document.core_properties.title, document.core_properties.author = title, ""
    document.core_properties.language, document.core_properties.comments = {"zh": "zh-CN", "en": "en-GB"}[language], ""
    document.add_paragraph(title, style="Title")
    facts = {"study": str(results.manifest["study"]), "year": str(brief.year),
             "parameter_set": str(results.manifest["parameter_set"])}  # fmt: skip
    footer = page.footer.paragraphs[0]
    footer.text = words["footer"].format(**facts)
    footer.runs[0].font.size = Pt(TINY)

    def section(name: str) -> None:
        document.add_paragraph(words[f"head.{name}"], style="Heading 1")
        for sentences in brief.sections[name]:
            bullet = "List Bullet" if name in ("answer", "drives", "weak") else None
            said = words["space"].join(s.text(language) for s in sentences)
            paragraph = document.add_paragraph(unbroken(said), style=bullet)
            _tight(paragraph, SMALL if name in ("weak", "sources") else BODY)

    def figure(image: bytes, key: str, **more: str) -> None:
        paragraph = document.add_paragraph()
        _tight(paragraph, BODY)
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(BytesIO(image), width=Cm(PAGE[0] - 2 * MARGIN))
        said = words[key].format(year=brief.year, **more)
        shape._inline.docPr.set("descr", said)
        _tight(document.add_paragraph(said, style="Caption"), SMALL)

    section("question")
    section("answer")
    figure(maps(data, language, brief.focus, brief.year), "maps")
    section("drives")
    image = sectors(data, language, brief.focus, brief.year, results.manifest["aggregation"]) if brief.focus else None
    if image is not None:
        figure(image, "bars", region=region_name(brief.focus, language))
    _table(document, brief, data, language)
    for name in SECTIONS[3:]:
        section(name)
    return document


def _style(style: Any, points: float) -> None:
    """Fonts of a style for both scripts; those of the theme would win over them."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size = LATIN, Pt(points)
    fonts = style.element.rPr.rFonts
    for key in [k for k in fonts.attrib if k.endswith("Theme")]:
        del fonts.attrib[key]
    for script in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(script), LATIN)
    fonts.set(qn("w:eastAsia"), CHINESE)
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(2)
    if style.name == "Heading 1":
        style.paragraph_format.space_before = Pt(4)
    if style.name == "Normal":
        lang = style.element.rPr.makeelement(qn("w:lang"), {qn("w:eastAsia"): "zh-CN", qn("w:val"): "en-GB"})
        style.element.rPr.append(lang)


def _tight(paragraph: Any, points: float) -> None:
    from docx.shared import Pt

    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.line_spacing = 1.0
    for run in paragraph.runs:
        run.font.size, run.font.bold, run.font.italic = Pt(points), False, False


def _table(document: Any, brief: Brief, data: pd.DataFrame, language: str) -> None:
    """Numbers by region; where there are many, in two blocks beside each other."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    words, columns = phrases("brief", language), brief.columns
    blocks = 2 if len(brief.regions) >= BLOCKS_FROM else 1
    deep = -(-len(brief.regions) // blocks)
    wide = 1 + len(columns)
    _tight(document.add_paragraph(words["table"].format(year=brief.year), style="Caption"), SMALL)
    table = document.add_table(rows=2 + deep, cols=blocks * wide)
    table.alignment, table.autofit, table.style = WD_TABLE_ALIGNMENT.CENTER, False, "Table Grid"
    policies = list(dict.fromkeys(s for s, _ in columns))
    room = (PAGE[0] - 2 * MARGIN) / blocks - NAME
    parts = [PRICED if indicator == PRICE else 1.0 for _, indicator in columns]
    widths = [NAME, *(min(room * part / sum(parts), WIDEST) for part in parts)]

    for block in range(blocks):
        for policy in policies:
            mine = [block * wide + 1 + k for k, (s, _) in enumerate(columns) if s == policy]
            table.cell(0, mine[0]).merge(table.cell(0, mine[-1]))
    grid = [row.cells for row in table.rows]

    def write(row: int, column: int, text: str, *, bold: bool = False, shade: bool = False, left: bool = False) -> None:
        cell = grid[row][column]
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if left else WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(text)
        _tight(paragraph, TINY)
        paragraph.paragraph_format.space_after = Pt(0)
        run.font.bold = bold
        if shade:
            properties = cell._tc.get_or_add_tcPr()
            properties.append(properties.makeelement(qn("w:shd"), {qn("w:val"): "clear", qn("w:fill"): FOCUS}))

    for block in range(blocks):
        start = block * wide
        for policy in policies:
            first = start + 1 + next(k for k, (s, _) in enumerate(columns) if s == policy)
            write(0, first, scenario_name(policy, language, data), bold=True, left=True)
        for k, (_, indicator) in enumerate(columns):
            write(1, start + 1 + k, words[f"column.{indicator}"], bold=True)
        for row, region in enumerate(brief.regions[block * deep : (block + 1) * deep]):
            strong = region in ("CN", brief.focus)
            write(2 + row, start, region_name(region, language), bold=strong, shade=strong, left=True)
            for k, (policy, indicator) in enumerate(columns):
                number = brief.table[region, policy, indicator]
                write(2 + row, start + 1 + k, unbroken(str(number)) if number.there else "–", bold=strong, shade=strong)
    for k, column in enumerate(table.columns):
        column.width = Cm(widths[k % wide])
        for row in grid[1:]:
            row[k].width = column.width
    look = table._tbl.tblPr
    box = look.makeelement(qn("w:tblCellMar"), {})
    for side in ("left", "right"):
        box.append(box.makeelement(qn(f"w:{side}"), {qn("w:w"): "25", qn("w:type"): "dxa"}))
    look.insert_element_before(box, "w:tblLook")
