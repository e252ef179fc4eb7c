/**
 * What Home Assistant demands of a discovery message in the device form, as an independent check: nothing here is shared with
 * the code under test. `validateDiscovery` gives every fault; none = the whole message is taken.
 */

const ROOT_KEYS = [
  ...["device", "origin", "components", "availability", "availability_topic", "availability_mode"],
  ...["availability_template", "payload_available", "payload_not_available", "state_topic", "command_topic", "qos"],
  "encoding",
];
const DEVICE_KEYS = [
  ...["identifiers", "connections", "name", "manufacturer", "model", "model_id", "serial_number", "hw_version"],
  ...["sw_version", "suggested_area", "configuration_url", "via_device"],
];
const ORIGIN_KEYS = ["name", "sw_version", "support_url"];
const EVERY_ENTITY = [
  ...["platform", "unique_id", "name", "default_entity_id", "icon", "entity_category", "enabled_by_default"],
  ...["visible_by_default", "entity_picture", "json_attributes_topic", "json_attributes_template", "qos", "encoding"],
  ...["message_expiry_interval", "group"],
];
const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  sensor: [
    ...["state_topic", "value_template", "device_class", "state_class", "unit_of_measurement", "options"],
    ...["suggested_display_precision", "expire_after", "force_update", "last_reset_value_template"],
  ],
  binary_sensor: [
    ...["state_topic", "value_template", "device_class", "payload_on", "payload_off", "off_delay", "expire_after"],
    "force_update",
  ],
  switch: [
    ...["command_topic", "state_topic", "value_template", "command_template", "payload_on", "payload_off", "state_on"],
    ...["state_off", "optimistic", "retain", "device_class"],
  ],
  number: [
    ...["command_topic", "state_topic", "value_template", "command_template", "min", "max", "step", "mode"],
    ...["unit_of_measurement", "device_class", "payload_reset", "optimistic", "retain"],
  ],
  select: ["command_topic", "options", "state_topic", "value_template", "command_template", "optimistic", "retain"],
  button: ["command_topic", "command_template", "payload_press", "device_class", "retain"],
  event: ["state_topic", "event_types", "value_template", "device_class"],
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  sensor: ["state_topic"],
  binary_sensor: ["state_topic"],
  switch: ["command_topic"],
  number: ["command_topic"],
  select: ["command_topic", "options"],
  button: ["command_topic"],
  event: ["state_topic", "event_types"],
};

interface ClassRule {
  readonly units: readonly (string | null)[];
  readonly states: readonly string[];
}
const m = ["measurement"];
const counters = ["total", "total_increasing"];
const SENSOR_CLASSES: Readonly<Record<string, ClassRule>> = {
  voltage: { units: ["V", "mV", "\u03bcV", "kV", "MV"], states: m },
  current: { units: ["A", "mA", "\u03bcA"], states: m },
  power: { units: ["W", "mW", "kW", "MW", "GW", "TW"], states: m },
  apparent_power: { units: ["VA", "mVA", "kVA"], states: m },
  reactive_power: { units: ["var", "mvar", "kvar"], states: m },
  power_factor: { units: ["%", null], states: m },
  energy: { units: ["J", "kJ", "MJ", "GJ", "mWh", "Wh", "kWh", "MWh", "GWh", "TWh"], states: counters },
  energy_storage: { units: ["Wh", "kWh", "MWh"], states: m },
  frequency: { units: ["Hz", "mHz", "kHz", "MHz", "GHz"], states: m },
  temperature: { units: ["°C", "°F", "K"], states: m },
  temperature_delta: { units: ["°C", "°F", "K"], states: m },
  battery: { units: ["%"], states: m },
  duration: { units: ["d", "h", "min", "s", "ms", "\u03bcs"], states: [...m, ...counters] },
  enum: { units: [null], states: [] },
  timestamp: { units: [null], states: [] },
};
const BINARY_CLASSES = [
  ...["battery", "battery_charging", "connectivity", "light", "lock", "plug", "power", "presence", "problem"],
  ...["running", "safety", "update"],
];
const NOT_FOR_NUMBERS = ["date", "enum", "timestamp", "uptime"];

type Obj = Readonly<Record<string, unknown>>;

/** Every fault of one discovery message; `topic` is the one it was published on. */
export function validateDiscovery(topic: string, payload: string): string[] {
  const faults: string[] = [];
  const fault = (text: string) => faults.push(`${topic}: ${text}`);
  if (!/^[^/]+\/device\/[a-zA-Z0-9_-]+\/config$/.test(topic)) fault("no topic of a device config");
  const root = JSON.parse(payload) as Obj;
  for (const key of Object.keys(root)) if (!ROOT_KEYS.includes(key)) fault(`root key ${key} refuses the message`);
  checkStrings(root.device, DEVICE_KEYS, "device", fault);
  checkStrings(root.origin, ORIGIN_KEYS, "origin", fault);
  const device = (root.device ?? {}) as Obj;
  if (!device.identifiers && !device.connections) fault("device has neither identifiers nor connections");
  if (!(root.origin as Obj | undefined)?.name) fault("origin has no name");
  checkAvailability(root, fault);
  const components = (root.components ?? {}) as Readonly<Record<string, Obj>>;
  if (Object.keys(components).length === 0) fault("no components");
  const seen = new Set<string>();
  for (const [key, component] of Object.entries(components)) {
    if (Object.keys(component).length === 1 && component.platform !== undefined) continue;
    for (const text of componentFaults(key, component, root)) fault(`${key}: ${text}`);
    for (const unique of [
      `id ${component.platform} ${component.unique_id}`,
      `name ${component.platform} ${component.name}`,
    ]) {
      if (seen.has(unique)) fault(`${key}: ${unique} is there twice`);
      seen.add(unique);
    }
    const name = String(component.name).toLowerCase();
    if (device.name && name.startsWith(String(device.name).toLowerCase()))
      fault(`${key}: name begins with the device's`);
  }
  return faults;
}

function componentFaults(key: string, given: Obj, root: Obj): string[] {
  const faults: string[] = [];
  const platform = String(given.platform);
  const own = OWN_KEYS[platform];
  if (/\s/.test(key)) faults.push("a component key with a space cannot be removed");
  if (!own) return [`unknown platform ${platform}`];
  // Shared options of the root are copied into a component that does not set them.
  const shared = Object.entries(root).filter(([name]) => ["state_topic", "command_topic", "qos"].includes(name));
  const component: Obj = { ...Object.fromEntries(shared), ...given };
  for (const name of Object.keys(given)) {
    if (![...EVERY_ENTITY, ...own].includes(name)) faults.push(`option ${name} is unknown to a ${platform}`);
    if (given[name] === null && name !== "name") faults.push(`option ${name} is null`);
  }
  for (const name of REQUIRED[platform] ?? []) if (component[name] === undefined) faults.push(`${name} is missing`);
  if (typeof given.unique_id !== "string" || given.unique_id === "") faults.push("unique_id is missing");
  faults.push(...identityFaults(given, platform));
  if (platform === "sensor") faults.push(...sensorFaults(given));
  if (platform === "binary_sensor" && given.device_class !== undefined) {
    if (!BINARY_CLASSES.includes(String(given.device_class))) faults.push(`device_class ${given.device_class}`);
  }
  if (platform === "number") faults.push(...numberFaults(given));
  if (platform === "event" && (!Array.isArray(given.event_types) || given.event_types.length === 0)) {
    faults.push("event_types is empty");
  }
  if (OWN_KEYS[platform]?.includes("command_topic")) faults.push(...controlFaults(component, platform));
  return faults;
}

function identityFaults(component: Obj, platform: string): string[] {
  const faults: string[] = [];
  const id = component.default_entity_id;
  if (id !== undefined && !new RegExp(`^${platform}\\.[a-z0-9_]+$`).test(String(id)))
    faults.push(`default_entity_id ${id}`);
  if (typeof component.name !== "string" || component.name === "") faults.push("name is missing");
  else if (!/^[^a-z]/.test(component.name)) faults.push(`name "${component.name}" is not in sentence case`);
  const category = component.entity_category;
  const allowed = platform === "sensor" || platform === "binary_sensor" ? ["diagnostic"] : ["diagnostic", "config"];
  if (category !== undefined && !allowed.includes(String(category)))
    faults.push(`entity_category ${category} on a ${platform}`);
  for (const name of ["json_attributes_topic", "state_topic", "command_topic"]) {
    const topic = component[name];
    if (topic !== undefined && (typeof topic !== "string" || /[+#\s]/.test(topic) || topic === ""))
      faults.push(`${name} ${topic}`);
  }
  return faults;
}

function sensorFaults(sensor: Obj): string[] {
  const faults: string[] = [];
  const unit = (sensor.unit_of_measurement ?? null) as string | null;
  const state = sensor.state_class as string | undefined;
  if (sensor.device_class !== undefined) {
    const rule = SENSOR_CLASSES[String(sensor.device_class)];
    if (!rule) return [`device_class ${sensor.device_class}`];
    if (!rule.units.includes(unit)) faults.push(`unit ${unit} with device_class ${sensor.device_class}`);
    if (state !== undefined && !rule.states.includes(state)) {
      faults.push(`state_class ${state} with device_class ${sensor.device_class}`);
    }
  }
  if (state !== undefined && !["measurement", "total", "total_increasing"].includes(state))
    faults.push(`state_class ${state}`);
  if ((sensor.options !== undefined) !== (sensor.device_class === "enum"))
    faults.push("options and enum belong together");
  if (sensor.options !== undefined) faults.push(...optionFaults(sensor.options));
  if (unit === "") faults.push("empty unit");
  const expire = sensor.expire_after;
  if (expire !== undefined && !(Number.isInteger(expire) && (expire as number) > 0))
    faults.push(`expire_after ${expire}`);
  return faults;
}

function numberFaults(number: Obj): string[] {
  const faults: string[] = [];
  const { min, max, step } = number as { min?: number; max?: number; step?: number };
  if (!((min ?? 0) < (max ?? 100))) faults.push(`min ${min} is not below max ${max}`);
  if (!((step ?? 1) >= 0.001)) faults.push(`step ${step}`);
  if (number.mode !== undefined && !["auto", "box", "slider"].includes(String(number.mode)))
    faults.push(`mode ${number.mode}`);
  const given = number.device_class;
  if (given === undefined) return faults;
  const rule = SENSOR_CLASSES[String(given)];
  if (!rule || NOT_FOR_NUMBERS.includes(String(given))) return [...faults, `device_class ${given} on a number`];
  const unit = (number.unit_of_measurement ?? null) as string | null;
  if (!rule.units.includes(unit)) faults.push(`unit ${unit} with device_class ${given}`);
  return faults;
}

function controlFaults(component: Obj, platform: string): string[] {
  const faults: string[] = [];
  if (component.qos !== 1) faults.push("a broker keeps no command of QoS 0 for an absent client");
  if (component.retain === true) faults.push("a retained command is carried out again and again");
  if (!String(component.command_topic).endsWith("/set")) faults.push(`command_topic ${component.command_topic}`);
  if (platform !== "button" && component.optimistic !== false) faults.push("optimistic shows the wish as fact");
  if (platform === "select") faults.push(...optionFaults(component.options));
  if (component.expire_after !== undefined) faults.push("only sensors know expire_after");
  return faults;
}

function optionFaults(options: unknown): string[] {
  if (!Array.isArray(options) || options.length === 0) return ["options are empty"];
  if (options.some((option) => typeof option !== "string" || option === "")) return ["an option is no text"];
  return new Set(options).size === options.length ? [] : ["an option is there twice"];
}

function checkStrings(block: unknown, known: readonly string[], what: string, fault: (text: string) => void): void {
  if (typeof block !== "object" || block === null) {
    fault(`${what} is missing`);
    return;
  }
  for (const [key, value] of Object.entries(block)) {
    if (!known.includes(key)) fault(`${what} key ${key} refuses the message`);
    const texts = key === "identifiers" ? [value].flat() : [value];
    if (key !== "connections" && texts.some((text) => typeof text !== "string" || text === "")) {
      fault(`${what}.${key} is no text`);
    }
  }
}

function checkAvailability(root: Obj, fault: (text: string) => void): void {
  if (root.availability !== undefined && root.availability_topic !== undefined) fault("availability is there twice");
  const list = root.availability;
  if (!Array.isArray(list) || list.length === 0) {
    fault("no availability: controls would look usable when the publisher is dead");
    return;
  }
  if (list.some((entry) => typeof (entry as Obj).topic !== "string")) fault("availability without topic");
  if (list.length > 1 && root.availability_mode !== "all") fault("two availability topics need mode all");
}

/** What an entity's template gives for a payload: the few forms this program uses; anything else is an error. */
export function render(template: string, payload: string): string {
  const match = /^\{\{ value_json\.([a-z0-9_]+)(?:\.([a-z0-9_]+))?( \| tojson)? \}\}$/.exec(template);
  if (!match) throw new Error(`template "${template}" is unknown to the test`);
  const [, first = "", second, asJson] = match;
  const forbidden = ["items", "keys", "values", "get", "pop", "update", "copy", "clear"];
  if (forbidden.includes(first) || (second && forbidden.includes(second)))
    throw new Error(`${template} is a method in Jinja`);
  const root = JSON.parse(payload) as Obj;
  const inner = second === undefined ? root : (root[first] as Obj);
  const key = second ?? first;
  if (!inner || !Object.hasOwn(inner, key)) throw new Error(`${template}: no such key in the payload`);
  const value = inner[key];
  if (asJson) return JSON.stringify(value);
  if (value === null) return "None";
  if (value === true) return "True";
  return value === false ? "False" : String(value);
}

/** Every fault of the states that a device's components take from `state` and `attributes`. */
export function validateState(discovery: string, state: string, attributes: string | null): string[] {
  const root = JSON.parse(discovery) as { components: Readonly<Record<string, Obj>> };
  const faults: string[] = [];
  for (const [key, component] of Object.entries(root.components)) {
    if (typeof component.value_template !== "string") continue;
    try {
      const shown = render(component.value_template, state);
      const text = shown === "None" ? null : stateFault(component, shown);
      if (text !== null) faults.push(`${key}: "${shown}" ${text}`);
      if (component.json_attributes_template !== undefined && attributes !== null) {
        const rendered = JSON.parse(render(String(component.json_attributes_template), attributes)) as unknown;
        if (typeof rendered !== "object" || rendered === null || Array.isArray(rendered))
          faults.push(`${key}: attributes`);
      }
    } catch (error) {
      faults.push(`${key}: ${(error as Error).message}`);
    }
  }
  return faults;
}

function stateFault(component: Obj, shown: string): string | null {
  if (shown.length > 255) return "is longer than 255 characters";
  switch (component.platform) {
    case "binary_sensor":
    case "switch":
      return ["ON", "OFF"].includes(shown) ? null : "is neither ON nor OFF";
    case "select":
      return (component.options as string[]).includes(shown) ? null : "is no option";
    case "number": {
      const value = Number(shown);
      return Number.isFinite(value) ? null : "is no number";
    }
    default:
      return sensorStateFault(component, shown);
  }
}

function sensorStateFault(sensor: Obj, shown: string): string | null {
  if (sensor.device_class === "enum") return (sensor.options as string[]).includes(shown) ? null : "is no option";
  if (sensor.device_class === "timestamp") {
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(shown) ? null : "is no time with zone";
  }
  const numeric = ["device_class", "unit_of_measurement", "state_class", "suggested_display_precision"];
  if (!numeric.some((name) => sensor[name] !== undefined)) return null;
  return shown !== "" && Number.isFinite(Number(shown)) ? null : "is no number";
}
