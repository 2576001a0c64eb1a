"""Started by scripts/bench.d/platform: runs the real platform on SQLite and PostgreSQL and prints what it does beside a peer or a limit."""

import base64
import glob
import http.client
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg

SERVER, HELPER, PUBLISHER = sys.argv[1:4]
QUICK = "--quick" in sys.argv
ONLY = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PASSWORD = "a password of the bench"
PREFIX = "BENCH"

BUDGET_INGEST = 8
BUDGET_CPU_US = 25
BUDGET_DISPATCH = 0.8
BUDGET_IDLE_MB = 60
BUDGET_FLEET_MB = 300
BUDGET_START_S = 1
FLEET = 2_000 if QUICK else 10_000
COMMANDS = 4_000 if QUICK else 20_000
REPAIR = (100, 500) if QUICK else (1_000, 5_000)
PEOPLE, EVENTS = (20_000, 200_000) if QUICK else (200_000, 5_000_000)
VIEWERS = 200


def kept(is_kept):
    return "kept" if is_kept else "MISSED"


def say(name, text):
    print(f"{name:<10}{text}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what, seconds, probe, every=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(every)
    sys.exit(f"waited {seconds} s for {what}, in vain")


class Process:
    """A child with what it costs."""

    def __init__(self, command, log, **environment):
        self.log = open(log, "ab")
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.PIPE, env={**os.environ, **environment})

    def check(self):
        if self.child.poll() is not None:
            sys.exit(f"{self.child.args[0]} ended with {self.child.returncode}:\n{open(self.log.name).read()[-3000:]}")
        return True

    def processor(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.child.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[11:13]) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Megabytes now, and at most."""
        with open(f"/proc/{self.child.pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        return [int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(60)
        self.log.close()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def is_healthy(port):
    connection = http.client.HTTPConnection(f"127.0.0.1:{port}", timeout=60)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


class Sqlite:
    name = "SQLite"

    def __init__(self, folder):
        self.path = os.path.join(folder, "platform.db")
        self.url = f"sqlite:{self.path}"

    def run(self, *statements):
        database = sqlite3.connect(self.path, isolation_level=None)
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
        database.execute("BEGIN")
        for statement in statements:
            rows = database.execute(statement).fetchall()
        database.execute("COMMIT")
        database.execute("ANALYZE")
        database.close()
        return rows

    def ask(self, question):
        database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        rows = database.execute(question).fetchall()
        database.close()
        return rows


class Postgres:
    name = "PostgreSQL"
    server = None

    def __init__(self, folder):
        self.database = f"bench{len(os.listdir(folder))}{free_port()}"
        with psycopg.connect(f"{Postgres.server}/postgres", autocommit=True) as session:
            session.execute(f"CREATE DATABASE {self.database}")
        self.url = f"{Postgres.server}/{self.database}"

    def run(self, *statements):
        with psycopg.connect(self.url, autocommit=True) as session:
            for statement in statements:
                cursor = session.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
            session.execute("VACUUM ANALYZE")
        return rows

    def ask(self, question):
        with psycopg.connect(self.url, autocommit=True) as session:
            return session.execute(question).fetchall()


class Platform:
    """`menshen platform` on a database of its own."""

    def __init__(self, folder, database, broker, **settings):
        self.folder, self.database = folder, database
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        environment = {
            "MENSHEN_DATA_DIR": folder, "MENSHEN_DATABASE__URL": database.url, "MENSHEN_HTTP__LISTEN": self.address,
            "MENSHEN_BROKER__URL": broker, "MENSHEN_AUTH__ADMIN_PASSWORD": PASSWORD, "MENSHEN_LOG": "warn",
            # One address asks for all: what is measured is the platform, not its limits.
            "MENSHEN_LIMITS__REQUESTS_PER_SECOND": "0", "MENSHEN_EVENTS__BOX_RATE": "0", **settings,
        }
        begin = time.perf_counter()
        self.process = Process([SERVER, "platform"], os.path.join(folder, "platform.log"), **environment)
        wait("the platform", 120, lambda: self.process.check() and is_healthy(self.port), 0.005)
        self.started = time.perf_counter() - begin
        self.token = None

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.address, timeout=600)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, path, answer.status, text[:500])
        return json.loads(text) if text else None

    def log_in(self):
        self.token = self.call("POST", "/api/v1/session", {"username": "admin", "password": PASSWORD})["token"]
        return self

    def box(self):
        """A new box that has logged in: its token."""
        created = self.call("POST", "/api/v1/boxes", {"name": "bench"})
        return self.call("GET", f"/device/login?dev_sno={created['dev_sno']}&hex_mac=e0a50900062b")["token"]

    def stop(self):
        self.process.stop()


def series(number):
    """A table `s` with the numbers `i` from 0, in words that both databases understand."""
    return f"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {number - 1})"


def key(prefix, digits=6):
    return f"('{prefix}' || substr(CAST({10 ** digits} + i AS TEXT), 2))"


def insert_boxes(number):
    now = int(time.time() * 1000)
    beat = f"{now} AS beat"
    return [
        f"INSERT INTO box(dev_sno, name, mac, proved_mac, login_at, seen_at, heartbeat_at, base_url, created_at) {series(number)} "
        f"SELECT {key(PREFIX)}, 'box', 'e0a509000000', 'e0a509000000', beat, beat, beat, 'http://127.0.0.1', beat FROM s, (SELECT {beat}) AS t",
    ]


def event_body(photo):
    event = {
        "score": 0.83, "reg_pic": "", "group_name": "default_group", "identity_id": "13028", "identity_name": "somebody", "timestamp": "@TIME@",
        "ext_data": {
            "device_type": "1", "person_type": 1, "device_ip": "192.168.1.151",
            "grab_fiqa_info": {"confidence": 90, "face_id": 1381, "rect": {"top": 420, "bottom": 524, "right": 1734, "left": 1652}},
            "box_fiqa_info": {"age": 4, "sex": 1, "fiqa_result": True, "fails": [], "info": {"face_size": 255.0, "clarity": 1.28, "brightness": 0.83}},
        },
    }
    if photo:
        event["ext_data"]["spot_pic"] = base64.b64encode(b"\xff\xd8\xff\xe0" + os.urandom(30 * 1024)).decode()
    return json.dumps(event).replace('"@TIME@"', "@TIME@")


def load(address, token, body, seconds):
    command = [HELPER, "load", address, "/device/realtime", token, "64", str(seconds), body]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


class Peer:
    def __init__(self, folder):
        self.port = free_port()
        self.address, self.token = f"127.0.0.1:{self.port}", "a-token-of-the-bench"
        command = [sys.executable, os.path.join(SCRIPTS, "bench.d/platform_peer.py"), str(self.port), os.path.join(folder, "peer.db"), self.token]
        self.process = Process(command, os.path.join(folder, "peer.log"))
        wait("the peer", 30, lambda: self.process.check() and answers(self.port))


def measured(side, body, seconds):
    """Requests per second, microseconds of processor time for each, and the 99th percentile."""
    busy = side.process.processor()
    got = load(side.address, side.token, body, seconds)
    assert not got["failed"], got
    return got["requests"] / got["seconds"], (side.process.processor() - busy) / got["requests"] * 1e6, got["p99_ms"]


def ingest(folder, kind, broker):
    data = os.path.join(folder, f"ingest-{kind.name}")
    os.makedirs(data)
    platform = Platform(data, kind(data), broker).log_in()
    platform.token = platform.box()
    peer = Peer(data)
    for photo in (False, True):
        body = os.path.join(data, "body")
        with open(body, "w") as file:
            file.write(event_body(photo))
        rounds = [(measured(platform, body, 3), measured(peer, body, 3)) for _ in range(1 if QUICK else 5)]
        ours, theirs = ([statistics.median(column) for column in zip(*side)] for side in zip(*rounds))
        ratio = ours[0] / theirs[0]
        budget = f"budget {BUDGET_INGEST}: {kept(ratio >= BUDGET_INGEST)}"
        cpu = "" if photo else f" (budget {BUDGET_CPU_US}: {kept(ours[1] <= BUDGET_CPU_US)})"
        say("ingest", f"{kind.name}, {'with a photo of 30 KB' if photo else 'without photo'}: {ours[0]:.0f} requests/s, durable; FastAPI with SQLite {theirs[0]:.0f}; "
            f"ratio {ratio:.1f} ({budget}); {ours[1]:.0f} µs of processor time each{cpu} against {theirs[1]:.0f}; p99 {ours[2]:.0f} ms against {theirs[2]:.0f}")
    peer.process.stop()
    platform.stop()


def dispatch(folder, kind, broker):
    boxes = 200
    data = os.path.join(folder, f"dispatch-{kind.name}")
    os.makedirs(data)
    database = kind(data)
    Platform(data, database, broker).stop()
    payload = json.dumps({"method": "bench", "padding": "x" * 900}).replace("'", "")
    database.run(*insert_boxes(boxes))
    platform = Platform(data, database, broker)
    # The queues of the boxes are declared meanwhile.
    time.sleep(5)
    platform.stop()
    database.run(
        f"INSERT INTO command(id, dev_sno, method, payload, state, queued_at, origin) {series(COMMANDS)} "
        f"SELECT {key('0190b0c0-0000-7000-8000-000000')}, ('{PREFIX}' || substr(CAST(1000000 + i % {boxes} AS TEXT), 2)), 'bench', '{payload}', 'queued', 0, 'bench' FROM s",
    )
    platform = Platform(data, database, broker).log_in()
    wait("the commands", 300, lambda: platform.call("GET", "/api/v1/commands?state=queued&limit=1")["items"] == [], 0.2)
    platform.stop()
    first, last = database.run("SELECT MIN(published_at), MAX(published_at) FROM command")[0]
    ours = COMMANDS / max((last - first) / 1000, 0.001)
    limit = float(subprocess.run([PUBLISHER, broker, f"bench.{kind.name}", str(boxes), str(COMMANDS), "1000"], check=True, capture_output=True, text=True).stdout)
    say("dispatch", f"{kind.name}: {COMMANDS} commands of 1 KB for {boxes} boxes, from the outbox to the broker's confirm: {ours:.0f}/s; a bare publisher {limit:.0f}/s; "
        f"share {ours / limit:.2f} (budget {BUDGET_DISPATCH}: {kept(ours / limit >= BUDGET_DISPATCH)})")


def repair(folder, kind, broker):
    boxes, people = REPAIR
    data = os.path.join(folder, f"repair-{kind.name}")
    os.makedirs(data)
    database = kind(data)
    Platform(data, database, broker).stop()
    database.run(
        *insert_boxes(boxes),
        f"INSERT INTO person(identity_id, name, photo_key, photo_at, created_at, updated_at) {series(people)} SELECT {key('P')}, 'somebody', 'person/aa/' || {key('b')}, 1, 1, 1 FROM s",
        "INSERT INTO permission_group(id, name, created_at) VALUES('7', 'everybody of the bench', 1)",
        f"INSERT INTO box_group(dev_sno, group_id) {series(boxes)} SELECT {key(PREFIX)}, '7' FROM s",
    )
    platform = Platform(data, database, broker).log_in()
    players = subprocess.Popen([HELPER, "boxes", broker, PREFIX, str(boxes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert players.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    # One change of a group: its new members are told to all boxes that serve it.
    platform.call("POST", "/api/v1/groups/7/people", {"add": [f"P{i:06}" for i in range(people)], "remove": []})
    answered = time.perf_counter() - begin

    def done():
        # Asked of the database: counting millions of rows each second would be measured with the rest.
        waiting = ("box_person WHERE state IN ('pending', 'sent')", "recomputation")
        return not any(database.ask(f"SELECT 1 FROM {rows} LIMIT 1") for rows in waiting)

    wait("all boxes", 7200, done, 1)
    elapsed = time.perf_counter() - begin
    wait("the counts", 60, lambda: platform.call("GET", "/api/v1/stats")["holdings"]["applied"] == boxes * people, 1)
    now, most = platform.process.memory()
    players.stdin.close()
    commands = int(players.stdout.read())
    say("repair", f"{kind.name}: {boxes} boxes x {people} people proved {elapsed:.0f} s after a change of their group ({commands} commands, {boxes * people / elapsed:.0f} people/s); "
        f"the change itself was answered after {answered:.2f} s; memory {now:.0f} MB, at most {most:.0f} MB")
    platform.stop()


def lists(folder, kind, broker):
    data = os.path.join(folder, f"lists-{kind.name}")
    os.makedirs(data)
    database = kind(data)
    Platform(data, database, broker).stop()
    now = int(time.time() * 1000)
    begin = time.perf_counter()
    database.run(
        *insert_boxes(500),
        f"INSERT INTO person(identity_id, name, created_at, updated_at) {series(PEOPLE)} SELECT {key('P')}, ('name ' || CAST(i % 9973 AS TEXT)), 1, 1 FROM s",
        f"INSERT INTO event(id, merge_key, dev_sno, device_ip, taken_at, estimated_at, identity_id, identity_name, person_type, score, realtime_at) {series(EVENTS)} "
        f"SELECT {key('0190b0c0-0000-7000-8000-00000', 7)}, {key('k', 7)}, ('{PREFIX}' || substr(CAST(1000000 + i % 500 AS TEXT), 2)), '10.0.0.1', CAST({now} AS BIGINT) - i * CAST(1000 AS BIGINT), CAST({now} AS BIGINT) - i * CAST(1000 AS BIGINT), "
        f"('P' || substr(CAST(1000000 + (i * CAST(7919 AS BIGINT)) % {PEOPLE} AS TEXT), 2)), 'somebody', CASE WHEN i % 50 = 0 THEN 4 ELSE 1 END, 0.8, CAST({now} AS BIGINT) - i * CAST(1000 AS BIGINT) FROM s",
    )
    say("lists", f"{kind.name}: {EVENTS} events and {PEOPLE} people written in {time.perf_counter() - begin:.0f} s")
    platform = Platform(data, database, broker).log_in()
    middle = now - EVENTS * 500
    asked = {
        "newest events": "/api/v1/events?limit=50",
        "events of one person": "/api/v1/events?limit=50&identity_id=P000123",
        "events of one box in a time": f"/api/v1/events?limit=50&dev_sno={PREFIX}000042&until={middle}",
        "strangers in a time": f"/api/v1/events?limit=50&stranger=true&until={middle}",
        "a page of people": "/api/v1/people?limit=50",
        "people by a part of the name": "/api/v1/people?limit=50&search=9972",
        "the counts of the overview": "/api/v1/stats",
    }
    for name, path in asked.items():
        begin = time.perf_counter()
        platform.call("GET", path)
        first = (time.perf_counter() - begin) * 1e3
        times = []
        for _ in range(20):
            begin = time.perf_counter()
            platform.call("GET", path)
            times.append((time.perf_counter() - begin) * 1e3)
        say("", f"{name}: {statistics.median(times):.1f} ms, at most {max(times):.0f} ms, the first time {first:.0f} ms")
    platform.stop()


def viewers(folder, kind, broker):
    data = os.path.join(folder, f"viewers-{kind.name}")
    os.makedirs(data)
    platform = Platform(data, kind(data), broker).log_in()
    token, events = platform.box(), 100
    watching = subprocess.Popen([HELPER, "viewers", platform.address, platform.token, str(VIEWERS), str(events)], stdout=subprocess.PIPE, text=True)
    assert watching.stdout.readline() == "ready\n"
    busy, begin = platform.process.processor(), time.perf_counter()
    connection = http.client.HTTPConnection(platform.address, timeout=60)
    body = event_body(False)
    for at in range(events):
        connection.request("POST", "/device/realtime", body=body.replace("@TIME@", str(int(time.time() * 1000) + at)), headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        assert connection.getresponse().read() is not None
        time.sleep(0.02)
    got = json.loads(watching.stdout.read())
    share = (platform.process.processor() - busy) / (time.perf_counter() - begin)
    assert got["seen"] == VIEWERS * events, got
    say("viewers", f"{kind.name}: {VIEWERS} live viewers see an event {got['median_ms']:.0f} ms after its arrival, p99 {got['p99_ms']:.0f} ms, at some 40 events/s; {share * 100:.0f} % of a core")
    platform.stop()


def standing(folder, kind, broker):
    """Start and memory: empty, and with a large fleet."""
    data = os.path.join(folder, f"standing-{kind.name}")
    os.makedirs(data)
    database = kind(data)
    Platform(data, database, broker).stop()
    starts = []
    for _ in range(3):
        platform = Platform(data, database, broker)
        starts.append(platform.started)
        time.sleep(3)
        idle, _ = platform.process.memory()
        platform.stop()
    start = statistics.median(starts)
    say("start", f"{kind.name}: ready in {start:.2f} s (budget {BUDGET_START_S} s: {kept(start <= BUDGET_START_S)})")
    say("memory", f"{kind.name}: idle {idle:.0f} MB (budget {BUDGET_IDLE_MB} MB: {kept(idle <= BUDGET_IDLE_MB)})")
    database.run(*insert_boxes(FLEET), f"INSERT INTO box_group(dev_sno, group_id) {series(FLEET)} SELECT {key(PREFIX)}, '0' FROM s")
    platform = Platform(data, database, broker).log_in()
    time.sleep(10)
    platform.call("GET", "/api/v1/boxes?limit=500")
    now, most = platform.process.memory()
    say("memory", f"{kind.name}: {FLEET} registered boxes: {now:.0f} MB, at most {most:.0f} MB (budget {BUDGET_FLEET_MB} MB: {kept(most <= BUDGET_FLEET_MB)})")
    platform.stop()
    # One command waits for each box.
    database.run(
        f"INSERT INTO command(id, dev_sno, method, payload, state, queued_at, origin) {series(FLEET)} "
        f"SELECT {key('0190b0c0-0000-7000-8000-000000')}, {key(PREFIX)}, 'bench', '{{}}', 'queued', 0, 'bench' FROM s",
    )
    platform = Platform(data, database, broker).log_in()
    begin = time.perf_counter()
    command = [HELPER, "logins", platform.address, PREFIX, str(FLEET)]
    got = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    now, most = platform.process.memory()
    say("logins", f"{kind.name}: {FLEET} boxes log in at once: half of them are in after {got['half_after_s']:.0f} s, all after {got['all_after_s']:.0f} s "
        f"({got['told_to_wait']} were told to wait); memory {now:.0f} MB, at most {most:.0f} MB (budget {BUDGET_FLEET_MB} MB: {kept(most <= BUDGET_FLEET_MB)})")
    wait("the commands", 300, lambda: platform.call("GET", "/api/v1/commands?state=queued&limit=1")["items"] == [], 0.2)
    all_after = time.perf_counter() - begin
    platform.stop()
    told = database.run("SELECT COUNT(*) FROM command WHERE state = 'published'")[0][0]
    assert int(told) == FLEET, told
    say("logins", f"{kind.name}: the command that waited for each of them was in its queue after {all_after:.0f} s; none of {FLEET} is lost")


def main():
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians, both sides in turns")
    # PostgreSQL's own account must be able to enter the folder.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        broker_port, postgres_port = free_port(), free_port()
        broker_log, postgres_log = os.path.join(folder, "broker.log"), os.path.join(folder, "postgres.log")
        started = [Process([os.path.join(SCRIPTS, "lib/broker"), os.path.join(folder, "broker"), str(broker_port)], broker_log)]
        kinds = [Sqlite]
        if glob.glob("/usr/lib/postgresql/*/bin/postgres"):
            started.append(Process([os.path.join(SCRIPTS, "lib/postgres"), os.path.join(folder, "postgres"), str(postgres_port)], postgres_log))
            Postgres.server = f"postgres://menshen@127.0.0.1:{postgres_port}"
            kinds.append(Postgres)
        else:
            say("", "PostgreSQL is not installed and left out: scripts/setup --tests installs it")
        for process, port in zip(started, (broker_port, postgres_port)):
            wait("broker and database", 60, lambda: process.check() and answers(port))
        time.sleep(3)
        broker = f"amqp://guest:guest@127.0.0.1:{broker_port}/%2f"
        try:
            for measure in (standing, ingest, dispatch, viewers, lists, repair):
                if ONLY in ("", measure.__name__):
                    for kind in kinds:
                        measure(folder, kind, broker)
        finally:
            for process in started:
                process.stop()


main()
