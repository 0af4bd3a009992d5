# SPDX-License-Identifier: EUPL-1.2
"""The public keys of an instance in words that a machine reads too: a policy that others can keep as it is."""

from collections.abc import Iterator
from pathlib import Path

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.keys import LOG_KEY_FILE, WITNESS_KEY_FILE, log_key, promise_key, witness_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.note import split_note
from melayani.ledger.policy import MOST_POLICY_BYTES, parse_policy
from melayani.site.console import BadInput

LOG, COMMENT = "log ", "# "


def policy_text(*, keys: Path, ledger: Path, policy: Path) -> str:
    """A policy (C2SP tlog-policy): log keys, then witnesses and quorum as the instance's own policy has them.

    Keys that are no log keys stand in comments. Raises `KeysRefused` when keys cannot be read and `BadInput` for a
    damaged policy.
    """
    text = "".join(f"{line}\n" for line in (*_own(keys, ledger), *_witnesses(policy)))
    parse_policy(text.encode())
    return text


def _own(keys: Path, ledger: Path) -> Iterator[str]:
    """The lines of our own keys. As they are published, so that a change under way is told as it stands."""
    if (keys / WITNESS_KEY_FILE).exists():
        key = witness_key(keys)
        yield f"{COMMENT}witness {key.name} {key.vkey}"
        if not (keys / LOG_KEY_FILE).exists():
            return
    lines = [f"log {log_key(keys).vkey}", f"promise {promise_key(keys).vkey}"]
    published = (LogFiles(ledger).keys() or b"").decode("utf-8", "replace").splitlines()
    # Before the first seal, or with keys that the sealer has not taken up yet, the files count.
    for line in published if lines[0] in published else lines:
        yield line if line.startswith(LOG) else f"{COMMENT}{line}"


def _witnesses(policy: Path) -> Iterator[str]:
    """The lines of the instance's policy that are not of logs; "quorum none" without one."""
    try:
        with policy.open("rb") as opened:
            content = opened.read(MOST_POLICY_BYTES + 1)
    except FileNotFoundError:
        yield "quorum none"
        return
    try:
        parse_policy(content)
    except Refused as refused:
        raise BadInput(refused.message) from refused
    for line in content.decode("utf-8", "replace").splitlines():
        if line.split()[:1] != ["log"]:
            yield line


def published_origin(ledger: Path) -> str | None:
    """The name of the log whose checkpoint lies in the folder; None without one."""
    note = LogFiles(ledger).published()
    try:
        return None if note is None else parse_checkpoint(split_note(note).text).origin
    except Refused:
        return None
