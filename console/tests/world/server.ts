/** A server of the world, spoken to as any integrator would: with a bearer token over HTTP. */
export class Server {
  token: string | null = null;
  constructor(readonly address: string) {}

  async call(method: string, path: string, body?: unknown, type = "application/json"): Promise<Response> {
    const isRaw = body instanceof Uint8Array;
    return fetch(this.address + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": type }),
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: body === undefined ? null : isRaw ? (body as BodyInit) : JSON.stringify(body),
    });
  }

  /** What it answers; a refusal is thrown. */
  // biome-ignore lint/suspicious/noExplicitAny: what answers look like is what tests look at.
  async must(method: string, path: string, body?: unknown, type?: string): Promise<any> {
    const answer = await this.call(method, path, body, type);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  async answers(path: string): Promise<boolean> {
    try {
      return (await fetch(this.address + path)).ok;
    } catch {
      return false;
    }
  }
}
