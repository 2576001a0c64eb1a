/**
 * A whole world for pages to show: a private RabbitMQ, the platform, a box with a folder as its camera, people with real
 * photos, and events. Everything is the real program; nothing is made up for the pages.
 */
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, Processes, wait } from "./processes";
import { Server } from "./server";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const MENSHEN = process.env.MENSHEN_BINARY ?? join(ROOT, "target/debug/menshen");
export const MODELS = process.env.MENSHEN_MODELS ?? join(ROOT, "models");
export const PHOTOS = join(MODELS, "test-photos");

/** The rest of what the box's camera is. */
const FRONT = `address = "192.168.1.101"\ngroups = ["0"]\ndoor = { kind = "log" }\n`;

export type Options = {
  /** Ports to listen on, where they must be known; free ones otherwise. */
  platformPort?: number;
  consolePort?: number;
  apiPort?: number;
  /** More lines for the box's configuration file. */
  edge?: string;
  /** Leaves the platform as it is after its first start: no box, nobody. */
  empty?: boolean;
};

export class World {
  private taken = 0;
  readonly frames: string;
  devSno = "";
  box!: Server;
  consoleAddress = "";

  private constructor(
    readonly folder: string,
    readonly processes: Processes,
    readonly platform: Server,
    readonly password: string,
    private readonly options: Options,
  ) {
    this.frames = join(folder, "camera");
  }

  static async start(options: Options = {}): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "menshen-pages-"));
    const processes = new Processes(folder);
    try {
      const amqp = await freePort();
      processes.start("broker", join(ROOT, "scripts/lib/broker"), [join(folder, "broker"), String(amqp)]);
      await wait(
        "RabbitMQ",
        60,
        () => alive(processes) && processes.log("broker").includes("completed with"),
      );
      const http = options.platformPort ?? (await freePort());
      processes.start("platform", MENSHEN, ["platform"], {
        MENSHEN_HTTP__LISTEN: `127.0.0.1:${http}`,
        MENSHEN_DATA_DIR: join(folder, "platform"),
        MENSHEN_DATABASE__URL: `sqlite:${folder}/platform/platform.db`,
        MENSHEN_BLOBS__URL: `file:${folder}/platform/blobs`,
        MENSHEN_BROKER__URL: `amqp://guest:guest@127.0.0.1:${amqp}/%2f`,
        MENSHEN_VISION__MODELS: MODELS,
        MENSHEN_SEARCH__BY_FACE: "true",
      });
      const platform = new Server(`http://127.0.0.1:${http}`);
      await wait("the platform", 60, async () => alive(processes) && (await platform.answers("/healthz")));
      const password = await wait(
        "the first password",
        60,
        () => /password[ =:"]+(\S+)/.exec(processes.log("platform"))?.[1],
      );
      const opened = await platform.must("POST", "/api/v1/session", { username: "admin", password });
      platform.token = opened.token;
      const world = new World(folder, processes, platform, password, options);
      mkdirSync(world.frames);
      if (!options.empty) await world.furnish();
      return world;
    } catch (error) {
      await processes.stop();
      throw error;
    }
  }

  /** Two groups, a box that serves both, two people. */
  private async furnish(): Promise<void> {
    await this.platform.must("POST", "/api/v1/groups", {
      id: "visitors",
      name: "Visitors",
      description: "Sign in at the desk",
    });
    await this.startBox("Front door");
    await this.addPerson("1001", "Person One", "obama.jpg", ["0"]);
    await this.addPerson("1002", "Person Two", "biden.jpg", ["visitors"], 2);
    await wait("the box to prove two people", 60, async () => (await this.proved()) === 2);
    await this.walkPast("obama2.jpg");
    await this.walkPast("biden.jpg");
  }

  /** Registers a box at the platform and starts it. */
  async startBox(name: string): Promise<void> {
    const box = await this.platform.must("POST", "/api/v1/boxes", { name, site: "Head office" });
    this.devSno = box.dev_sno;
    await this.platform.must("PUT", `/api/v1/boxes/${this.devSno}/groups`, { groups: ["0", "visitors"] });
    await this.runBox(`dev_sno = "${this.devSno}"\nlogin_url = "${this.platform.address}/device/login"`);
    await wait("the box to be online", 60, async () => {
      return (
        alive(this.processes) && (await this.platform.must("GET", `/api/v1/boxes/${this.devSno}`)).online
      );
    });
  }

  /** Starts a box; `identity` are the lines of its `[box]`. Without `camera` it has none yet. */
  async runBox(identity = "", camera = true): Promise<void> {
    const api = this.options.apiPort ?? (await freePort());
    const console = this.options.consolePort ?? (await freePort());
    const file = join(this.folder, "edge.toml");
    writeFileSync(
      file,
      [
        `data_dir = "${this.folder}/edge"`,
        `[box]\n${identity}`,
        `[vision]\nmodels = "${MODELS}"`,
        `[local_api]\nlisten = "127.0.0.1:${api}"`,
        `[console]\nlisten = "127.0.0.1:${console}"`,
        this.options.edge ?? "",
        ...(camera ? [`[[camera]]\nname = "front"\nkind = "file"\npath = "${this.frames}"`, FRONT] : []),
      ].join("\n"),
    );
    this.processes.start("edge", MENSHEN, ["edge", "--config", file]);
    this.box = new Server(`http://127.0.0.1:${api}`);
    this.consoleAddress = `http://127.0.0.1:${console}`;
    const token = await wait("the box's token", 60, async () => {
      if (!alive(this.processes)) return false;
      const { readFile } = await import("node:fs/promises");
      return (await readFile(join(this.folder, "edge/local_api.token"), "utf8")).trim();
    });
    this.box.token = token;
    await wait(
      "the box",
      60,
      async () => alive(this.processes) && (await this.box.call("GET", "/api/v1/status")).ok,
    );
  }

  async addPerson(id: string, name: string, photo: string, groups: string[], type = 1): Promise<void> {
    const { readFile } = await import("node:fs/promises");
    await this.platform.must("POST", "/api/v1/people", { identity_id: id, name, groups, type });
    await this.platform.must(
      "PUT",
      `/api/v1/people/${id}/photo`,
      await readFile(join(PHOTOS, photo)),
      "image/jpeg",
    );
  }

  async proved(): Promise<number> {
    this.processes.check();
    return (await this.platform.must("GET", `/api/v1/boxes/${this.devSno}/drift`)).proved;
  }

  /** A photo appears at the camera; gives the event that the platform shows. */
  async walkPast(photo: string): Promise<{ id: string; [key: string]: unknown }> {
    const events = async () =>
      (await this.platform.must("GET", "/api/v1/events?limit=50")).items as { id: string }[];
    const known = new Set((await events()).map((event) => event.id));
    this.taken += 1;
    const part = join(this.frames, `.${this.taken}.part`);
    copyFileSync(join(PHOTOS, photo), part);
    renameSync(part, join(this.frames, `${Date.now()}.jpg`));
    return wait(`the event of ${photo}`, 60, async () => {
      this.processes.check();
      return (await events()).find((event) => !known.has(event.id));
    });
  }

  async stop(): Promise<void> {
    await this.processes.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function alive(processes: Processes): true {
  processes.check();
  return true;
}
