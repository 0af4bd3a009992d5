# SPDX-License-Identifier: EUPL-1.2
"""The web workers: granian on loopback, behind a proxy. No access log: it would hold addresses of visitors."""

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.db import connection, connections
from django.urls import get_resolver
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from melayani.ledger.keys import master_key, promise_key
from melayani.site.console import Failed
from melayani.site.doorway import INSIDE, Doorway
from melayani.site.environment import workers as workers_said
from melayani.site.processes import follow

WARMED = ("/", "/lapor", "/kasus", "/layanan", "/lacak", "/masuk", "/en/", "/jv/", "/open311/v2/services.json")
STOPPING = (signal.SIGTERM, signal.SIGINT)
KILL_AFTER_SECONDS = 10


class Server(MPServer):
    """granian's server, whose workers can be stopped at every instant.

    A forked worker inherits the handlers of its parent until it sets its own; a SIGTERM between would be swallowed and
    the parent would wait for ever. So the signals are held while forking, and the worker lets them in when they can end
    it (`let_signals_end_it`).
    """

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        with _signals_held():
            super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's own lacks types

    def _respawn_workers(self, workers: Any, spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        with _signals_held():
            super()._respawn_workers(workers, spawn_target, target_loader, delay)


@contextmanager
def _signals_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve_web(*, host: str, port: int, workers: int) -> int:
    """Answers requests on `host:port` until asked to stop; answers the exit code.

    The application is loaded before the workers fork, so that they share its memory.
    """
    # The loaded application goes to the workers by the fork; newer Pythons would start them afresh.
    multiprocessing.set_start_method("fork", force=True)
    server = Server(
        "melayani.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=workers,
        # Two threads of one process starve each other at SQLite's write lane (PERF).
        blocking_threads=1 if connection.vendor == "sqlite" else 2,
        blocking_threads_idle_timeout=600,
        # Who is let in by the server; what becomes of the others, the doorway says.
        backpressure=INSIDE,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER_SECONDS,
    )
    try:
        server.serve(target_loader=loaded_application(), wrap_loader=False)
    except SystemExit:
        # granian leaves with 1 when a worker died; a worker that fell to the same Ctrl-C is no failure.
        return 0 if server.interrupt_signal else 1
    return 0


def loaded_application() -> Callable[[], Any]:
    """What a worker calls after its fork to get the application; loads it now."""
    from melayani.site.wsgi import application  # noqa: PLC0415  # building it takes a second: only when serving

    assert get_resolver().url_patterns  # noqa: S101  # loads all pages before the fork
    warm(application)
    doorway = Doorway(application)
    connections.close_all()
    # What is there now is never looked at by the collector again, so its memory stays shared after the fork.
    gc.collect()
    gc.freeze()
    parent = os.getpid()

    def in_worker() -> Any:
        let_signals_end_it()
        follow(parent)
        return doorway

    return in_worker


def warm(application: Any) -> None:
    """Templates, catalogues and reference data are loaded once, before the fork, by asking for a few pages."""
    for address in WARMED:
        application(plain_get(address), lambda *_: None).close()


def plain_get(address: str) -> dict[str, Any]:
    """A plain GET of the address, as a server would hand it over."""
    environ: dict[str, Any] = {"PATH_INFO": address, "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1"}
    setup_testing_defaults(environ)
    return environ


def let_signals_end_it() -> None:
    """From now on, until granian sets its own handlers, a signal simply ends this worker."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def default_workers() -> int:
    """MELAYANI_WORKERS, else the number of cores this process may use."""
    said = workers_said(os.environ.get("MELAYANI_WORKERS", "").strip())
    if said:
        return said
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_keys() -> None:
    """Raises `KeysRefused` or `Failed` unless the keys that web processes need are there: master, promise, secret."""
    master_key(settings.KEYS)
    promise_key(settings.KEYS)
    secret = settings.SECRET_KEY_PATH
    if not (secret.is_file() and os.access(secret, os.R_OK)):
        raise Failed(f"Berkas {secret.name} tidak dapat dibaca. Pulihkan folder kunci dari salinan Anda.")
