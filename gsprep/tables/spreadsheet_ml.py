"""Workbooks of one sheet in Office Open XML.

Every cell is text, so nothing is computed. Source: ECMA-376, part 1, 18 (SpreadsheetML) and part 4,
19 (VML, in which a spreadsheet keeps the boxes of comments).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


class Style(NamedTuple):
    """How a cell looks.

    Attributes:
        bold: whether its letters are bold.
        colour: its background as six hexadecimal digits, "" for none.
        quoted: whether it stays text when a person edits it.
        answers: whether what a person writes there is text, too, and begins at the top.
    """

    bold: bool = False
    colour: str = ""
    quoted: bool = True
    answers: bool = False


_PLAIN = Style(quoted=False)


class Cell(NamedTuple):
    """A cell of text, or an empty one with a style; ``comment`` is "" for none."""

    text: str | None
    style: Style = Style()
    comment: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What a sheet has besides its cells.

    Attributes:
        name: its name.
        frozen: the columns and rows that stay in sight.
        widths: the width of each column, in characters.
        offered: words that the cells of a column offer, by the number of the column from 1.
        size: its bytes, about: above two gigabytes the file has a larger format.
    """

    name: str = "Sheet1"
    frozen: tuple[int, int] = (0, 0)
    widths: Sequence[float] = ()
    offered: Mapping[int, Sequence[str]] = field(default_factory=dict)
    size: int = 0


# XML cannot hold these; the format writes them as _xHHHH_, and so also text of that form.
# Source: ECMA-376, part 1, 22.9.2.19 (ST_Xstring).
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\r]|_(?=x[0-9A-Fa-f]{4}_)")
# Comments have no such form.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET, _COMMENTS, _BOXES = "xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/boxes1.vml"
_WIDTH, _HEIGHT_OF_A_LINE, _LETTERS_IN_A_LINE = 320, 20, 45
_TEXT_FORMAT = 49


def stored(text: str) -> str:
    r"""Return a text as a cell holds it.

    >>> stored("a_x0041_"), stored("a\r")
    ('a_x005F_x0041_', 'a_x000D_')
    """
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


@cache
def letters(column: int) -> str:
    """Return the letters of a column, counted from 1.

    >>> letters(1), letters(28), letters(703)
    ('A', 'AB', 'AAA')
    """
    head, last = divmod(column - 1, 26)
    return (letters(head) if head else "") + chr(ord("A") + last)


def write_workbook(
    path: Path, rows: Iterable[Sequence[Cell | str | None]], layout: Layout | None = None
) -> None:
    """Write a workbook; the first row are the headers, and a plain text has no style."""
    how = layout or Layout()
    styles: dict[Style, int] = {_PLAIN: 0}
    comments: list[tuple[int, int, str]] = []
    with ZipFile(path, "w", ZIP_DEFLATED) as book:
        sheet = ZipInfo(_SHEET)
        sheet.compress_type, sheet.file_size = ZIP_DEFLATED, how.size
        count = 0
        with book.open(sheet, "w") as part:
            part.write(_before_rows(how).encode())
            for count, row in enumerate(rows, 1):
                part.write(_row(count, row, styles, comments).encode())
            part.write(_after_rows(how, count, drawn=bool(comments)).encode())
        for name, text in _other_parts(how, styles, comments).items():
            book.writestr(name, _HEAD + text)


def _before_rows(how: Layout) -> str:
    columns, rows = how.frozen
    pane = ""
    if columns or rows:
        place = "".join(("bottom" if rows else "top", "Right" if columns else "Left"))
        split = f' xSplit="{columns}"' * bool(columns) + f' ySplit="{rows}"' * bool(rows)
        pane = (
            f'<pane{split} topLeftCell="{letters(columns + 1)}{rows + 1}" activePane="{place}" '
            f'state="frozen"/><selection pane="{place}"/>'
        )
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
        for at, width in enumerate(how.widths, 1)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheetViews>'
        f'<sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"{f'<cols>{widths}</cols>' * bool(widths)}<sheetData>"
    )


def _row(
    number: int,
    cells: Sequence[Cell | str | None],
    styles: dict[Style, int],
    comments: list[tuple[int, int, str]],
) -> str:
    """Return a row; its styles and comments are added to those before."""
    written = []
    for at, given in enumerate(cells, 1):
        if given is None:
            continue
        cell = given if isinstance(given, Cell) else Cell(given, _PLAIN)
        head = f'<c r="{letters(at)}{number}" s="{styles.setdefault(cell.style, len(styles))}"'
        if cell.text is None:
            written.append(f"{head}/>")
        else:
            text = stored(cell.text).translate(_MARKUP)
            inline = f'<is><t xml:space="preserve">{text}</t></is>'
            written.append(f'{head} t="inlineStr">{inline}</c>')
        if cell.comment:
            comments.append((number, at, _CONTROLS.sub("?", cell.comment)))
    return f'<row r="{number}">{"".join(written)}</row>'


def _after_rows(how: Layout, rows: int, *, drawn: bool) -> str:
    offered = "".join(_offered(words, at, rows) for at, words in how.offered.items())
    count = len(how.offered)
    lists = f'<dataValidations count="{count}">{offered}</dataValidations>' * bool(count)
    boxes = '<legacyDrawing r:id="rId2"/>' * drawn
    return f"</sheetData>{lists}{boxes}</worksheet>"


def _offered(words: Sequence[str], column: int, rows: int) -> str:
    """Return the list for the cells of a column; what is not on it is asked about, not refused."""
    cells = f"{letters(column)}2:{letters(column)}{max(rows, 2)}"
    asked = f"Usually {', '.join(words)}. Keep it?".translate(_MARKUP)
    return (
        f'<dataValidation type="list" allowBlank="1" showErrorMessage="1" errorStyle="warning" '
        f'errorTitle="Not on the list" error="{asked}" sqref="{cells}">'
        f'<formula1>"{",".join(words).translate(_MARKUP)}"</formula1></dataValidation>'
    )


def _other_parts(
    how: Layout, styles: Iterable[Style], comments: Sequence[tuple[int, int, str]]
) -> Mapping[str, str]:
    """Return the content of every part but the sheet, by its name."""
    parts = {
        "[Content_Types].xml": _content_types(commented=bool(comments)),
        "_rels/.rels": _relations({"officeDocument": "xl/workbook.xml"}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{how.name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {"worksheet": "worksheets/sheet1.xml", "styles": "styles.xml"}
        ),
        "xl/styles.xml": _style_sheet(list(styles)),
    }
    if comments:
        near = {"comments": f"/{_COMMENTS}", "vmlDrawing": f"/{_BOXES}"}
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = _relations(near)
        parts |= {_COMMENTS: _comment_texts(comments), _BOXES: _comment_boxes(comments)}
    return parts


def _content_types(*, commented: bool) -> str:
    office = "application/vnd.openxmlformats-officedocument"
    kinds = {"xl/workbook.xml": "sheet.main", _SHEET: "worksheet", "xl/styles.xml": "styles"}
    kinds |= {_COMMENTS: "comments"} if commented else {}
    others = "".join(
        f'<Override PartName="/{name}" ContentType="{office}.spreadsheetml.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="vml" ContentType="{office}.vmlDrawing"/>{others}</Types>'
    )


def _relations(targets: Mapping[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _style_sheet(styles: Sequence[Style]) -> str:
    colours = list(dict.fromkeys(style.colour for style in styles if style.colour))
    # The first two fills are those of every workbook.
    fills = ['<patternFill patternType="none"/>', '<patternFill patternType="gray125"/>']
    fills += [
        f'<patternFill patternType="solid"><fgColor rgb="FF{colour}"/></patternFill>'
        for colour in colours
    ]
    formats = [
        _format(style, 2 + colours.index(style.colour) if style.colour else 0) for style in styles
    ]
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}">'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        f'<fills count="{len(fills)}">{"".join(f"<fill>{fill}</fill>" for fill in fills)}</fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )


def _format(style: Style, fill: int) -> str:
    number = _TEXT_FORMAT if style.answers else 0
    return (
        f'<xf numFmtId="{number}" fontId="{int(style.bold)}" fillId="{fill}" borderId="0" xfId="0" '
        f'quotePrefix="{int(style.quoted)}" applyNumberFormat="1" applyFont="1" applyFill="1" '
        f'applyAlignment="1"><alignment vertical="{"top" if style.answers else "bottom"}"/></xf>'
    )


def _comment_texts(comments: Sequence[tuple[int, int, str]]) -> str:
    lines = "".join(
        f'<comment ref="{letters(column)}{row}" authorId="0"><text><t xml:space="preserve">'
        f"{text.translate(_MARKUP)}</t></text></comment>"
        for row, column, text in comments
    )
    return (
        f'<comments xmlns="{_MAIN}"><authors><author>gsprep</author></authors>'
        f"<commentList>{lines}</commentList></comments>"
    )


def _comment_boxes(comments: Sequence[tuple[int, int, str]]) -> str:
    boxes = "".join(_box(at, *comment) for at, comment in enumerate(comments, 1025))
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:'
        'office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" '
        'coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke '
        'joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
        f"{boxes}</xml>"
    )


def _box(number: int, row: int, column: int, text: str) -> str:
    lines = 1 + sum(1 + len(line) // _LETTERS_IN_A_LINE for line in text.split("\n"))
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;'
        f"margin-left:59.25pt;margin-top:1.5pt;width:{_WIDTH}px;"
        f'height:{lines * _HEIGHT_OF_A_LINE}px;z-index:1;visibility:hidden" fillcolor="#ffffe1" '
        'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
        '<div style="text-align:left"/></v:textbox><x:ClientData ObjectType="Note">'
        "<x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )
