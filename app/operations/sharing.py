"""How several workers count together: each writes what it has counted to a file, and whoever is asked adds them up."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from app.supervisor import Place

SECONDS = 1.0
"""How old what others have counted may be; a worker that is killed takes as much with it."""

SEAM = "# Above: what workers of this number that are gone have counted.\n"

Labels = tuple[tuple[str, str], ...]


class SharedCounts:
    """One registry for all workers: counters and histograms are added up, a gauge is labelled with its `worker`.

    A worker goes on from what the one before with its number had counted, so that no counter ever goes back.
    """

    def __init__(self, registry: CollectorRegistry, place: Place) -> None:
        self._registry = registry
        self._folder = place.folder
        self._file = place.folder / f"{place.number}.prom"
        parts = self._file.read_text().split(SEAM) if self._file.exists() else []
        self._before = _text(_added(("", part) for part in parts))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="counts", daemon=True)
        self._thread.start()

    def text(self) -> bytes:
        """What all have counted, in Prometheus' text format. All of it comes from the files: what one worker knows of
        itself beyond its file, another does not, and the next answer must not be lower."""
        self._write()
        files = sorted(self._folder.glob("*.prom"), key=lambda file: int(file.stem))
        parts = [(file.stem, file.read_text().split(SEAM)) for file in files]
        return _text(_added(pair for name, (gone, own) in parts for pair in (("", gone), (name, own))))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._write()

    def _run(self) -> None:
        while not self._stop.wait(SECONDS):
            self._write()

    def _write(self) -> None:
        """Every second, so without reading or adding anything."""
        with self._lock:
            counted = self._before + SEAM.encode() + generate_latest(self._registry)
            draft = self._file.with_suffix(".draft")
            draft.write_bytes(counted)
            draft.replace(self._file)


def _added(texts: Iterable[tuple[str, str]]) -> Iterator[Metric]:
    """The sum of several workers' texts. Gauges are labelled with the worker; those of "" are of the past and left
    out."""
    families: dict[str, Metric] = {}
    sums: defaultdict[str, defaultdict[tuple[str, Labels], float]] = defaultdict(lambda: defaultdict(float))
    for worker, text in texts:
        for family in text_string_to_metric_families(text):
            # When a counter began says nothing of the sum.
            if family.name.endswith("_created") or (family.type == "gauge" and worker == ""):
                continue
            families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                labels = sample.labels | ({"worker": worker} if family.type == "gauge" else {})
                sums[family.name][sample.name, tuple(labels.items())] += sample.value
    for name, family in families.items():
        for (called, pairs), value in sums[name].items():
            family.add_sample(called, dict(pairs), value)
        yield family


class _Once(Collector):
    def __init__(self, families: Iterator[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _text(families: Iterator[Metric]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(families))
    return generate_latest(registry)
