// Asking the server, and what it refuses: problem details with a stable code.

type Details = {
  title?: string;
  detail?: string;
  code?: string;
  at?: number;
  length?: number;
  hint?: string;
  record?: number;
};

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** The byte of a query or body, counted from 0. */
  readonly at: number | undefined;
  readonly length: number | undefined;
  readonly hint: string | undefined;
  /** Seconds to wait. */
  readonly wait: number;

  constructor(status: number, details: Details, wait = 0) {
    const detail = details.detail || details.title || `the server answered ${status}`;
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = details.code ?? "";
    this.detail = sentence(detail);
    this.at = details.at;
    this.length = details.length;
    this.hint = details.hint === undefined ? undefined : sentence(details.hint);
    this.wait = wait;
  }

  /** Whatever was thrown, in words. */
  static of(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const named = error instanceof Error ? error : new Error(String(error));
    switch (named.name) {
      case "NotAllowedError":
        return new Problem(0, { detail: "No passkey was used: it was cancelled, or took too long." });
      case "InvalidStateError":
        return new Problem(0, { detail: "This device holds a passkey of the account already." });
      case "SecurityError":
        return new Problem(0, {
          detail: `Passkeys do not work at ${location.host}: open this server by its name, with a certificate that is trusted.`,
        });
      default:
        return new Problem(0, { detail: named.message });
    }
  }
}

/** A refusal would be refused again, and each is in the trail; what did not get through or came too often is asked again. */
export const isRefused = (error: unknown) =>
  error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429;

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Shows that it is still the person who signed in; rejects when they do not. */
type Prove = () => Promise<void>;
let prove: Prove | null = null;
export const proveBy = (ask: Prove | null) => {
  prove = ask;
};

/** What is told when the session is over. */
let ended: () => void = () => {};
export const onSessionEnd = (tell: () => void) => {
  ended = tell;
};

// A reader without a cookie is told that a key is missing.
const OVER = new Set(["session_ended", "sign_in_required", "key_missing"]);

export async function api<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return proved(() => send<T>(method, path, body, signal));
}

/** Runs what the server may want a fresh proof for, and runs it again once that was given. */
export async function proved<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "step_up_required" || !prove) throw error;
    await prove();
    return run();
  }
}

async function send<T>(method: Method, path: string, body: unknown, signal: AbortSignal | undefined): Promise<T> {
  const response = await ask(path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** An answer as it comes; whatever is no success is thrown. */
export async function ask(path: string, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { cache: "no-store", redirect: "error", ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, { detail: "the server cannot be reached; nothing was changed", code: "unreachable" });
  }
  if (response.ok) return response;
  const details = (await response.json().catch(() => ({}))) as Details;
  if (response.status === 401 && OVER.has(details.code ?? "")) ended();
  throw new Problem(response.status, details, Number(response.headers.get("retry-after")) || 0);
}

/** A path with its parameters; those without a value are left out. */
export function address(path: string, params: Record<string, string | number | undefined>): string {
  const given = Object.entries(params).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}
