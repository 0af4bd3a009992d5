# SPDX-License-Identifier: EUPL-1.2
"""`melayani seed`: synthetic cases in bulk, for load tests."""

import time
from pathlib import Path

import click

from melayani.ground.clock import now
from melayani.site.console import data_option, open_instance, progress


@click.command()
@data_option
@click.option("--cases", required=True, type=click.IntRange(1, 20_000_000), help="How many.")
@click.option("--seed", default=1, show_default=True, help="The same seed on the same day makes the same cases.")
def seed(data: Path | None, cases: int, seed: int) -> None:
    """Add synthetic cases with full histories, in bulk. For load tests only: they can not be told from real ones."""
    open_instance(data)
    from melayani.site.seed import seed_cases

    started = time.monotonic()
    with progress("Kasus", total=cases) as tell:
        seed_cases(cases=cases, seed=seed, at=now().replace(microsecond=0), tell=tell)
    seconds = time.monotonic() - started
    click.echo(f"{cases} kasus dalam {seconds:.1f} detik: {cases / seconds:.0f} kasus per detik")
