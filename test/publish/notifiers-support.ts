/** A real HTTP server that plays Telegram, or any web hook, the way a test says. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  /** Of the header; not among what most tests compare. */
  readonly authorization?: string | undefined;
}

/** `cut` closes without an answer, `cut_body` in the middle of one, `silence` never answers. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "cut"
  | "cut_body"
  | "silence";

export interface FakeService {
  readonly base: string;
  readonly received: Received[];
  /** What it answers from now on. */
  reply: Reply;
  /** What it answers by what it is asked, instead. */
  answer?: (request: Received) => Reply;
}

export const TELEGRAM_OK: Reply = { status: 200, body: { ok: true, result: { message_id: 1 } } };

/** Listens on a free local port until the test ends. */
export async function startService(context: TestContext, reply: Reply = TELEGRAM_OK): Promise<FakeService> {
  const received: Received[] = [];
  const service: FakeService & { base: string } = { base: "", received, reply };
  const server: Server = createServer(async (request, response) => {
    const { authorization } = request.headers;
    const asked: Received = {
      ...{ method: request.method ?? "", url: request.url ?? "", body: await bodyOf(request) },
      ...(authorization === undefined ? {} : { authorization }),
    };
    received.push(asked);
    const answer = service.answer?.(asked) ?? service.reply;
    if (answer === "silence") return;
    if (answer === "cut") return void request.socket.destroy();
    if (answer === "cut_body") {
      response.writeHead(200, { "content-length": "1000" });
      return void response.write('{"ok":tr', () => request.socket.destroy());
    }
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  service.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  context.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return service;
}

/** A local port that nobody listens on. */
export async function deadBase(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
  } catch {
    // The client gave up while sending.
  }
  return Buffer.concat(chunks).toString("utf8");
}
