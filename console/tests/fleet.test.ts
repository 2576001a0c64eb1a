/** What the pages of boxes, commands, webhooks, keys, operators and the audit log do, against real boxes and receivers. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, Locator, Page } from "playwright-core";
import { follow, launch, noticed, Watched } from "./world/browser";
import { everyRole, loggedIn, PASSWORD, type Session } from "./world/login";
import { inherited, wait } from "./world/processes";
import { MENSHEN, World } from "./world/world";

const NAME = "Side door";

let world: World;
let browser: Browser;
let sessions: Record<string, Session>;

const address = () => process.env.PAGES_URL ?? world.platform.address;

before(async () => {
  const port = process.env.PLATFORM_PORT;
  world = await World.start({ empty: true, ...(port ? { platformPort: Number(port) } : {}) });
  browser = await launch();
  sessions = await everyRole(browser, world, address());
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

/** Opens a page as somebody, does something there, and sees that nothing went wrong meanwhile. */
async function at(path: string, does: (page: Page) => Promise<void>, who = "admin"): Promise<void> {
  const watched = await Watched.open(browser, {
    origin: address(),
    locale: "en",
    storageState: sessions[who],
  });
  await watched.page.goto(address() + path);
  await does(watched.page);
  assert.deepEqual(await watched.barriers(), []);
  assert.deepEqual(watched.complaints, []);
  await watched.page.context().close();
}

const textOf = async (place: Locator) => (await place.textContent()) ?? "";
const boxPath = (tab: string) => `/boxes/${world.devSno}?tab=${tab}`;

test("a box is added, and the dialog notices by itself that a real box has paired with the link", async () => {
  await at("/boxes", async (page) => {
    await page.getByRole("button", { name: "Add a box" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Name").fill(NAME);
    await form.getByLabel("Site").fill("Head office");
    await form.getByRole("button", { name: "Add and pair" }).click();

    const dialog = page.getByRole("dialog", { name: `Pair ${NAME}` });
    await dialog.getByText("The link works once").waitFor();
    const command = await textOf(dialog.getByText(/^menshen edge pair http/));
    world.devSno = (await world.platform.must("GET", "/api/v1/boxes?search=side")).items[0].dev_sno;
    await dialog.getByRole("tab", { name: "A box of another make" }).click();
    await dialog.getByText(world.devSno, { exact: true }).waitFor();
    await dialog.getByText(`${world.platform.address}/device/login`, { exact: true }).waitFor();

    await world.runBox();
    const config = join(world.folder, "edge.toml");
    const parts = command.split(" ").slice(1);
    const options = { cwd: world.folder, env: inherited() };
    await promisify(execFile)(MENSHEN, [...parts, "--config", config], options);
    await dialog.getByText("The box is paired and online").waitFor();
    await dialog.getByRole("button", { name: "To the box" }).click();
    await page.getByRole("heading", { level: 1, name: NAME }).waitFor();
    await page.getByText("1 of 1 online").waitFor();
  });
});

test("the drift view tells who is missing and why, and sends people again", async () => {
  await world.addPerson("1001", "Person One", "obama.jpg", ["0"]);
  const held = async () =>
    (await world.platform.must("GET", `/api/v1/boxes/${world.devSno}/people?search=1001`)).items[0];
  await at(boxPath("people"), async (page) => {
    await page.getByRole("heading", { name: "1 of 1 proved" }).waitFor();
    const edge = world.processes.running.find(({ name }) => name === "edge")?.process;
    edge?.kill("SIGSTOP");
    try {
      await world.addPerson("1002", "Person Two", "biden.jpg", ["0"]);
      await page.getByRole("heading", { name: "1 of 2 proved" }).waitFor();
      const missing = page.getByRole("region", { name: "Missing" });
      await missing.getByText("1 sent and not answered yet").waitFor();
      await missing.getByRole("link", { name: "1002" }).waitFor();
      await missing.getByRole("button", { name: "Show them" }).click();
      await page.waitForURL(/held=sent/);
      await page
        .getByRole("row", { name: /Person Two/ })
        .getByText("Sent, not answered yet")
        .waitFor();
      // The rows before stay until the filtered ones have come.
      await page.getByRole("row", { name: /Person One/ }).waitFor({ state: "detached" });
    } finally {
      edge?.kill("SIGCONT");
    }
    await page.getByRole("heading", { name: "2 of 2 proved" }).waitFor();

    const before = (await held()).command_id;
    await page.goto(address() + boxPath("people"));
    await page.getByRole("button", { name: "Send again: Person One" }).click();
    await noticed(page, "1 person is sent again");
    await wait("the person to be proved anew", 60, async () => {
      const now = await held();
      return now.state === "applied" && now.command_id !== before;
    });
    await page.getByRole("button", { name: "Bring everybody up again" }).click();
    await page.getByRole("button", { name: "Bring up again", exact: true }).click();
    await noticed(page, "2 people are sent again");
    await page.getByRole("heading", { name: "2 of 2 proved" }).waitFor();
  });
});

test("a box is wiped only when its name is typed, and is brought up again", async () => {
  await wait("both to be proved", 60, async () => (await world.proved()) === 2);
  await at(boxPath("settings"), async (page) => {
    await page.getByRole("button", { name: "Wipe", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Erase what the box holds" });
    const wipe = dialog.getByRole("button", { name: "Wipe" });
    assert.ok(await wipe.isDisabled());
    await dialog.getByLabel(`Type ${NAME} to confirm`).fill("Side");
    assert.ok(await wipe.isDisabled());
    await dialog.getByLabel(`Type ${NAME} to confirm`).fill(NAME);
    await wipe.click();
    await page.getByRole("link", { name: "Follow the command" }).click();
    const drawer = page.getByRole("dialog", { name: "Erase the box's data" });
    await drawer.getByText("Written down by the platform").waitFor();
    await drawer.getByText("The box answered: done").waitFor();
  });
  const bringing = "/api/v1/commands?method=add_users_plus&limit=1";
  const wiped = (await world.platform.must("GET", "/api/v1/commands?method=wipe_data")).items[0];
  await wait("people to be brought after the wipe", 60, async () => {
    const [last] = (await world.platform.must("GET", bringing)).items;
    return last.state === "done" && last.queued_at >= wiped.queued_at && (await world.proved()) === 2;
  });
  await at(boxPath("people"), async (page) => {
    await page.getByRole("heading", { name: "2 of 2 proved" }).waitFor();
  });
});

type Heard = { body: string; headers: IncomingHttpHeaders };

/** A receiver that answers as it is told to. */
async function receiver(answer: { status: number; text: string }) {
  const heard: Heard[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      heard.push({ body, headers: request.headers });
      // By itself it is not told again while a test lasts.
      const headers = { "content-type": "text/plain", "retry-after": "600" };
      response.writeHead(answer.status, headers).end(answer.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { heard, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() };
}

/** Adds a webhook on its page; its secret, as it is shown once. */
async function addWebhook(page: Page, name: string, url: string): Promise<string> {
  await page.getByRole("button", { name: "Add a webhook" }).click();
  const form = page.getByRole("dialog", { name: "Add a webhook" });
  await form.getByLabel("Address it posts to").fill(url);
  await form.getByLabel("What it is for").fill(name);
  await form.getByRole("button", { name: "Add", exact: true }).click();
  await form.getByText("This is shown once").waitFor();
  const secret = await textOf(form.locator(".copyable-value"));
  await form.getByRole("button", { name: "I have noted it" }).click();
  return secret;
}

test("the test button of a webhook shows exactly what the receiver answers", async () => {
  const answer = { status: 202, text: "thank you, says the receiver" };
  const { heard, url, close } = await receiver(answer);
  try {
    await at("/webhooks", async (page) => {
      const secret = await addWebhook(page, "Attendance", url);

      const trial = page.getByRole("button", { name: "Send a test" });
      await follow(page.getByRole("link", { name: "Attendance" }), trial);
      await trial.click();
      const reply = page.getByRole("dialog", { name: "The receiver's answer" });
      await reply.getByText(/Taken: the receiver answered 202/).waitFor();
      await reply.getByText(answer.text).waitFor();
      const told = heard.at(-1);
      const [, time = "", signed = ""] = /t=(\d+),v1=([0-9a-f]+)/.exec(
        String(told?.headers["menshen-signature"]),
      ) ?? ["", "", ""];
      const expected = createHmac("sha256", secret).update(`${time}.${told?.body}`).digest("hex");
      assert.equal(signed, expected, "the secret that was shown signs the message");

      Object.assign(answer, { status: 500, text: "out of order" });
      await page.keyboard.press("Escape");
      await reply.waitFor({ state: "hidden" });
      await trial.click();
      await reply.getByText(/Not taken: the receiver answered 500/).waitFor();
      await reply.getByText("out of order", { exact: true }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("row", { name: /Test/ }).first().waitFor();
    });
  } finally {
    close();
  }
});

test("what a receiver refused is told again from the log, at once and not when its turn comes", async () => {
  const answer = { status: 500, text: "the disk is full" };
  const { heard, url, close } = await receiver(answer);
  try {
    await at("/webhooks", async (page) => {
      await addWebhook(page, "Payroll", url);
      await follow(
        page.getByRole("link", { name: "Payroll" }),
        page.getByRole("button", { name: "Send a test" }),
      );

      await world.walkPast("obama2.jpg");
      const row = page.getByRole("row", { name: /Tried again/ });
      const reply = page.getByRole("dialog", { name: "The receiver's answer" });
      const close = async () => {
        await page.keyboard.press("Escape");
        await reply.waitFor({ state: "hidden" });
      };
      await follow(row.getByRole("button", { name: "500" }), reply);
      await reply.getByText(/Not taken: the receiver answered 500/).waitFor();
      await reply.getByText(answer.text, { exact: true }).waitFor();
      await close();
      const [told] = heard;
      const id = String(told?.headers["menshen-event-id"]);
      const log = `${new URL(page.url()).pathname.replace("/webhooks", "/api/v1/webhooks")}/deliveries`;
      const delivery = async () => (await world.platform.must("GET", log)).items[0];
      const turn = (await delivery()).next_attempt_at;
      assert.ok(turn - Date.now() > 5_000, "it would not come again by itself so soon");

      Object.assign(answer, { status: 200, text: "written down" });
      const count = heard.length;
      await page.getByRole("button", { name: `Tell again: ${id}` }).click();
      await noticed(page, "It is told again");
      const taken = page.getByRole("row", { name: /Taken/ });
      await follow(taken.getByRole("button", { name: "200" }), reply);
      await reply.getByText(/Taken: the receiver answered 200/).waitFor();
      await reply.getByText("written down", { exact: true }).waitFor();
      await close();
      const again = heard.at(-1);
      assert.deepEqual([heard.length, again?.headers["menshen-event-id"]], [count + 1, id]);
      // What is told is the event as it is known now: meanwhile it may have been reported for the record too.
      const subject = (heard?: Heard) => JSON.parse(heard?.body ?? "{}").subject;
      assert.ok(subject(again));
      assert.equal(subject(again), subject(told), "it is told of the same");
      const { state, attempts, tried_at } = await delivery();
      assert.deepEqual([state, attempts], ["delivered", 1]);
      assert.ok(tried_at < turn, "the button told it, not its turn");
    });
  } finally {
    close();
  }
});

test("an API key is made, shown once, used by a program, and ended", async () => {
  const uses = (key: string, method: string) =>
    fetch(`${world.platform.address}/api/v1/boxes`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: method === "GET" ? null : JSON.stringify({ name: "by a key" }),
    });
  await at("/api-keys", async (page) => {
    await page.getByRole("button", { name: "Make a key" }).click();
    const form = page.getByRole("dialog", { name: "Make a key" });
    await form.getByLabel("Name").fill("Attendance");
    await form.getByRole("button", { name: "Make it" }).click();
    const shown = page.getByRole("dialog", { name: "The new key" });
    const key = await textOf(shown.locator(".copyable-value").first());
    assert.equal((await uses(key, "GET")).status, 200);
    assert.equal((await uses(key, "POST")).status, 403, "a viewer's key changes nothing");
    await shown.getByRole("button", { name: "I have noted it" }).click();
    await shown.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Rotate: Attendance" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    const second = await textOf(shown.locator(".copyable-value").first());
    assert.notEqual(second, key);
    for (const good of [key, second]) assert.equal((await uses(good, "GET")).status, 200);
    await shown.getByRole("button", { name: "I have noted it" }).click();
    await page.getByText("the secret before is good until").waitFor();

    await page.getByRole("button", { name: "Delete: Attendance" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete the key" });
    await dialog.getByLabel("Type Attendance to confirm").fill("Attendance");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No key yet").waitFor();
    await wait("the key to be worth nothing", 60, async () => (await uses(second, "GET")).status === 401);
  });
});

test("an operator is added and logs in", async () => {
  await at("/operators", async (page) => {
    await page.getByRole("button", { name: "Add an operator" }).click();
    const form = page.getByRole("dialog", { name: "Add an operator" });
    await form.getByLabel("User name").fill("guard");
    await form.getByLabel("Password").fill(PASSWORD);
    await form.getByRole("radio", { name: /^Operator/ }).check();
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: /guard/ }).waitFor();
    sessions.guard = await loggedIn(browser, address(), "guard", PASSWORD);
  });
  await at(
    boxPath("settings"),
    async (page) => {
      await page.getByRole("button", { name: "Wipe", exact: true }).waitFor();
    },
    "guard",
  );
});

test("how long things are kept is changed after a look at what would go", async () => {
  await at("/retention", async (page) => {
    await page.getByRole("button", { name: "Change the rules" }).click();
    const form = page.getByRole("dialog", { name: "Change how long things are kept" });
    const save = form.getByRole("button", { name: "Save these rules" });
    assert.ok(await save.isDisabled());
    await form.getByRole("group", { name: "Strangers" }).getByLabel("Days events are kept").fill("7");
    await form.getByRole("button", { name: "See what would go" }).click();
    await form.getByText("Nothing would be removed now.").waitFor();
    await save.click();
    await page.getByText(/^Events are kept for 7 days/).waitFor();
  });
});

test("who may only look is offered nothing that changes, and is told why", async () => {
  await at(
    boxPath("settings"),
    async (page) => {
      await page.getByText("Changing a box is for operators and administrators.").waitFor();
      for (const [path, action] of [
        ["/boxes", "Add a box"],
        ["/commands", "Check a picture"],
        ["/retention", "Change the rules"],
      ] as const) {
        await page.goto(address() + path);
        await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
        assert.equal(await page.getByRole("button", { name: action }).count(), 0, `${path}: ${action}`);
      }
    },
    "viewer",
  );
  await at(
    boxPath("settings"),
    async (page) => {
      await page.getByRole("button", { name: "Wipe", exact: true }).waitFor();
      assert.equal(await page.getByText("Raw command").count(), 0);
      await page.goto(`${address()}/webhooks`);
      await page.getByText("Your role does not allow this page").waitFor();
    },
    "operator",
  );
  await at("/operators", async (page) => {
    await page.getByRole("row", { name: /viewer/ }).waitFor();
    assert.ok(await page.getByRole("button", { name: "Remove: admin" }).isDisabled());
    await page.getByText("You cannot remove yourself").waitFor();
  });
});

test("the audit log shows the deeds, and its chain is whole", async () => {
  await at("/audit?actor=admin", async (page) => {
    for (const [action, deed] of [
      ["box.create", "added a box"],
      ["command.send", "sent a command"],
      ["box.resync", "asked to bring up a box again"],
      ["webhook.test", "sent a test to a webhook"],
      ["api_key.rotate", "rotated an API key"],
    ]) {
      await page.goto(`${address()}/audit?actor=admin&action=${action}`);
      await page.getByRole("cell", { name: deed }).first().waitFor();
    }
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page
      .getByRole("dialog")
      .getByText(/The chain is intact: all \d+ rows/)
      .waitFor();
  });
});

test("the key of a box is freed for other hardware", async () => {
  await at(boxPath("settings"), async (page) => {
    await page.getByText(/The key is occupied by/).waitFor();
    await page.getByRole("button", { name: "Unbind" }).click();
    await page.getByRole("tooltip").getByRole("button", { name: "Unbind" }).click();
    // The box, which still runs, may take it again at once.
    await noticed(page, "The key is free");
  });
});
