# SPDX-License-Identifier: EUPL-1.2
"""The addresses of the log. They are the files of C2SP tlog-tiles, so that any server could hold them."""

from django.urls import URLPattern, path

from melayani.api.ledger import files, proofs

urlpatterns: list[URLPattern] = [
    path("ledger/checkpoint", files.checkpoint, name="ledger-checkpoint"),
    path("ledger/keys", files.keys, name="ledger-keys"),
    path("ledger/tile/<path:path>", files.tile, name="ledger-tile"),
    path("ledger/consistency", proofs.consistency, name="ledger-consistency"),
    path("ledger/proof/<str:number>", proofs.proof, name="ledger-proof"),
    path("ledger/proof/<str:number>/<str:sequence>", proofs.proof, name="ledger-proof-of"),
]
