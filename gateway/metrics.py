"""What the process counts, in a registry of its own, for `/metrics`."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from coupons.requests import ClaimResult
from gateway.counts import Counts, Spreads

INTAKE_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5)


class Metrics:
    """Every counter of one process; whoever does the work counts it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.refusals = Counts(
            "tessera_intake_refusals",
            "Webhook calls not answered with 200, by channel and status",
            ("channel", "status"),
            registry=self.registry,
        )
        self.events = Counts(
            "tessera_intake_events",
            "Events received by channel and outcome: taken, foreign, not_durable",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.rows = Counts(
            "tessera_inbox_rows",
            "Events made durable by outcome: stored, duplicate",
            ("outcome",),
            registry=self.registry,
        )
        self.batches = Counts(
            "tessera_intake_batches",
            "Appends by outcome: committed, retried, split, lost",
            ("outcome",),
            registry=self.registry,
        )
        self.latency = Spreads(
            "tessera_intake_seconds",
            "From a webhook's arrival until its events are durable; every call that brought some",
            "channel",
            INTAKE_BUCKETS,
            registry=self.registry,
        )
        self.lag = Gauge(
            "tessera_inbox_lag_seconds",
            "Age of the oldest event not yet tried",
            registry=self.registry,
        )
        self.deliveries = Counts(
            "tessera_deliveries",
            "Send attempts by channel and outcome",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.claims = Counts(
            "tessera_claims",
            "Claims by outcome: issued, repeated (asked again under the same key), or the refusal",
            ("outcome",),
            registry=self.registry,
        )

    def count_claims(self, results: Sequence[ClaimResult]) -> None:
        """Count what became of requests for a coupon."""
        for result in results:
            again = result.claim is not None and result.claim.repeated
            outcome = "repeated" if again else str(result.refusal or "issued")
            self.claims.labels(outcome).inc()

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self.registry)
