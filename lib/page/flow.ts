import { localTime } from "../base/local-time.ts";
import { batteryDoing, type LivePowers, livePowers, STILL_W } from "../view/live-powers.ts";
import type { MixedSwitch } from "../view/whole.ts";
import type { Format } from "../words/format.ts";
import type { Speech } from "../words/index.ts";
import { type Html, html, raw } from "./html.ts";
import type { PageModel } from "./model.ts";

const RADIUS = 47;
/** The ring of the battery holds two numbers. */
const RING_RADIUS = 54;
const HUB = { x: 200, y: 182 };
const HUB_RADIUS = 25;
const PLACES = {
  sun: { x: 200, y: 58 },
  grid: { x: 58, y: 182 },
  house: { x: 342, y: 182 },
  battery: { x: 200, y: 314 },
} as const;
type Place = keyof typeof PLACES;

// 24 x 24 line drawings.
const ICONS = {
  sun: '<circle cx="12" cy="12" r="4.5"/><path d="M12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8"/>',
  moon: '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5 8 8 0 1 0 19.5 14.5Z"/>',
  grid: '<path d="M8 22 12 2l4 20M6 8h12M7 13h10M9.5 13l5 5M14.5 13l-5 5"/>',
  house: '<path d="M3 11.5 12 4l9 7.5M5.5 10v10h13V10M10 20v-5.5h4V20"/>',
} as const;

/** The picture of sun, grid, battery and house around the inverter, with watts and direction of each. */
export function flowPicture(model: PageModel): Html {
  const { speech } = model;
  const { page: w, format: f } = speech;
  const live = livePowers(model);
  const values = model.inverter?.values ?? null;
  const dark = isDark(model);
  const label = [
    `${w.sun} ${f.quantity(live.sun, "W", 0)}`,
    `${w.grid} ${f.quantity(live.grid, "W", 0)}`,
    `${w.battery} ${f.quantity(live.battery, "W", 0)}`,
    `${w.house} ${f.quantity(live.house, "W", 0)}`,
  ].join(", ");
  const pvDetail = values ? [f.quantity(values.pv_voltage, "V", 0), speech.state(values.charge_stage)] : [];
  return html`<svg viewBox="0 0 400 384" role="img" aria-label="${label}">${dark && stars()}
${wire("sun", live.sun)}${wire("grid", live.grid)}${wire("battery", live.battery === null ? null : -live.battery)}${wire("house", live.house === null ? null : -live.house)}
<circle cx="${HUB.x}" cy="${HUB.y}" r="${HUB_RADIUS}" fill="var(--card)" stroke="var(--soft)" stroke-width="2"/>
<g transform="translate(${HUB.x - 12} ${HUB.y - 12})" fill="none" stroke="var(--ink)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="M3 8h7M3 11.5h7M13 15.5c1.3-3.5 2.7-3.5 4 0s2.7 3.5 4 0M19 4 5 20"/></g>
${node("sun", dark ? "moon" : "sun", f.number(live.sun, 0), live.sun === null ? "" : f.unit("W"))}
${node("grid", "grid", f.number(live.grid === null ? null : Math.abs(live.grid), 0), live.grid === null ? "" : `${live.grid_estimated ? "≈ " : ""}${f.unit("W")}`)}
${node("house", "house", f.number(live.house, 0), live.house === null ? "" : f.unit("W"))}
${batteryNode(live.soc, live.battery, f)}
${caption(264, 44, "start", w.sun, pvDetail)}
${caption(10, 254, "start", w.grid, gridDetail(model, live))}
${caption(390, 254, "end", w.house, values ? [f.quantity(values.load_percent, "%", 0)] : [])}
${caption(270, 326, "start", w.battery, [f.quantity(live.voltage, "V", 1), live.battery === null ? "" : w[batteryDoing(live.battery)], silentPacks(live.packs, w)])}
</svg>`;
}

/** Below it panels see no daylight, V: a string of them has ten times that before it gives a watt. */
const DARK_V = 20;
/** Local hours that are day everywhere people have roofs: panels without voltage are then broken or covered, not asleep. */
const DAY = { from: 9, to: 16 };

/** Night: neither power nor voltage, and not the middle of the day. A full battery at noon takes no sun either. */
export function isDark({ inverter, now, time_zone }: PageModel): boolean {
  const { hour } = localTime(now, time_zone);
  const { pv_power = null, pv_voltage = null } = inverter?.values ?? {};
  if (pv_power === null || pv_power >= STILL_W || (hour >= DAY.from && hour < DAY.to)) return false;
  return pv_voltage === null || pv_voltage < DARK_V;
}

/** What the grid is doing, in words for the picture. */
function gridDetail(model: PageModel, { grid_estimated }: LivePowers): string[] {
  const { page: w, format: f } = model.speech;
  const values = model.inverter?.values;
  if (!values) return [];
  const absent = values.grid_voltage !== null && values.grid_voltage < 50;
  const state = absent ? w.grid_absent : f.quantity(values.grid_voltage, "V", 0);
  const connected =
    model.mixed !== null
      ? mixedParts(model.mixed, w).slice(1)
      : values.ongrid_switch === null
        ? []
        : [values.ongrid_switch ? w.grid_connected : w.grid_disconnected];
  return [state, ...connected, ...(grid_estimated === null ? [] : [w[`estimated_${grid_estimated}`]])];
}

/** "inputs differ: l1 on, l2 off" in the words of the page. */
export function mixedText(mixed: MixedSwitch, w: Speech["page"]): string {
  const [what, ...which] = mixedParts(mixed, w);
  return `${what} ${which.join(", ")}`;
}

/** What differs, and how each stands: beside the picture there is room for the latter only. */
function mixedParts({ on, off }: MixedSwitch, w: Speech["page"]): string[] {
  return [`${w.grid_mixed}:`, `${on.join(", ")} ${w.on}`, `${off.join(", ")} ${w.off}`];
}

/** "BMS 1 of 2": figures that are not of the whole battery are marked. */
function silentPacks(packs: LivePowers["packs"], w: Speech["page"]): string {
  return packs === null ? "" : `BMS ${packs.answer} ${w.part_of_packs} ${packs.of}`;
}

/** One line to the hub; `towards` in W, + = towards the inverter. */
function wire(place: Place, towards: number | null): Html {
  const { x, y } = PLACES[place];
  const dx = Math.sign(HUB.x - x);
  const dy = Math.sign(HUB.y - y);
  const radius = (place === "battery" ? RING_RADIUS + 2 : RADIUS) + 3;
  const outer = { x: x + dx * radius, y: y + dy * radius };
  const inner = { x: HUB.x - dx * (HUB_RADIUS + 3), y: HUB.y - dy * (HUB_RADIUS + 3) };
  const isStill = towards === null || Math.abs(towards) < STILL_W;
  if (isStill) {
    return html`<path d="M${outer.x} ${outer.y}L${inner.x} ${inner.y}" stroke="var(--soft)" stroke-opacity=".45" stroke-width="2" stroke-dasharray="2 6" fill="none"/>`;
  }
  const [from, to] = towards > 0 ? [outer, inner] : [inner, outer];
  const width = 5 + Math.min(9, Math.sqrt(Math.abs(towards)) / 8);
  const turn = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  const head = `translate(${(from.x + to.x) / 2} ${(from.y + to.y) / 2}) rotate(${Math.round(turn)})`;
  const line = `M${from.x} ${from.y}L${to.x} ${to.y}`;
  const reach = Math.round(width / 2 + 5);
  return html`<g stroke="var(--${place})" fill="none"><path d="${line}" stroke-width="${width.toFixed(1)}" stroke-opacity=".3"/><path class="flow" d="${line}" stroke-width="${(width * 0.55).toFixed(1)}"/></g>
<path transform="${head}" d="M${-reach / 2} ${-reach}L${reach} 0L${-reach / 2} ${reach}Z" fill="var(--${place})" stroke="var(--sky-low)" stroke-width="2" stroke-linejoin="round"/>`;
}

function node(place: Exclude<Place, "battery">, icon: keyof typeof ICONS, value: string, below: string): Html {
  const { x, y } = PLACES[place];
  return html`<circle cx="${x}" cy="${y}" r="${RADIUS}" fill="var(--card)" stroke="var(--${place})" stroke-width="3"/>
<g transform="translate(${x - 12} ${y - 38})" fill="none" stroke="var(--${place}-ink)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">${raw(ICONS[icon])}</g>
<text x="${x}" y="${y + 10}" text-anchor="middle" font-size="21" font-weight="650">${value}</text><text class="t-soft" x="${x}" y="${y + 28}" text-anchor="middle" font-size="13">${below}</text>`;
}

function batteryNode(soc: number | null, power: number | null, f: Format): Html {
  const { x, y } = PLACES.battery;
  const length = 2 * Math.PI * RING_RADIUS;
  const filled = (length * Math.min(100, Math.max(0, soc ?? 0))) / 100;
  const arc =
    soc !== null &&
    html`<circle cx="${x}" cy="${y}" r="${RING_RADIUS}" fill="none" stroke="var(--battery)" stroke-width="7" stroke-dasharray="${filled.toFixed(1)} ${length.toFixed(1)}" transform="rotate(-90 ${x} ${y})"/>`;
  return html`<circle cx="${x}" cy="${y}" r="${RING_RADIUS}" fill="var(--card)" stroke="var(--track)" stroke-width="7"/>${arc}
<text x="${x}" y="${y + 2}" text-anchor="middle" font-size="28" font-weight="650">${soc === null ? "–" : soc}${soc === null ? "" : html`<tspan font-size="15" font-weight="400" dx="2">%</tspan>`}</text>
<text class="t-soft" x="${x}" y="${y + 25}" text-anchor="middle" font-size="14">${batteryPowerText(power, f)}</text>`;
}

/** Short enough for the ring: kW from ten thousand watts on. */
function batteryPowerText(power: number | null, f: Format): string {
  if (power === null) return "";
  if (Math.abs(power) < 9_999.5) return `${f.signed(power, 0)} ${f.unit("W")}`;
  return `${f.signed(power / 1000, 1)} ${f.unit("kW")}`;
}

function caption(x: number, y: number, anchor: "start" | "end", title: string, lines: readonly string[]): Html {
  const rest = lines.filter((line) => line !== "" && line !== "–");
  return html`<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="16" font-weight="650">${title}</text>${rest.map(
    (line, index) =>
      html`<text class="t-soft" x="${x}" y="${y + 19 + index * 18}" text-anchor="${anchor}" font-size="14.5">${line}</text>`,
  )}`;
}

/** A handful of stars while the panels sleep. */
function stars(): Html {
  const places = [
    [30, 26, 1.4],
    [74, 58, 1],
    [112, 18, 1.2],
    [122, 92, 0.9],
    [28, 100, 1],
    [330, 92, 1.1],
    [372, 60, 0.9],
    [318, 14, 1.3],
    [386, 118, 1.2],
  ] as const;
  return html`<g fill="var(--soft)">${places.map(([x, y, r]) => html`<circle cx="${x}" cy="${y}" r="${r}"/>`)}</g>`;
}
