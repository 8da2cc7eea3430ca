#!/usr/bin/env python3
"""Makes the workbooks of `made.rs`, with their mappings and the rows and problems that must come out.

    pip install openpyxl xlwt odfpy && python3 make.py

The files are kept beside this one, so that the tests need no Python.
"""
import datetime as dt
import json
import os

import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def save(name, mapping, tables, problems=()):
    with open(f"{name}.yaml", "w") as f:
        f.write(mapping.lstrip())
    tables = [{"into": t, "rows": rows} for t, rows in tables]
    with open(f"{name}.json", "w") as f:
        json.dump({"tables": tables, "problems": list(problems)}, f, ensure_ascii=False, indent=1)
        f.write("\n")


def fill(ws, cells, merges=()):
    for at, value in cells.items():
        ws[at] = value
    for area in merges:
        ws.merge_cells(area)


# 1. Headings of three levels over the columns and names of two levels beside the rows, two measures at the bottom.
book = Workbook()
ws = book.active
ws.title = "第３表"
fill(ws, {
    "A1": "第３表　産業・地域別　事業所数及び従業者数", "A3": "産業", "C3": "令和３年", "G3": "㋿4年",
    "C4": "全国", "E4": "うち東京都", "G4": "全国", "I4": "うち東京都",
    "C5": "事業所数", "D5": "従業者数（千人）", "E5": "事業所数", "F5": "従業者数（千人）", "G5": "事業所数", "H5": "従業者数（千人）", "I5": "事業所数", "J5": "従業者数（千人）",
    "A6": "製造業", "B6": "食料品", "C6": "1,234", "D6": 56.5, "E6": 100, "F6": "５", "G6": 1200, "H6": 55, "I6": "x", "J6": 4.5,
    "B7": "繊維", "C7": 300, "D7": 12, "E7": "－", "F7": "－", "G7": 290, "H7": "▲ 1", "I7": 7, "J7": "2人",
    "B8": "小計", "C8": 1534, "D8": 68.5, "E8": 100, "F8": 5, "G8": 1490, "H8": 54, "I8": 7, "J8": 4.5,
    "A9": "サービス業", "B9": "宿泊", "C9": 10, "D9": 1, "E9": 2, "F9": 0.5, "G9": 11, "H9": 1, "I9": 3, "J9": 0.25,
    "A10": "資料：総務省",
}, ["A1:J1", "A3:B5", "C3:F3", "G3:J3", "C4:D4", "E4:F4", "G4:H4", "I4:J4", "A6:A8"])
book.save("three_levels.xlsx")


def levels(industry, kind, row, figures):
    keys = [(2021, "全国", "C"), (2021, "うち東京都", "E"), (2022, "全国", "G"), (2022, "うち東京都", "I")]
    return [{"industry": industry, "kind": kind, "year": y, "area": a, "offices": o, "workers": w, "_cell": f"第３表!{c}{row}"}
            for (y, a, c), (o, w) in zip(keys, figures) if not (o is None and w is None)]


# The names of both levels stand below one merged heading: the second column with it is the next one.
save("three_levels", """
import: three_levels
sheet: 第3表
tables:
  - into: offices
    start: 産業
    header_rows: 3
    end: "^資料"
    skip_rows: {kind: "計$"}
    columns:
      industry: {from: 産業}
      kind: {from: 産業}
    unpivot:
      levels:
        - {name: year, type: year}
        - {name: area}
        - spread:
            事業所数: {name: offices, type: integer}
            従業者数: {name: workers, type: number}
    key: [industry, kind, year, area]
""", [("offices",
       levels("製造業", "食料品", 6, [(1234, 56500), (100, 5000), (1200, 55000), (None, 4500)])
       + levels("製造業", "繊維", 7, [(300, 12000), (None, None), (290, -1000), (7, 2)])
       + levels("サービス業", "宿泊", 9, [(10, 1000), (2, 500), (11, 1000), (3, 250)]))],
     [["第３表!I6", "not_a_number"]])

# 2. Two tables side by side with the same headings, and a third that runs from left to right.
book = Workbook()
ws = book.active
ws.title = "店舗別"
fill(ws, {
    "A1": "東日本", "E1": "西日本", "A2": "店舗", "B2": "売上", "C2": "開店", "E2": "店舗", "F2": "売上", "G2": "開店",
    "A3": "札幌", "B3": 10, "C3": dt.date(2001, 4, 1), "E3": "大阪", "F3": "2０", "G3": "H13.4.1",
    "A4": "仙台", "B4": "1.5万", "C4": "平成13年4月", "E4": "広島", "F4": "", "G4": "S64.1.8",
    "A5": "盛岡", "B5": 3, "C5": "同上", "E5": "大阪", "F5": 5, "G5": "2001-05-01",
    "A6": "", "E6": "福岡", "F6": 9, "G6": "20010601",
    "A9": "指標", "B9": "東", "C9": "西", "A10": "店舗数", "B10": "3店", "C10": "３", "A11": "駅前", "B11": "○", "C11": "無",
})
book.save("side_by_side.xlsx")
save("side_by_side", """
import: side_by_side
tables:
  - into: east
    start: 店舗
    columns: {shop: {from: 店舗}, sales: {from: 売上, type: integer, max: 1000}, opened: {from: 開店, type: date, partial: first}}
    fill_down: [opened]
    key: [shop]
  - into: west
    start: {text: 店舗, nth: 2}
    columns: {shop: {from: 店*}, sales: {from: 売上, type: integer, required: true}, opened: {from: 開店, type: date}}
    key: [shop]
  - into: regions
    start: 指標
    transpose: true
    columns: {region: {from: 指標}, shops: {from: 店舗数, type: integer, unit: 店}, at_station: {from: 駅前, type: boolean}}
    meta: {title: {cell: E1}}
  - into: nowhere
    start: 存在しない
    columns: {a: {from: b}}
""", [("east", [
    {"shop": "札幌", "sales": 10, "opened": "2001-04-01", "_cell": "店舗別!A3"},
    {"shop": "仙台", "sales": None, "opened": "2001-04-01", "_cell": "店舗別!A4"},
    {"shop": "盛岡", "sales": 3, "opened": "2001-04-01", "_cell": "店舗別!A5"},
]), ("west", [
    {"shop": "大阪", "sales": 20, "opened": "2001-04-01", "_cell": "店舗別!E3"},
    {"shop": "福岡", "sales": 9, "opened": "2001-06-01", "_cell": "店舗別!E6"},
]), ("regions", [
    {"region": "東", "shops": 3, "at_station": True, "title": "西日本", "_cell": "店舗別!B9"},
    {"region": "西", "shops": 3, "at_station": False, "title": "西日本", "_cell": "店舗別!C9"},
])], [["店舗別!B4", "out_of_range"], ["店舗別!C4", "partial_date"], ["店舗別!F4", "required"], ["店舗別!G4", "outside_era"],
      ["店舗別!E5", "duplicate_key"], ["店舗別", "missing_table"]])

# 3. A sheet a month, one of them hidden, with marks for the row above, merged numbers and headings that are not merged.
book = Workbook()
for number, (title, rows) in enumerate([
    ("4月", [("A班", "佐藤", 8, 1), ("〃", "鈴木", 7.5, None), (None, "髙橋", "８時間", 2)]),
    ("５月", [("B班", "田中", "6", "二"), ("同上", "伊藤", "#N/A", 0)]),
    ("6月", [("C班", "山本", 1, 1)]),
]):
    ws = book.active if number == 0 else book.create_sheet()
    ws.title = title
    fill(ws, {"B2": "勤務表", "B4": "班", "C4": "氏名", "D4": "時間", "D5": "所定", "E5": "残業"}, ["B4:B5", "C4:C5"])
    for row, values in enumerate(rows, 6):
        for column, value in zip("BCDE", values):
            ws[f"{column}{row}"] = value
    if title == "4月":
        ws.merge_cells("E6:E7")
    if title == "５月":
        ws["D7"].data_type = "e"
    ws.sheet_state = "hidden" if title == "6月" else "visible"
book.create_sheet("集計")["A1"] = "=SUM(1)"
book.save("months.xlsx")
save("months", """
import: months
sheet: {regex: "^\\\\d+月$", each: true}
tables:
  - into: hours
    start: 班
    header_rows: 2
    header_fill: true
    fill_down: [team]
    columns:
      team: {from: 班}
      name: {from: 氏名}
      hours: {from: 時間/所定, type: number, unit: 時間}
      overtime: {from: 時間/残業, type: integer}
    meta: {month: {sheet: "(\\\\d+)月", type: integer}}
    key: [month, name]
""", [("hours", [
    {"team": "A班", "name": "佐藤", "hours": 8, "overtime": 1, "month": 4, "_cell": "4月!B6"},
    {"team": "A班", "name": "鈴木", "hours": 7.5, "overtime": None, "month": 4, "_cell": "4月!B7"},
    {"team": "A班", "name": "髙橋", "hours": 8, "overtime": 2, "month": 4, "_cell": "4月!B8"},
    {"team": "B班", "name": "田中", "hours": 6, "overtime": 2, "month": 5, "_cell": "５月!B6"},
    {"team": "B班", "name": "伊藤", "hours": None, "overtime": 0, "month": 5, "_cell": "５月!B7"},
])], [["4月!E6", "merged_number"], ["５月!D7", "error_value"]])

# 4. An old workbook of a Macintosh: xls with dates from 1904, merged dates, percentages and a formula.
book = xlwt.Workbook(encoding="utf-8")
book.dates_1904 = True
ws = book.add_sheet("検査")
day = xlwt.easyxf(num_format_str="yyyy/mm/dd")
wareki = xlwt.easyxf(num_format_str='[$-411]ggge"年"m"月"d"日"')
percent = xlwt.easyxf(num_format_str="0.0%")
for column, heading in enumerate(["検査日", "ロット", "数量（個）", "不良率", "判定", "検査員"]):
    ws.write(0, column, heading)
base = dt.date(1904, 1, 1)
ws.write_merge(1, 2, 0, 0, (dt.date(2003, 7, 20) - base).days, day)
ws.write(1, 1, "L-001"); ws.write(1, 2, 1200); ws.write(1, 3, 0.125, percent); ws.write(1, 4, "合"); ws.write(1, 5, "髙橋　一郎①")
ws.write(2, 1, "L-002"); ws.write(2, 2, "１，０００個"); ws.write(2, 3, "2.5%"); ws.write(2, 4, "否"); ws.write(2, 5, "㈱検査")
ws.write(3, 0, (dt.date(2003, 7, 21) - base).days, wareki); ws.write(3, 1, "L-003"); ws.write(3, 2, 12.5); ws.write(3, 3, True); ws.write(3, 4, "可")
ws.write(4, 0, "平成15年7月22日"); ws.write(4, 1, 4); ws.write(4, 2, 1e9); ws.write(4, 3, 0); ws.write(4, 4, "無")
hidden = book.add_sheet("控え")
hidden.write(0, 0, "検査日"); hidden.visibility = 1
book.save("inspection.xls")
save("inspection", """
import: inspection
tables:
  - into: lots
    start: 検査日
    columns:
      tested_on: {from: 検査日, type: date}
      lot: {from: ロット, match: "^L-(\\\\d+)$"}
      quantity: {from: 数量, type: integer}
      faulty: {from: 不良率, type: number, max: 1}
      passed: {from: 判定, type: boolean}
      tester: {from: 検査員}
""", [("lots", [
    {"tested_on": "2003-07-20", "lot": "001", "quantity": 1200, "faulty": 0.125, "passed": None, "tester": "髙橋 一郎", "_cell": "検査!A2"},
    {"tested_on": "2003-07-20", "lot": "002", "quantity": 1000, "faulty": 0.025, "passed": False, "tester": "(株)検査", "_cell": "検査!A3"},
    {"tested_on": "2003-07-21", "lot": "003", "quantity": None, "faulty": None, "passed": True, "tester": None, "_cell": "検査!A4"},
    {"tested_on": "2003-07-22", "lot": None, "quantity": 1_000_000_000, "faulty": 0, "passed": False, "tester": None, "_cell": "検査!A5"},
])], [["検査!E2", "not_a_boolean"], ["検査!C4", "not_an_integer"], ["検査!D4", "not_a_number"], ["検査!B5", "not_allowed"]])

# 5. ods: merged cells, repeated ones, dates, percentages, a hidden sheet in front.
doc = OpenDocumentSpreadsheet()
hidden = Style(name="hidden", family="table")
hidden.addElement(TableProperties(display="false"))
doc.automaticstyles.addElement(hidden)


def ods_sheet(name, rows, style=None):
    table = Table(name=name, **({"stylename": style} if style else {}))
    for row in rows:
        tr = TableRow()
        for cell in row:
            tr.addElement(cell)
        table.addElement(tr)
    doc.spreadsheet.addElement(table)
    return table


def text(*lines, **attributes):
    cell = TableCell(valuetype="string", **attributes)
    for line in lines:
        cell.addElement(P(text=line))
    return cell


def value(number, kind="float", **attributes):
    cell = TableCell(valuetype=kind, value=number, **attributes)
    cell.addElement(P(text=f"about {number}"))
    return cell


ods_sheet("非表示", [[text("地域")]], hidden)
sheet = ods_sheet("人口", [
    [text("人口 総括表", numbercolumnsspanned=4, numberrowsspanned=1), CoveredTableCell(numbercolumnsrepeated=3)],
    [TableCell(numbercolumnsrepeated=4)],
    [text("地", "域", numberrowsspanned=1, numbercolumnsspanned=1), text("調査日"), text("人口（千人）"), text("増減率")],
    [text("北", numberrowsspanned=2, numbercolumnsspanned=1), TableCell(valuetype="date", datevalue="2020-10-01"), value(10.5), value(0.01, "percentage")],
    [CoveredTableCell(), TableCell(valuetype="date", datevalue="2021-10-01T00:00:00"), value(11, numbercolumnsrepeated=2)],
    [text("南"), text("令和2年10月1日"), text("▲2人"), text("…")],
])
doc.save("census.ods")
save("census", """
import: census
tables:
  - into: census
    start: 地域
    columns:
      region: {from: 地域}
      day: {from: 調査日, type: date}
      people: {from: 人口, type: integer}
      growth: {from: 増減率, type: number}
    key: [region, day]
    meta: {title: {find: "^(.+) 総括表"}}
""", [("census", [
    {"region": "北", "day": "2020-10-01", "people": 10500, "growth": 0.01, "title": "人口", "_cell": "人口!A4"},
    {"region": "北", "day": "2021-10-01", "people": 11000, "growth": 11, "title": "人口", "_cell": "人口!A5"},
    {"region": "南", "day": "2020-10-01", "people": -2, "growth": None, "title": "人口", "_cell": "人口!A6"},
])])

# 6. Texts: CP932 with its own characters and a NUL, UTF-16 with tabs, EUC-JP.
lines = ["受注一覧\r\n", "\r\n", "No,得意先,金額(千円),期間,備考\r\n", "1,髙橋∥商店,\"1,000\",3～5日,①至急\r\n", "2,﨑陽軒,−5,－,\0あり\r\n", "2,重複,1,1,\r\n"]
with open("orders.csv", "wb") as f:
    f.write("".join(lines).replace("−", "－").encode("cp932"))
save("orders", """
import: orders
encoding: cp932
tables:
  - into: orders
    start: No
    columns:
      no: {from: "No", type: integer}
      customer: {from: 得意先, one_of: [髙橋∥商店, 﨑陽軒, 重複]}
      amount: {from: 金額, type: integer, unit: 円}
      days: {from: 期間, type: integer}
      note: {from: 備考, type: raw}
    key: [no]
""", [("orders", [
    {"no": 1, "customer": "髙橋∥商店", "amount": 1000, "days": None, "note": "①至急", "_cell": "orders!A4"},
    {"no": 2, "customer": "﨑陽軒", "amount": -5, "days": None, "note": "あり", "_cell": "orders!A5"},
])], [["orders!C3", "unit_mismatch"], ["orders!D4", "not_a_number"], ["orders!A6", "duplicate_key"]])

# 7. The same in other encodings and with tabs.
rows = "日付\t気温（℃）\t天気\n2024/1/5\t−3.5\t雪①\n令和6年1月6日\t１０\t晴れ\n"
for name, encoding in [("weather_utf16.tsv", "utf-16"), ("weather_euc.txt", "euc_jp"), ("weather.csv", "utf-8-sig")]:
    text_rows = rows if encoding != "euc_jp" else rows.replace("①", "").replace("−", "-").replace("℃", "度")
    with open(name, "wb") as f:
        f.write(text_rows.encode(encoding))
