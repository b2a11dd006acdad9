"""Batches as a pure function of (seed, step, micro-batch), made ahead by threads.

Threads, because Pillow and torch let go of the interpreter's lock while they decode and resize: they share
the caches, start at once and never meet a forked CUDA context.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime.data.errors import DataError
from vfmc.runtime.data.example import example_batch
from vfmc.runtime.data.making import Host, Maker
from vfmc.runtime.data.reader import CACHE_BYTES
from vfmc.runtime.data.sources.base import Source
from vfmc.runtime.random import key, keys, stream
from vfmc.runtime.tokenize import Tokenizer

__all__ = ["Loader", "evaluation_loader", "example_batch", "part_seed"]

Batch = dict[str, Tensor]

_FEWEST, _MOST = 8, 128  # samples a task
_MOST_WORKERS = 8


def part_seed(seed: int, part: str | None) -> int:
    """The seed of one of several parts: parts draw independently, the part "main" has the run's own seed."""
    return seed if part in (None, "main") else key(seed, stream("parts", part or ""))


def default_workers() -> int:
    """The cores of this process, shared among the ranks of the machine, at most eight."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(_MOST_WORKERS, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))


class _Pending(NamedTuple):
    host: Host  # the tasks fill it
    keys: np.ndarray
    tasks: list[Future[None]]


class Loader:
    """Iterates over the micro-batches of the optimiser steps from `start_step`, for ever or for `steps`
    steps.

    `batch` is the global batch of a step. Its samples stand in the order of their positions: rank r of
    `ranks` takes the r-th contiguous share, and micro-batch m of `accumulate` the m-th share of that. Neither
    this division nor `workers` or `start_step` changes a sample: its id, views, caption and masks depend on
    the seed and its position alone. `workers: 0` computes in the calling thread.

    `wait_seconds` grows by the time that the consumer waited for data, `failures` counts samples that could
    not be read. Raises `DataError` for data that does not fit the contract, or a batch that cannot be
    divided.
    """

    def __init__(
        self,
        data_module: ModuleType,
        phase: str,
        source: Source,
        *,
        seed: int,
        batch: int,
        accumulate: int = 1,
        part: str | None = None,
        fields: Collection[str] | None = None,
        tokenizers: Mapping[str, Tokenizer] | None = None,
        start_step: int = 0,
        steps: int | None = None,
        rank: int = 0,
        ranks: int = 1,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        workers: int | None = None,
        prefetch: int = 3,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        if batch % (ranks * accumulate):
            raise DataError(
                f"a batch of {batch} cannot be divided among {ranks} ranks of {accumulate} micro-batches"
            )
        self.maker = Maker(data_module, phase, source, fields, tokenizers, cache_bytes=cache_bytes)
        self.source, self.seed, self.global_batch, self.accumulate = (
            source,
            part_seed(seed, part),
            batch,
            accumulate,
        )
        self.start_step, self.steps, self.rank, self.ranks = start_step, steps, rank, ranks
        self.micro_batch = batch // (ranks * accumulate)
        if self.maker.mixed and self.micro_batch % 2:
            raise DataError(
                f"the view '{self.maker.mixed[0]}' mixes neighbours, and a micro-batch of {self.micro_batch} does not "
                "pair up: let the batch be even on every rank and in every micro-batch"
            )
        self.device, self.dtype = torch.device(device), dtype
        self.workers = default_workers() if workers is None else workers
        self.prefetch = prefetch
        self._apart = self.device.type != "cpu"  # the device normalises and draws masks
        self.wait_seconds = 0.0

    @property
    def failures(self) -> int:
        return self.maker.read.failures

    def positions(self, step: int, micro: int = 0) -> np.ndarray:
        """The positions of the samples of one micro-batch of this rank, int64 `[B / ranks / accumulate]`."""
        first = step * self.global_batch + (self.rank * self.accumulate + micro) * self.micro_batch
        return np.arange(first, first + self.micro_batch, dtype=np.int64)

    def batch(self, step: int, micro: int = 0) -> Batch:
        """One micro-batch, computed now: what iteration gives at that step."""
        ids, secrets = self._draw(self.positions(step, micro))
        with _one_core():
            host = self._make(ids, secrets)
        return self._finish(host, secrets)

    def _make(self, ids: np.ndarray, secrets: np.ndarray) -> Host:
        """What the workers do: all of it, where the device is the CPU."""
        host = self.maker.make(ids.tolist(), secrets)
        return host if self._apart else self.maker.finish(host, secrets, self.device, self.dtype)

    def _finish(self, host: Host, secrets: np.ndarray) -> Batch:
        if self._apart:
            return self.maker.finish(host, secrets, self.device, self.dtype)
        return {name: host[name] for name in self.maker.fields}

    def sample_names(self, step: int, micro: int = 0) -> list[str]:
        """The samples of a micro-batch by the names that their source gives them, for messages."""
        return [self.source.key(id) for id in self._draw(self.positions(step, micro))[0].tolist()]

    def _draw(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ids and keys at positions."""
        return self.source.at(positions, self.seed), keys(self.seed, positions)

    def __iter__(self) -> Iterator[Batch]:
        turns = self._turns()
        if self.workers == 0:
            for step, micro in turns:
                started = time.perf_counter()
                made = self.batch(step, micro)
                self.wait_seconds += time.perf_counter() - started
                yield made
            return
        pool = _start_pool(self.workers)
        pending: deque[_Pending] = deque()
        try:
            while True:
                while len(pending) <= self.prefetch and (turn := next(turns, None)) is not None:
                    pending.append(self._begin(pool, *turn))
                if not pending:
                    return
                host, secrets, tasks = pending.popleft()
                started = time.perf_counter()
                for task in tasks:
                    task.result()
                self.wait_seconds += time.perf_counter() - started
                yield self._finish(host, secrets)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _turns(self) -> Iterator[tuple[int, int]]:
        step = self.start_step
        while self.steps is None or step < self.start_step + self.steps:
            for micro in range(self.accumulate):
                yield step, micro
            step += 1

    def _begin(self, pool: ThreadPoolExecutor, step: int, micro: int) -> _Pending:
        ids, secrets = self._draw(self.positions(step, micro))
        host: Host = {}
        lock, pinned = threading.Lock(), self.device.type == "cuda"
        share = min(_MOST, max(_FEWEST, -(-len(ids) // self.workers)))
        share += share % 2  # neighbours that are mixed stay together

        def fill(first: int) -> None:
            part = slice(first, min(first + share, len(ids)))
            made = self._make(ids[part], secrets[part])
            for name, value in made.items():
                dim = 1 if self.maker.fields[name]["dims"][0] == "V" else 0
                with lock:
                    if name not in host:
                        shape = [*value.shape[:dim], len(ids), *value.shape[dim + 1 :]]
                        host[name] = torch.empty(shape, dtype=value.dtype, pin_memory=pinned)
                host[name].narrow(dim, first, value.shape[dim]).copy_(value)

        tasks = [pool.submit(fill, first) for first in range(0, len(ids), share)]
        return _Pending(host, secrets, tasks)


@contextmanager
def _one_core() -> Iterator[None]:
    """Many small operations on several cores spend their time waiting for one another."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)


def _take_one_core() -> None:
    torch.get_num_threads()  # a thread's first question takes over the process's number, so it is asked first
    torch.set_num_threads(1)


def _start_pool(workers: int) -> ThreadPoolExecutor:
    """Threads in which torch computes with one core each; the number of cores of the other threads stays as
    it is.
    """
    cores = torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "vfmc-data", initializer=_take_one_core)
    together = threading.Barrier(workers + 1)
    for _ in range(workers):
        pool.submit(together.wait)
    together.wait()
    torch.set_num_threads(cores)  # what threads to come start with
    return pool


def evaluation_loader(
    data_module: ModuleType,
    source: Source,
    *,
    phase: str | None = None,
    fields: Collection[str] | None = None,
    tokenizers: Mapping[str, Tokenizer] | None = None,
    batch: int = 256,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
    workers: int | None = None,
    limit: int | None = None,
    rank: int = 0,
    ranks: int = 1,
) -> Iterator[Batch]:
    """The samples in the order of their ids, with the views' deterministic programs: no masks, no key, the
    last batch may be smaller.

    `fields` names views and inputs; each batch also has `"id"`, int64 `[B]`. A sample that cannot be read
    raises `DataError`. `ranks` deal the batches out in turn, `limit` ends after that many samples.
    """
    phase = phase or next(iter(data_module.PHASES))
    maker = Maker(data_module, phase, source, fields, tokenizers, evaluate=True, cache_bytes=0)
    count = len(source) if limit is None else min(limit, len(source))
    shares = [range(i, min(i + batch, count)) for i in range(0, count, batch)][rank::ranks]

    def finish(ids: Sequence[int], host: Host) -> Batch:
        made = maker.finish(host, np.zeros(len(ids), np.int64), torch.device(device), dtype)
        return made | {"id": torch.tensor(list(ids), dtype=torch.int64, device=device)}

    def start(pool: ThreadPoolExecutor, ids: range, pieces: int) -> list[Future[Host]]:
        size = max(_FEWEST, -(-len(ids) // pieces))
        parts = [ids[i : i + size] for i in range(0, len(ids), size)]
        return [pool.submit(maker.make, part, np.zeros(len(part), np.int64)) for part in parts]

    threads = default_workers() if workers is None else max(1, workers)
    pool = _start_pool(threads)
    try:
        coming = deque(start(pool, ids, threads) for ids in shares[:2])
        for place, ids in enumerate(shares):
            parts = [task.result() for task in coming.popleft()]
            if place + 2 < len(shares):
                coming.append(start(pool, shares[place + 2], threads))
            dims = {name: int(maker.listed(name)) for name in parts[0]}
            yield finish(
                ids, {name: torch.cat([part[name] for part in parts], dim) for name, dim in dims.items()}
            )
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
