"""Words for batches of codes: their states, why a line or a file was refused, what a code is worth."""

from __future__ import annotations

from runtime.i18n import mark

BATCH_STATE = {
    "rehearsing": mark("being checked"),
    "ready": mark("checked, not imported yet"),
    "committing": mark("being imported"),
    "generating": mark("being made"),
    "loaded": mark("imported"),
    "refused": mark("refused"),
    "discarding": mark("being discarded"),
    "discarded": mark("discarded"),
    "taking_back": mark("being taken back"),
    "taken_back": mark("taken back"),
}
BATCH_ICONS = {
    "ready": "eye",
    "loaded": "circle-check",
    "refused": "alert-triangle",
    "discarded": "trash",
    "taken_back": "corner-up-left",
}

FILES = {
    "too_large": mark("The file is over 16 MiB; split it."),
    "too_many_rows": mark(
        "A file may hold at most 100,000 rows; split it and import the parts one after another."
    ),
    "empty": mark("The file holds no rows."),
    "encoding": mark("The text is neither UTF-8 nor Big5 nor Shift-JIS; save it as CSV UTF-8."),
    "broken_text": mark(
        "The rows cannot be told apart: a quotation mark is probably never closed."
    ),
    "broken_sheet": mark("The spreadsheet cannot be read; save it again as .xlsx or CSV UTF-8."),
    "old_sheet": mark("This is an old Excel file; save it as .xlsx or CSV UTF-8."),
    "not_text": mark("This is neither a CSV file nor an .xlsx spreadsheet."),
    "bomb": mark(
        "The spreadsheet unpacks to far more than codes need; save the codes alone as CSV UTF-8."
    ),
    "file_gone": mark("The uploaded file is no longer there; upload it again."),
}
LINES = {
    "blank": mark("nothing stands there"),
    "long": mark("longer than 100 characters"),
    "control": mark("a control character in it"),
    "checksum": mark("the check digit is wrong"),
    "check_digit": mark("12 digits without their EAN-13 check digit"),
    "symbology": mark("this coupon's barcode cannot carry it"),
    "line_points": mark("not a LINE POINTS serial"),
    "columns": mark("not as many codes as this coupon has columns"),
    "changed": mark("changed by the spreadsheet: a rounded number, a date, an error"),
    "repeated": mark("stands earlier in this file"),
    "stored": mark("already stored"),
}
CARRIES = {
    "code_39": mark(
        "CODE_39 carries up to 24 capital letters, digits, spaces and - . $ / + %% in each code."
    ),
    "code_128": mark(
        "CODE_128 carries up to 40 Latin letters, digits and signs without accents in each code."
    ),
    "ean_13": mark("EAN-13 carries 13 digits; the last one is their check digit."),
}
FORMATS = {
    "": mark("no barcode"),
    "qr": "QR",
    "code_39": "CODE_39",
    "code_128": "CODE_128",
    "ean_13": "EAN-13",
}
MODES = {
    "fixed": mark("one code for everybody"),
    "pack": mark("codes from files"),
    "generated": mark("codes made beforehand"),
    "random": mark("a code made at each claim"),
}

CODE_STATE = {
    "free": mark("free"),
    "issued": mark("with a customer"),
    "redeemed": mark("redeemed"),
    "voided": mark("revoked"),
    "given_away": mark("given away"),
    "void": mark("never to be given"),
    "withdrawn": mark("held back"),
    "unmade": mark("not given yet"),
    "disabled": mark("disabled"),
}

CHOOSE_FILE = mark("Choose a file first.")
NO_PACK = mark("This coupon takes no codes from files.")
HOW_MANY = mark("Write how many codes, from 1 to 100,000.")
