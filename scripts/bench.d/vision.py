"""Started by scripts/bench.d/vision: takes turns between the Rust program and Python, one thread each, and prints medians and ratios."""

import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

import cv2
import faiss
import numpy as np
import onnxruntime

PEOPLE = 50_000
BUDGET_SEARCH = 0.35
BUDGET_AGREEMENT = 0.999
BUDGET_DECISION = 0.6
BUDGET_MEDIAN_MS = 60
BUDGET_P99_MS = 150


class Rust:
    """The measuring program: a request is a name and a count, the answer a list of numbers."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline().split()
        assert self.ready and self.ready[0] == "ready", f"{arguments[0]} did not start"

    def ask(self, name, count):
        self.process.stdin.write(f"{name} {count}\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def timed(what):
    begin = time.perf_counter()
    what()
    return (time.perf_counter() - begin) * 1e3


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def kept(holds):
    return "kept" if holds else "MISSED"


# --- search -----------------------------------------------------------------------------------------------------------


def people_like(length, random):
    """Templates like those of the packs: 256 values around zero, 128 values around a common direction (cosine 0.85 between strangers)."""
    common = random.standard_normal(length) / np.sqrt(length) if length == 128 else np.zeros(length)
    own = np.sqrt(0.15 / 0.85) if length == 128 else 1.0

    def draw(count):
        rows = common + own * random.standard_normal((count, length)) / np.sqrt(length)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    centre = (common / np.linalg.norm(common)).astype(np.float32) if length == 128 else None
    return draw, centre, own


def search(binary, length, rounds, folder):
    """Prints and answers the share of the peer's time and of exact answers."""
    random = np.random.default_rng(length)
    draw, centre, own = people_like(length, random)
    rows, strangers = draw(PEOPLE), draw(500)
    noise = own * 0.6 * random.standard_normal((500, length)) / np.sqrt(length)
    again = rows[random.choice(PEOPLE, 500, replace=False)] + noise
    again = (again / np.linalg.norm(again, axis=1, keepdims=True)).astype(np.float32)
    queries = np.ascontiguousarray(np.concatenate([strangers, again])[random.permutation(1000)])
    paths = [os.path.join(folder, name) for name in ("rows", "queries", "centre")]
    rows.tofile(paths[0])
    queries.tofile(paths[1])
    if centre is not None:
        centre.tofile(paths[2])
    rust = Rust(binary, "search", paths[0], paths[1], str(length), *([paths[2]] if centre is not None else []))

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(length)
    index.add(rows)
    ours, theirs, turn = [], [], 25
    for round_ in range(rounds):
        ours += rust.ask("search", turn)
        for number in range(turn):
            query = queries[(round_ * turn + number) % len(queries)][None]
            theirs.append(timed(lambda: index.search(query, 10)))
    rust.ask("rewind", 1)
    found = np.array(rust.ask("top1", len(queries)), dtype=np.int64)
    # The exact answer, not through faiss: products in f32, the first of equals.
    exact = np.array([int(np.argmax(rows @ query)) for query in queries])
    agreement = float((found == exact).mean())
    rust.end()

    mine, other = statistics.median(ours), statistics.median(theirs)
    ratio = mine / other
    print(
        f"search {PEOPLE} x {length:<4} {mine:7.3f} ms   faiss IndexFlatIP {other:7.3f} ms   ratio {ratio:.2f} "
        f"(budget {BUDGET_SEARCH}: {kept(ratio <= BUDGET_SEARCH)})   {rust.ready[1]}, filled in {float(rust.ready[3]):.0f} ms"
    )
    print(
        f"  top-1 as the exact f32 answer: {agreement * 100:.1f} % of {len(queries)} "
        f"(budget {BUDGET_AGREEMENT * 100} %: {kept(agreement >= BUDGET_AGREEMENT)})"
    )
    return ratio, agreement


# --- the same networks from Python ------------------------------------------------------------------------------------


class Python:
    """Decode, detect, align, recognise, estimate and search the usual way: OpenCV, NumPy, onnxruntime, faiss."""

    def __init__(self, folder, jpeg, length):
        with open(os.path.join(folder, "pack.toml"), "rb") as file:
            self.pack = tomllib.load(file)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        open_ = lambda name: onnxruntime.InferenceSession(
            os.path.join(folder, name), options, providers=["CPUExecutionProvider"]
        )
        self.detector = open_(self.pack["detector"]["file"])
        self.recogniser = open_(self.pack["recogniser"]["file"])
        self.estimator = open_(self.pack["attributes"]["file"])
        self.bytes = np.fromfile(jpeg, dtype=np.uint8)
        self.picture = self.decode()
        self.face, self.width = self.detect(self.picture)
        cv2.setNumThreads(1)
        faiss.omp_set_num_threads(1)
        self.index = faiss.IndexFlatIP(length)
        self.index.add(np.random.default_rng(1).standard_normal((PEOPLE, length)).astype(np.float32) / np.sqrt(length))

    def decode(self):
        return cv2.imdecode(self.bytes, cv2.IMREAD_COLOR)

    def detect(self, picture, side=640):
        height, width = picture.shape[:2]
        scale = side / max(height, width)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        down, right = -inner[1] % 32, -inner[0] % 32
        small = cv2.copyMakeBorder(small, 0, down, 0, right, cv2.BORDER_CONSTANT, value=0)
        blob = small[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        heat, size, offset, points = self.detector.run(None, {self.detector.get_inputs()[0].name: blob})
        y, x = np.where(heat[0, 0] > self.pack["detector"]["score"])
        h, w = np.exp(size[0, 0, y, x]) * 4, np.exp(size[0, 1, y, x]) * 4
        left, top = (x + offset[0, 1, y, x] + 0.5) * 4 - w / 2, (y + offset[0, 0, y, x] + 0.5) * 4 - h / 2
        best = int(np.argmax(w * h * (heat[0, 0, y, x] > 0)))
        marks = [
            (points[0, 2 * j + 1, y, x] * w + np.maximum(left, 0), points[0, 2 * j, y, x] * h + np.maximum(top, 0))
            for j in range(5)
        ]
        return np.array([[mx[best], my[best]] for mx, my in marks]) / scale, float(w[best]) / scale

    def chip(self, picture, marks, recipe):
        target = np.array(recipe["points"])
        s, d = marks - marks.mean(0), target - target.mean(0)
        a, b = (s * d).sum() / (s**2).sum(), (s[:, 0] * d[:, 1] - s[:, 1] * d[:, 0]).sum() / (s**2).sum()
        turn = np.array([[a, -b], [b, a]])
        map_ = np.concatenate([turn, (target.mean(0) - turn @ marks.mean(0))[:, None]], 1)
        scale = np.hypot(a, b)
        if scale < 0.5:
            factor = min(1, scale * 1.5)
            picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            map_[:, :2] /= factor
        chip = cv2.warpAffine(picture, map_, (recipe["size"], recipe["size"]))
        if recipe["channels"] == "rgb":
            chip = chip[:, :, ::-1]
        blob = (chip.transpose(2, 0, 1).astype(np.float32) - np.array(recipe["mean"], np.float32)[:, None, None])
        return (blob * np.float32(recipe["scale"]))[None]

    def embed(self, picture, marks):
        values = self.recogniser.run(None, {self.recogniser.get_inputs()[0].name: self.chip(picture, marks, self.pack["recogniser"]["input"])})[0].ravel()
        return values / np.linalg.norm(values)

    def estimate(self, picture, marks):
        return self.estimator.run(None, {self.estimator.get_inputs()[0].name: self.chip(picture, marks, self.pack["attributes"]["input"])})

    def decision(self):
        picture = self.decode()
        marks, _ = self.detect(picture)
        template = self.embed(picture, marks)
        self.estimate(picture, marks)
        return self.index.search(template[None].astype(np.float32), 5)

    def run(self, name):
        steps = {
            "decode": self.decode,
            "detect": lambda: self.detect(self.picture),
            "embed": lambda: self.embed(self.picture, self.face),
            "attributes": lambda: self.estimate(self.picture, self.face),
            "decision": self.decision,
        }
        return timed(steps[name])


def photo(folder, pack, width):
    """A 1080p frame as a camera would send it, with one face of that width: the head of a portrait before a wall."""
    faces, models = os.environ.get("MENSHEN_FACES"), os.environ["MENSHEN_MODELS"]
    found = sorted(glob.glob(os.path.join(faces, "portraits", "*", "*.jpg"))) if faces else []
    source = found[0] if found else os.path.join(models, "test-photos", "obama.jpg")
    seen = Python(os.path.join(models, pack), source, 128)
    (x, y), reach = seen.face.mean(0), 1.2 * seen.width
    head = seen.picture[max(0, int(y - reach)) : int(y + reach), max(0, int(x - reach)) : int(x + reach)]
    scale = width / seen.width
    head = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    noise = np.random.default_rng(0).integers(90, 110, (1080, 1920, 3), dtype=np.uint8)
    frame = cv2.GaussianBlur(noise, (0, 0), 3)
    frame[200 : 200 + head.shape[0], 600 : 600 + head.shape[1]] = head
    path = os.path.join(folder, f"face-{width}.jpg")
    cv2.imwrite(path, frame, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return path


def see(binary, pack, rounds, jpeg, names):
    """Our engine looks coarsely first and finely only when it has to; the other side looks finely, as its recipe says."""
    models = os.environ["MENSHEN_MODELS"]
    rust = Rust(binary, "see", models, pack, jpeg, str(PEOPLE))
    length = 256 if pack.startswith("reid") else 128
    python = Python(os.path.join(models, pack), jpeg, length)
    for name in names:
        ours, theirs = [], []
        both = name not in ("quality", "judge")
        for _ in range(rounds):
            ours += rust.ask(name, 2)
            theirs += [python.run(name) for _ in range(2)] if both else []
        mine = statistics.median(ours)
        if not both:
            print(f"  {name:<10} {mine:7.2f} ms")
            continue
        other = statistics.median(theirs)
        line = f"  {name:<10} {mine:7.2f} ms   from Python {other:7.2f} ms   ratio {mine / other:.2f}"
        if name == "decision":
            p99 = percentile(ours, 0.99)
            line += (
                f" (budget {BUDGET_DECISION}: {kept(mine / other <= BUDGET_DECISION)})   p99 {p99:.1f} ms"
                f" (budget median {BUDGET_MEDIAN_MS} ms: {kept(mine <= BUDGET_MEDIAN_MS)}, p99 {BUDGET_P99_MS} ms: {kept(p99 <= BUDGET_P99_MS)})"
            )
        print(line, flush=True)
    with open(f"/proc/{rust.process.pid}/status") as file:
        status = dict(line.split(":", 1) for line in file)
    now, most = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    print(f"  engine opened in {float(rust.ready[1]):.0f} ms; memory with {PEOPLE} people {now:.0f} MB, at most {most:.0f} MB")
    rust.end()


def main():
    binary, quick = sys.argv[1], "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        for length in (128, 256):
            search(binary, length, 8 if quick else 40, folder)
        models = os.environ["MENSHEN_MODELS"]
        for pack in ("reid0095-1", "registry-1"):
            if not os.path.isfile(os.path.join(models, pack, "pack.toml")):
                continue
            rounds = 5 if quick else 30
            near, far = photo(folder, pack, 230), photo(folder, pack, 80)
            print(f"pack {pack}: 1920x1080 JPEG, somebody at the door (face 230 pixels wide)")
            see(binary, pack, rounds, near, ("decode", "detect", "embed", "attributes", "quality", "judge", "decision"))
            print(f"pack {pack}: the same, far away (face 80 pixels wide)")
            see(binary, pack, rounds, far, ("detect", "decision"))


if __name__ == "__main__":
    main()
