"""Lists as people send them: each small file has the right frame, or the right refusal."""

# ruff: noqa: E501  an example is read best on one line

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbook_files import write_ods, write_xls, write_xlsb, write_xlsx

from gsprep.errors import TableError
from gsprep.schemas.fields import COMPANY, PERSON
from gsprep.tables.read import read

Build = Callable[[Path], Path]
HEAD = ["Email", "Name", "Company"]
ANA, BO = ["ana@x.co", "Ana", "Acme"], ["bo@y.co", "Bo", "Beta"]
PEOPLE = {"Email": ["ana@x.co", "bo@y.co"], "Name": ["Ana", "Bo"], "CompanyName": ["Acme", "Beta"]}
CSV = "Email,Name,Company\nana@x.co,Ana,Acme\nbo@y.co,Bo,Beta\n"
LIST = [HEAD, ANA, BO]
XML_2003 = '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="Default" ss:Name="Normal"><Font/></Style><Style ss:ID="s1"/></Styles><Worksheet ss:Name="S"><Table>%s</Table></Worksheet></Workbook>'
LIST_2003 = (
    "<Row>"
    + "".join(
        f'<Cell><Data ss:Type="String">{h}</Data></Cell>'
        for h in ("Email", "Id", "Since", "Active", "Name")
    )
    + "</Row>"
    '<Row><Cell><Data ss:Type="String">ana@x.co</Data></Cell><Cell><Data ss:Type="Number">7</Data></Cell>'
    '<Cell><Data ss:Type="DateTime">2026-05-01T00:00:00.000</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell>'
    '<Cell><Data ss:Type="String"><B xmlns="">A</B>na</Data></Cell></Row>'
    '<Row ss:Index="4"><Cell><Data ss:Type="String">bo@y.co</Data></Cell><Cell ss:Index="5"><Data ss:Type="String">Bo</Data></Cell></Row>'
)


def text(content: str | bytes, name: str = "people.csv") -> Build:
    def build(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return build


def book(*rows: object, name: str = "people.xlsx", **more: object) -> Build:
    """One sheet, or several as keywords that are lists of rows."""
    writers = {"xlsx": write_xlsx, "xlsb": write_xlsb, "ods": write_ods, "xls": write_xls}
    writer = writers[name.rpartition(".")[2]]
    how = {key: more.pop(key) for key in ("formats", "merged") if key in more}
    sheets = more or {"Sheet1": list(rows)}
    return lambda folder: writer(folder / name, sheets, **how)  # type: ignore[operator]


def packed(**files: str) -> Build:
    def build(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "people.zip", "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return folder / "people.zip"

    return build


def renamed(build: Build, name: str) -> Build:
    return lambda folder: build(folder).rename(folder / name)


def parquet(**columns: object) -> Build:
    def build(folder: Path) -> Path:
        pq.write_table(pa.table(columns), folder / "people.parquet")
        return folder / "people.parquet"

    return build


def right(
    name: str,
    build: Build,
    columns: dict[str, list[str | None]],
    lines: list[int] | None,
    *notes: str,
) -> object:
    return pytest.param(build, columns, lines, notes, id=name)


TITLES = [
    right("a title", text("Contacts 2026\n" + CSV), PEOPLE, [3, 4], "headers are on line 2: line 1 above them is left out"),
    right("a title and an empty line", text("Contacts 2026\n\n" + CSV), PEOPLE, [4, 5], "headers are on line 3: line 1 above"),
    right("a title with delimiters", text("Contacts 2026,,\n,,\n" + CSV), PEOPLE, [4, 5], "headers are on line 3"),
    right("filters of a report", text("Report:,Contacts\nExported:,2026-01-31 10:00\nOwner:,jane@z.co\n\n" + CSV), PEOPLE, [6, 7], "lines 1, 2, 3 above them are left out"),
    right("an exporter's address in a sentence", text("Exported by jane@z.co on 31.01.2026\n" + CSV), PEOPLE, [3, 4], "line 1"),
    right("groups above the headers", text("Person,,Account\n" + CSV), PEOPLE, [3, 4], "line 1"),
    right("semicolons and a title with a comma", text("Contacts, all\n" + CSV.replace(",", ";")), PEOPLE, [3, 4], "semicolons"),
    right("quoted headers below a title", text('Contacts\n"Email";"Name";"Company"\n"ana@x.co";"Ana";"Acme"\n"bo@y.co";"Bo";"Beta"\n'), PEOPLE, [3, 4], "line 1"),
    right("a title over two lines", text('"Contacts\nof 2026"\n' + CSV), PEOPLE, [4, 5], "headers are on line 3"),
    right("twelve lines of titles", text("".join(f"About {n}\n" for n in range(12)) + CSV), PEOPLE, [14, 15], "headers are on line 13"),
    right("old Mac line ends", text(("Contacts\n" + CSV).replace("\n", "\r")), PEOPLE, [3, 4], "line 1"),
    right("a title in a sheet", book(["Contacts of 2026"], [], HEAD, ANA, BO), PEOPLE, [4, 5], "headers are on line 3: line 1"),
    right("a merged title in a sheet", book(["Contacts", None, None], HEAD, ANA, BO, merged=["A1:C1"]), PEOPLE, [3, 4], "line 1"),
    right("headers repeated in two groups", book(["Contact", None, "Company"], ["Name", "Email", "Name"], ["Ana", "ana@x.co", "Acme"], ["Bo", "bo@y.co", "Beta"], merged=["A1:B1"]), {"Name": ["Ana", "Bo"], "Email": ["ana@x.co", "bo@y.co"], "CompanyName": ["Acme", "Beta"]}, [3, 4], "group in front"),
    right("a title in an OpenDocument sheet", book(["Contacts"], HEAD, ANA, BO, name="people.ods"), PEOPLE, [3, 4], "line 1"),
    right("a title in an old workbook", book(["Contacts"], HEAD, ANA, BO, name="people.xls"), PEOPLE, [3, 4], "line 1"),
    right("a table that begins at C3", book([], [], [None, None, *HEAD], [None, None, *ANA], [None, None, *BO]), PEOPLE, [4, 5]),
    right("a table with our row_id has no titles", text("row_id,x\nEmail,Name\n"), {"row_id": ["Email"], "x": ["Name"]}, None),
]  # fmt: skip

TWO_LINES = [
    right("questions and their parts", text("Respondent,Custom,Your details,,\n,,Name,Company,Email\n1,x,Ana,Acme,ana@x.co\n2,y,Bo,Beta,bo@y.co\n"), PEOPLE | {"Custom": ["x", "y"]}, [3, 4], "the headers are on lines 1 and 2"),
    right("answers named below questions", text("Company,Your details,,How was it?\n,Name,Email,Response\nAcme,Ana,ana@x.co,good\nBeta,Bo,bo@y.co,bad\n"), PEOPLE | {"How was it?": ["good", "bad"]}, [3, 4]),
    right("an address twice", text("Email,Your details,,\n,Name,Company,Email\n,Ana,Acme,ana@x.co\n,Bo,Beta,bo@y.co\n"), PEOPLE, [3, 4], 'with their group in front: "Your details Email"', 'Email is taken from "Your details Email"'),
    right("cells merged downwards", book(["Company", "Contact", None, "Email"], [None, "First name", "Last name"], ["Acme", "Ana", "Ruiz", "ana@x.co"], merged=["A1:A2", "B1:C1", "D1:D2"]), {"FirstName": ["Ana"], "LastName": ["Ruiz"], "CompanyName": ["Acme"], "Email": ["ana@x.co"]}, [3]),
    right("below a title", text("Fair of May\nCompany,Contact,\n,Name,Email\nAcme,Ana,ana@x.co\nBeta,Bo,bo@y.co\n"), PEOPLE, [4, 5], "lines 2 and 3", "line 1 above them is left out"),
    right("groups in text", text("Contact,,Company\nName,Email,Name\nAna,ana@x.co,Acme\nBo,bo@y.co,Beta\n"), PEOPLE, [3, 4], '"Contact Name", "Company Name"'),
    right("a record below columns without a header", text("Email,Name,Company,\n,Ana,Manager,Title\n"), {"Name": ["Ana"], "column_4": ["Title"]}, [2]),
    right("a record with words that are headers elsewhere", text("User id,User name,Email,Status,Role\n5f1,Ana Ruiz,ana@x.co,Active,User\n"), {"Email": ["ana@x.co"], "Role": ["User"]}, [2]),
]  # fmt: skip

LEFT_OUT = [
    right("headers again", text(CSV + CSV), {k: v * 2 for k, v in PEOPLE.items()}, [2, 3, 5, 6], "line 4 repeats the headers"),
    right("headers again in capitals and blanks", text(CSV + " EMAIL ,Name,COMPANY\nc@z.co,Cy,Cold\n"), {"Email": ["ana@x.co", "bo@y.co", "c@z.co"]}, [2, 3, 5], "line 4 repeats the headers"),
    right("headers again in a sheet", book(*LIST, HEAD, ["c@z.co", "Cy", "C"]), {"Email": ["ana@x.co", "bo@y.co", "c@z.co"]}, [2, 3, 5], "line 4 repeats the headers"),
    right("a total", text(CSV + "Total,,2\n"), PEOPLE, [2, 3], "line 4: a total is left out"),
    right("a total in words and a number", text(CSV + "Grand total: 120,,\n"), PEOPLE, [2, 3], "line 4: a total"),
    right("a total in German below an empty line", text(CSV + "\n,Summe,2\n"), PEOPLE, [2, 3], "line 5: a total"),
    right("a count of rows", text(CSV + "(2 rows affected),,\n"), PEOPLE, [2, 3], "line 4: a total"),
    right("the number of the records", text(CSV + ",,2\n"), PEOPLE, [2, 3], "line 4: a total"),
    right("the sum of a column", text("Email,Name,Seats\nana@x.co,Ana,12\nbo@y.co,Bo,30\n,,42\n"), {"Seats": ["12", "30"]}, [2, 3], "line 4: a total"),
    right("the sum of amounts with decimal commas", text("Email;Name;Spent\nana@x.co;Ana;1.200,50\nbo@y.co;Bo;30,00\n;;1.230,50\n"), {"Spent": ["1.200,50", "30,00"]}, [2, 3], "line 4: a total"),
    right("a total of a certain thing", text("Email,Name,Seats\nana@x.co,Ana,12\nbo@y.co,Bo,30\n,Total seats,42\n"), {"Seats": ["12", "30"]}, [2, 3], "line 4: a total"),
    right("a total below one record", text("Email,Name\nana@x.co,Ana\nTotal: 1,\n"), {"Email": ["ana@x.co"]}, [2], "line 3: a total"),
    right("a total of no records", text("Email,Name\nTotal,0\n"), {"Email": []}, [], "line 2: a total"),
    right("a total and an average", text("Email,Name,Seats\nana@x.co,Ana,12\nbo@y.co,Bo,30\nTotal,,42\nAverage,,21\n"), {"Seats": ["12", "30"]}, [2, 3], "lines 4, 5: totals are left out"),
    right("subtotals between the records", text("Email,Name,Company\nana@x.co,Ana,Acme\nSubtotal,Count: 1,\nbo@y.co,Bo,Beta\nSubtotal,Count: 1,\nTotal,2,\n"), PEOPLE, [2, 4], "lines 3, 5, 6: totals are left out"),
    right("titles of groups", text("Email,Name,Company\nCompany: Acme,,\nana@x.co,Ana,Acme\nBeta (1 record),,\nbo@y.co,Bo,Beta\n"), PEOPLE, [3, 5], "lines 2, 4: titles of groups are left out"),
    right("subtotals of a spreadsheet", text("Company,Email,Count\nAcme,ana@x.co,1\nAcme Total,,1\nBeta,bo@y.co,1\nErgebnis Beta,,1\nGrand Total,,2\n"), {"CompanyName": ["Acme", "Beta"]}, [2, 4], "lines 3, 5, 6: totals are left out"),
    right("a company whose name ends in Total", text("Company,Email,Count\nAcme,ana@x.co,1\nBeta Total,,1\nBeta,bo@y.co,1\n"), {"CompanyName": ["Acme", "Beta Total", "Beta"]}, [2, 3, 4]),
    right("comments", text(CSV.replace("bo@", "# the second half\nbo@") + "# end\n"), PEOPLE, [2, 4], "lines 3, 5: comments are left out"),
    right("titles that only their column has", text("Company,Name,Email\nAcme,,\n,Ana,ana@x.co\nBeta,,\n,Bo,bo@y.co\n"), PEOPLE, [3, 5], 'lines 2, 4: titles of groups are left out; "Company" of the records below is filled with them'),
    right("companies that some records have", text("Company,Name,Email\nAcme,,\n,Ana,ana@x.co\nBeta,Bo,bo@y.co\n"), {"CompanyName": ["Acme", None, "Beta"]}, [2, 3, 4]),
    right("a title that may be a name", text("Name,Email,Company\nAcme,,\nAna,ana@x.co,Acme\nBo,bo@y.co,Beta\n"), {"Name": ["Acme", "Ana", "Bo"]}, [2, 3, 4]),
    right("lines of SAP", text("-----\n|Email|Name|Company|\n-----\n|ana@x.co|Ana|Acme|\n|bo@y.co|Bo|Beta|\n-----\n", "people.txt"), PEOPLE, [4, 5]),
    right("descriptions of Qualtrics", text('Email,Name,Q1\nRecipient Email,Recipient Name,Which company do you work for?\n"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}"\nana@x.co,Ana,Acme\nbo@y.co,Bo,Beta\n'), PEOPLE, [4, 5], "lines 2, 3: descriptions of the columns are left out"),
    right("rows that are numbered and not filled in", text("No.,Email,Name,Company\n1,ana@x.co,Ana,Acme\n2,bo@y.co,Bo,Beta\n3,,,\n4.,,,\n"), PEOPLE, [2, 3], "2 records with a number only are left out"),
    right("the end of a query", text(CSV + "(2 rows)\n"), PEOPLE, [2, 3], "line 4: a total is left out"),
    right("a total in a sheet", book(*LIST, ["Total", None, 2]), PEOPLE, [2, 3], "line 4: a total"),
    right("a number that sums up nothing", text(CSV + ",,77\n"), {"Email": ["ana@x.co", "bo@y.co", None]}, [2, 3, 4], "line 4: read as a record, but it may be a total"),
    right("a remark", text(CSV + "Generated by Jane Doe 31.01.2026,,\n"), PEOPLE, [2, 3], "line 4: a remark below the records is left out"),
    right("the end of a report", text(CSV + '\n\n"Contacts of Acme"\n"Copyright (c) 2000-2026 the maker. All rights reserved."\n"Confidential Information - Do Not Distribute"\n"Generated By: Jane Doe 1/2/2026 3:04 PM"\n"Acme"\n'), PEOPLE, [2, 3], "lines 6, 7, 8 and 2 more: remarks below the records are left out"),
    right("a total and a remark", text(CSV + "Total,,2\n\nConfidential,,\n"), PEOPLE, [2, 3], "line 6: a remark", "line 4: a total"),
    right("nothing but a remark", text("Email,Name\n\nGenerated by Jane Doe,\n"), {"Email": [], "Name": []}, [], "line 3: a remark"),
    right("a remark in a sheet", book(*LIST, [], ["Source: the fair of 2026"]), PEOPLE, [2, 3], "line 5: a remark"),
    right("a remark in two cells", text(CSV + "Exported on,31.01.2026,\n"), PEOPLE, [2, 3], "line 4: a remark"),
    right("the filters of Power BI", book(["Contacts[Email]", "Contacts[Name]"], ["ana@x.co", "Ana"], [], ["Applied filters:\nStatus is Active"]), {"Email": ["ana@x.co"], "Name": ["Ana"]}, [2], "line 4: a remark"),
    right("a page number", book(*LIST, [None, "Page 1 of 1"]), PEOPLE, [2, 3], "line 4: a remark"),
    right("empty rows between and below", text("Email,Name,Company\nana@x.co,Ana,Acme\n,,\n\nbo@y.co,Bo,Beta\n,,\n"), PEOPLE, [2, 5], "2 records without any value"),
    right("one word below an empty line stays", text(CSV + "\nCy,,\n"), {"Email": ["ana@x.co", "bo@y.co", "Cy"]}, [2, 3, 5], "line 5: read as a record"),
]  # fmt: skip

STAYS = [
    right("a person called Total", text(CSV + "t@x.co,Total,5\n"), {"Name": ["Ana", "Bo", "Total"]}, [2, 3, 4]),
    right("a company called Total", text("Gsid,Name,Employees\n1,Acme,12\n2,Total,100\n"), {"Gsid": ["1", "2"]}, [2, 3]),
    right("a company called Total with a telephone number", text("Gsid,Name,Phone\n1,Acme,0301234567\n2,Beta,0301234568\n,Total,0147444546\n"), {"Gsid": ["1", "2", None]}, [2, 3, 4]),
    right("a person with a telephone number only", text("Email,Name,Phone\nana@x.co,Ana,1\nbo@y.co,Bo,2\n,,+49 30 1234567\n"), {"Phone": ["1", "2", "+49 30 1234567"]}, [2, 3, 4]),
    right("a company whose name begins as a total", text("Gsid,Name,Employees\n1,Acme,12\n2,Beta,13\n,Total Wine,100\n"), {"Gsid": ["1", "2", None]}, [2, 3, 4], "line 4: read as a record, but it may be a total"),
    right("a guest with a star", text(CSV + ",* Cy Cold,\n"), {"Name": ["Ana", "Bo", "* Cy Cold"]}, [2, 3, 4]),
    right("a guest without a name", text(CSV + ",Confidential,Acme\n"), {"Name": ["Ana", "Bo", "Confidential"]}, [2, 3, 4]),
    right("a table of numbers", text("Id,Score\n1,10\n2,20\n3,30\n"), {"Score": ["10", "20", "30"]}, [2, 3, 4]),
    right("people with a name only", text(CSV + ",Cy,\n,Di,\n"), {"Name": ["Ana", "Bo", "Cy", "Di"]}, [2, 3, 4, 5]),
    right("a cell over three lines", text('Email,Address,Name\nana@x.co,"1 Main St\nSuite 2\nTown",Ana\nbo@y.co,x,Bo\n'), {"Name": ["Ana", "Bo"]}, [2, 5]),
    right("blank lines between records of several lines", text('\nEmail,Address\n\nana@x.co,"a\n\nb"\n\nbo@y.co,x\n'), {"Email": ["ana@x.co", "bo@y.co"]}, [4, 8]),
    right("a line column of the file", text("line,Email,Name\nBus 7,ana@x.co,Ana\n"), {"line": ["Bus 7"], "Email": ["ana@x.co"]}, None),
]  # fmt: skip

NUMBERS = {"B2": "00000000000", "B3": "00000000000"}
FORMATS = [
    right("zeros", book(["Email", "Phone"], ["a@x.co", 2079460018], ["b@x.co", 7911123456], formats=NUMBERS), {"Phone": ["02079460018", "07911123456"]}, [2, 3], 'as their format shows them: "Phone" (2 cells)'),
    right("a prefix", book(["Email", "Phone"], ["a@x.co", 2079460018], formats={"B2": '"+44 "0'}), {"Phone": ["+44 2079460018"]}, [2], '"Phone" (1 cell)'),
    right("groups", book(["Email", "Tax id"], ["a@x.co", 12345678], formats={"B2": "000-00-0000"}), {"Tax id": ["012-34-5678"]}, [2]),
    right("a telephone number of Excel's list", book(["Email", "Phone"], ["a@x.co", 4155550100], ["b@x.co", 5550100], formats=dict.fromkeys(("B2", "B3"), "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####")), {"Phone": ["(415) 555-0100", "555-0100"]}, [2, 3]),
    right("a postal code", book(["Email", "Zip"], ["a@x.co", 1067], formats={"B2": "[$-407]00000"}), {"Zip": ["01067"]}, [2]),
    right("an id with letters", book(["Email", "Badge no"], ["a@x.co", 42], formats={"B2": '"C-"00000'}), {"Badge no": ["C-00042"]}, [2]),
    right("amounts stay", book(["Email", "Spent", "Parts", "Gain"], ["a@x.co", 1234, 4, 5], formats={"B2": '#,##0 "€"', "C2": '0" pcs"', "D2": "+0;-0;0"}), {"Spent": ["1234"], "Parts": ["4"], "Gain": ["5"]}, [2]),
    right("decimals stay", book(["Email", "Rate"], ["a@x.co", 0.5], formats={"B2": "0.00"}), {"Rate": ["0.5"]}, [2]),
    right("below a title, in another corner", book([], ["Contacts"], [None, "Email", "Phone"], [None, "a@x.co", 2079460018], formats={"C4": "00000000000"}), {"Phone": ["02079460018"]}, [4]),
]  # fmt: skip

SHEETS = [
    right("merged cells", book(["Email", "Company"], ["a@x.co", "Acme"], ["b@x.co"], merged=["B2:B3"]), {"CompanyName": ["Acme", "Acme"]}, [2, 3], 'filled down: "Company" (1 row)'),
    right("merged cells below a title", book(["People"], ["Email", "Company"], ["a@x.co", "Acme"], ["b@x.co"], merged=["B3:B4"]), {"CompanyName": ["Acme", "Acme"]}, [3, 4], "filled down"),
    right("names of groups above the headers", book(["Fair of May"], [], ["Company", None, "Contact"], ["Account name", "Country", "First name", "Work e-mail"], ["Acme", "US", "Ana", "a@x.co"], merged=["A3:B3", "C3:D3"]), {"CompanyName": ["Acme"], "Email": ["a@x.co"]}, [5], "the headers are on line 4: lines 1, 3 above them are left out"),
    right("a cover sheet", book(Cover=[["Contacts of the fair"], ["Owner", "Jane"]], Contacts=LIST), PEOPLE, [2, 3], 'read from the sheet "Contacts", because "Cover" has no column of use'),
    right("a cover sheet in an OpenDocument file", book(name="a.ods", Cover=[["Contacts"]], Contacts=LIST), PEOPLE, [2, 3], 'from the sheet "Contacts"'),
    right("two sheets that may be meant", book(Cover=[["Fair", "x"]], May=LIST, June=LIST), {"Fair": []}, [], '"Cover" has no column of use, but "May", "June" have'),
    right("a sheet of another list is not preferred", book(People=[["Email"], ["a@x.co"]], Companies=[["Gsid", "Name"], ["1", "Acme"]]), {"Email": ["a@x.co"]}, [2], "read from the sheet"),
    right("percentages", book(["Email", "Share__gc", "Seats"], ["a@x.co", 0.125, 0.5], formats={"B2": "0.0%", "C2": "0"}), {"Share__gc": ["12.5%"], "Seats": ["0.5"]}, [2], "as their format shows them"),
    right("an old workbook", book(*LIST, name="people.xls"), PEOPLE, [2, 3]),
    right("numbers of an old workbook", book(["Email", "Phone"], ["a@x.co", 4930901820.0], name="people.xls"), {"Phone": ["4930901820"]}, [2]),
    right("an OpenDocument workbook", book(*LIST, name="people.ods"), PEOPLE, [2, 3]),
    right("a binary workbook", book(*LIST, name="people.xlsb"), PEOPLE, [2, 3]),
    right("numbers of a binary workbook", book(["Email", "Phone"], ["a@x.co", 4930901820.0], [None, 0.5], name="people.xlsb"), {"Phone": ["4930901820", "0.5"]}, [2, 3]),
    right("a binary workbook named as XLSX", renamed(book(*LIST, name="a.xlsb"), "people.xlsx"), PEOPLE, [2, 3], "holds a binary workbook"),
    right("a workbook with macros", renamed(book(*LIST), "people.xlsm"), PEOPLE, [2, 3]),
    right("an OpenDocument workbook with a long tail", lambda folder: write_ods(folder / "a.ods", {"P": "".join(f'<table:table-row><table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell></table:table-row>' for t in ("Email", "a@x.co")) + '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'}), {"Email": ["a@x.co"]}, [2]),
]  # fmt: skip

NAMED = [
    right("text named as a workbook", text(CSV, "people.xlsx"), PEOPLE, [2, 3], "named .xlsx and holds text, and is read as CSV"),
    right("a table of a web page", text("<html><table><tr><td>Contacts</table><table><tr><th>Email<th>Name<th>Company<tr><td><p>ana@x.co</p><td>Ana&nbsp;<td>Acme</td></tr><tr><td>bo@y.co<td>Bo<td>Beta</table>", "people.xls"), PEOPLE, [2, 3], "a table in HTML or XML", 'read from the sheet "Table 2"'),
    right("merged cells of a web page", text("<table><tr><td colspan=3>Contacts<tr><td>Email<td>Name<td>Company<tr><td>ana@x.co<td>Ana<td rowspan=2>Acme<tr><td>bo@y.co<td>Bo</table>", "people.xls"), {**PEOPLE, "CompanyName": ["Acme", "Acme"]}, [3, 4], "line 1 above them", "merged cells"),
    right("a page in UTF-16", text("<table><tr><td>Email<td>Name<tr><td>a@x.co<td>Zo\u00eb</table>".encode("utf-16"), "people.xls"), {"Name": ["Zo\u00eb"]}, [2]),
    right("a page in another encoding", text("<meta charset=windows-1252><table><tr><td>Email<td>Name<tr><td>a@x.co<td>Zo\u00eb</table>".encode("cp1252"), "people.xls"), {"Name": ["Zo\u00eb"]}, [2]),
    right("XML of Excel 2003", text(XML_2003 % LIST_2003, "people.xls"), {"Email": ["ana@x.co", "bo@y.co"], "Id": ["7", None], "Since": ["2026-05-01", None], "Active": ["true", None], "Name": ["Ana", "Bo"]}, [2, 4]),
    right("tabs named as an old workbook", text(CSV.replace(",", "\t"), "people.xls"), PEOPLE, [2, 3], "named .xls", "tabs"),
    right("text in UTF-16 named as an old workbook", text(CSV.replace(",", "\t").encode("utf-16"), "people.xls"), PEOPLE, [2, 3], "named .xls"),
    right("a workbook named as text", renamed(book(*LIST), "people.csv"), PEOPLE, [2, 3], "named .csv and holds an XLSX workbook"),
    right("a workbook named as an old one", renamed(book(*LIST), "people.xls"), PEOPLE, [2, 3], "named .xls and holds an XLSX workbook"),
    right("an old workbook named as a new one", renamed(book(*LIST, name="a.xls"), "people.xlsx"), PEOPLE, [2, 3], "holds a workbook of Excel before 2007"),
    right("an OpenDocument workbook named as XLSX", renamed(book(*LIST, name="a.ods"), "people.xlsx"), PEOPLE, [2, 3], "holds an OpenDocument workbook"),
    right("JSON lines named as text", text('{"Email": "a@x.co"}\n{"Email": "b@x.co"}\n', "people.txt"), {"Email": ["a@x.co", "b@x.co"]}, [1, 2], "holds JSON"),
    right("a JSON list", text('[\n {"Email": "a@x.co", "n": [1, 2]},\n {"Email": "b@x.co"}]\n', "people.json"), {"Email": ["a@x.co", "b@x.co"], "n": ["1;2", None]}, [2, 3]),
    right("objects over several lines", text('{\n "Email": "a@x.co"}\n{\n "Email": "b@x.co"\n}\n', "people.json"), {"Email": ["a@x.co", "b@x.co"]}, [1, 3]),
    right("objects with commas between them", text('{"Email": "a@x.co"},\n{"Email": "b@x.co"}\n', "people.jsonl"), {"Email": ["a@x.co", "b@x.co"]}, [1, 2]),
    right("a reply of a service", text('{"results": [{"Email": "a@x.co", "n": 1.50}],\n "paging": {"next": 2}}', "people.json"), {"Email": ["a@x.co"], "n": ["1.50"]}, None, 'the list "results" of an object; its other entries are left out: "paging.next"'),
    right("one person with a list of objects", text('[{"name": "Ana", "emails": [{"value": "a@x.co"}]}]', "people.json"), {"Name": ["Ana"]}, None),
    right("one person in one line", text('{"firstName": "Ana", "emails": [{"value": "a@x.co"}]}', "people.json"), {"FirstName": ["Ana"]}, None),
    right("text packed by gzip", text(gzip.compress(CSV.encode()), "people.csv.gz"), PEOPLE, [2, 3]),
    right("text packed by gzip under another name", text(gzip.compress(CSV.encode())), PEOPLE, [2, 3]),
    right("text packed by bzip2", text(bz2.compress(CSV.encode()), "people.csv.bz2"), PEOPLE, [2, 3]),
    right("JSON lines packed by xz", text(lzma.compress(b'{"Email": "a@x.co"}'), "people.jsonl.xz"), {"Email": ["a@x.co"]}, [1]),
    right("a zip", packed(people=CSV), PEOPLE, [2, 3], 'the file in it is read: "people"'),
    right("a zip of a Mac", packed(**{"a/": "", "a/people.csv": CSV, "__MACOSX/a/._people.csv": "x", "a/.DS_Store": "x"}), PEOPLE, [2, 3]),
    right("text named as a zip", text(CSV, "people.zip"), PEOPLE, [2, 3]),
    right("single quotes", text("'Email';'Name';'Company'\n'ana@x.co';'Ana \"A\" O''Neil';'A;B'\n"), {"Name": ['Ana "A" O\'Neil'], "CompanyName": ["A;B"]}, [2], "cells are in single quotes"),
    right("single quotes with backslashes", text("'Email','Name'\n'ana@x.co','O\\'Neil'\n"), {"Name": ["O'Neil"]}, [2]),
    right("JSON lines named as JSON", text('{"Email": "a@x.co"}\n', "people.json"), {"Email": ["a@x.co"]}, [1]),
    right("Parquet named as text", renamed(parquet(Email=["a@x.co"]), "people.csv"), {"Email": ["a@x.co"]}, None, "holds a Parquet, Arrow"),
    right("text without an ending", text(CSV, "people"), PEOPLE, [2, 3]),
    right("a reply with a status", text('{"status": 0, "result": {"records": [{"Email": "a@x.co"}, {"Email": "b@x.co"}], "done": true}}', "people.json"), {"Email": ["a@x.co", "b@x.co"]}, None, 'the list "result.records" of an object; its other entries are left out: "status", "result.done"'),
    right("hits of a search", text('{"hits": [{"_id": "7", "_source": {"email": "a@x.co", "company": "X"}}, {"_id": "8", "_source": {"email": "b@x.co"}}]}', "people.json"), {"Email": ["a@x.co", "b@x.co"], "CompanyName": ["X", None]}, None),
    right("records by id", text('{"users": {"u1": {"email": "a@x.co", "name": "Ana"}, "-Nx": {"email": "b@x.co"}}}', "people.json"), {"Email": ["a@x.co", "b@x.co"], "Name": ["Ana", None], "column_1": ["u1", "-Nx"]}, None),
    right("addresses by kind", text('{"work": {"email": "a@x.co"}, "home": {"email": "b@x.co"}}', "people.json"), {"Email": ["a@x.co"]}, None),
    right("records in Parquet", parquet(Email=["a@x.co", "b@x.co"], org=[{"name": "Acme", "at": {"city": "Rome"}}, None], ids=[[{"n": 1}], []]), {"CompanyName": ["Acme", None], "org.at.city": ["Rome", None], "ids": ['[{"n": 1}]', None]}, None),
    right("a list in Parquet with a semicolon", parquet(Email=["a@x.co", "b@x.co"], Tags__gc=[["a;b"], ["a", "c"]]), {"Tags__gc": ['["a;b"]', "a;c"]}, None),
    right("lists in Parquet", parquet(Email=["a@x.co", "b@x.co"], Tags__gc=[["A", "B"], None]), {"Tags__gc": ["A;B", None]}, None),
    right("a list in a pandas category", parquet(Email=["a@x.co", "b@x.co"], Role=pa.array(["x", "x"]).dictionary_encode()), {"Role": ["x", "x"]}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("build", "columns", "lines", "notes"),
    [*TITLES, *TWO_LINES, *LEFT_OUT, *STAYS, *FORMATS, *SHEETS, *NAMED],
)
def test_the_right_records_are_read(
    tmp_path: Path,
    build: Build,
    columns: dict[str, list[str | None]],
    lines: list[int] | None,
    notes: tuple[str, ...],
) -> None:
    reading = read(build(tmp_path))
    frame = reading.frame
    found = {n: [None if pd.isna(c) else c for c in frame[n]] for n in columns}
    assert found == columns
    if lines is not None:
        assert frame["line"].tolist() == [str(line) for line in lines]
    said = "\n".join(reading.notes)
    assert [note for note in notes if note not in said] == []
    # Notes name places, never what a cell holds.
    assert "Jane" not in said
    assert "@" not in said


FAR = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'


@pytest.mark.parametrize(
    ("build", "line", "says"),
    [
        pytest.param(text("Nom,Courriel,Firme\nEmail,Name,Company\na@x.co,A,X\n"), 2, "write --header 2 (header=2", id="two full lines of headers"),
        pytest.param(text("ana@x.co\nEmail,Name\nbo@y.co,Bo\n"), 2, "not on line 1", id="a record above the headers"),
        pytest.param(text("Bo,Beta,bo@y.co\nEmail,Name,Company,Phone\na@x.co,A,X,1\n"), 2, "not on line 1", id="a whole record above the headers"),
        pytest.param(text("Summer fair\nGast,Haus,Stand\nAna,Acme,A\nBo,Beta,B\n"), 2, "seem to be on this line. Write --header 2", id="unknown headers below a title"),
        pytest.param(book(["Summer fair"], [], ["Gast", "Haus"], ["Ana", "Acme"], ["Bo", "Beta"]), 3, "Write --header 3", id="unknown headers in a sheet"),
        pytest.param(text("<html>Please log in</html>", "people.xls"), None, "a web page or XML named .xls, not a table. Open it in a spreadsheet and save it as .xlsx", id="a web page named as an old workbook"),
        pytest.param(text("  <table><tr><td>Email</td></tr></table>"), None, "web page", id="a bare table of a web page"),
        pytest.param(text((XML_2003 % LIST_2003)[:700], "people.xls"), None, "its last table is not closed", id="a workbook in XML that ends early"),
        pytest.param(text(XML_2003 % '<Row ss:Index="900000000"/>', "people.xls"), None, "not a workbook", id="a row far below in XML"),
        pytest.param(text("<table><tr><td colspan=99999999>Email</table>", "people.xls"), None, "not a workbook", id="a cell over too many columns"),
        pytest.param(text('<?xml version="1.0"?><Workbook/>', "people.xls"), None, "web page or XML", id="a workbook in XML"),
        pytest.param(packed(**{"people.csv": CSV, "companies.csv": CSV}), None, 'it holds the files "people.csv", "companies.csv"', id="a zip of two files"),
        pytest.param(packed(), None, "it holds no file", id="a zip without a file"),
        pytest.param(text(gzip.compress(gzip.compress(CSV.encode()))), None, "a packed file", id="packed twice"),
        pytest.param(text(gzip.compress(CSV.encode())[:-9], "people.csv.gz"), None, "damaged or incomplete", id="a packed file that ends early"),
        pytest.param(text(b"PK\x03\x04" + bytes(40), "people.zip"), None, "damaged or incomplete", id="a broken zip"),
        pytest.param(text(gzip.compress(bytes(60_000_000)), "people.csv.gz"), None, "unpacks to more", id="a packed file that swells"),
        pytest.param(text('{"people": [{"a": 1}], "firms": [{"b": 2}]}', "people.json"), None, 'several lists: "people" and "firms"', id="a reply with two lists"),
        pytest.param(text('{"a@x.co": {"name": "Ana"}}', "people.json"), None, "holds an e-mail address", id="people by their addresses"),
        pytest.param(text("dn: uid=ana,dc=x\ncn: Ana\n", "people.ldif"), None, "LDIF", id="an export of a directory"),
        pytest.param(text(b"%PDF-1.7\n", "people.xlsx"), None, "a PDF document", id="a PDF named as a workbook"),
        pytest.param(text(b"\x00\x01\x02" * 40, "people.xlsx"), None, "not a workbook", id="no text named as a workbook"),
        pytest.param(text(b"", "people.ods"), None, "not a workbook", id="nothing named as a workbook"),
        pytest.param(book(Sheet1=[], name="people.ods"), None, "is empty", id="an empty OpenDocument sheet"),
        pytest.param(lambda folder: write_ods(folder / "a.ods", {"P": FAR}), None, "not a workbook", id="an OpenDocument sheet that repeats itself"),
        pytest.param(text(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le") + bytes(900), "a.xls"), None, "not a workbook, or it is damaged", id="a broken old workbook"),
        pytest.param(parquet(Email=["a@x.co"], Place=[{"photo": b"x"}]), None, "not one value a cell", id="bytes in Parquet"),
        pytest.param(text('Email,Name\na@x.co,"Al\nb@x.co,Bo\nc@x.co,Cy"\n'), 2, "look like records", id="a stray quote"),
    ],
)  # fmt: skip
def test_the_right_refusal_is_given(
    tmp_path: Path, build: Build, line: int | None, says: str
) -> None:
    with pytest.raises(TableError) as refused:
        read(build(tmp_path))
    assert says in str(refused.value)
    assert refused.value.line == line
    assert refused.value.cure.endswith(".")


@pytest.mark.parametrize(
    ("build", "header", "columns", "lines"),
    [
        pytest.param(text("Nom,Mél,Firme\n" + CSV), 2, PEOPLE, [3, 4], id="two lines of headers"),
        pytest.param(text("a;b\nEmail,Name,Company\n" + CSV[19:]), 2, PEOPLE, [3, 4], id="other delimiters above"),
        pytest.param(text("sep=,\nx\n" + CSV), 3, PEOPLE, [4, 5], id="a sep line"),
        pytest.param(text('"a\nb"\nGast,Haus\nAna,Acme\n'), 3, {"Gast": ["Ana"]}, [4], id="unknown headers"),
        pytest.param(book(["x", "y", "z"], *LIST), 2, PEOPLE, [3, 4], id="a sheet"),
        pytest.param(book(["x", "y", "z"], *LIST, name="a.ods"), 2, PEOPLE, [3, 4], id="an OpenDocument sheet"),
        pytest.param(text(CSV), 1, PEOPLE, [2, 3], id="the first line"),
    ],
)  # fmt: skip
def test_the_line_of_headers_can_be_named(
    tmp_path: Path, build: Build, header: int, columns: dict[str, list[str]], lines: list[int]
) -> None:
    frame = read(build(tmp_path), header=header).frame
    assert {name: frame[name].tolist() for name in columns} == columns
    assert frame["line"].tolist() == [str(line) for line in lines]


@pytest.mark.parametrize(
    ("build", "header", "says"),
    [
        pytest.param(text(CSV), 9, "line 9 has no text", id="beyond the end"),
        pytest.param(text(CSV), 2, "holds an e-mail address", id="a record"),
        pytest.param(book(*LIST), 9, "ends before line 9", id="beyond the end of a sheet"),
        pytest.param(book(["x"], [], *LIST), 2, "line 2 has no text. The next line with text is 3", id="an empty row"),
        pytest.param(parquet(Email=["a@x.co"]), 1, "have a line of headers. Omit --header", id="Parquet"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_headers_is_refused(
    tmp_path: Path, build: Build, header: int, says: str
) -> None:
    with pytest.raises(TableError, match=says.replace("(", r"\(")):
        read(build(tmp_path), header=header)


@pytest.mark.parametrize(
    ("content", "header"),
    [
        pytest.param("Name,E-Mail im Büro\nAna,ana@x.co\nBo,bo@y.co\n", "Email", id="a word for it"),
        pytest.param("Name,E-Mail im Büro\nAna,ana@x.co\nBo,ana@x.co\n", "E-Mail im Büro", id="of one person"),
        pytest.param("Name,Manager's e-mail\nAna,ana@x.co\nBo,bo@y.co\n", "Manager's e-mail", id="of others"),
        pytest.param("Name,Seller\nAna,ana@x.co\nBo,bo@y.co\n", "Seller", id="no word for it"),
        pytest.param("Name,E-Mail im Büro,Seller\nAna,ana@x.co,bo@y.co\n", "E-Mail im Büro", id="two columns"),
    ],
)  # fmt: skip
def test_the_only_column_of_addresses_is_email(tmp_path: Path, content: str, header: str) -> None:
    reading = read(text(content)(tmp_path), of=PERSON)
    assert reading.frame.columns[3] == header
    notes = [note for note in reading.notes if "addresses" in note]
    assert ("is taken for Email: no other" in notes[0]) == (header == "Email")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("Account ID,Name\n{1},A\n{2},B\n", "Gsid"),
        ("Id,Name\n{1},A\n{1},B\n", "Id"),
        ("Id,Name\n{1},A\n,B\n", "Id"),
        ("Parent ID,Name\n{1},A\n{2},B\n", "Parent ID"),
    ],
)
def test_the_only_column_of_gsids_is_gsid(tmp_path: Path, content: str, name: str) -> None:
    """If it is an id, filled, and without repetition."""
    ids = [f"1P02{at:032d}" for at in range(3)]
    reading = read(text(content.format(*ids))(tmp_path), of=COMPANY)
    assert reading.frame.columns[2] == name
    assert ("is taken for Gsid" in reading.notes[-1]) == (name == "Gsid")


def test_a_company_list_keeps_a_company_called_count(tmp_path: Path) -> None:
    content = "Gsid,Name,Domain\n1,Acme,acme.com\n2,Beta,beta.co\n,Count,count.io\n"
    assert len(read(text(content)(tmp_path), of=COMPANY).frame) == 3


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ods", "xls"])
def test_all_kinds_of_files_give_the_same_frame(tmp_path: Path, ending: str) -> None:
    build = text(CSV) if ending == "csv" else book(*LIST, name=f"people.{ending}")
    expected = read(text(CSV, "other.csv")(tmp_path)).frame
    pd.testing.assert_frame_equal(read(build(tmp_path)).frame, expected)
