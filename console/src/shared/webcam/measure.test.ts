import assert from "node:assert/strict";
import { test } from "node:test";
import { advise, type Light, measure, ovalOf, type Pixels } from "./measure";

function painted(width: number, height: number, grey: (x: number, y: number) => number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.fill(grey(x, y), 4 * (y * width + x), 4 * (y * width + x) + 3);
  return { data, width, height };
}

const inOval = (x: number, y: number) => (x / 80 - 1) ** 2 + (y / 60 - 1) ** 2 < 0.2;
const oval = ovalOf(160, 120);

test("an even picture has its brightness and no edge", () => {
  const light = measure(
    painted(160, 120, () => 51),
    oval,
  );
  assert.ok(Math.abs(light.brightness - 0.2) < 0.005 && Math.abs(light.around - 0.2) < 0.005);
  assert.equal(light.sharpness, 0);
});

test("a face before a window is told from a dark room", () => {
  const window = painted(160, 120, (x, y) => (inOval(x, y) ? 40 : 240));
  assert.equal(advise(measure(window, { width: 0.4, height: 0.4 }), null), "backlight");
  const night = painted(160, 120, () => 20);
  assert.equal(advise(measure(night, oval), null), "dark");
});

test("fine stripes are sharp, a slow gradient is not", () => {
  const sharp = measure(
    painted(160, 120, (x) => (x % 4 < 2 ? 90 : 160)),
    oval,
  );
  const soft = measure(
    painted(160, 120, (x) => 60 + x / 2),
    oval,
  );
  assert.equal(advise(sharp, null), "fit");
  assert.equal(advise(soft, null), "blurred");
});

test("with a face found, one thing is said at a time, the nearest cause first", () => {
  const fine: Light = { brightness: 0.5, around: 0.5, sharpness: 100 };
  const face = { x: 0.35, y: 0.25, width: 0.3, height: 0.5 };
  assert.equal(advise(fine, []), "nobody");
  assert.equal(advise(fine, [face, face]), "many");
  assert.equal(advise(fine, [{ ...face, height: 0.2 }]), "closer");
  assert.equal(advise(fine, [{ ...face, height: 0.95 }]), "back");
  assert.equal(advise(fine, [{ ...face, x: 0.7 }]), "centre");
  assert.equal(advise({ ...fine, brightness: 0.1, around: 0.1 }, []), "dark");
  assert.equal(advise(fine, [face]), "good");
});

test("the oval fits upright and wide pictures", () => {
  for (const [width, height] of [
    [640, 480],
    [1280, 720],
    [480, 640],
  ] as const) {
    const { width: across, height: down } = ovalOf(width, height);
    assert.ok(across <= 0.8 && down <= 0.8, `${width}x${height}: ${across} ${down}`);
    assert.ok(down * height > across * width);
  }
});
