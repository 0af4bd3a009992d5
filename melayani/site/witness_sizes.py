# SPDX-License-Identifier: EUPL-1.2
"""Asking the witnesses, before a log is continued, whether they have seen more of it than what survived.

An honest witness cosigns what survived only if that continues all it has cosigned before. So its cosignature says: I
have seen nothing beyond. One that has answers with its size (C2SP tlog-witness, 409), which nobody signs: it is enough
to stop, and a witness that lies is taken out of the policy by whoever is sure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings

from melayani.ledger.asking import Post, Reply, ask, http_post
from melayani.ledger.encodings import read_decimal
from melayani.ledger.log_files import Signed
from melayani.ledger.merkle import HashAt
from melayani.ledger.note import split_note
from melayani.ledger.policy import MOST_POLICY_BYTES, NONE, Policy, parse_policy
from melayani.ledger.surviving import NothingSurvived
from melayani.ledger.vkeys import VerifierKey
from melayani.site.sealer import POLICY


class View(StrEnum):
    """What a witness says of the tree that survived."""

    SAME = "same"  # it cosigned it just now: it has seen nothing beyond
    AHEAD = "ahead"  # it has cosigned a larger one
    OTHER = "other"  # it has cosigned one that this is no continuation of
    SILENT = "silent"  # it does not answer, does not know this log, or has no address


@dataclass(frozen=True)
class Heard:
    """What the witness `name` says; `size` is what it cosigned last, where it said so."""

    name: str
    view: View
    size: int | None = None


def policy_here() -> Policy | None:
    """The policy of the instance when it names a witness with an address; else None. Raises `PolicyRefused`."""
    try:
        with (Path(settings.DATA) / POLICY).open("rb") as opened:
            policy = parse_policy(opened.read(MOST_POLICY_BYTES + 1))
    except FileNotFoundError:
        return None
    return policy if policy.urls else None


def ask_witnesses(
    policy: Policy, *, signed: Signed, hash_at: HashAt, post_to: Callable[[str], Post] = http_post
) -> tuple[Heard, ...]:
    """What each witness of the policy says of the tree that was signed last; `hash_at` gives its hashes.

    They may cosign it, which does no harm: it was signed long ago.
    """
    parts = split_note(signed.note)
    own = [line for line in parts.lines if line.name == parts.text.partition("\n")[0]]
    note = f"{parts.text}\n{''.join(map(str, own))}".encode()
    heard = []
    for name, key in policy.witnesses.items():
        url = policy.urls.get(name)
        view, size = (View.SILENT, None) if url is None else _view(note, signed.size, hash_at, key, post_to(url))
        # The bytes of a name need not be UTF-8.
        heard.append(Heard(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), view, size))
    return tuple(heard)


def _view(note: bytes, size: int, hash_at: HashAt, key: VerifierKey, post: Post) -> tuple[View, int | None]:
    replies: list[Reply] = []

    def watched(body: bytes) -> Reply:
        replies.append(post(body))
        return replies[-1]

    if ask(note=note, known=0, hash_at=hash_at, key=key, post=watched).line is not None:
        return View.SAME, size
    last = replies[-1] if replies else Reply(0, b"")
    said = read_decimal(last.body.decode("latin-1").removesuffix("\n")) if last.status == 409 else None
    if said is not None and said > size:
        return View.AHEAD, said
    return (View.OTHER, None) if last.status == 422 else (View.SILENT, None)


def check_newest(heard: Sequence[Heard], *, policy: Policy | None, size: int, sure: bool) -> None:
    """Raises `NothingSurvived` unless the `size` leaves that survived are all that was ever signed, as far as is known.

    A witness that knows of more stops it in any case. If nobody is `sure`, as many witnesses as the quorum asks for
    must have seen this and nothing beyond.
    """
    for each in heard:
        if each.view == View.AHEAD:
            raise NothingSurvived(
                "survived_witness",
                "Saksi %(name)s sudah menyaksikan %(more)s catatan, padahal yang tersisa di sana hanya %(less)s. Cari "
                "salinan yang lebih baru, atau mulailah buku besar baru dengan --new-origin. Bila saksi itu pasti "
                "keliru, keluarkan dari berkas policy.",
                name=each.name,
                more=each.size,
                less=size,
            )
        if each.view == View.OTHER:
            raise NothingSurvived(
                "survived_other",
                "Saksi %(name)s pernah menyaksikan isi lain dengan nama buku besar ini. Jangan teruskan: mulailah buku "
                "besar baru dengan --new-origin. Bila saksi itu pasti keliru, keluarkan dari berkas policy.",
                name=each.name,
            )
    if sure:
        return
    agreed = [each.name for each in heard if each.view == View.SAME]
    if policy is None or policy.quorum == NONE or not policy.is_met(agreed):
        raise NothingSurvived(
            "survived_unsure",
            "Belum cukup saksi yang menyatakan bahwa %(size)s catatan itu yang terakhir: baru %(count)s. Sebutkan "
            "titik periksa terbaru yang diketahui orang lain dengan --checkpoint, atau nyatakan dengan --newest bahwa "
            "salinan itu pasti yang terakhir; bila ragu, pakai --new-origin.",
            size=size,
            count=len(agreed),
        )
