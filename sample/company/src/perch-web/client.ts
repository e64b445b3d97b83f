/**
 * The one place in perch-web that talks to the Perch API, version 2.
 *
 * Retries are for reads only. A write that timed out may have happened; the caller
 * has to look before trying again, otherwise an alarm is acknowledged twice and the
 * ledger shows two signers.
 */

export interface Shipment {
  id: string;
  name: string;
  state: "planned" | "open" | "closed";
  profile: string;
  validated: boolean;
}

export interface Page<T> {
  items: T[];
  after: string | null;
}

export class PerchError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

const LARGEST_PAGE = 200;
const READ_TRIES = 3;
const TIMEOUT_MS = 8_000;
const SHORTEST_REASON = 10;

export class PerchClient {
  constructor(
    private readonly base: string,
    private readonly token: () => Promise<string>,
    private readonly region: "ams" | "fra" = "ams",
  ) {}

  /** Walks all pages. A cursor dies after 24 hours, so do not keep it across days. */
  async *shipments(state: Shipment["state"] = "open"): AsyncGenerator<Shipment> {
    let after: string | null = null;
    do {
      const query = new URLSearchParams({ state, limit: String(LARGEST_PAGE) });
      if (after) query.set("after", after);
      const page: Page<Shipment> = await this.read(`/v2/shipments?${query}`);
      yield* page.items;
      after = page.after;
    } while (after);
  }

  /** Validated tenants need a signer: inspectors ask for a person, not for an account. */
  async acknowledge(alarmId: string, reason: string, signer?: string): Promise<void> {
    if (reason.trim().length < SHORTEST_REASON) {
      throw new PerchError(400, "PERCH-ACK-REASON", "at least 10 characters");
    }
    await this.send("POST", `/v2/alarms/${alarmId}/ack`, { reason, signer });
  }

  private async read<T>(path: string): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.send<T>("GET", path);
      } catch (error) {
        if (attempt === READ_TRIES || !worthRetrying(error)) throw error;
        await pause(waitFor(error, attempt));
      }
    }
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.base + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        "content-type": "application/json",
        "kestrel-region": this.region,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return answer.status === 204 ? (undefined as T) : answer.json();
    const { code, text } = await answer.json().catch(() => ({ code: "PERCH-UNKNOWN", text: "" }));
    throw new PerchError(answer.status, code, text);
  }
}

// 401 is not retried here: the swivel page takes over and comes back with a fresh token.
function worthRetrying(error: unknown): boolean {
  if (!(error instanceof PerchError)) return true; // network or timeout
  return error.status === 429 || error.status >= 500;
}

// 429 must be respected: three minutes of ignoring it put the token to sleep for an hour.
function waitFor(error: unknown, attempt: number): number {
  const isSlowDown = error instanceof PerchError && error.status === 429;
  return isSlowDown ? 30_000 : 400 * 2 ** attempt + Math.random() * 200;
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
