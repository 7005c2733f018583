"""What is measured, and what is to be reached."""

import dataclasses

THROUGHPUT = "results_per_second"
P50 = "latency_us.p50"
P99 = "latency_us.p99"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One call of rsca-bench a round. `rounds`: at most so many of them, for slow ones in no ratio."""

    id: str
    what: str
    arguments: str
    figure: str = THROUGHPUT
    unit: str = "/s"
    load: bool = True  # takes --seconds and --warm-up
    rounds: int = 1000
    about: float = 0  # seconds that it takes beside --seconds, to say how much time is left


def throughput_scenarios():
    yield from [
        Scenario("road-64", "road, 64 B", "road --bytes 64 --batch 1"),
        Scenario("raw-64", "raw gRPC, 64 B", "raw --bytes 64 --batch 1"),
        Scenario("road-64-batch", "road, 64 B, batched", "road --bytes 64 --batch 256"),
        Scenario("raw-64-batch", "raw gRPC, 64 B, batched", "raw --bytes 64 --batch 256"),
        Scenario("nats-64", "NATS core, 64 B", "peer nats --bytes 64"),
        Scenario("redis-pubsub-64", "Redis pub/sub, 64 B", "peer redis-pubsub --bytes 64"),
        Scenario("etcd-64", "etcd watch, 64 B", "peer etcd --bytes 64"),
        Scenario("ssh-64", "ssh host command, 64 B", "peer ssh --bytes 64"),
        Scenario("tcp-64", "a TCP socket, 64 B", "peer tcp --bytes 64"),
    ]
    for name, size in (("1k", 1024), ("64k", 65536)):
        label = f"{size // 1024} KiB"
        yield Scenario(f"road-{name}", f"road, {label}", f"road --bytes {size} --batch 1")
        yield Scenario(f"raw-{name}", f"raw gRPC, {label}", f"raw --bytes {size} --batch 1")
        yield Scenario(f"nats-{name}", f"NATS core, {label}", f"peer nats --bytes {size}")
    yield Scenario("road-1k-batch", "road, 1 KiB, batched", "road --bytes 1024 --batch 256")
    yield Scenario("raw-1k-batch", "raw gRPC, 1 KiB, batched", "raw --bytes 1024 --batch 256")


def transport_scenarios():
    for transport in ("tcp", "tls"):
        for batch, suffix, label in ((1, "", ""), (256, "-batch", ", batched")):
            for side, name in (("road", "road"), ("raw", "raw gRPC")):
                yield Scenario(f"{side}-{transport}{suffix}", f"{name}, {transport.upper()}{label}",
                               f"{side} --transport {transport} --batch {batch}")


def subscriber_scenarios():
    for count in (10, 100, 1000):
        load, label = f"--subscribers {count}", f"{count:,} subscribers"
        about = count / 500
        yield Scenario(f"road-x{count}", f"road, {label}", f"road {load} --batch 1", about=about)
        yield Scenario(f"road-x{count}-batch", f"road, {label}, batched", f"road {load} --batch 256",
                       about=about)
        yield Scenario(f"raw-x{count}-batch", f"raw gRPC, {label}, batched", f"raw {load} --batch 256",
                       about=about)
    for peer, name in (("nats", "NATS core"), ("redis-pubsub", "Redis pub/sub"), ("etcd", "etcd watch")):
        yield Scenario(f"{peer}-x100", f"{name}, 100 subscribers", f"peer {peer} --subscribers 100")


def durable_scenarios():
    for sync in ("always", "interval", "off"):
        yield Scenario(f"road-{sync}", f"road, durable, {sync}", f"road --sync {sync} --batch 1")
        yield Scenario(f"road-{sync}-batch", f"road, durable, {sync}, batched",
                       f"road --sync {sync} --batch 256")
    yield from [
        Scenario("jetstream", "JetStream, files", "peer jetstream"),
        Scenario("road-always-r64-batch", "road, durable, always, 64 registrations, batched",
                 "road --sync always --registrations 64 --batch 256"),
        Scenario("redis-streams-64", "Redis Streams, always, 64 streams",
                 "peer redis-streams --streams 64"),
        Scenario("road-idle-10000-batch", "road, batched, 10,000 registrations open",
                 "road --batch 256 --idle 10000", about=8),
    ]


def latency_scenarios():
    sides = [("road", "road", "road"), ("raw", "raw", "raw gRPC"),
             ("road-always", "road --sync always", "road, durable, always")]
    sides += [(name, f"peer {name}", label) for name, label in (
        ("nats", "NATS core"), ("jetstream", "JetStream"), ("redis-pubsub", "Redis pub/sub"),
        ("etcd", "etcd watch"), ("ssh", "ssh host command"), ("tcp", "a TCP socket"))]
    for name, command, label in sides:
        yield Scenario(f"latency-{name}", f"latency at 1,000/s, p50: {label}",
                       f"{command} --rate 1000", figure=P50, unit="µs")
    for side, label in (("road", "road"), ("raw", "raw gRPC"), ("tcp", "a TCP socket")):
        yield Scenario(f"burst-{side}", f"latency after 5 idle s, p99: {label}",
                       f"burst {side} --pause 5 --bursts 3", figure=P99, unit="µs", load=False, about=20)


def footprint_scenarios():
    per_registration = "server_bytes_per_registration"
    yield from [
        Scenario("memory-1000", "memory of the server, 1,000 idle registrations",
                 "memory --registrations 1000", per_registration, "B each", load=False, about=3),
        Scenario("memory-10000", "memory of the server, 10,000 idle registrations",
                 "memory --registrations 10000", per_registration, "B each", load=False, about=12,
                 rounds=2),
        Scenario("raw-memory-1000", "memory of the server, 1,000 idle streams of raw gRPC",
                 "raw-memory --streams 1000", "server_bytes_per_stream", "B each", load=False, about=3),
        Scenario("setup", "registrations set up", "setup --seconds 1", "registrations_per_second",
                 load=False, about=4),
        Scenario("start", "start of the server", "start", "start_ms", "ms", load=False, about=1),
        Scenario("syscalls", "system calls of the server for a result", "syscalls --batch 1 --seconds 1",
                 "calls_per_result.server", "each", load=False, about=5, rounds=2),
        Scenario("syscalls-batch", "system calls of the server for a result, batched",
                 "syscalls --batch 256 --seconds 1", "calls_per_result.server", "each", load=False,
                 about=5, rounds=2),
    ]


SCENARIOS = [*throughput_scenarios(), *transport_scenarios(), *subscriber_scenarios(),
             *durable_scenarios(), *latency_scenarios(), *footprint_scenarios()]


@dataclasses.dataclass(frozen=True)
class Target:
    """What to reach: the figure of `ours`, alone, over that of `theirs`, or less that of `theirs`."""

    what: str
    ours: str
    figure: str
    reach: float
    theirs: str = ""
    at_most: bool = False
    difference: bool = False
    unit: str = ""


TARGETS = [
    Target("one subscriber, 64 B, one result a message: over raw gRPC", "road-64", THROUGHPUT, 0.95,
           "raw-64"),
    Target("one subscriber, 64 B, batched: over NATS core", "road-64-batch", THROUGHPUT, 1, "nats-64"),
    Target("100 subscribers, 64 B, batched: over Redis pub/sub", "road-x100-batch", THROUGHPUT, 2,
           "redis-pubsub-x100"),
    Target("1,000 subscribers: over 100", "road-x1000-batch", THROUGHPUT, 1, "road-x100-batch"),
    Target("durable with interval, batched: over JetStream in files", "road-interval-batch", THROUGHPUT, 4,
           "jetstream"),
    Target("durable with always, 64 registrations: results each sync", "road-always-r64-batch",
           "results_per_commit", 50),
    Target("durable with always, 64 registrations: over Redis Streams", "road-always-r64-batch",
           THROUGHPUT, 1, "redis-streams-64"),
    Target("64 KiB: over raw gRPC", "road-64k", THROUGHPUT, 0.9, "raw-64k"),
    Target("latency at 1,000/s, p50: over raw gRPC", "latency-road", P50, 1.5, "latency-raw",
           at_most=True),
    Target("latency after 5 idle s, p99: more than TCP", "burst-road", P99, 5000, "burst-tcp",
           at_most=True, difference=True, unit="µs"),
    Target("memory of an idle registration, server", "memory-1000", "server_bytes_per_registration",
           24 * 1024, at_most=True, unit="B"),
    Target("memory of an idle registration, worker", "memory-1000", "worker_bytes_per_registration",
           4 * 1024, at_most=True, unit="B"),
    Target("10,000 registrations open: over one", "road-idle-10000-batch", THROUGHPUT, 0.85,
           "road-64-batch"),
    Target("register to first result, p50", "setup", "first_result_us.p50", 1000, at_most=True,
           unit="µs"),
]
