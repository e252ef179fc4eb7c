import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { observe, startBroker } from "../support/broker.ts";
import { mqttStation } from "../support/mqtt-station.ts";
import { requirePart } from "../support/parts.ts";

const skip = requirePart("mosquitto");
const FLOW = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../docs/how-to/node-red-flow.json"), "utf8"),
) as readonly FlowNode[];

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly topic?: string;
  readonly func?: string;
  readonly wires?: readonly (readonly string[])[];
}

const nodeOf = (name: string) => FLOW.find((node) => node.name === name) ?? assert.fail(name);
/** What a function node is given to remember things in. */
const memory = (kept = new Map<string, unknown>()) => ({
  get: (key: string) => kept.get(key),
  set: (key: string, value: unknown) => void kept.set(key, value),
});

/** A function node as Node-RED runs it. */
function functionNode(name: string, flow = memory()) {
  const run = new Function("msg", "context", "flow", nodeOf(name).func ?? "");
  const context = memory();
  return (payload: unknown) => run({ payload }, context, flow);
}

test("Node-RED: every wire of the flow leads to a node, every topic is one of ours", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  const now = Math.floor(Date.now() / 1000);
  station.poll(now);
  await station.push(now);
  const ids = new Set(FLOW.map(({ id }) => id));
  assert.equal(ids.size, FLOW.length);
  for (const target of FLOW.flatMap(({ wires = [] }) => wires.flat())) assert.ok(ids.has(target), target);
  for (const { type, topic = "" } of FLOW) {
    if (type !== "mqtt in" || topic.includes("+")) continue;
    assert.ok(home.last.has(topic), topic);
  }

  const flow = memory();
  flow.set("inverter", JSON.parse(home.last.get(nodeOf("inverter").topic ?? "") ?? "{}"));
  const surplus = functionNode("surplus", flow);
  const pack = JSON.parse(home.last.get(nodeOf("battery").topic ?? "") ?? "{}");
  assert.equal(typeof pack.soc, "number");
  flow.set("inverter", { pv_power: 3000, load_power: 400 });
  const told = [90, 96, 90, 79, 90].map((soc) => surplus({ ...pack, soc })?.payload ?? null);
  assert.deepEqual(told, [null, "ON", null, "OFF", null]);
  assert.equal(surplus({ ...pack, soc: null }), null, "what is not known switches nothing");

  const alerts = functionNode("new alerts");
  assert.deepEqual(alerts(JSON.parse(home.last.get(nodeOf("alerts").topic ?? "") ?? "{}")), [[]]);
  const open = { alerts: { active: [{ id: "soc_low", severity: "warning", text: "Battery is low: 14 %." }] } };
  assert.deepEqual(alerts(open), [[{ topic: "warning", payload: "Battery is low: 14 %." }]]);
  assert.deepEqual(alerts(open), [[]], "told once");

  const order = functionNode("command")("ON");
  await home.publish(nodeOf("grid switch").topic ?? "", order.payload);
  const answer = await station.push(Math.floor(Date.now() / 1000));
  assert.deepEqual(answer.commands, { accepted: 1, refused: 0, duplicates: 0 });
});
