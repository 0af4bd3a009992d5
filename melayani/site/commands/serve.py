# SPDX-License-Identifier: EUPL-1.2
"""`melayani serve`, `web` and `work`: the running instance, whole or in its two halves."""

import os
from pathlib import Path

import click

from melayani.site.console import Failed, data_option, instance_folder, open_instance
from melayani.site.processes import Child, Stopping, follow_supervisor, supervise

HOST = "127.0.0.1"
PORT = 8000
host_option = click.option("--host", default=HOST, show_default=True, help="Address to listen on; a proxy brings TLS.")
port_option = click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
workers_option = click.option(
    "--workers", type=click.IntRange(1, 64), help="Web workers.  [default: MELAYANI_WORKERS, else the cores]"
)


@click.command()
@data_option
@host_option
@port_option
@workers_option
def serve(data: Path | None, host: str, port: int, workers: int | None) -> int:
    """Run the web workers and the worker until SIGTERM or SIGINT.

    The worker is started again when it dies; when the web workers die, everything stops with 1.
    """
    refused = refusal(data)
    if refused:
        return refused
    return serve_instance(instance_folder(data), host=host, port=port, workers=workers)


def refusal(data: Path | None) -> int:
    """0 when the instance can be opened; else the exit code, and why is said once instead of by each half.

    Looked at in a process that ends: this one only supervises, and need not hold Django.
    """
    looking = os.fork()
    if not looking:
        open_instance(data)
        os._exit(0)
    _, status = os.waitpid(looking, 0)
    return abs(os.waitstatus_to_exitcode(status))


def serve_instance(folder: Path, *, host: str, port: int, workers: int | None = None) -> int:
    """Runs both halves on the instance in `folder` until asked to stop; answers the exit code."""
    where = ("--data", str(folder))
    many = ("--workers", str(workers)) if workers else ()
    return supervise(
        [
            Child("web", ("web", *where, "--host", host, "--port", str(port), *many), vital=True),
            Child("work", ("work", *where), vital=False),
        ]
    )


@click.command()
@data_option
@host_option
@port_option
@workers_option
def web(data: Path | None, host: str, port: int, workers: int | None) -> int:
    """Run only the web workers. Many may run beside each other on PostgreSQL."""
    follow_supervisor()
    open_instance(data)
    check_port(host, port)
    from melayani.site.static_files import collect_static
    from melayani.site.web import check_keys, default_workers, serve_web

    check_keys()
    collect_static()
    return serve_web(host=host, port=port, workers=workers or default_workers())


@click.command()
@data_option
def work(data: Path | None) -> int:
    """Run only the worker: positions, readers, and what time brings. One works, further ones stand by."""
    stopping = Stopping()
    stopping.watch()
    follow_supervisor()
    open_instance(data)
    from melayani.site.worker import work_until
    from melayani.site.worker_lock import worker_lock

    work_until(stopping, lock=worker_lock())
    return 0


def check_port(host: str, port: int) -> None:
    """Raises `Failed` when somebody listens there already: the workers share the port and would not notice."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise Failed(f"Tidak dapat memakai {host}:{port}: {error.strerror}. Pilih --port lain.") from error
