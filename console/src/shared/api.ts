/** How pages speak to their server: typed calls whose refusals are thrown as {@link ApiError}. */
import createClient, { type Client, type Middleware } from "openapi-fetch";
import { timedFetch } from "./clock";

/** A refusal of the server, or no answer at all (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** A word (platform) or the protocol's number (box). */
    readonly code: string,
    message: string,
    readonly detail: unknown = null,
    readonly requestId: string | null = null,
    /** Seconds after which asking again may help. */
    readonly retryAfter: number | null = null,
    /** Why, as a box says it to programs. */
    readonly why: Why | null = null,
  ) {
    super(message);
  }
}

/** What a box says of a refusal for programs: a word, the value that is meant, and what belongs to the word. */
export type Why = { reason: string; field: string | null; details: object };

type Heard = {
  error?: { code?: string | number; message?: string; detail?: unknown; request_id?: string } & Partial<Why>;
};

/** The refusal an answer tells of. */
export async function refusal(response: Response): Promise<ApiError> {
  const heard: Heard | null = await response.json().catch(() => null);
  const told = heard?.error;
  const wait = Number(response.headers.get("retry-after")) || null;
  const message = told?.message ?? `${response.status} ${response.statusText}`.trim();
  const code = String(told?.code ?? response.status);
  const why = told?.reason
    ? { reason: told.reason, field: told.field ?? null, details: told.details ?? {} }
    : null;
  return new ApiError(
    response.status,
    code,
    message,
    told?.detail ?? null,
    told?.request_id ?? null,
    wait,
    why,
  );
}

const throwing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await refusal(response);
    return undefined;
  },
  onError({ error }) {
    return error instanceof ApiError ? error : new ApiError(0, "no_answer", String(error));
  },
};

/** A client for the operations of an OpenAPI document. */
export function clientOf<Paths extends object>(): Client<Paths> {
  const client = createClient<Paths>({ baseUrl: "", credentials: "same-origin", fetch: timedFetch });
  client.use(throwing);
  return client;
}

/** What an operation answers; refusals were thrown before. */
export async function must<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** Sends a file as the body, which the typed client does not do, and tells how much of it has gone out (0 to 1). */
export function sendFile<T>(
  method: "PUT" | "POST",
  url: string,
  body: Blob | FormData,
  progress?: (share: number) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    if (body instanceof Blob && body.type) request.setRequestHeader("content-type", body.type);
    request.upload.onprogress = (event) => event.lengthComputable && progress?.(event.loaded / event.total);
    request.onerror = () => reject(new ApiError(0, "no_answer", "no answer"));
    request.onload = () => {
      const headers = new Headers();
      const wait = request.getResponseHeader("retry-after");
      if (wait) headers.set("retry-after", wait);
      const { status, statusText } = request;
      if (status >= 200 && status < 300)
        resolve((request.responseText ? JSON.parse(request.responseText) : null) as T);
      else refusal(new Response(request.responseText, { status, statusText, headers })).then(reject, reject);
    };
    request.send(body);
  });
}
