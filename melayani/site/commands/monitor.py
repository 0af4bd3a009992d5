# SPDX-License-Identifier: EUPL-1.2
"""`melayani monitor`: keeps an eye on a log from outside, without a database or trust in whoever runs it."""

import time
from pathlib import Path

import click

from melayani.ground.clock import jakarta, now
from melayani.ground.errors import Refused
from melayani.ledger.encodings import write_base64
from melayani.ledger.vkeys import COSIGNATURE, VerifierKey, parse_vkey
from melayani.site.alarms import Alarm, MemoryBroken
from melayani.site.console import BadInput, Failed
from melayani.site.fetching import Server, Unreachable
from melayani.site.monitoring import Memory, look
from melayani.site.probing import Probe, probe

# Each probe is a case that somebody has to close.
LEAST_BETWEEN_PROBES = 3600.0


@click.command()
@click.argument("url")
@click.option(
    "--vkey", "vkeys", multiple=True, required=True, help="Verifier key of the log; several while it changes."
)
@click.option(
    "--memory", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File for what was seen last."
)
@click.option("--once", is_flag=True, help="Look once (the default).")
@click.option("--every", type=click.FloatRange(1, 86_400), help="Look again and again, after so many seconds.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the entries and for proofs of what the log says of itself, to give them back one day.",
)
@click.option("--probe", "probing", is_flag=True, help="File a test case too, and wait for its proof.")
@click.option(
    "--api-key", help="Key of a client, for the probe.  [env: MELAYANI_PROBE_KEY]", envvar="MELAYANI_PROBE_KEY"
)
@click.option("--service", help="Code of a service without required questions, for the probe.")
@click.option("--place", help="Code of a village, for the probe.")
def monitor(  # noqa: PLR0917  # click passes them by name
    url: str,
    vkeys: tuple[str, ...],
    memory: Path,
    once: bool,
    every: float | None,
    keep: Path | None,
    probing: bool,
    api_key: str | None,
    service: str | None,
    place: str | None,
) -> None:
    """Check that the log at URL continues what it signed before. Reads only its public files.

    Exit 1 with one line when it shrank, forked, changed, or is not signed by the key: then the checkpoint lies beside
    the memory as evidence (.bukti). Keys come from somebody you trust, or from /ledger/keys on the first day.
    """
    if once and every is not None:
        raise BadInput("Pilih --once atau --every, bukan keduanya.")
    what = _what(probing, api_key=api_key, service=service, place=place, every=every)
    server, keys, seen_before = _server(url), keys_of(vkeys), Memory(memory.absolute())
    while True:
        try:
            _round(server, keys=keys, memory=seen_before, keep=keep, what=what)
        except Alarm as alarm:
            raise _cried(alarm, seen_before) from alarm
        except MemoryBroken as broken:
            raise BadInput(broken.message) from broken
        except Unreachable as unreachable:
            # Once it is a failure; while watching, a server that is away says nothing about its log.
            if every is None:
                raise Failed(unreachable.message) from unreachable
            click.echo(f"{_moment()} TIDAK TERBACA: {unreachable.message}", err=True)
        if every is None:
            return
        time.sleep(every)


def _round(server: Server, *, keys: list[VerifierKey], memory: Memory, keep: Path | None, what: Probe | None) -> None:
    """One look, one line; with a probe another."""
    seen = look(server, keys=keys, memory=memory, at=now(), keep=keep)
    tree = seen.checkpoint
    before = "pertama kali dilihat" if seen.before is None else f"melanjutkan {seen.before}"
    kept = f", berkas disimpan: {seen.kept}, pernyataan terbukti: {seen.statements}" if keep is not None else ""
    click.echo(f"{_moment()} COCOK: {tree.size} catatan, {before}, akar {write_base64(tree.root)}{kept}")
    if what is not None:
        probed = probe(server, keys=keys, what=what)
        promised = "sesuai janji" if probed.promised else "tanpa janji"
        click.echo(f"{_moment()} UJI: {probed.number} terbukti sesudah {probed.seconds:.1f} detik, {promised}")


def _cried(alarm: Alarm, memory: Memory) -> Failed:
    """The one line of an alarm; the evidence is kept first."""
    kept = f" Buktinya: {memory.keep_evidence(alarm.note)}" if alarm.note else ""
    return Failed(f"PERINGATAN. {alarm.message}{kept}")


def _moment() -> str:
    return jakarta(now()).isoformat(timespec="seconds")


def _server(url: str) -> Server:
    try:
        return Server(url)
    except ValueError as error:
        raise BadInput("URL harus alamat layanan seperti https://lapor.contoh.go.id") from error


def keys_of(vkeys: tuple[str, ...]) -> list[VerifierKey]:
    """The keys of one log. Raises `BadInput` for a key that cannot be read, signs no log, or is another log's."""
    try:
        keys = [parse_vkey(vkey) for vkey in vkeys]
    except Refused as refused:
        raise BadInput(refused.message) from refused
    if any(key.kind == COSIGNATURE for key in keys) or len({key.name for key in keys}) > 1:
        raise BadInput("--vkey harus kunci dari satu buku besar, bukan kunci saksi.")
    return keys


def _what(
    probing: bool, *, api_key: str | None, service: str | None, place: str | None, every: float | None
) -> Probe | None:
    if not probing:
        return None
    if not (api_key and service and place):
        raise BadInput("--probe memerlukan --api-key, --service dan --place.")
    if every is not None and every < LEAST_BETWEEN_PROBES:
        raise BadInput("Dengan --probe, --every paling sedikit 3600 detik: setiap uji adalah satu kasus.")
    return Probe(api_key=api_key, service=service, place=place)
