"""The story of scripts/demo: a broker, the platform and one box, two people and a camera; with --empty, before it begins.

Uses the Python standard library only. Every process it starts is stopped when it ends."""

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MENSHEN = ROOT / "target/release/menshen"
MODELS = Path(os.environ.get("MENSHEN_MODELS", ROOT / "models"))
PHOTOS = MODELS / "test-photos"
BEGIN = time.monotonic()


class Stopped(Exception):
    """Somebody asked the demo to stop."""


def say(text=""):
    print(text, flush=True)


def head(text):
    say(f"\n== {text}")


def told(text, since=None):
    took = "" if since is None else f"   [{time.monotonic() - since:.2f} s]"
    say(f"{time.monotonic() - BEGIN:7.1f} s  {text}{took}")


def free_port(wanted=0):
    """The wanted port of this machine when nobody has it, otherwise any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what, seconds, probe, every=0.02):
    """Asks `probe` until it gives something; says what was waited for when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(every)
    raise RuntimeError(f"waited {seconds} s for {what}, in vain")


class Processes:
    """What the demo started, in order; stopped in reverse order."""

    def __init__(self, folder):
        self.folder, self.running = folder, []

    def start(self, name, command, **environment):
        log = open(self.folder / f"{name}.log", "wb")
        keep = {key: value for key, value in os.environ.items() if not key.startswith("MENSHEN_") or key == "MENSHEN_LOG"}
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            cwd=self.folder, env={**keep, **environment}, start_new_session=True)
        self.running.append((name, process))

    def check(self):
        for name, process in self.running:
            if process.poll() is not None:
                tail = self.log(name)[-1500:]
                raise RuntimeError(f"{name} ended with code {process.returncode}; its last lines:\n{tail}")

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self):
        for name, process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    say(f"   {name} did not stop in time and is killed")
                    os.killpg(process.pid, signal.SIGKILL)


class Platform:
    """The operator API, spoken as any integrator would."""

    def __init__(self, address):
        self.address, self.token = address, None

    def call(self, method, path, body=None, content="application/json"):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}{path}", data=data, method=method)
        request.add_header("content-type", content)
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read() or b"null")

    def must(self, method, path, body=None, content="application/json"):
        status, reply = self.call(method, path, body, content)
        if status >= 300:
            raise RuntimeError(f"{method} {path} answered {status}: {json.dumps(reply)}")
        return reply

    def ready(self):
        try:
            return self.call("GET", "/healthz")[0] == 200
        except OSError:
            return False


class Story:
    """One box, two people, and what happens to them."""

    def __init__(self, folder, processes):
        self.folder, self.processes = folder, processes
        self.frames = folder / "camera"
        self.frames.mkdir()
        self.taken = 0

    # -- 1: the world ---------------------------------------------------------------------------------------

    def start(self):
        head("1. A broker, the platform, a box")
        self.start_platform()
        self.platform.token = self.platform.must(
            "POST", "/api/v1/session", {"username": "admin", "password": self.password})["token"]
        told("logged in with the one-time password it printed")

        self.platform.must("POST", "/api/v1/groups", {"id": "visitors", "name": "visitors"})
        box = self.platform.must("POST", "/api/v1/boxes", {"name": "front door"})
        self.box = box["dev_sno"]
        self.platform.must("PUT", f"/api/v1/boxes/{self.box}/groups", {"groups": ["0", "visitors"]})
        told(f"a box is registered; its licence key is {self.box}")

        since = time.monotonic()
        self.start_box(
            f'dev_sno = "{self.box}"\nlogin_url = "{self.platform.address}/device/login"\n',
            f'[[camera]]\nname = "front"\nkind = "file"\npath = "{self.frames}"\naddress = "192.168.1.101"\n'
            f'groups = ["0"]\ndoor = {{ kind = "log" }}\n')
        seen = wait("the box to be online", 60, lambda: self.up() and self.online(), 0.1)
        told(f"the box is online; its last heartbeat is {seen['heartbeat_age_ms']} ms old", since)

    def start_empty(self):
        head("A broker, the platform, and a box that belongs to nobody yet")
        self.start_platform()
        since = time.monotonic()
        self.start_box("", "")
        wait("the box", 60, lambda: self.up() and self.box_password())
        told("the box answers, without a platform and without a camera", since)

    def start_platform(self):
        amqp, http = free_port(), free_port(8080)
        since = time.monotonic()
        self.processes.start("broker", [str(ROOT / "scripts/lib/broker"), str(self.folder / "broker"), str(amqp)])
        wait("RabbitMQ", 60, lambda: self.up() and "completed with" in self.processes.log("broker"), 0.1)
        told("RabbitMQ answers (a private one, beside whatever else runs here)", since)

        since = time.monotonic()
        self.processes.start(
            "platform", [str(MENSHEN), "platform"], MENSHEN_HTTP__LISTEN=f"127.0.0.1:{http}",
            MENSHEN_DATA_DIR=str(self.folder / "platform"),
            MENSHEN_DATABASE__URL=f"sqlite:{self.folder}/platform/platform.db",
            MENSHEN_BLOBS__URL=f"file:{self.folder}/platform/blobs",
            MENSHEN_BROKER__URL=f"amqp://guest:guest@127.0.0.1:{amqp}/%2f", MENSHEN_VISION__MODELS=str(MODELS),
            MENSHEN_SEARCH__BY_FACE="true")
        self.platform = Platform(f"http://127.0.0.1:{http}")
        wait("the platform", 30, lambda: self.up() and self.platform.ready())
        told(f"the platform answers at {self.platform.address}", since)
        self.password = wait("the first password", 10, lambda: re.search(r"password[ =:\"]+(\S+)", self.processes.log("platform")))[1].strip('"')

    def start_box(self, identity, cameras):
        """A box with these lines of `[box]`, and these cameras."""
        self.pages = free_port(8886)
        self.config = self.folder / "edge.toml"
        self.config.write_text(
            f'data_dir = "{self.folder}/edge"\n'
            f'[box]\n{identity}'
            f'[vision]\nmodels = "{MODELS}"\n'
            f'[local_api]\nlisten = "127.0.0.1:0"\n'
            f'[console]\nlisten = "127.0.0.1:{self.pages}"\n'
            f'{cameras}')
        self.processes.start("edge", [str(MENSHEN), "edge", "--config", str(self.config)])

    def up(self):
        self.processes.check()
        return True

    def online(self):
        box = self.platform.must("GET", f"/api/v1/boxes/{self.box}")
        return box if box.get("online") else None

    # -- 2 and 3: people ------------------------------------------------------------------------------------

    def add(self, identity, name, photo, groups):
        self.platform.must("POST", "/api/v1/people", {"identity_id": identity, "name": name, "groups": groups})
        return self.platform.call("PUT", f"/api/v1/people/{identity}/photo", photo, "image/jpeg")

    def held(self, identity):
        people = self.platform.must("GET", f"/api/v1/boxes/{self.box}/people?limit=100")["items"]
        return next((person for person in people if person["identity_id"] == identity), None)

    def proved(self, identity):
        row = self.held(identity)
        return row if row and row["state"] == "applied" else None

    def enrol(self):
        head("2. Two people, each with a photo")
        for identity, name, photo, groups in (
                ("1001", "Person One", "obama.jpg", ["0"]), ("1002", "Person Two", "biden.jpg", ["visitors"])):
            since = time.monotonic()
            status, verdict = self.add(identity, name, (PHOTOS / photo).read_bytes(), groups)
            assert status < 300, verdict
            told(f"{name} is added (groups {', '.join(groups)}); the platform judged the photo usable", since)
            wait(f"the box to prove {name}", 30, lambda: self.up() and self.proved(identity))
            told(f"{name}: the box has proved that it holds this person", since)

    def refuse(self):
        head("3. Photos that are no good")
        no_face = ffmpeg_picture(self.folder / "no-face.jpg", ["-f", "lavfi", "-i", "testsrc=size=640x480", "-frames:v", "1"])
        since = time.monotonic()
        status, verdict = self.add("1003", "Person Three", no_face, ["0"])
        assert status == 422, verdict
        why = verdict["error"]["detail"]
        told(f"a picture without a face, to the platform: refused, {why['code']} \"{why['message']}\"", since)
        for what, photo in (
                ("the same picture, pushed to the box", {"reg_photo": base64.b64encode(no_face).decode()}),
                ("a photo address that answers 404", {"reg_url": f"{self.platform.address}/nothing-here.jpg"}),
                ("base64 that is no picture", {"reg_photo": base64.b64encode(b"not a picture at all").decode()})):
            since = time.monotonic()
            record = {"identity_id": "9001", "register_type": 1, "info": {"name": "Person Four", "type": 1, "permission_ids": ["0"]}, **photo}
            failed = self.raw({"method": "add_users_plus", "user_info_list": [record], "extend_params": {}})["failed_users"][0]
            told(f"{what}: the box answers {failed['code']} \"{failed['message']}\"", since)

    def raw(self, command):
        sent = self.platform.must("POST", f"/api/v1/boxes/{self.box}/commands/raw", {"command": command})
        path = f"/api/v1/commands/{sent['id']}"
        done = wait("the box's result", 60, lambda: (reply := self.platform.must("GET", path))["state"] in ("done", "failed") and reply)
        return done["result"]

    # -- 4 and 5: the door ----------------------------------------------------------------------------------

    def walk_past(self, who, photo):
        """A photo appears at the camera; gives the event the platform shows, and says what became of it."""
        known = {event["id"] for event in self.events()}
        since = time.monotonic()
        self.taken += 1
        part = self.frames / f".{self.taken:03}.part"
        part.write_bytes(photo)
        part.rename(self.frames / f"{self.taken:03}.jpg")
        event = wait(f"the event of {who}", 30, lambda: self.up() and next((event for event in self.events() if event["id"] not in known), None))
        door = event["door"] or {}
        name = "a stranger" if event["stranger"] else event["identity_name"]
        told(f"{who} walks past: {name}, score {event['score']:.3f}", since)
        told(f"      {event['verdict']}: {event['reason']}; door: {door.get('action')}, {door.get('result')}")
        return event

    def events(self):
        return self.platform.must("GET", "/api/v1/events?limit=50")["items"]

    def pass_by(self):
        head("4. They walk past the camera")
        self.walk_past("Person One, in another photo,", (PHOTOS / "obama2.jpg").read_bytes())
        self.walk_past("Person Two, who may not pass here,", self.second_look)
        since = time.monotonic()
        both = wait("both reports of both events", 60, lambda: self.up() and (
            all(event["realtime_at"] and event["history_at"] for event in self.events()) and self.events()), 0.2)
        told(f"both were reported twice, at once and for the record; the platform shows {len(both)} events", since)

    @property
    def second_look(self):
        """Person Two has one public photo; the camera sees it mirrored, smaller and compressed again."""
        return ffmpeg_picture(self.folder / "second-look.jpg", ["-i", str(PHOTOS / "biden.jpg"), "-vf", "hflip,scale=iw*0.7:-1", "-q:v", "5"])

    def delete_and_wipe(self):
        head("5. A person leaves; a box is wiped")
        since = time.monotonic()
        self.platform.must("DELETE", "/api/v1/people/1002")
        wait("proof of deletion", 30, lambda: self.up() and self.held("1002") is None)
        told("Person Two is deleted, and the box has proved it", since)
        time.sleep(6.5)  # longer than the duplicate interval of one person at one camera
        self.walk_past("The same face", self.second_look)

        since = time.monotonic()
        sent = self.platform.must("POST", f"/api/v1/boxes/{self.box}/commands", {"method": "wipe_data", "users": True, "events": False})
        wait("the wipe", 30, lambda: self.platform.must("GET", f"/api/v1/commands/{sent['id']}")["state"] == "done")
        told("wipe_data: the box is empty", since)
        wait("the box to be brought up again", 60, lambda: self.up() and self.proved("1001"))
        told("and the platform has brought it up again by itself: Person One is proved", since)

    def leave_running(self):
        head("Everything is running")
        self.say_where()
        say(f"   its API, to read and try               {self.platform.address}/api/docs")
        say(f"   drop pictures of faces into            {self.frames}")
        self.until_stopped()

    def leave_empty(self):
        head("Everything is running, and nothing is set up")
        self.say_where()
        say(f"   to pair the box, where the link is     {MENSHEN} edge pair LINK --config {self.config}")
        say(f"   a folder to add as a camera            {self.frames}")
        say(f"   photos to enrol, and to drop in there  {PHOTOS}")
        self.until_stopped()

    def say_where(self):
        say(f"   the platform's console                 {self.platform.address}")
        say(f"   user admin, one-time password          {self.password}")
        say(f"   the box's console                      http://127.0.0.1:{self.pages}")
        say(f"   its one-time password                  {self.box_password() or '(see edge.log)'}")

    def until_stopped(self):
        say(f"   logs and data                          {self.folder}")
        say("   Ctrl-C stops everything.")
        while True:
            self.up()
            time.sleep(0.5)

    def box_password(self):
        found = re.search(r"password[ =:\"]+(\S+)", self.processes.log("edge"))
        return found[1].strip('"') if found else None


def ffmpeg_picture(target, arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(target)], check=True)
    return target.read_bytes()


def main():
    def stop(_signal, _frame):
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    (ROOT / ".demo").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=ROOT / ".demo"))
    processes, code = Processes(folder), 0
    try:
        story = Story(folder, processes)
        if "--empty" in sys.argv:
            story.start_empty()
            story.leave_empty()
        for part in (story.start, story.enrol, story.refuse, story.pass_by, story.delete_and_wipe):
            part()
        if "--once" not in sys.argv:
            story.leave_running()
    except Stopped:
        say("\n   stopping")
    except (RuntimeError, AssertionError, LookupError, OSError) as problem:
        say(f"\n!! {type(problem).__name__}: {problem}")
        say(f"   the logs are kept in {folder}")
        code = 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        processes.stop()
    if code == 0:
        shutil.rmtree(folder, ignore_errors=True)
        say("   everything this demo started has been stopped; its data is gone")
    sys.exit(code)


if __name__ == "__main__":
    main()
