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
        return /console user admin, password (\S+)/.exec(processes.log("edge"))?.[1];
      });
      server.token = await wait("the token", 30, () =>
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
