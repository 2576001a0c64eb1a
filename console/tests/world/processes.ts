/** Programs that a world starts: their output in files, stopped in reverse order. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** The environment of this process without what configures a Menshen of this machine: it must not reach into a world. */
export function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("MENSHEN_")));
}

export type Running = { name: string; process: ChildProcess };

export class Processes {
  readonly running: Running[] = [];
  constructor(readonly folder: string) {}

  start(name: string, command: string, args: string[], environment: Record<string, string> = {}): Running {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...inherited(), ...environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const running = { name, process: child };
    this.running.push(running);
    return running;
  }

  log(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), "utf8");
  }

  /** Throws when something that was started has ended. */
  check(): void {
    for (const { name, process } of this.running) {
      if (process.exitCode !== null || process.signalCode !== null) {
        throw new Error(
          `${name} ended with ${process.exitCode ?? process.signalCode}:\n${this.log(name).slice(-2000)}`,
        );
      }
    }
  }

  async stop(): Promise<void> {
    for (const running of [...this.running].reverse()) await stopped(running);
    this.running.length = 0;
  }
}

/** Asks a program to stop, and waits until it has. */
export async function stopped({ process }: Running): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const kill = setTimeout(() => process.kill("SIGKILL"), 20_000);
    process.once("exit", () => {
      clearTimeout(kill);
      resolve();
    });
    process.kill("SIGTERM");
  });
}

/** Ports that were given away. */
const given = new Set<number>();

/**
 * A port at which nothing listens. It is none of those that a system gives to whoever asks for any (32768 and above), nor are those
 * that the broker derives from its own: nobody takes it before the program that it is for.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 12_000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Asks until `probe` gives something; names what was waited for when it never does. */
export async function wait<T>(
  what: string,
  seconds: number,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const found = await probe();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${seconds} s for ${what}, in vain${last ? `; last: ${last}` : ""}`);
}
