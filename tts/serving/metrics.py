"""Prometheus metrics of one server."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tts.serving.scheduler import Scheduler

BUCKETS = (0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 60.0)


class Metrics:
    """Counters and histograms. The gauges read ``scheduler``."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("attune_requests", "Requests for speech", ["outcome"], registry=registry)
        self.first_byte = Histogram(
            "attune_first_byte_seconds", "From the request to its first audio", buckets=BUCKETS, registry=registry
        )
        self.seconds = Histogram(
            "attune_request_seconds", "From the request to its last audio", buckets=BUCKETS, registry=registry
        )
        self.audio = Counter("attune_audio_seconds", "Audio that was made", registry=registry)
        self.characters = Counter("attune_characters", "Characters that were spoken", registry=registry)
        self.faults = Counter("attune_faults", "Faults that the alignments still show", ["kind"], registry=registry)
        Gauge("attune_queue_length", "Requests that wait", registry=registry).set_function(lambda: scheduler.waiting)
        Gauge("attune_running", "Requests in synthesis", registry=registry).set_function(lambda: scheduler.running)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
