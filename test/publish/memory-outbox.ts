/** An outbox in memory with the promises of OutboxStore; `all` shows final states too. */
import type { ChannelState, OutboxStore } from "../../lib/publish/outbox.ts";
import type { NewMessage, OutboxMessage } from "../../lib/publish/outbox-message.ts";

export type Stored = Omit<OutboxMessage, "state"> & { readonly state: "pending" | "sending" | "sent" | "failed" };

export class MemoryOutbox implements OutboxStore {
  all: Stored[] = [];
  readonly channels = new Map<string, ChannelState>();

  add(messages: readonly NewMessage[]): void {
    for (const message of messages) {
      const id = this.all.length + 1;
      this.all.push({ ...message, id, state: "pending", state_at: message.at, attempts: 0, reason: null });
    }
  }

  waiting(channel: string): OutboxMessage[] {
    return this.all
      .filter((message): message is OutboxMessage => message.state === "pending" || message.state === "sending")
      .filter((message) => message.channel === channel)
      .sort((a, b) => a.at - b.at || a.id - b.id);
  }

  claim(messages: readonly { id: number; attempts: number }[], at: number, reason: string | null): boolean {
    const free = messages.every(({ id, attempts }) =>
      this.all.some((one) => one.id === id && one.attempts === attempts && ["pending", "sending"].includes(one.state)),
    );
    if (!free) return false;
    const ids = messages.map(({ id }) => id);
    this.change(ids, (one) => ({ ...one, state: "sending", state_at: at, attempts: one.attempts + 1, reason }));
    return true;
  }

  markSent(ids: readonly number[], at: number): void {
    this.change(ids, (one) => ({ ...one, state: "sent", state_at: at }));
  }

  markRetry(ids: readonly number[], at: number, next_attempt_at: number, reason: string): void {
    this.change(ids, (one) => ({ ...one, state: "pending", state_at: at, next_attempt_at, reason }));
  }

  markFailed(ids: readonly number[], at: number, reason: string): void {
    this.change(ids, (one) => ({ ...one, state: "failed", state_at: at, reason }));
  }

  channelState(channel: string): ChannelState | null {
    return this.channels.get(channel) ?? null;
  }

  saveChannelState(channel: string, state: ChannelState): void {
    this.channels.set(channel, state);
  }

  readonly addresses = new Map<string, string>();

  channelAddress(channel: string): string | null {
    return this.addresses.get(channel) ?? null;
  }

  saveChannelAddress(channel: string, address: string): void {
    this.addresses.set(channel, address);
  }

  inState(state: Stored["state"]): Stored[] {
    return this.all.filter((message) => message.state === state);
  }

  private change(ids: readonly number[], next: (message: Stored) => Stored): void {
    this.all = this.all.map((message) => (ids.includes(message.id) ? next(message) : message));
  }
}
