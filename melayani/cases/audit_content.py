# SPDX-License-Identifier: EUPL-1.2
"""Auditing what is sealed, shown or attached to a case: texts, contacts, files and people who joined.

Everything opens under the key of the case and is hashed again with the salt of its act. Differences as in `audit_case`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from melayani.cases import vault
from melayani.cases.audit_case import UNREADABLE, Act, Found, Reading
from melayani.cases.audit_rows import Row
from melayani.cases.files import SMALL, path_of
from melayani.cases.rules import EventKind, FileKind
from melayani.ground.canonical_json import Json, canonical_json
from melayani.ground.photos import PDF_MARK
from melayani.ground.sealing import KEY_BYTES, NONCE_BYTES, open_sealed
from melayani.ledger.auditing import hashed

# A sealed file is longer than what it holds by the nonce and the tag.
SEAL_BYTES = NONCE_BYTES + 16
# The public point is rounded to three decimals, the sealed one has six.
NEAR = 0.000501


@dataclass(frozen=True)
class Depth:
    """How far the audit goes: `sealed` opens texts and contacts (needs the master key), `files` every photo and PDF."""

    sealed: bool = True
    files: bool = False


@dataclass(frozen=True)
class _Shown:
    """What the public may read of a text: as `act` released it, or nothing."""

    act: Act | None = None
    masked: bool = False


def content_differences(reading: Reading, *, depth: Depth) -> Iterator[Found]:
    """What is sealed, shown or attached against what the events say of it."""
    key = None
    if depth.sealed:
        key, wrong = _case_key(reading)
        yield from ((None, column) for column in wrong)
    yield from _plain_columns(reading)
    shown = _shown_texts(reading)
    for act in reading.acts:
        sequence = act.row.sequence
        try:
            yield from ((sequence, column) for column in _text_differences(reading, act, key=key))
            yield from ((sequence, column) for column in _shown_differences(act, shown.get(sequence, _Shown())))
        except UNREADABLE:
            yield sequence, "text.sealed"
    if key is not None:
        yield from _contact_differences(reading, key)
    yield from _file_differences(reading, key=key, depth=depth)
    yield from _party_differences(reading, key=key)


def _case_key(reading: Reading) -> tuple[bytes | None, list[str]]:
    """The key of the case, or what is wrong about it."""
    kept = reading.rows.vault
    if kept is None:
        return None, ["vault.case"]
    if reading.erased_by is not None:
        return None, [f"vault.{name}" for name in ("wrapped_key", "contact") if kept[name] is not None]
    try:
        return vault.unwrapped(wrapped=kept["wrapped_key"], stream=reading.rows.case["stream"]), []
    except UNREADABLE:
        return None, ["vault.wrapped_key"]


def _plain_columns(reading: Reading) -> Iterator[Found]:
    """Which master key wraps the case's, and what an erasure must leave empty."""
    kept, case = reading.rows.vault, reading.rows.case
    if kept is not None and kept["key_id"] != vault.MASTER_KEY_ID:
        yield None, "vault.key_id"
    if reading.erased_by is not None:
        yield from ((None, name) for name in ("latitude", "longitude", "why") if case[name] not in (None, ""))


def _text_differences(reading: Reading, act: Act, *, key: bytes | None) -> Iterator[str]:
    """The text is there exactly when the event says so, opens, and is what the event says."""
    row, said = act.row, act.said
    expected = not reading.is_erased(row.sequence) and (row.kind == EventKind.FILED or "text" in said or "more" in said)
    if (row.text_event is not None) != expected:
        yield "text.event"
        return
    if not expected:
        return
    if row.sealed is None:
        yield "text.sealed"
        return
    if key is None or row.entry.salt is None:
        return
    stream = reading.rows.case["stream"]
    content = vault.open_text(key=key, stream=stream, sequence=row.sequence, sealed=row.sealed)
    text, salt = str(content.pop("text")), row.entry.salt
    if row.kind == EventKind.FILED:
        same = hashed(salt, text) == said.get("text") and _of(salt, content) == said.get("detail")
        yield from _point_differences(reading.rows.case, content)
    else:
        more = hashed(salt, canonical_json(_json(content)).decode()) if content else None
        same = (hashed(salt, text) if text else None) == said.get("text") and more == said.get("more")
    if not same:
        yield "text.sealed"


def _of(salt: bytes, content: Mapping[str, object]) -> str | None:
    """How details and contacts stand in an event."""
    return hashed(salt, json.dumps(content, sort_keys=True)) if content else None


def _json(content: Mapping[str, Any]) -> Mapping[str, Json]:
    return content


def _point_differences(case: Row, content: Mapping[str, object]) -> Iterator[str]:
    """The public point is the sealed one, rounded."""
    for name in ("latitude", "longitude"):
        exact, rounded = content.get(name), case[name]
        if exact is None and rounded is None:
            continue
        if exact is None or not isinstance(rounded, int | float) or rounded != round(rounded, 3) or not (
            abs(rounded - float(str(exact))) <= NEAR
        ):  # fmt: skip
            yield name


def _shown_texts(reading: Reading) -> dict[int, _Shown]:
    """What the public may read of each act, by its sequence, after all releases."""
    shown: dict[int, _Shown] = {}
    for act in reading.acts:
        if act.said.get("released") is True:
            shown[act.row.sequence] = _Shown(act=act)
        of = act.said.get("of")
        if isinstance(of, int) and act.row.kind == EventKind.RELEASED:
            shown[of] = _Shown(act=act, masked=True)
        if isinstance(of, int) and act.row.kind == EventKind.HELD:
            shown[of] = _Shown()
    return shown


def _shown_differences(act: Act, shown: _Shown) -> Iterator[str]:
    row = act.row
    if row.text_event is None:
        return
    if shown.act is None:
        yield from (["text.released"] if row.released is not None else [])
        yield from (["text.released_media_url"] if row.released_media_url != "" else [])
        return
    salt, said = shown.act.row.entry.salt, shown.act.said
    if salt is None:
        return
    if row.released is None or hashed(salt, row.released) != said.get("masked" if shown.masked else "text"):
        yield "text.released"
    media = said.get("media") == hashed(salt, str(row.released_media_url)) if shown.masked else (
        row.released_media_url == ""
    )  # fmt: skip
    if not media:
        yield "text.released_media_url"


def _contact_differences(reading: Reading, key: bytes) -> Iterator[Found]:
    """The contact of the citizen is the one of the filing."""
    if not reading.acts:
        return
    filed, kept = reading.acts[0], (reading.rows.vault or {}).get("contact")
    salt = filed.row.entry.salt
    try:
        contact = {} if kept is None else vault.open_contact(key=key, stream=reading.rows.case["stream"], sealed=kept)
        if salt is not None and _of(salt, contact) != filed.said.get("contact"):
            yield None, "vault.contact"
    except UNREADABLE:
        yield None, "vault.contact"


def _file_differences(reading: Reading, *, key: bytes | None, depth: Depth) -> Iterator[Found]:
    """Every hash of a file in an event has its row and its file, in order, shown exactly as the events say."""
    acts = {act.row.entry_id: act for act in reading.acts}
    by_act: dict[int, list[Row]] = {}
    for row in reading.rows.files:
        if row["event_id"] in acts:
            by_act.setdefault(row["event_id"], []).append(row)
        else:
            yield None, "attachment.event"
    shown = _shown_files(reading)
    for act in reading.acts:
        sequence, rows = act.row.sequence, by_act.get(act.row.entry_id, [])
        if reading.is_erased(sequence):
            yield from ((sequence, "attachment.wrapped_key") for row in rows if row["wrapped_key"] is not None)
            yield from ((sequence, "attachment.released") for row in rows if row["released"])
            continue
        told = act.said.get("files") or []
        count = len(told) if isinstance(told, list) else 0
        if sorted(row["position"] for row in rows) != list(range(count)):
            yield sequence, "attachment.position"
            continue
        for row in rows:
            if row["released"] != shown.get((sequence, row["position"]), False):
                yield sequence, "attachment.released"
            yield from ((sequence, column) for column in _one_file(row, act, key=key, deep=depth.files))


def _shown_files(reading: Reading) -> dict[tuple[int, int], bool]:
    """Which files everybody may see, by act and place, after all releases."""
    shown: dict[tuple[int, int], bool] = {}
    for act in reading.acts:
        told, of, file = act.said.get("files"), act.said.get("of"), act.said.get("file")
        if isinstance(told, list) and act.said.get("released") is True:
            shown |= {(act.row.sequence, place): True for place in range(len(told))}
        if isinstance(of, int) and isinstance(file, int):
            shown[of, file] = act.row.kind == EventKind.FILE_RELEASED
    return shown


def _one_file(row: Row, act: Act, *, key: bytes | None, deep: bool) -> Iterator[str]:
    """The key opens, the file lies where it belongs and is as long as it should be; `deep`: it is what was sent."""
    file = path_of(str(row["name"]))
    try:
        size = file.stat().st_size
        small = path_of(f"{row['name']}.{SMALL}").exists()
    except (OSError, ValueError):
        yield "file"
        return
    if size != row["size"] + SEAL_BYTES:
        yield "attachment.size"
    if small != (row["kind"] == FileKind.PHOTO):
        yield "attachment.kind"
    if key is None:
        return
    try:
        own = open_sealed(key=key, sealed=row["wrapped_key"], field=f"attachment/{row['name']}")
        if len(own) != KEY_BYTES:
            yield "attachment.wrapped_key"
            return
    except UNREADABLE:
        yield "attachment.wrapped_key"
        return
    if deep and not _is_what_was_sent(row, act, own):
        yield "file"


def _is_what_was_sent(row: Row, act: Act, own: bytes) -> bool:
    try:
        content = open_sealed(key=own, sealed=path_of(row["name"]).read_bytes(), field=f"file/{row['name']}")
    except UNREADABLE:
        return False
    told, salt = act.said.get("files"), act.row.entry.salt
    digest = hashlib.sha256(content).hexdigest()
    bound = isinstance(told, list) and salt is not None and told[row["position"]] == hashed(salt, digest)
    return bound and content.startswith(PDF_MARK) == (row["kind"] == FileKind.PDF)


def _party_differences(reading: Reading, *, key: bytes | None) -> Iterator[Found]:
    """Who joined is there once for each joining, with the contact that was given."""
    joined = {act.row.entry_id: act for act in reading.acts if act.row.kind == EventKind.JOINED}
    rows = {row["event_id"]: row for row in reading.rows.parties}
    yield from ((joined[event].row.sequence, "party.event") for event in joined.keys() - rows.keys())
    yield from ((None, "party.event") for _ in rows.keys() - joined.keys())
    for event in joined.keys() & rows.keys():
        act, sealed = joined[event], rows[event]["contact"]
        if (sealed is not None) != ("contact" in act.said) or not _same_contact(reading, act, sealed, key):
            yield act.row.sequence, "party.contact"


def _same_contact(reading: Reading, act: Act, sealed: bytes | None, key: bytes | None) -> bool:
    if sealed is None or key is None:
        return True
    # Bound to the case and to the joining, as `parties.join_case` does.
    whose = reading.rows.case["stream"] + act.row.sequence.to_bytes(4, "big")
    try:
        contact = vault.open_contact(key=key, stream=whose, sealed=sealed)
    except UNREADABLE:
        return False
    return act.row.entry.salt is not None and _of(act.row.entry.salt, contact) == act.said.get("contact")
