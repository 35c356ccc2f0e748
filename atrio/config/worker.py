"""The worker: runs jobs until it is stopped, hands on those of killed workers, outlives the database's absence."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connections
from procrastinate import App, signals
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker
from psycopg_pool import PoolClosed

from atrio.core.jobs import Again
from atrio.home.errors import forget_dead_connections

logger = logging.getLogger("atrio.worker")
PAUSE = 1  # seconds
AWAY = (ConnectorException, psycopg.OperationalError, psycopg.InterfaceError, PoolClosed)


def work(concurrency: int, revive: Callable[[], object]) -> None:
    """Run jobs until a signal asks to stop; `revive` may start a database that is ours to start."""
    factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    while True:
        with asyncio.Runner(loop_factory=factory) as runner:
            if runner.run(_until_stopped(concurrency)):
                return
        logger.warning("the database is away; the worker begins again")
        time.sleep(PAUSE)
        revive()


def _own_app() -> App:
    """The tasks with connections for the worker itself. Jobs that queue jobs keep the app of everybody else, and with
    it their transaction: a job must not be seen before what it is about."""
    connector: Any = app.connector
    own = App(connector=connector.get_worker_connector())
    own.tasks, own.periodic_registry = app.tasks, app.periodic_registry
    return own


async def _until_stopped(concurrency: int) -> bool:
    """Whether a signal asked to stop; False when the database went away."""
    this: Any = asyncio.current_task()
    asked: list[bool] = []

    def stop() -> None:
        asked.append(True)
        this.cancel()

    def lost(loop, context: dict) -> None:
        # What a job ended with could not be written down: it must not stay with a worker that lives.
        if isinstance(context.get("exception"), AWAY):
            this.cancel()
        loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(lost)
    with signals.on_stop(stop):
        try:
            await _run(concurrency)
        except AWAY as problem:
            logger.warning("%s", problem.__cause__ or problem)
        except asyncio.CancelledError:
            this.uncancel()
    return bool(asked)


async def _run(concurrency: int) -> None:
    await sync_to_async(connections.close_all)()  # of the thread that the app of everybody else uses here
    patience = settings.JOB_PATIENCE
    async with _own_app().open_async() as own:
        reaper = asyncio.create_task(_reap_forever(patience))
        try:
            await own.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                update_heartbeat_interval=patience / 3,
                stalled_worker_timeout=patience,
                delete_jobs="successful",
                task_middleware=[with_fresh_connection],
            )
        finally:
            reaper.cancel()


def with_fresh_connection(work: Callable[[], Any], _context: JobContext, _worker: Worker) -> Any:
    """Around each job: a connection that died under the one before must not fail all others of its thread."""
    connections.close_all()
    try:
        return work()
    except (DatabaseError, ConnectorException):
        forget_dead_connections()
        raise
    finally:
        connections.close_all()


async def reap(seconds: float) -> None:
    """Hand the jobs of workers without a sign of life to living ones."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        try:
            if job.attempts < len(Again.WAITS):
                await app.job_manager.retry_job(job)
            else:  # whoever takes it dies of it
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
        except ConnectorException as problem:
            await _settle_twin(job, problem)
    await app.job_manager.prune_stalled_workers(seconds)


async def _settle_twin(job: Job, problem: ConnectorException) -> None:
    """A stalled job whose successor waits in the queue is not needed; one that another reaper took is not ours."""
    logger.warning("job %s was not handed on: %s", job.id, problem)
    if job.queueing_lock and getattr(problem, "queueing_lock", None) == job.queueing_lock:
        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=False)


async def _reap_forever(patience: float) -> None:
    while True:
        try:
            await reap(patience)
        except AWAY as problem:  # the worker itself will notice, or the next round finds it back
            logger.warning("jobs of killed workers were not looked for: %s", problem.__cause__ or problem)
            await sync_to_async(connections.close_all)()
        await asyncio.sleep(patience / 3)
