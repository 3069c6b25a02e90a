"""Speaks items on a Ray cluster with Ray Data: one actor for each core or GPU that Ray provides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tts.serving.bulk.items import Item
from tts.serving.bulk.worker import Row, Work, Worker

RESTARTS = 3  # of a dead actor, and of the items it was speaking


def speak_on_ray(items: Sequence[Item], work: Work, actors: int, address: str | None = None) -> Iterator[Row]:
    """Yield the rows of ``items`` as they finish, in any order.

    Args:
        items: what to speak.
        work: options; ``work.output`` must be on a file system that all nodes share.
        actors: number of actors that speak at the same time.
        address: address of a running cluster; None starts Ray on this computer, or uses the one of ``RAY_ADDRESS``.
    """
    import ray

    if not ray.is_initialized():
        ray.init(address=address, log_to_driver=False, include_dashboard=False, configure_logging=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.from_items([item._asdict() for item in items], override_num_blocks=_blocks(len(items), actors))
    spoken = rows.map_batches(
        _Actor,
        fn_constructor_args=(work,),
        batch_size=1,
        concurrency=min(actors, len(items)),
        num_gpus=1 if work.device == "cuda" else None,
        max_restarts=RESTARTS,
        max_task_retries=RESTARTS,
    )
    for row in spoken.iter_rows():
        yield row["row"]


def _blocks(count: int, actors: int) -> int:
    """Number of blocks: small blocks repeat little after a death, and Ray has to track each of them."""
    return max(1, min(count, max(8 * actors, count // 100)))


class _Actor:
    def __init__(self, work: Work) -> None:
        self._worker = Worker(work)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        rows = [self._worker(Item(str(id), str(text))) for id, text in zip(batch["id"], batch["text"])]
        return {"row": rows}
