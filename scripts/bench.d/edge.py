"""Started by scripts/bench.d/edge: runs the real box with 50,000 people and prints what it does beside a peer or a limit."""

import glob
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from vision import Python, kept, percentile, photo, timed

PEOPLE = 50_000
CORES = os.cpu_count()
BUDGET_DECISION = 0.6
BUDGET_MEDIAN_MS = 60
BUDGET_P99_MS = 150
BUDGET_ENROLMENT = 20
BUDGET_MEMORY_MB = 250
BUDGET_START_S = 2
PADS = 10
STREAMS = {2: ("static", 4), 3: ("dynamic", 2)}
MODELS = os.environ["MENSHEN_MODELS"]


class Box:
    """`menshen edge` with its own data directory."""

    def __init__(self, binary, data, cameras, identity=None):
        self.data = data
        address = os.path.join(data, "local_api.addr")
        if os.path.exists(address):
            os.remove(address)
        config = os.path.join(data, "edge.toml")
        with open(config, "w") as file:
            file.write(self.settings(data, cameras, identity or {}))
        self.log = open(os.path.join(data, "log"), "w")
        begin = time.perf_counter()
        self.process = subprocess.Popen([binary, "edge", "--config", config], stdout=self.log, stderr=self.log)
        while not os.path.exists(address):
            if self.process.poll() is not None:
                sys.exit(f"the box did not start:\n{open(self.log.name).read()[-2000:]}")
            time.sleep(0.005)
        with open(address) as file:
            self.address = file.read().strip()
        with open(os.path.join(data, "local_api.token")) as file:
            self.headers = {"Authorization": "Bearer " + file.read().strip()}
        self.get("/api/v1/status")
        self.started = time.perf_counter() - begin

    @staticmethod
    def settings(data, cameras, identity):
        lines = [f"data_dir = {json.dumps(data)}", "[local_api]", 'listen = "127.0.0.1:0"', "[console]", 'listen = "127.0.0.1:0"']
        lines += ["[ftp]", 'listen = "127.0.0.1:0"', "[vision]", f"models = {json.dumps(MODELS)}", "[box]"]
        lines += ['mac = "e0:a5:09:00:06:2b"'] + [f"{key} = {json.dumps(value)}" for key, value in identity.items()]
        for camera in cameras:
            lines += ["[[camera]]"] + [f"{key} = {json.dumps(value)}" for key, value in camera.items()]
        return "\n".join(lines) + "\n"

    def connection(self):
        return http.client.HTTPConnection(self.address, timeout=60)

    def get(self, path):
        connection = self.connection()
        connection.request("GET", path, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body)
        return json.loads(body)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        return [int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]

    def processor(self):
        """Seconds of processor time so far, those of ended children included."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()


def pad(number):
    return {"name": f"pad {number}", "kind": "pad", "address": f"127.9.9.{number + 1}", "duplicate_interval": 0.0, "password": "a password of the bench"}


def capture(box, connection, camera, jpeg):
    """Sends a picture to a pad and returns status and answer."""
    path = f"/api/v1/pad/{camera.replace(' ', '%20')}/captures"
    connection.request("POST", path, body=jpeg, headers={**box.headers, "Content-Type": "image/jpeg"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def photos():
    faces = os.environ.get("MENSHEN_FACES")
    found = sorted(glob.glob(os.path.join(faces, "portraits", "*", "*.jpg"))) if faces else []
    return found or sorted(glob.glob(os.path.join(MODELS, "test-photos", "*.jpg")))


def fill(helper, data):
    begin = time.perf_counter()
    answer = subprocess.run([helper, "gallery", MODELS, data, str(PEOPLE), *photos()], check=True, capture_output=True, text=True)
    people, real = answer.stdout.split()
    print(f"  {people} people written in {time.perf_counter() - begin:.0f} s, {real} of them from photos", flush=True)


def start_and_memory(binary, data):
    starts, memory = [], None
    for _ in range(3):
        box = Box(binary, data, [])
        starts.append(box.started)
        assert box.get("/api/v1/status")["faces"] == PEOPLE
        memory = box.memory()
        box.stop()
    start = statistics.median(starts)
    print(f"start     ready in {start:.2f} s with {PEOPLE} people (budget {BUDGET_START_S} s: {kept(start <= BUDGET_START_S)})")
    print(f"memory    {memory[0]:.0f} MB after the start, at most {memory[1]:.0f} MB", flush=True)


def decisions(binary, data, pack, folder, rounds):
    """One capture after the other, in turns with Python: what a person at the door waits for."""
    length = 256 if pack.startswith("reid") else 128
    box = Box(binary, data, [pad(0)])
    connection = box.connection()
    for name, width in (("at the door", 230), ("far away", 80)):
        jpeg = photo(folder, pack, width)
        python = Python(os.path.join(MODELS, pack), jpeg, length)
        with open(jpeg, "rb") as file:
            body = file.read()
        ours, theirs, verdicts, busy = [], [], set(), box.processor()
        for _ in range(rounds):
            for _ in range(2):
                begin = time.perf_counter()
                status, answer = capture(box, connection, "pad 0", body)
                ours.append((time.perf_counter() - begin) * 1e3)
                assert status == 200 and answer["event"], (status, answer)
                verdicts.add(answer["verdict"])
            theirs += [timed(python.decision) for _ in range(2)]
        mine, other, p99 = statistics.median(ours), statistics.median(theirs), percentile(ours, 0.99)
        work = (box.processor() - busy) / len(ours) * 1e3
        print(
            f"decision  1080p JPEG, face {width} px ({name}): {mine:.1f} ms to the answer, event stored; from Python, nothing stored "
            f"{other:.1f} ms; ratio {mine / other:.2f} (budget {BUDGET_DECISION}: {kept(mine / other <= BUDGET_DECISION)})\n"
            f"          p99 {p99:.0f} ms against {percentile(theirs, 0.99):.0f} ms (budget median {BUDGET_MEDIAN_MS} ms: {kept(mine <= BUDGET_MEDIAN_MS)}, "
            f"p99 {BUDGET_P99_MS} ms: {kept(p99 <= BUDGET_P99_MS)}); {work:.0f} ms of processor time each; verdict {'/'.join(sorted(verdicts))}",
            flush=True,
        )
    now, most = box.memory()
    print(f"memory    {now:.0f} MB at work, at most {most:.0f} MB (budget {BUDGET_MEMORY_MB} MB: {kept(most <= BUDGET_MEMORY_MB)})", flush=True)
    box.stop()


def enrolment(binary, helper, folder, number):
    data = os.path.join(folder, "enrolment")
    os.makedirs(data)
    platform = subprocess.Popen([helper, "enrol", MODELS, *photos()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    word, login, dev_sno, usable = platform.stdout.readline().split()
    assert word == "ready"

    def ask(what):
        platform.stdin.write(f"{what} {number}\n")
        platform.stdin.flush()
        return float(platform.stdout.readline())

    box = Box(binary, data, [], {"dev_sno": dev_sno, "login_url": login})
    while box.get("/api/v1/status")["login"]["state"] != "joined":
        time.sleep(0.1)
    direct, queue = [], []
    for _ in range(3):
        direct.append(number / ask("direct"))
        queue.append(number / ask("queue"))
    assert box.get("/api/v1/status")["faces"] == 3 * number
    one, other = statistics.median(queue), statistics.median(direct)
    print(
        f"enrolment {one:.1f} people/s from queue to result (budget {BUDGET_ENROLMENT}: {kept(one >= BUDGET_ENROLMENT)}); "
        f"detecting and recognising alone, {CORES} threads: {other:.1f}/s; share {one / other:.2f} ({usable} photos)",
        flush=True,
    )
    box.stop()
    platform.stdin.close()
    platform.wait(30)


def pads(binary, data, pack, folder, seconds):
    """Ten pads, each with a capture per second, all at once."""
    with open(photo(folder, pack, 230), "rb") as file:
        jpeg = file.read()
    box = Box(binary, data, [pad(number) for number in range(PADS)])
    times, refused, lock = [], [], threading.Lock()

    def one(number):
        connection = box.connection()
        time.sleep(number / PADS)
        for turn in range(seconds):
            begin = time.perf_counter()
            status, answer = capture(box, connection, f"pad {number}", jpeg)
            took = (time.perf_counter() - begin) * 1e3
            with lock:
                times.append(took) if status == 200 else refused.append(answer)
            time.sleep(max(0.0, begin + 1 - time.perf_counter()))

    busy, begin = box.processor(), time.perf_counter()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(PADS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    share = (box.processor() - busy) / (time.perf_counter() - begin) / CORES
    dropped = sum(camera["dropped"] for camera in box.get("/api/v1/status")["cameras"])
    behind = dropped or refused
    print(
        f"limits    {PADS} pads or capture machines at 1 capture/s: {len(times)} judged, {dropped} dropped, {len(refused)} refused "
        f"(budget none: {kept(not behind)}); median {statistics.median(times):.0f} ms, p99 {percentile(times, 0.99):.0f} ms; "
        f"{share * 100:.0f} % of {CORES} cores",
        flush=True,
    )
    box.stop()


def video(folder, pack, seconds):
    """Somebody walks up in 1080p: H.264 at 15 frames per second, as the documented cameras deliver."""
    path, still = os.path.join(folder, "walk.mp4"), photo(folder, pack, 230)
    zoom = f"zoompan=z='0.35*sin(on/60)+1.4':x='iw/2-iw/zoom/2':y='(ih-ih/zoom)/4':d={seconds * 15}:s=1920x1080:fps=15"
    command = ["ffmpeg", "-v", "error", "-y", "-i", still, "-vf", zoom, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", path]
    subprocess.run(command, check=True)
    return path


def streams(binary, data, path, seconds, kind):
    word, number = STREAMS[kind]
    cameras = [
        {"name": f"stream {n}", "kind": "file", "path": path, "address": f"127.9.8.{n + 1}", "device_type": kind}
        for n in range(number)
    ]
    box = Box(binary, data, cameras)
    busy, begin = box.processor(), time.perf_counter()
    time.sleep(seconds)
    status, elapsed = box.get("/api/v1/status"), time.perf_counter() - begin
    share = (box.processor() - busy) / elapsed / CORES
    analysed = status["recognition"]["captures"]
    dropped = sum(camera["dropped"] for camera in status["cameras"])
    print(
        f"limits    {number} {word} 1080p streams for {elapsed:.0f} s: {analysed} frames analysed, {dropped} dropped "
        f"(budget none: {kept(not dropped)}), {status['recognition']['waiting']} waiting; {analysed / elapsed / number:.1f} frames/s each; "
        f"last verdict after {status['recognition']['last_ms']} ms; {share * 100:.0f} % of {CORES} cores without ffmpeg",
        flush=True,
    )
    box.stop()


def main():
    binary, helper, quick = sys.argv[1], sys.argv[2], "--quick" in sys.argv
    with open(os.path.join(MODELS, "active")) as file:
        pack = file.read().strip()
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "box")
        print(f"pack {pack}, {CORES} cores; searching alone: scripts/bench vision")
        fill(helper, data)
        start_and_memory(binary, data)
        decisions(binary, data, pack, folder, 10 if quick else 100)
        enrolment(binary, helper, folder, 60 if quick else 200)
        pads(binary, data, pack, folder, 8 if quick else 30)
        seconds = 12 if quick else 30
        path = video(folder, pack, seconds + 10)
        for kind in STREAMS:
            streams(binary, data, path, seconds, kind)


main()
