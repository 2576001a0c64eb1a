/** A box that works alone, with a folder as its camera and a door in the log, for the pages that it serves itself. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, Processes, wait } from "./processes";
import { Server } from "./server";
import { MENSHEN, MODELS, PHOTOS } from "./world";

/** The password that a box made up for its console and printed once. */
export function passwordOf(processes: Processes): string | undefined {
  return /console user admin, password (\S+)/.exec(processes.log("edge"))?.[1];
}

export class LoneBox {
  private taken = 0;

  private constructor(
    readonly folder: string,
    readonly processes: Processes,
    /** Its API, with its token. */
    readonly api: Server,
    /** Where its pages are. */
    readonly address: string,
    /** The password it made up and printed once. */
    readonly password: string,
  ) {}

  static async start(): Promise<LoneBox> {
    const folder = mkdtempSync(join(tmpdir(), "menshen-box-"));
    const processes = new Processes(folder);
    const [api, console] = [await freePort(), await freePort()];
    mkdirSync(join(folder, "camera"));
    const file = join(folder, "edge.toml");
    writeFileSync(
      file,
      [
        `data_dir = "${folder}/edge"`,
        `[vision]\nmodels = "${MODELS}"`,
        `[local_api]\nlisten = "127.0.0.1:${api}"`,
        `[console]\nlisten = "127.0.0.1:${console}"`,
        `[ftp]\nlisten = "127.0.0.1:${await freePort()}"`,
        `[[camera]]\nname = "front"\nkind = "file"\npath = "${folder}/camera"\naddress = "192.168.1.101"`,
        `groups = ["0"]\ndoor = { kind = "log" }\n`,
      ].join("\n"),
    );
    processes.start("edge", MENSHEN, ["edge", "--config", file]);
    try {
      const server = new Server(`http://127.0.0.1:${api}`);
      const password = await wait("the first password", 60, () => {
        processes.check();
        return passwordOf(processes);
      });
      server.token = await wait("the token", 60, () =>
        readFileSync(join(folder, "edge/local_api.token"), "utf8").trim(),
      );
      await wait("the box", 60, async () => {
        processes.check();
        return (await server.call("GET", "/api/v1/status")).ok;
      });
      return new LoneBox(folder, processes, server, `http://127.0.0.1:${console}`, password);
    } catch (error) {
      await processes.stop();
      throw error;
    }
  }

  /** A person with the photo of that name, enrolled by the box's own API. */
  async enrol(id: string, name: string, photo: string, group: string, type = 1): Promise<void> {
    const reg_photo = readFileSync(join(PHOTOS, photo)).toString("base64");
    const info = { name, type, permission_ids: [group] };
    await this.api.must("POST", "/SophonFogSys/api/users", {
      identity_id: id,
      group_name: "default_group",
      reg_photo,
      info,
    });
  }

  /** A photo appears at the camera; gives the event that came of it. */
  async event(photo: string): Promise<{ seq: number }> {
    const events = async () => (await this.api.must("GET", "/api/v1/events")).items as { seq: number }[];
    const newest = (await events())[0]?.seq ?? 0;
    this.walkPast(photo);
    return wait(`the event of ${photo}`, 60, async () => {
      this.processes.check();
      return (await events()).find(({ seq }) => seq > newest);
    });
  }

  /** A photo appears at the camera. */
  walkPast(photo: string): void {
    this.taken += 1;
    const part = join(this.folder, "camera", `.${this.taken}.part`);
    copyFileSync(join(PHOTOS, photo), part);
    renameSync(part, join(this.folder, "camera", `${Date.now()}-${this.taken}.jpg`));
  }

  async stop(): Promise<void> {
    await this.processes.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
