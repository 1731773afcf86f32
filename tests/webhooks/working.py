"""`onrecord worker` in processes that begin at once: each is forked from one that has read the program already."""

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.process import BaseProcess

from app import cli
from app.worker import Worker

__all__ = ["Worker"]  # the command reads it only when it runs


def worker(environment: Mapping[str, str]) -> BaseProcess:
    """A started worker with these settings."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", __name__])
    started = context.Process(target=_work, args=(dict(environment),), daemon=True)
    started.start()
    return started


def _work(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    cli.worker()
