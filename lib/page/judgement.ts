import type { OrderState } from "../base/order-state.ts";
import type { Speech } from "../words/index.ts";
import { type Html, html } from "./html.ts";
import type { AlertView, OrderView, PageModel } from "./model.ts";

/** Open alerts, worst first; nothing when there is none: the page's top is for what matters. */
export function alertNotes(model: PageModel): Html | null {
  const alerts = model.alerts ?? [];
  if (alerts.length === 0) return null;
  const { page: w, format: f } = model.speech;
  const one = (alert: AlertView, index: number) =>
    html`<details class="note ${alert.severity}" data-key="alert${index}"><summary><b>${alert.title}</b> <span class="small soft">${w.since} ${f.clock(alert.since, model.now, model.time_zone)}</span></summary><p>${alert.text}</p></details>`;
  return html`<section class="notes" aria-label="${w.alerts}">${alerts.map(one)}</section>`;
}

/** The rules are silent: said in red, because an old judgement looks like a calm one. Null while they run. */
export function rulesSilent(model: Pick<PageModel, "judgement" | "speech">): string | null {
  const { state, age_s } = model.judgement;
  const { page: w, format: f } = model.speech;
  if (state === "old" && age_s !== null) return `${w.rules_silent} ${f.duration(age_s)}`;
  return state === "future" ? w.rules_silent_undated : null;
}

/** The note of it. */
export function rulesNote(model: PageModel): Html | null {
  const text = rulesSilent(model);
  return text === null
    ? null
    : html`<div class="note critical"><b>${text}.</b><p>${model.speech.page.rules_silent_hint}</p></div>`;
}

/** A mode in words; one that nobody knows as it is. */
export function modeName(mode: string, { modes }: Speech): string {
  return Object.hasOwn(modes, mode) ? modes[mode as keyof typeof modes] : mode;
}

/** What batmon decided last, and why; in the past tense once it has stopped. */
export function decisionCard(model: PageModel): Html {
  const { page: w, format: f } = model.speech;
  const decision = model.grid_switch;
  const isPast = rulesSilent(model) !== null;
  const decided = decision
    ? html`<p class="why${isPast ? " soft" : ""}">${decision.why}</p><p class="small soft">${w.mode}: <b>${modeName(decision.mode, model.speech)}</b> · ${isPast ? w.last_decided : w.decided} ${f.clock(decision.at, model.now, model.time_zone)}</p>`
    : html`<p class="soft">${w.no_decision}</p>`;
  const quiet = isPast
    ? null
    : model.alerts === null
      ? w.alerts_unknown
      : model.alerts.length === 0
        ? w.no_alerts
        : null;
  return html`<section class="card"><h2>${w.decision}</h2>${decided}${quiet && html`<p class="small soft">${quiet}</p>`}</section>`;
}

/** Final states in which an order did not do what it was given for. */
const UNDONE: ReadonlySet<OrderState> = new Set(["refused", "failed", "expired"]);

/** The latest orders to either device, with what became of them. */
export function ordersCard(model: PageModel): Html {
  const { speech } = model;
  const { page: w, format: f } = speech;
  const orders = model.orders ?? [];
  const one = (order: OrderView) =>
    html`<li><span class="state${UNDONE.has(order.state) ? " odd" : ""}">${w[`order_${order.state}`]}</span>${order.text}<div class="small soft">${order.device} · ${order.source} · ${f.clock(order.at, model.now, model.time_zone)}${order.reason && ` · ${order.reason}`}</div></li>`;
  const list =
    orders.length === 0
      ? html`<p class="soft">${model.orders === null ? w.orders_unknown : w.no_orders}</p>`
      : html`<ul class="orders">${orders.map(one)}</ul>`;
  return html`<section class="card later"><h2>${w.orders}</h2>${list}</section>`;
}
