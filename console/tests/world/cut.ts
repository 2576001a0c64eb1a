/** A line to a server that can be cut and mended, for the tests: what is connected breaks off, what comes is refused. */
import { createServer, connect as dial, type Server, type Socket } from "node:net";

export class Cut {
  private readonly open = new Set<Socket>();
  private isWhole = true;
  address = "";

  private constructor(private readonly server: Server) {}

  /** A line to the server at `target` (`http://host:port`). */
  static async to(target: string): Promise<Cut> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    const line = new Cut(server);
    server.on("connection", (near) => {
      if (!line.isWhole) {
        near.destroy();
        return;
      }
      const far = dial(Number(port), hostname);
      for (const socket of [near, far]) {
        line.open.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
          line.open.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const at = server.address();
    if (at && typeof at === "object") line.address = `http://127.0.0.1:${at.port}`;
    return line;
  }

  cut(): void {
    this.isWhole = false;
    for (const socket of this.open) socket.destroy();
  }

  mend(): void {
    this.isWhole = true;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}
