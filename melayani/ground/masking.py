# SPDX-License-Identifier: EUPL-1.2
"""A suggestion of what to hide before a text is shown to everybody: numbers and addresses that point to one person.

Only a suggestion: an officer reads it and may hide more (names, house numbers) or show again what is harmless.
"""

import re
from collections.abc import Callable

EMAIL = "[surel disamarkan]"
NIK = "[NIK disamarkan]"
NPWP = "[NPWP disamarkan]"
PHONE = "[nomor telepon disamarkan]"
ACCOUNT = "[nomor rekening disamarkan]"
PLATE = "[pelat nomor disamarkan]"
NUMBER = "[nomor disamarkan]"

_email = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")

# NPWP: 15 digits as 99.999.999.9-999.999, or any 15 or 16 digits after the word (since 2024 it may be the NIK).
_npwp_written = re.compile(r"(?<!\d)\d{2}\.\d{3}\.\d{3}\.\d-?\d{3}\.\d{3}(?!\d)")
_npwp_named = re.compile(r"\b(npwp\b[^\d\n]{0,15})\d(?:[ .-]?\d){14,15}(?!\d)", re.IGNORECASE)

# Sixteen digits, together or in groups: NIK, and the number of a family card, which has the same form.
_nik = re.compile(r"(?<!\d)(?:\d{4}(?:[ .-]?\d{4}){3}|\d{6}[ .-]?\d{6}[ .-]?\d{4})(?!\d)")

# Mobile numbers start 08 or +628; lines at home have an area code of three or four digits (021, 031, 0341).
_mobile = re.compile(r"(?<!\d)(?:\(?\+?62\)?|0)[ .-]?8\d{1,3}(?:[ .-]?\d{2,5}){1,4}(?!\d)")
_landline = re.compile(
    r"(?<!\d)(?:\(0[2-9]\d{1,2}\)|0[2-9]\d{1,2}|\+62[ .-]?[2-9]\d{1,2})[ .-]?\d{3,4}[ .-]?\d{3,4}(?![\d.,]?\d)"
)

# Eight to eighteen digits soon after the word for an account or the name of a bank; sums of money are no account.
_account = re.compile(
    r"\b((?:no(?:mor)?\.? ?rek(?:ening)?|rek(?:ening)?|norek|bca|bri|bni|btn|bsi|mandiri|bank jatim)\b"
    r"[^\d\n]{0,25}?(?<!rp)(?<!rp )(?<!rp\.)(?<!rp\. ))(?<!\d)\d(?:[ .-]?\d){7,17}(?!\d)",
    re.IGNORECASE,
)

# Area letters of Indonesian number plates; RT, RW and other abbreviations are not among them.
_AREAS = (
    "AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|DS|DT|DW|EA|EB|ED|"
    "KB|KH|KT|KU|PA|PB|A|B|D|E|F|G|H|K|L|M|N|P|R|S|T|W|Z"
)
_plate = re.compile(rf"(?<![\w])(?:{_AREAS})[ -]?(\d{{1,4}})[ -]?([A-Z]{{1,3}})(?!\w)", re.IGNORECASE)
# Short words that follow a number in a sentence and are no letters of a plate.
_no_plate = re.compile(r"[ckm]?m|kg|g|ha|kva?|va|kw|di|ke|dan|r[twb]|no|kk|jt|org|rp|[ap]m|wib", re.IGNORECASE)

# What is left of nine or more digits on end: account, card, contract or customer numbers.
_long = re.compile(r"(?<![\d.,])\d{9,}(?!\d|[.,]\d)")


def masked_text(text: str) -> str:
    """`text` with e-mail addresses, NIK, NPWP, telephone, account and plate numbers replaced by words in brackets.

    Masking again changes nothing. Names and addresses stay: no pattern knows them for sure.
    """
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    return text


def _plate_or_not(found: re.Match[str]) -> str:
    digits, letters = found.group(1), found.group(2)
    written_large = found.group(0).isupper()
    if _no_plate.fullmatch(letters) or (not written_large and len(digits) < 3):
        return found.group(0)
    return PLATE


def _after_its_word(mask: str) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        return f"{found.group(1)}{mask}"

    return replace


_STEPS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_email, EMAIL),
    (_npwp_written, NPWP),
    (_npwp_named, _after_its_word(NPWP)),
    (_account, _after_its_word(ACCOUNT)),
    (_nik, NIK),
    (_mobile, PHONE),
    (_landline, PHONE),
    (_plate, _plate_or_not),
    (_long, NUMBER),
)
